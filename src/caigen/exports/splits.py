"""Record -> train or test, by a hash of its prompt or of its first turn, so that equal ones never fall on both sides."""

from collections.abc import Callable
from typing import Literal, get_args

from caigen.hashing import HashSet, uniform
from caigen.records import Record

SplitBy = Literal["prompt", "family"]
Side = Literal["train", "test"]


SEED = 0  # never another: an export that is made again must not move records from one side to the other


def split_of(record: Record, train: float, *, by: SplitBy = "prompt") -> Side:
    """Which side a record falls on, `train` being the share of prompts, or of families, that go there.

    By `prompt` all its messages count, by `family` the first thing that the user says: a dialogue and its continuation
    fall on one side. A prompt of one message has the same side by either.
    """
    return "train" if uniform(SEED, "split", PARTS[by](record)) < train else "test"


def whole(record: Record) -> str:
    """What the records of one prompt share: all its messages."""
    return "\x1e".join(f"{turn.role}\x1f{turn.content}" for turn in record.prompt)


def family(record: Record) -> str:
    """What the records of one family share: the first user turn; nothing where the user says nothing."""
    return next((f"user\x1f{turn.content}" for turn in record.prompt if turn.role == "user"), "")


PARTS: dict[SplitBy, Callable[[Record], str]] = {"prompt": whole, "family": family}


class Splitter:
    """Gives out sides, and counts the records whose family was met on the other side before: `torn`."""

    def __init__(self, train: float, by: SplitBy) -> None:
        self.train, self.by = train, by
        self.torn = 0
        self._families: dict[Side, HashSet] = {side: HashSet(short=True) for side in get_args(Side)}

    def side(self, record: Record) -> Side:
        """Which side a record falls on."""
        return split_of(record, self.train, by=self.by)

    def wrote(self, record: Record) -> None:
        """Told of each record that gave rows."""
        side = self.side(record)
        other: Side = "test" if side == "train" else "train"
        self.torn += family(record) in self._families[other]
        self._families[side].add(family(record))
