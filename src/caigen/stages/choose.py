"""choose, spread: Request that ends in one of some words -> how likely each word is"""

import asyncio
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from caigen import draws
from caigen.engines.base import Engine, Request, Sampling
from caigen.records import Message

SHORT = 8  # tokens of an answer that is read as text
Words = tuple[str, str]


@dataclass(frozen=True)
class Chosen:
    """`p` is the probability of the first word given that one of both comes, None where neither can be read; `mass` the
    probability that one of both comes. `samples` is 0 where they are from log-probabilities, else how often was asked.
    """

    p: float | None
    mass: float
    samples: int = 0


@dataclass(frozen=True)
class Spread:
    """`shares` are the words' probabilities given that one of them comes, None where none can be read; `mass` and `samples`
    as of `Chosen`.
    """

    shares: dict[str, float] | None
    mass: float
    samples: int = 0


async def choose(
    engine: Engine, messages: Sequence[Message], words: Words, *, samples: int, seed: tuple[object, ...]
) -> Chosen:
    """The probability of the first of two words.

    Raises RequestError.
    """
    found = await spread(engine, messages, words, samples=samples, seed=seed)
    return Chosen(found.shares[words[0]] if found.shares else None, found.mass, found.samples)


async def spread(
    engine: Engine, messages: Sequence[Message], words: Sequence[str], *, samples: int, seed: tuple[object, ...]
) -> Spread:
    """One token's log-probabilities (paper 4.1); where the engine gives none, `samples` answers at temperature 1.

    Raises RequestError.
    """
    asked = Request(messages=tuple(messages), sampling=Sampling(max_tokens=1, temperature=0.0), choices=tuple(words))
    found = (await engine.complete(asked)).choices
    if found:
        shares = {word: math.exp(found.get(word, -math.inf)) for word in words}
        mass = sum(shares.values())
        if not math.isfinite(mass) or mass <= 0:
            return Spread(None, mass if math.isfinite(mass) else 0.0)
        return Spread({word: share / mass for word, share in shares.items()}, mass)
    drawn = await asyncio.gather(
        *(
            engine.complete(
                Request(
                    messages=tuple(messages),
                    sampling=Sampling(max_tokens=SHORT, temperature=1.0, seed=draws.seed(*seed, number)),
                )
            )
            for number in range(samples)
        )
    )
    said = [word for answer in drawn if (word := read(answer.text, words))]
    counted = {word: said.count(word) / len(said) for word in words} if said else None
    return Spread(counted, len(said) / samples, samples)


def read(text: str, words: Sequence[str]) -> str | None:
    """The word that an answer begins with, alone or in marks such as `(A)` or `**A**`; None where it is neither."""
    found = re.match(r"\W*(\w+)", text)
    return next((word for word in words if found and found[1] == word), None)
