"""One line of the tables of phrases: the word that is counted, the pattern, and texts that hold the pattern to its promise."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A phrase that does not belong to a text.

    `word` is what is counted, `language` an ISO 639-1 code or `any`; `matches` are texts in which the phrase is, `spares`
    texts that look like it and must be left alone (a test reads both).
    """

    word: str
    language: str
    pattern: re.Pattern[str]
    matches: tuple[str, ...]
    spares: tuple[str, ...]
