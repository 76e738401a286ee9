"""Shares with their intervals, and how two rows of numbers go together."""

import math
from collections.abc import Sequence
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, shrink = hits / trials, 1 + Z * Z / trials
    middle = (share + Z * Z / (2 * trials)) / shrink
    half = Z * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials)) / shrink
    return max(0.0, middle - half), min(1.0, middle + half)


def correlation(one: Sequence[float], other: Sequence[float]) -> float | None:
    """Pearson's r; None where a row does not vary or there are fewer than three numbers."""
    count = len(one)
    if count < 3:
        return None
    mean_one, mean_other = sum(one) / count, sum(other) / count
    away = [(a - mean_one, b - mean_other) for a, b in zip(one, other, strict=True)]
    spread = math.sqrt(sum(a * a for a, _ in away) * sum(b * b for _, b in away))
    return sum(a * b for a, b in away) / spread if spread else None


def calibration_error(told: Sequence[float], right: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy over bins of equal width, by their size
    (Guo et al. 2017). `told` are confidences from 0.5 to 1 in a choice of two.
    """
    filled: dict[int, list[tuple[float, bool]]] = {}
    for confidence, hit in zip(told, right, strict=True):
        filled.setdefault(min(bins - 1, int((confidence - 0.5) * 2 * bins)), []).append((confidence, hit))
    return sum(
        abs(sum(confidence for confidence, _ in found) - sum(hit for _, hit in found)) for found in filled.values()
    ) / max(1, len(told))


def brier(told: Sequence[float]) -> float:
    """Mean squared distance of the probability given to what was true from 1 (Brier 1950)."""
    return sum((1 - p) ** 2 for p in told) / max(1, len(told))
