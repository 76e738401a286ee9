"""What a person sees on stderr: a live display on a terminal, a plain line now and then elsewhere."""

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

from caigen.text.visible import one_line, visible

if TYPE_CHECKING:
    from rich.progress import Progress

    from caigen.engines.open import Engines
    from caigen.engines.schedule import Schedule
    from caigen.summary import Summary

EVERY = 10.0  # seconds between plain lines
SHORT = 0.9  # an engine with less of its capacity in use is worth a word


def say(text: str) -> None:
    """A line on stderr, without controls: texts of files and servers may be in it."""
    print(visible(text), file=sys.stderr, flush=True)


class Terminal:
    """Progress of one command; keeps to `job.Watch`."""

    def __init__(self, command: str) -> None:
        self.command = command
        self.live = sys.stderr.isatty()
        self._last = time.monotonic()
        self._progress: Progress | None = None

    def __enter__(self) -> "Terminal":
        if self.live:
            from rich.console import Console
            from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

            # the time first: what does not fit a narrow terminal is cut off at the end of the line
            columns = (SpinnerColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._progress.start()
            self._task = self._progress.add_task(f"{self.command}: loading the model")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress:
            self._progress.stop()

    def say(self, text: str) -> None:
        """A line above the display."""
        if self._progress:
            self._progress.console.print(visible(text), markup=False, highlight=False)
        else:
            say(text)

    def tell(self, text: str) -> None:
        """How far it is."""
        if self._progress:
            self._progress.update(self._task, description=one_line(f"{self.command}: {text}"))
        elif time.monotonic() - self._last >= EVERY:
            self._last = time.monotonic()
            say(f"{self.command}: {text}")

    def step(self, summary: "Summary", engines: "Engines", flow: "Schedule") -> None:
        """Rows and tokens so far, and where the engine has room to spare, why."""
        if self._progress is None and time.monotonic() - self._last < EVERY:
            return
        from caigen.advice import counted

        pace = summary.pace(sum(engine.tokens.completion for engine in engines.all), live=True)
        handled = summary.done + summary.failed + summary.skipped
        running, room = engines.load()
        rows = f"{handled} of {flow.taken} rows" if flow.input_ended else counted(handled, "rows")
        failed = f", {summary.failed} failed" if summary.failed else ""
        spare = f", {running} of {room} in flight ({flow.idle_reason()})" if running < SHORT * room else ""
        self.tell(f"{rows}{failed}, {pace}{spare}")
