"""Statistics of proportions: intervals, a sign test, correlation, calibration error, Brier score."""

import math
import statistics
from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence
from statistics import NormalDist

Z = NormalDist().inv_cdf(0.975)  # 1.96: half the width of a 95 % interval, in standard errors


def wilson(hits: float, trials: float) -> tuple[float, float]:
    """The 95 % score interval of a proportion (Wilson 1927); (0, 1) without trials."""
    if not trials:
        return 0.0, 1.0
    proportion, shrink = hits / trials, 1 + Z * Z / trials
    center = (proportion + Z * Z / (2 * trials)) / shrink
    half_width = Z * math.sqrt(proportion * (1 - proportion) / trials + Z * Z / (4 * trials * trials)) / shrink
    return max(0.0, center - half_width), min(1.0, center + half_width)


def clustered(values: Sequence[float], clusters: Sequence[Hashable]) -> tuple[float, float]:
    """The 95 % interval of the mean of values from 0 to 1 that come in clusters; (0, 1) without values.

    It is Wilson's interval for the number of independent values that would have the same variance (Rao and Scott 1992).
    Values that are all equal within a cluster count once, independent values count each. If nothing varies, the number
    is that of fully dependent clusters of these sizes (Kish 1965).
    """
    if not values:
        return 0.0, 1.0
    count, mean = len(values), sum(values) / len(values)
    sizes = Counter(clusters)
    # the sum of the deviations from the mean, by cluster
    deviations = defaultdict[Hashable, float](float)
    for value, cluster in zip(values, clusters, strict=True):
        deviations[cluster] += value - mean
    # the variance of the mean, estimated from the variance between clusters
    groups = len(sizes)
    variance = sum(deviation**2 for deviation in deviations.values()) * groups / max(1, groups - 1) / count**2
    if groups > 1 and variance > 0:
        effective_count = min(float(count), mean * (1 - mean) / variance)
    else:  # all equal, or one cluster: nothing shows that the values are independent
        effective_count = count**2 / sum(size**2 for size in sizes.values())
    return wilson(mean * effective_count, effective_count)


def sign_test(hits: int, trials: int) -> float:
    """The exact two-sided binomial p-value of `hits` for a fair coin; 1 without trials.

    It is at most `level` exactly if the interval of Clopper and Pearson (1934) at 1 - level excludes one half.
    """
    larger = max(hits, trials - hits)
    tail = sum(math.comb(trials, number) for number in range(larger, trials + 1))
    p: float = 2 * tail / 2**trials
    return min(1.0, p)


def correlation(xs: Sequence[float], ys: Sequence[float]) -> float | None:
    """Pearson's r; None if one of the sequences does not vary or they have fewer than three values.

    Raises ValueError for sequences of different length.
    """
    if len(xs) == len(ys) and (len(xs) < 3 or min(xs) == max(xs) or min(ys) == max(ys)):
        return None
    return statistics.correlation(xs, ys)


def calibration_error(confidences: Sequence[float], correct: Sequence[bool], bins: int = 10) -> float:
    """Expected calibration error: the mean distance of confidence and accuracy over bins, by size (Guo et al. 2017).

    `confidences` in a choice of two are from 0.5 to 1; the bins have equal width.
    """
    confidence_sums: dict[int, float] = defaultdict(float)
    hits: Counter[int] = Counter()
    for confidence, is_correct in zip(confidences, correct, strict=True):
        index = min(bins - 1, int((confidence - 0.5) * 2 * bins))
        confidence_sums[index] += confidence
        hits[index] += is_correct
    # the size of a bin times its distance is the distance of both sums
    distance = sum(abs(confidence_sums[index] - hits[index]) for index in confidence_sums)
    return distance / max(1, len(confidences))


def brier(probabilities: Sequence[float]) -> float:
    """The mean squared distance to 1 of the probabilities given to what was true (Brier 1950)."""
    return sum((1 - p) ** 2 for p in probabilities) / max(1, len(probabilities))
