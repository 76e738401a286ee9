"""What a stage asks of a model and what it gets: `Request -> Completion`. All engines and their wrappers keep to `Engine`."""

import asyncio
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Literal, Protocol, Self

from caigen.records import Message, Tokens

Think = Literal["auto", "on", "off"]
NO_ROOM = 16  # tokens in which no thought has room beside its answer


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn. `seed` makes one request repeatable; `max_tokens` counts completion tokens, and with
    `ignore_eos` (vLLM in this process, for benchmarks) there are just so many.

    `think` says whether a reasoning model thinks before it answers: `auto` as its chat template does by itself (not where the
    answer is wanted `at_once`), `on` or `off`. With `on` the thought has `think_tokens` beside `max_tokens`.
    """

    max_tokens: int = 512
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False
    think: Think = "auto"
    think_tokens: int = 2048


@dataclass(frozen=True)
class Request:
    """One question to a model: chat messages, or one text to continue where `text` is set.

    `schema` is a JSON Schema (as text) the answer must keep to. With `choices` one token is drawn, and the
    log-probability of each of these words as that token comes back.
    """

    messages: tuple[Message, ...] = ()
    text: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    schema: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def at_once(self) -> bool:
        """Whether no thought may come first unless `think` is `on`: it would stand where words or JSON are looked for, or
        leave no room for an answer of a few tokens.
        """
        return bool(self.choices or self.schema) or self.sampling.max_tokens <= NO_ROOM


@dataclass(frozen=True)
class Completion:
    """One answer; `finish_reason` is `stop`, `length` or `repetition`, `reasoning` what the model thought before it answered.

    `choices` holds natural log-probabilities at temperature 1 of the words that were asked for and found.
    """

    text: str
    finish_reason: str | None = None
    tokens: Tokens = field(default_factory=Tokens)
    reasoning: str | None = None
    choices: dict[str, float] = field(default_factory=dict)


def summed(tokens: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Log-probabilities by word, those of the tokens that spell it with and without spaces taken together."""
    found: dict[str, float] = {}
    for text, logprob in tokens:
        word, before = text.strip(), found.get(text.strip(), -math.inf)
        high, low = max(before, logprob), min(before, logprob)
        found[word] = high + math.log1p(math.exp(low - high)) if low > -math.inf else high
    return found


def settle(future: "asyncio.Future[Completion]", outcome: Completion | Exception) -> None:
    """Give a future its outcome, unless who waited has gone."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


class Engine(Protocol):
    """Whoever answers requests. `model` names it with its revision, `capacity` is how many requests it takes at once,
    `conversations` how many of usual length its cache holds.
    """

    model: str
    capacity: int
    conversations: int

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError when this request cannot be answered, EngineError when none can be any more.
        """
        ...

    async def close(self) -> None:
        """Let go of the model."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Closing:
    """What engines have in common: `async with engine` closes it, and its cache, where nothing is known of it, is endless."""

    conversations: int = sys.maxsize

    async def close(self) -> None:
        """Nothing to let go of."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
