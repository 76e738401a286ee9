"""Which pairs a record gives, and why others come to nothing."""

from collections import Counter

import pytest

from caigen.pairs import PairSettings, pairs, split_of
from caigen.records import Candidate, Critique, Message, Record, Revision, Round
from caigen.sinks import PairSink, SftSink
from caigen.stages.prompts import Brief


def candidate(*texts: str | None, flags: tuple[str, ...] = ()) -> Candidate:
    """A candidate whose rounds give these texts; None is a round that left the text alone."""
    rounds = [
        Round(
            principle=f"GEN-00{n}@1",
            critique=Critique(text="c", verdict="violates" if text else "complies"),
            revision=Revision(text=text, flags=flags) if text else None,
        )
        for n, text in enumerate(texts[1:], 1)
    ]
    return Candidate(text=texts[0] or "", rounds=tuple(rounds), finish_reason="stop")


def record(*candidates: Candidate) -> Record:
    return Record(id="r", prompt=(Message(role="user", content="q"),), candidates=candidates, status="done")


def made(given: Record, **settings: object) -> tuple[list[tuple[str, str]], Counter[str]]:
    reasons: Counter[str] = Counter()
    found = [(str(p.chosen), str(p.rejected)) for p in pairs(given, PairSettings(**settings), reasons)]  # type: ignore[arg-type]
    return found, reasons


@pytest.mark.parametrize(
    ("pairing", "expected"),
    [
        ("first-last", [("0.3", "0.0")]),
        ("adjacent", [("0.1", "0.0"), ("0.3", "0.1")]),
        ("all", [("0.1", "0.0"), ("0.3", "0.0"), ("0.3", "0.1")]),
    ],
)
def test_pairing(pairing: str, expected: list[tuple[str, str]]) -> None:
    assert made(record(candidate("a", "b b", None, "c c c")), pairing=pairing)[0] == expected


def test_only_principles_between_the_two_texts_are_named() -> None:
    (pair,) = pairs(record(candidate("a", "b", None, "c")), PairSettings(), Counter())
    assert pair.principles == ("GEN-001@1", "GEN-003@1")


def test_what_gives_no_pair_is_counted() -> None:
    assert made(record(candidate("a", None))) == ([], {"unrevised": 1})
    assert made(record(candidate("a", "b", flags=("leak",)))) == ([], {"revision_leak": 1, "unrevised": 1})
    assert made(record(candidate("a b", "a b c", "a b"))) == ([], {"identical_texts": 1})
    assert made(record(candidate("a b c d", "a b c e")), max_similarity=0.5) == ([], {"too_similar": 1})
    assert made(record(candidate("a b c d", "a b c e")), min_change=0.5) == ([], {"too_similar": 1})
    assert len(made(record(candidate("a b c d", "a b c e")), min_change=0.1)[0]) == 1
    cut = candidate("a", "b").model_copy(update={"finish_reason": "length"})
    assert made(record(cut)) == ([], {"answer_truncated": 1})


def test_the_split_follows_the_prompt() -> None:
    sides = Counter()
    for n in range(2000):
        prompt = (Message(role="user", content=str(n)),)
        one, other = Record(id=f"a{n}", prompt=prompt), Record(id=f"b{n}", prompt=prompt)
        assert split_of(one, 0.9) == split_of(other, 0.9)
        sides[split_of(one, 0.9)] += 1
    assert 0.87 < sides["train"] / 2000 < 0.93


def test_reasoning_is_left_out_unless_asked_for(brief: Brief) -> None:
    turn = Round(principle="GEN-001@1", revision=Revision(text="b", reasoning="SECRET"))
    given = record(Candidate(text="a", reasoning="SECRET", rounds=(turn,)))
    for keep in (False, True):
        rows = [row for row, _ in PairSink(None, PairSettings(), keep_reasoning=keep).rows_of(given, Counter())]
        rows += [
            row for row, _ in SftSink(None, "revisions", {"": brief}, keep_reasoning=keep).rows_of(given, Counter())
        ]
        assert all(("SECRET" in str(row)) == keep for row in rows)


def test_sft_rows(brief: Brief) -> None:
    def texts(given: Record, which: str) -> list[str]:
        sink = SftSink(None, "revisions", {"": brief}, which=which)  # type: ignore[arg-type]
        return [row["completion"][-1]["content"] for row, _ in sink.rows_of(given, Counter())]

    given = record(candidate("a", "b", None, "c"))
    assert texts(given, "all") == ["b", "c"]
    assert texts(given, "last") == ["c"]
    assert texts(record(candidate("a", None, None)), "all") == ["a"]
    assert texts(record(candidate("a", "b", flags=("leak",))), "all") == []
