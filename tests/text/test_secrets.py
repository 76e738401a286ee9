"""What is written down and shown holds no credentials, keys or tokens, and nothing else is lost."""

from typing import Any

import pytest

from caigen.text.secrets import is_secret_name, public_mapping, public_url, public_value


@pytest.mark.parametrize(
    "name",
    [
        "token",
        "hf_token",
        "HF_TOKEN",
        "api-key",
        "api_key",
        "apikey",
        "accessToken",
        "authToken",
        "access_key_id",
        "pwd",
        "bearer",
        "sig",
        "secret",
        "clientSecret",
        "X-Amz-Signature",
        "password",
        "db_passwd2",
        "authorization",
        "private_key",
        "key",
        "credentials",
        "hf_token ",
    ],
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "bos_token",
        "eos_token",
        "pad_token",
        "sort_key",
        "max_num_batched_tokens",
        "tokenizer",
        "tokens",
        "eos_token_id",
        "keys",
        "author",
        "design",
        "monkey",
        "think-tokens",
        "endpoint",
        "",
    ],
)
def test_other_names(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("url", "public"),
    [
        ("https://me:secret@gpu:8000/v1", "https://gpu:8000/v1"),
        ("https://me:se@cret@gpu/v1#m", "https://gpu/v1#m"),
        ("http://me:it's a@gpu/v1", "http://gpu/v1"),
        ("http://gpu/v1#claude-opus-4@20250514", "http://gpu/v1#claude-opus-4@20250514"),
        ("http://me:pw@gpu/v1#@cf/meta/llama", "http://gpu/v1#@cf/meta/llama"),
        ("http://gpu/users/@me/v1?v=%41&sig=s3cret&a=1#m", "http://gpu/users/@me/v1?v=%41&a=1#m"),
        ("http://a:b@one/v1,http://c:d@two/v1", "http://one/v1,http://two/v1"),
        ("http://[::1/v1", "http://…"),
        ("http://me:pass#word@gpu/v1", "http://…"),
        ("http://[::1]:80/v1", "http://[::1]:80/v1"),
        ("file:///models/x", "file:///models/x"),
        ("http://gpu/v1", "http://gpu/v1"),
        ("me@example", "me@example"),
        ("org/model", "org/model"),
    ],
)
def test_urls_without_secrets(url: str, public: str) -> None:
    assert public_url(url) == public
    assert public_url(public) == public


@pytest.mark.parametrize(
    ("value", "public"),
    [
        ({"rope": 2, "authToken": "x", "deep": [{"pwd": 1, "a": 1}]}, {"rope": 2, "deep": [{"a": 1}]}),
        ('{"a": 1, "b": "{\\"token\\": 1, \\"c\\": 2}"}', '{"a": 1, "b": "{\\"c\\": 2}"}'),
        ('{"token": 1}', None),
        ({"token": 1}, None),
        ("{}", "{}"),
        ({}, {}),
        ("hf_token = X", None),
        ('{"authToken": "x"', None),  # JSON that was cut off
        ("{% if bos_token == a %}", "{% if bos_token == a %}"),
        ("http://[bad", None),
        ("see http://me:pw@gpu/v1", "see http://gpu/v1"),
        (512, 512),
        (None, None),
    ],
)
def test_values_without_secrets(value: Any, public: Any) -> None:
    assert public_value(value) == public


def test_arguments_without_secrets() -> None:
    args = {"hf_token": "x", "dtype": None, "proxy": "http://[bad", "url": "http://a:b@c/", "bos_token": "<s>"}
    assert public_mapping(args) == {"dtype": None, "url": "http://c/", "bos_token": "<s>"}
