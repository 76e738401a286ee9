"""sample: Record -> Record with n candidates"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.errors import RequestError
from caigen.records import Candidate, Record, settled, unfinished
from caigen.stages.retry import can_differ
from caigen.stages.templates import plain_text


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
    So is one without a word, whose finish reason is `empty` where the model ended it: no later stage works on it.
    Raises RequestError where no candidate has a word: `empty`, or why the first one ended, such as `truncated`.
    """
    missing = range(len(record.candidates), settings.candidates)
    greedy = settings.sampling.temperature == 0
    asked = missing[:1] if greedy else missing
    ended = await asyncio.gather(*(_draw(record, place, engine, settings) for place in asked), return_exceptions=True)
    drawn = [candidate for candidate in ended if isinstance(candidate, Candidate)]
    made = drawn * len(missing) if greedy else drawn
    if drawn and len(drawn) == len(ended) and all(one.wordless for one in (*record.candidates, *drawn)):
        raise _silence(drawn[0])
    return settled(record.model_copy(update={"candidates": (*record.candidates, *made)}), ended)


async def _draw(record: Record, place: int, engine: Engine, settings: SampleSettings) -> Candidate:
    """One answer; where it has no word and another draw may, a second one."""

    async def draw(attempt: int) -> Candidate:
        seed = hashing.seed(settings.seed, record.id, place, "sample", attempt)
        answer = await engine.complete(_request(record, replace(settings.sampling, seed=seed), plain=settings.plain))
        return _candidate(answer, attempt + 1)

    first = await draw(0)
    if first.wordless and can_differ((unfinished(first.finish_reason) or "",), settings.sampling):
        return await draw(1)
    return first


def _silence(candidate: Candidate) -> RequestError:
    """The error for a record of which no candidate has a word; it says of one why."""
    why = unfinished(candidate.finish_reason) or "empty"
    if why == "empty":
        return RequestError(why, "the model gave an empty answer")
    if why == "truncated":
        what = "the model's thought" if candidate.reasoning else "the answer"
        return RequestError(why, f"{what} was cut off by --max-tokens before it said a word")
    return RequestError(why, f"the answer ended with {candidate.finish_reason} before it said a word")


def _request(record: Record, sampling: Sampling, *, plain: bool) -> Request:
    if plain:
        return Request(
            text=plain_text(record.prompt) + "\n\nAssistant:", sampling=replace(sampling, stop=("\n\nHuman:",))
        )
    return Request(messages=record.prompt, sampling=sampling)


def _candidate(answer: Completion, tries: int) -> Candidate:
    """An answer as a candidate; one without a word is never whole."""
    silent = not answer.text.strip() and unfinished(answer.finish_reason) is None
    return Candidate(
        text=answer.text,
        finish_reason="empty" if silent else answer.finish_reason,
        tokens=answer.tokens,
        tries=tries if tries > 1 else None,
        reasoning=answer.reasoning,
    )
