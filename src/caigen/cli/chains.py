"""What `try` and `--preview` print on stdout: the chains of records, and lines of text."""

from collections.abc import Iterable

from rich.text import Text

from caigen.constitution.format import Constitution
from caigen.looking.chain import Chain
from caigen.looking.marks import Marks
from caigen.looking.principles import PrincipleTexts
from caigen.looking.screen import Screen
from caigen.records import Record
from caigen.text.visible import visible


def print_chain(record: Record, screen: Screen, constitution: Constitution | None) -> None:
    """Print a record as `caigen show` does, with the rules of the constitution that it was made under."""
    made = record.provenance.constitution if record.provenance else None
    own = constitution if constitution and constitution.ref == made else None
    screen.write(Chain(Marks(screen.colour), PrincipleTexts(own)).lines(record))


def print_lines(lines: Iterable[str], screen: Screen) -> None:
    """Print lines without control characters; what is longer than the terminal is broken at a word."""
    for line in lines:
        screen.console.print(Text(visible(line)))
