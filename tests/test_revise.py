"""Rounds of critique and revision, with a model whose answers are known."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.pipeline import carry
from caigen.records import Candidate, Critique, Provenance, Record, Round
from caigen.stages.prompts import Brief
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample

BROKEN = '{"text":"bad","quotes":["one"],"verdict":"violates","severity":2}'
FINE = '{"text":"good","quotes":[],"verdict":"complies","severity":0}'
HOT = Sampling(temperature=1.0)


def script(verdict: str) -> Callable[[Request], str]:
    """Critiques say `verdict`; the n-th revision of a text adds an exclamation mark and a word."""

    def answer(request: Request) -> str:
        if request.schema:
            return verdict
        texts = [m.content for m in request.messages if m.role == "assistant" and not m.content.startswith("{")]
        return f"{texts[-1]} more"

    return answer


def revised(record: Record, brief: Brief, engine: ScriptedEngine, **settings: object) -> Record:
    given = record if record.candidates else record.model_copy(update={"candidates": (Candidate(text="one"),)})
    return asyncio.run(revise(given, engine, engine, brief, ReviseSettings(sampling=HOT, **settings)))  # type: ignore[arg-type]


def test_each_round_criticises_the_latest_text_only(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(script(BROKEN))
    done = revised(record, brief, engine, rounds=3)
    assert done.candidates[0].history() == ["one", "one more", "one more more", "one more more more"]
    for request in engine.asked:
        assert sum(not m.content.startswith("{") for m in request.messages if m.role == "assistant") == 1
    assert len({turn.principle for turn in done.candidates[0].rounds}) == 3


def test_a_text_that_complies_is_left_alone(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(script(FINE))
    done = revised(record, brief, engine, rounds=3)
    assert [turn.revision for turn in done.candidates[0].rounds] == [None, None, None]
    assert len(engine.asked) == 3
    always = revised(record, brief, ScriptedEngine(script(FINE)), rounds=2, always=True)
    assert always.candidates[0].text_after() == "one more more"


def test_a_critique_that_is_there_is_used_for_round_one(record: Record, brief: Brief) -> None:
    waiting = Round(principle="GEN-003@1", critique=Critique(text="mine", verdict="violates", severity=1))
    given = record.model_copy(update={"candidates": (Candidate(text="one", rounds=(waiting,)),)})
    engine = ScriptedEngine(script(BROKEN))
    done = revised(given, brief, engine, rounds=2)
    assert done.candidates[0].rounds[0].principle == "GEN-003@1"
    assert "mine" in engine.asked[0].messages[-2].content
    assert len(engine.asked) == 3


def test_rounds_that_are_there_stay(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(script(BROKEN))
    once = revised(record, brief, engine, rounds=2)
    again = ScriptedEngine(script(BROKEN))
    assert revised(once, brief, again, rounds=2) == once
    assert again.asked == []
    assert len(revised(once, brief, again, rounds=3).candidates[0].rounds) == 3


def test_without_critique_the_rule_alone_asks(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(script(BROKEN))
    done = revised(record, brief, engine, rounds=2, critique=False)
    assert [turn.critique for turn in done.candidates[0].rounds] == [None, None]
    assert done.candidates[0].text_after() == "one more more"


def test_an_unusable_revision_is_tried_again_then_marked_and_passed_over(record: Record, brief: Brief) -> None:
    engine = ScriptedEngine(lambda request: BROKEN if request.schema else "one")
    done = revised(record, brief, engine, rounds=2)
    first, second = done.candidates[0].rounds
    assert first.revision is not None and first.revision.flags == ("identical",)
    assert second.revision is not None
    assert done.candidates[0].history() == ["one", "one", "one"]
    assert len(engine.asked) == 6
    seeds = [request.sampling.seed for request in engine.asked if not request.schema]
    assert len(set(seeds)) == 4


def test_a_second_try_can_help(record: Record, brief: Brief) -> None:
    tries = iter(["Sure! Here is the revised answer:\n\n", "Sure! Here is the revised answer:\n\ntwo"])

    def answer(request: Request) -> Completion:
        return Completion(BROKEN if request.schema else next(tries), "stop")

    done = revised(record, brief, ScriptedEngine(answer), rounds=1)
    revision = done.candidates[0].rounds[0].revision
    assert revision is not None
    assert (revision.text, revision.raw, revision.cleaned) == (
        "two",
        "Sure! Here is the revised answer:\n\ntwo",
        ("meta_prefix",),
    )


def test_reasoning_is_kept_and_never_shown_again(record: Record, brief: Brief) -> None:
    def answer(request: Request) -> Completion:
        return Completion(BROKEN if request.schema else "a new text", "stop", reasoning="SECRET")

    engine = ScriptedEngine(answer)
    done = revised(record, brief, engine, rounds=2)
    revision, critique = done.candidates[0].rounds[0].revision, done.candidates[0].rounds[0].critique
    assert revision is not None and critique is not None
    assert revision.reasoning == critique.reasoning == "SECRET"
    assert not any("SECRET" in m.content for request in engine.asked for m in request.messages)


def test_what_was_done_before_a_failure_is_kept(record: Record, brief: Brief) -> None:
    def answer(request: Request) -> str:
        if request.schema:
            return "no JSON" if len(engine.asked) > 6 else BROKEN
        return f"text {len(engine.asked)}"

    engine = ScriptedEngine(answer)
    given = record.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    done = asyncio.run(
        carry(
            given,
            [("revise", lambda r: revise(r, engine, engine, brief, ReviseSettings(rounds=3, sampling=HOT)))],
            Provenance(caigen="0"),
        )
    )
    assert (done.status, done.error and done.error.kind) == ("failed", "critique_unparsed")
    assert sum(len(candidate.rounds) for candidate in done.candidates) >= 2
    assert all(turn.critique and turn.critique.text for candidate in done.candidates for turn in candidate.rounds)


def test_select_all_uses_each_principle_once_in_order(record: Record, brief: Brief) -> None:
    few = replace(brief, select="all", only=("GEN-001", "GEN-002"))
    done = revised(record, few, ScriptedEngine(script(BROKEN)), rounds=9)
    assert [turn.principle for turn in done.candidates[0].rounds] == ["GEN-001@1", "GEN-002@1"]


def test_sample_fills_up_and_fails_on_silence(record: Record) -> None:
    given = record.model_copy(update={"candidates": (Candidate(text="mine"),)})
    engine = ScriptedEngine(lambda request: f"answer {request.sampling.seed}")
    done = asyncio.run(sample(given, engine, SampleSettings(candidates=3)))
    assert done.candidates[0].text == "mine"
    assert len({c.text for c in done.candidates}) == 3
    silent = ScriptedEngine(lambda request: "")
    way = [("sample", lambda r: sample(r, silent, SampleSettings()))]
    failed = asyncio.run(carry(record, way, Provenance(caigen="t")))
    assert failed.status == "failed"
    assert failed.error is not None
    assert (failed.error.stage, failed.error.kind) == ("sample", "empty")
    assert asyncio.run(carry(failed, way, Provenance(caigen="t"))) == failed
