"""Which side of a split a record falls on."""

from collections import Counter

from caigen.records import Message, Record
from caigen.splits import Splitter, split_of


def record(*turns: str, system: str | None = None) -> Record:
    told = [Message(role="system", content=system)] if system else []
    said = [Message(role="assistant" if number % 2 else "user", content=text) for number, text in enumerate(turns)]
    return Record(id="r", prompt=(*told, *said))


def test_the_split_follows_the_prompt() -> None:
    sides = Counter(split_of(record(str(n)), 0.9) for n in range(2000))
    assert 0.87 < sides["train"] / 2000 < 0.93
    assert [split_of(record(str(n)), 0.5) for n in range(8)] == [split_of(record(str(n)), 0.5) for n in range(8)]
    assert {split_of(record(str(n)), 1.0) for n in range(50)} == {"train"}
    assert {split_of(record(str(n)), 0.0) for n in range(50)} == {"test"}


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
    for by, least in (("prompt", 1), ("family", 0)):
        splitter = Splitter(0.5, by)  # type: ignore[arg-type]
        for n in range(50):
            splitter.wrote(record(f"q{n}"))
            splitter.wrote(record(f"q{n}", "a", "more?"))
        assert (splitter.torn >= least) and (splitter.torn <= 50 * least)
