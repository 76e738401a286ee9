"""score: Candidate -> Candidate with a reward for its texts"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from caigen.constitution.model import Principle
from caigen.engines.base import Engine
from caigen.pairs import Address, texts
from caigen.records import Candidate, Message, Record, Score, settled
from caigen.stages.choose import Chosen, Spread, choose, spread
from caigen.stages.prompts import Brief, rating_prompt, verdict_prompt

ANSWERS = ("Yes", "No")  # to: does the text break the rule?
SEVERITY = {"low": 0.5, "medium": 1.0, "high": 2.0, "critical": 4.0}


@dataclass(frozen=True)
class ScoreSettings:
    """Which texts of a candidate are scored, the last or all; `min_mass` and `samples` as in labels.

    With `scale` the judge rates how well a text follows each rule from 1 to so many, instead of saying Yes or No.
    """

    which: Literal["last", "all"] = "last"
    min_mass: float = 0.5
    samples: int = 16
    scale: int | None = None


async def score(record: Record, judge: Engine, brief: Brief, settings: ScoreSettings) -> Record:
    """Ask of each text and each principle whether the text breaks it; scores that are there stay.

    Raises RequestError.
    """

    how = brief.constitution.ref, settings.scale, frozenset(rule.ref for rule in brief.principles)

    async def one(place: int, candidate: Candidate) -> Candidate:
        there = {(done.round, done.constitution, done.scale, done.rules) for done in candidate.scores}
        found = texts(place, candidate)[-1:] if settings.which == "last" else texts(place, candidate)
        missing = [text for text in found if (text.round, *how) not in there]
        made = await asyncio.gather(*(score_text(record, text, judge, brief, settings) for text in missing))
        return candidate.model_copy(update={"scores": (*candidate.scores, *made)})

    ended = await asyncio.gather(*(one(*each) for each in enumerate(record.candidates)), return_exceptions=True)
    kept = [
        before if isinstance(after, BaseException) else after
        for before, after in zip(record.candidates, ended, strict=True)
    ]
    return settled(record.model_copy(update={"candidates": tuple(kept)}), ended)


async def score_text(record: Record, text: Address, judge: Engine, brief: Brief, settings: ScoreSettings) -> Score:
    """One text against every principle of the brief.

    Raises RequestError.
    """
    rules = brief.principles

    async def asked(rule: Principle) -> Chosen:
        seed = (brief.seed, record.id, text, rule.id, "score")
        if settings.scale:
            question = rating_prompt(brief.templates, record.prompt, text.text, rule.text, settings.scale)
            words = [str(number) for number in range(1, settings.scale + 1)]
            return broken(await spread(judge, _turns(question), words, samples=settings.samples, seed=seed))
        question = verdict_prompt(brief.templates, record.prompt, text.text, rule.text)
        return await choose(judge, _turns(question), ANSWERS, samples=settings.samples, seed=seed)

    found = await asyncio.gather(*map(asked, rules))
    read = [
        (rule, one.p)
        for rule, one in zip(rules, found, strict=True)
        if one.p is not None and one.mass >= settings.min_mass
    ]
    unread = tuple(rule.ref for rule in rules if rule not in [rule for rule, _ in read])
    return Score(
        round=text.round,
        constitution=brief.constitution.ref,
        reward=reward(read) if not unread else None,
        violates={rule.ref: round(p, 6) for rule, p in read},
        unread=unread,
        scale=settings.scale,
    )


def broken(ratings: Spread) -> Chosen:
    """The mean rating, brought to 0 for the best and 1 for the worst (direct RLAIF, arXiv:2309.00267, 3.2)."""
    if ratings.shares is None:
        return Chosen(None, ratings.mass, ratings.samples)
    mean = sum(int(word) * share for word, share in ratings.shares.items())
    return Chosen((len(ratings.shares) - mean) / (len(ratings.shares) - 1), ratings.mass, ratings.samples)


def reward(read: Sequence[tuple[Principle, float]]) -> float:
    """One less the mean probability that a principle is broken, each with its weight and the weight of its severity."""
    weights = [rule.weight * SEVERITY[rule.severity] for rule, _ in read]
    violated = sum(weight * p for weight, (_, p) in zip(weights, read, strict=True))
    return round(1 - violated / sum(weights), 6)


def _turns(question: str) -> tuple[Message, ...]:
    return (Message(role="user", content=question),)
