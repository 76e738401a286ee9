"""Comparisons: both orders, what counts as decided, judges that look at the place alone or cannot be read."""

import asyncio
import math
from collections import Counter
from collections.abc import Callable
from dataclasses import fields, replace

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.vllm import VLLMEngine
from caigen.errors import ConstitutionError, RequestError
from caigen.exports.pairs import PairSettings, pairs
from caigen.exports.trl import pair_provenance
from caigen.records import Candidate, Comparison, Critique, Message, Record, Revision, Round
from caigen.stages.judge_questions import compare_prompt
from caigen.stages.label import LabelSettings, label
from caigen.stages.label_pairs import choose_pairs
from caigen.stages.logprobs import MAX_ANSWER_TOKENS, ChoiceProbs, ask_choice, settings_hash
from caigen.stages.requests import PromptSettings
from caigen.stages.verdict import combine_orders

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


def labelled(
    record: Record, prompt_settings: PromptSettings, judge: Callable[[Request], Completion | str], **settings: object
) -> Record:
    return asyncio.run(label(record, ScriptedEngine(judge), prompt_settings, LabelSettings(**settings)))  # type: ignore[arg-type]


def test_both_orders_are_asked_and_averaged(record: Record, prompt_settings: PromptSettings) -> None:
    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(0.8)).comparisons
    assert (one.a, one.b, one.status) == ("0.0", "0.1", "decided")
    assert one.p_a == pytest.approx(0.2)
    assert [order["p_first"] for order in one.orders] == pytest.approx([0.2, 0.8])
    assert one.constitution == prompt_settings.constitution.ref


def test_a_judge_that_always_says_a_decides_nothing_and_makes_no_pair(
    record: Record, prompt_settings: PromptSettings
) -> None:
    judged = revised(record, BAD, GOOD)
    for p in (0.51, 0.7, 0.99, 1.0):
        judged = labelled(judged, prompt_settings, lambda _, p=p: letters(p), principles=None)  # type: ignore[misc]
    assert len(judged.comparisons) == len(prompt_settings.principles)
    assert {one.status for one in judged.comparisons} == {"order_flip"}
    for settings in (PairSettings(verified=True), PairSettings(pairing="labeled")):
        reasons: Counter[str] = Counter()
        assert list(pairs(judged, settings, reasons)) == []
        assert reasons == {"undecided": 1}


def order(p: float | None, mass: float) -> ChoiceProbs:
    """One order by log-probabilities: P(A) given a letter, and the mass on both letters."""
    return ChoiceProbs(None if p is None else {"A": p, "B": 1 - p}, mass)


def test_what_counts_as_decided() -> None:
    bounds = {"min_mass": 0.5, "tie": 0.02}
    assert combine_orders(order(0.9, 1.0), order(0.2, 1.0), **bounds) == ("decided", 0.85)
    assert combine_orders(order(0.51, 1.0), order(0.5, 1.0), **bounds) == ("tie", 0.505)
    assert combine_orders(order(0.9, 1.0), order(0.6, 1.0), **bounds)[0] == "order_flip"
    assert combine_orders(order(0.9, 0.3), order(0.1, 1.0), **bounds)[0] == "low_mass"
    assert combine_orders(order(None, 0.0), order(0.1, 1.0), **bounds) == ("unparsed", None)
    assert combine_orders(order(0.5, 1.0), order(0.1, 1.0), **bounds) == (
        "tie",
        0.7,
    )  # one order at one half decides nothing
    assert combine_orders(order(0.9, 1.0), order(0.5, 1.0), **bounds) == ("tie", 0.7)


def counted(firsts: int, others: int, samples: int = 16) -> ChoiceProbs:
    """An order of which so many answers were the letter of the text that stood first, and so many the other."""
    votes = ("A",) * firsts + ("B",) * others
    probs = {"A": firsts / len(votes), "B": others / len(votes)}
    return ChoiceProbs(probs, len(votes) / samples, samples, votes)


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (counted(16, 0), counted(0, 16), "decided"),
        (counted(13, 3), counted(4, 12), "decided"),  # 25 of 32 prefer a: a coin does, or prefers b so often, in 0.21 %
        (counted(12, 4), counted(4, 12), "tie"),  # 24 of 32: in 0.7 %
        (counted(6, 10), counted(8, 8), "tie"),  # the product of the distances is 0
        (counted(16, 0), counted(16, 0), "order_flip"),
        # 24 of 26 prefer a, but this judge says A in nine of ten; of two answers each 3 of 4 do
        (counted(15, 1), counted(1, 1, samples=2), "tie"),
        (counted(16, 0), counted(0, 2, samples=2), "tie"),
        (counted(1, 0, samples=1), counted(0, 1, samples=1), "tie"),
        (counted(5, 0, samples=5), counted(0, 5, samples=5), "decided"),
    ],
)
def test_counted_answers_decide_where_a_coin_would_not(first: ChoiceProbs, second: ChoiceProbs, status: str) -> None:
    assert combine_orders(first, second, min_mass=0.5, tie=0.02).status == status


