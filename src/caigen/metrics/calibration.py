"""A judge against comparisons whose answer is known, beside the baselines that any judge must beat."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from caigen.metrics.intervals import brier, calibration_error, clustered, correlation
from caigen.records import Comparison, Record, latest

BETTER, WORSE = "0.0", "1.0"  # where a labelled comparison has its two texts (comparisons.py)


@dataclass(frozen=True)
class Judged:
    """One labelled comparison under one principle: the judge's words on it, how much longer the better text is, and its record.

    Comparisons of one record are not independent: a judge that is wrong about two texts is so under most principles. One without
    a record stands alone.
    """

    said: Comparison
    longer: float  # characters of the better text over those of both
    record: str | None = None

    @property
    def p(self) -> float | None:
        """The probability that it gives to the text that is better."""
        return self.said.p_a

    @property
    def length_right(self) -> float:
        """Whether the longer text is the better one, 1 or 0; one half where both are as long."""
        return 0.5 if self.longer == 0.5 else float(self.longer > 0.5)


def judged(records: Iterable[Record]) -> list[Judged]:
    """All comparisons of labelled records that speak (records.latest)."""
    found = []
    for record in records:
        better, worse = (len(candidate.text) for candidate in record.candidates)
        longer = better / max(1, better + worse)
        found += [Judged(said, longer, record.id) for said in latest(record.comparisons)]
    return found


def calibration(found: Sequence[Judged]) -> dict[str, Any]:
    """Accuracy with its interval, ECE, Brier, flips and bias of the place, and the baselines; `principles` has each alone.

    Accuracy and baselines are of the same comparisons, the decided ones; `coverage` is their share of all. Intervals are of 95 %
    and clustered by record.
    """
    by_rule: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        by_rule[one.said.principle].append(one)
    return _figures(found) | {"principles": {rule: _figures(of) for rule, of in sorted(by_rule.items())}}


def _figures(found: Sequence[Judged]) -> dict[str, Any]:
    decided = [(one, one.p) for one in found if one.said.status == "decided" and one.p is not None]
    right = [p > 0.5 for _, p in decided]
    records = _clusters([one for one, _ in decided])
    longer = [one.length_right for one, _ in decided]
    # whether it preferred the longer text, of those that differ in length
    uneven = [(one, p) for one, p in decided if one.longer != 0.5]
    liked = [(p > 0.5) == (one.longer > 0.5) for one, p in uneven]
    orders = [order for one in found for order in one.said.orders if order]
    firsts = [order["p_first"] for order in orders if "p_first" in order]
    read = [one for one in found if one.p is not None]
    lean = correlation([one.longer for one in read], [one.p or 0.0 for one in read])
    return {
        "comparisons": len(found),
        "records": len(set(_clusters(found))),
        "decided": len(decided),
        "coverage": _share(len(decided), len(found)),
        "statuses": dict(Counter(one.said.status for one in found)),
        "accuracy": _mean(right),
        "accuracy_interval": _interval(right, records),
        "accuracy_of_one_order": _share(sum(_single(one) for one in found), len(firsts)),
        "expected_calibration_error": _round(calibration_error([max(p, 1 - p) for _, p in decided], right))
        if decided
        else None,
        "brier": _round(brier([one.p or 0.0 for one in read])) if read else None,
        "order_flips": _share(sum(one.said.status == "order_flip" for one in found), len(found)),
        "first_over_half": _round(sum(firsts) / len(firsts) - 0.5) if firsts else None,
        "mass": _round(sum(order["mass"] for order in orders) / len(orders)) if orders else None,
        "length_correlation": _round(lean) if lean is not None else None,
        "prefers_longer": _mean(liked),
        "prefers_longer_interval": _interval(liked, _clusters([one for one, _ in uneven])),
        "baselines": {
            "always_a": _round(0.5),
            "longer_wins": _mean(longer),
            "longer_wins_interval": _interval(longer, records),
        },
    }


def no_better(figures: dict[str, Any]) -> str | None:
    """Why a judge is no better than a trivial one: which baseline lies in or above its interval; None where it is better.

    Where it follows the length of the texts as much as what is right of them, that is said, too.
    """
    if not figures["decided"]:
        return "it decided nothing"
    low, accuracy = figures["accuracy_interval"][0], figures["accuracy"]
    for name in ("always_a", "longer_wins"):
        share = figures["baselines"][name]
        if low <= share:
            said = f"{name.replace('_', ' ')} is right in {share:.0%}, it in {accuracy:.0%} (95 %: from {low:.0%})"
            return said + (f"; {_of_length(figures)}" if _likes_length(figures) else "")
    return None


def _likes_length(figures: dict[str, Any]) -> bool:
    liked: float | None = figures["prefers_longer"]
    return liked is not None and figures["prefers_longer_interval"][0] > 0.5 and liked >= figures["accuracy"]


def _of_length(figures: dict[str, Any]) -> str:
    return f"it prefers the longer text in {figures['prefers_longer']:.0%}"


def _single(one: Judged) -> int:
    """How many of the orders alone were right."""
    there, back = (order.get("p_first") for order in one.said.orders)
    return (there is not None and there > 0.5) + (back is not None and back < 0.5)


def _share(hits: int, trials: int) -> float | None:
    return _round(hits / trials) if trials else None


def _mean(values: Sequence[float]) -> float | None:
    return _round(sum(values) / len(values)) if values else None


def _clusters(found: Sequence[Judged]) -> list[Hashable]:
    return [number if one.record is None else one.record for number, one in enumerate(found)]


def _interval(values: Sequence[float], records: Sequence[Hashable]) -> list[float]:
    return [_round(end) for end in clustered(values, records)]


def _round(value: float) -> float:
    return round(value, 4)
