"""Which critiques cannot be used, and what becomes of them."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.hygiene import critique_flags
from caigen.io.rows import read_row
from caigen.io.write import to_row
from caigen.records import Candidate, Critique, Provenance, Record, Revision, Round, Span, Tokens
from caigen.runners.pipeline import process
from caigen.stages.critique import criticise, critique
from caigen.stages.requests import PromptSettings

ANSWER = "Tea always helps. It is a cure."
WARM, GREEDY = Sampling(temperature=0.7), Sampling(temperature=0.0)
FAULT = '{"text":"It promises a cure.","quotes":["a cure"],"verdict":"violates","severity":2}'
LOST = '{"text":"It promises riches.","quotes":["gold","silver"],"verdict":"violates","severity":2}'


def said(verdict: str = "violates", severity: int = 2, *quotes: str, **more: Any) -> Critique:
    return Critique(text="It promises.", verdict=verdict, severity=severity, quotes=quotes, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("found", "flags"),
    [
        (said("violates", 2, "a cure"), ()),
        (said("violates", 1), ()),
        (said("complies", 0), ()),
        (said("unclear", 0, "a cure"), ()),
        (said("unclear", 2), ()),
        (said("violates", 0, "a cure"), ("inconsistent",)),
        (said("complies", 1), ("inconsistent",)),
        (said("complies", 0, "a cure"), ("inconsistent",)),
        (said("complies", 0, spans=(Span(start=0, end=3, quote="Tea"),)), ("inconsistent",)),
        (said("violates", 2, "gold"), ("invented_quote",)),
        (said("violates", 2, "gold", "silver"), ("invented_quote",)),
        (said("unclear", 0, "gold"), ("invented_quote",)),
        (said("violates", 2, "gold", "A CURE"), ()),
        (said("violates", 2, "", " "), ()),
        (said("violates", 2, finish_reason="stop"), ()),
        (said("violates", 2, finish_reason="length"), ("truncated",)),
        (said("violates", 2, finish_reason="content_filter"), ("content_filter",)),
        (said("violates", 0, "gold", finish_reason="length"), ("truncated", "inconsistent", "invented_quote")),
        (Critique(text=" ", verdict="violates", severity=1), ("empty",)),
        (Critique(text="It is bad. " * 20, verdict="violates", severity=1), ("loop",)),
        (Critique(text="", verdict="unclear", raw="no JSON"), ("unparsed",)),
        (Critique(text="", verdict="unclear", raw=""), ("empty",)),
        (Critique(text="", verdict="unclear", raw="", finish_reason="length"), ("truncated",)),
        (Critique(text="", verdict="unclear", raw='{"te', finish_reason="length"), ("truncated",)),
        (said("violates", 2, flags=("echo",)), ("echo",)),
        (Critique(text="", verdict="unclear", raw="no JSON", flags=("echo",)), ("echo",)),
        (Critique(text=" ", verdict="violates", severity=1, finish_reason="length"), ("truncated",)),
        (said("violates", 2, finish_reason="length", flags=("echo", "truncated")), ("echo", "truncated")),
        (Critique(text="ask. " * 40, verdict="complies", severity=1, raw="no JSON"), ("unparsed",)),
    ],
)
def test_each_flag_has_its_cause(found: Critique, flags: tuple[str, ...]) -> None:
    assert critique_flags.flags(found, ANSWER) == flags


def test_quotes_are_told_apart_by_whether_they_are_there() -> None:
    found = said("violates", 2, "gold", "A  CURE", "gold", "a cure", " ")
    assert critique_flags.quotes_found(found, ANSWER) == ("a cure",)
    assert critique_flags.quotes_lost(found, ANSWER) == ("gold",)


def test_all_quotes_that_have_a_span_are_there() -> None:
    """They were looked for when the critique was read, in the text as it stood."""
    tea, cure = Span(start=0, end=3, quote="Tea"), Span(start=24, end=30, quote="a cure")
    for quotes, spans, expected in (
        (("gold", "silver"), (tea, cure), ()),
        (("gold", "silver"), (tea,), ("gold", "silver")),
        (("gold", "a cure"), (tea,), ("gold",)),
        (("gold", "gold", "  "), (tea,), ()),
        (("gold",), (), ("gold",)),
        ((), (), ()),
    ):
        assert critique_flags.quotes_lost(said("violates", 2, *quotes, spans=spans), ANSWER) == expected
    both = said("violates", 2, "x", spans=(cure, tea, cure))
    assert critique_flags.quotes_found(both, ANSWER) == ("a cure", "Tea")
    assert critique_flags.quotes_found(said("violates", 2, "a cure", "gold", "tea"), ANSWER) == ("a cure", "Tea")


def test_a_critique_that_repeats_its_request_is_told() -> None:
    asked = "Point out where the answer promises more than anybody can know, and quote the words that do so."
    for found in (said(), Critique(text="", verdict="unclear", raw=asked)):
        echoing = found.model_copy(update={"text": asked})
        assert critique_flags.flags(echoing, ANSWER, request=asked) == ("echo",)
        assert "echo" not in critique_flags.flags(echoing, ANSWER)


def test_a_span_counts_only_where_it_fits_the_text() -> None:
    strays, fits = Span(start=0, end=4, quote="gold"), Span(start=24, end=30, quote="a cure")
    assert critique_flags.quotes_found(said("violates", 2, "gold", spans=(strays,)), ANSWER) == ()
    assert critique_flags.quotes_found(said("violates", 2, "a cure", spans=(strays,)), ANSWER) == ("a cure",)
    assert critique_flags.quotes_found(said("violates", 2, "a cure", spans=(strays, fits)), ANSWER) == ("a cure",)


def criticised(
    record: Record, prompt_settings: PromptSettings, *answers: str | Completion, sampling: Sampling = WARM
) -> tuple[Critique, int]:
    """What comes of a critic that says these things in turn, and how often it was asked."""
    turns = iter(answers)
    engine = ScriptedEngine(lambda request: next(turns))
    turn = asyncio.run(
        criticise(record, 0, Candidate(text=ANSWER), engine, prompt_settings=prompt_settings, sampling=sampling)
    )
    assert turn.critique is not None
    assert len({request.sampling.seed for request in engine.asked}) == len(engine.asked)
    return turn.critique, len(engine.asked)


def test_a_sound_critique_is_asked_for_once(record: Record, prompt_settings: PromptSettings) -> None:
    found, asked = criticised(record, prompt_settings, FAULT)
    assert (found.verdict, found.flags, found.tries, found.raw, asked) == ("violates", (), None, None, 1)


@pytest.mark.parametrize(
    "bad",
    [
        "who knows",
        "",
        Completion('{"text":"It prom', "length"),
        LOST,
        FAULT.replace('"severity":2', '"severity":0'),
        Completion(FAULT, "content_filter"),
    ],
)
def test_a_second_critique_with_another_seed_can_help(
    record: Record, prompt_settings: PromptSettings, bad: str | Completion
) -> None:
    found, asked = criticised(record, prompt_settings, bad, FAULT)
    assert (found.text, found.flags, found.tries, asked) == ("It promises a cure.", (), 2, 2)


def test_what_cannot_be_read_twice_is_kept_as_it_came(record: Record, prompt_settings: PromptSettings) -> None:
    found, asked = criticised(record, prompt_settings, "who knows", "nobody")
    assert (found.text, found.verdict, found.severity, found.spans) == ("", "unclear", 0, ())
    assert (found.raw, found.flags, found.tries, asked) == ("who knows", ("unparsed",), 2, 2)


def test_a_greedy_critic_is_not_asked_again(record: Record, prompt_settings: PromptSettings) -> None:
    found, asked = criticised(record, prompt_settings, "who knows", sampling=GREEDY)
    assert (found.flags, found.tries, asked) == (("unparsed",), None, 1)


def test_a_cut_off_critique_keeps_its_words_and_its_thought(record: Record, prompt_settings: PromptSettings) -> None:
    cut = Completion('{"text":"It prom', "length", reasoning="Let me see.")
    found, _ = criticised(record, prompt_settings, cut, cut)
    assert (found.raw, found.flags, found.finish_reason) == ('{"text":"It prom', ("truncated",), "length")
    assert (found.verdict, found.reasoning) == ("unclear", "Let me see.")


def test_an_echo_of_the_request_is_told(record: Record, prompt_settings: PromptSettings) -> None:
    prose = replace(prompt_settings, free_text=True)

    def echo(request: Request) -> str:
        return request.messages[-1].content

    engine = ScriptedEngine(echo)
    turn = asyncio.run(criticise(record, 0, Candidate(text=ANSWER), engine, prompt_settings=prose, sampling=WARM))
    assert turn.critique is not None
    assert turn.critique.flags == ("echo",)
    assert (turn.critique.free, len(engine.asked)) == (True, 2)


def test_prose_is_checked_too(record: Record, prompt_settings: PromptSettings) -> None:
    prose = replace(prompt_settings, free_text=True)
    assert criticised(record, prose, "It promises a cure.")[0].flags == ()
    found, asked = criticised(record, prose, "I'm sorry, but I can't help with that.", "It promises a cure.")
    assert (found.text, found.flags, asked) == ("It promises a cure.", (), 2)
    found, _ = criticised(record, prose, "", "")
    assert (found.raw, found.flags, found.free) == ("", ("empty",), True)


def test_a_flagged_critique_is_written_and_read_again(record: Record, prompt_settings: PromptSettings) -> None:
    found, _ = criticised(record, prompt_settings, "who knows", "nobody")
    turn = Round(principle="GEN-001@1", critique=found)
    kept = record.model_copy(update={"candidates": (Candidate(text=ANSWER, rounds=(turn,)),)})
    assert read_row(to_row(kept)) == kept


def test_an_unreadable_critique_fails_neither_the_record_nor_its_other_candidates(
    record: Record, prompt_settings: PromptSettings
) -> None:
    def critic(request: Request) -> str:
        return FAULT if any(ANSWER in message.content for message in request.messages) else "who knows"

    engine = ScriptedEngine(critic)
    given = record.model_copy(update={"candidates": (Candidate(text="Other words."), Candidate(text=ANSWER))})
    way = [("critique", lambda one: critique(one, engine, prompt_settings, WARM))]
    done = asyncio.run(process(given, way, Provenance(caigen="0")))
    assert (done.status, done.error) == ("done", None)
    first, second = (candidate.rounds[0].critique for candidate in done.candidates)
    assert first is not None and second is not None
    assert (first.verdict, first.flags, first.raw) == ("unclear", ("unparsed",), "who knows")
    assert (second.verdict, second.flags) == ("violates", ())


def test_a_request_that_fails_says_which_candidate_and_round_it_was_for(
    record: Record, prompt_settings: PromptSettings
) -> None:
    def critic(request: Request) -> str:
        if any(message.content == "two" for message in request.messages):
            raise RequestError("refused", "the provider says no")
        return FAULT.replace('"a cure"', "")

    engine = ScriptedEngine(critic)
    given = record.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    way = [("critique", lambda one: critique(one, engine, prompt_settings, WARM))]
    done = asyncio.run(process(given, way, Provenance(caigen="0")))
    assert done.error is not None
    assert done.error.message == "candidate 1, round 1: the provider says no"
    assert [len(candidate.rounds) for candidate in done.candidates] == [1, 0]


def waiting(answer: str = ANSWER, **more: Any) -> Candidate:
    return Candidate(text=answer, rounds=(Round(principle="GEN-003@1", **more),))


@pytest.mark.parametrize(
    ("given", "rounds"),
    [
        (waiting(critique=said("violates", 1)), 1),
        (waiting(critique=said("unclear", 0)), 1),
        (waiting(critique=said("complies", 0)), 2),
        (waiting(critique=said("unclear", 0, flags=("unparsed",))), 2),
        (waiting(critique=said("violates", 1), revision=Revision(text="new")), 2),
        (waiting(critique=said("violates", 1), revision=Revision(text="new", flags=("leak",))), 2),
        (Candidate(text=ANSWER), 1),
    ],
    ids=["violates", "unclear", "complies", "flagged", "revised", "revision-flagged", "new"],
)
def test_only_a_critique_that_waits_for_its_revision_is_not_followed_by_another(
    record: Record, prompt_settings: PromptSettings, given: Candidate, rounds: int
) -> None:
    engine = ScriptedEngine(lambda request: FAULT.replace('"a cure"', ""))
    done = asyncio.run(critique(record.model_copy(update={"candidates": (given,)}), engine, prompt_settings, WARM))
    assert len(done.candidates[0].rounds) == rounds
    assert done.candidates[0].rounds[: len(given.rounds)] == given.rounds
    assert len(engine.asked) == rounds - len(given.rounds)


@pytest.mark.parametrize("style", ["json", "prose", "unread"])
def test_all_that_is_kept_of_a_critique(record: Record, prompt_settings: PromptSettings, style: str) -> None:
    told: dict[str, Any] = {"finish_reason": "stop", "tokens": Tokens(prompt=3, completion=2), "reasoning": "Hm."}
    words = {"json": FAULT, "prose": "It promises a cure.", "unread": "who knows"}[style]
    found, _ = criticised(
        record, replace(prompt_settings, free_text=style == "prose"), Completion(words, **told), sampling=GREEDY
    )
    expected = {
        "json": Critique(
            text="It promises a cure.",
            verdict="violates",
            severity=2,
            spans=(Span(start=24, end=30, quote="a cure"),),
            quotes=("a cure",),
            **told,
        ),
        "prose": Critique(text="It promises a cure.", verdict="unclear", free=True, **told),
        "unread": Critique(text="", verdict="unclear", raw="who knows", flags=("unparsed",), **told),
    }
    assert found == expected[style]


@pytest.mark.parametrize("kind", ["content_filter", "too_long"])
def test_a_request_that_is_refused_for_its_text_is_kept_with_what_was_said(
    record: Record, prompt_settings: PromptSettings, kind: str
) -> None:
    def critic(request: Request) -> str:
        raise RequestError(kind, "the provider's words")

    engine = ScriptedEngine(critic)
    turn = asyncio.run(
        criticise(record, 0, Candidate(text=ANSWER), engine, prompt_settings=prompt_settings, sampling=WARM)
    )
    refused = Critique(text="", verdict="unclear", raw="the provider's words", flags=(kind,))
    assert turn == Round(
        principle=prompt_settings.choose_principle(record.id, 0, Candidate(text=ANSWER)).ref, critique=refused
    )
    assert len(engine.asked) == 1


def test_a_critic_is_asked_by_its_brief_with_the_settings_of_the_run(
    record: Record, prompt_settings: PromptSettings
) -> None:
    """About the latest text; a record's further rounds are numbered on."""
    how = Sampling(max_tokens=9, temperature=0.3, top_p=0.9, think="on")
    engine = ScriptedEngine(lambda request: FAULT)
    later = Candidate(text="old", rounds=(Round(principle="GEN-001@1", revision=Revision(text=ANSWER)),))
    given = record.model_copy(update={"candidates": (later,)})
    asyncio.run(critique(given, engine, prompt_settings, how))
    (asked,) = engine.asked
    rule = prompt_settings.choose_principle(record.id, 0, later)
    assert asked == prompt_settings.critique_request(
        record.prompt, ANSWER, rule, replace(how, seed=asked.sampling.seed)
    )

    def fails(request: Request) -> str:
        raise RequestError("unreachable", "nobody answers")

    with pytest.raises(RequestError) as caught:
        asyncio.run(critique(given, ScriptedEngine(fails), prompt_settings, how))
    assert str(caught.value) == "candidate 0, round 2: nobody answers"
    assert caught.value.reached == given


def test_prose_that_echoes_a_request_in_plain_text_is_told(record: Record, prompt_settings: PromptSettings) -> None:
    plain = replace(prompt_settings, style="plain")
    engine = ScriptedEngine(lambda request: (request.text or "")[-200:])
    principle = prompt_settings.constitution.principles[0]
    long = principle.model_copy(
        update={"critique": principle.critique.model_copy(update={"request": " ".join(f"word{n}" for n in range(40))})}
    )
    rules = prompt_settings.constitution.model_copy(update={"principles": (long,)})
    turn = asyncio.run(
        criticise(
            record,
            0,
            Candidate(text="Hm."),
            engine,
            prompt_settings=replace(plain, constitution=rules),
            sampling=GREEDY,
        )
    )
    assert turn.critique is not None
    assert turn.critique.flags == ("echo",)
