"""Rewards: one question per principle, combined by weight and severity; nothing is made up for what cannot be read."""

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from caigen.constitution.format import Constitution, Principle
from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import ConstitutionError, RequestError
from caigen.exports.pairs import PairSettings, pairs
from caigen.records import Candidate, Message, Record, Revision, Round, Score
from caigen.stages.judge_questions import rating_prompt, verdict_prompt
from caigen.stages.logprobs import settings_hash
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.score import SEVERITY_WEIGHTS, ScoreSettings, reward, score, score_text
from caigen.summary import Summary
from caigen.text.versions import Version


def yes(p: float, mass: float = 1.0) -> Completion:
    told = {"Yes": p * mass, "No": (1 - p) * mass}
    return Completion("No", "length", choices={word: math.log(part) for word, part in told.items() if part > 0})


def promises(request: Request) -> Completion:
    """Only the rule about promises is broken, by texts with `always`."""
    text = request.messages[0].content
    return yes(0.9 if "always" in text and "Do not promise" in text else 0.1)


def scored(
    record: Record, prompt_settings: PromptSettings, judge: Callable[[Request], Completion | str], **settings: object
) -> Record:
    return asyncio.run(score(record, ScriptedEngine(judge), prompt_settings, ScoreSettings(**settings)))  # type: ignore[arg-type]


@pytest.fixture
def answered(record: Record) -> Record:
    turn = Round(principle="GEN-001@1", revision=Revision(text="This often works."))
    return record.model_copy(update={"candidates": (Candidate(text="This always works.", rounds=(turn,)),)})


def test_the_last_text_against_every_principle(answered: Record, prompt_settings: PromptSettings) -> None:
    (found,) = scored(answered, prompt_settings, promises).candidates[0].scores
    assert (found.round, found.constitution) == (1, prompt_settings.constitution.ref)
    assert set(found.violates) == {rule.ref for rule in prompt_settings.principles}
    assert found.reward == pytest.approx(0.9)


def test_all_texts_and_what_pulled_the_reward_down(answered: Record, prompt_settings: PromptSettings) -> None:
    first, last = scored(answered, prompt_settings, promises, which="all").candidates[0].scores
    assert first.reward is not None
    assert last.reward is not None
    assert first.reward < last.reward
    assert [rule for rule, p in first.violates.items() if p > 0.5] == ["GEN-001@1"]
    again = scored(scored(answered, prompt_settings, promises, which="all"), prompt_settings, promises, which="all")
    assert again.candidates[0].scores == (first, last)


def test_weight_and_severity(prompt_settings: PromptSettings) -> None:
    one, other = prompt_settings.principles[:2]
    assert reward([one, other], [1.0, 0.0]) == 0.5
    heavy: Principle = one.model_copy(update={"weight": 3.0})
    assert reward([heavy, other], [1.0, 0.0]) == 0.25
    grave: Principle = one.model_copy(update={"severity": "critical"})
    assert reward([grave, other], [1.0, 0.0]) == pytest.approx(0.2)
    huge = [rule.model_copy(update={"weight": 1e308, "severity": "critical"}) for rule in (one, other)]
    assert reward(huge, [2 / 3, 2 / 3]) == pytest.approx(1 / 3, abs=1e-6)  # no sum overflows
    assert reward([huge[0], other], [0.5, 1.0]) == 0.5
    tiny = one.model_copy(update={"weight": 5e-324})
    assert reward([tiny, tiny], [0.25, 0.75]) == 0.5


def test_an_answer_that_cannot_be_read_gives_no_reward(answered: Record, prompt_settings: PromptSettings) -> None:
    def judge(request: Request) -> Completion:
        return yes(0.1, mass=0.2) if "Do not promise" in request.messages[0].content else yes(0.1)

    (found,) = scored(answered, prompt_settings, judge).candidates[0].scores
    assert found.reward is None
    assert found.unread == ("GEN-001@1",)
    assert "GEN-001@1" not in found.violates


