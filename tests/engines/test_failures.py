"""Errors in a server's body, at any place where servers put them."""

from typing import Any

import pytest

from caigen.engines.failures import error_message, error_names, hidden_error


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"error": {"message": "upstream", "code": 502, "metadata": {"raw": "timed out"}}}, 502, "upstream: timed out"),
        ({"choices": [{"error": {"code": 502, "message": "lost"}, "message": {"content": ""}}]}, 502, "lost"),
        ({"error": {"message": "no", "code": "rate_limit_exceeded"}}, 503, "no"),
        ({"error": {"message": "no", "type": "server_error"}}, 503, "no"),
        ({"error": {"message": "no such thing", "code": "invalid"}}, 400, "no such thing"),
        ({"error": "bad\nday"}, 400, "bad day"),
        ({"error": {"message": "no", "code": 402}}, 402, "no"),
    ],
)
def test_an_error_that_comes_with_200(body: Any, status: int, message: str) -> None:
    assert hidden_error(body) == (status, message)


def test_no_error() -> None:
    assert hidden_error({"choices": [{"message": {"content": "x"}}], "error": None}) is None
    assert hidden_error([]) is None
    assert error_names({"error": {"code": "a", "type": None, "innererror": {"code": "b"}}}) == {"a", "b"}
    assert error_names({"error": {"code": 403, "metadata": {"reasons": ["violence"]}}}) == {"403", "content_filter"}
    assert error_names("x") == error_names({"error": "x"}) == set()
    assert len(error_message({"error": {"message": "x" * 999}})) == 300
