"""One line of JSON -> its value; an object with the same key twice is refused, where JSON readers keep the last one."""

import json
import re
from contextlib import suppress
from typing import Any

import orjson

# What follows a key: `"a": 1` and `"a" :1` match, `["a", 1]` does not. A text may hold it too: `"say \": x"` matches.
_KEY_END = re.compile(rb'"[ \t\r\n]*:')
MAX_KEY_CHARS = 40  # of a key in an error message


class DuplicateKeyError(ValueError):
    """An object with the same key twice; a JSON reader would lose the first value silently."""


def parse_line(line: bytes | str) -> object:
    """The value of a line of JSON.

    Raises ValueError for what is not JSON, DuplicateKeyError for an object with the same key twice.
    """
    row: object = orjson.loads(line)
    # orjson keeps the last of two equal keys and is silent. The slow reader, which sees both, is asked only when the
    # line seems to have more keys than its value: a key is there twice, or a text has a quote before a colon.
    data = line.encode() if isinstance(line, str) else line
    if len(_KEY_END.findall(data)) != _count_keys(row):
        with suppress(RecursionError):  # nested too deep to be read as a row, which the caller finds
            json.loads(line, object_pairs_hook=_unique_keys)
    return row


def _count_keys(row: object) -> int:
    """How many keys a value has, with those of the objects inside it."""
    count, pending = 0, [row]
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            count += len(value)
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return count


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these keys and values.

    Raises DuplicateKeyError.
    """
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise DuplicateKeyError(f"the key {key[:MAX_KEY_CHARS]!r} is there twice in one object; leave one out")
        members[key] = value
    return members
