"""project: what some rows used -> what the whole file will use, with an interval

Each quantity is the mean over the rows times the number of rows. The interval is Student's t at 95 % for the mean; it
speaks of rows like these, and says nothing with one row.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

# Student's t at 97.5 % by degrees of freedom; above, the normal's with a small correction
_T = (12.71, 4.30, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23, 2.20, 2.18, 2.16, 2.14, 2.13, 2.12, 2.11, 2.10, 2.09)


@dataclass(frozen=True)
class Usage:
    """What requests used: how many there were, tokens in and out."""

    requests: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests, self.tokens_in + other.tokens_in, self.tokens_out + other.tokens_out
        )


@dataclass(frozen=True)
class Estimate:
    """A projected quantity and its 95 % interval; without one where a single row was seen."""

    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Prices:
    """What is paid: for a million tokens in and out, or for an hour of the machine; None where nothing is said."""

    tokens: tuple[float, float] | None = None
    hour: float | None = None


@dataclass(frozen=True)
class Projection:
    """What a number of rows will use. `seconds` and `cost` are None where they cannot be told."""

    rows: int
    seen: int
    requests: Estimate
    tokens_in: Estimate
    tokens_out: Estimate
    seconds: Estimate | None = None
    cost: Estimate | None = None


def project(
    rows: Sequence[Usage], total: int, *, rate: float | None = None, prices: Prices | None = None
) -> Projection:
    """Project the usage of `rows` to `total` rows; `rate` is in tokens out a second.

    Raises ValueError without rows.
    """
    prices = prices or Prices()
    tokens_out = estimate([row.tokens_out for row in rows], total)
    seconds = _times(tokens_out, 1 / rate) if rate else None
    cost = None
    if prices.tokens:
        price_in, price_out = prices.tokens
        cost = estimate([(row.tokens_in * price_in + row.tokens_out * price_out) / 1e6 for row in rows], total)
    elif prices.hour is not None and seconds:
        cost = _times(seconds, prices.hour / 3600)
    return Projection(
        total,
        len(rows),
        estimate([row.requests for row in rows], total),
        estimate([row.tokens_in for row in rows], total),
        tokens_out,
        seconds,
        cost,
    )


def estimate(values: Sequence[float], total: int) -> Estimate:
    """The sum over `total` rows, of the values of some of them.

    Raises ValueError without values.
    """
    mean = statistics.fmean(values)
    count = len(values)
    if count >= total:  # all rows were seen
        return Estimate(mean * total, mean * total, mean * total)
    if count < 2:
        return Estimate(mean * total)
    freedom = count - 1
    quantile = _T[freedom - 1] if freedom <= len(_T) else 1.96 + 2.5 / freedom
    # of a file with few rows a large part was seen, and only the rest is uncertain
    unseen = math.sqrt(1 - count / total)
    half = quantile * statistics.stdev(values) / math.sqrt(count) * unseen * total
    seen = math.fsum(values)
    return Estimate(mean * total, max(seen, mean * total - half), mean * total + half)


def _times(estimate: Estimate, factor: float) -> Estimate:
    low = None if estimate.low is None else estimate.low * factor
    high = None if estimate.high is None else estimate.high * factor
    return Estimate(estimate.value * factor, low, high)
