"""Progress of a command in numbers and words: its counts and the time -> the parts of the line that a user sees."""

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from caigen.advice import counted

if TYPE_CHECKING:
    from caigen.engines.open import Engines
    from caigen.engines.schedule import Schedule
    from caigen.summary import Summary

WINDOW_SECONDS = 15.0  # what "now" means
MIN_SECONDS = 2.0  # before, a rate or a time left says nothing
FULL_SHARE = 0.9  # an engine with less of its capacity in use is worth a word
MAX_REASONS = 3
MINUTE, HOUR = 60, 3600


@dataclass
class Rate:
    """How fast a count has grown in the last WINDOW_SECONDS."""

    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def add(self, now: float, count: int) -> None:
        """Note a count. The first one of a window is the last one that is older than it."""
        self.samples.append((now, count))
        while len(self.samples) > 2 and self.samples[1][0] <= now - WINDOW_SECONDS:
            self.samples.popleft()

    @property
    def per_second(self) -> float:
        """0.0 while it is not known."""
        if not self.samples:
            return 0.0
        (began, first), (now, last) = self.samples[0], self.samples[-1]
        return (last - first) / (now - began) if now - began >= MIN_SECONDS else 0.0


@dataclass(frozen=True)
class View:
    """What is shown of a moment. `share` is the part of all work that is done, None where the input's end is not known.

    `parts` begins with the most important one.
    """

    rows: str
    share: float | None
    left: str
    parts: list[str]
    failures: str


class Progress:
    """Watches the counts of one command and says how far it is."""

    def __init__(self) -> None:
        self._made, self._answered = Rate(), Rate()

    def look(
        self, now: float, summary: "Summary", engines: "Engines", schedule: "Schedule", *, total: int | None
    ) -> View:
        """The view of this moment; `total` is the number of rows of the input, where it is known."""
        made, unit = summary.made(engines.generated)
        self._made.add(now, made)
        self._answered.add(now, schedule.answered)
        total = schedule.taken if schedule.input_ended else total
        share = left = None
        if total:
            share, left = self._forecast(schedule, max(total, schedule.ended))
        return View(
            rows=f"{schedule.ended:,} of {total:,} rows" if total else counted(schedule.ended, "rows", separated=True),
            share=share,
            left=f"about {duration(left)} left" if left is not None else "",
            parts=[
                *_asking(made, engines, schedule),
                *self._speed(made, unit, summary.generate_seconds),
                *_requests(engines, schedule),
                *_steps(schedule),
            ],
            failures=_failures(schedule),
        )

    def _forecast(self, schedule: "Schedule", total: int) -> tuple[float, float | None]:
        """The part of the work that is done, and the seconds that the rest takes if they can be told.

        Work is counted in requests, as many for each row as those that have ended had: rows end late and many at once.
        """
        by_rows = schedule.ended / total
        if not schedule.asking:
            return by_rows, None
        per_row = schedule.answered_of_ended / schedule.asking
        begun = schedule.answered - schedule.answered_of_ended
        rest = max(0.0, (total - schedule.ended) * per_row - begun)
        rate = self._answered.per_second
        return max(by_rows, 1 - rest / (total * per_row)), rest / rate if rate and rest else None

    def _speed(self, made: int, unit: str, seconds: float) -> list[str]:
        if not made:
            return []
        text = counted(made, unit, separated=True)
        now = self._made.per_second
        overall = made / seconds if seconds > WINDOW_SECONDS else 0.0
        if now:
            text += f", {rate_text(now)}/s" + (" now" if overall else "")
        if overall:
            text += f", {rate_text(overall)}/s overall"
        return [text]


def rate_text(rate: float) -> str:
    """A rate in words: a slow one gets two digits, else it would read 0."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.2f}"


def duration(seconds: float) -> str:
    """`8 s`, `3 min`, `2 h 10 min`: as exact as a forecast is."""
    if seconds < MINUTE:
        return f"{max(1, round(seconds))} s"
    if seconds < HOUR:
        return f"{round(seconds / MINUTE)} min"
    hours, minutes = divmod(round(seconds / MINUTE), MINUTE)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def clock_text(seconds: float) -> str:
    """`0:03:20`."""
    minutes, rest = divmod(int(seconds), MINUTE)
    return f"{minutes // MINUTE}:{minutes % MINUTE:02}:{rest:02}"


def _asking(made: int, engines: "Engines", schedule: "Schedule") -> list[str]:
    """Which models are asked, until something has come of it."""
    if made or schedule.answered:
        return []
    return ["asking " + ", ".join(dict.fromkeys(engine.model.partition("?")[0] for engine in engines.all))]


def _requests(engines: "Engines", schedule: "Schedule") -> list[str]:
    running, room = engines.load()
    if not schedule.answered and not running:  # nothing has been asked yet
        return []
    parts = [f"{counted(schedule.answered, 'requests', separated=True)} answered"]
    if schedule.input_ended and not running:
        return parts
    if running < FULL_SHARE * room:
        parts.append(f"{running} of {room} in flight ({schedule.idle_reason()})")
    elif running:
        parts.append(f"{running} in flight")
    return parts


def _steps(schedule: "Schedule") -> list[str]:
    """How many texts are in which step of their way, the first step first."""
    # "answers", "round 1", …, "round 10"
    working = sorted(schedule.working.items(), key=lambda item: (len(item[0]), item[0]))
    steps = [f"{step}: {count:,}" for step, count in working if count > 0]
    return [", ".join(steps)] if steps else []


def _failures(schedule: "Schedule") -> str:
    """`4 failed: revise:critique_truncated 3, sample:empty 1`."""
    if not schedule.failures:
        return ""
    reasons = [f"{reason} {count:,}" for reason, count in schedule.failures.most_common()]
    more = ", …" if len(reasons) > MAX_REASONS else ""
    return f"{schedule.failures.total():,} failed: {', '.join(reasons[:MAX_REASONS])}{more}"
