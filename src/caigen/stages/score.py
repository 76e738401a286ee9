"""score: Candidate -> Candidate with a reward for its texts"""

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from caigen.constitution.format import Principle, check_use
from caigen.engines.base import Engine, Sampling
from caigen.records import Candidate, Message, Record, Score, settled
from caigen.stages.judge_questions import rating_prompt, verdict_prompt
from caigen.stages.logprobs import ChoiceProbs, Spread, choose, settings_hash, spread
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version, texts

ANSWERS = ("Yes", "No")  # to: does the text break the rule?
SEVERITY = {"low": 0.5, "medium": 1.0, "high": 2.0, "critical": 4.0}


@dataclass(frozen=True)
class ScoreSettings:
    """Which texts of a candidate are scored, the last or all; `min_mass` and `samples` as in labels.

    With `scale` the judge rates how well a text follows each rule from 1 to so many, instead of saying Yes or No. Of `sampling`
    is taken whether the judge thinks first.
    """

    which: Literal["last", "all"] = "last"
    min_mass: float = 0.5
    samples: int = 16
    scale: int | None = None
    sampling: Sampling = field(default_factory=Sampling)

    def how(self) -> dict[str, Any]:
        """What makes it the same judge: how it is asked and read, not what it is asked about."""
        thinks = {"think": self.sampling.think, "think_tokens": self.sampling.think_tokens}
        return {"min_mass": self.min_mass, "samples": self.samples, "scale": self.scale, **thinks}


async def score(record: Record, judge: Engine, prompt_settings: PromptSettings, settings: ScoreSettings) -> Record:
    """Ask of each text and each principle whether the text breaks it.

    A score that is there already is one by the same judge, constitution, principles, templates and settings; it is not asked
    again, and stands behind those of others, as the new ones do.

    Raises RequestError; ConstitutionError for principles that a single text cannot be held against.
    """
    check_use(prompt_settings.principles, "score", prompt_settings.constitution.ref)
    measure = measure_of(judge, prompt_settings, settings)
    rules = frozenset(rule.ref for rule in prompt_settings.principles)

    def same(done: Score) -> bool:
        return all(getattr(done, name) == value for name, value in measure.items()) and done.rules == rules

    async def one(place: int, candidate: Candidate) -> Candidate:
        found = texts(place, candidate)[-1:] if settings.which == "last" else texts(place, candidate)
        wanted = {text.round for text in found}
        kept = [done for done in candidate.scores if done.round in wanted and same(done)]
        others = [done for done in candidate.scores if done not in kept]
        missing = [text for text in found if text.round not in {done.round for done in kept}]
        made = await asyncio.gather(*(score_text(record, text, judge, prompt_settings, settings) for text in missing))
        return candidate.model_copy(update={"scores": (*others, *kept, *made)})

    ended = await asyncio.gather(*(one(*each) for each in enumerate(record.candidates)), return_exceptions=True)
    kept = [
        before if isinstance(after, BaseException) else after
        for before, after in zip(record.candidates, ended, strict=True)
    ]
    return settled(record.model_copy(update={"candidates": tuple(kept)}), ended)


async def score_text(
    record: Record, text: Version, judge: Engine, prompt_settings: PromptSettings, settings: ScoreSettings
) -> Score:
    """One text against every principle of the brief.

    Raises RequestError; ConstitutionError for principles that a single text cannot be held against.
    """
    rules = prompt_settings.principles
    check_use(rules, "score", prompt_settings.constitution.ref)

    async def asked(rule: Principle) -> ChoiceProbs:
        seed = (prompt_settings.seed, record.id, text, rule.id, "score")
        if settings.scale:
            question = rating_prompt(prompt_settings.templates, record.prompt, text.text, rule.text, settings.scale)
            words = [str(number) for number in range(1, settings.scale + 1)]
            return broken(
                await spread(
                    judge, _turns(question), words, samples=settings.samples, seed=seed, sampling=settings.sampling
                )
            )
        question = verdict_prompt(prompt_settings.templates, record.prompt, text.text, rule.text)
        return await choose(
            judge, _turns(question), ANSWERS, samples=settings.samples, seed=seed, sampling=settings.sampling
        )

    found = await asyncio.gather(*map(asked, rules))
    read = [
        (rule, one)
        for rule, one in zip(rules, found, strict=True)
        if one.p is not None and one.mass >= settings.min_mass
    ]
    unread = tuple(rule.ref for rule in rules if rule not in [rule for rule, _ in read])
    told = [(rule, one.p) for rule, one in read if one.p is not None]
    counted = any(one.samples for one in found)
    return Score(
        **measure_of(judge, prompt_settings, settings),
        round=text.round,
        reward=reward(told) if not unread else None,
        error=standard_error(read) if counted and not unread else None,
        violates={rule.ref: round(p, 6) for rule, p in told},
        unread=unread,
        scale=settings.scale,
        samples=max(one.samples for one in found),
        mass=round(sum(one.mass for one in found) / len(found), 6),
    )


def measure_of(judge: Engine, prompt_settings: PromptSettings, settings: ScoreSettings) -> dict[str, str]:
    """Who is asked, and how; in each score."""
    return {
        "judge": judge.model,
        "constitution": prompt_settings.constitution.ref,
        "constitution_sha256": prompt_settings.constitution.sha256,
        "templates_sha256": prompt_settings.templates.sha256,
        "settings": settings_hash(settings.how()),
    }


def broken(ratings: Spread) -> ChoiceProbs:
    """The mean rating, brought to 0 for the best and 1 for the worst (direct RLAIF, arXiv:2309.00267, 3.2)."""
    if ratings.shares is None:
        return ChoiceProbs(None, ratings.mass, ratings.samples)
    mean = sum(int(word) * share for word, share in ratings.shares.items())
    return ChoiceProbs((len(ratings.shares) - mean) / (len(ratings.shares) - 1), ratings.mass, ratings.samples)


def weights_of(rules: Sequence[Principle]) -> list[float]:
    """The share that each principle has in a reward: its weight times that of its severity; together 1."""
    largest = max(
        rule.weight for rule in rules
    )  # divided out first: a product or a sum of large weights would overflow
    shares = [rule.weight / largest * SEVERITY[rule.severity] for rule in rules]
    return [share / sum(shares) for share in shares]


def reward(read: Sequence[tuple[Principle, float]]) -> float:
    """One less the mean probability that a principle is broken, each with its weight and the weight of its severity."""
    weights = weights_of([rule for rule, _ in read])
    return round(1 - sum(weight * p for weight, (_, p) in zip(weights, read, strict=True)), 6)


def standard_error(read: Sequence[tuple[Principle, ChoiceProbs]]) -> float:
    """The standard error of a reward whose probabilities were counted from answers.

    Two answers of each kind are added to each count (Agresti and Coull 1998), so that sixteen equal ones are not taken for
    certainty. Of ratings on a scale it is an upper bound: none varies more than one that is all or nothing.
    """
    weights = weights_of([rule for rule, _ in read])
    variance = 0.0
    for weight, (_, one) in zip(weights, read, strict=True):
        if one.samples and one.p is not None:
            count = one.mass * one.samples  # answers that could be read
            share = (one.p * count + 2) / (count + 4)
            variance += weight**2 * share * (1 - share) / (count + 4)
    return round(math.sqrt(variance), 6)


def _turns(question: str) -> tuple[Message, ...]:
    return (Message(role="user", content=question),)
