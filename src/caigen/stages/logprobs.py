"""choose, spread: Request that ends in one of some words -> how likely each word is"""

import asyncio
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.records import Message, unfinished
from caigen.stages.votes import read

SHORT = 16  # tokens of an answer that is read as text
ROUNDING = 1e-3  # how far above 0 a log-probability may lie; what lies higher is none
Words = tuple[str, str]


@dataclass(frozen=True)
class ChoiceProbs:
    """How likely the first of two words is.

    `p` is its probability given that one of both comes, None where neither can be read; `mass` the probability that one of both
    comes. `samples` is 0 where they are from log-probabilities, else how often was asked; `votes` are then the answers that could
    be read, in the order in which they were asked for, True for the first word. `no_reasons` counts reasonings that were none.
    """

    p: float | None
    mass: float
    samples: int = 0
    votes: tuple[bool, ...] = ()
    no_reasons: int = 0


@dataclass(frozen=True)
class Spread:
    """`shares` are the words' probabilities given that one of them comes, None where none can be read; `mass` and `samples`
    as of `Chosen`, `said` the words of the answers that could be read.
    """

    shares: dict[str, float] | None
    mass: float
    samples: int = 0
    said: tuple[str, ...] = ()


def settings_hash(how: Mapping[str, object]) -> str:
    """A short name for how a judge is asked and read; equal for equal settings."""
    return hashlib.sha256(json.dumps(how, sort_keys=True, default=str).encode()).hexdigest()[:16]


async def choose(
    engine: Engine,
    messages: Sequence[Message],
    words: Words,
    *,
    samples: int,
    seed: tuple[object, ...],
    sampling: Sampling | None = None,
) -> ChoiceProbs:
    """The probability of the first of two words; arguments as of `spread`.

    Raises RequestError.
    """
    found = await spread(engine, messages, words, samples=samples, seed=seed, sampling=sampling)
    votes = tuple(word == words[0] for word in found.said)
    return ChoiceProbs(found.shares[words[0]] if found.shares else None, found.mass, found.samples, votes)


async def spread(
    engine: Engine,
    messages: Sequence[Message],
    words: Sequence[str],
    *,
    samples: int,
    seed: tuple[object, ...],
    sampling: Sampling | None = None,
) -> Spread:
    """One token's log-probabilities (paper 4.1); where the engine gives none, `samples` short answers at temperature 1.

    `sampling` is the judge's: whether it thinks first is taken from it, all else follows from what is asked.

    Raises RequestError.
    """
    role = replace(sampling or Sampling(), top_p=1.0, stop=(), seed=None, ignore_eos=False)
    asked = Request(
        messages=tuple(messages), sampling=replace(role, max_tokens=1, temperature=0.0), choices=tuple(words)
    )
    found = (await engine.complete(asked)).choices
    if found:
        return _of_logprobs(found, words)
    drawn = await asyncio.gather(
        *(
            engine.complete(
                Request(
                    messages=tuple(messages),
                    sampling=replace(role, max_tokens=SHORT, temperature=1.0, seed=hashing.seed(*seed, number)),
                )
            )
            for number in range(samples)
        )
    )
    said = tuple(word for answer in drawn if (word := _word(answer, words)))
    counted = {word: said.count(word) / len(said) for word in words} if said else None
    return Spread(counted, len(said) / samples, samples, said)


def _of_logprobs(found: Mapping[str, float], words: Sequence[str]) -> Spread:
    """The words' shares; none where a server's numbers cannot be log-probabilities."""
    given = [found.get(word, -math.inf) for word in words]
    if any(math.isnan(logprob) or logprob > ROUNDING for logprob in given):
        return Spread(None, 0.0)
    shares = {word: math.exp(logprob) for word, logprob in zip(words, given, strict=True)}
    mass = sum(shares.values())
    if mass <= 0:
        return Spread(None, 0.0)
    return Spread({word: share / mass for word, share in shares.items()}, min(1.0, mass))


def _word(answer: Completion, words: Sequence[str]) -> str | None:
    """The word that a short answer votes for; at the end of one that was cut off the word may go on.

    Short as it is, it may be cut off at its limit; what a filter, an error or a refusal ended is no vote.
    """
    ended = unfinished(answer.finish_reason)
    if ended not in (None, "no_finish_reason", "truncated"):
        return None
    return read(answer.text, words, whole=ended != "truncated")
