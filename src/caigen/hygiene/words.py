"""text -> its words in any script, their runs, and whether it loops"""

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
_TAG = re.compile(r"<[^<>\n]{0,80}>")  # markup, such as <td>: it repeats itself in every table and is no speech
DRAWL_LETTERS = 40  # equal letters in a row that make a loop: "nooooo…"
_SAME_LETTER = re.compile(rf"([^\W\d_])\1{{{DRAWL_LETTERS - 1}}}")

WINDOW_WORDS = 8  # words in a row that are looked up; the distance to their last occurrence is the loop's period
MIN_REPEATS = 5  # times in a row that make a loop
MIN_LOOP_WORDS = 24  # in all, so that a refrain is no loop
MIN_SHORT_LOOP_WORDS = 48  # the same for a period of one to three words, which laughter, tables and cheers repeat
LONG_PERIOD, MIN_LONG_REPEATS = 12, 4  # a loop of whole sentences needs fewer repeats
MIN_EQUAL_TRIPLES = 2  # triples of words, from every third word on, that any loop repeats


# A run of marks on one letter (or of symbols), longer than any language needs: to order n marks takes n * n steps.
_PILE = re.compile(r"[^\w\s\x00-\u02ff]{32}")


def normalized(text: str, form: Literal["NFC", "NFKC"] = "NFKC") -> str:
    """A text with one spelling for each accented letter (NFC), and for each width and style of a letter (NFKC).

    A pile of marks on one letter is normalized in pieces of 32 marks.
    """
    if text.isascii():
        return text
    ends = [0, *(pile.end() for pile in _PILE.finditer(text)), len(text)]
    return "".join(unicodedata.normalize(form, text[start:end]) for start, end in pairwise(ends))


@lru_cache(maxsize=32)  # each text of a row is split several times
def words(text: str) -> tuple[str, ...]:
    """The words and numbers of a text, without case and punctuation.

    In scripts without spaces, such as Chinese, each character is a word.
    """
    pattern = _ASCII_WORD if text.isascii() else _WORD
    return tuple(pattern.findall(normalized(text).casefold()))


def shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """All runs of `size` neighbouring words of a text."""
    text_words = words(text)
    return set(zip(*(text_words[start:] for start in range(size)), strict=False))


def loops(text: str) -> bool:
    """Whether a text repeats a run of words, of any length, many times without a break.

    A list whose lines differ in a number is no loop.
    """
    if max(map(len, text.split()), default=0) >= DRAWL_LETTERS and _SAME_LETTER.search(text):
        return True
    text_words = words(_TAG.sub(" ", text) if "<" in text else text)
    return _may_loop(text_words) and _has_loop(text_words)


def _may_loop(text_words: tuple[str, ...]) -> bool:
    """Whether triples of words are repeated as often as in any loop; two quick counts before the exact search.

    A loop of n words with period p has at least (n - 4) / 3 of the triples that begin at every third word, and at
    most p of them differ. The smallest difference that `_min_words` allows is two, of the loop of 25 words with
    period 5.
    """
    sparse = list(zip(text_words[::3], text_words[1::3], text_words[2::3], strict=False))
    if len(sparse) - len(set(sparse)) < MIN_EQUAL_TRIPLES:
        return False
    # In a loop every triple comes as often as the loop is repeated.
    triples = Counter(zip(text_words, text_words[1:], text_words[2:], strict=False))
    return max(triples.values(), default=0) >= MIN_LONG_REPEATS


def _has_loop(text_words: tuple[str, ...]) -> bool:
    """Whether some words are repeated with one period for long enough.

    One pass: where a window of words occurs again, the distance to its last occurrence is the period of a possible
    loop, and the loop goes on as long as that distance stays the same.
    """
    last_index: dict[tuple[str, ...], int] = {}
    period = run = letters = 0
    for index in range(len(text_words) - WINDOW_WORDS + 1):
        window = text_words[index : index + WINDOW_WORDS]
        distance = index - last_index.get(window, index)
        last_index[window] = index
        if not distance or distance != period:
            period, run, letters = distance, 0, 0
        if not distance:
            continue
        run += 1
        # Numbers alone, as in a table, are no loop.
        letters += not text_words[index].isdigit()
        if letters and run + period + WINDOW_WORDS - 1 >= _min_words(period):
            return True
    return False


def _min_words(period: int) -> int:
    """How many words a loop of this period has at least, all repeats together."""
    if period >= LONG_PERIOD:
        return period * MIN_LONG_REPEATS
    shortest = MIN_SHORT_LOOP_WORDS if period <= 3 else MIN_LOOP_WORDS
    return max(period * MIN_REPEATS, shortest)


def is_unspaced(text: str) -> bool:
    """Whether most words of a text are single characters of a script without spaces."""
    if text.isascii():
        return False
    text_words = words(text)
    unspaced = sum(len(word) == 1 and bool(_UNSPACED.match(word)) for word in text_words)
    return unspaced > len(text_words) / 2
