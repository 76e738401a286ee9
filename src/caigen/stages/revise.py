"""revise: Candidate -> Candidate with its rounds filled up"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import draws, hygiene
from caigen.engines.base import Completion, Engine, Sampling
from caigen.records import Candidate, Critique, Record, Revision, Round, settled
from caigen.stages.critique import criticise
from caigen.stages.prompts import Brief


@dataclass(frozen=True)
class ReviseSettings:
    """Rounds in all, and whether a text that complies is revised too (`always`) or no critique is asked for (paper 3.5)."""

    rounds: int = 1
    always: bool = False
    critique: bool = True
    sampling: Sampling = field(default_factory=Sampling)
    critic_sampling: Sampling = field(default_factory=Sampling)


async def revise(record: Record, engine: Engine, critic: Engine, brief: Brief, settings: ReviseSettings) -> Record:
    """Bring every candidate to the number of rounds asked for; a critique that is there already is used first.

    Raises RequestError.
    """
    rounds = min(settings.rounds, len(brief.principles)) if brief.select == "all" else settings.rounds
    settings = replace(settings, rounds=rounds)
    filled = [list(candidate.rounds) for candidate in record.candidates]
    jobs = (_fill(record, place, filled[place], engine, critic, brief, settings) for place in range(len(filled)))
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
    brief: Brief,
    settings: ReviseSettings,
) -> None:
    """Add rounds to `done`, those of one candidate; where a request fails, what came before it is there."""
    pending = None
    if done and done[-1].revision is None and _wanted(done[-1].critique, settings):
        pending = done.pop()
    while pending is not None or len(done) < settings.rounds:
        current = record.candidates[place].model_copy(update={"rounds": tuple(done)})
        turn = pending or await _open_round(record, place, current, critic, brief, settings)
        pending = None
        done.append(turn)
        if _wanted(turn.critique, settings):
            revision = await _rewrite(record, place, current, turn, engine, brief, settings)
            done[-1] = turn.model_copy(update={"revision": revision})


def _wanted(critique: Critique | None, settings: ReviseSettings) -> bool:
    return settings.always or critique is None or critique.verdict != "complies"


async def _open_round(
    record: Record, place: int, candidate: Candidate, critic: Engine, brief: Brief, settings: ReviseSettings
) -> Round:
    if settings.critique:
        return await criticise(record, place, candidate, critic, brief, settings.critic_sampling)
    return Round(principle=brief.draw(record.id, place, candidate).ref)


async def _rewrite(
    record: Record,
    place: int,
    candidate: Candidate,
    turn: Round,
    engine: Engine,
    brief: Brief,
    settings: ReviseSettings,
) -> Revision:
    """A revision of the latest text; where it is unusable and another draw may differ, one more try."""
    principle, answer = brief.constitution.find(turn.principle), candidate.text_after()
    for attempt in range(2):
        seed = draws.seed(brief.seed, record.id, place, len(candidate.rounds), "revise", attempt)
        request = brief.revision_request(
            record.prompt, answer, turn.critique, principle, replace(settings.sampling, seed=seed)
        )
        completion = await engine.complete(request)
        revision = _revision(completion, answer, turn.critique)
        if not revision.flags or settings.sampling.temperature == 0:
            break
    return revision


def _revision(completion: Completion, answer: str, critique: Critique | None) -> Revision:
    text, cleaned = hygiene.clean(completion.text, answer)
    flags = hygiene.flags(
        text, answer, critique=critique.text if critique else "", finish_reason=completion.finish_reason
    )
    return Revision(
        text=text,
        finish_reason=completion.finish_reason,
        tokens=completion.tokens,
        raw=completion.text if cleaned else None,
        reasoning=completion.reasoning,
        cleaned=cleaned,
        flags=flags,
    )
