"""A judge against comparisons whose answer is known, beside the baselines that any judge must beat."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from caigen.metrics.proportions import brier, calibration_error, correlation, wilson
from caigen.records import Comparison, Record

BETTER, WORSE = "0.0", "1.0"  # where a labelled comparison has its two texts (comparisons.py)


@dataclass(frozen=True)
class Judged:
    """One labelled comparison under one principle: the judge's words on it, and how much longer the better text is."""

    said: Comparison
    longer: float  # characters of the better text over those of both

    @property
    def p(self) -> float | None:
        """The probability that it gives to the text that is better."""
        return self.said.p_a


def judged(records: Iterable[Record]) -> list[Judged]:
    """All comparisons of labelled records."""
    found = []
    for record in records:
        better, worse = (len(candidate.text) for candidate in record.candidates)
        found += [Judged(said, better / max(1, better + worse)) for said in record.comparisons]
    return found


def calibration(found: Sequence[Judged]) -> dict[str, Any]:
    """Accuracy with its interval, ECE, Brier, flips and bias of the place, and the baselines; `principles` has each alone."""
    by_rule: dict[str, list[Judged]] = defaultdict(list)
    for one in found:
        by_rule[one.said.principle].append(one)
    return _figures(found) | {"principles": {rule: _figures(of) for rule, of in sorted(by_rule.items())}}


def _figures(found: Sequence[Judged]) -> dict[str, Any]:
    decided = [one.p for one in found if one.said.status == "decided" and one.p is not None]
    right = [p > 0.5 for p in decided]
    hits, count = sum(right), len(decided)
    orders = [order for one in found for order in one.said.orders]
    firsts = [order["p_first"] for order in orders if "p_first" in order]
    read = [one for one in found if one.p is not None]
    lean = correlation([one.longer for one in read], [one.p or 0.0 for one in read])
    longer = sum(one.longer > 0.5 for one in found)
    return {
        "comparisons": len(found),
        "decided": count,
        "statuses": dict(Counter(one.said.status for one in found)),
        "accuracy": _share(hits, count),
        "accuracy_interval": _interval(hits, count),
        "accuracy_of_one_order": _share(sum(_single(one) for one in found), len(firsts)),
        "expected_calibration_error": _round(calibration_error([max(p, 1 - p) for p in decided], right))
        if count
        else None,
        "brier": _round(brier([one.p or 0.0 for one in read])) if read else None,
        "order_flips": _share(sum(one.said.status == "order_flip" for one in found), len(found)),
        "first_over_half": _round(sum(firsts) / len(firsts) - 0.5) if firsts else None,
        "mass": _round(sum(order["mass"] for order in orders) / len(orders)) if orders else None,
        "length_correlation": _round(lean) if lean is not None else None,
        "baselines": {
            "always_a": _round(0.5),
            "longer_wins": _share(longer, len(found)),
            "longer_wins_interval": _interval(longer, len(found)),
        },
    }


def no_better(figures: dict[str, Any]) -> str | None:
    """Why a judge is no better than a trivial one: which baseline lies in or above its interval; None where it is better."""
    if not figures["decided"]:
        return "it decided nothing"
    low = figures["accuracy_interval"][0]
    for name in ("always_a", "longer_wins"):
        share = figures["baselines"][name]
        if low <= share:
            return f"{name.replace('_', ' ')} is right in {share:.0%}, it in {figures['accuracy']:.0%} (95 %: from {low:.0%})"
    return None


def _single(one: Judged) -> int:
    """How many of the two orders alone were right."""
    there, back = (order.get("p_first") for order in one.said.orders)
    return (there is not None and there > 0.5) + (back is not None and back < 0.5)


def _share(hits: int, trials: int) -> float | None:
    return _round(hits / trials) if trials else None


def _interval(hits: int, trials: int) -> list[float]:
    return [_round(end) for end in wilson(hits, trials)]


def _round(value: float) -> float:
    return round(value, 4)
