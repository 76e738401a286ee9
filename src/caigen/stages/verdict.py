"""combine_orders: the judge's letters in both orders -> OrdersResult"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from caigen.metrics.intervals import sign_test
from caigen.stages.logprobs import ChoiceProbs

LETTERS = ("A", "B")
# a comparison that was counted from answers is decided if a fair coin would be as one-sided at most this often
# (docs/judges.md)
LEVEL = 0.0025
HALF_TOLERANCE = 1e-9  # probabilities nearer to one half than this are one half

Status = Literal["decided", "tie", "order_flip", "low_mass", "unparsed"]


class OrdersResult(NamedTuple):
    """What both orders of a comparison say together.

    `status` is `decided` if one text is better, else the reason why none is. `p_a` is the probability that a is better,
    the mean over the orders; None if an order cannot be read.
    """

    status: Status
    p_a: float | None


def combine_orders(
    first: ChoiceProbs | None, second: ChoiceProbs | None, *, min_mass: float, tie: float
) -> OrdersResult:
    """Combine both orders into a status and the mean P(a better).

    In `first` a stands first and has the letter A, in `second` b does; an order that was not asked is None. Letters
    that were counted from answers decide only if the sign test over all of them is below LEVEL.
    """
    orders = [order for order in (first, second) if order]
    # The first check that applies gives the status:
    # 1. unparsed: no letter could be read in one of the orders
    # 2. low_mass: in one of the orders the letters together have too small a probability
    # 3. tie: one of the orders prefers neither text
    # 4. order_flip: the orders prefer different texts
    # 5. tie: the mean is nearer to one half than `tie`
    # 6. tie: the letters were counted from sampled answers, and a coin could have given them
    # 7. decided
    for_a = _probabilities_of_a(first, second)
    if len(for_a) < len(orders):
        return OrdersResult("unparsed", None)
    p_a = round(sum(for_a) / len(for_a), 6)
    if min(order.mass for order in orders) < min_mass:
        return OrdersResult("low_mass", p_a)
    # the distance of each order from one half: above 0 for a, below for b
    leans = [p - 0.5 for p in for_a]
    # an order at one half prefers neither text, and the other order alone decides nothing
    if any(abs(lean) <= HALF_TOLERANCE for lean in leans):
        return OrdersResult("tie", p_a)
    if min(leans) < 0 < max(leans):
        return OrdersResult("order_flip", p_a)
    if abs(p_a - 0.5) < tie:
        return OrdersResult("tie", p_a)
    if any(order.samples for order in orders) and not _is_significant(first, second):
        return OrdersResult("tie", p_a)
    return OrdersResult("decided", p_a)


def _probabilities_of_a(first: ChoiceProbs | None, second: ChoiceProbs | None) -> list[float]:
    """The probability that a is better by each order that could be read; in the second order a has the letter B."""
    for_a = []
    if first and (p_first := first.prob("A")) is not None:
        for_a.append(p_first)
    if second and (p_first := second.prob("A")) is not None:
        for_a.append(1 - p_first)
    return for_a


def _is_significant(first: ChoiceProbs | None, second: ChoiceProbs | None) -> bool:
    """Whether the sampled votes of both orders prefer one text more often than a coin would.

    Both orders give the same number of votes, so that a preference for the first letter cancels out, however strong it
    is.
    """
    orders: list[Sequence[bool]] = []  # per order: whether each vote is for a
    if first:
        orders.append([vote == "A" for vote in first.votes])
    if second:
        orders.append([vote == "B" for vote in second.votes])
    count = min(map(len, orders))
    hits = sum(sum(votes[:count]) for votes in orders)
    return sign_test(hits, count * len(orders)) <= LEVEL
