"""A row of a table -> the JSON object that a line could hold, or why no line could.

Parquet files and hub data sets hold bytes, images, decimals and more. All of a row is checked when it is read:
otherwise a record that cannot be written would be noticed only after a model was asked.
"""

import datetime
import math
import uuid
from collections.abc import Mapping
from typing import Any

MAX_LEVELS = 100  # of nesting, in any input
MIN_INTEGER, MAX_INTEGER = -(2**63), 2**64 - 1  # what orjson writes
TYPE_NAMES = {bytes: "bytes", bytearray: "bytes", datetime.timedelta: "a duration"}


class CellError(ValueError):
    """A value that JSON cannot hold; the message names its field."""


def json_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row, with dates, times and UUIDs as texts.

    Raises CellError for any other value that is not JSON, for NaN and infinities, and for too many levels of nesting.
    """
    return {str(name): _json_value(cell, str(name), MAX_LEVELS - 1) for name, cell in row.items()}


def _json_value(value: Any, field: str, levels: int) -> Any:
    """The JSON value of a cell; `field` is its path, `levels` how many levels of nesting are still allowed."""
    if levels == 0:
        raise CellError(f"nested deeper than {MAX_LEVELS} levels")
    match value:
        case None | bool():
            return value
        case str():
            return _checked_text(value, field)
        case int() if MIN_INTEGER <= value <= MAX_INTEGER:
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [_json_value(part, field, levels - 1) for part in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {key: _json_value(part, f"{field}.{key}", levels - 1) for key, part in value.items()}
        case datetime.date() | datetime.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
    what = _describe_value(value)
    raise CellError(f'the field "{field}" holds {what}, which JSON cannot say: leave it out, or make it a text')


def _checked_text(value: str, field: str) -> str:
    """The text, if UTF-8 can hold it: a lone surrogate such as `\\ud800` cannot be written."""
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CellError(f'the field "{field}" is not Unicode: {error.reason} at {error.start}') from error
    return value


def _describe_value(value: object) -> str:
    """What a value is, in words for an error message."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, float):
        return "an infinite number"
    if isinstance(value, int):
        return "an integer of more than 64 bits"
    return TYPE_NAMES.get(type(value)) or f"a value of the type {type(value).__name__}"
