"""Rounds of critique and revision, with a model whose answers are known."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError
from caigen.records import Candidate, Critique, Provenance, Record, Revision, Round, Tokens
from caigen.runners.pipeline import process
from caigen.stages.requests import PromptSettings, Style
from caigen.stages.revise import ReviseSettings, revise

BROKEN = '{"text":"bad","quotes":["one"],"verdict":"violates","severity":2}'
UNCLEAR = '{"text":"perhaps","quotes":[],"verdict":"unclear","severity":0}'
UNREAD = "who knows"
FINE = '{"text":"good","quotes":[],"verdict":"complies","severity":0}'
HOT = Sampling(temperature=1.0)


def is_revision(request: Request) -> bool:
    if request.text is not None:
        return request.text.endswith("Revision:")
    return "Write the revised answer" in request.messages[-1].content


def script(verdict: str) -> Callable[[Request], str]:
    """Critiques say `verdict`; the n-th revision of a text adds an exclamation mark and a word."""

    def answer(request: Request) -> str:
        if request.schema:
            return verdict
        texts = [m.content for m in request.messages if m.role == "assistant" and not m.content.startswith("{")]
        return f"{texts[-1]} more"

    return answer


def revised(record: Record, prompt_settings: PromptSettings, engine: ScriptedEngine, **settings: object) -> Record:
    given = record if record.candidates else record.model_copy(update={"candidates": (Candidate(text="one"),)})
    how = ReviseSettings(**({"sampling": HOT, "critic_sampling": HOT} | settings))
    return asyncio.run(revise(given, engine, engine, prompt_settings, how))


@pytest.mark.parametrize("style", ["chat", "transcript", "plain"])
def test_each_round_criticises_and_revises_the_latest_text_only(
    record: Record, prompt_settings: PromptSettings, style: Style
) -> None:
    """Texts are ALPHA, BETA, GAMMA, DELTA; critiques quote the text that they are shown, and speak of no other."""
    names = ["ALPHA", "BETA", "GAMMA", "DELTA"]
    critiques: list[list[str]] = []
    revisions: list[list[str]] = []

    def answer(request: Request) -> str:
        shown = request.text or " ".join(message.content for message in request.messages)
        seen = [name for name in names if name in shown]
        if not is_revision(request):
            critiques.append(seen)
            return BROKEN.replace("one", seen[0]) if request.schema else "It is bad."
        revisions.append(seen)
        return f"The text is {names[len(revisions)]} now."

    given = record.model_copy(update={"candidates": (Candidate(text="The text is ALPHA now."),)})
    done = revised(given, replace(prompt_settings, style=style), ScriptedEngine(answer), rounds=3)
    assert critiques == revisions == [["ALPHA"], ["BETA"], ["GAMMA"]]
    assert done.candidates[0].history() == [f"The text is {name} now." for name in names]
    assert len({turn.principle for turn in done.candidates[0].rounds}) == 3
    if style != "plain":
        spans = [turn.critique.spans[0] for turn in done.candidates[0].rounds if turn.critique]
        assert [span.quote for span in spans] == names[:3]


def test_a_text_that_complies_is_left_alone(record: Record, prompt_settings: PromptSettings) -> None:
    engine = ScriptedEngine(script(FINE))
    done = revised(record, prompt_settings, engine, rounds=3)
    assert [turn.revision for turn in done.candidates[0].rounds] == [None, None, None]
    assert len(engine.asked) == 3
    always = revised(record, prompt_settings, ScriptedEngine(script(FINE)), rounds=2, always=True)
    assert always.candidates[0].text_after() == "one more more"


@pytest.mark.parametrize("free_text", [False, True])
def test_a_text_of_which_the_critic_is_not_sure_is_revised(
    record: Record, prompt_settings: PromptSettings, free_text: bool
) -> None:
    engine = ScriptedEngine(lambda request: "new" if is_revision(request) else "perhaps" if free_text else UNCLEAR)
    done = revised(record, replace(prompt_settings, free_text=free_text), engine)
    (turn,) = done.candidates[0].rounds
    assert turn.critique is not None and turn.critique.verdict == "unclear"
    assert done.candidates[0].text_after() == "new"


def test_a_critique_that_is_there_is_used_for_round_one(record: Record, prompt_settings: PromptSettings) -> None:
    waiting = Round(principle="GEN-003@1", critique=Critique(text="mine", verdict="violates", severity=1))
    given = record.model_copy(update={"candidates": (Candidate(text="one", rounds=(waiting,)),)})
    engine = ScriptedEngine(script(BROKEN))
    done = revised(given, prompt_settings, engine, rounds=2)
    assert done.candidates[0].rounds[0].principle == "GEN-003@1"
    assert "mine" in engine.asked[0].messages[-2].content
    assert len(engine.asked) == 3


def test_rounds_that_are_there_stay(record: Record, prompt_settings: PromptSettings) -> None:
    engine = ScriptedEngine(script(BROKEN))
    once = revised(record, prompt_settings, engine, rounds=2)
    again = ScriptedEngine(script(BROKEN))
    assert revised(once, prompt_settings, again, rounds=2) == once
    assert again.asked == []
    assert len(revised(once, prompt_settings, again, rounds=3).candidates[0].rounds) == 3


def test_without_critique_the_rule_alone_asks(record: Record, prompt_settings: PromptSettings) -> None:
    engine = ScriptedEngine(script(BROKEN))
    done = revised(record, prompt_settings, engine, rounds=2, critique=False)
    assert [turn.critique for turn in done.candidates[0].rounds] == [None, None]
    assert done.candidates[0].text_after() == "one more more"


def test_an_unusable_revision_is_tried_again_then_marked_and_passed_over(
    record: Record, prompt_settings: PromptSettings
) -> None:
    engine = ScriptedEngine(lambda request: BROKEN if request.schema else "one")
    done = revised(record, prompt_settings, engine, rounds=2)
    first, second = done.candidates[0].rounds
    assert first.revision is not None and first.revision.flags == ("identical",)
    assert second.revision is not None
    assert done.candidates[0].history() == ["one", "one", "one"]
    assert len(engine.asked) == 6
    seeds = [request.sampling.seed for request in engine.asked if not request.schema]
    assert len(set(seeds)) == 4


def test_a_second_try_can_help(record: Record, prompt_settings: PromptSettings) -> None:
    tries = iter(["Sure! Here is the revised answer:\n\n", "Sure! Here is the revised answer:\n\ntwo"])

    def answer(request: Request) -> Completion:
        return Completion(BROKEN if request.schema else next(tries), "stop")

    done = revised(record, prompt_settings, ScriptedEngine(answer), rounds=1)
    revision = done.candidates[0].rounds[0].revision
    assert revision is not None
    assert (revision.text, revision.raw, revision.cleaned) == (
        "two",
        "Sure! Here is the revised answer:\n\ntwo",
        ("meta_prefix",),
    )


def test_reasoning_is_kept_and_never_shown_again(record: Record, prompt_settings: PromptSettings) -> None:
    def answer(request: Request) -> Completion:
        return Completion(BROKEN if request.schema else "a new text", "stop", reasoning="SECRET")

    engine = ScriptedEngine(answer)
    done = revised(record, prompt_settings, engine, rounds=2)
    revision, critique = done.candidates[0].rounds[0].revision, done.candidates[0].rounds[0].critique
    assert revision is not None and critique is not None
    assert revision.reasoning == critique.reasoning == "SECRET"
    assert not any("SECRET" in m.content for request in engine.asked for m in request.messages)


def test_a_record_that_failed_travels_on_untouched(record: Record, prompt_settings: PromptSettings) -> None:
    failed = record.model_copy(update={"candidates": (Candidate(text="one"),)}).failed("sample", "too_long", "x")
    engine = ScriptedEngine(lambda request: "text")
    stage = ("revise", lambda r: revise(r, engine, engine, prompt_settings, ReviseSettings()))
    assert asyncio.run(process(failed, [stage], Provenance(caigen="0"))) is failed
    assert not engine.asked


def test_what_was_done_before_a_failure_is_kept(record: Record, prompt_settings: PromptSettings) -> None:
    def answer(request: Request) -> str:
        if request.schema:
            if len(engine.asked) > 6:
                raise RequestError("unreachable", "nobody answers")
            return UNCLEAR
        return f"text {len(engine.asked)}"

    engine = ScriptedEngine(answer)
    given = record.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    done = asyncio.run(
        process(
            given,
            [("revise", lambda r: revise(r, engine, engine, prompt_settings, ReviseSettings(rounds=3, sampling=HOT)))],
            Provenance(caigen="0"),
        )
    )
    assert done.error is not None
    assert (done.status, done.error.kind) == ("failed", "unreachable")
    told = {f"candidate {place}, round {n}: nobody answers" for place in (0, 1) for n in (2, 3)}
    assert done.error.message in told
    assert sum(len(candidate.rounds) for candidate in done.candidates) >= 2
    assert all(turn.critique and turn.critique.text for candidate in done.candidates for turn in candidate.rounds)


@pytest.mark.parametrize("kind", ["content_filter", "too_long"])
@pytest.mark.parametrize("step", ["critique", "revision"])
def test_what_is_refused_for_one_text_fails_its_round_alone(
    record: Record, prompt_settings: PromptSettings, kind: str, step: str
) -> None:
    """Not the record: the other candidate, and its later rounds, go on; what the server said is kept."""

    def answer(request: Request) -> str:
        spoken = " ".join(turn.content for turn in request.messages)
        if "BAD" in spoken and (request.schema is not None) == (step == "critique"):
            raise RequestError(kind, "the provider's words")
        return UNCLEAR if request.schema else f"a new text {len(engine.asked)}"

    engine = ScriptedEngine(answer)
    given = record.model_copy(update={"candidates": (Candidate(text="BAD"), Candidate(text="two"))})
    settings = ReviseSettings(rounds=2, sampling=HOT, critic_sampling=HOT)
    done = asyncio.run(
        process(
            given, [("revise", lambda r: revise(r, engine, engine, prompt_settings, settings))], Provenance(caigen="0")
        )
    )
    assert done.status == "done", done.error
    refused, other = done.candidates
    parts = [turn.critique if step == "critique" else turn.revision for turn in refused.rounds]
    assert [(part.flags, part.raw, part.text, part.tries) for part in parts if part] == [
        ((kind,), "the provider's words", "", None)
    ] * 2
    assert refused.text_after() == "BAD"
    assert len(other.rounds) == 2
    assert other.text_after().startswith("a new text")


def test_select_all_uses_each_principle_once_in_order(record: Record, prompt_settings: PromptSettings) -> None:
    few = replace(prompt_settings, select="all", only=("GEN-001", "GEN-002"))
    done = revised(record, few, ScriptedEngine(script(BROKEN)), rounds=9)
    assert [turn.principle for turn in done.candidates[0].rounds] == ["GEN-001@1", "GEN-002@1"]
    for select in ("random", "cycle"):  # these begin anew
        more = revised(record, replace(few, select=select), ScriptedEngine(script(BROKEN)), rounds=5)
        drawn = [turn.principle for turn in more.candidates[0].rounds]
        assert len(drawn) == 5
        assert set(drawn[:2]) == set(drawn[2:4]) == {"GEN-001@1", "GEN-002@1"}


def test_a_round_whose_critique_cannot_be_used_leaves_the_text_and_the_next_goes_on(
    record: Record, prompt_settings: PromptSettings
) -> None:
    """One candidate's first critique is unreadable; its second round and the other candidate are as ever."""
    unread = iter([UNREAD, UNREAD])

    def answer(request: Request) -> str:
        if not request.schema:
            return "mended"
        first = any(message.content == "one" for message in request.messages)
        return next(unread, UNCLEAR) if first else UNCLEAR

    engine = ScriptedEngine(answer)
    given = record.model_copy(update={"candidates": (Candidate(text="one"), Candidate(text="two"))})
    way = [("revise", lambda r: revise(r, engine, engine, prompt_settings, how))]
    how = ReviseSettings(rounds=2, sampling=HOT, critic_sampling=HOT)
    done = asyncio.run(process(given, way, Provenance(caigen="0")))
    assert (done.status, done.error) == ("done", None)
    lost, kept = done.candidates[0].rounds
    assert lost.critique is not None and lost.critique.flags == ("unparsed",)
    assert (lost.critique.raw, lost.revision) == (UNREAD, None)
    assert kept.revision is not None
    assert done.candidates[0].history() == ["one", "one", "mended"]
    assert done.candidates[1].rounds[0].revision is not None
    assert not any(UNREAD in message.content for request in engine.asked for message in request.messages)


