"""Answers to prompts, with a model whose answers are known."""

import asyncio

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.pipeline import carry
from caigen.records import Candidate, Provenance, Record
from caigen.stages.sample import SampleSettings, sample

GREEDY = Sampling(temperature=0.0)


def answered(record: Record, engine: ScriptedEngine, count: int = 1, **sampling: object) -> Record:
    return asyncio.run(sample(record, engine, SampleSettings(count, Sampling(**sampling))))  # type: ignore[arg-type]


def numbered(request: Request) -> str:
    return f"answer {request.sampling.seed}"


def test_candidates_are_filled_up_with_different_draws(record: Record) -> None:
    given = record.model_copy(update={"candidates": (Candidate(text="mine"),)})
    done = answered(given, ScriptedEngine(numbered), 3)
    assert done.candidates[0].text == "mine"
    assert len({candidate.text for candidate in done.candidates}) == 3


def test_a_base_model_is_asked_in_plain_text_and_stops_before_the_next_turn(record: Record) -> None:
    engine = ScriptedEngine(numbered)
    asyncio.run(sample(record, engine, SampleSettings(plain=True)))
    (request,) = engine.asked
    assert request.text == f"\n\nHuman: {record.prompt[0].content}\n\nAssistant:"
    assert (request.messages, request.sampling.stop) == ((), ("\n\nHuman:",))


def test_a_greedy_model_is_asked_once_for_all_candidates(record: Record) -> None:
    engine = ScriptedEngine(numbered)
    done = answered(record, engine, 3, temperature=0.0)
    assert len(engine.asked) == 1
    assert len(done.candidates) == 3
    assert len(set(done.candidates)) == 1
    assert answered(done, engine, 3, temperature=0.0) == done
    assert len(engine.asked) == 1


def test_silence_is_asked_for_again_with_another_seed(record: Record) -> None:
    said = iter([" \n", "hello"])
    engine = ScriptedEngine(lambda request: next(said))
    (candidate,) = answered(record, engine).candidates
    assert (candidate.text, candidate.tries) == ("hello", 2)
    assert engine.asked[0].sampling.seed != engine.asked[1].sampling.seed


def test_silence_twice_fails_the_record(record: Record) -> None:
    silent = ScriptedEngine(lambda request: "")
    way = [("sample", lambda r: sample(r, silent, SampleSettings()))]
    failed = asyncio.run(carry(record, way, Provenance(caigen="t")))
    assert failed.error is not None
    assert (failed.status, failed.error.stage, failed.error.kind) == ("failed", "sample", "empty")
    assert len(silent.asked) == 2
    assert asyncio.run(carry(failed, way, Provenance(caigen="t"))) == failed


@pytest.mark.parametrize(
    ("reason", "kind", "words", "asked"),
    [
        ("stop", "empty", "empty answer", 2),
        ("length", "truncated", "thought was cut off by --max-tokens", 2),
        ("content_filter", "content_filter", "ended with content_filter", 2),
        ("no_finish_reason", "no_finish_reason", "ended with no_finish_reason", 1),
    ],
)
def test_why_there_is_no_word(record: Record, reason: str, kind: str, words: str, asked: int) -> None:
    engine = ScriptedEngine(lambda request: Completion("", reason, reasoning="Let me see"))
    with pytest.raises(RequestError, match=words) as caught:
        answered(record, engine)
    assert caught.value.kind == kind
    assert len(engine.asked) == asked


@pytest.mark.parametrize("reason", ["length", "content_filter", "error", "no_finish_reason"])
def test_an_answer_that_was_broken_off_keeps_its_words_and_the_reason(record: Record, reason: str) -> None:
    engine = ScriptedEngine(lambda request: Completion("half an answ", reason))
    (candidate,) = answered(record, engine).candidates
    assert (candidate.text, candidate.finish_reason, candidate.tries) == ("half an answ", reason, None)


def test_the_answers_before_a_failure_are_kept(record: Record) -> None:
    calls = iter(range(3))

    def some(request: Request) -> str:
        if next(calls) == 1:
            raise RequestError("refused", "no")
        return numbered(request)

    with pytest.raises(RequestError) as caught:
        answered(record, ScriptedEngine(some), 3)
    assert len(caught.value.reached.candidates) == 2
