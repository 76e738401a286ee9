"""What a trainer is told that needs a number for a text which has no reward."""

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
KEPT = 1024  # rewards that a mean is taken of, the latest
Prompt = Sequence[Message]
Read = Score | Unread


def violates_of(one: Read) -> dict[str, float]:
    """The probabilities that were read for a text, by principle; those of a text without a reward may be some or none."""
    score = one.score if isinstance(one, Unread) else one
    return score.violates if score else {}


def policy_of(told: str) -> Policy:
    """What a text without a reward is to get, as an option says it: `raise`, `nan`, `mean`, or a number.

    Raises CaigenError.
    """
    if told in ("raise", "nan", "mean"):
        return told  # type: ignore[return-value]
    try:
        number = float(told)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise CaigenError(f"unread {told!r}: it is raise, mean, or a number")
    return number


@dataclass(frozen=True)
class _Row:
    prompt: tuple[Message, ...]
    reward: float
    violates: dict[str, float]


class Substitute:
    """The number in place of a reward that there is not: none (`raise`), NaN, the mean of its like, or the user's.

    `mean` is that of the latest rewards for the same prompt, else for all prompts: an advantage of about zero in a group,
    so that the text teaches nothing.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy_of(str(policy))
        self._rows: deque[_Row] = deque(maxlen=KEPT)

    def numbers(self, prompts: Sequence[Prompt], found: Sequence[Read]) -> list[float]:
        """A number for each text: its reward, which is remembered, or what stands in its place.

        Raises RequestError with `raise`, and with `mean` while nothing was read.
        """
        rows = list(zip(prompts, found, strict=True))
        for prompt, one in rows:
            if isinstance(one, Score) and one.reward is not None:
                self._rows.append(_Row(tuple(prompt), one.reward, one.violates))
        return [
            self._instead(prompt, one) if isinstance(one, Unread) or one.reward is None else one.reward
            for prompt, one in rows
        ]

    def _instead(self, prompt: Prompt, one: Read) -> float:
        if isinstance(self.policy, float | int):
            return float(self.policy)
        if self.policy == "nan":
            return math.nan
        rows = tuple(self._rows)  # a copy: other threads may add to it
        if self.policy == "mean" and rows:
            own = [row.reward for row in rows if row.prompt == tuple(prompt)]
            return fmean(own or [row.reward for row in rows])
        why = "; no text was read yet, so there is no mean" if self.policy == "mean" else ""
        reason, message = (one.reason, one.message) if isinstance(one, Unread) else ("unread", "the judge was not read")
        raise RequestError(reason, f"no reward ({reason}): {message}{why}")

    def violates(self, principle: str) -> float | None:
        """The mean probability that was read for a principle, for logs that need one; None where there is none."""
        read = [row.violates[principle] for row in tuple(self._rows) if principle in row.violates]
        return fmean(read) if read else None
