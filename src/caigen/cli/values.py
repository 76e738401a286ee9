"""Values of options as a YAML file holds them: whether one may stand in a file, and has the type of its option."""

import math
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

MAX_INTEGER = 2**63 - 1  # the largest that 64 bits hold with a sign, as those of JSON files

Value = str | int | float | bool | None | list["Value"]


def plain(value: object) -> Value:
    """An option's value for YAML or JSON: paths and enums as text, tuples as lists."""
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)


def content_error(value: object) -> str | None:
    """What keeps a value out of a JSON file, whatever its option; None for a good one.

    Bytes of a file name that are no UTF-8 pass: Python keeps them as surrogates that `os.fsencode` turns back.
    """
    if isinstance(value, dict):
        return content_error([*value.keys(), *value.values()])
    if isinstance(value, list | tuple):
        errors = map(content_error, value)
        return next((error for error in errors if error), None)
    if isinstance(value, int) and not -MAX_INTEGER <= value <= MAX_INTEGER:
        return "a number has more than 64 bits"  # it may be too long to print
    if isinstance(value, float) and not math.isfinite(value):
        return f"{value} is no finite number"
    if isinstance(value, str):
        try:
            value.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            return "a text holds half of a surrogate pair"
    return None


def is_utf8(value: object) -> bool:
    """Whether the texts of an option's value came from UTF-8; paths are not looked at."""
    if isinstance(value, list | tuple):
        return all(is_utf8(part) for part in value)
    return not isinstance(value, str) or not any("\ud800" <= character <= "\udfff" for character in value)


def type_error(annotation: Any, value: object) -> str | None:
    """What is wrong with the type of a value; None where it is right. No text is taken for a number,
    no number for a text.
    """
    if get_origin(annotation) is Annotated:
        return type_error(get_args(annotation)[0], value)
    if get_origin(annotation) in (Union, UnionType):  # `int | None`
        (kind,) = (part for part in get_args(annotation) if part is not NoneType)
        return type_error(kind, value)
    if get_origin(annotation) is list:
        return _list_error(get_args(annotation) * len(value) if isinstance(value, list) else (), value)
    if get_origin(annotation) is tuple:
        return _list_error(get_args(annotation), value)
    if get_origin(annotation) is Literal:
        words = get_args(annotation)
        return None if value in words and isinstance(value, str) else f"{value!r}: needs one of {', '.join(words)}"
    return _single_error(annotation, value)


def _list_error(kinds: tuple[Any, ...], value: object) -> str | None:
    """What is wrong with a list whose entries have these types."""
    if not isinstance(value, list):
        return f"{value!r}: needs a list"
    if len(value) != len(kinds):
        return f"{value!r}: needs {len(kinds)} values"
    errors = [type_error(kind, part) for kind, part in zip(kinds, value, strict=True)]
    return next((error for error in errors if error), None)


def _single_error(kind: Any, value: object) -> str | None:
    """What is wrong with a value that is no list."""
    if kind is bool:
        return None if isinstance(value, bool) else f"{value!r}: needs true or false"
    if kind is int:
        return None if isinstance(value, int) and not isinstance(value, bool) else f"{value!r}: needs a whole number"
    if kind is float:
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return None if number else f"{value!r}: needs a number"
    if isinstance(kind, type) and issubclass(kind, Enum):
        words = [str(member.value) for member in kind]
        return None if value in words else f"{value!r}: needs one of {', '.join(words)}"
    assert kind in (str, Path), kind
    return None if isinstance(value, str) else f"{value!r}: needs a text, in quotation marks"
