"""Words of a text in any script, runs of them, and whether a text repeats itself."""

import re
import unicodedata
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Literal

# Scripts that are written without spaces between words: Thai to Myanmar, Khmer, kana, Han. Each character is a word.
UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-"
    r"\uff9f\U00020000-\U0003ffff"
)
# One character of those, or a run of other letters and digits with their vowel signs (Indic, Arabic, Hebrew marks).
_WORD = re.compile(rf"[{UNSPACED}]|(?:[^\W_{UNSPACED}]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff])+")
_ASCII_WORD = re.compile(r"[a-z0-9]+")  # the same, three times faster
_UNSPACED = re.compile(rf"[{UNSPACED}]")
_TAG = re.compile(r"<[^<>\n]{0,80}>")  # markup repeats itself in every table: it is no speech
DRAWL = 40  # times the same letter in a row
_SAME_LETTER = re.compile(rf"([^\W\d_])\1{{{DRAWL - 1}}}")

NEIGHBOURS = 8  # words that must come again together before a distance between them is measured
REPEATS = 5  # times in a row that make a loop
LOOP_LENGTH = 24  # words that a loop has at least, so that a refrain is none
SHORT_LOOP = 48  # the same for one, two or three words, which laughter, tables and cheers repeat
LONG_PERIOD, LONG_REPEATS = 12, 4  # a loop of whole sentences needs fewer repeats
REPEATED = 2  # threes of words that any loop repeats, of those that begin at every third word


# A run of marks on one letter (or of symbols), longer than any language needs: to order n marks takes n * n steps.
_PILE = re.compile(r"[^\w\s\x00-\u02ff]{32}")


def normalized(text: str, form: Literal["NFC", "NFKC"] = "NFKC") -> str:
    """The text with one spelling for each accented letter (NFC), and for each width and style of it (NFKC).

    A pile of marks is brought into order in pieces of 32.
    """
    if text.isascii():
        return text
    ends = [0, *(pile.end() for pile in _PILE.finditer(text)), len(text)]
    return "".join(unicodedata.normalize(form, text[start:end]) for start, end in pairwise(ends))


@lru_cache(maxsize=32)  # each of a row's texts is looked at several times
def words(text: str) -> tuple[str, ...]:
    """The words of a text, digits among them, without case and punctuation; single characters in scripts without spaces."""
    word = _ASCII_WORD if text.isascii() else _WORD
    return tuple(word.findall(normalized(text).casefold()))


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """All runs of `size` neighbouring words."""
    found = words(text)
    return set(zip(*(found[place:] for place in range(size)), strict=False))


def loops(text: str) -> bool:
    """Whether a run of words, of any length, comes again and again without a break.

    A list whose lines differ in a number is none. One pass: where eight words come again, the distance to their last place
    is the length of what may be a loop, and as long as it stays the same the loop goes on.
    """
    if max(map(len, text.split()), default=0) >= DRAWL and _SAME_LETTER.search(text):
        return True
    found = words(_TAG.sub(" ", text) if "<" in text else text)
    if not _may_loop(found):
        return False
    threes = Counter(zip(found, found[1:], found[2:], strict=False))
    if max(threes.values(), default=0) < LONG_REPEATS:
        return False  # in a loop every three neighbours come so often
    last: dict[tuple[str, ...], int] = {}
    distance = run = letters = 0
    for place in range(len(found) - NEIGHBOURS + 1):
        these = tuple(found[place : place + NEIGHBOURS])
        before = place - last.get(these, place)
        last[these] = place
        if not before or before != distance:
            distance, run, letters = before, 0, 0
        if not before:
            continue
        run += 1
        letters += not found[place].isdigit()
        if letters and run + distance + NEIGHBOURS - 1 >= _least(distance):
            return True
    return False


def _may_loop(found: tuple[str, ...]) -> bool:
    """Whether threes of words come again as they do in any loop; only every third place is looked at.

    A loop of n words with period p has at least (n - 4) / 3 of these threes, of which no more than p differ. The least
    that `_least` leaves to be repeated is two, of the loop of 25 words with period 5.
    """
    threes = list(zip(found[::3], found[1::3], found[2::3], strict=False))
    return len(threes) - len(set(threes)) >= REPEATED


def _least(period: int) -> int:
    """How many words a loop of this period must have in all."""
    if period >= LONG_PERIOD:
        return period * LONG_REPEATS
    return max(period * REPEATS, SHORT_LOOP if period <= 3 else LOOP_LENGTH)


def is_unspaced(text: str) -> bool:
    """Whether most words of a text are single characters of a script without spaces."""
    if text.isascii():
        return False
    found = words(text)
    return sum(len(word) == 1 and bool(_UNSPACED.match(word)) for word in found) > len(found) / 2
