"""Known secrets: found in any spelling, and nothing else is touched."""

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.text.known_secrets import REMOVED, KnownSecrets, secrets_of_url

KEY = "sk-51f0a7c3d9e2"


@given(
    before=st.text(max_size=9), after=st.text(max_size=9), key=st.from_regex(r"sk-[a-zA-Z0-9+/&]{8,20}", fullmatch=True)
)
def test_a_secret_is_known_wherever_it_stands(before: str, after: str, key: str) -> None:
    secrets = KnownSecrets([key])
    text = before + key + after
    for spelled in (text, quote(text), text.encode().hex()):
        assert secrets.are_in(spelled)
        assert REMOVED in secrets.remove(spelled)
        assert key not in secrets.remove(spelled)
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        assert secrets.are_in(encode(text.encode()).decode())


@given(text=st.text())
def test_other_texts_stay(text: str) -> None:
    secrets = KnownSecrets([KEY])
    if KEY not in text:
        assert secrets.remove(text) == text
        assert not secrets.are_in(text)


@pytest.mark.parametrize("placeholder", ["EMPTY", "ollama", "lm-studio", "not-needed", "password", "none", "x", ""])
def test_a_placeholder_refuses_no_answer(placeholder: str) -> None:
    assert not KnownSecrets([placeholder]).are_in(f"What is {placeholder}?")


def test_json_is_gone_through_and_keeps_its_form() -> None:
    secrets = KnownSecrets([KEY, "error"])
    body = {"error": {"message": f"no {KEY}", KEY: [f"x{KEY}", 7, None]}}
    assert secrets.remove_from(body) == {"error": {"message": f"no {REMOVED}", REMOVED: [f"x{REMOVED}", 7, None]}}
    deep: object = KEY
    for _ in range(900):
        deep = [deep]
    assert KEY not in str(secrets.remove_from(deep))
    assert KnownSecrets().remove_from(body) is body


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("http://gpu:8000/v1", []),
        ("http://me:pa%40ss@gpu/v1", ["pa@ss", "me:pa@ss"]),
        ("https://sk-1@gpu/v1", ["sk-1"]),
        ("https://gpu/v1?api-version=2&api_key=abc", ["abc"]),
        ("http://[bad", []),
    ],
)
def test_secrets_of_a_url(url: str, secrets: list[str]) -> None:
    assert secrets_of_url(url) == secrets
