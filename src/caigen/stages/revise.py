"""revise: Candidate -> Candidate with its rounds filled up"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import hashing, hygiene
from caigen.constitution.format import Principle
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.errors import ABOUT_THE_TEXT, RequestError, asking_for
from caigen.records import Candidate, Critique, Record, Revision, Round, settled, unfinished
from caigen.stages.critique import criticise
from caigen.stages.requests import PromptSettings
from caigen.stages.retry import better


@dataclass(frozen=True)
class ReviseSettings:
    """Rounds in all, and whether a text that complies is revised too (`always`) or no critique is asked for (paper 3.5).

    Critiques have their own `critic_sampling`, and so their own token limit.
    """

    rounds: int = 1
    always: bool = False
    critique: bool = True
    sampling: Sampling = field(default_factory=Sampling)
    critic_sampling: Sampling = field(default_factory=Sampling)


async def revise(
    record: Record, engine: Engine, critic: Engine, prompt_settings: PromptSettings, settings: ReviseSettings
) -> Record:
    """Bring every candidate with a word to the number of rounds asked for; a critique that is there already is used first.

    A round whose critique cannot be used (it is flagged) leaves the text as it stands, and the next round goes on.

    Raises RequestError.
    """
    rounds = (
        min(settings.rounds, len(prompt_settings.principles)) if prompt_settings.select == "all" else settings.rounds
    )
    settings = replace(settings, rounds=rounds)
    filled = [list(candidate.rounds) for candidate in record.candidates]
    jobs = (
        _fill(record, place, filled[place], engine, critic, prompt_settings, settings) for place in range(len(filled))
    )
    ended = await asyncio.gather(*jobs, return_exceptions=True)
    candidates = (
        candidate.model_copy(update={"rounds": tuple(rounds)})
        for candidate, rounds in zip(record.candidates, filled, strict=True)
    )
    return settled(record.model_copy(update={"candidates": tuple(candidates)}), ended)


async def _fill(
    record: Record,
    place: int,
    done: list[Round],
    engine: Engine,
    critic: Engine,
    prompt_settings: PromptSettings,
    settings: ReviseSettings,
) -> None:
    """Add rounds to `done`, those of one candidate; where a request fails, what came before it is there."""
    if record.candidates[place].wordless:
        return
    pending = None
    if done and done[-1].revision is None and _wanted(done[-1], settings):
        pending = done.pop()
    while pending is not None or len(done) < settings.rounds:
        current = record.candidates[place].model_copy(update={"rounds": tuple(done)})
        with asking_for(f"candidate {place}, round {len(done) + 1}"):
            turn = pending or await _open_round(record, place, current, critic, prompt_settings, settings)
            pending = None
            done.append(turn)
            if _wanted(turn, settings):
                revision = await _rewrite(record, place, current, turn, engine, prompt_settings, settings)
                done[-1] = turn.model_copy(update={"revision": revision})


def _wanted(turn: Round, settings: ReviseSettings) -> bool:
    """Whether a round asks for a revision."""
    return settings.always or turn.critique is None or turn.faulted


async def _open_round(
    record: Record,
    place: int,
    candidate: Candidate,
    critic: Engine,
    prompt_settings: PromptSettings,
    settings: ReviseSettings,
) -> Round:
    if settings.critique:
        return await criticise(record, place, candidate, critic, prompt_settings, settings.critic_sampling)
    return Round(principle=prompt_settings.draw(record.id, place, candidate).ref)


async def _rewrite(
    record: Record,
    place: int,
    candidate: Candidate,
    turn: Round,
    engine: Engine,
    prompt_settings: PromptSettings,
    settings: ReviseSettings,
) -> Revision:
    """A revision of the latest text; a second one is asked for where the first cannot be used and another may
    (stages/tries.py). A text that was cut off did not fit, so its revision, cut off at the same limit, is not tried again.

    Only with `always` is there a flagged critique here: it is not shown, the principle alone asks (paper 3.5).
    """
    principle, answer = prompt_settings.constitution.find(turn.principle), candidate.text_after()
    critique = None if turn.critique is None or turn.critique.flags else turn.critique

    async def draw(attempt: int) -> Revision:
        seed = hashing.seed(prompt_settings.seed, record.id, place, len(candidate.rounds), "revise", attempt)
        sampling = replace(settings.sampling, seed=seed)
        request = prompt_settings.revision_request(record.prompt, answer, critique, principle, sampling)
        try:
            completion = await engine.complete(request)
        except RequestError as error:
            if error.kind not in ABOUT_THE_TEXT:
                raise
            return Revision(text="", raw=str(error), flags=(error.kind,))  # refused for this text alone
        return _revision(completion, answer, critique, asked=_asked(request, principle))

    fits = unfinished(candidate.endings()[-1]) != "truncated"
    return await better(draw, settings.sampling, settled=() if fits else ("truncated",))


def _asked(request: Request, principle: Principle) -> str:
    """What a request says to ask for a revision, without the conversation before it."""
    return principle.revision.request if request.text is not None else request.messages[-1].content


def _revision(completion: Completion, answer: str, critique: Critique | None, *, asked: str) -> Revision:
    """The revision in a model's words, cleaned, and flagged where it cannot be used (hygiene)."""
    text, cleaned = hygiene.clean(completion.text, answer)
    reason, said = completion.finish_reason, critique.text if critique else ""
    return Revision(
        text=text,
        finish_reason=reason,
        tokens=completion.tokens,
        raw=completion.text if cleaned else None,
        reasoning=completion.reasoning,
        cleaned=cleaned,
        flags=hygiene.flags(text, answer, critique=said, request=asked, finish_reason=reason),
    )
