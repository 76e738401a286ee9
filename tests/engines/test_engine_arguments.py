"""A value that an engine argument does not take is answered with those that it takes."""

from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from caigen.engines.vllm_load import wrong_argument


class Config(BaseModel):
    """Like vLLM's ModelConfig: a word or an object, and a number."""

    dtype: Literal["auto", "float16", "float32"] | bytes = "auto"
    max_model_len: int = Field(default=1, ge=1)


def error_of(**args: object) -> Exception:
    with pytest.raises(ValidationError) as caught:
        Config(**args)  # type: ignore[arg-type]
    return caught.value


def test_the_words_that_it_takes() -> None:
    error = error_of(dtype=["float23"])
    assert wrong_argument(error, {"dtype": "float23"}) == (
        "--engine-arg dtype=float23: takes one of auto, float16, float32; did you mean float32?"
    )


def test_what_is_wrong_with_a_number() -> None:
    said = wrong_argument(error_of(max_model_len=0), {"max_model_len": 0})
    assert said == "--engine-arg max_model_len=0: Input should be greater than or equal to 1"


def test_errors_about_something_else() -> None:
    assert wrong_argument(error_of(max_model_len=0), {"dtype": "auto"}) is None
    assert wrong_argument(RuntimeError("no"), {"dtype": "auto"}) is None


@pytest.mark.process
def test_a_real_one(caigen: object) -> None:
    done = caigen("sample", "--engine-arg", "dtype=float23", stdin='{"prompt": "a"}\n', check=1)  # type: ignore[operator]
    assert "error: --engine-arg dtype=float23: takes one of auto, " in done.stderr
    assert "did you mean float32?" in done.stderr
