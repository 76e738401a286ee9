"""Which pairs a record gives, and why others come to nothing."""

from collections import Counter

import pytest

from caigen.exports.pairs import Pair, PairSettings, pairs
from caigen.exports.sinks import PairSink, SftSink
from caigen.records import Candidate, Comparison, Critique, Message, Record, Revision, Round, Score, unfinished
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version


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
    assert "similarity" not in next(iter(PairSink(None, PairSettings()).make_rows(long, Counter())))[1]
    (pair,) = pairs(long, PairSettings(max_similarity=0.9), Counter())
    assert pair.similarity == 0.8
    assert made(long, min_change=0.5)[1] == {"too_similar": 1}


def test_reasoning_is_left_out_unless_asked_for(prompt_settings: PromptSettings) -> None:
    turn = Round(principle="GEN-001@1", revision=Revision(text="b", reasoning="SECRET"))
    given = record(Candidate(text="a", reasoning="SECRET", rounds=(turn,)))
    for keep in (False, True):
        rows = [row for row, _ in PairSink(None, PairSettings(), keep_reasoning=keep).make_rows(given, Counter())]
        rows += [
            row
            for row, _ in SftSink(None, "revisions", {"": prompt_settings}, keep_reasoning=keep).make_rows(
                given, Counter()
            )
        ]
        assert all(("SECRET" in str(row)) == keep for row in rows)


def test_sft_rows(prompt_settings: PromptSettings) -> None:
    def texts(given: Record, which: str) -> list[str]:
        sink = SftSink(None, "revisions", {"": prompt_settings}, which=which)  # type: ignore[arg-type]
        return [row["completion"][-1]["content"] for row, _ in sink.make_rows(given, Counter())]

    given = record(candidate("a", "b", None, "c"))
    assert texts(given, "all") == ["b", "c"]
    assert texts(given, "last") == ["c"]
    assert texts(record(candidate("a", None, None)), "all") == ["a"]
    assert texts(record(candidate("a", "b", flags=("leak",))), "all") == []


def compared(given: Record, *said: dict[str, object]) -> Record:
    """The record with comparisons of one judge."""
    told = {"judge": "j", "principle": "GEN-001@1", "status": "decided"}
    comparisons = tuple(Comparison.model_validate(told | one) for one in said)
    return given.model_copy(update={"comparisons": comparisons})


def test_the_whole_pair_of_a_chain() -> None:
    turns = tuple(
        Round(principle=f"GEN-00{n}@1", revision=Revision(text=text, reasoning=f"Hm {n}."))
        for n, text in enumerate(("a b c e", "a b f g"), 1)
    )
    given = record(Candidate(text="a b c d", reasoning="Hm 0.", rounds=turns))
    (pair,) = pairs(given, PairSettings(), Counter())
    first, last = Version(0, 0, "a b c d", "Hm 0."), Version(0, 2, "a b f g", "Hm 2.")
    assert pair == Pair(given, last, first, ("GEN-001@1", "GEN-002@1"), 0.5)


def test_the_whole_pair_that_a_judge_made() -> None:
    """The mean of what it decided, under the principles of that; whichever text of a comparison stands first."""
    given = compared(
        record(candidate("a b c d", "a b c e"), candidate("x y z")),
        {"a": "0.0", "b": "0.1", "p_a": 0.1},
        {"a": "0.1", "b": "0.0", "p_a": 0.6, "principle": "GEN-002@1"},
        {"a": "0.0", "b": "0.1", "p_a": 0.9, "principle": "GEN-003@1", "status": "tie"},
        {"a": "1.0", "b": "0.1", "p_a": 0.7, "principle": "GEN-004@1"},
        {"a": "0.0", "b": "1.0", "p_a": None, "principle": "GEN-004@1", "status": "unparsed"},
    )
    reasons: Counter[str] = Counter()
    first, second = pairs(given, PairSettings("labeled"), reasons)
    one, other, third = Version(0, 0, "a b c d"), Version(0, 1, "a b c e"), Version(1, 0, "x y z")
    two = ("GEN-001@1", "GEN-002@1")
    assert first == Pair(given, other, one, two, 0.75, 0.75, 0.5, "j", two)
    assert second == Pair(given, third, other, ("GEN-004@1",), 0.0, 0.7, 0.4, "j", ("GEN-004@1",))
    assert reasons == {"undecided": 1}
    ((verified),) = pairs(given, PairSettings(verified=True), reasons)
    assert verified == Pair(given, other, one, ("GEN-001@1",), 0.75, 0.75, 0.5, "j", two)
    assert reasons == {"undecided": 1, "unrevised": 1}


