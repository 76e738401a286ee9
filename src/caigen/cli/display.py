"""The live display of one command on a terminal: a line with a bar, a line of numbers, a line of failures.

Of the stages of a pipe one at a time has a display: they share the terminal, and two displays would overwrite each
other.
"""

import fcntl
import os
import sys
from collections.abc import Callable
from contextlib import suppress

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from caigen.cli.progress import View, clock_text

BAR_COLUMNS = 60  # a narrower terminal has no bar
MIN_BAR = 8  # columns of the shortest bar
MAX_BAR = 40
SPACE = 2  # columns between two parts


class Display:
    """What `show` was given last, drawn several times a second until `stop`. `elapsed` tells the seconds so far."""

    def __init__(self, command: str, elapsed: Callable[[], float], console: Console | None = None) -> None:
        self.command, self._elapsed = command, elapsed
        self._console = console or Console(stderr=True)
        self._spinner = Spinner("dots")
        self._shown: View | str = ""
        self._live: Live | None = None
        self._terminal: int | None = None  # the descriptor that the lock is on

    def show(self, shown: View | str) -> None:
        """Draw this from now on: a view, or what the command is doing."""
        self._shown = shown
        if self._live is None and self._take_terminal():
            self._live = Live(console=self._console, get_renderable=self._render, transient=True, auto_refresh=True)
            self._live.start()

    def clear(self) -> None:
        """Remove what is drawn, so that a line can be printed; the next `show` draws it again below."""
        if self._live:
            self._live.stop()
            self._live = None

    def stop(self) -> None:
        """Remove what is drawn, and let another stage draw."""
        self.clear()
        if self._terminal is not None:
            os.close(self._terminal)
            self._terminal = None

    def _take_terminal(self) -> bool:
        """Whether this command has the terminal for itself; without a way to know, it has."""
        if self._terminal is not None:
            return True
        try:
            terminal = os.open(os.ttyname(sys.stderr.fileno()), os.O_RDONLY | os.O_NOCTTY)
        except (OSError, ValueError):
            return True
        try:
            fcntl.flock(terminal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            with suppress(OSError):
                os.close(terminal)
            return False
        self._terminal = terminal
        return True

    def _render(self) -> RenderableType:
        columns = self._console.width
        if isinstance(self._shown, str):
            return self._head([self.command, self._shown, clock_text(self._elapsed())], None, columns)
        view = self._shown
        share = "" if view.share is None else f"{view.share:.0%}"
        head = [self.command, share, view.rows, clock_text(self._elapsed()), view.left]
        lines = [self._head([part for part in head if part], view.share, columns)]
        lines += [_line(fitting([text], columns - SPACE)) for text in _rows_of_parts(view.parts, columns - SPACE)]
        if view.failures:
            lines.append(_line(fitting([view.failures], columns - SPACE), style="red"))
        return Group(*lines)

    def _head(self, parts: list[str], share: float | None, columns: int) -> RenderableType:
        """The first line; the bar stands behind the command's name and takes the room that the rest leaves."""
        space = " " * SPACE
        name, rest = parts[0], fitting(parts[1:], columns - 1 - SPACE - len(parts[0]) - SPACE, space)
        room = columns - 1 - SPACE - len(name) - SPACE - len(rest) - SPACE
        grid = Table.grid(padding=(0, SPACE, 0, 0))
        cells: list[RenderableType] = [self._spinner, Text(name)]
        if share is not None and columns >= BAR_COLUMNS and room >= MIN_BAR:
            cells.append(ProgressBar(total=1.0, completed=share, width=min(room, MAX_BAR)))
        cells.append(Text(rest, no_wrap=True, overflow="crop"))
        grid.add_row(*cells)
        return grid


def _line(text: str, style: str = "") -> Text:
    return Text(" " * SPACE + text, style=style, no_wrap=True, overflow="ellipsis")


def fitting(parts: list[str], columns: int, between: str = " · ") -> str:
    """As many of the parts, from the first on, as fit a line; the first is there always, cut off between words."""
    line = parts[0] if parts else ""
    while len(line) > columns and " " in line:
        line = line.rpartition(" ")[0]
    for part in parts[1:]:
        if len(line) + len(between) + len(part) > columns:
            break
        line += between + part
    return line


def _rows_of_parts(parts: list[str], columns: int, between: str = " · ") -> list[str]:
    """The parts in one line, or in two where one is too short."""
    first = fitting(parts, columns, between)
    count = 0
    while count < len(parts) and len(between.join(parts[: count + 1])) <= columns:
        count += 1
    rest = parts[max(1, count) :]
    return [line for line in (first, fitting(rest, columns, between)) if line]