FLAGGED = Round(
    principle="GEN-003@1", critique=Critique(text="SECRET", verdict="violates", severity=0, flags=("inconsistent",))
)


def test_a_flagged_critique_that_is_there_counts_as_a_round_and_is_not_revised_by(
    record: Record, prompt_settings: PromptSettings
) -> None:
    given = record.model_copy(update={"candidates": (Candidate(text="one", rounds=(FLAGGED,)),)})
    engine = ScriptedEngine(script(BROKEN))
    done = revised(given, prompt_settings, engine, rounds=1)
    assert (done, engine.asked) == (given, [])
    done = revised(given, prompt_settings, engine, rounds=2)
    assert done.candidates[0].rounds[0] == FLAGGED
    assert done.candidates[0].history() == ["one", "one", "one more"]


def test_always_revises_without_a_critique_that_cannot_be_used(record: Record, prompt_settings: PromptSettings) -> None:
    given = record.model_copy(update={"candidates": (Candidate(text="one", rounds=(FLAGGED,)),)})
    engine = ScriptedEngine(script(BROKEN))
    done = revised(given, prompt_settings, engine, rounds=1, always=True)
    assert done.candidates[0].history() == ["one", "one more"]
    assert len(engine.asked) == 1
    assert not any("SECRET" in message.content for message in engine.asked[0].messages)


