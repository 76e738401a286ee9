"""Record -> train or test, by a hash of its prompt or of its first turn, so that equal ones never fall on both sides."""

from typing import Literal

from caigen.draws import share
from caigen.records import Record
from caigen.seen import Seen

SplitBy = Literal["prompt", "family"]
Side = Literal["train", "test"]


def split_of(record: Record, train: float, seed: int = 0, *, by: SplitBy = "prompt") -> Side:
    """Which side a record falls on, `train` being the share of prompts, or of families, that go there.

    By `prompt` all its messages count, by `family` the first thing that the user says: a dialogue and its continuation
    fall on one side. A prompt of one message has the same side by either.
    """
    named = family(record) if by == "family" else "\x1e".join(f"{m.role}\x1f{m.content}" for m in record.prompt)
    return "train" if share(seed, "split", named) < train else "test"


def family(record: Record) -> str:
    """What the records of one family share: the first user turn."""
    return next((f"user\x1f{turn.content}" for turn in record.prompt if turn.role == "user"), "")


class Splitter:
    """Gives out sides, and counts the records whose family was met on the other side before: `torn`."""

    def __init__(self, train: float, by: SplitBy = "prompt") -> None:
        self.train, self.by = train, by
        self.torn = 0
        self._families: dict[Side, Seen] = {"train": Seen(short=True), "test": Seen(short=True)}

    def side(self, record: Record) -> Side:
        """Which side a record falls on."""
        return split_of(record, self.train, by=self.by)

    def wrote(self, record: Record) -> None:
        """Told of each record that gave rows."""
        if self.by == "family":
            return  # none is torn
        side = self.side(record)
        other: Side = "test" if side == "train" else "train"
        self.torn += family(record) in self._families[other]
        self._families[side].add(family(record))
