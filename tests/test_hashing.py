"""Draws by hash, and a set of texts in a few bytes each."""

import hashlib
import tracemalloc

import pytest

from caigen.hashing import HashSet, seed, uniform


@pytest.mark.parametrize("short", [False, True])
def test_what_was_added_is_in_and_nothing_else(short: bool) -> None:
    seen = HashSet(short=short)
    assert all(seen.add(f"r{n}") for n in range(200_000))
    assert not any(seen.add(f"r{n}") for n in range(0, 200_000, 7))
    assert all(f"r{n}" in seen for n in range(0, 200_000, 7))
    assert not any(f"s{n}" in seen for n in range(200_000))


@pytest.mark.parametrize(("short", "most"), [(False, 10), (True, 6)])
def test_bytes_for_each_beyond_the_buckets(short: bool, most: float) -> None:
    seen = HashSet(short=short)
    for n in range(300_000):
        seen.add(f"r{n}")
    tracemalloc.start()
    for n in range(300_000, 1_000_000):
        seen.add(f"r{n}")
    grown = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert grown / 700_000 < 1.6 * most


def test_draws_depend_on_their_parts_alone_and_never_change() -> None:
    """Other numbers would be other draws in every journal and every split."""
    assert uniform("a") == int.from_bytes(hashlib.sha256(b"a").digest()[:8], "big") / 2**64
    assert seed(7, "a") == int.from_bytes(hashlib.sha256(b"7|a").digest()[:4], "big") >> 1
    numbers = [uniform("x", n) for n in range(2000)]
    assert all(0 <= number < 1 for number in numbers)
    assert 0.45 < sum(numbers) / 2000 < 0.55