@pytest.mark.parametrize("said", [float("nan"), float("-inf"), 1000.0, 5.0])
def test_log_probabilities_that_are_none(record: Record, prompt_settings: PromptSettings, said: float) -> None:
    judge = Completion("A", "length", choices={"A": said, "B": said})
    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, lambda _: judge).comparisons
    assert (one.status, one.p_a) == ("unparsed", None)


def test_a_judge_without_log_probabilities_is_asked_often(record: Record, prompt_settings: PromptSettings) -> None:
    """Answers as text; what is neither letter counts against the mass."""

    def judge(request: Request) -> str:
        if request.choices:
            return "(A)"
        text = request.messages[-1].content
        better = "A" if text.index(GOOD) < text.index(BAD) else "B"
        return ["hm", f"({better})", f"**{better}**", f"{better}."][(request.sampling.seed or 0) % 4]

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, samples=200).comparisons
    assert one.status == "decided"
    assert one.p_a == 0.0
    assert {order["samples"] for order in one.orders} == {200}
    assert all(0.6 < order["mass"] < 0.9 for order in one.orders)
    assert one.samples == 200
    assert one.mass == pytest.approx(0.75, abs=0.1)
    (silent,) = labelled(revised(record, BAD, GOOD), prompt_settings, lambda _: "I cannot say").comparisons
    assert silent.status == "unparsed"


@pytest.mark.parametrize(
    ("reason", "status"), [("length", "unparsed"), ("stop", "decided"), ("no_finish_reason", "decided")]
)
def test_a_letter_at_the_end_of_a_cut_off_answer_may_be_an_article(
    record: Record, prompt_settings: PromptSettings, reason: str, status: str
) -> None:
    def judge(request: Request) -> Completion | str:
        if request.choices:
            return ""
        text = request.messages[-1].content
        return Completion(f"The answer is {'A' if text.index(GOOD) < text.index(BAD) else 'B'}", reason)

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge).comparisons
    assert one.status == status


@pytest.mark.parametrize("reason", ["refusal", "content_filter", "error", "tool_calls"])
def test_what_a_filter_or_a_refusal_ended_is_no_vote(
    record: Record, prompt_settings: PromptSettings, reason: str
) -> None:
    def judge(request: Request) -> Completion | str:
        text = request.messages[-1].content
        return "" if request.choices else Completion(f"({'A' if text.index(GOOD) < text.index(BAD) else 'B'})", reason)

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge).comparisons
    assert (one.status, one.mass) == ("unparsed", 0.0)


def test_how_a_judge_is_asked(record: Record, prompt_settings: PromptSettings) -> None:
    """One token at temperature 0, then short answers at temperature 1, each with a seed of its own; how it thinks
    stays.
    """
    thinks = Sampling(max_tokens=99, temperature=0.3, top_p=0.5, stop=("x",), think="on", think_tokens=7)
    asked: list[Request] = []

    def judge(request: Request) -> str:
        asked.append(request)
        return "A"

    labelled(revised(record, BAD, GOOD), prompt_settings, judge, samples=3, sampling=thinks)
    letters, texts = ([one.sampling for one in asked if bool(one.choices) == wanted] for wanted in (True, False))
    assert set(letters) == {Sampling(max_tokens=1, temperature=0.0, think="on", think_tokens=7)}
    assert {replace(one, seed=None) for one in texts} == {
        Sampling(max_tokens=MAX_ANSWER_TOKENS, temperature=1.0, think="on", think_tokens=7)
    }
    assert len({one.seed for one in texts}) == len(texts) == 6


def test_reasons_come_before_the_letter_and_probabilities_are_clamped(
    record: Record, prompt_settings: PromptSettings
) -> None:
    seen = []

    def judge(request: Request) -> Completion | str:
        if not request.choices:
            return "The second promises less."
        seen.append([message.role for message in request.messages])
        assert request.messages[1].content == "The second promises less."
        text = request.messages[0].content
        return letters(1.0 if text.index(GOOD) < text.index(BAD) else 0.0)

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, cot=True, cot_samples=3).comparisons
    assert one.p_a == pytest.approx(0.4)
    assert seen == [["user", "assistant", "user"]] * 6
    (free,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, cot=True, clamp=(0.0, 1.0)).comparisons
    assert free.p_a == 0.0