def test_why_comparisons_make_no_pair() -> None:
    leaked = record(candidate("a", "b", flags=("leak",)), candidate("c"))
    told = compared(leaked, {"a": "0.0", "b": "0.1", "p_a": 0.9}, {"a": "0.0", "b": "1.0", "p_a": 0.9})
    assert made(told, pairing="labeled") == ([("0.0", "1.0")], {"revision_leak": 1, "text_unusable": 1})
    assert made(leaked, pairing="labeled") == ([], {"revision_leak": 1, "unlabeled": 1})
    even = compared(
        leaked, {"a": "0.0", "b": "1.0", "p_a": 0.9}, {"a": "1.0", "b": "0.0", "p_a": 0.9, "principle": "X-1"}
    )
    assert made(even, pairing="labeled") == ([], {"revision_leak": 1, "undecided": 1})
    same = compared(record(candidate("a"), candidate("a\n")), {"a": "0.0", "b": "1.0", "p_a": 0.9})
    assert made(same, pairing="labeled") == ([], {"identical_texts": 1})
    sure = compared(record(candidate("a"), candidate("b")), {"a": "0.0", "b": "1.0", "p_a": 0.55})
    assert made(sure, pairing="labeled", min_margin=0.1) == ([("0.0", "1.0")], {})
    assert made(sure, pairing="labeled", min_margin=0.11) == ([], {"low_margin": 1})
    assert made(record(candidate("a", "b")), min_margin=0.1) == ([], {"low_margin": 1})  # nobody was asked


def test_a_candidate_that_was_cut_off_stops_none_behind_it() -> None:
    cut = candidate("a", "b").model_copy(update={"finish_reason": "length"})
    given = record(cut, candidate("c", None), candidate("d", "e"))
    assert made(given) == ([("2.1", "2.0")], {"answer_truncated": 1, "unrevised": 1})
    too_near = record(candidate("a b c d", "a b c e"), candidate("d", "e"))
    assert made(too_near, max_similarity=0.5) == ([("1.1", "1.0")], {"too_similar": 1})


def rewarded(*rewards: float | None, error: float | None = None, **more: object) -> Record:
    """A record of answers with rewards of one judge, each about two principles."""
    told = {"round": 0, "judge": "j", "error": error, **more}
    given = [
        {"reward": reward, "violates": {"GEN-001@1": 1 - reward, "GEN-002@1": 0.5}} if reward is not None else {}
        for reward in rewards
    ]
    scores = [Score.model_validate(told | one) for one in given]
    return record(*(Candidate(text=f"t{n}", scores=(score,)) for n, score in enumerate(scores)))


def test_the_whole_pair_of_the_best_and_the_worst() -> None:
    given = rewarded(0.5, 0.9, 0.2, 0.9, 0.2)
    (pair,) = pairs(given, PairSettings("best-worst"), Counter())
    judged = ("GEN-001@1", "GEN-002@1")
    best, worst = Version(1, 0, "t1"), Version(2, 0, "t2")
    assert pair == Pair(given, best, worst, ("GEN-001@1",), 0.0, None, 0.7, "j", judged)
    (near,) = pairs(rewarded(0.9, 0.4), PairSettings("best-worst"), Counter())
    assert (near.principles, near.margin) == ((), 0.5)  # no principle that only one of them breaks for sure


@pytest.mark.parametrize(
    ("rewards", "error", "expected"),
    [
        # two texts: the normal deviate of 0.0025 is 3.0233, times the root of 0.02 is 0.4276
        ((0.9, 0.473), 0.1, {"equal_rewards": 1}),
        ((0.9, 0.472), 0.1, {}),
        # three: of 0.0025 / 3 it is 3.3414, which makes 0.4725
        ((0.9, 0.5, 0.428), 0.1, {"equal_rewards": 1}),
        ((0.9, 0.5, 0.427), 0.1, {}),
        ((0.5, 0.5), None, {"equal_rewards": 1}),
        ((0.5, 0.500001), None, {}),
        ((0.0, 0.5), None, {}),
        ((0.5, 0.0), None, {}),
        ((0.5, None), None, {"unscored": 1}),
        ((0.5,), None, {"unscored": 1}),
        ((), None, {"unscored": 1}),
    ],
)
def test_which_rewards_are_told_apart(
    rewards: tuple[float | None, ...], error: float | None, expected: dict[str, int]
) -> None:
    found, reasons = made(rewarded(*rewards, error=error), pairing="best-worst")
    assert (len(found), reasons) == (0 if expected else 1, expected)


def test_rewards_of_texts_that_cannot_be_used_are_left_out() -> None:
    given = rewarded(0.9, 0.5, 0.1)
    cut = given.candidates[0].model_copy(update={"finish_reason": "length"})
    given = given.model_copy(update={"candidates": (cut, *given.candidates[1:])})
    assert made(given, pairing="best-worst") == ([("1.0", "2.0")], {"answer_truncated": 1})
