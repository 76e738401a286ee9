"""Controls are written out, and all other characters stay as they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.visible import one_line, visible

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b]0;title\x07", r"\x1b[31mred\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),  # begins a sequence in one character
        ("a\rb\x7f", r"a\rb\x7f"),
        ("pay \u202eevil\u2066", r"pay \u202eevil\u2066"),
        ("half \ud800", r"half \ud800"),
        ("name \udcff", r"name \udcff"),  # a byte of a file name that is no UTF-8
        ("two\r\nlines\tand a tab", "two\nlines\tand a tab"),
        ("é 猫 👩‍👩‍👧 \\x1b", "é 猫 👩‍👩‍👧 \\x1b"),
    ],
)
def test_controls_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_one_line_has_no_breaks() -> None:
    assert one_line("a\nb\tc\r\nd\u2028e") == r"a\nb\tc\r\nd\u2028e"


@given(st.text(st.characters(codec=None)))
def test_no_text_has_controls_left(text: str) -> None:
    assert not RAW.search(visible(text))
    line = one_line(text)
    assert not RAW.search(line)
    assert len((line + "x").splitlines()) == 1
    line.encode()
    assert one_line(line) == line