def test_best_and_worst_make_a_pair(answered: Record, prompt_settings: PromptSettings) -> None:
    prompt_settings = replace(prompt_settings, only=("GEN-001", "GEN-002"))  # of one severity
    judged = scored(answered, prompt_settings, promises, which="all")
    (pair,) = pairs(judged, PairSettings(pairing="best-worst"), Counter())
    assert (str(pair.chosen), str(pair.rejected), pair.principles) == ("0.1", "0.0", ("GEN-001@1",))
    assert pair.margin == pytest.approx(0.8 / len(prompt_settings.principles))
    for rows, why in (
        (answered, "unscored"),
        (scored(answered, prompt_settings, lambda _: yes(0.1), which="all"), "equal_rewards"),
    ):
        reasons: Counter[str] = Counter()
        assert not list(pairs(rows, PairSettings(pairing="best-worst"), reasons))
        assert reasons == {why: 1}


def test_weights_change_the_hash_of_a_constitution_and_defaults_do_not(prompt_settings: PromptSettings) -> None:
    plain: Constitution = prompt_settings.constitution
    first = plain.principles[0]

    def with_first(**changed: object) -> str:
        rules = (first.model_copy(update=changed), *plain.principles[1:])
        return replace(prompt_settings, constitution=plain.model_copy(update={"principles": rules})).constitution.sha256

    assert with_first(weight=1.0, severity="medium") == plain.sha256
    assert with_first(weight=2.0) != plain.sha256


def test_a_rating_on_a_scale(answered: Record, prompt_settings: PromptSettings) -> None:
    asked: list[Request] = []

    def rates(request: Request) -> Completion:
        asked.append(request)
        shares = {"1": 0.2, "5": 0.6} if "Do not promise" in request.messages[0].content else {"5": 0.8}
        return Completion("5", "length", choices={word: math.log(share) for word, share in shares.items()})

    (found,) = scored(answered, prompt_settings, rates, scale=5).candidates[0].scores
    assert asked[0].choices == ("1", "2", "3", "4", "5")
    assert "from 1 (breaks it) to 5 (follows it)" in asked[0].messages[0].content
    assert found.scale == 5
    assert found.violates["GEN-001@1"] == pytest.approx(0.25)
    assert sum(found.violates.values()) == pytest.approx(0.25)
    again = scored(scored(answered, prompt_settings, rates, scale=5), prompt_settings, rates)
    assert [score.scale for score in again.candidates[0].scores] == [5, None]
    (drawn,) = scored(answered, prompt_settings, lambda _: "10", scale=10, samples=4).candidates[0].scores
    assert drawn.reward == 1.0


def test_other_principles_are_another_score(answered: Record, prompt_settings: PromptSettings) -> None:
    one, other = (replace(prompt_settings, only=(rule.id,)) for rule in prompt_settings.principles[:2])
    twice = scored(scored(answered, one, promises), other, promises)
    assert [set(score.violates) for score in twice.candidates[0].scores] == [{"GEN-001@1"}, {"GEN-002@1"}]
    engine = ScriptedEngine(promises)
    again = asyncio.run(score(twice, engine, one, ScoreSettings()))
    assert not engine.asked
    assert again.candidates[0].scores == twice.candidates[0].scores[::-1]  # what was asked for last stands last


def test_rewards_on_different_scales_are_not_compared(answered: Record, prompt_settings: PromptSettings) -> None:
    def unread_when_revised(request: Request) -> Completion:
        return Completion("?", choices={"1": math.log(0.01)} if "often" in request.messages[0].content else {"5": 0.0})

    yes_or_no = scored(answered, prompt_settings, promises, which="all")
    mixed = scored(yes_or_no, prompt_settings, unread_when_revised, which="all", scale=5)
    assert [score.reward is None for score in mixed.candidates[0].scores] == [False, False, False, True]
    (pair,) = pairs(mixed, PairSettings(pairing="best-worst"), Counter())
    assert (str(pair.chosen), str(pair.rejected)) == ("0.1", "0.0")