def test_each_reasoning_is_clamped_before_the_mean_and_its_mass_is_kept(
    record: Record, prompt_settings: PromptSettings
) -> None:
    """Two reasonings that end in 1 and 0.45: 0.6 and 0.45 have the mean 0.525, clamping their mean would give 0.6."""

    def judge(request: Request) -> Completion | str:
        if not request.choices:
            return "sure" if (request.sampling.seed or 0) % 2 else "unsure"
        sure = request.messages[1].content == "sure"
        return letters(1.0 if sure else 0.45, mass=0.9 if sure else 0.7)

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, cot=True, cot_samples=40).comparisons
    for order in one.orders:
        share = (order["mass"] - 0.7) / 0.2  # of reasonings that were sure
        assert 0.2 < share < 0.8
        assert order["p_first"] == pytest.approx(share * 0.6 + (1 - share) * 0.45)


@pytest.mark.parametrize("reasons", [Completion("", "stop"), Completion("The first is", "length"), Completion(" \n")])
def test_without_reasons_nothing_is_decided(
    record: Record, prompt_settings: PromptSettings, reasons: Completion
) -> None:
    """Empty or cut off: no letter is asked for, and the order says how many reasonings were none."""

    def judge(request: Request) -> Completion:
        assert not request.choices, "no reasons, no letter"
        return reasons

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, cot=True, cot_samples=2).comparisons
    assert (one.status, one.p_a) == ("unparsed", None)
    assert one.orders == ({"mass": 0.0, "no_reasons": 2.0},) * 2


def test_letters_after_one_reasoning_are_one_vote(record: Record, prompt_settings: PromptSettings) -> None:
    """A judge without log-probabilities whose reasons are a coin's says sixteen equal letters after each."""

    def judge(request: Request) -> Completion | str:
        if len(request.messages) == 1:
            return "heads" if (request.sampling.seed or 0) % 2 else "tails"
        return "" if request.choices else "A" if request.messages[1].content == "heads" else "B"

    for n in range(40):
        one = labelled(
            revised(record, BAD, GOOD).model_copy(update={"id": f"r{n}"}),
            prompt_settings,
            judge,
            cot=True,
            clamp=(0.0, 1.0),
        ).comparisons[0]
        assert one.status in ("tie", "order_flip")


def test_one_order_as_in_the_paper(record: Record, prompt_settings: PromptSettings) -> None:
    """Every label is soft, however near to one half; which text stands first is drawn."""
    seen = Counter()
    for n in range(40):
        judged = revised(record, BAD, GOOD).model_copy(update={"id": f"r{n}"})
        engine = ScriptedEngine(by_content(0.505))
        settings = LabelSettings(orders=1, tie=0.0, principles=1)
        (one,) = asyncio.run(label(judged, engine, prompt_settings, settings)).comparisons
        assert len(engine.asked) == 1
        assert (one.status, one.p_a) == ("decided", 0.495)
        seen[[bool(order) for order in one.orders].index(True)] += 1
        assert one.swapped().orders == one.orders[::-1]
    assert min(seen[0], seen[1]) > 8


def test_what_is_compared(record: Record) -> None:
    two = (*revised(record, "a", "b", "b", "c").candidates, Candidate(text="c"), Candidate(text="d"))
    full = record.model_copy(update={"candidates": two})

    def compared(how: str) -> list[str]:
        return [f"{a} {b}" for a, b in choose_pairs(full, how)]  # type: ignore[arg-type]

    assert compared("first-last") == ["0.0 0.3"]
    assert compared("candidates") == ["0.3 2.0", "1.0 2.0"]
    assert len(compared("all")) == 15 - 2  # b twice, c twice
    assert choose_pairs(record, "first-last") == []


def test_principles_are_drawn_by_hash(record: Record, prompt_settings: PromptSettings) -> None:
    others = {
        labelled(
            revised(record, BAD, GOOD).model_copy(update={"id": f"r{n}"}),
            prompt_settings,
            by_content(0.8),
            principles=1,
        )
        .comparisons[0]
        .principle
        for n in range(40)
    }
    assert len(others) > 3


