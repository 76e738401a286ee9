"""Spans and the tokens that they touch."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.exports.tokens import IGNORED, is_wide, token_labels, touched, within

TEXT = "It never fails"
SPACED = [(0, 2), (2, 8), (8, 14)]  # byte-level: the space belongs to the word after it
SMILE = "So 🙂 yes"
PIECES = [(0, 2), (2, 4), (3, 4), (3, 4), (4, 8)]  # three tokens of one emoji


@pytest.mark.parametrize(
    ("text", "offsets", "span", "expected"),
    [
        (TEXT, SPACED, (3, 8), [1]),  # never
        (TEXT, SPACED, (0, 3), [0]),  # "It ": the space is also in the next token
        (TEXT, SPACED, (2, 3), []),  # a space alone
        (TEXT, SPACED, (1, 4), [0, 1]),  # parts of two words
        (TEXT, SPACED, (3, 3), []),
        (TEXT, SPACED, (14, 20), []),
        (SMILE, PIECES, (3, 4), [1, 2, 3]),
        (SMILE, [(0, 2), (2, 4), (3, 8)], (3, 4), [1, 2]),  # the last token: the emoji's end and what follows
        (SMILE, [(0, 2), (2, 4), (3, 8)], (5, 8), [2]),
        ("one\r\ntwo", [(0, 3), (3, 4), (4, 5), (5, 8)], (0, 8), [0, 3]),
        ("one\r\ntwo", [(0, 3), (3, 5), (5, 8)], (3, 8), [2]),
        ("abcdef", [(0, 0), (0, 4), (4, 6), (0, 0)], (0, 6), [1, 2]),  # tokens of no width
        ("", [], (0, 0), []),
    ],
)
def test_touched(text: str, offsets: list[tuple[int, int]], span: tuple[int, int], expected: list[int]) -> None:
    assert touched(text, offsets, *span) == expected


def test_adjacent_spans_share_the_token_across_their_border() -> None:
    offsets = [(0, 2), (2, 4), (4, 6)]
    assert touched("abcdef", offsets, 0, 3) == [0, 1]
    assert touched("abcdef", offsets, 3, 6) == [1, 2]
    assert touched("abcdef", offsets, 0, 2) == [0]
    assert touched("abcdef", offsets, 2, 4) == [1]


def test_a_wide_span_is_longer_than_six_tenths_of_the_text() -> None:
    assert not is_wide(2, 8, "x" * 10)
    assert is_wide(2, 9, "x" * 10)
    assert is_wide(0, 2, "🙂🙂")
    assert not is_wide(0, 0, "")


def test_labels() -> None:
    offsets = [(0, 0), (0, 2), (2, 3), (3, 5), (0, 0)]
    assert token_labels(offsets, []) == [IGNORED, 0, 0, 0, IGNORED]
    assert token_labels(offsets, [2]) == [IGNORED, 0, 1, 0, IGNORED]
    assert token_labels(offsets, faulty=[2], unsure=[1, 2]) == [IGNORED, IGNORED, 1, 0, IGNORED]
    assert token_labels([], []) == []


def test_offsets_into_a_part_of_the_text() -> None:
    offsets = [(0, 3), (3, 5), (5, 9), (9, 9), (9, 12)]
    assert within(offsets, 0, 12) == [(0, 3), (3, 5), (5, 9), (0, 0), (9, 12)]
    assert within(offsets, 4, 9) == [(0, 0), (0, 1), (1, 5), (0, 0), (0, 0)]
    assert within(offsets, 4, 9, first_index=2) == [(0, 0), (2, 3), (3, 7), (0, 0), (0, 0)]


@given(st.text(max_size=30), st.lists(st.integers(0, 30)), st.integers(0, 30), st.integers(0, 30))
def test_every_character_of_a_span_is_in_a_touched_token(text: str, cuts: list[int], one: int, other: int) -> None:
    start, end = sorted((min(one, len(text)), min(other, len(text))))
    borders = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    offsets = list(pairwise(borders))
    covered = {place for token in touched(text, offsets, start, end) for place in range(*offsets[token])}
    assert covered >= {place for place in range(start, end) if not text[place].isspace()}
    # and none is touched for nothing: without any one of them a character of the span is missing
    for token in touched(text, offsets, start, end):
        assert any(start <= place < end and not text[place].isspace() for place in range(*offsets[token]))
