"""Prompts of evaluation sets, to be kept out of training data.

A prompt counts as one of them where its words are the same, or where it shares 13 words in a row with one (Brown et al.
2020, appendix C, which takes 13-grams too). Only what users say counts. Only hashes are held.

A script without spaces has no words to count, so a row of its characters is as long as 13 words are: 20 of Chinese or
Japanese, where a word of English takes some one and a half to two, 39 of Thai, Khmer and the other alphabets, where it takes
three or four without the marks. In a mixed text each counts for its part. At the upper end of that a row would be longer; a
good prompt that is left out costs less than an evaluation question that stays in.
"""

from collections.abc import Iterable, Iterator
from hashlib import blake2b

from caigen.records import Record
from caigen.text.words import is_east, is_south, plain_words

GRAM = 13 * 60  # 13 words of this many parts,
WORD, EAST, SOUTH = 60, 39, 20  # of which a character has fewer: 20 or 39 of them are a row


class Evaluations:
    """The prompts of some evaluation sets."""

    def __init__(self, records: Iterable[Record]) -> None:
        self._whole: set[bytes] = set()
        self._grams: set[bytes] = set()
        for record in records:
            words = _words(record)
            self._whole.add(_hash(words))
            self._grams.update(_grams(words))

    def __contains__(self, record: Record) -> bool:
        words = _words(record)
        return _hash(words) in self._whole or any(gram in self._grams for gram in _grams(words))


def _words(record: Record) -> list[str]:
    return [word for turn in record.prompt if turn.role == "user" for word in plain_words(turn.content)]


def _grams(words: list[str]) -> Iterator[bytes]:
    """Each shortest row of words, from each place on, that is long enough; it depends on its own words alone."""
    parts = [WORD if not (is_east(word) or is_south(word)) else EAST if is_east(word) else SOUTH for word in words]
    end = length = 0
    for start in range(len(words)):
        while length < GRAM and end < len(words):
            length += parts[end]
            end += 1
        if length < GRAM:
            return
        yield _hash(words[start:end])
        length -= parts[start]


def _hash(words: list[str]) -> bytes:
    return blake2b(" ".join(words).encode(), digest_size=10).digest()
