"""Whose turn it is: records are carried side by side, and this says whose request goes to the engine first."""

from contextvars import ContextVar
from dataclasses import dataclass


@dataclass
class Schedule:
    """One run's records on their way. `hungry` more of them could be at work if the input gave them; `taken` it gave so far,
    and with `ending` it gives no more.
    """

    starved: int = 0
    taken: int = 0
    ending: bool = False

    def shortage(self) -> str:
        """Why an engine has room to spare, in words for a person."""
        return "last rows" if self.ending else "waiting for input" if self.starved else "caigen is too slow"


@dataclass(eq=False)  # each is itself: engines keep things under it
class Priority:
    """A record's claim on an engine: its place in the input, and how many of its requests are answered."""

    flow: Schedule
    place: int
    answered: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """Less goes first. Begun records are ahead of new ones, so that their prefixes are still cached and rows come out;
        once all are begun those with the most left are, else the engine would empty while the last ones finish alone.
        """
        return (self.answered if self.flow.ending else 0, self.place)


PRIORITY: ContextVar[Priority | None] = ContextVar("turn", default=None)