@pytest.mark.parametrize(
    ("reason", "flag"), [("length", "truncated"), ("content_filter", "content_filter"), ("repetition", "loop")]
)
def test_a_revision_that_did_not_end_by_itself_is_flagged(
    record: Record, prompt_settings: PromptSettings, reason: str, flag: str
) -> None:
    engine = ScriptedEngine(lambda r: Completion(BROKEN, "stop") if r.schema else Completion("half an answ", reason))
    done = revised(record, prompt_settings, engine)
    revision = done.candidates[0].rounds[0].revision
    assert revision is not None
    assert (revision.flags, revision.text, revision.finish_reason) == ((flag,), "half an answ", reason)
    assert done.candidates[0].text_after() == "one"


@pytest.mark.parametrize(
    ("answer", "reason", "tries"),
    [("stop", "length", 2), ("length", "length", 1), ("length", "content_filter", 2), ("content_filter", "length", 2)],
)
def test_only_a_text_that_did_fit_is_asked_for_again_when_its_revision_was_cut_off(
    record: Record, prompt_settings: PromptSettings, answer: str, reason: str, tries: int
) -> None:
    engine = ScriptedEngine(lambda r: Completion(BROKEN, "stop") if r.schema else Completion("half an answ", reason))
    given = record.model_copy(update={"candidates": (Candidate(text="one", finish_reason=answer),)})
    revised(given, prompt_settings, engine)
    assert len([request for request in engine.asked if not request.schema]) == tries


