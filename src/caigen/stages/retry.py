"""draw_better: a function that draws a critique or revision -> the better one of two draws, or of more after a retry

A second draw costs a whole request. So it is made only if the first is unusable and another seed can change that. The
summary counts what second draws gained (`tries`).
"""

from collections.abc import Awaitable, Callable, Collection
from contextvars import ContextVar
from typing import TypeVar

from caigen.engines.base import Sampling
from caigen.errors import ABOUT_THE_TEXT
from caigen.records import Critique, Revision

LASTING_FLAGS = frozenset({"no_finish_reason"})  # every draw has it: a server always sends finish reasons or never does
DRAWS = 2  # of one text
# how often the user had what cannot be used asked again (--retry-failed); each time gives DRAWS draws more
RETRIES: ContextVar[int] = ContextVar("RETRIES", default=0)
Draw = TypeVar("Draw", Critique, Revision)


def can_differ(flags: Collection[str], sampling: Sampling, *, lasting: Collection[str] = ()) -> bool:
    """Whether a retry can remove these flags: never at temperature 0, and never for flags that every draw has.

    Those are LASTING_FLAGS and, for this text, `lasting`.
    """
    is_lasting = not LASTING_FLAGS.union(lasting).isdisjoint(flags)
    return sampling.temperature > 0 and not is_lasting


async def draw_better(
    draw: Callable[[int], Awaitable[Draw]], sampling: Sampling, *, lasting: Collection[str] = ()
) -> Draw:
    """Return `draw(0)`, or if it is flagged and can differ, the better of `draw(0)` and `draw(1)`; with RETRIES of
    further draws too, until one is not flagged.

    Better is the one that can be read, then the one with fewer flags, then the first.

    Raises RequestError.
    """
    best = await draw(0)
    tries = 1
    for attempt in attempts():
        if not best.flags or _is_refused(best) or not can_differ(best.flags, sampling, lasting=lasting):
            break
        best = min(best, await draw(attempt), key=_defects)
        tries += 1
    return best.model_copy(update={"tries": tries}) if tries > 1 else best


def attempts() -> range:
    """The numbers of the draws after the first. The number of a draw is part of its seed, so each is another one, and
    the same one whenever it is asked for.
    """
    return range(1, DRAWS * (1 + RETRIES.get()))


def _is_refused(draw: Critique | Revision) -> bool:
    """Whether the server refused the request because of its text: nothing was generated, and no seed changes that."""
    return draw.finish_reason is None and not ABOUT_THE_TEXT.isdisjoint(draw.flags)


def _defects(draw: Critique | Revision) -> tuple[bool, int]:
    """Sort key, best first: readable before unreadable, then the number of flags."""
    unreadable = isinstance(draw, Critique) and draw.raw is not None
    return unreadable, len(draw.flags)