def test_a_revision_is_judged_by_the_rules_that_it_was_made_for(
    record: Record, prompt_settings: PromptSettings
) -> None:
    rules = ("GEN-004@1", "GEN-002@1", "GEN-007@1", "GEN-004@1")
    rounds = [Round(principle=rule, revision=Revision(text=f"t{n}")) for n, rule in enumerate(rules)]
    rounds[1] = rounds[1].model_copy(update={"revision": None})
    rounds[2] = rounds[2].model_copy(update={"revision": Revision(text="x", flags=("leak",))})
    one = Candidate(text=BAD, rounds=tuple(rounds))
    judged = record.model_copy(update={"candidates": (one, Candidate(text=GOOD))})

    def rules_of(**settings: object) -> list[tuple[str, str, str]]:
        return [
            (made.a, made.b, made.principle)
            for made in labelled(judged, prompt_settings, lambda _: letters(0.5), **settings).comparisons
        ]

    assert rules_of() == [("0.0", "0.4", "GEN-004@1")]  # GEN-002's round changed nothing, GEN-007's was not usable
    assert ("0.1", "0.4", "GEN-004@1") in rules_of(compare="all")
    two = one.model_copy(update={"rounds": (rounds[0], rounds[2].model_copy(update={"revision": Revision(text="y")}))})
    made = labelled(
        record.model_copy(update={"candidates": (two,)}), prompt_settings, lambda _: letters(0.5)
    ).comparisons
    assert {said.principle for said in made} == {"GEN-004@1", "GEN-007@1"}  # all that led there
    # texts of which neither came of the other, and rules that the constitution lacks: one is drawn
    assert len(rules_of(compare="candidates")) == 1
    other = replace(prompt_settings, only=("GEN-001",))
    assert labelled(judged, other, lambda _: letters(0.5)).comparisons[0].principle == "GEN-001@1"
    assert len(rules_of(principles=None)) == len(prompt_settings.principles)
    assert len(rules_of(principles=3)) == 3


def test_texts_of_two_candidates_are_judged_by_a_drawn_rule(record: Record, prompt_settings: PromptSettings) -> None:
    """Whatever rounds the candidates went through."""
    found = set()
    for n in range(20):
        one = revised(record, "a", "b").candidates[0]
        two = one.model_copy(
            update={"text": "c", "rounds": (one.rounds[0].model_copy(update={"revision": Revision(text="d")}),)}
        )
        judged = record.model_copy(update={"id": f"r{n}", "candidates": (one, two)})
        made = labelled(judged, prompt_settings, lambda _: letters(0.5), compare="all").comparisons
        found |= {said.principle for said in made if (said.a, said.b) == ("0.0", "1.1")}
        assert [said.principle for said in made if (said.a, said.b) == ("0.0", "0.1")] == ["GEN-001@1"]
    assert len(found) > 3


def test_requests_are_no_rules_to_judge_by(record: Record, prompt_settings: PromptSettings) -> None:
    rules = tuple(rule.model_copy(update={"form": "requests"}) for rule in prompt_settings.principles)
    imported = replace(
        prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": rules})
    )
    with pytest.raises(
        ConstitutionError, match=r"^general@1\.0\.0: GEN-001@1 is critique and revision requests without a rule"
    ):
        labelled(revised(record, BAD, GOOD), imported, by_content(0.8))
    questions = tuple(rule.model_copy(update={"form": "comparison"}) for rule in prompt_settings.principles)
    asking = replace(
        prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": questions})
    )
    assert labelled(revised(record, BAD, GOOD), asking, by_content(0.8)).comparisons[0].status == "decided"


def test_every_comparison_names_its_judge(record: Record, prompt_settings: PromptSettings) -> None:
    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(0.8)).comparisons
    assert (one.judge, one.samples, one.mass) == ("scripted", 0, 1.0)
    assert one.constitution_sha256 == prompt_settings.constitution.sha256
    assert one.templates_sha256 == prompt_settings.templates.sha256
    assert one.settings


def test_comparisons_that_are_there_are_those_of_the_same_judge(
    record: Record, prompt_settings: PromptSettings
) -> None:
    """Another judge, constitution, template or setting is asked anew, and the same one nothing, whatever came of it."""
    before = revised(record, BAD, GOOD)
    for judge in (by_content(0.8), lambda _: letters(0.9), lambda _: letters(0.5), lambda _: letters(0.5, mass=0.1)):
        one = labelled(before, prompt_settings, judge)
        assert labelled(one, prompt_settings, by_content(0.1)).comparisons == one.comparisons

    first = labelled(before, prompt_settings, by_content(0.7))

    def again(prompt_settings: PromptSettings = prompt_settings, model: str = "scripted", **settings: object) -> Record:
        engine = ScriptedEngine(by_content(0.9), model=model)
        return asyncio.run(label(first, engine, prompt_settings, LabelSettings(**settings)))  # type: ignore[arg-type]

    changed = prompt_settings.constitution.principles[0].model_copy(update={"text": "Do not promise anything."})
    other = prompt_settings.constitution.model_copy(
        update={"principles": (changed, *prompt_settings.constitution.principles[1:])}
    )
    texts = {**prompt_settings.templates.texts, "compare": prompt_settings.templates.texts["compare"] + " "}
    ways: dict[str, Record] = {
        "judge": again(model="strong"),
        "rule text": again(replace(prompt_settings, constitution=other)),
        "template": again(replace(prompt_settings, templates=replace(prompt_settings.templates, texts=texts))),
        "min_mass": again(min_mass=0.1),
        "tie": again(tie=0.1),
        "samples": again(samples=4),
        "orders": again(orders=1),
        "think": again(sampling=Sampling(think="off")),
    }
    for name, record_ in ways.items():
        assert [made.p_a for made in record_.comparisons] == pytest.approx([0.3, 0.1]), name
    assert again(sampling=Sampling(max_tokens=9)).comparisons == first.comparisons  # tells on reasons alone
    assert len(again(principles=None).comparisons) == len(prompt_settings.principles)


