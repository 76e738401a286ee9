"""What models write reaches a terminal as text, never as a command."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.visible import flattened, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x07b\x9b2J", "a\\x07b\\x9b2J"),
        ("one\r\ntwo\rthree", "one\ntwo\\rthree"),
        ("\u202etxt.exe", "\\u202etxt.exe"),
        ("\ud800", "\\ud800"),
        ("tab\there, line\nthere", "tab\there, line\nthere"),
        ("茶 é 👩‍👩‍👧", "茶 é 👩‍👩‍👧"),
    ],
)
def test_control_characters_are_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(st.characters()))
def test_no_control_character_is_left(text: str) -> None:
    assert all(unicodedata.category(character) not in ("Cc", "Cs") for character in flattened(text))
    assert visible(visible(text)) == visible(text)
