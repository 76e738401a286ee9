"""The number that a trainer gets for a text that has no reward."""

import math
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal

from caigen.errors import CaigenError, RequestError
from caigen.judge.rollouts import Unread
from caigen.records import Message, Score

Policy = Literal["raise", "nan", "mean"] | float
MAX_REMEMBERED = 1024  # latest rewards that the mean is computed from
Prompt = Sequence[Message]
Reading = Score | Unread


def violates_of(reading: Reading) -> dict[str, float]:
    """The probability of a violation by principle, as far as they were read; empty if none was."""
    score = reading.score if isinstance(reading, Unread) else reading
    return score.violates if score else {}


def unread_share(readings: Sequence[Reading]) -> float:
    """The share of texts without a reward."""
    return sum(isinstance(reading, Unread) for reading in readings) / max(1, len(readings))


def mean_violates(readings: Sequence[Reading]) -> dict[str, float]:
    """The mean probability of each principle over the texts that it was read for."""
    probabilities: dict[str, list[float]] = {}
    for reading in readings:
        for principle, p in violates_of(reading).items():
            probabilities.setdefault(principle, []).append(p)
    return {principle: fmean(values) for principle, values in probabilities.items()}


def policy_of(option: str) -> Policy:
    """The policy that an option names: `raise`, `nan`, `mean`, or a number.

    Raises CaigenError.
    """
    if option in ("raise", "nan", "mean"):
        return option  # type: ignore[return-value]
    # float() also reads "nan" in other spellings and "inf", which are no rewards
    try:
        number = float(option)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CaigenError(f"unread {option!r}: it is raise, mean, or a number")
    return number


@dataclass(frozen=True)
class _Remembered:
    """A reward that was read."""

    prompt: tuple[Message, ...]
    reward: float
    violates: dict[str, float]


class Substitute:
    """Replaces missing rewards: by an error (`raise`), NaN, the mean of earlier rewards, or a fixed number.

    `mean` is that of the latest rewards for the same prompt, else for all prompts: an advantage of about zero in a
    group, so that the text teaches nothing.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy_of(str(policy))
        self._remembered: deque[_Remembered] = deque(maxlen=MAX_REMEMBERED)

    def numbers(self, prompts: Sequence[Prompt], readings: Sequence[Reading]) -> list[float]:
        """A number for each text: its reward, which is remembered, or the substitute.

        Raises RequestError with `raise`, and with `mean` as long as no reward was read.
        """
        # remember all rewards of the call first, so that they count in its means
        for prompt, reading in zip(prompts, readings, strict=True):
            if isinstance(reading, Score) and reading.reward is not None:
                self._remembered.append(_Remembered(tuple(prompt), reading.reward, reading.violates))
        numbers = []
        for prompt, reading in zip(prompts, readings, strict=True):
            reward = None if isinstance(reading, Unread) else reading.reward
            numbers.append(self._substitute(prompt, reading) if reward is None else reward)
        return numbers

    def _substitute(self, prompt: Prompt, reading: Reading) -> float:
        """The number for a text without a reward. Raises RequestError."""
        if isinstance(self.policy, float | int):
            return float(self.policy)
        if self.policy == "nan":
            return math.nan
        remembered = tuple(self._remembered)  # a copy: other threads may append meanwhile
        if self.policy == "mean" and remembered:
            same_prompt = [row.reward for row in remembered if row.prompt == tuple(prompt)]
            return fmean(same_prompt or [row.reward for row in remembered])
        reason, message = "unread", "the judge was not read"
        if isinstance(reading, Unread):
            reason, message = reading.reason, reading.message
        hint = "; no text was read yet, so there is no mean" if self.policy == "mean" else ""
        raise RequestError(reason, f"no reward ({reason}): {message}{hint}")

    def violates(self, principle: str) -> float | None:
        """The mean of the remembered probabilities for a principle, for logs; None if there are none."""
        probabilities = [row.violates[principle] for row in tuple(self._remembered) if principle in row.violates]
        return fmean(probabilities) if probabilities else None
