"""Values of options as a YAML file holds them, and whether one has the type that its option asks for."""

from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

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
