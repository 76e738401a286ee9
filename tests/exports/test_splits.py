"""Which side of a split a record falls on."""

import hashlib
import math
from collections import Counter

import pytest

from caigen.exports.splits import SplitBy, Splitter, split_of
from caigen.records import Message, Record


def record(*turns: str, system: str | None = None) -> Record:
    told = [Message(role="system", content=system)] if system else []
    said = [Message(role="assistant" if number % 2 else "user", content=text) for number, text in enumerate(turns)]
    return Record(id="r", prompt=(*told, *said))


def point(text: str) -> float:
    """Where a text lies from 0 to 1; below the share of train it is there."""
    return int.from_bytes(hashlib.sha256(f"0|split|{text}".encode()).digest()[:8], "big") / 2**64


def test_the_split_follows_the_prompt() -> None:
    sides = Counter(split_of(record(str(n)), 0.9) for n in range(2000))
    assert 0.87 < sides["train"] / 2000 < 0.93
    assert [split_of(record(str(n)), 0.5) for n in range(8)] == [split_of(record(str(n)), 0.5) for n in range(8)]
    assert {split_of(record(str(n)), 1.0) for n in range(50)} == {"train"}
    assert {split_of(record(str(n)), 0.0) for n in range(50)} == {"test"}


@pytest.mark.parametrize(
    ("one", "prompt", "family"),
    [
        (record("q"), "user\x1fq", "user\x1fq"),
        (record("q", "a", "more?"), "user\x1fq\x1eassistant\x1fa\x1euser\x1fmore?", "user\x1fq"),
        (record("q", system="Be kind."), "system\x1fBe kind.\x1euser\x1fq", "user\x1fq"),
        (record(system="Be kind."), "system\x1fBe kind.", ""),
    ],
)
def test_an_export_that_is_made_again_has_the_same_sides(one: Record, prompt: str, family: str) -> None:
    """The hash is part of the files that were written: what was held out for a test must not be trained on later."""
    by: SplitBy
    for by, text in (("prompt", prompt), ("family", family)):
        here = point(text)
        assert split_of(one, here, by=by) == "test"
        assert split_of(one, math.nextafter(here, 1), by=by) == "train"
        assert Splitter(here, by).side(one) == "test"
        assert Splitter(math.nextafter(here, 1), by).side(one) == "train"
    assert split_of(one, math.nextafter(point(prompt), 1)) == "train"


def test_a_dialogue_and_its_continuation_are_one_family() -> None:
    torn = 0
    for n in range(200):
        first, longer, told = record(f"q{n}"), record(f"q{n}", "a", "more?"), record(f"q{n}", system="Be kind.")
        sides = [split_of(one, 0.5, by="family") for one in (first, longer, told)]
        assert len(set(sides)) == 1
        assert sides[0] == split_of(first, 0.5)  # one message: the same side by either
        torn += split_of(first, 0.5) != split_of(longer, 0.5)
    assert 60 < torn < 140


def test_families_on_both_sides_are_counted() -> None:
    """Each record that comes after one of its family on the other side, in whatever order they come."""
    dialogues = [(record(f"q{n}"), record(f"q{n}", "a", "more?")) for n in range(50)]
    expected = sum(split_of(first, 0.5) != split_of(longer, 0.5) for first, longer in dialogues)
    for order in (1, -1):
        splitter = Splitter(0.5, "prompt")
        for one in (one for both in dialogues for one in both[::order]):
            splitter.remember_family(one)
        assert splitter.divided_count == expected > 10
    first, longer = next(both for both in dialogues if split_of(both[0], 0.5) != split_of(both[1], 0.5))
    splitter = Splitter(0.5, "prompt")
    torn = []
    for one in (first, first, longer, first):
        splitter.remember_family(one)
        torn.append(splitter.divided_count)
    assert torn == [0, 0, 1, 2]


def test_no_family_is_torn_where_families_are_split() -> None:
    splitter = Splitter(0.5, "family")
    for n in range(50):
        splitter.remember_family(record(f"q{n}"))
        splitter.remember_family(record(f"q{n}", "a", "more?"))
    assert splitter.divided_count == 0
