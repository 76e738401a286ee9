"""Which texts have come by: hashes only, in a few bytes each, since millions are kept while rows stream."""

from array import array
from collections import defaultdict

BUCKETS = 1 << 16  # of a million texts there are 15 in each, of a hundred million 1,500


class Seen:
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
