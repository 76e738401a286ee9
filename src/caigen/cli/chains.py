"""What `try` and `--preview` print on stdout: the chain of a record, and lines of text without control characters."""

import os
import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from caigen.demo.show import rounds_panel
from caigen.records import Record

PIPE_WIDTH = 100


def console() -> Console:
    """Standard output: in colour on a terminal alone, and not with NO_COLOR."""
    is_terminal = sys.stdout.isatty()
    width = None if is_terminal or os.environ.get("COLUMNS") else PIPE_WIDTH
    return Console(file=sys.stdout, width=width, highlight=False, markup=False, emoji=False)


def print_chain(record: Record, out: Console) -> None:
    """Print prompt, answers and rounds of a record, one panel for each answer, or why there is none."""
    for candidate in record.candidates:
        out.print(rounds_panel(record, candidate))
    if not record.candidates:
        out.print(Text.assemble((f"{printable(record.id)}  ", "bold"), "no answer"))
    if record.error:
        error = record.error
        out.print(Text(f"{printable(record.id)} failed: {error.stage}:{error.kind}: {printable(error.message)}", "red"))


def print_lines(lines: Iterable[str], out: Console) -> None:
    """Print lines as they are; what is longer than the terminal is broken at a word."""
    for line in lines:
        out.print(Text(printable(line)))


def printable(text: str) -> str:
    """The text with each control character written out, such as `\\x1b`; line breaks stay."""
    shown = []
    for character in text:
        is_shown = character.isprintable() or character == "\n"
        shown.append(character if is_shown else character.encode("unicode_escape", "replace").decode())
    return "".join(shown)
