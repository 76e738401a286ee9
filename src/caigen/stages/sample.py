"""sample: Record -> Record with n candidates"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import draws
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.errors import RequestError
from caigen.records import Candidate, Record, settled, unfinished
from caigen.stages.prompts import plain_text


@dataclass(frozen=True)
class SampleSettings:
    """How many candidates, how they are drawn, and whether the prompt goes as chat or as plain text."""

    candidates: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    plain: bool = False


async def sample(record: Record, engine: Engine, settings: SampleSettings) -> Record:
    """Add candidates up to the number asked for; those that are there stay.

    Raises RequestError, `empty` where the model says nothing twice, `truncated` where it never ends its thought.
    """
    missing = range(len(record.candidates), settings.candidates)
    ended = await asyncio.gather(*(_draw(record, place, engine, settings) for place in missing), return_exceptions=True)
    drawn = [candidate for candidate in ended if isinstance(candidate, Candidate)]
    return settled(record.model_copy(update={"candidates": (*record.candidates, *drawn)}), ended)


async def _draw(record: Record, place: int, engine: Engine, settings: SampleSettings) -> Candidate:
    for attempt in range(1 if settings.sampling.temperature == 0 else 2):
        seed = draws.seed(settings.seed, record.id, place, "sample", attempt)
        answer = await engine.complete(_request(record, replace(settings.sampling, seed=seed), plain=settings.plain))
        if answer.text:
            return _candidate(answer)
    if unfinished(answer.finish_reason):
        raise RequestError("truncated", "the model's thought was cut off by --max-tokens before it answered")
    raise RequestError("empty", "the model gave an empty answer")


def _request(record: Record, sampling: Sampling, *, plain: bool) -> Request:
    if plain:
        return Request(
            text=plain_text(record.prompt) + "\n\nAssistant:", sampling=replace(sampling, stop=("\n\nHuman:",))
        )
    return Request(messages=record.prompt, sampling=sampling)


def _candidate(answer: Completion) -> Candidate:
    return Candidate(
        text=answer.text, finish_reason=answer.finish_reason, tokens=answer.tokens, reasoning=answer.reasoning
    )
