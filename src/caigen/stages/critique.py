"""critique: Candidate -> Critique"""

import asyncio
import re
from dataclasses import replace

import orjson
from pydantic import BaseModel, Field, ValidationError

from caigen import draws
from caigen.constitution.model import Principle
from caigen.engines.base import Completion, Engine, Sampling
from caigen.errors import RequestError
from caigen.quotes import locate
from caigen.records import Candidate, Critique, Record, Round, Verdict, settled, unfinished
from caigen.stages.prompts import Brief


class _Answer(BaseModel):
    text: str = Field(min_length=1)
    quotes: list[str]
    verdict: Verdict
    severity: int = Field(ge=0, le=3)


async def critique(record: Record, engine: Engine, brief: Brief, sampling: Sampling) -> Record:
    """Give every candidate a critique of its latest text; one that waits for its revision already stays.

    Raises RequestError.
    """

    async def one(place: int, candidate: Candidate) -> Candidate:
        if candidate.rounds and candidate.rounds[-1].revision is None and candidate.rounds[-1].critique is not None:
            return candidate
        turn = await criticise(record, place, candidate, engine, brief, sampling)
        return candidate.model_copy(update={"rounds": (*candidate.rounds, turn)})

    ended = await asyncio.gather(*(one(*each) for each in enumerate(record.candidates)), return_exceptions=True)
    made = [
        before if isinstance(after, BaseException) else after
        for before, after in zip(record.candidates, ended, strict=True)
    ]
    return settled(record.model_copy(update={"candidates": tuple(made)}), ended)


async def criticise(
    record: Record, place: int, candidate: Candidate, engine: Engine, brief: Brief, sampling: Sampling
) -> Round:
    """The next round's critique of one candidate (`place` is its index).

    Raises RequestError `critique_unparsed` or `critique_empty` where no readable critique comes in two tries (one where
    the second would say the same).
    """
    principle = brief.draw(record.id, place, candidate)
    answer = candidate.text_after()
    for attempt in range(1 if sampling.temperature == 0 else 2):
        seed = draws.seed(brief.seed, record.id, place, len(candidate.rounds), "critique", attempt)
        request = brief.critique_request(record.prompt, answer, principle, replace(sampling, seed=seed))
        completion = await engine.complete(request)
        read = read_structured(completion, answer) if brief.structured else read_free(completion)
        if read is not None:
            return Round(principle=principle.ref, critique=read)
    raise _unreadable(principle, completion, structured=brief.structured)


def read_structured(completion: Completion, answer: str) -> Critique | None:
    """A critique from its JSON, spans resolved against the criticised answer; None where it cannot be read."""
    raw = completion.text.strip()
    raw = re.sub(r"^```(?:json)?\s*|\s*```$", "", raw)
    try:
        found = _Answer.model_validate(orjson.loads(raw[raw.find("{") : raw.rfind("}") + 1]))
    except (orjson.JSONDecodeError, ValidationError):
        return None
    spans = [span for quote in found.quotes if (span := locate(quote, answer))]
    return Critique(
        text=found.text,
        verdict=found.verdict,
        severity=found.severity,
        spans=tuple(dict.fromkeys(spans)),
        quotes=tuple(found.quotes),
        reasoning=completion.reasoning,
        finish_reason=completion.finish_reason,
        tokens=completion.tokens,
    )


def read_free(completion: Completion) -> Critique | None:
    """A critique in prose: it carries no verdict, so it never stops a revision; None where it is empty."""
    if not completion.text:
        return None
    return Critique(
        text=completion.text,
        verdict="unclear",
        free=True,
        reasoning=completion.reasoning,
        finish_reason=completion.finish_reason,
        tokens=completion.tokens,
    )


def _unreadable(principle: Principle, completion: Completion, *, structured: bool) -> RequestError:
    if not structured:
        return RequestError("critique_empty", f"{principle.ref}: the critic said nothing")
    if unfinished(completion.finish_reason):
        what = "thought" if completion.reasoning and not completion.text else "critique"
        return RequestError("critique_truncated", f"{principle.ref}: the {what} was cut off by --max-tokens")
    return RequestError(
        "critique_unparsed", f"{principle.ref}: the critique is not the JSON asked for: {completion.text[:60]!r}"
    )
