"""What a model's own settings ask for and is not done is told in one line."""

from typing import Any

import pytest

from caigen.engines.generation_config import not_applied


@pytest.mark.parametrize(
    ("own", "told"),
    [
        (
            {"top_k": 20, "repetition_penalty": 1.05, "temperature": 0.6},
            "temperature 0.6, top_k 20, repetition_penalty 1.05",
        ),
        ({"top_p": 0.8, "max_tokens": 2048}, "top_p 0.8"),
        ({"presence_penalty": 1.5}, "presence_penalty 1.5"),
    ],
)
def test_values_that_are_not_applied_are_named(own: dict[str, Any], told: str) -> None:
    assert f"the generation_config of m has {told}" in not_applied("m", own)
    assert "; not applied" in not_applied("m", own)


@pytest.mark.parametrize("own", [{}, {"top_k": -1, "temperature": 1.0}, {"top_k": 0, "top_p": None, "max_tokens": 5}])
def test_values_that_change_nothing_are_not(own: dict[str, Any]) -> None:
    assert not not_applied("m", own)
