"""Rule: a phrase that models put around an answer, as a pattern, with texts that it must match or spare"""

import re
from dataclasses import dataclass
from typing import Literal

Part = Literal["opening", "ending", "notes", "close", "whole"]
# How much of a text a pattern reads, in characters, so that cleaning takes no longer than reading:
LONGEST_OPENING = 4096  # of an opening
LONGEST_NOTES = 2000  # of an ending, or of a list of changes at the end
LONGEST_CLOSE = 200  # of the very end
LONGEST_WHOLE = 400  # of a whole text that only says that nothing need change


@dataclass(frozen=True)
class Rule:
    """A phrase that does not belong to an answer.

    `word` is the finding that is counted, `language` an ISO 639-1 code or `any`. `matches` are texts with the phrase,
    `spares` similar texts that must stay as they are; a test reads both. `part` says where the phrase may stand: the
    `opening` of a text, its `ending` (the last paragraph), the `notes` at its end (a heading and all that follows), its
    `close` (the last characters), or the `whole`.
    """

    word: str
    language: str
    pattern: re.Pattern[str]
    matches: tuple[str, ...]
    spares: tuple[str, ...] = ()
    part: Part = "opening"

    def find(self, text: str) -> re.Match[str] | None:
        """Match the phrase in `text`, which is a text with an opening, a last paragraph, or a whole answer.

        Only a bounded part of a long text is read.
        """
        if self.part == "opening":
            return self.pattern.match(text, 0, LONGEST_OPENING)
        if self.part == "close":
            return self.pattern.search(text, max(0, len(text) - LONGEST_CLOSE))
        longest = LONGEST_WHOLE if self.part == "whole" else LONGEST_NOTES
        return self.pattern.match(text) if len(text) <= longest else None


def pattern(*parts: str) -> re.Pattern[str]:
    """Compile the parts, written one after the other, as one pattern: any case, and `.` matches line breaks."""
    return re.compile("".join(parts), re.I | re.S)
