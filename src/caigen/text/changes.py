"""changes: a text and its revision -> the pieces that were kept, removed and added, word by word"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

from caigen.text.similarity import MAX_CHEAP_PRODUCTS, same_runs
from caigen.text.words import unspaced_character

Change = Literal["kept", "removed", "added"]


@dataclass(frozen=True)
class Piece:
    """Some words in a row, with the white space after them."""

    change: Change
    text: str


def changes(before: str, after: str) -> list[Piece] | None:
    """The pieces of both texts in the order of reading; None if the texts are too long to be compared.

    Kept and added pieces together are `after`; white space that alone differs counts as kept.
    """
    old, new = _tokens(before), _tokens(after)
    if len(old) * len(new) > MAX_CHEAP_PRODUCTS:
        return None
    pieces: list[Piece] = []
    i = j = 0
    for old_start, new_start, size in [*_readable_runs(old, new), (len(old), len(new), 0)]:
        if i < old_start:
            pieces.append(Piece("removed", _joined(old, i, old_start)))
        if j < new_start:
            pieces.append(Piece("added", _joined(new, j, new_start)))
        if size:
            pieces.append(Piece("kept", _joined(new, new_start, new_start + size)))
        i, j = old_start + size, new_start + size
    return pieces


def _readable_runs(old: list[re.Match[str]], new: list[re.Match[str]]) -> list[tuple[int, int, int]]:
    """The runs that both texts have, without short ones between two longer changes.

    A single `the` that stays between six changed words on either side splits a sentence into two that nobody can read.
    """
    runs = same_runs([match[1] for match in old], [match[1] for match in new])
    kept: list[tuple[int, int, int]] = []
    for number, (i, j, size) in enumerate(runs):
        end_i, end_j = (kept[-1][0] + kept[-1][2], kept[-1][1] + kept[-1][2]) if kept else (0, 0)
        next_i, next_j = runs[number + 1][:2] if number + 1 < len(runs) else (len(old), len(new))
        changed_before = max(i - end_i, j - end_j)
        changed_after = max(next_i - i - size, next_j - j - size)
        if size >= min(changed_before, changed_after):
            kept.append((i, j, size))
    return kept


def _joined(tokens: list[re.Match[str]], start: int, end: int) -> str:
    return "".join(match[0] for match in tokens[start:end])


def _tokens(text: str) -> list[re.Match[str]]:
    """The words with the white space after them; group 1 is the word. White space before the first is its own word."""
    return list(_pattern().finditer(text))


@cache
def _pattern() -> re.Pattern[str]:
    unspaced = unspaced_character()
    return re.compile(rf"({unspaced}|(?:(?!{unspaced})\S)+|\A(?=\s))(\s*)")
