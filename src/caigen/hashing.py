"""Hashes: random choices as a hash of their purpose, and a compact set of texts.

A choice depends on its purpose alone. So the order in which requests are answered, a resumed run and sharding do not
change it.
"""

import hashlib
from array import array
from collections import defaultdict


def uniform(*parts: object) -> float:
    """A number in [0, 1), uniform over all parts, and always the same for the same parts."""
    return int.from_bytes(_digest(parts)[:8], "big") / 2**64


def seed(*parts: object) -> int:
    """A 31-bit seed, always the same for the same parts."""
    return int.from_bytes(_digest(parts)[:4], "big") >> 1


def _digest(parts: tuple[object, ...]) -> bytes:
    return hashlib.sha256("|".join(map(str, parts)).encode()).digest()


BUCKETS = 1 << 16  # a million texts are 15 in each bucket, a hundred million 1,500


class HashSet:
    """A set of texts that keeps only their hashes: 9 bytes for each text and 10 MB of buckets, where a Python set
    takes 65.

    Another text has the same hash with odds of one in 2^64 for each text in the set; it then counts as present. With
    `short` the hashes have 48 bits and take 5 bytes, for uses where such a mistake does no harm.
    """

    def __init__(self, *, short: bool = False) -> None:
        self.count = 0
        # a bucket's number is 16 bits of the hash; it stores 32 or 64 of the others
        bits, typecode = (32, "I") if short else (64, "Q")
        self._mask = (1 << bits) - 1
        self._buckets: defaultdict[int, array[int]] = defaultdict(lambda: array(typecode))

    def __contains__(self, text: str) -> bool:
        rest, bucket = divmod(hash(text), BUCKETS)
        # asking a defaultdict for a missing bucket would make it
        return bucket in self._buckets and rest & self._mask in self._buckets[bucket]

    def add(self, text: str) -> bool:
        """Add a text; returns whether it was new."""
        rest, number = divmod(hash(text), BUCKETS)
        bucket, rest = self._buckets[number], rest & self._mask
        if rest in bucket:
            return False
        bucket.append(rest)
        self.count += 1
        return True
