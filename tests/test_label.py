"""Comparisons: both orders, what counts as decided, judges that look at the place alone or cannot be read."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from caigen.engines.base import Completion, Request
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.vllm import VLLMEngine
from caigen.pairs import PairSettings, pairs
from caigen.records import Candidate, Critique, Record, Revision, Round
from caigen.stages.choose import Chosen, read
from caigen.stages.label import LabelSettings, label, matched, verdict
from caigen.stages.prompts import Brief

BAD, GOOD = "This always works. Ask again.", "This often works. Ask again."


def revised(record: Record, *texts: str) -> Record:
    """The record with one candidate and its revisions."""
    rounds = [
        Round(principle="GEN-001@1", critique=Critique(text="x", verdict="violates"), revision=Revision(text=text))
        for text in texts[1:]
    ]
    return record.model_copy(update={"candidates": (Candidate(text=texts[0], rounds=tuple(rounds)),)})


def letters(p_first: float, mass: float = 1.0) -> Completion:
    """A judge's answer: so likely is A."""
    told = {"A": p_first * mass, "B": (1 - p_first) * mass}
    return Completion("A", "length", choices={word: math.log(p) for word, p in told.items() if p > 0})


def by_content(p: float) -> Callable[[Request], Completion]:
    """A judge that finds GOOD better with probability p, wherever it stands."""

    def judge(request: Request) -> Completion:
        text = request.messages[-1].content
        return letters(p if text.index(GOOD) < text.index(BAD) else 1 - p)

    return judge


def labelled(record: Record, brief: Brief, judge: Callable[[Request], Completion | str], **settings: object) -> Record:
    return asyncio.run(label(record, ScriptedEngine(judge), brief, LabelSettings(**settings)))  # type: ignore[arg-type]


def test_both_orders_are_asked_and_averaged(record: Record, brief: Brief) -> None:
    (one,) = labelled(revised(record, BAD, GOOD), brief, by_content(0.8)).comparisons
    assert (one.a, one.b, one.status) == ("0.0", "0.1", "decided")
    assert one.p_a == pytest.approx(0.2)
    assert [order["p_first"] for order in one.orders] == pytest.approx([0.2, 0.8])
    assert one.constitution == brief.constitution.ref


def test_a_judge_that_always_says_a_decides_nothing_and_makes_no_pair(record: Record, brief: Brief) -> None:
    judged = revised(record, BAD, GOOD)
    for p in (0.51, 0.7, 0.99, 1.0):
        judged = labelled(judged, brief, lambda _, p=p: letters(p), principles=None)  # type: ignore[misc]
    assert len(judged.comparisons) == len(brief.principles)
    assert {one.status for one in judged.comparisons} == {"order_flip"}
    for settings in (PairSettings(verified=True), PairSettings(pairing="labeled")):
        reasons: Counter[str] = Counter()
        assert list(pairs(judged, settings, reasons)) == []
        assert reasons == {"undecided": 1}


def test_what_counts_as_decided() -> None:
    settings = LabelSettings(min_mass=0.5, tie=0.02)
    assert verdict(Chosen(0.9, 1.0), Chosen(0.2, 1.0), settings) == ("decided", 0.85)
    assert verdict(Chosen(0.51, 1.0), Chosen(0.5, 1.0), settings) == ("tie", 0.505)
    assert verdict(Chosen(0.9, 1.0), Chosen(0.6, 1.0), settings)[0] == "order_flip"
    assert verdict(Chosen(0.9, 0.3), Chosen(0.1, 1.0), settings)[0] == "low_mass"
    assert verdict(Chosen(None, 0.0), Chosen(0.1, 1.0), settings) == ("unparsed", None)


@pytest.mark.parametrize("said", [float("nan"), float("-inf")])
def test_log_probabilities_that_are_none(record: Record, brief: Brief, said: float) -> None:
    judge = Completion("A", "length", choices={"A": said, "B": said})
    (one,) = labelled(revised(record, BAD, GOOD), brief, lambda _: judge).comparisons
    assert (one.status, one.p_a) == ("unparsed", None)


def test_a_judge_without_log_probabilities_is_asked_often(record: Record, brief: Brief) -> None:
    """Answers as text; what is neither letter counts against the mass."""

    def judge(request: Request) -> str:
        if request.choices:
            return "(A)"
        text = request.messages[-1].content
        better = "A" if text.index(GOOD) < text.index(BAD) else "B"
        return ["hm", f"({better})", f"**{better}**", f"{better}."][(request.sampling.seed or 0) % 4]

    (one,) = labelled(revised(record, BAD, GOOD), brief, judge, samples=200).comparisons
    assert one.status == "decided"
    assert one.p_a == 0.0
    assert {order["samples"] for order in one.orders} == {200}
    assert all(0.6 < order["mass"] < 0.9 for order in one.orders)
    (silent,) = labelled(revised(record, BAD, GOOD), brief, lambda _: "I cannot say").comparisons
    assert silent.status == "unparsed"


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("A", "A"),
        ("(B)", "B"),
        (" **A** is better", "A"),
        ("An answer", None),
        ("a", None),
        ("", None),
        ("Both A", None),
    ],
)
def test_reading_a_letter(text: str, word: str | None) -> None:
    assert read(text, ("A", "B")) == word


