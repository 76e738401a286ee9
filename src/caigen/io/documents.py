"""A JSON array, or objects over several lines -> the text of each of their rows, with its line.

The bytes are cut where a row ends, so that a large file is never in memory as a whole and each row is parsed as a line
of JSON Lines is.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from caigen.errors import InputError

CHUNK_BYTES = 1 << 16
MAX_ROW_BYTES = 64 << 20  # of one row of an array, and of an object that holds all rows
# What a row's end may depend on: a whole string, or a bracket. The start of a string that has no end yet does not match
# as one, and its quote is found.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["{}\[\]]', re.DOTALL)
_BLANK = b" \t\r\n"
ROW_LISTS = ("data", "examples", "rows", "instances", "records", "items", "prompts", "train", "test", "questions")


class Piece(NamedTuple):
    """The text of one row, and the line on which it begins."""

    line: int
    text: bytes


def is_opening(line: bytes) -> bool:
    """Whether the first line of a file is the beginning of JSON that is laid out over several lines: `{` or `[`."""
    text = line.strip(_BLANK)
    return text[:1] in (b"{", b"[") and text[-1:] in (b"{", b"[") and _depth(text) > 0


def _depth(text: bytes) -> int:
    """How many brackets are open at the end of a text."""
    depth = 0
    for token in _TOKEN.findall(text):
        depth += (token in (b"{", b"[")) - (token in (b"}", b"]"))
    return depth


def split_values(read: Callable[[int], bytes], name: str) -> Iterator[Piece]:
    """The rows of an array, or each of the values that follow one another. `read` gives so many of the next bytes.

    Raises InputError where the text is cut, or goes on after the array.
    """
    splitter = _Splitter(name)
    # as much again as is held, so that a long text is not looked at again and again
    while chunk := read(max(CHUNK_BYTES, splitter.held)):
        yield from splitter.feed(chunk)
    splitter.finish()


class _Splitter:
    """Cuts JSON text into rows; knows the brackets that are open, and nothing else of what the text says."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._text = b""  # from the beginning of the row that is not whole
        self._line = 1  # of the beginning of `_text`
        self._seen = 0  # how much of `_text` was looked at
        self._depth = 0
        self._top = 0  # the depth at which rows stand: 1 in an array
        self._started = self._ended = False

    @property
    def held(self) -> int:
        """How many bytes of a row that is not whole are held."""
        return len(self._text)

    def feed(self, chunk: bytes) -> Iterator[Piece]:
        """The rows that end in the next bytes.

        Raises InputError.
        """
        text = self._text + chunk
        begin = 0  # of the row
        position = self._seen
        while match := _TOKEN.search(text, position):
            token = match.group()
            if token == b'"':  # a string that goes on in the next bytes
                position = match.start()
                break
            position = match.end()
            if token in (b"{", b"["):
                if self._open(token, text, match.start()):
                    begin = position
            elif token in (b"}", b"]"):
                self._depth -= 1
                if self._depth == self._top:
                    yield self._piece(text, begin, position)
                    begin = position
                elif self._depth < self._top:
                    self._end_array(text, begin, position)
                    begin = position
        if len(text) - begin > MAX_ROW_BYTES:
            raise InputError(f"{self._name}:{self._line}: a row of more than {MAX_ROW_BYTES >> 20} MiB")
        self._drop(text, begin, position)

    def _open(self, token: bytes, text: bytes, at: int) -> bool:
        """Note an opening bracket, and say whether it is that of the array that holds the rows.

        Raises InputError.
        """
        if self._ended:
            raise InputError(f"{self._name}:{self._line_of(text, 0, at)}: more after the end of the JSON array")
        self._depth += 1
        is_array = not self._started and token == b"["
        if is_array:
            self._top = 1
        self._started = True
        return is_array

    def _end_array(self, text: bytes, begin: int, end: int) -> None:
        """The closing bracket of the array: what is between it and the last row is no object.

        Raises InputError.
        """
        if self._top == 0:
            raise InputError(f"{self._name}:{self._line_of(text, 0, end)}: a closing bracket with no opening one")
        rest = text[begin : end - 1].strip(_BLANK + b",")
        if rest:
            raise InputError(_no_rows(self._name, self._line_of(text, 0, begin), rest))
        self._ended = True

    def _piece(self, text: bytes, begin: int, end: int) -> Piece:
        """A row without the comma and the blanks before it."""
        row = text[begin:end].lstrip(_BLANK + b",")
        return Piece(self._line_of(text, 0, end - len(row)), row)

    def _line_of(self, text: bytes, start: int, end: int) -> int:
        return self._line + text.count(b"\n", start, end)

    def _drop(self, text: bytes, begin: int, seen: int) -> None:
        """Keep what belongs to a row that is not whole."""
        self._line += text.count(b"\n", 0, begin)
        self._text, self._seen = text[begin:], max(seen - begin, 0)

    def finish(self) -> None:
        """Raises InputError where the text ends before its rows do, or goes on after them."""
        rest = self._text.lstrip(_BLANK + b",")
        line = self._line_of(self._text, 0, len(self._text) - len(rest))
        if self._depth > 0:
            raise InputError(f"{self._name}:{line}: the JSON that begins here has no end: the file is cut")
        if rest:
            raise InputError(f"{self._name}:{line}: more after the end of the JSON")


def _no_rows(name: str, line: int, rest: bytes) -> str:
    """What is said of an array that holds something else than objects."""
    way = 'write rows such as {"prompt": "…"}, or one prompt a line in .txt'
    if rest.startswith(b'"'):
        return f"{name}:{line}: a JSON array of texts: {way}; comparison questions go to --constitution"
    return f"{name}:{line}: a JSON array of values that are no objects: {way}"


def rows_in(value: object) -> tuple[str, list[Any]] | None:
    """The field of an object that holds rows, and the rows, as in `{"data": [{…}]}`; None where there is none."""
    if not isinstance(value, dict):
        return None
    for name in ROW_LISTS:
        rows = value.get(name)
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            return name, rows
    return None
