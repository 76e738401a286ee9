"""sample: Record -> Record with n candidates"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import draws
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.errors import RequestError
from caigen.records import Candidate, Record, settled, unfinished
from caigen.stages.prompts import plain_text
from caigen.stages.tries import can_differ


@dataclass(frozen=True)
class SampleSettings:
    """How many candidates, how they are drawn, and whether the prompt goes as chat or as plain text."""

    candidates: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    plain: bool = False


async def sample(record: Record, engine: Engine, settings: SampleSettings) -> Record:
    """Add candidates up to the number asked for; those that are there stay. A greedy model is asked once for all of them,
    since its answers are equal.

    An answer that does not end by itself is kept with its finish reason; `revise` may still mend it, and no export takes it.
    Raises RequestError for an answer without a word: `empty`, or why it ended, such as `truncated` or `content_filter`.
    """
    missing = range(len(record.candidates), settings.candidates)
    greedy = settings.sampling.temperature == 0
    asked = missing[:1] if greedy else missing
    ended = await asyncio.gather(*(_draw(record, place, engine, settings) for place in asked), return_exceptions=True)
    drawn = [candidate for candidate in ended if isinstance(candidate, Candidate)]
    made = drawn * len(missing) if greedy else drawn
    return settled(record.model_copy(update={"candidates": (*record.candidates, *made)}), ended)


async def _draw(record: Record, place: int, engine: Engine, settings: SampleSettings) -> Candidate:
    """One answer; where it has no word and another draw may, a second one."""
    for attempt in range(2):
        seed = draws.seed(settings.seed, record.id, place, "sample", attempt)
        answer = await engine.complete(_request(record, replace(settings.sampling, seed=seed), plain=settings.plain))
        if answer.text.strip():
            return _candidate(answer, attempt + 1)
        why = unfinished(answer.finish_reason) or "empty"
        if not can_differ((why,), settings.sampling):
            break
    raise RequestError(why, _silence(answer, why))


def _silence(answer: Completion, why: str) -> str:
    """The message for an answer without a word."""
    if why == "empty":
        return "the model gave an empty answer"
    if why == "truncated":
        what = "the model's thought" if answer.reasoning else "the answer"
        return f"{what} was cut off by --max-tokens before it said a word"
    return f"the answer ended with {answer.finish_reason} before it said a word"


def _request(record: Record, sampling: Sampling, *, plain: bool) -> Request:
    if plain:
        return Request(
            text=plain_text(record.prompt) + "\n\nAssistant:", sampling=replace(sampling, stop=("\n\nHuman:",))
        )
    return Request(messages=record.prompt, sampling=sampling)


def _candidate(answer: Completion, tries: int) -> Candidate:
    return Candidate(
        text=answer.text,
        finish_reason=answer.finish_reason,
        tokens=answer.tokens,
        tries=tries if tries > 1 else None,
        reasoning=answer.reasoning,
    )
