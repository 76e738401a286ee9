"""Which record's request goes to the engine first: many records are processed at once and compete for its capacity.

A record's priority travels in a context variable. Stages call `engine.complete(request)` and know nothing of the run;
engines wrap each other and know nothing of records. Passing the record's index in the input through both would add a
parameter to every stage, wrapper and engine, and a field of Request would end up in the journal's keys, so that the
same question of two records would be asked twice. The runner sets PRIORITY at the start of a record's task, and
asyncio copies it to every task that the record's stages start. A request without a priority (a reward server's, a
test's) counts as one of the input's first record.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Schedule:
    """The state of one run: `taken` records came from the input so far; `starved` more could be at work if it gave
    them.

    `input_ended` says that no more will come. `ended` counts the records that are through all stages, also those that
    wait for an earlier one to be written, and `failures` why some of them failed. `answered` counts the requests that
    the engines have answered, `asking` the ended records that had some, and `answered_of_ended` the requests of these.
    `working` counts, by the name of a step such as `round 1`, the texts that are in it now.
    """

    starved: int = 0
    taken: int = 0
    input_ended: bool = False
    ended: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    answered: int = 0
    asking: int = 0
    answered_of_ended: int = 0
    working: Counter[str] = field(default_factory=Counter)

    def end(self, priority: "Priority", failure: str | None) -> None:
        """Note that a record is through all stages, and why it failed.

        One that the journal answered says nothing of how much work the others are.
        """
        self.ended += 1
        if failure:
            self.failures[failure] += 1
        if priority.answered:
            self.asking += 1
            self.answered_of_ended += priority.answered

    def idle_reason(self) -> str:
        """Say to a person why the engine has free capacity."""
        if self.input_ended:
            return "last rows"
        if self.starved:
            return "waiting for input"
        return "caigen is too slow"


@dataclass(eq=False)  # compared by identity, since engines use it as a key
class Priority:
    """A record's claim to the engine: its `index` in the input and how many of its requests are `answered`."""

    schedule: Schedule
    index: int
    answered: int = 0

    @property
    def rank(self) -> tuple[int, int]:
        """Sort key, lowest first.

        While input comes, earlier records go first: their prefixes are still cached, and their rows come out soon.
        After the input ends, records with the fewest answered requests go first, so that the engine stays full to the
        end.
        """
        answered = self.answered if self.schedule.input_ended else 0
        return answered, self.index


PRIORITY: ContextVar[Priority | None] = ContextVar("priority", default=None)


@contextmanager
def working_on(step: str) -> Iterator[None]:
    """Count one text as being in a step of its way while the block runs, so that a user can be told."""
    priority = PRIORITY.get()
    if priority is None:
        yield
        return
    working = priority.schedule.working
    working[step] += 1
    try:
        yield
    finally:
        working[step] -= 1
