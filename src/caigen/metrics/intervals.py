"""Shares with their intervals, and how two rows of numbers go together."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """The 95 % score interval of a share (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    share, shrink = hits / trials, 1 + Z * Z / trials
    middle = (share + Z * Z / (2 * trials)) / shrink
    half = Z * math.sqrt(share * (1 - share) / trials + Z * Z / (4 * trials * trials)) / shrink
    return max(0.0, middle - half), min(1.0, middle + half)


def clustered(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[float, float]:
    """The 95 % interval of a mean of values from 0 to 1 that come in clusters; (0, 1) without values.

    Wilson's interval with as many independent values as give the variance between clusters: values that are all the same inside
    a cluster count once, independent ones each, and never more (Rao and Scott 1992). Where nothing varies, as many as fully
    dependent clusters of these sizes are worth (Kish 1965).
    """
    if not values:
        return 0.0, 1.0
    count, mean = len(values), sum(values) / len(values)
    sizes, away = Counter(clusters), defaultdict[Hashable, float](float)
    for value, cluster in zip(values, clusters, strict=True):
        away[cluster] += value - mean
    groups = len(sizes)
    between = sum(total**2 for total in away.values()) * groups / max(1, groups - 1) / count**2
    if groups > 1 and between > 0:
        effective = min(float(count), mean * (1 - mean) / between)
    else:  # all alike, or one cluster: nothing shows that the values are independent
        effective = count**2 / sum(size**2 for size in sizes.values())
    return wilson(mean * effective, effective)


def sign_test(hits: int, trials: int) -> float:
    """How likely a fair coin lies at least so far from one half: the exact two-sided binomial p-value, 1 without trials.

    It is at most `level` where the exact interval of 1 - level (Clopper and Pearson 1934) leaves out one half.
    """
    far = max(hits, trials - hits)
    tail = sum(math.comb(trials, number) for number in range(far, trials + 1))
    p: float = 2 * tail / 2**trials
    return min(1.0, p)


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
