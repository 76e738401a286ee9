"""A line of JSON -> its value. An object that has a key twice is refused; JSON's readers keep the last of the two."""

import json
import re
from contextlib import suppress
from typing import Any

import orjson

_KEY = re.compile(rb'"[ \t\r\n]*:')  # the end of a key: `"a": 1`; in a text it may stand too: `"say \\": x"`


class DuplicateKeyError(ValueError):
    """An object that has a key twice: JSON's readers keep the last, and the first is lost without a word."""


def parse_line(line: bytes | str) -> object:
    """A line of JSON.

    Raises ValueError: also for an object that has a key twice.
    """
    row: object = orjson.loads(line)
    keys = len(_KEY.findall(line if isinstance(line, bytes) else line.encode()))
    if keys != _count_keys(row):  # some are there twice, or a text has a quote before a colon in it
        with suppress(RecursionError):  # too deep to be read as a row anyway
            json.loads(line, object_pairs_hook=_once)
    return row


def _count_keys(row: object) -> int:
    count, left = 0, [row]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            count += len(value)
            left += value.values()
        elif isinstance(value, list):
            left += value
    return count


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for key, value in pairs:
        if key in made:
            raise DuplicateKeyError(f"the key {key[:40]!r} is there twice in one object; leave one out")
        made[key] = value
    return made
