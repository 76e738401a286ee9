"""score: Candidate -> Candidate with a reward for its texts"""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

from caigen.choices import JUDGE_SAMPLES, MIN_MASS
from caigen.constitution.format import Principle, check_use
from caigen.engines.base import Engine, Sampling
from caigen.records import Candidate, Message, Record, Score
from caigen.stages.each import each_candidate
from caigen.stages.judge_questions import rating_prompt, verdict_prompt
from caigen.stages.logprobs import ChoiceProbs, ask_choice, settings_hash
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version, texts

YES_NO = ("Yes", "No")  # the answers to: does the text break the rule?
SEVERITY_WEIGHTS = {"low": 0.5, "medium": 1.0, "high": 2.0, "critical": 4.0}


@dataclass(frozen=True)
class ScoreSettings:
    """Which texts of a candidate are scored, the last one or all, and how the judge is asked.

    With `scale` the judge rates how well a text follows each principle, from 1 to `scale`, instead of Yes or No.
    `min_mass` and `samples` are as in LabelSettings. Of `sampling` only whether the judge thinks first is used.
    """

    which: Literal["last", "all"] = "last"
    min_mass: float = MIN_MASS
    samples: int = JUDGE_SAMPLES
    scale: int | None = None
    sampling: Sampling = field(default_factory=Sampling)

    def judge_settings(self) -> dict[str, Any]:
        """How the judge is asked and read, without what it is asked about; equal for the same judge."""
        return {
            "min_mass": self.min_mass,
            "samples": self.samples,
            "scale": self.scale,
            "think": self.sampling.think,
            "think_tokens": self.sampling.think_tokens,
        }


@dataclass(frozen=True)
class Reading:
    """A judge's answer about one principle: `p` is the probability of a violation, None if it cannot be read.

    `mass` and `samples` are as in ChoiceProbs.
    """

    principle: Principle
    p: float | None
    mass: float
    samples: int


async def score(record: Record, judge: Engine, prompt_settings: PromptSettings, settings: ScoreSettings) -> Record:
    """Ask the judge of each text and each principle whether the text violates it.

    An existing score by the same judge, constitution, principles, templates and settings is not asked again. It is
    moved to the end of the list with the new ones.

    Raises RequestError; ConstitutionError if a single text cannot be judged under these principles.
    """
    check_use(prompt_settings.principles, "score", prompt_settings.constitution.ref)
    method = judging_method(judge, prompt_settings, settings)
    principles = frozenset(principle.ref for principle in prompt_settings.principles)

    # the scale is part of the settings' hash
    def is_same_method(existing: Score) -> bool:
        same_fields = all(getattr(existing, name) == value for name, value in method.items())
        return same_fields and existing.principles == principles

    async def work(index: int, candidate: Candidate) -> AsyncIterator[Candidate]:
        versions = texts(index, candidate)
        if settings.which == "last":
            versions = versions[-1:]
        missing = {version.round: version for version in versions}
        wanted = frozenset(missing)
        # sort the existing scores into those that are reused, and all others
        reused: list[Score] = []
        others: list[Score] = []
        for existing in candidate.scores:
            if existing.round in wanted and is_same_method(existing):
                reused.append(existing)
                missing.pop(existing.round, None)
            else:
                others.append(existing)
        # ask for the rest at the same time
        score_version = partial(score_text, record, judge=judge, prompt_settings=prompt_settings, settings=settings)
        new = await asyncio.gather(*map(score_version, missing.values()))
        yield candidate.model_copy(update={"scores": (*others, *reused, *new)})

    return await each_candidate(record, work)


async def score_text(
    record: Record, version: Version, judge: Engine, prompt_settings: PromptSettings, *, settings: ScoreSettings
) -> Score:
    """Score one text under every principle of the settings; one unread principle leaves it without a reward.

    Raises RequestError; ConstitutionError if a single text cannot be judged under these principles.
    """
    principles = prompt_settings.principles
    check_use(principles, "score", prompt_settings.constitution.ref)

    async def ask(principle: Principle) -> Reading:
        seed = (prompt_settings.seed, record.id, version, principle.id, "score")
        question = _question(record, version, prompt_settings, principle, scale=settings.scale)
        words: Sequence[str] = YES_NO
        if settings.scale:
            words = [str(rating) for rating in range(1, settings.scale + 1)]
        message = Message(role="user", content=question)
        answer = await ask_choice(
            judge, [message], words, samples=settings.samples, seed=seed, sampling=settings.sampling
        )
        p = mean_violation(answer) if settings.scale else answer.prob("Yes")
        return Reading(principle, p, answer.mass, answer.samples)

    readings = await asyncio.gather(*map(ask, principles))
    return _score(readings, version.round, settings, judging_method(judge, prompt_settings, settings))


