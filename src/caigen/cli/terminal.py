"""What a person sees on stderr: a live display on a terminal, a plain line now and then elsewhere."""

import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

from caigen.text.visible import visible

if TYPE_CHECKING:
    from caigen.cli.display import Display
    from caigen.cli.progress import Progress, View
    from caigen.engines.open import Engines
    from caigen.engines.schedule import Schedule
    from caigen.io.count import RowCount
    from caigen.summary import Summary

EVERY = 10.0  # seconds between plain lines
INDENT = "  "  # of what does not fit the first line
RED, RESET = "\x1b[1;31m", "\x1b[0m"


def say(text: str) -> None:
    """A line on stderr, its controls written out; on a terminal it is wrapped, and `error:` has a colour."""
    text = visible(text)  # texts of files and servers may be in it
    if is_terminal(sys.stderr):
        text = coloured(wrapped(text, shutil.get_terminal_size().columns))
    print(text, file=sys.stderr, flush=True)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether a person reads a stream; a closed one is None."""
    return stream is not None and not stream.closed and stream.isatty()


def wrapped(text: str, columns: int) -> str:
    """The same text in lines of at most this width, broken between words: no number and no path is divided."""
    lines = []
    for line in text.split("\n"):
        lines += textwrap.wrap(
            line, columns, subsequent_indent=INDENT, break_long_words=False, break_on_hyphens=False
        ) or [""]
    return "\n".join(lines)


def coloured(text: str) -> str:
    """`error:` at the beginning in red, unless NO_COLOR or a terminal without colours says otherwise."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return re.sub(r"\A(error:)", rf"{RED}\1{RESET}", text)


class Terminal:
    """Progress of one command; keeps to `Watch`. `clock` tells seconds, `rows` the length of the input."""

    def __init__(
        self, command: str, rows: "RowCount | None" = None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.command, self.rows, self._clock = command, rows, clock
        self._began = self._last = clock()
        self._display: Display | None = None
        self._progress: Progress | None = None

    def __enter__(self) -> "Terminal":
        if is_terminal(sys.stderr):
            from caigen.cli.display import Display

            self._display = Display(self.command, lambda: self._clock() - self._began)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._display:
            self._display.stop()

    def say(self, text: str) -> None:
        """A line above the display."""
        if self._display:
            self._display.clear()
        say(text)

    def tell(self, text: str) -> None:
        """What it is doing, or how far it is."""
        if self._display:
            self._display.show(text)
        else:
            self._say_sometimes(lambda: text)

    def step(self, summary: "Summary", engines: "Engines", flow: "Schedule") -> None:
        """Rows, tokens and requests so far."""
        from caigen.cli.progress import Progress

        if self._progress is None:
            self._progress = Progress()
        total = self.rows.value if self.rows else None
        view = self._progress.look(self._clock(), summary, engines, flow, total=total)
        if self._display:
            self._display.show(view)
        else:
            self._say_sometimes(lambda: plain(view))

    def _say_sometimes(self, text: Callable[[], str]) -> None:
        if self._clock() - self._last >= EVERY:
            self._last = self._clock()
            say(f"{self.command}: {text()}")


def plain(view: "View") -> str:
    """A view in one line."""
    rows = view.rows if view.share is None else f"{view.rows} ({view.share:.0%} of the work done)"
    parts = [rows, view.failures, *view.parts, view.left]
    return "; ".join(part for part in parts if part)
