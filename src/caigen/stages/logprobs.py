"""ask_choice: a question that is answered by one of some words -> how likely each word is"""

import asyncio
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from caigen import hashing
from caigen.engines.base import Completion, Engine, Request, Sampling
from caigen.records import Message, unfinished
from caigen.stages.votes import read_vote

MAX_ANSWER_TOKENS = 16  # of an answer that is read as text
MAX_LOGPROB = 1e-3  # a log-probability is at most 0; servers round it up by less than this


@dataclass(frozen=True)
class ChoiceProbs:
    """How likely a judge answers a question with each of some words.

    `probs` has the probability of each word given that one of them comes, None if no answer could be read. `mass` is
    the probability that one of them comes. `samples` is the number of sampled answers, 0 if log-probabilities were
    read. `votes` are the words of those answers that could be read, in the order of the requests. `no_reasons` counts
    reasonings that were empty or cut off, so that no word was asked for.
    """

    probs: Mapping[str, float] | None
    mass: float
    samples: int = 0
    votes: tuple[str, ...] = ()
    no_reasons: int = 0

    def prob(self, word: str) -> float | None:
        """The probability of one word, None if no answer could be read."""
        return None if self.probs is None else self.probs[word]


def settings_hash(settings: Mapping[str, object]) -> str:
    """How a judge is asked and read -> a short hash, equal for equal settings."""
    return hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()[:16]


async def ask_choice(
    engine: Engine,
    messages: Sequence[Message],
    words: Sequence[str],
    *,
    samples: int,
    seed: tuple[object, ...],
    sampling: Sampling | None = None,
) -> ChoiceProbs:
    """Read the log-probabilities of one token (paper 4.1), or if the engine has none, sample short answers.

    `samples` is the number of sampled answers, at temperature 1; `seed` are the parts of their seeds. Of `sampling`
    only whether the judge thinks first is used.

    Raises RequestError.
    """
    judge_sampling = replace(sampling or Sampling(), top_p=1.0, stop=(), seed=None, ignore_eos=False)
    one_token = replace(judge_sampling, max_tokens=1, temperature=0.0)
    completion = await engine.complete(Request(messages=tuple(messages), sampling=one_token, choices=tuple(words)))
    # an engine that cannot give log-probabilities answers with a text and no choices
    if completion.choices:
        return _from_logprobs(completion.choices, words)

    short = replace(judge_sampling, max_tokens=MAX_ANSWER_TOKENS, temperature=1.0)

    async def draw(number: int) -> Completion:
        drawn = replace(short, seed=hashing.seed(*seed, number))
        return await engine.complete(Request(messages=tuple(messages), sampling=drawn))

    return _from_answers(await asyncio.gather(*map(draw, range(samples))), words)


def _from_logprobs(logprobs: Mapping[str, float], words: Sequence[str]) -> ChoiceProbs:
    """Normalize the words' log-probabilities; unread if the numbers cannot be log-probabilities."""
    values = [logprobs.get(word, -math.inf) for word in words]
    if any(math.isnan(value) or value > MAX_LOGPROB for value in values):
        return ChoiceProbs(None, 0.0)
    probs = list(map(math.exp, values))
    mass = sum(probs)
    if mass <= 0:
        return ChoiceProbs(None, 0.0)
    return ChoiceProbs({word: prob / mass for word, prob in zip(words, probs, strict=True)}, min(1.0, mass))


def _from_answers(answers: Sequence[Completion], words: Sequence[str]) -> ChoiceProbs:
    """Count the votes of sampled answers; an answer that cannot be read takes away from the mass."""
    votes = tuple(filter(None, (_vote(answer, words) for answer in answers)))
    probs = None
    if votes:
        probs = {word: votes.count(word) / len(votes) for word in words}
    return ChoiceProbs(probs, len(votes) / len(answers), len(answers), votes)


def _vote(answer: Completion, words: Sequence[str]) -> str | None:
    """The word that a short answer votes for, None if it cannot be read.

    An answer that its token limit cut off may be read, but a word at its very end may go on. An answer that was ended
    by a filter, an error or a refusal is no vote.
    """
    reason = unfinished(answer.finish_reason)
    if reason not in (None, "no_finish_reason", "truncated"):
        return None
    return read_vote(answer.text, words, complete=reason != "truncated")