def test_every_score_names_its_judge(answered: Record, prompt_settings: PromptSettings) -> None:
    (found,) = scored(answered, prompt_settings, promises).candidates[0].scores
    assert (found.judge, found.samples, found.mass, found.error) == ("scripted", 0, 1.0, None)
    assert (found.constitution_sha256, found.templates_sha256) == (
        prompt_settings.constitution.sha256,
        prompt_settings.templates.sha256,
    )
    (drawn,) = scored(answered, prompt_settings, lambda _: "No", samples=4).candidates[0].scores
    assert (drawn.samples, drawn.mass, drawn.reward) == (4, 1.0, 1.0)
    # the standard error of a weighted mean; two answers of each kind are added to each four: 2 of 8
    weights = [rule.weight * SEVERITY_WEIGHTS[rule.severity] for rule in prompt_settings.principles]
    share = sum(weight * weight for weight in weights) / sum(weights) ** 2
    assert drawn.error == pytest.approx(math.sqrt(0.25 * 0.75 / 8 * share), abs=1e-6)


def test_scores_that_are_there_are_those_of_the_same_judge(answered: Record, prompt_settings: PromptSettings) -> None:
    """Unread ones too: the same judge is asked nothing, another judge or other settings everything."""
    first = scored(answered, prompt_settings, lambda _: yes(0.4, mass=0.2))
    assert scored(first, prompt_settings, promises).candidates[0].scores == first.candidates[0].scores
    changed = prompt_settings.constitution.principles[0].model_copy(update={"text": "Do not promise."})
    rules = (changed, *prompt_settings.constitution.principles[1:])
    texts = {**prompt_settings.templates.texts, "verdict": prompt_settings.templates.texts["verdict"] + " "}
    settings_by_domain = [
        replace(prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": rules})),
        replace(prompt_settings, templates=replace(prompt_settings.templates, texts=texts)),
    ]
    for again in (
        *(scored(first, other, promises) for other in settings_by_domain),
        scored(first, prompt_settings, promises, min_mass=0.1),
        scored(first, prompt_settings, promises, sampling=Sampling(think="off")),
        asyncio.run(score(first, ScriptedEngine(promises, model="strong"), prompt_settings, ScoreSettings())),
    ):
        assert [found.reward is None for found in again.candidates[0].scores] == [True, False]


@pytest.mark.parametrize("other", ["judge", "constitution_sha256", "templates_sha256", "settings"])
def test_rewards_of_two_judges_are_never_compared(
    answered: Record, prompt_settings: PromptSettings, other: str
) -> None:
    """A lenient one of the unrevised text beside a strict one of its revision made the unrevised the best."""
    (candidate,) = scored(answered, prompt_settings, promises, which="all").candidates
    first, last = candidate.scores
    lenient = first.model_copy(update={other: "another", "reward": 0.99})
    strict = last.model_copy(update={"reward": 0.7})

    def best(*scores: Score) -> tuple[list[str], Counter[str]]:
        reasons: Counter[str] = Counter()
        given = answered.model_copy(update={"candidates": (candidate.model_copy(update={"scores": scores}),)})
        return [str(pair.chosen) for pair in pairs(given, PairSettings(pairing="best-worst"), reasons)], reasons

    assert best(lenient, strict) == ([], {"unscored": 1})
    assert best(strict, lenient) == ([], {"unscored": 1})
    # where each has both texts, the one that stands last speaks
    turned = [one.model_copy(update={other: "another", "reward": 1 - (one.reward or 0)}) for one in (first, last)]
    assert best(*turned, first, last)[0] == ["0.1"]
    assert best(first, last, *turned)[0] == ["0.0"]


def test_old_scores_name_no_judge_and_mean_what_their_scale_and_principles_say(answered: Record) -> None:
    def old(number: int, reward: float, **more: object) -> Score:
        told = {
            "round": number,
            "constitution": "general@1.0.0",
            "reward": reward,
            "violates": {"GEN-001@1": 1 - reward},
        }
        return Score.model_validate(told | more)

    def made(*scores: Score) -> int:
        (candidate,) = answered.candidates
        given = answered.model_copy(update={"candidates": (candidate.model_copy(update={"scores": scores}),)})
        return len(list(pairs(given, PairSettings(pairing="best-worst"), Counter())))

    assert made(old(0, 0.2), old(1, 0.9)) == 1
    assert made(old(0, 0.2), old(1, 0.9, scale=5)) == 0
    assert made(old(0, 0.2), old(1, 0.9, violates={"GEN-002@1": 0.1})) == 0


def test_only_what_tells_best_and_worst_apart_is_named(answered: Record, prompt_settings: PromptSettings) -> None:
    """Not what both break."""

    def judge(request: Request) -> Completion:
        text = request.messages[0].content
        return yes(0.9 if "Do not insult" in text or ("always" in text and "Do not promise" in text) else 0.1)

    named = [prompt_settings.constitution.principles[0], prompt_settings.constitution.principles[1]]
    rules = tuple(
        rule.model_copy(update={"text": text})
        for rule, text in zip(named, ("Do not promise.", "Do not insult."), strict=True)
    )
    own = replace(prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": rules}))
    judged = scored(answered, own, judge, which="all")
    (pair,) = pairs(judged, PairSettings(pairing="best-worst"), Counter())
    assert pair.principles == (rules[0].ref,)
    assert (pair.judge, set(pair.judged)) == ("scripted", {rule.ref for rule in rules})


def test_rewards_from_a_coins_answers_make_no_pairs(prompt_settings: PromptSettings) -> None:
    """Four texts each, 100 records; a judge that says Yes or No at random. A judge that knows makes all pairs."""
    rng = random.Random(5)
    one = replace(prompt_settings, only=tuple(rule.id for rule in prompt_settings.principles[:2]))

    def coin(request: Request) -> str:
        return "" if request.choices else rng.choice(["Yes", "No"])

    def knows(request: Request) -> str:
        return "" if request.choices else "Yes" if "text 0" in request.messages[0].content else "No"

    for judge, few, many in ((coin, 0, 3), (knows, 100, 100)):
        reasons: Counter[str] = Counter()
        made = 0
        for n in range(100):
            texts = tuple(Candidate(text=f"text {number}") for number in range(4))
            given = Record(id=f"r{n}", prompt=(Message(role="user", content="q"),), candidates=texts)
            made += len(list(pairs(scored(given, one, judge), PairSettings(pairing="best-worst"), reasons)))
        assert few <= made <= many
        assert made + reasons["equal_rewards"] == 100


def test_unread_scores_are_not_counted_as_scored(answered: Record, prompt_settings: PromptSettings) -> None:
    summary = Summary("score", (stage("score"),))
    summary.count(scored(answered, prompt_settings, lambda _: yes(0.4, mass=0.2)))
    summary.count(scored(answered, prompt_settings, promises))
    assert (summary.notes["score_unread"], summary.notes["scored"]) == (1, 1)


@pytest.mark.parametrize("form", ["requests", "comparison"])
def test_what_a_single_text_cannot_be_held_against(
    answered: Record, prompt_settings: PromptSettings, form: str
) -> None:
    """In the stage and for each text, so that rewards refuse it, too."""
    rules = tuple(rule.model_copy(update={"form": form}) for rule in prompt_settings.principles)
    imported = replace(
        prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": rules})
    )
    with pytest.raises(ConstitutionError, match=r"^general@1\.0\.0: GEN-001@1 is .*--constitution"):
        scored(answered, imported, promises)
    judge = ScriptedEngine(promises)
    with pytest.raises(ConstitutionError, match=r"^general@1\.0\.0: GEN-001@1 is .*--constitution"):
        asyncio.run(score_text(answered, Version(0, 0, "x"), judge, imported, settings=ScoreSettings()))
    assert not judge.asked


@pytest.fixture
def weighed(prompt_settings: PromptSettings) -> PromptSettings:
    """Two principles, of which the first has three times the weight."""
    one, other = prompt_settings.principles[:2]
    rules = (
        one.model_copy(update={"weight": 3.0, "severity": "low"}),
        other.model_copy(update={"weight": 1.0, "severity": "low"}),
    )
    return replace(prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"principles": rules}))


