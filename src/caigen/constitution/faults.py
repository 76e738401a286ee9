"""What is wrong with a constitution: Faults, each with its place and what to write instead, and the error that lists
them all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from caigen.errors import ConstitutionError

MAX_SHOWN_CHARS = 60
MAX_LISTED = 50


@dataclass(frozen=True)
class Fault:
    """One fault: line and column from 1, the path of the field (`principles.0.text`), what is wrong, what to do."""

    line: int
    column: int
    path: str
    message: str
    fix: str = ""

    def at(self, source: str) -> str:
        """One line of a list: `FILE:LINE:COLUMN: what is wrong; what to do`."""
        place = f"{source}:{self.line}:{self.column}: {self.message}"
        return printable(f"{place}; {self.fix}" if self.fix else place)


class FaultyConstitutionError(ConstitutionError):
    """A constitution with faults; the message is one line for one fault, else a heading and a line for each."""

    def __init__(self, source: str, faults: Sequence[Fault]) -> None:
        self.source, self.faults = source, tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
        lines = [fault.at(source) for fault in self.faults]
        if len(lines) == 1:
            super().__init__(lines[0])
            return
        heading = f"{source}: {len(lines)} faults"
        if len(lines) > MAX_LISTED:
            lines[MAX_LISTED:] = [f"and {len(lines) - MAX_LISTED} more"]
        super().__init__("\n  ".join([heading, *lines]))


def shown(value: object) -> str:
    """A value as it stands in a message: short, on one line, without control characters."""
    text = value if isinstance(value, str) else str(value)
    short = text if len(text) <= MAX_SHOWN_CHARS else text[: MAX_SHOWN_CHARS - 1] + "…"
    return printable(short)


def printable(text: str) -> str:
    """A text with a blank for each control character, end of line or invisible sign."""
    return "".join(character if character.isprintable() else " " for character in text)