def test_comparisons_of_records_that_do_not_name_a_judge_are_an_unknown_judges(
    record: Record, prompt_settings: PromptSettings
) -> None:
    old = Comparison.model_validate(
        {"a": "0.0", "b": "0.1", "principle": "GEN-001@1", "constitution": prompt_settings.constitution.ref, "p_a": 0.9,
         "orders": [{"p_first": 0.9, "mass": 1.0}, {"p_first": 0.1, "mass": 1.0}], "status": "decided"}
    )  # fmt: skip
    judged = revised(record, BAD, GOOD).model_copy(update={"comparisons": (old,)})
    assert [one.p_a for one in labelled(judged, prompt_settings, by_content(0.8)).comparisons] == [
        0.9,
        pytest.approx(0.2),
    ]
    (pair,) = pairs(judged, PairSettings(pairing="labeled"), Counter())
    assert (pair.chosen.text, pair.judge) == (BAD, None)


def test_of_several_judges_the_last_one_speaks(record: Record, prompt_settings: PromptSettings) -> None:
    """Their words are not averaged, and what the last one left undecided is not taken from another."""

    def judged_by(record: Record, model: str, p: float) -> Record:
        return asyncio.run(label(record, ScriptedEngine(by_content(p), model=model), prompt_settings, LabelSettings()))

    def chosen(record: Record) -> list[tuple[str, str | None]]:
        return [(pair.chosen.text, pair.judge) for pair in pairs(record, PairSettings(pairing="labeled"), Counter())]

    weak = judged_by(revised(record, BAD, GOOD), "weak", 0.1)
    both = judged_by(weak, "strong", 0.9)
    assert chosen(weak) == [(BAD, "weak")]
    assert chosen(both) == [(GOOD, "strong")]
    again = judged_by(both, "weak", 0.9)  # asks nothing: weak has said what it says, and now it stands last
    assert len(again.comparisons) == 2
    assert chosen(again) == [(BAD, "weak")]
    assert chosen(judged_by(weak, "unsure", 0.5)) == []
    reasons: Counter[str] = Counter()
    assert not list(pairs(judged_by(weak, "unsure", 0.5), PairSettings(verified=True), reasons))
    assert reasons == {"undecided": 1}


def test_the_rows_of_pairs_name_the_judge_and_its_rules(record: Record, prompt_settings: PromptSettings) -> None:
    """Also where they are not those of the rounds."""
    only = replace(prompt_settings, only=("GEN-004",))
    judged = labelled(revised(record, BAD, GOOD), only, by_content(0.9))
    (pair,) = pairs(judged, PairSettings(verified=True), Counter())
    row = pair_provenance(pair)
    assert (row["principles"], row["judged"], row["judge"]) == (["GEN-001@1"], ["GEN-004@1"], "scripted")
    (plain,) = pairs(revised(record, BAD, GOOD), PairSettings(), Counter())
    assert "judge" not in pair_provenance(plain)


def test_verified_pairs_and_their_margin(record: Record, prompt_settings: PromptSettings) -> None:
    for p, found, why in ((0.8, 1, {}), (0.1, 0, {"judge_disagrees": 1})):
        judged = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(p))
        reasons: Counter[str] = Counter()
        made = list(pairs(judged, PairSettings(verified=True), reasons))
        assert len(made) == found
        assert reasons == why
        assert [(pair.p, pair.margin) for pair in made] == [(0.8, 0.6)][:found]
    reasons = Counter()
    assert not list(pairs(revised(record, BAD, GOOD), PairSettings(verified=True), reasons))
    assert reasons == {"unlabeled": 1}
    judged = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(0.8))
    assert not list(pairs(judged, PairSettings(verified=True, min_margin=0.7), reasons))
    assert reasons["low_margin"] == 1


def test_principles_that_come_to_one_half_together_decide_nothing(
    record: Record, prompt_settings: PromptSettings
) -> None:
    def judge(request: Request) -> Completion:
        for_good = prompt_settings.principles[0].text in request.messages[-1].content
        return by_content(0.8 if for_good else 0.2)(request)

    judged = labelled(
        revised(record, BAD, GOOD), replace(prompt_settings, only=("GEN-001", "GEN-002")), judge, principles=None
    )
    assert [one.status for one in judged.comparisons] == ["decided", "decided"]
    for settings in (PairSettings(verified=True), PairSettings(pairing="labeled")):
        reasons: Counter[str] = Counter()
        assert list(pairs(judged, settings, reasons)) == []
        assert reasons == {"undecided": 1}


