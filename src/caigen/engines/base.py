"""What stages and models exchange: `Request -> Completion`. Every engine, and every wrapper of one, is an `Engine`."""

import asyncio
import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self, TypeVar

from caigen.choices import MAX_TOKENS, THINK_TOKENS
from caigen.choices import Think as Think
from caigen.records import Message, Tokens

SHORT_ANSWER_TOKENS = 16  # a limit up to this leaves no room for a thought before the answer
MAX_TOKEN_COUNT = 1 << 40  # no request has as many tokens; a greater number is not a token count


@dataclass(frozen=True)
class Sampling:
    """How tokens are sampled. `max_tokens` limits completion tokens; with `ignore_eos` (vLLM in this process, for
    benchmarks) exactly that many are generated. `seed` makes a request repeatable.

    `think` says whether a reasoning model thinks before it answers. `on` and `off` say so themselves; `auto` leaves
    it to the chat template, except for requests that want a direct answer. With `on` the thought has `think_tokens`
    beside `max_tokens`.
    """

    max_tokens: int = MAX_TOKENS
    temperature: float = 1.0
    top_p: float = 1.0
    seed: int | None = None
    stop: tuple[str, ...] = ()
    ignore_eos: bool = False
    think: Think = "auto"
    think_tokens: int = THINK_TOKENS


@dataclass(frozen=True)
class Request:
    """One request to a model: chat messages, or a plain text to continue if `text` is set.

    `schema` is a JSON Schema (as text) that the answer must follow. With `choices` one token is generated, and the
    completion has the log-probability of each of these words as that token.
    """

    messages: tuple[Message, ...] = ()
    text: str | None = None
    sampling: Sampling = field(default_factory=Sampling)
    schema: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def wants_direct_answer(self) -> bool:
        """Whether the answer must come without a thought before it, unless `think` is `on`.

        A thought would stand where a word or JSON is expected, or use up the few tokens of a short answer.
        """
        return bool(self.choices or self.schema) or self.sampling.max_tokens <= SHORT_ANSWER_TOKENS


@dataclass(frozen=True)
class Completion:
    """The answer to a request. `finish_reason` is `stop`, `length`, `repetition` or a server's own word; `reasoning`
    is the model's thought before the answer.

    `choices` has the natural log-probability at temperature 1 of each requested word that the model's answer gives
    one for.
    """

    text: str
    finish_reason: str | None = None
    tokens: Tokens = field(default_factory=Tokens)
    reasoning: str | None = None
    choices: dict[str, float] = field(default_factory=dict)


def sum_by_word(logprobs: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Log-probability of each word: the probabilities of all tokens that spell it, spaces apart, are added."""
    totals: dict[str, float] = {}
    for token, logprob in logprobs:
        word = token.strip()
        totals[word] = _log_of_sum(totals.get(word, -math.inf), logprob)
    return totals


def _log_of_sum(one: float, other: float) -> float:
    """log(exp(one) + exp(other)). The exponent below is never positive, so nothing overflows."""
    high, low = max(one, other), min(one, other)
    if low > -math.inf:
        return high + math.log1p(math.exp(low - high))
    return high


def resolve(future: "asyncio.Future[Completion]", outcome: Completion | Exception) -> None:
    """Set a future's result or exception; does nothing if its waiter was cancelled meanwhile."""
    if future.done():
        return
    if isinstance(outcome, Exception):
        future.set_exception(outcome)
    else:
        future.set_result(outcome)


class Engine(Protocol):
    """Anything that answers requests.

    `model` is the model's name with its revision, `capacity` the number of requests it works on at once,
    `conversations` the number of conversations of usual length that its prefix cache holds. `left_out` names
    settings of its requests that it could not follow, such as `seed`.
    """

    model: str
    capacity: int
    conversations: int

    @property
    def left_out(self) -> frozenset[str]:
        """The settings of requests that were not followed."""
        ...

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError when this request cannot be answered, EngineError when no further request can.
        """
        ...

    def take_notes(self) -> list[str]:
        """Return lines for the user, each once."""
        ...

    async def close(self) -> None:
        """Release the model."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class BaseEngine:
    """What engines have in common: `async with engine` closes it, and its prefix cache counts as unlimited."""

    conversations: int = sys.maxsize

    @property
    def left_out(self) -> frozenset[str]:
        """Nothing; an engine that cannot follow a setting overrides this."""
        return frozenset()

    def take_notes(self) -> list[str]:
        """Return no lines; an engine that has something to tell overrides this."""
        return []

    async def close(self) -> None:
        """Release nothing; an engine that holds something overrides this."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


class Wrapper(BaseEngine):
    """An engine around an engine: has its model, capacity and cache, and passes every request on.

    A subclass overrides `complete`. `unwrap` looks for a layer.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.model, self.capacity, self.conversations = engine.model, engine.capacity, engine.conversations

    async def complete(self, request: Request) -> Completion:
        """Return the wrapped engine's answer. Raises what that engine raises."""
        return await self.engine.complete(request)

    @property
    def left_out(self) -> frozenset[str]:
        """What the wrapped engine could not follow."""
        return self.engine.left_out

    def take_notes(self) -> list[str]:
        """Return the wrapped engine's lines."""
        return self.engine.take_notes()

    async def close(self) -> None:
        """Close the wrapped engine."""
        await self.engine.close()


Layer = TypeVar("Layer")


def unwrap(engine: Engine, kind: type[Layer]) -> Layer | None:
    """Return the outermost layer of a class among an engine and those it wraps; None if no layer is of that class."""
    layer = engine
    while not isinstance(layer, kind):
        if not isinstance(layer, Wrapper):
            return None
        layer = layer.engine
    return layer