def test_a_revision_in_which_the_critique_speaks_is_flagged(record: Record, prompt_settings: PromptSettings) -> None:
    leaked = "The answer promises that tea always heals a cold within a single day."
    said = BROKEN.replace("bad", leaked)
    engine = ScriptedEngine(lambda request: said if request.schema else f"{leaked} So ask a doctor.")
    done = revised(record, prompt_settings, engine)
    revision = done.candidates[0].rounds[0].revision
    assert revision is not None and revision.flags == ("leak",)


def test_critiques_have_a_token_limit_of_their_own(record: Record, prompt_settings: PromptSettings) -> None:
    engine = ScriptedEngine(script(BROKEN))
    revised(record, prompt_settings, engine, critic_sampling=replace(HOT, max_tokens=77))
    assert [(bool(request.schema), request.sampling.max_tokens) for request in engine.asked] == [
        (True, 77),
        (False, 512),
    ]


@pytest.mark.parametrize("style", ["chat", "transcript", "plain"])
def test_a_revision_in_the_words_of_its_request_is_not_used(
    record: Record, prompt_settings: PromptSettings, style: Style
) -> None:
    """As a small model of 135 M parameters did: it copied what it was asked."""

    def answer(request: Request) -> str:
        if not is_revision(request):
            return BROKEN if request.schema else "It is bad."
        asked = request.text.split("RevisionRequest: ")[-1] if request.text else request.messages[-1].content
        return f"I am sorry. {asked.removesuffix('Revision:')}"

    done = revised(record, replace(prompt_settings, style=style, only=("GEN-001",)), ScriptedEngine(answer))
    revision = done.candidates[0].rounds[0].revision
    assert revision is not None
    assert "leak" in revision.flags