def test_what_was_left_undecided_is_in_no_mean(record: Record, prompt_settings: PromptSettings) -> None:
    def judge(request: Request) -> Completion:
        always_a = prompt_settings.principles[0].text in request.messages[-1].content
        return letters(0.9) if always_a else by_content(0.8)(request)

    judged = labelled(
        revised(record, BAD, GOOD), replace(prompt_settings, only=("GEN-001", "GEN-002")), judge, principles=None
    )
    assert {one.status for one in judged.comparisons} == {"order_flip", "decided"}
    (pair,) = pairs(judged, PairSettings(verified=True), Counter())
    assert (pair.p, pair.judged) == (0.8, ("GEN-002@1",))


def test_labeled_pairs_take_the_text_that_the_judge_prefers(record: Record, prompt_settings: PromptSettings) -> None:
    judged = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(0.1))
    (pair,) = pairs(judged, PairSettings(pairing="labeled"), Counter())
    assert (pair.chosen.text, pair.rejected.text, pair.margin) == (BAD, GOOD, 0.8)
    assert pair.principles == (judged.comparisons[0].principle,)


def test_the_demo_judge(engine: VLLMEngine, record: Record, demo_prompt_settings: PromptSettings) -> None:
    """The same answer with and without a promise, under the rule about promises, by the real engine."""
    advice = "Here are some thoughts on baking bread. You can check this with a baker."
    texts = (f"{advice} This will work without any doubt.", f"{advice} This may well work.")
    only = replace(demo_prompt_settings, only=("GEN-001",))
    (one,) = asyncio.run(label(revised(record, *texts), engine, only, LabelSettings())).comparisons
    assert set(one.orders[0]) == {"p_first", "mass"}
    assert (one.judge, one.samples) == (engine.model, 0)
    assert min(order["mass"] for order in one.orders) > 0.9


@pytest.mark.parametrize("cot", [False, True])
def test_a_question_between_two_answers_is_asked_as_it_is(
    record: Record, prompt_settings: PromptSettings, cot: bool
) -> None:
    """One of the paper's comparison principles is no rule that an option could follow."""
    question = "Please choose the response that is kinder."
    rule = prompt_settings.constitution.principles[0].model_copy(update={"form": "comparison", "text": question})
    asking = replace(
        prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": (rule,)})
    )
    engine = ScriptedEngine(lambda request: letters(0.9) if request.choices else "Because.")
    asyncio.run(label(revised(record, "first text", "second text"), engine, asking, LabelSettings(cot=cot)))
    shown = engine.asked[0].messages[0].content
    assert f"<question>\n{question}\n</question>" in shown
    assert "<rule>" not in shown


LETTERS_HOW: dict[str, object] = {
    "orders": 2, "min_mass": 0.5, "tie": 0.02, "samples": 16, "level": 0.0025, "think": "auto", "think_tokens": 2048,
}  # fmt: skip


def whole(prompt_settings: PromptSettings, how: dict[str, object], **read: object) -> Comparison:
    """A comparison of a text and its revision with all its fields."""
    return Comparison.model_validate(
        {
            "judge": "scripted",
            "constitution": "general@1.0.0",
            "constitution_sha256": prompt_settings.constitution.sha256,
            "templates_sha256": prompt_settings.templates.sha256,
            "settings": settings_hash(how),
            "a": "0.0",
            "b": "0.1",
            "principle": "GEN-001@1",
            **read,
        }
    )


@pytest.mark.parametrize(
    ("masses", "read"),
    [
        ((0.9, 0.7), {"status": "decided", "p_a": 0.35, "mass": 0.8}),
        ((0.9, 0.4), {"status": "low_mass", "p_a": 0.35, "mass": 0.65}),
    ],
)
def test_a_whole_comparison_from_log_probabilities(
    record: Record, prompt_settings: PromptSettings, masses: tuple[float, float], read: dict[str, object]
) -> None:
    """The first order says 0.4 for a, the second 0.7 for b."""

    def judge(request: Request) -> Completion:
        text = request.messages[-1].content
        return letters(0.4, masses[0]) if text.index(BAD) < text.index(GOOD) else letters(0.7, masses[1])

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge).comparisons
    orders = tuple({"p_first": p, "mass": mass} for p, mass in zip((0.4, 0.7), masses, strict=True))
    assert one == whole(prompt_settings, LETTERS_HOW, orders=orders, samples=0, **read)


