"""When something is asked for a second time, and which of the two is kept."""

import asyncio

import pytest

from caigen.engines.base import Sampling
from caigen.records import Critique, Revision
from caigen.stages.retry import can_differ, draw_better

WARM, GREEDY = Sampling(temperature=0.7), Sampling(temperature=0.0)


def kept(*drawn: Revision | Critique, sampling: Sampling = WARM) -> Revision | Critique:
    """What is kept of draws that come in this order; a draw too many is an IndexError."""

    async def draw(attempt: int) -> Revision | Critique:
        return drawn[attempt]

    return asyncio.run(draw_better(draw, sampling))


def test_what_is_sound_is_asked_for_once() -> None:
    assert kept(Revision(text="a")) == Revision(text="a")


def test_a_sound_second_one_is_kept() -> None:
    assert kept(Revision(text="a", flags=("leak",)), Revision(text="b")) == Revision(text="b", tries=2)


def test_of_two_that_are_flagged_the_better_is_kept() -> None:
    one, other = Revision(text="a", flags=("leak", "loop")), Revision(text="b", flags=("identical",))
    assert kept(one, other) == other.model_copy(update={"tries": 2})
    assert kept(other, one) == other.model_copy(update={"tries": 2})
    same = Revision(text="c", flags=("leak",))
    assert kept(other, same).text == "b"


def test_a_critique_that_can_be_read_is_better_than_one_that_cannot() -> None:
    unread = Critique(text="", verdict="unclear", raw="?", flags=("unparsed",))
    read = Critique(text="x", verdict="violates", flags=("inconsistent", "invented_quote"))
    assert kept(unread, read).text == kept(read, unread).text == "x"


def test_a_greedy_model_says_the_same_again() -> None:
    flagged = Revision(text="a", flags=("leak",))
    assert kept(flagged, sampling=GREEDY) == flagged
    assert not can_differ(("leak",), GREEDY)


@pytest.mark.parametrize("flags", [("no_finish_reason",), ("loop", "no_finish_reason")])
def test_what_every_draw_has_is_not_drawn_again(flags: tuple[str, ...]) -> None:
    flagged = Revision(text="a", flags=flags)
    assert kept(flagged) == flagged


def test_a_stage_knows_further_flags_that_every_draw_has() -> None:
    assert not can_differ(("truncated", "leak"), WARM, lasting={"truncated"})
    assert can_differ(("leak",), WARM, lasting={"truncated"})


@pytest.mark.parametrize(
    "flag", ["empty", "truncated", "identical", "unparsed", "inconsistent", "content_filter", "invented_quote"]
)
def test_what_depends_on_the_draw_is_drawn_again(flag: str) -> None:
    assert can_differ((flag,), WARM)
