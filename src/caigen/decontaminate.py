"""Prompts of evaluation sets, to be kept out of training data.

A prompt counts as one of them where its words are the same, or where it shares 13 words in a row with one (Brown et al.
2020, appendix C, which takes 13-grams too). Only hashes are held.
"""

import re
from collections.abc import Iterable, Iterator
from hashlib import blake2b

from caigen.records import Record

GRAM = 13  # words


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
    return [
        word for turn in record.prompt if turn.role == "user" for word in re.findall(r"\w+", turn.content.casefold())
    ]


def _grams(words: list[str]) -> Iterator[bytes]:
    for place in range(len(words) - GRAM + 1):
        yield _hash(words[place : place + GRAM])


def _hash(words: list[str]) -> bytes:
    return blake2b(" ".join(words).encode(), digest_size=10).digest()