def test_a_whole_comparison_from_counted_letters(record: Record, prompt_settings: PromptSettings) -> None:
    """Of each order seven of eight letters can be read: 7 for b; then 6 of 7. So many for b a coin says in 0.18 %."""
    answers = {True: iter("BBBBBBB?"), False: iter("AAAAAAB?")}

    def judge(request: Request) -> str:
        text = request.messages[-1].content
        return "" if request.choices else next(answers[text.index(BAD) < text.index(GOOD)])

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, samples=8).comparisons
    orders = ({"p_first": 0.0, "mass": 0.875, "samples": 8.0}, {"p_first": 0.857143, "mass": 0.875, "samples": 8.0})
    how = LETTERS_HOW | {"samples": 8}
    assert one == whole(prompt_settings, how, orders=orders, p_a=0.071429, status="decided", samples=8, mass=0.875)


def test_a_whole_comparison_in_one_order_and_of_nothing_that_can_be_read(
    record: Record, prompt_settings: PromptSettings
) -> None:
    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, by_content(0.8), orders=1).comparisons
    shown = {"p_first": pytest.approx(0.8 if one.orders[1] else 0.2), "mass": 1.0}
    assert sorted(one.orders, key=len) == [{}, shown]
    how = LETTERS_HOW | {"orders": 1}
    assert one == whole(prompt_settings, how, orders=one.orders, p_a=0.2, status="decided", samples=0, mass=1.0)
    (none,) = labelled(revised(record, BAD, GOOD), prompt_settings, lambda _: "hm", samples=2).comparisons
    how = LETTERS_HOW | {"samples": 2}
    orders = ({"mass": 0.0, "samples": 2.0},) * 2
    assert none == whole(prompt_settings, how, orders=orders, p_a=None, status="unparsed", samples=2, mass=0.0)


@pytest.mark.parametrize("cot", [False, True])
def test_what_a_judge_of_two_texts_is_asked(record: Record, prompt_settings: PromptSettings, cot: bool) -> None:
    """Both orders; reasons as the settings say, then the letter after them."""
    how = Sampling(max_tokens=99, temperature=0.3, top_p=0.9, stop=("x",), think="on", think_tokens=7)
    engine = ScriptedEngine(lambda request: letters(0.5) if request.choices else "Because.")
    settings = LabelSettings(cot=cot, sampling=how)
    asyncio.run(label(revised(record, BAD, GOOD), engine, prompt_settings, settings))
    rule = prompt_settings.constitution.find("GEN-001")
    letter = Sampling(max_tokens=1, temperature=0.0, think="on", think_tokens=7)
    expected = []
    for pair in ((BAD, GOOD), (GOOD, BAD)):
        name = "compare_cot" if cot else "compare"
        asked = Message(
            role="user", content=compare_prompt(prompt_settings.templates, record.prompt, *pair, rule.text, name=name)
        )
        after = (
            Message(role="assistant", content="Because."),
            Message(role="user", content=prompt_settings.templates.texts["compare_answer"]),
        )
        expected += [Request(messages=(asked,), sampling=how)] if cot else []
        expected += [Request(messages=(asked, *(after if cot else ())), sampling=letter, choices=("A", "B"))]
    found = [replace(one, sampling=replace(one.sampling, seed=None)) for one in engine.asked]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


def test_reasons_of_a_benchmark_end_at_their_limit(record: Record, prompt_settings: PromptSettings) -> None:
    def judge(request: Request) -> Completion:
        return letters(0.9) if request.choices else Completion("Because", "length")

    (one,) = labelled(
        revised(record, BAD, GOOD), prompt_settings, judge, cot=True, sampling=Sampling(ignore_eos=True)
    ).comparisons
    assert [order["p_first"] for order in one.orders] == [0.6, 0.6]


def test_reasonings_that_are_none_are_counted_beside_the_others(
    record: Record, prompt_settings: PromptSettings
) -> None:
    """Of three, one is empty: it takes a third of the mass, and none of the mean."""
    said = {True: iter(["Because.", " ", "Because."]), False: iter(["", "So.", "So."])}

    def judge(request: Request) -> Completion | str:
        text = request.messages[0].content
        first = text.index(BAD) < text.index(GOOD)
        return letters(0.1 if first else 0.9, 0.9) if request.choices else next(said[first])

    (one,) = labelled(revised(record, BAD, GOOD), prompt_settings, judge, cot=True, cot_samples=3).comparisons
    assert one.orders == (
        {"p_first": 0.4, "mass": 0.6, "no_reasons": 1.0},
        {"p_first": 0.6, "mass": 0.6, "no_reasons": 1.0},
    )
    assert (one.status, one.p_a, one.mass, one.samples) == ("decided", 0.4, 0.6, 0)