def whole(prompt_settings: PromptSettings, how: dict[str, object], **read: object) -> Score:
    """A score of the last text with all its fields."""
    return Score.model_validate(
        {
            "judge": "scripted",
            "constitution": "general@1.0.0",
            "constitution_sha256": prompt_settings.constitution.sha256,
            "templates_sha256": prompt_settings.templates.sha256,
            "settings": settings_hash(how),
            "round": 1,
            **read,
        }
    )


@pytest.mark.parametrize("mass", [0.6, 0.4])
def test_a_whole_score_from_log_probabilities(answered: Record, weighed: PromptSettings, mass: float) -> None:
    first, second = weighed.principles

    def judge(request: Request) -> Completion:
        return yes(0.9, 0.8) if first.text in request.messages[0].content else yes(0.1, mass)

    how = {"min_mass": 0.5, "samples": 16, "scale": None, "think": "auto", "think_tokens": 2048}
    if mass > 0.5:
        read = {"reward": 0.3, "violates": {first.ref: 0.9, second.ref: 0.1}, "mass": 0.7}
    else:
        read = {"reward": None, "violates": {first.ref: 0.9}, "unread": (second.ref,), "mass": 0.6}
    (found,) = scored(answered, weighed, judge).candidates[0].scores
    assert found == whole(weighed, how, samples=0, **read)


