"""calibration: judged comparisons whose answer is known -> figures, beside the baselines that any judge must beat"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from caigen.metrics.intervals import brier, calibration_error, clustered, correlation
from caigen.records import Comparison, Record, latest

BETTER, WORSE = "0.0", "1.0"  # the two texts of a labelled comparison (io/comparisons.py)
DIGITS = 4  # of all figures


@dataclass(frozen=True)
class Judged:
    """A labelled comparison as a judge decided it under one principle; text a is known to be the better one.

    Comparisons of one record are not independent: a judge that is wrong about two texts is so under most principles. A
    comparison without a record stands alone.
    """

    comparison: Comparison
    longer: float  # characters of the better text over those of both
    record: str | None = None

    @property
    def p(self) -> float | None:
        """The probability that the judge gives to the better text, None if it could not be read."""
        return self.comparison.p_a

    @property
    def status(self) -> str:
        """What the comparison came to, such as `decided`."""
        return self.comparison.status

    @property
    def length_right(self) -> float:
        """Whether the longer text is the better one, 1 or 0; one half for texts of equal length."""
        return 0.5 if self.longer == 0.5 else float(self.longer > 0.5)

    @property
    def orders_right(self) -> int:
        """How many of the two orders prefer the better text, each for itself."""
        better_first, better_second = (order.get("p_first") for order in self.comparison.orders)
        first_right = better_first is not None and better_first > 0.5
        second_right = better_second is not None and better_second < 0.5
        return first_right + second_right


@dataclass(frozen=True)
class _Decided:
    """A decided comparison with its probability for the better text."""

    judged: Judged
    p: float

    @property
    def is_right(self) -> bool:
        return self.p > 0.5

    @property
    def prefers_longer(self) -> bool:
        """Whether the judge prefers the longer text."""
        return self.is_right == (self.judged.longer > 0.5)


class _Share:
    """The share of decided comparisons for which something is true, with an interval that is clustered by record."""

    def __init__(self, decided: Sequence[_Decided], value: Callable[[_Decided], float]) -> None:
        """`value` is 1 if it is true for a comparison, 0 if not, or between."""
        self._values = list(map(value, decided))
        self._clusters = _clusters(item.judged for item in decided)

    @property
    def value(self) -> float | None:
        """The mean of the values, None without comparisons."""
        return _mean(self._values)

    @property
    def interval(self) -> list[float]:
        """The 95 % interval, [0, 1] without comparisons."""
        low, high = clustered(self._values, self._clusters)
        return [_round(low), _round(high)]


def judged(records: Iterable[Record]) -> list[Judged]:
    """Records with labelled comparisons -> the latest judgements of each (`records.latest`)."""
    collected: list[Judged] = []
    for record in records:
        better, worse = (len(candidate.text) for candidate in record.candidates)
        longer = better / max(1, better + worse)
        collected += [Judged(comparison, longer, record.id) for comparison in latest(record.comparisons)]
    return collected


def calibration(judged: Sequence[Judged]) -> dict[str, Any]:
    """Compute all figures of a judge: accuracy, calibration, bias and baselines; `principles` has those of each.

    Accuracy and baselines rest on the same comparisons, the decided ones; `coverage` is their share of all. Intervals
    are of 95 % and clustered by record.
    """
    by_principle: dict[str, list[Judged]] = defaultdict(list)
    for item in judged:
        by_principle[item.comparison.principle].append(item)
    figures = _figures(judged)
    figures["principles"] = {principle: _figures(items) for principle, items in sorted(by_principle.items())}
    return figures


def _figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """The figures of some comparisons, in the order of the calibration file."""
    decided = [_Decided(item, item.p) for item in judged if item.status == "decided" and item.p is not None]
    return {
        **_count_figures(judged, decided),
        **_accuracy_figures(judged, decided),
        **_position_figures(judged),
        **_length_figures(judged, decided),
        "baselines": _baseline_figures(decided),
    }


def _count_figures(judged: Sequence[Judged], decided: Sequence[_Decided]) -> dict[str, Any]:
    return {
        "comparisons": len(judged),
        "records": len(set(_clusters(judged))),
        "decided": len(decided),
        "coverage": _ratio(len(decided), len(judged)),
        "statuses": dict(Counter(item.status for item in judged)),
    }


def _accuracy_figures(judged: Sequence[Judged], decided: Sequence[_Decided]) -> dict[str, Any]:
    """How often the judge is right, and whether it is as sure as it is right."""
    accuracy = _Share(decided, lambda item: item.is_right)
    error, score = None, None
    if decided:
        confidences = [max(item.p, 1 - item.p) for item in decided]
        error = _round(calibration_error(confidences, [item.is_right for item in decided]))
    # the Brier score rests on all comparisons that could be read, undecided ones too
    if read := [item.p for item in judged if item.p is not None]:
        score = _round(brier(read))
    # each order for itself, as a judge that is asked only once would answer
    single_orders = sum(item.orders_right for item in judged)
    return {
        "accuracy": accuracy.value,
        "accuracy_interval": accuracy.interval,
        "accuracy_of_one_order": _ratio(single_orders, len(_first_probabilities(judged))),
        "expected_calibration_error": error,
        "brier": score,
    }


def _position_figures(judged: Sequence[Judged]) -> dict[str, Any]:
    """How much the judge prefers the text that stands first, and the mean mass on its letters."""
    flips = sum(item.status == "order_flip" for item in judged)
    firsts = _first_probabilities(judged)
    first_over_half = None
    if firsts:
        first_over_half = _round(sum(firsts) / len(firsts) - 0.5)  # 0 for a judge without a bias
    masses = [order["mass"] for order in _asked_orders(judged)]
    return {
        "order_flips": _ratio(flips, len(judged)),
        "first_over_half": first_over_half,
        "mass": _mean(masses),
    }


def _length_figures(judged: Sequence[Judged], decided: Sequence[_Decided]) -> dict[str, Any]:
    """How much the judge prefers the longer text."""
    lengths, probabilities = [], []
    for item in judged:
        if item.p is not None:
            lengths.append(item.longer)
            probabilities.append(item.p)
    r = correlation(lengths, probabilities)
    # two texts of equal length show no preference
    uneven = [item for item in decided if item.judged.longer != 0.5]
    preference = _Share(uneven, lambda item: item.prefers_longer)
    return {
        "length_correlation": None if r is None else _round(r),
        "prefers_longer": preference.value,
        "prefers_longer_interval": preference.interval,
    }


def _baseline_figures(decided: Sequence[_Decided]) -> dict[str, Any]:
    """The accuracy of trivial judges on the decided comparisons."""
    longer = _Share(decided, lambda item: item.judged.length_right)
    return {
        "always_a": 0.5,  # each text stands first once
        "longer_wins": longer.value,
        "longer_wins_interval": longer.interval,
    }


def baseline_warning(figures: dict[str, Any]) -> str | None:
    """Why a judge is no better than a trivial one: the baseline within or above its interval; None if it is better.

    If the judge follows the length of the texts as much as their quality, the text says that, too.
    """
    if not figures["decided"]:
        return "it decided nothing"
    low, accuracy = figures["accuracy_interval"][0], figures["accuracy"]
    for name in ("always_a", "longer_wins"):
        baseline = figures["baselines"][name]
        if low <= baseline:
            warning = (
                f"{name.replace('_', ' ')} is right in {baseline:.0%}, it in {accuracy:.0%} (95 %: from {low:.0%})"
            )
            if _prefers_length(figures):
                warning += f"; it prefers the longer text in {figures['prefers_longer']:.0%}"
            return warning
    return None


def _prefers_length(figures: dict[str, Any]) -> bool:
    """Whether the judge prefers the longer text: surely, and at least as often as it is right."""
    preference: float | None = figures["prefers_longer"]
    if preference is None:
        return False
    low: float = figures["prefers_longer_interval"][0]
    accuracy: float = figures["accuracy"]
    return low > 0.5 and preference >= accuracy


def _asked_orders(judged: Iterable[Judged]) -> list[dict[str, float]]:
    """The orders that were asked; one that was left out is empty."""
    return [order for item in judged for order in item.comparison.orders if order]


def _first_probabilities(judged: Iterable[Judged]) -> list[float]:
    """The probability of the text that stands first, for each order that could be read."""
    return [order["p_first"] for order in _asked_orders(judged) if "p_first" in order]


def _clusters(judged: Iterable[Judged]) -> list[Hashable]:
    """The record of each comparison; its number for one that stands alone."""
    return [number if item.record is None else item.record for number, item in enumerate(judged)]


def _ratio(hits: int, trials: int) -> float | None:
    return _round(hits / trials) if trials else None


def _mean(values: Sequence[float]) -> float | None:
    return _round(sum(values) / len(values)) if values else None


def _round(value: float) -> float:
    return round(value, DIGITS)
