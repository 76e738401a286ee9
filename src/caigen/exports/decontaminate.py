"""Prompts of evaluation sets, to be kept out of training data.

A prompt counts as one of them if its words are the same, or if it shares 13 words in a row with one (Brown et al. 2020,
appendix C, which takes 13-grams too). Only what users say counts. Only hashes are held.

A script without spaces has no words to count. There as many characters make a row as 13 words take: 20 of Chinese or
Japanese, where an English word takes about one and a half to two, and 39 of Thai, Khmer and the other alphabets, where
it takes three or four without the marks. A mixed text counts each part in its own way. These numbers are at the low
end: a good prompt that is left out costs less than an evaluation question that stays in.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from caigen.records import Record
from caigen.text.words import is_east, is_south, plain_words

# Lengths in parts, so that rows of mixed scripts add up in whole numbers: 13 words, 20 characters of Chinese, or 39 of
# Thai are 780 parts each.
ROW_PARTS = 780
WORD_PARTS, EAST_PARTS, SOUTH_PARTS = 60, 39, 20
HASH_BYTES = 10


class Evaluations:
    """The prompts of some evaluation sets; `record in evaluations` says whether a prompt is one of them."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._prompts: set[bytes] = set()
        self._rows: set[bytes] = set()
        for record in records:
            words = _user_words(record)
            self._prompts.add(_hash(words))
            self._rows.update(_hashed_rows(words))

    def __contains__(self, record: Record) -> bool:
        words = _user_words(record)
        return _hash(words) in self._prompts or any(row in self._rows for row in _hashed_rows(words))


def _user_words(record: Record) -> list[str]:
    """The words of all user messages, without case and punctuation."""
    words: list[str] = []
    for message in record.prompt:
        if message.role == "user":
            words += plain_words(message.content)
    return words


def _hashed_rows(words: list[str]) -> Iterator[bytes]:
    """The hash of the shortest row of words from each word on that is ROW_PARTS long.

    A row depends on its own words alone, so the same words give the same row in any text.
    """
    parts = [_parts(word) for word in words]
    end = length = 0
    for start in range(len(words)):
        while length < ROW_PARTS and end < len(words):  # grow at the end
            length += parts[end]
            end += 1
        if length < ROW_PARTS:
            return
        yield _hash(words[start:end])
        length -= parts[start]  # shrink at the start


def _parts(word: str) -> int:
    """The length of a word in parts."""
    if is_east(word):
        return EAST_PARTS
    if is_south(word):
        return SOUTH_PARTS
    return WORD_PARTS


def _hash(words: list[str]) -> bytes:
    return blake2b(" ".join(words).encode(), digest_size=HASH_BYTES).digest()
