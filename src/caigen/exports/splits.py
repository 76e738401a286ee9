"""Record -> train or test, by a hash of its prompt or of its first turn: equal prompts never fall on both sides."""

from collections.abc import Callable
from typing import Literal, get_args

from caigen.choices import SplitBy as SplitBy
from caigen.hashing import HashSet, uniform
from caigen.records import Record

Side = Literal["train", "test"]

SPLIT_SEED = 0  # never another: an export that is made again must not move records from one side to the other


def split_of(record: Record, train: float, *, by: SplitBy = "prompt") -> Side:
    """The side a record falls on; `train` is the share of prompts, or of families, that go to the training side.

    `prompt` hashes all messages, `family` the first user turn alone: a dialogue and its continuation fall on one side.
    A prompt of one message has the same side by either.
    """
    return "train" if uniform(SPLIT_SEED, "split", HASHED_PARTS[by](record)) < train else "test"


def whole_prompt(record: Record) -> str:
    """All messages of the prompt in one text."""
    return "\x1e".join(f"{message.role}\x1f{message.content}" for message in record.prompt)


def first_user_turn(record: Record) -> str:
    """The first user message of the prompt; empty if there is none."""
    for message in record.prompt:
        if message.role == "user":
            return f"user\x1f{message.content}"
    return ""


HASHED_PARTS: dict[SplitBy, Callable[[Record], str]] = {"prompt": whole_prompt, "family": first_user_turn}


class Splitter:
    """Puts records on sides. `divided_count` counts the records whose family came on the other side before."""

    def __init__(self, train: float, by: SplitBy) -> None:
        self.train, self.by = train, by
        self.divided_count = 0
        # short hashes: a collision adds one to a note and does no harm
        self._families: dict[Side, HashSet] = {side: HashSet(short=True) for side in get_args(Side)}

    def side(self, record: Record) -> Side:
        """The side a record falls on."""
        return split_of(record, self.train, by=self.by)

    def remember_family(self, record: Record) -> None:
        """Remember the family of a record that gave rows; `divided_count` counts those on both sides."""
        side = self.side(record)
        other: Side = "test" if side == "train" else "train"
        family = first_user_turn(record)
        self.divided_count += family in self._families[other]
        self._families[side].add(family)
