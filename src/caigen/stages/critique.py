"""critique: Candidate -> Critique"""

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.errors import ABOUT_THE_TEXT, RequestError, asking_for
from caigen.hygiene import critique_flags
from caigen.records import Candidate, Critique, Record, Round, Verdict, settled
from caigen.stages.requests import PromptSettings
from caigen.stages.retry import better
from caigen.text.quotes import locate

OBJECTS = 32  # beginnings of an object that are looked at in one answer
_BEGINS = re.compile(r'\{\s*"')


class _Answer(BaseModel):
    """The JSON that a critique is asked for in."""

    text: str
    quotes: list[str]
    verdict: Verdict
    severity: int = Field(ge=0, le=3)

    @field_validator("verdict", mode="before")
    @classmethod
    def _word(cls, value: object) -> object:
        """`Violates` is `violates`."""
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("severity", mode="before")
    @classmethod
    def _number(cls, value: object) -> object:
        """`true` is no severity, though Python takes it for 1."""
        return str(value) if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _unicode(self) -> Self:
        """Half a surrogate pair (`\\ud800`) is JSON and no text: it could not be written."""
        "".join((self.text, *self.quotes)).encode()
        return self


async def critique(record: Record, engine: Engine, prompt_settings: PromptSettings, sampling: Sampling) -> Record:
    """Give every candidate with a word a critique of its latest text; one that waits for its revision already stays.

    Raises RequestError.
    """

    async def one(place: int, candidate: Candidate) -> Candidate:
        waits = candidate.rounds and candidate.rounds[-1].critique is not None and candidate.rounds[-1].waits
        if waits or candidate.wordless:
            return candidate
        with asking_for(f"candidate {place}, round {len(candidate.rounds) + 1}"):
            turn = await criticise(record, place, candidate, engine, prompt_settings, sampling)
        return candidate.model_copy(update={"rounds": (*candidate.rounds, turn)})

    ended = await asyncio.gather(*(one(*each) for each in enumerate(record.candidates)), return_exceptions=True)
    made = [
        before if isinstance(after, BaseException) else after
        for before, after in zip(record.candidates, ended, strict=True)
    ]
    return settled(record.model_copy(update={"candidates": tuple(made)}), ended)


async def criticise(
    record: Record,
    place: int,
    candidate: Candidate,
    engine: Engine,
    prompt_settings: PromptSettings,
    sampling: Sampling,
) -> Round:
    """The next round's critique of one candidate (`place` is its index). A second one is asked for where the first cannot be
    used and another may (stages/tries.py); what cannot be used then is kept with its flags, and so is a request that was
    refused for this text (`content_filter`, `too_long`), with what the engine said.

    Raises RequestError for all else.
    """
    principle = prompt_settings.draw(record.id, place, candidate)
    answer = candidate.text_after()

    async def draw(attempt: int) -> Critique:
        seed = hashing.seed(prompt_settings.seed, record.id, place, len(candidate.rounds), "critique", attempt)
        request = prompt_settings.critique_request(record.prompt, answer, principle, replace(sampling, seed=seed))
        try:
            completion = await engine.complete(request)
        except RequestError as error:
            if error.kind not in ABOUT_THE_TEXT:
                raise
            # refused for this text alone: the other candidates and later rounds go on
            return Critique(text="", verdict="unclear", raw=str(error), flags=(error.kind,))
        return read(completion, answer, request, structured=prompt_settings.structured)

    return Round(principle=principle.ref, critique=await better(draw, sampling))


def read(completion: Completion, answer: str, request: Request, *, structured: bool) -> Critique:
    """The critique of `answer` in a model's words, flagged where it cannot be used (critique_flags.py).

    One that cannot be read has no text; `raw` has the model's.
    """
    found = read_structured(completion, answer) if structured else read_free(completion)
    if found is None:
        free = None if structured else True
        found = Critique(text="", verdict="unclear", raw=completion.text, free=free, **_about(completion))
    asked = request.messages[-1].content if request.text is None else request.text
    return found.model_copy(update={"flags": critique_flags.flags(found, answer, request=asked)})


def read_structured(completion: Completion, answer: str) -> Critique | None:
    """A critique from its JSON, spans resolved against the criticised answer; None where it cannot be read.

    Code fences and words around the JSON are passed over. Nothing is mended: an object with a comma too many or a key
    twice is not read, nor are two objects that say different things.
    """
    readings: list[_Answer] = []
    for content in objects(completion.text):
        try:
            said = _Answer.model_validate(content)
        except ValidationError:
            continue
        if said not in readings:
            readings.append(said)
    if len(readings) != 1:
        return None
    said = readings[0]
    spans = [span for quote in said.quotes if (span := locate(quote, answer))]
    return Critique(
        text=said.text,
        verdict=said.verdict,
        severity=said.severity,
        spans=tuple(dict.fromkeys(spans)),
        quotes=tuple(said.quotes),
        **_about(completion),
    )


def objects(text: str) -> Iterator[dict[str, Any]]:
    """The JSON objects in a text, in order, the outermost ones; line breaks inside their strings are let pass."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_once)
    place = 0
    for _ in range(OBJECTS):
        start = _BEGINS.search(text, place)
        if start is None:
            return
        try:
            content, place = decoder.raw_decode(text, start.start())
            yield content
        except (ValueError, RecursionError):
            place = start.start() + 1


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object from its keys and values.

    Raises ValueError where a key stands twice: nobody knows which value was meant.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


def read_free(completion: Completion) -> Critique | None:
    """A critique in prose: it carries no verdict, so it never stops a revision; None where it is empty."""
    if not completion.text.strip():
        return None
    return Critique(text=completion.text, verdict="unclear", free=True, **_about(completion))


def _about(completion: Completion) -> dict[str, Any]:
    """What every critique keeps of the answer that it was read from."""
    return {
        "reasoning": completion.reasoning,
        "finish_reason": completion.finish_reason,
        "tokens": completion.tokens,
    }
