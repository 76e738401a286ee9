"""One line of the tables of phrases: the word that is counted, the pattern, and texts that hold the pattern to its promise."""

import re
from dataclasses import dataclass
from typing import Literal

Part = Literal["opening", "ending", "notes", "close", "whole"]
LONGEST_OPENING = 4096  # characters that a pattern for an opening may read
LONGEST_NOTES = 2000  # and one for an ending, or for a list of changes at the end
LONGEST_CLOSE = 200  # characters at the very end
LONGEST_WHOLE = 400  # characters of a text that says nothing but that nothing need change


@dataclass(frozen=True)
class Rule:
    """A phrase that does not belong to an answer.

    `word` is what is counted, `language` an ISO 639-1 code or `any`; `matches` are texts in which the phrase is, `spares`
    texts that look like it and must be left alone (a test reads both). `part` says where it may stand: the `opening` of
    a text, its `ending` (the last paragraph), the `notes` that end it (a heading and all that follows), `close` (its last characters), or the `whole`.
    """

    word: str
    language: str
    pattern: re.Pattern[str]
    matches: tuple[str, ...]
    spares: tuple[str, ...] = ()
    part: Part = "opening"

    def find(self, text: str) -> re.Match[str] | None:
        """The phrase at the beginning of `text`, which is an opening, a paragraph, or a whole answer.

        However long the text is, a pattern reads a bounded part of it, so that cleaning takes no longer than reading.
        """
        if self.part == "opening":
            return self.pattern.match(text, 0, LONGEST_OPENING)
        if self.part == "close":
            return self.pattern.search(text, max(0, len(text) - LONGEST_CLOSE))
        longest = LONGEST_WHOLE if self.part == "whole" else LONGEST_NOTES
        return self.pattern.match(text) if len(text) <= longest else None


def pattern(*parts: str) -> re.Pattern[str]:
    """A pattern for any case, its parts written one after the other; `.` takes line breaks too."""
    return re.compile("".join(parts), re.I | re.S)