def _question(
    record: Record, version: Version, prompt_settings: PromptSettings, principle: Principle, *, scale: int | None
) -> str:
    """The question about one text and one principle: Yes or No, or a rating with a `scale`."""
    templates = prompt_settings.templates
    if scale:
        return rating_prompt(templates, record.prompt, version.text, principle.rule, top=scale)
    return verdict_prompt(templates, record.prompt, version.text, principle.rule)


def _score(readings: Sequence[Reading], round_: int, settings: ScoreSettings, method: dict[str, str]) -> Score:
    """Combine the readings of one text, of each principle, into its score."""
    principles: list[Principle] = []
    violations: list[float] = []
    unread: list[str] = []
    for reading in readings:
        if reading.p is None or reading.mass < settings.min_mass:
            unread.append(reading.principle.ref)
        else:
            principles.append(reading.principle)
            violations.append(reading.p)
    is_sampled = any(reading.samples for reading in readings)
    return Score(
        **method,
        round=round_,
        reward=None if unread else reward(principles, violations),
        error=standard_error(readings) if is_sampled and not unread else None,
        violates={principle.ref: round(p, 6) for principle, p in zip(principles, violations, strict=True)},
        unread=tuple(unread),
        scale=settings.scale,
        samples=max(reading.samples for reading in readings),
        mass=round(sum(reading.mass for reading in readings) / len(readings), 6),
    )


def judging_method(judge: Engine, prompt_settings: PromptSettings, settings: ScoreSettings) -> dict[str, str]:
    """The fields of `Judgement.method`, in its order."""
    return {
        "judge": judge.model,
        "constitution": prompt_settings.constitution.ref,
        "constitution_sha256": prompt_settings.constitution.sha256,
        "templates_sha256": prompt_settings.templates.sha256,
        "settings": settings_hash(settings.judge_settings()),
    }


def mean_violation(ratings: ChoiceProbs) -> float | None:
    """Probabilities of the ratings 1, 2, … -> the mean rating, scaled to 0 for the best and 1 for the worst.

    None if no rating could be read. Source: direct RLAIF, arXiv:2309.00267, section 3.2.
    """
    if ratings.probs is None:
        return None
    top = len(ratings.probs)
    mean = sum(int(rating) * prob for rating, prob in ratings.probs.items())
    return (top - mean) / (top - 1)


def reward_weights(principles: Sequence[Principle]) -> list[float]:
    """The weight of each principle in a reward, its own times that of its severity; together 1."""
    # divide by the largest first: a product or a sum of large weights would overflow
    largest = max(principle.weight for principle in principles)
    weights = [principle.weight / largest * SEVERITY_WEIGHTS[principle.severity] for principle in principles]
    return [weight / sum(weights) for weight in weights]


def reward(principles: Sequence[Principle], violations: Sequence[float]) -> float:
    """1 minus the weighted mean probability of a violation; `violations` has that of each principle."""
    weights = reward_weights(principles)
    return round(1 - sum(weight * p for weight, p in zip(weights, violations, strict=True)), 6)


def standard_error(readings: Sequence[Reading]) -> float:
    """The standard error of a reward whose probabilities were estimated from sampled answers.

    Two answers of each kind are added to each count (Agresti and Coull 1998), so that sixteen equal answers do not
    count as certainty. For ratings it is an upper bound: nothing on a scale varies more than answers at both ends.
    """
    weights = reward_weights([reading.principle for reading in readings])
    variance = 0.0
    for weight, reading in zip(weights, readings, strict=True):
        if reading.samples and reading.p is not None:
            count = reading.mass * reading.samples  # the answers that could be read
            p = (reading.p * count + 2) / (count + 4)
            variance += weight**2 * p * (1 - p) / (count + 4)
    return round(math.sqrt(variance), 6)
