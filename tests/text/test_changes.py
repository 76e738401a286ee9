"""Word differences: kept and added words are the revision, removed words stood in the text before."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.changes import changes


def marked(before: str, after: str) -> str:
    marks = {"kept": "{}", "removed": "[-{}-]", "added": "{{+{}+}}"}
    return "".join(marks[piece.change].format(piece.text) for piece in changes(before, after) or ())


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("Tea always helps.", "Tea may help.", "Tea [-always helps.-]{+may help.+}"),
        ("a b c", "a c", "a [-b -]c"),
        ("a c", "a b c", "a {+b +}c"),
        ("same text", "same text", "same text"),
        ("same  text", "same text", "same text"),
        ("", "new", "{+new+}"),
        ("old", "", "[-old-]"),
        ("", "", ""),
        ("我喜欢喝茶。", "我喜欢喝水。", "我喜欢喝[-茶-]{+水+}。"),
        ("ชาดี", "ชาไม่ดี", "ชา{+ไม่+}ดี"),
        # a word that both happen to have between two longer changes splits no sentence
        (
            "one two the three four end",
            "five six the seven eight end",
            "[-one two the three four -]{+five six the seven eight +}end",
        ),
    ],
)
def test_a_difference(before: str, after: str, said: str) -> None:
    assert marked(before, after) == said


PROSE = st.text(alphabet=st.sampled_from("ab茶ส \n\t.\u0301"), max_size=40)


@given(PROSE, PROSE)
def test_nothing_is_lost_and_nothing_invented(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert pieces is not None
    assert "".join(piece.text for piece in pieces if piece.change != "removed").strip() == after.strip()
    left = "".join(piece.text for piece in pieces if piece.change != "added")
    assert "".join(left.split()) == "".join(before.split())


def test_long_texts_that_repeat_themselves_take_no_minutes() -> None:
    began = time.monotonic()
    assert changes("go on " * 4000, "go on and " * 3000)
    assert time.monotonic() - began < 5


def test_texts_beyond_that_are_not_compared() -> None:
    assert changes("word " * 15_000, "word " * 15_000) is None
