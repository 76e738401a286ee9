"""sample: Record -> Record with n candidates"""

import asyncio
from dataclasses import dataclass, field, replace

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.engines.schedule import working_on
from caigen.errors import RequestError
from caigen.records import Candidate, Record, unfinished
from caigen.stages.each import raise_first_error
from caigen.stages.retry import RETRIES, attempts, can_differ
from caigen.stages.templates import plain_text


@dataclass(frozen=True)
class SampleSettings:
    """How many candidates a record gets, how they are drawn, and whether the prompt is sent as plain text."""

    candidates: int = 1
    sampling: Sampling = field(default_factory=Sampling)
    seed: int = 0
    plain: bool = False


async def sample(record: Record, engine: Engine, settings: SampleSettings) -> Record:
    """Add candidates up to `settings.candidates`; existing ones stay.

    A greedy model is asked once for all of them, since its answers are equal. An incomplete answer is kept with its
    finish reason: `revise` may still repair it, and no export takes it. A blank answer is kept beside others; it has
    the finish reason `empty` if the model ended it itself, and no later stage works on it.

    Raises RequestError if all candidates are blank: `empty`, or why the first one ended, such as `truncated`.
    """
    # the index of a candidate is part of its seed, so that more candidates later are new ones
    missing = range(len(record.candidates), settings.candidates)
    greedy = settings.sampling.temperature == 0
    indices = missing[:1] if greedy else missing
    draws = (_draw_candidate(record, index, engine, settings) for index in indices)
    results = await asyncio.gather(*draws, return_exceptions=True)
    drawn = [result for result in results if isinstance(result, Candidate)]
    candidates = (*record.candidates, *drawn)
    nothing_failed = len(drawn) == len(results)
    if drawn and nothing_failed and all(candidate.is_blank for candidate in candidates):
        raise _blank_error(drawn[0])
    if greedy:
        candidates = (*record.candidates, *drawn * len(missing))
    reached = record.model_copy(update={"candidates": candidates})
    raise_first_error(results, reached)
    return reached


async def _draw_candidate(record: Record, index: int, engine: Engine, settings: SampleSettings) -> Candidate:
    """Sample one answer; draw again if it is blank and another seed can change that."""

    async def draw(attempt: int) -> Candidate:
        seed = hashing.seed(settings.seed, record.id, index, "sample", attempt)
        request = _request(record, replace(settings.sampling, seed=seed), plain=settings.plain)
        return _candidate(await engine.complete(request), tries=attempt + 1)

    with working_on("answers"):
        best = await draw(0)
        for attempt in attempts():
            ending = unfinished(best.finish_reason) or ""
            # an answer that is cut off is kept as it is, unless the user has it asked again
            wanted = best.is_blank or (ending and RETRIES.get())
            if not wanted or not can_differ((ending,), settings.sampling):
                break
            drawn = await draw(attempt)
            better = _defects(drawn) < _defects(best)
            best = (drawn if better or best.is_blank else best).model_copy(update={"tries": attempt + 1})
        return best


def _defects(candidate: Candidate) -> tuple[bool, bool]:
    """Sort key, best first: with a word before blank, then complete before incomplete."""
    return candidate.is_blank, unfinished(candidate.finish_reason) is not None


def _blank_error(candidate: Candidate) -> RequestError:
    """The error for a record with blank candidates only; it says why one of them is blank."""
    reason = unfinished(candidate.finish_reason) or "empty"
    if reason == "empty":
        return RequestError(reason, "the model gave an empty answer")
    if reason == "truncated":
        part = "the model's thought" if candidate.reasoning else "the answer"
        return RequestError(reason, f"{part} was cut off by --max-tokens before it said a word")
    return RequestError(reason, f"the answer ended with {candidate.finish_reason} before it said a word")


def _request(record: Record, sampling: Sampling, *, plain: bool) -> Request:
    if not plain:
        return Request(messages=record.prompt, sampling=sampling)
    # a base model may go on with the next question: it stops there
    text = plain_text(record.prompt) + "\n\nAssistant:"
    return Request(text=text, sampling=replace(sampling, stop=("\n\nHuman:",)))


def _candidate(completion: Completion, *, tries: int) -> Candidate:
    """Make a candidate of a completion; a blank one that the model ended itself gets the finish reason `empty`."""
    is_blank = not completion.text.strip()
    is_empty = is_blank and unfinished(completion.finish_reason) is None
    return Candidate(
        text=completion.text,
        finish_reason="empty" if is_empty else completion.finish_reason,
        tokens=completion.tokens,
        tries=tries if tries > 1 else None,
        reasoning=completion.reasoning,
    )