def test_reasons_come_before_the_letter_and_probabilities_are_clamped(record: Record, brief: Brief) -> None:
    seen = []

    def judge(request: Request) -> Completion | str:
        if not request.choices:
            return "The second promises less."
        seen.append([message.role for message in request.messages])
        assert request.messages[1].content == "The second promises less."
        text = request.messages[0].content
        return letters(1.0 if text.index(GOOD) < text.index(BAD) else 0.0)

    (one,) = labelled(revised(record, BAD, GOOD), brief, judge, cot=True, cot_samples=3).comparisons
    assert one.p_a == pytest.approx(0.4)
    assert seen == [["user", "assistant", "user"]] * 6
    (free,) = labelled(revised(record, BAD, GOOD), brief, judge, cot=True, clamp=(0.0, 1.0)).comparisons
    assert free.p_a == 0.0


def test_what_is_compared(record: Record) -> None:
    two = (*revised(record, "a", "b", "b", "c").candidates, Candidate(text="c"), Candidate(text="d"))
    full = record.model_copy(update={"candidates": two})

    def compared(how: str) -> list[str]:
        return [f"{a} {b}" for a, b in matched(full, how)]  # type: ignore[arg-type]

    assert compared("first-last") == ["0.0 0.3"]
    assert compared("candidates") == ["0.3 2.0", "1.0 2.0"]
    assert len(compared("all")) == 15 - 2  # b twice, c twice
    assert matched(record, "first-last") == []


def test_principles_are_drawn_by_hash_and_comparisons_that_are_there_stay(record: Record, brief: Brief) -> None:
    one = labelled(revised(record, BAD, GOOD), brief, by_content(0.8))
    again = labelled(one, brief, by_content(0.1))
    assert again.comparisons == one.comparisons
    every = labelled(one, brief, by_content(0.8), principles=None)
    assert len({made.principle for made in every.comparisons}) == len(brief.principles)
    others = {
        labelled(revised(record, BAD, GOOD).model_copy(update={"id": f"r{n}"}), brief, by_content(0.8))
        .comparisons[0]
        .principle
        for n in range(40)
    }
    assert len(others) > 3


def test_verified_pairs_and_their_margin(record: Record, brief: Brief) -> None:
    for p, found, why in ((0.8, 1, {}), (0.1, 0, {"judge_disagrees": 1})):
        judged = labelled(revised(record, BAD, GOOD), brief, by_content(p))
        reasons: Counter[str] = Counter()
        made = list(pairs(judged, PairSettings(verified=True), reasons))
        assert len(made) == found
        assert reasons == why
        assert [(pair.p, pair.margin) for pair in made] == [(0.8, 0.6)][:found]
    reasons = Counter()
    assert not list(pairs(revised(record, BAD, GOOD), PairSettings(verified=True), reasons))
    assert reasons == {"unlabeled": 1}
    judged = labelled(revised(record, BAD, GOOD), brief, by_content(0.8))
    assert not list(pairs(judged, PairSettings(verified=True, min_margin=0.7), reasons))
    assert reasons["low_margin"] == 1


def test_labeled_pairs_take_the_text_that_the_judge_prefers(record: Record, brief: Brief) -> None:
    judged = labelled(revised(record, BAD, GOOD), brief, by_content(0.1))
    (pair,) = pairs(judged, PairSettings(pairing="labeled"), Counter())
    assert (pair.chosen.text, pair.rejected.text, pair.margin) == (BAD, GOOD, 0.8)
    assert pair.principles == (judged.comparisons[0].principle,)


def test_the_demo_judge(engine: VLLMEngine, record: Record, demo_brief: Brief) -> None:
    """The same answer with and without a promise, under the rule about promises, by the real engine."""
    advice = "Here are some thoughts on baking bread. You can check this with a baker."
    texts = (f"{advice} This will work without any doubt.", f"{advice} This may well work.")
    only = replace(demo_brief, only=("GEN-001",))
    (one,) = asyncio.run(label(revised(record, *texts), engine, only, LabelSettings())).comparisons
    assert set(one.orders[0]) == {"p_first", "mass"}
    assert min(order["mass"] for order in one.orders) > 0.9
