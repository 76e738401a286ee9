"""Answers to prompts, with a model whose answers are known."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest

from caigen import hashing
from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.exports.pairs import PairSettings, pairs
from caigen.records import Candidate, Provenance, Record, Tokens, unfinished
from caigen.runners.pipeline import process
from caigen.stages.critique import critique
from caigen.stages.label_pairs import choose_pairs
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.summary import Summary

UNCRITICISED = ReviseSettings(critique=False)


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
    failed = asyncio.run(process(record, way, Provenance(caigen="t")))
    assert failed.error is not None
    assert (failed.status, failed.error.stage, failed.error.kind) == ("failed", "sample", "empty")
    assert len(silent.asked) == 2
    assert asyncio.run(process(failed, way, Provenance(caigen="t"))) == failed


@pytest.mark.parametrize(("reason", "kept"), [("stop", "empty"), ("length", "length")])
def test_one_silence_among_several_answers_fails_that_one_alone(
    record: Record, prompt_settings: PromptSettings, reason: str, kept: str
) -> None:
    """It stays in its place with the reason, is counted, and no later stage works on it."""
    silent = hashing.seed(0, record.id, 1, "sample", 0), hashing.seed(0, record.id, 1, "sample", 1)

    def said(request: Request) -> str | Completion:
        return Completion("", reason) if request.sampling.seed in silent else numbered(request)

    engine = ScriptedEngine(said)
    done = answered(record, engine, 3)
    assert [(one.is_blank, one.finish_reason, one.tries) for one in done.candidates] == [
        (False, "stop", None),
        (True, kept, 2),
        (False, "stop", None),
    ]
    summary = Summary("sample", (stage("sample"),))
    summary.count(done)
    assert (summary.done, summary.second_tries()) == (1, (1, 0))
    assert summary.notes[f"answer_{unfinished(kept)}"] == 1

    worked = asyncio.run(
        revise(done, ScriptedEngine(numbered), ScriptedEngine(numbered), prompt_settings, UNCRITICISED)
    )
    assert [len(one.rounds) for one in worked.candidates] == [1, 0, 1]
    criticised = asyncio.run(critique(done, ScriptedEngine(numbered), prompt_settings, Sampling()))
    assert [len(one.rounds) for one in criticised.candidates] == [1, 0, 1]
    assert [(str(a), str(b)) for a, b in choose_pairs(done, "candidates")] == [("0.0", "2.0")]
    reasons: Counter[str] = Counter()
    assert not list(pairs(done, PairSettings("all"), reasons))
    assert reasons == {f"answer_{unfinished(kept)}": 1, "unrevised": 2}


def test_a_record_fails_when_no_candidate_has_a_word(record: Record) -> None:
    silent = ScriptedEngine(lambda request: "")
    with pytest.raises(RequestError, match="empty answer"):
        answered(record, silent, 3)
    given = record.model_copy(update={"candidates": (Candidate(text="mine"),)})
    assert [one.is_blank for one in answered(given, silent, 3, temperature=0.0).candidates] == [False, True, True]


@pytest.mark.parametrize(
    ("reason", "kind", "words", "asked"),
    [
        ("stop", "empty", "the model gave an empty answer", 2),
        ("length", "truncated", "the model's thought was cut off by --max-tokens before it said a word", 2),
        ("content_filter", "content_filter", "the answer ended with content_filter before it said a word", 2),
        ("no_finish_reason", "no_finish_reason", "the answer ended with no_finish_reason before it said a word", 1),
    ],
)
def test_why_there_is_no_word(record: Record, reason: str, kind: str, words: str, asked: int) -> None:
    engine = ScriptedEngine(lambda request: Completion("", reason, reasoning="Let me see"))
    with pytest.raises(RequestError) as caught:
        answered(record, engine)
    assert (caught.value.kind, str(caught.value)) == (kind, words)
    assert len(engine.asked) == asked


def test_an_answer_without_a_thought_that_was_cut_off_before_its_first_word(record: Record) -> None:
    with pytest.raises(RequestError) as caught:
        answered(record, ScriptedEngine(lambda request: Completion("\n", "length")))
    assert str(caught.value) == "the answer was cut off by --max-tokens before it said a word"


def test_a_greedy_model_that_is_silent_is_asked_once(record: Record) -> None:
    engine = ScriptedEngine(lambda request: "")
    with pytest.raises(RequestError):
        answered(record, engine, 2, temperature=0.0)
    assert len(engine.asked) == 1


@pytest.mark.parametrize("plain", [False, True])
def test_all_that_is_asked_and_kept(record: Record, plain: bool) -> None:
    """The settings of the run but for the seed, and in plain text the stop; of the answer all that it has."""
    said = [Completion("", "stop"), Completion(" hello", "length", Tokens(prompt=3, completion=2), reasoning="Hm.")]
    engine = ScriptedEngine(lambda request: said.pop(0))
    how = Sampling(max_tokens=9, temperature=0.3, top_p=0.9, stop=("x",), think="on", think_tokens=7)
    done = asyncio.run(sample(record, engine, SampleSettings(sampling=how, plain=plain)))
    kept = Candidate(
        text=" hello", finish_reason="length", tokens=Tokens(prompt=3, completion=2), tries=2, reasoning="Hm."
    )
    assert done == record.model_copy(update={"candidates": (kept,)})
    text = f"\n\nHuman: {record.prompt[0].content}\n\nAssistant:"
    asked = Request(text=text, sampling=replace(how, stop=("\n\nHuman:",))) if plain else None
    asked = asked or Request(messages=record.prompt, sampling=how)
    assert [replace(each, sampling=replace(each.sampling, seed=None)) for each in engine.asked] == [asked] * 2


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
