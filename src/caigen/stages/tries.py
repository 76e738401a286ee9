"""better: a way to draw a critique or revision -> the better of at most two draws

A second draw costs a whole request, so it is made only where the first cannot be used and another seed can give something
that can. What second draws brought is counted (`tries`, summary.py).
"""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from caigen.engines.base import Sampling
from caigen.records import Critique, Revision

SETTLED = {  # flags that another draw hardly ever mends, with the reason
    "truncated": "the limit stays; what reached it is the longest text to ask for, and mostly reaches it again",
    "no_finish_reason": "the server names none, whatever the text",
}
Draw = TypeVar("Draw", Critique, Revision)


def can_differ(flags: Collection[str], sampling: Sampling) -> bool:
    """Whether another draw may be without these flags: not where the model is greedy, nor where their cause stays."""
    return sampling.temperature > 0 and not SETTLED.keys() & set(flags)


async def better(draw: Callable[[int], Awaitable[Draw]], sampling: Sampling) -> Draw:
    """What `draw(0)` gives, or where it is flagged and may turn out otherwise the better of it and `draw(1)`: the one that
    can be read, then the one with fewer flags, then the first.

    Raises RequestError.
    """
    first = await draw(0)
    if not first.flags or not can_differ(first.flags, sampling):
        return first
    kept = min(first, await draw(1), key=_faults)
    return kept.model_copy(update={"tries": 2})


def _faults(drawn: Critique | Revision) -> tuple[bool, int]:
    unread = isinstance(drawn, Critique) and drawn.raw is not None
    return unread, len(drawn.flags)
