"""critique: Candidate -> Critique"""

import json
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any, Self

from pydantic import BaseModel, Field, ValidationError, field_validator, model_validator

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.engines.schedule import working_on
from caigen.errors import ABOUT_THE_TEXT, RequestError, asking_for
from caigen.hygiene import critique_flags
from caigen.records import Candidate, Critique, Record, Round, Span, Verdict
from caigen.stages.each import each_candidate
from caigen.stages.requests import PromptSettings
from caigen.stages.retry import draw_better
from caigen.text.quotes import locate

MAX_OBJECTS = 32  # beginnings of a JSON object that are tried in one completion
_OBJECT_START = re.compile(r'\{\s*"')


class _Answer(BaseModel):
    """The JSON object that a critique is asked for in."""

    text: str
    quotes: list[str]
    verdict: Verdict
    severity: int = Field(ge=0, le=3)

    @field_validator("verdict", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        """`Violates` is `violates`."""
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("severity", mode="before")
    @classmethod
    def _refuse_bool(cls, value: object) -> object:
        """`true` is no severity, though Python takes it for 1; as a text it does not validate."""
        return str(value) if isinstance(value, bool) else value

    @model_validator(mode="after")
    def _refuse_half_pairs(self) -> Self:
        """Half a surrogate pair (`\\ud800`) is valid JSON but no text: it could not be written to a file."""
        "".join((self.text, *self.quotes)).encode()
        return self


async def critique(record: Record, engine: Engine, prompt_settings: PromptSettings, sampling: Sampling) -> Record:
    """Add a round with a critique of the latest text to each candidate.

    Blank candidates, and those with a critique that still awaits its revision, stay as they are.

    Raises RequestError.
    """

    async def work(index: int, candidate: Candidate) -> AsyncIterator[Candidate]:
        if candidate.is_blank or _has_open_critique(candidate):
            return
        number = len(candidate.rounds) + 1
        with asking_for(f"candidate {index}, round {number}"), working_on(f"round {number}"):
            round_ = await criticise(
                record, index, candidate, engine, prompt_settings=prompt_settings, sampling=sampling
            )
        yield candidate.model_copy(update={"rounds": (*candidate.rounds, round_)})

    return await each_candidate(record, work)


def _has_open_critique(candidate: Candidate) -> bool:
    """Whether the last round has a critique whose revision is still to be made."""
    if not candidate.rounds:
        return False
    last = candidate.rounds[-1]
    return last.critique is not None and last.awaits_revision


async def criticise(
    record: Record,
    index: int,
    candidate: Candidate,
    engine: Engine,
    *,
    prompt_settings: PromptSettings,
    sampling: Sampling,
) -> Round:
    """Return the next round of one candidate, with its critique; `index` is the candidate's.

    An unusable critique is drawn a second time if that may help (stages/retry.py), else kept with its flags. A request
    that the server refuses for its text (`content_filter`, `too_long`) gives a flagged critique with the error in
    `raw`.

    Raises RequestError for all other errors.
    """
    principle = prompt_settings.choose_principle(record.id, index, candidate)
    answer = candidate.text_after()

    async def draw(attempt: int) -> Critique:
        seed = hashing.seed(prompt_settings.seed, record.id, index, len(candidate.rounds), "critique", attempt)
        request = prompt_settings.critique_request(record.prompt, answer, principle, replace(sampling, seed=seed))
        try:
            completion = await engine.complete(request)
        except RequestError as error:
            if error.kind not in ABOUT_THE_TEXT:
                raise
            # refused for this text alone: the other candidates and later rounds go on
            return Critique(text="", verdict="unclear", raw=str(error), flags=(error.kind,))
        return read_critique(completion, answer, request, structured=prompt_settings.structured)

    return Round(principle=principle.ref, critique=await draw_better(draw, sampling))


def read_critique(completion: Completion, answer: str, request: Request, *, structured: bool) -> Critique:
    """Read the critique of `answer` from a completion and flag it if it is unusable (hygiene/critique_flags.py).

    `structured` says that it was asked for in JSON. An unreadable one has no text, and the completion's in `raw`.
    """
    if structured:
        critique = read_structured(completion, answer)
    else:
        critique = read_free(completion)
    if critique is None:
        free = None if structured else True
        critique = Critique(
            text="", verdict="unclear", raw=completion.text, free=free, **_completion_fields(completion)
        )
    request_text = request.messages[-1].content if request.text is None else request.text
    flags = critique_flags.flags(critique, answer, request=request_text)
    return critique.model_copy(update={"flags": flags})


def read_structured(completion: Completion, answer: str) -> Critique | None:
    """Read a critique from its JSON and find its quotes in `answer`; None if it cannot be read.

    Code fences and words around the JSON are ignored. Nothing is repaired: an object with a trailing comma or a
    repeated key is not read, nor are two objects with different content.
    """
    answers: list[_Answer] = []
    for content in json_objects(completion.text):
        try:
            parsed = _Answer.model_validate(content)
        except ValidationError:
            continue  # some other object, such as an example in a thought
        if parsed not in answers:
            answers.append(parsed)
    if len(answers) != 1:
        return None
    parsed = answers[0]
    return Critique(
        text=parsed.text,
        verdict=parsed.verdict,
        severity=parsed.severity,
        spans=_locate_quotes(parsed.quotes, answer),
        quotes=tuple(parsed.quotes),
        **_completion_fields(completion),
    )


def _locate_quotes(quotes: list[str], answer: str) -> tuple[Span, ...]:
    """The spans of those quotes that occur in the answer, each span once."""
    spans = filter(None, (locate(quote, answer) for quote in quotes))
    return tuple(dict.fromkeys(spans))


def json_objects(text: str) -> Iterator[dict[str, Any]]:
    """The outermost JSON objects in a text, in order; line breaks inside their strings are allowed."""
    decoder = json.JSONDecoder(strict=False, object_pairs_hook=_unique_keys)
    index = 0
    # bounded: each failed attempt may read to the end of the text
    for _ in range(MAX_OBJECTS):
        start = _OBJECT_START.search(text, index)
        if start is None:
            return
        try:
            content, index = decoder.raw_decode(text, start.start())
            yield content
        except (ValueError, RecursionError):
            index = start.start() + 1  # no object after all: look for the next beginning


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Make an object of its keys and values.

    Raises ValueError for a repeated key: nobody knows which value was meant.
    """
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key stands twice")
    return content


def read_free(completion: Completion) -> Critique | None:
    """Read a critique in prose; None if it is empty. It has no verdict, so a revision always follows."""
    if not completion.text.strip():
        return None
    return Critique(text=completion.text, verdict="unclear", free=True, **_completion_fields(completion))


def _completion_fields(completion: Completion) -> dict[str, Any]:
    """The fields that every critique keeps of its completion."""
    return {
        "reasoning": completion.reasoning,
        "finish_reason": completion.finish_reason,
        "tokens": completion.tokens,
    }