def test_second_tries_are_told_on_the_revision(record: Record, prompt_settings: PromptSettings) -> None:
    answers = iter(["one", "better"])
    engine = ScriptedEngine(lambda request: BROKEN if request.schema else next(answers))
    revision = revised(record, prompt_settings, engine).candidates[0].rounds[0].revision
    assert revision is not None
    assert (revision.text, revision.flags, revision.tries) == ("better", (), 2)
    greedy = ScriptedEngine(lambda request: BROKEN if request.schema else "one")
    given = record.model_copy(update={"candidates": (Candidate(text="one"),)})
    kept = revised(given, prompt_settings, greedy, sampling=Sampling(temperature=0)).candidates[0].rounds[0].revision
    assert kept == Revision(text="one", finish_reason="stop", tokens=Tokens(), flags=("identical",))
    assert len(greedy.asked) == 2


def test_all_that_is_asked_and_kept_of_a_revision(record: Record, prompt_settings: PromptSettings) -> None:
    """Its request is made of the critique under the round's principle; of the answer all that it has is kept."""
    told = {"finish_reason": "stop", "tokens": Tokens(prompt=3, completion=2), "reasoning": "Hm."}
    waiting = Round(principle="GEN-003@1", critique=Critique(text="mine", verdict="violates", severity=1))
    given = record.model_copy(update={"candidates": (Candidate(text="one", rounds=(waiting,)),)})
    raw = "Sure! Here is the revised answer:\n\ntwo"
    engine = ScriptedEngine(lambda request: Completion(raw, **told))  # type: ignore[arg-type]
    how = Sampling(max_tokens=9, temperature=0.3, top_p=0.9, think="on")
    done = revised(given, prompt_settings, engine, sampling=how)
    revision = Revision(text="two", raw=raw, cleaned=("meta_prefix",), **told)  # type: ignore[arg-type]
    kept = Candidate(text="one", rounds=(waiting.model_copy(update={"revision": revision}),))
    assert done == given.model_copy(update={"candidates": (kept,)})
    (asked,) = engine.asked
    rule = prompt_settings.constitution.find("GEN-003@1")
    sampling = replace(how, seed=asked.sampling.seed)
    assert asked == prompt_settings.revision_request(record.prompt, "one", waiting.critique, rule, sampling=sampling)


def test_a_revision_without_a_critique_is_asked_for_under_the_rule_of_its_round(
    record: Record, prompt_settings: PromptSettings
) -> None:
    engine = ScriptedEngine(lambda request: f"a new text {len(engine.asked)}")
    done = revised(record, prompt_settings, engine, rounds=2, critique=False, sampling=HOT)
    (candidate,) = done.candidates
    before = Candidate(text="one")
    for number, turn in enumerate(candidate.rounds):
        rule = prompt_settings.choose_principle(record.id, 0, before)
        assert turn.principle == rule.ref
        sampling = replace(HOT, seed=engine.asked[number].sampling.seed)
        expected = prompt_settings.revision_request(record.prompt, before.text_after(), None, rule, sampling=sampling)
        assert engine.asked[number] == expected
        before = before.model_copy(update={"rounds": (*before.rounds, turn)})


def test_a_failed_revision_keeps_its_critique_and_says_where(record: Record, prompt_settings: PromptSettings) -> None:
    def answer(request: Request) -> str:
        if request.schema:
            return BROKEN
        raise RequestError("unreachable", "nobody answers")

    given = record.model_copy(update={"candidates": (Candidate(text="one"),)})
    with pytest.raises(RequestError) as caught:
        revised(given, prompt_settings, ScriptedEngine(answer), rounds=2)
    assert str(caught.value) == "candidate 0, round 1: nobody answers"
    ((turn,),) = (candidate.rounds for candidate in caught.value.reached.candidates)
    assert turn.critique is not None and turn.critique.text == "bad"
    assert turn.revision is None
    engine = ScriptedEngine(script(BROKEN))  # which is used when the record comes again
    asked = revised(caught.value.reached, prompt_settings, engine)
    assert len(engine.asked) == 1
    assert asked.candidates[0].text_after() == "one more"