@pytest.mark.parametrize("unread", [False, True])
def test_a_whole_score_from_counted_answers(answered: Record, weighed: PromptSettings, unread: bool) -> None:
    """Of the first principle three of four answers are read, of which two say Yes; of the second two, or one."""
    first, second = weighed.principles
    answers = {first: iter(["Yes", "hm", "No", "Yes"]), second: iter(["No", "hm", "hm", "hm" if unread else "No"])}

    def judge(request: Request) -> str:
        rule = first if first.text in request.messages[0].content else second
        return "" if request.choices else next(answers[rule])

    how = {"min_mass": 0.5, "samples": 4, "scale": None, "think": "auto", "think_tokens": 2048}
    (found,) = scored(answered, weighed, judge, samples=4).candidates[0].scores
    if unread:
        read = {"violates": {first.ref: 0.666667}, "unread": (second.ref,), "mass": 0.5}
        assert found == whole(weighed, how, samples=4, **read)
        return
    # (2 + 2) of 7 and (0 + 2) of 6, with the weights 3/4 and 1/4
    variance = 9 / 16 * (4 / 7) * (3 / 7) / 7 + 1 / 16 * (2 / 6) * (4 / 6) / 6
    read = {"reward": 0.5, "violates": {first.ref: 0.666667, second.ref: 0.0}, "mass": 0.625}
    assert found == whole(weighed, how, samples=4, error=round(math.sqrt(variance), 6), **read)


def test_the_error_is_that_of_what_was_counted(answered: Record, weighed: PromptSettings) -> None:
    """A judge that gives log-probabilities for the first principle alone, which has three times the weight."""

    def judge(request: Request) -> Completion | str:
        if not request.choices:
            return "No"
        return yes(0.1) if weighed.principles[0].text in request.messages[0].content else ""

    (found,) = scored(answered, weighed, judge, samples=4).candidates[0].scores
    assert found.error == round(math.sqrt(1 / 16 * (2 / 8) * (6 / 8) / 8), 6)


