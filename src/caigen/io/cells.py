"""A row of a table -> what a line of JSON can say, or why it cannot.

Parquet files and data sets of the hub hold bytes, images, decimals and more; whatever a row brings is checked when it is
read, since a record that cannot be written is found out only after a model was asked.
"""

import datetime
import math
import uuid
from collections.abc import Mapping
from typing import Any

DEEPEST = 100  # levels of nesting, in any input
_NAMES = {bytes: "bytes", bytearray: "bytes", datetime.timedelta: "a duration"}


class CellError(ValueError):
    """A value that JSON has no word for; the message names its field."""


def json_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with dates, times and UUIDs as texts.

    Raises CellError for any other value that is no JSON, for NaN and infinities, and for what is nested too deep.
    """
    return {str(name): _value(cell, str(name), DEEPEST - 1) for name, cell in row.items()}


def _value(value: Any, field: str, left: int) -> Any:
    if left == 0:
        raise CellError(f"nested deeper than {DEEPEST} levels")
    match value:
        case None | bool():
            return value
        case str():
            return _text(value, field)
        case int() if -(2**63) <= value < 2**64:
            return value
        case float() if math.isfinite(value):
            return value
        case list() | tuple():
            return [_value(part, field, left - 1) for part in value]
        case Mapping() if all(isinstance(key, str) for key in value):
            return {key: _value(part, f"{field}.{key}", left - 1) for key, part in value.items()}
        case datetime.date() | datetime.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
    raise CellError(f'the field "{field}" holds {_name(value)}, which JSON cannot say: leave it out, or make it a text')


def _text(value: str, field: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise CellError(f'the field "{field}" is not Unicode: {error.reason} at {error.start}') from error
    return value


def _name(value: object) -> str:
    if isinstance(value, float):
        return "NaN" if math.isnan(value) else "an infinite number"
    if isinstance(value, int):
        return "an integer of more than 64 bits"
    return _NAMES.get(type(value)) or f"a value of the type {type(value).__name__}"
