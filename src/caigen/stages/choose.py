"""choose: Request that ends in one of two words -> how likely the first word is"""

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


async def choose(
    engine: Engine, messages: Sequence[Message], words: Words, *, samples: int, seed: tuple[object, ...]
) -> Chosen:
    """One token's log-probabilities (paper 4.1); where the engine gives none, `samples` answers at temperature 1.

    Raises RequestError.
    """
    asked = Request(messages=tuple(messages), sampling=Sampling(max_tokens=1, temperature=0.0), choices=words)
    found = (await engine.complete(asked)).choices
    if found:
        first, second = (math.exp(found.get(word, -math.inf)) for word in words)
        mass = first + second
        readable = math.isfinite(mass) and mass > 0
        return Chosen(first / mass if readable else None, mass if math.isfinite(mass) else 0.0)
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
    return Chosen(said.count(words[0]) / len(said) if said else None, len(said) / samples, samples)


def read(text: str, words: Words) -> str | None:
    """The word that an answer begins with, alone or in marks such as `(A)` or `**A**`; None where it is neither."""
    found = re.match(r"\W*(\w+)", text)
    return next((word for word in words if found and found[1] == word), None)
