"""Which pairs a record gives, and why others come to nothing."""

from collections import Counter

import pytest

from caigen.pairs import PairSettings, pairs
from caigen.records import Candidate, Comparison, Critique, Message, Record, Revision, Round, unfinished
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
    adjacent = pairs(record(candidate("a", "b", None, "c")), PairSettings("adjacent"), Counter())
    assert [pair.principles for pair in adjacent] == [("GEN-001@1",), ("GEN-003@1",)]


def test_what_gives_no_pair_is_counted() -> None:
    assert made(record(candidate("a", None))) == ([], {"unrevised": 1})
    assert made(record(candidate("a", "b", flags=("leak",)))) == ([], {"revision_leak": 1, "unrevised": 1})
    assert made(record(candidate("a b", "a b c", "a b"))) == ([], {"identical_texts": 1})
    assert made(record(candidate("a b c d", "a b c e")), max_similarity=0.5) == ([], {"too_similar": 1})
    assert made(record(candidate("a b c d", "a b c e")), min_change=0.5) == ([], {"too_similar": 1})
    assert len(made(record(candidate("a b c d", "a b c e")), min_change=0.1)[0]) == 1
    cut = candidate("a", "b").model_copy(update={"finish_reason": "length"})
    assert made(record(cut)) == ([], {"answer_truncated": 1})


@pytest.mark.parametrize("cut", ["content_filter", "error", "max_tokens", "no_finish_reason", "abort"])
def test_no_text_that_was_broken_off_is_on_a_side(cut: str) -> None:
    word = {"max_tokens": "truncated"}.get(cut, cut)
    whole, broken = candidate("a", "b"), candidate("a", "b").model_copy(update={"finish_reason": cut})
    first = whole.rounds[0]
    revised = first.model_copy(update={"revision": Revision(text="b", finish_reason=cut)})
    later = first.model_copy(update={"revision": Revision(text="c", finish_reason="stop")})
    assert made(record(broken)) == ([], {f"answer_{word}": 1})
    assert made(record(whole.model_copy(update={"rounds": (revised,)}))) == (
        [],
        {f"revision_{word}": 1, "unrevised": 1},
    )
    found, reasons = made(record(whole.model_copy(update={"rounds": (revised, later)})), pairing="all")
    assert (found, reasons) == ([("0.2", "0.0")], {f"revision_{word}": 1})


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("STOP", None),
        ("Stop ", None),
        ("eos_token", None),
        ("MAX_TOKENS", "truncated"),
        ("SAFETY", "safety"),
        ("stop-error", "stop_error"),
        ("", "unknown"),
        ("?!", "unknown"),
    ],
)
def test_finish_reasons_are_read_in_any_case(reason: str, word: str | None) -> None:
    assert unfinished(reason) == word


def test_bounds_hold_at_the_very_number() -> None:
    one, other = "same " + " ".join("abcdefghi"), "same " + " ".join("jklmnopqr")  # similarity 0.1
    assert len(made(record(candidate(one, other)), min_change=0.9)[0]) == 1
    assert len(made(record(candidate(one, other)), max_similarity=0.1)[0]) == 1
    near = candidate("a b c d e f g h i j", "a b c d e f g h i k")  # similarity 0.9
    assert len(made(record(near), min_change=0.1, max_similarity=0.9)[0]) == 1
    assert made(record(candidate(one, other)), min_change=0.91)[1] == {"too_similar": 1}
    assert made(record(candidate(one, other)), max_similarity=0.09)[1] == {"too_similar": 1}
    said = Comparison(a="0.1", b="0.0", principle="GEN-001@1", p_a=0.6, status="decided")
    judged = record(candidate("a", "b")).model_copy(update={"comparisons": (said,)})
    assert 2 * 0.6 - 1 < 0.2
    assert len(made(judged, verified=True, min_margin=0.2)[0]) == 1
    assert made(judged, verified=True, min_margin=0.21)[1] == {"low_margin": 1}


def test_long_texts_are_compared_where_a_bound_is_set() -> None:
    long = record(candidate("a b " * 10_000, "a b b " * 10_000))
    (pair,) = pairs(long, PairSettings(), Counter())
    assert pair.similarity is None
    assert "similarity" not in next(iter(PairSink(None, PairSettings()).rows_of(long, Counter())))[1]
    (pair,) = pairs(long, PairSettings(max_similarity=0.9), Counter())
    assert pair.similarity == 0.8
    assert made(long, min_change=0.5)[1] == {"too_similar": 1}


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