def test_the_comparisons_before_a_failure_are_kept(record: Record, prompt_settings: PromptSettings) -> None:
    def judge(request: Request) -> Completion:
        if prompt_settings.principles[1].text in request.messages[-1].content:
            raise RequestError("unreachable", "nobody answers")
        return letters(0.5)

    only = replace(prompt_settings, only=("GEN-001", "GEN-002"))
    given = revised(record, BAD, GOOD)
    with pytest.raises(RequestError) as caught:
        labelled(given, only, judge, principles=None)
    (kept,) = caught.value.reached.comparisons
    assert kept.principle == "GEN-001@1"
    assert caught.value.reached == given.model_copy(update={"comparisons": (kept,)})


@pytest.mark.parametrize(
    ("first", "second", "settings", "said"),
    [
        (order(0.52, 1.0), order(0.48, 1.0), {"tie": 0.02}, ("decided", 0.52)),
        (order(0.519, 1.0), order(0.481, 1.0), {"tie": 0.02}, ("tie", 0.519)),
        (order(0.9, 0.5), order(0.1, 0.5), {}, ("decided", 0.9)),
        (order(0.9, 0.6), order(0.1, 0.499), {}, ("low_mass", 0.9)),
        (None, order(0.3, 1.0), {}, ("decided", 0.7)),
        (order(0.3, 1.0), None, {}, ("decided", 0.3)),
        (None, order(None, 0.0), {}, ("unparsed", None)),
        (None, counted(0, 16), {}, ("decided", 1.0)),
        (counted(0, 16), None, {}, ("decided", 0.0)),
        (None, counted(4, 12), {}, ("tie", 0.75)),
        (order(1 / 3, 1.0), order(2 / 3, 1.0), {}, ("decided", 0.333333)),
        (order(0.5 + 1e-9, 1.0), order(0.2, 1.0), {"tie": 0.0}, ("tie", 0.65)),
        (order(0.5 + 3e-9, 1.0), order(0.2, 1.0), {"tie": 0.0}, ("decided", 0.65)),
        (order(0.5 - 3e-9, 1.0), order(0.2, 1.0), {"tie": 0.0}, ("order_flip", 0.65)),
    ],
)
def test_what_two_orders_come_to(
    first: ChoiceProbs | None, second: ChoiceProbs | None, settings: dict[str, float], said: tuple[str, float | None]
) -> None:
    assert combine_orders(first, second, **{"min_mass": 0.5, "tie": 0.02, **settings}) == said


@pytest.mark.parametrize(
    ("told", "shares", "mass"),
    [
        ({"A": math.log(0.3), "B": math.log(0.1)}, {"A": 0.75, "B": 0.25}, 0.4),
        ({"A": math.log(0.5)}, {"A": 1.0, "B": 0.0}, 0.5),
        ({"A": 0.0, "B": math.log(0.25)}, {"A": 0.8, "B": 0.2}, 1.0),  # a mass above 1 is 1
        ({"A": 0.0009, "B": -math.inf}, {"A": 1.0, "B": 0.0}, 1.0),
        ({"A": 0.0011, "B": -1.0}, None, 0.0),
        ({"A": -1.0, "B": math.nan}, None, 0.0),
        ({"C": -1.0}, None, 0.0),
    ],
)
def test_shares_of_words_from_log_probabilities(
    told: dict[str, float], shares: dict[str, float] | None, mass: float
) -> None:
    engine = ScriptedEngine(lambda request: Completion("A", "length", choices=told))
    turns = (Message(role="user", content="q"),)
    answer = asyncio.run(ask_choice(engine, turns, ("A", "B"), samples=3, seed=(1,)))
    assert answer == ChoiceProbs(shares and pytest.approx(shares), pytest.approx(mass))  # type: ignore[arg-type]
    assert answer.prob("A") == (shares and answer.probs and answer.probs["A"])
    assert len(engine.asked) == 1


def test_shares_of_words_from_answers() -> None:
    answers = ["B", "A", "hm", "B", "3", ""]
    turns = (Message(role="user", content="q"),)

    left = iter(answers)
    engine = ScriptedEngine(lambda request: "" if request.choices else next(left))
    answer = asyncio.run(ask_choice(engine, turns, ("A", "B"), samples=6, seed=(1,)))
    assert answer == ChoiceProbs({"A": 1 / 3, "B": 2 / 3}, 0.5, 6, ("B", "A", "B"))
    assert (answer.prob("A"), answer.prob("B")) == (1 / 3, 2 / 3)


def test_every_setting_is_of_the_judge_or_of_what_it_is_asked_about() -> None:
    """A setting that is in neither would let another judge's answers count as this one's."""
    about = {"compare", "principles"}
    of_judge = set(LabelSettings(cot=True).judge_settings()) | {"cot"}  # with reasons there are more settings
    assert {setting.name for setting in fields(LabelSettings)} == about | of_judge - {"level", "think", "think_tokens"}
