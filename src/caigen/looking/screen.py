"""Screen: lines with labels -> a terminal in colour, or plain text of a given width in a pipe or a file"""

import os
import sys
from collections.abc import Iterable
from typing import TextIO

from rich.console import Console, RenderableType
from rich.text import Text

from caigen.looking.chain import INDENT, Line

PIPE_WIDTH = 80
MIN_WIDTH = 30


class _Console(Console):
    """A console that says that the reader of a pipe went away, where rich's own ends the program with exit code 1."""

    def on_broken_pipe(self) -> None:
        """Called while BrokenPipeError is handled."""
        raise BrokenPipeError


class Screen:
    """Writes to `file`, stdout by default.

    Colours go to terminals alone, and to none with NO_COLOR or TERM=dumb; `colour` overrules that. The width is the
    terminal's, or 80 in a pipe (COLUMNS says otherwise).
    """

    def __init__(self, *, width: int | None = None, colour: bool | None = None, file: TextIO | None = None) -> None:
        file = file or sys.stdout
        if colour is None:
            colour = file.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self.colour = colour
        # without a colour system rich writes no escape sequence at all, not even for bold words
        self.console = _Console(
            file=file,
            color_system="truecolor" if colour else None,
            force_terminal=colour,
            no_color=not colour,
            width=max(width, MIN_WIDTH) if width else None,
            highlight=False,
            markup=False,
            emoji=False,
            soft_wrap=False,
        )

    def separate(self) -> None:
        """Write a line between two records."""
        self.console.print(Text("─" * self.console.width, "dim"), soft_wrap=True)

    def write(self, lines: Iterable[Line | None]) -> None:
        """Write lines, each under its label with a hanging indent; None is an empty line."""
        for line in lines:
            if line is None:
                self.console.print()
                continue
            wrapped = line.text.wrap(self.console, self.console.width - INDENT, overflow="fold")
            for number, part in enumerate(wrapped or [Text()]):
                part.rstrip()
                label = f"{line.label:<{INDENT}}" if number == 0 else " " * INDENT
                whole = Text.assemble((label, line.style), part)
                whole.rstrip()
                self.console.print(whole, soft_wrap=True)

    def tables(self, tables: Iterable[RenderableType]) -> None:
        """Write tables with an empty line between two; white space at the ends of lines is not written."""
        for number, table in enumerate(tables):
            if number:
                self.console.print()
            for line in self.console.render_lines(table, pad=False):
                text = Text.assemble(*((segment.text, segment.style or "") for segment in line))
                text.rstrip()
                self.console.print(text, soft_wrap=True)
