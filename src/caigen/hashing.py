"""Hashes: random draws that are a hash of their purpose, and a compact set of texts.

A draw depends on what it is for alone, so order of completion, resume and sharding change nothing.
"""

import hashlib
from array import array
from collections import defaultdict


def share(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    return int.from_bytes(_digest(parts)[:8], "big") / 2**64


def seed(*parts: object) -> int:
    """A 31-bit seed that depends on the parts alone."""
    return int.from_bytes(_digest(parts)[:4], "big") >> 1


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("|".join(map(str, parts)).encode()).digest()


BUCKETS = 1 << 16  # of a million texts there are 15 in each, of a hundred million 1,500


class HashSet:
    """A set of texts by their hashes, 9 bytes each beside 10 MB of arrays, where Python's own set takes 65. A new text is taken for one that was
    seen with odds of one in 2^64 for each that is in; where that does no harm, `short` hashes of 48 bits take 5 bytes.
    """

    def __init__(self, *, short: bool = False) -> None:
        self.count = 0
        self._mask = (1 << 32) - 1 if short else (1 << 64) - 1
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array("I" if short else "Q"))

    def __contains__(self, text: str) -> bool:
        rest, place = divmod(hash(text), BUCKETS)
        return place in self._buckets and rest & self._mask in self._buckets[place]

    def add(self, text: str) -> bool:
        """Whether it is new; it is in from now on."""
        rest, place = divmod(hash(text), BUCKETS)
        bucket, rest = self._buckets[place], rest & self._mask
        if rest in bucket:
            return False
        bucket.append(rest)
        self.count += 1
        return True