def test_a_whole_score_from_ratings(answered: Record, weighed: PromptSettings) -> None:
    """A mean rating of 2.25 from 1 to 4 is 7/12 of the way down; a rating that cannot be read leaves the reward out."""
    first, second = weighed.principles

    def rates(request: Request) -> Completion:
        known = first.text in request.messages[0].content
        shares = {"1": 0.2, "2": 0.1, "3": 0.3, "4": 0.0} if known else {"4": 0.01}
        return Completion("2", "length", choices={word: math.log(p) for word, p in shares.items() if p})

    mean = (1 * 0.2 + 2 * 0.1 + 3 * 0.3) / 0.6
    how = {"min_mass": 0.5, "samples": 16, "scale": 4, "think": "auto", "think_tokens": 2048}
    (found,) = scored(answered, weighed, rates, scale=4).candidates[0].scores
    read = {"violates": {first.ref: round((4 - mean) / 3, 6)}, "unread": (second.ref,), "mass": 0.305}
    assert found == whole(weighed, how, scale=4, samples=0, **read)
    (silent,) = scored(answered, weighed, lambda _: "hm", scale=4, samples=2).candidates[0].scores
    read = {"unread": (first.ref, second.ref), "mass": 0.0}
    assert silent == whole(weighed, how | {"samples": 2}, scale=4, samples=2, **read)


@pytest.mark.parametrize("scale", [None, 3])
def test_what_a_judge_of_one_text_is_asked(
    answered: Record, prompt_settings: PromptSettings, scale: int | None
) -> None:
    """One token, then answers in words; how it thinks is taken from the settings, nothing else."""
    one = replace(prompt_settings, only=("GEN-002",))
    (rule,) = one.principles
    engine = ScriptedEngine(lambda request: "")
    thinks = Sampling(max_tokens=99, temperature=0.3, stop=("x",), think="on", think_tokens=7)
    asyncio.run(score(answered, engine, one, ScoreSettings(scale=scale, samples=2, sampling=thinks)))
    about = (prompt_settings.templates, answered.prompt, "This often works.", rule.text)
    shown = rating_prompt(*about, top=scale) if scale else verdict_prompt(*about)
    first, *drawn = engine.asked
    assert first == Request(
        messages=(Message(role="user", content=shown),),
        sampling=Sampling(max_tokens=1, temperature=0.0, think="on", think_tokens=7),
        choices=("1", "2", "3") if scale else ("Yes", "No"),
    )
    assert [replace(each, sampling=replace(each.sampling, seed=None)) for each in drawn] == [
        replace(first, sampling=Sampling(max_tokens=16, temperature=1.0, think="on", think_tokens=7), choices=())
    ] * 2


def test_the_scores_before_a_failure_are_kept(answered: Record, prompt_settings: PromptSettings) -> None:
    def judge(request: Request) -> Completion:
        if "BAD" in request.messages[0].content:
            raise RequestError("unreachable", "nobody answers")
        return yes(0.1)

    (candidate,) = answered.candidates
    given = answered.model_copy(update={"candidates": (Candidate(text="BAD"), candidate)})
    with pytest.raises(RequestError) as caught:
        scored(given, prompt_settings, judge)
    (whole_,) = scored(answered, prompt_settings, judge).candidates
    assert caught.value.reached == given.model_copy(update={"candidates": (Candidate(text="BAD"), whole_)})


def test_only_the_texts_that_lack_a_score_are_asked_about(answered: Record, prompt_settings: PromptSettings) -> None:
    """And a score of a text that was not asked for stays in front."""
    last = scored(answered, prompt_settings, promises)
    engine = ScriptedEngine(promises)
    every = asyncio.run(score(last, engine, prompt_settings, ScoreSettings(which="all")))
    assert len(engine.asked) == len(prompt_settings.principles)
    assert [found.round for found in every.candidates[0].scores] == [1, 0]
    again = ScriptedEngine(promises)
    turned = asyncio.run(score(every, again, prompt_settings, ScoreSettings()))
    assert not again.asked
    assert [found.round for found in turned.candidates[0].scores] == [0, 1]
