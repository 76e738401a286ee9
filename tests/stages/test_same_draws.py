"""The same draws every time: seeds, principles and sides of a split as they are today.

A journal answers a question that is asked again with the same seed, and a data set is split again in the same way; so
a change of these figures is a break that users notice. Change them only with a line in the changelog.
"""

import asyncio
from dataclasses import replace

import pytest

from caigen.constitution.format import Constitution, Principle
from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.exports.splits import split_of
from caigen.records import Candidate, Message, Record, Round
from caigen.stages.label import LabelSettings, label
from caigen.stages.logprobs import settings_hash
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.score import ScoreSettings, score

HOT = Sampling(temperature=1.0)
FAULT = '{"text":"It promises too much.","quotes":[],"verdict":"violates","severity":1}'
RECORD = Record(id="r1", prompt=(Message(role="user", content="Will it work?"),))


@pytest.fixture
def own(prompt_settings: PromptSettings) -> PromptSettings:
    """Five principles that no shipped constitution changes."""
    first = prompt_settings.constitution.principles[0]
    rules = [first.model_copy(update={"id": f"OWN-00{n}", "text": f"Rule {n}."}) for n in range(1, 6)]
    made: Constitution = prompt_settings.constitution.model_copy(update={"principles": tuple[Principle, ...](rules)})
    return replace(prompt_settings, constitution=made, seed=7)


def asked(engine: ScriptedEngine) -> list[int | None]:
    return [request.sampling.seed for request in engine.asked]


def test_seeds_of_answers_and_their_second_tries() -> None:
    silent = [True]  # at first
    engine = ScriptedEngine(lambda request: "" if silent and silent.pop() else f"answer {request.sampling.seed}")
    asyncio.run(sample(RECORD, engine, SampleSettings(candidates=2, sampling=HOT, seed=7)))
    assert asked(engine) == SAMPLED


def test_seeds_of_critiques_and_revisions_and_their_second_tries(own: PromptSettings) -> None:
    def script(request: Request) -> str:
        said = len(engine.asked)
        if request.schema:
            return "no JSON" if said == 1 else FAULT
        return "one" if said == 3 else f"It may well work, in its own time and way {said}."

    engine = ScriptedEngine(script)
    given = RECORD.model_copy(update={"candidates": (Candidate(text="one"),)})
    settings = ReviseSettings(rounds=2, sampling=HOT, critic_sampling=HOT)
    done = asyncio.run(revise(given, engine, engine, own, settings))
    assert asked(engine) == REVISED
    assert [turn.principle for turn in done.candidates[0].rounds] == DRAWN


def test_seeds_of_judges_that_are_asked_often(own: PromptSettings) -> None:
    engine = ScriptedEngine(lambda request: Completion("A", "stop") if request.sampling.max_tokens > 1 else "")
    given = RECORD.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    asyncio.run(label(given, engine, own, LabelSettings(compare="candidates", samples=2)))
    assert sorted(seed for seed in asked(engine) if seed) == LABELLED
    judge = ScriptedEngine(lambda request: Completion("No", "stop") if request.sampling.max_tokens > 1 else "")
    one = given.model_copy(update={"candidates": given.candidates[:1]})
    asyncio.run(score(one, judge, replace(own, only=("OWN-002",)), ScoreSettings(samples=2)))
    assert sorted(seed for seed in asked(judge) if seed) == SCORED
    every = ScriptedEngine(judge.script)  # of a text that is the last and the only one
    asyncio.run(score(one, every, replace(own, only=("OWN-002",)), ScoreSettings(which="all", samples=2)))
    assert asked(every) == asked(judge)


def test_seeds_of_reasons_and_of_ratings(own: PromptSettings) -> None:
    def reasons_then_letter(request: Request) -> str:
        return "" if request.choices else "A" if len(request.messages) > 1 else "Because."

    engine = ScriptedEngine(reasons_then_letter)
    given = RECORD.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    settings = LabelSettings(compare="candidates", samples=1, orders=1, cot=True, cot_samples=2)
    asyncio.run(label(given, engine, own, settings))
    assert sorted(seed for seed in asked(engine) if seed) == REASONED
    judge = ScriptedEngine(lambda request: "" if request.choices else "3")
    one = given.model_copy(update={"candidates": given.candidates[:1]})
    asyncio.run(score(one, judge, replace(own, only=("OWN-002",)), ScoreSettings(scale=3, samples=2)))
    assert sorted(seed for seed in asked(judge) if seed) == RATED


def test_names_of_settings() -> None:
    """The hash in each judgement; under another one a judge is asked again."""
    thinks = Sampling(think="on", think_tokens=9)
    settings = [
        LabelSettings(),
        LabelSettings(cot=True, cot_samples=3, sampling=thinks),
        ScoreSettings(),
        ScoreSettings(scale=5, samples=4, sampling=thinks),
    ]
    assert [settings_hash(each.judge_settings()) for each in settings] == SETTINGS


@pytest.mark.parametrize("how", ["random", "cycle", "all", "with_replacement"])
def test_principles_of_rounds(own: PromptSettings, how: str) -> None:
    prompt_settings = replace(own, with_replacement=True) if how == "with_replacement" else replace(own, select=how)  # type: ignore[arg-type]
    found = []
    for place in (0, 1):
        candidate = Candidate(text="x")
        for _ in range(7):
            rule = prompt_settings.choose_principle("r1", place, candidate)
            found.append(int(rule.id[-1]))
            candidate = candidate.model_copy(update={"rounds": (*candidate.rounds, Round(principle=rule.ref))})
    assert found == PRINCIPLES[how]


def test_sides_of_a_split() -> None:
    turns = (
        Message(role="user", content="First?"),
        Message(role="assistant", content="Yes."),
        Message(role="user", content="So?"),
    )
    prompts = [(Message(role="user", content=f"Question {n}?"),) for n in range(12)] + [turns, turns[:1]]
    records = [Record(id=str(n), prompt=prompt) for n, prompt in enumerate(prompts)]
    assert "".join(split_of(record, 0.5)[1] for record in records) == SIDES
    assert split_of(records[-2], 0.5, by="family") == split_of(records[-1], 0.5)


SAMPLED = [377866106, 463072225, 1495963948]
REVISED = [950268564, 687540582, 1337095141, 665276248, 1017350397, 892280845]
DRAWN = ["OWN-004@1", "OWN-005@1"]
LABELLED = [383092000, 963345047, 1429825886, 1657805958]
REASONED = [373432196, 963345047, 1221281040, 1657805958]
RATED = [502786512, 688099119]
SETTINGS = ["c8da77e1a0f82b7c", "20f9b13aa8dec0d6", "1d20ad0bc8eb813b", "73eec90b02aa1137"]
SCORED = [502786512, 688099119]
PRINCIPLES = {
    "random": [4, 5, 2, 1, 3, 4, 5, 1, 2, 5, 4, 3, 1, 2],
    "cycle": [2, 3, 4, 5, 1, 2, 3, 3, 4, 5, 1, 2, 3, 4],
    "all": [1, 2, 3, 4, 5, 1, 2, 1, 2, 3, 4, 5, 1, 2],
    "with_replacement": [3, 3, 4, 5, 5, 5, 3, 1, 3, 3, 4, 5, 3, 5],
}
SIDES = "rreerrreeeeeee"
