"""The errors' shared sentences, and the tree and kinds that the module's docstring draws."""

import re
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from caigen import errors
from caigen.errors import CaigenError, first_error, needs

SOURCE = Path(errors.__file__).parent


def test_a_missing_library_says_what_installs_it() -> None:
    error = needs("parquet", "Parquet needs pyarrow", ImportError("No module named 'pyarrow'"))
    assert type(error) is CaigenError
    assert str(error) == "Parquet needs pyarrow (No module named 'pyarrow'): pip install 'caigen[parquet]'"


@pytest.mark.parametrize(
    ("options", "value", "line"),
    [
        ({}, {"a": [1, "x"]}, "a.1: input should be a valid integer, unable to parse string as an integer"),
        ({}, 5, ": input should be a valid dictionary"),
        ({"root": "row"}, 5, "row: input should be a valid dictionary"),
        (
            {"ignored": "a", "root": "row"},
            {"a": ["x"]},
            "0: input should be a valid integer, unable to parse string as an integer",
        ),
    ],
)
def test_the_first_validation_error_in_one_line(options: dict[str, str], value: object, line: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, list[int]]).validate_python(value)
    assert first_error(caught.value, **options) == line


def test_the_docstring_draws_the_tree() -> None:
    drawn = re.findall(r"(?:├──|└──) (\w+)", errors.__doc__ or "")
    assert drawn == [error.__name__ for error in CaigenError.__subclasses__() if error.__module__ == errors.__name__]


def test_the_docstring_explains_every_kind() -> None:
    source = "".join(path.read_text() for path in SOURCE.rglob("*.py"))
    kinds = set(re.findall(r'RequestError\(\s*"(\w+)"', source))
    assert len(kinds) >= 5
    explained = set(re.findall(r"`(\w+)`", errors.__doc__ or ""))
    assert kinds <= explained
