"""better: a way to draw a critique or revision -> the better of at most two draws

A second draw costs a whole request, so it is made only where the first cannot be used and another seed can give something
that can. What second draws brought is counted (`tries`, summary.py).
"""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from caigen.engines.base import Sampling
from caigen.errors import ABOUT_THE_TEXT
from caigen.records import Critique, Revision

SETTLED = frozenset({"no_finish_reason"})  # flags that every draw has: a server names a reason, or never does
Draw = TypeVar("Draw", Critique, Revision)


def can_differ(flags: Collection[str], sampling: Sampling, *, settled: Collection[str] = ()) -> bool:
    """Whether another draw may be without these flags: not where the model is greedy, nor where their cause stays.
    `settled` are further flags whose cause stays.
    """
    return sampling.temperature > 0 and not (SETTLED | set(settled)) & set(flags)


async def better(draw: Callable[[int], Awaitable[Draw]], sampling: Sampling, *, settled: Collection[str] = ()) -> Draw:
    """What `draw(0)` gives, or where it is flagged and may turn out otherwise the better of it and `draw(1)`: the one that
    can be read, then the one with fewer flags, then the first.

    Raises RequestError.
    """
    first = await draw(0)
    if not first.flags or _refused(first) or not can_differ(first.flags, sampling, settled=settled):
        return first
    kept = min(first, await draw(1), key=_faults)
    return kept.model_copy(update={"tries": 2})


def _refused(drawn: Critique | Revision) -> bool:
    """Whether the request was refused for its text, which another seed does not change; nothing was generated."""
    return drawn.finish_reason is None and not ABOUT_THE_TEXT.isdisjoint(drawn.flags)


def _faults(drawn: Critique | Revision) -> tuple[bool, int]:
    unread = isinstance(drawn, Critique) and drawn.raw is not None
    return unread, len(drawn.flags)
