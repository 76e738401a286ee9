"""A source that a user names -> its rows, numbered: a file of any kind, a folder, stdin, a data set of the hub."""

import re
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO, NamedTuple

import orjson

from caigen.errors import InputError
from caigen.io.cells import CellError, json_row
from caigen.io.documents import is_opening, rows_in, split_values
from caigen.io.file_kinds import BROKEN, ENDINGS, PARQUET_MAGIC, peek
from caigen.io.folders import input_files
from caigen.io.forms import is_known
from caigen.io.hub import is_hub, read_hub
from caigen.io.json_line import DuplicateKeyError, parse_line
from caigen.io.lines import BYTE_ORDER_MARK, Lines, NumberedRow, not_utf8, read_json_lines, read_text_lines
from caigen.io.parquet import is_parquet, read_parquet
from caigen.io.streams import STDIN, Spool, is_pipe, open_source
from caigen.io.tables import is_table, read_table

_JSON_START = re.compile(rb'\{\s*(?:"|$)|\[\s*(?:\{|"|$)')
SHORT_BYTES = 4096  # a file of less is seen as a whole before it is read
JSON_IN_TEXT = "note: {}: is named .txt and holds JSON, so it is read as JSON"


class Rows(NamedTuple):
    """The rows of one file, its name in messages, and what is to be said of the file."""

    name: str
    rows: Iterator[NumberedRow]


def open_rows(source: str, spool: Spool | None, say: Callable[[str], None]) -> Iterator[Rows]:
    """The rows of each file of a source. `say` gets what is to be said of a file that is not read as its name says.

    Raises InputError.
    """
    if is_hub(source):
        yield Rows(source, _table_rows(read_hub(source)))
        return
    if source == STDIN or spool or is_pipe(source):
        name = "stdin" if source == STDIN else source
        yield Rows(name, _file_rows(source, spool, say))
        return
    files = input_files(source)
    if files != [source]:
        say(_what_is_read(source, files))
    for file in files:
        yield Rows(file, _table_rows(read_parquet(file)) if _holds_parquet(file) else _file_rows(file, None, say))


def _what_is_read(folder: str, files: list[str]) -> str:
    """Which files of a folder are read."""
    if len(files) == 1:
        return f"note: {folder}: {files[0]} is read"
    return f"note: {folder}: its {len(files)} files are read in the order of their names, {files[0]} first"


def _holds_parquet(path: str) -> bool:
    """Whether a file is Parquet by its name or its first bytes. A file of another kind with that name is not."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            head = file.read(len(PARQUET_MAGIC))
    except (OSError, ValueError):
        return is_parquet(path)  # whoever opens it says what is wrong
    return head == PARQUET_MAGIC or (is_parquet(path) and head not in (b"vers", b"PK\x03\x04"))


def _file_rows(source: str, spool: Spool | None, say: Callable[[str], None]) -> Iterator[NumberedRow]:
    """The rows of a file that is text, by its name and how it begins.

    Raises InputError.
    """
    name = "stdin" if source == STDIN else source
    stem = name
    for ending in ENDINGS:
        stem = stem.removesuffix(ending)
    try:
        with open_source(source, spool) as stream:
            table = is_table(stem)
            if table:
                yield from read_table(stream, name, table)
            elif stem.endswith(".txt"):
                yield from _text_rows(stream, name, say)
            else:
                yield from _json_rows(stream, name)
    except BROKEN as error:
        raise InputError(f"{name}: cannot be read: {error}") from error


def _text_rows(stream: BinaryIO, name: str, say: Callable[[str], None]) -> Iterator[NumberedRow]:
    """A text file: one prompt a line, unless it begins as JSON does."""
    head = peek(stream).removeprefix(BYTE_ORDER_MARK).lstrip()
    first, end, _ = head.partition(b"\n")
    if _begins_json(first, is_whole=bool(end) or len(head) < SHORT_BYTES):
        say(JSON_IN_TEXT.format(name))
        yield from _json_rows(stream, name)
    else:
        yield from read_text_lines(Lines(stream, name))


def _begins_json(line: bytes, *, is_whole: bool) -> bool:
    """Whether a text file that begins with this line holds JSON: not `[INST] hi`, `{name}, hello`, `["a"] is what?`."""
    if not _JSON_START.match(line):
        return False
    try:
        value = orjson.loads(line)
    except orjson.JSONDecodeError:
        return not is_whole or is_opening(line) or line.rstrip().endswith((b",", b"{", b"["))
    return isinstance(value, dict) or all(isinstance(part, dict | str) for part in value)


def _json_rows(stream: BinaryIO, name: str) -> Iterator[NumberedRow]:
    """JSON Lines, or a JSON array or object over several lines."""
    if peek(stream).removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"["):
        yield from _document_rows(stream.read, name)
        return
    lines = Lines(stream, name)
    first = lines.first()
    if first is not None and is_opening(first):
        yield from _document_rows(_reader_of(b"\n" * (lines.number - 1) + first, stream), name)
        return
    rows = read_json_lines(lines)
    for row in rows:
        if row.number == lines.first_number and _holds_rows(row.value):
            following = next(rows, None)  # rows of one object are looked for where it is all there is
            if following is None:
                yield from _inner_rows(row.number, row.value)
                return
            yield row
            row = following
        yield row


def _reader_of(start: bytes, stream: BinaryIO) -> Callable[[int], bytes]:
    """What reads a stream whose start was read before."""
    rest = [start]
    return lambda size: rest.pop() if rest else stream.read(size)


def _document_rows(read: Callable[[int], bytes], name: str) -> Iterator[NumberedRow]:
    """The rows of a JSON array, of one object, or of objects that follow one another over several lines."""
    for piece in split_values(read, name):
        try:
            value = parse_line(piece.text)
        except DuplicateKeyError as error:
            yield NumberedRow(piece.line, None, str(error))
            continue
        except UnicodeDecodeError as error:
            yield NumberedRow(piece.line, None, not_utf8(error))
            continue
        except orjson.JSONDecodeError as error:
            yield NumberedRow(piece.line, None, f"not JSON: {error}")
            continue
        if _holds_rows(value):
            yield from _inner_rows(piece.line, value)
        else:
            yield NumberedRow(piece.line, value)


def _holds_rows(value: object) -> bool:
    """Whether an object is no row itself but holds rows, as `{"data": [{…}]}` does."""
    return rows_in(value) is not None and not is_known(value)


def _inner_rows(line: int, value: object) -> Iterator[NumberedRow]:
    """The rows that an object holds."""
    found = rows_in(value)
    if found:
        field, rows = found
        for index, row in enumerate(rows):
            yield NumberedRow(line, row, part=f"{field}[{index}]")


def _table_rows(table: Iterator[dict[str, Any]]) -> Iterator[NumberedRow]:
    """The rows of a table as if they had been lines of JSON, or with the error of one that JSON cannot hold."""
    for number, row in enumerate(table, 1):
        try:
            yield NumberedRow(number, json_row(row))
        except CellError as error:
            yield NumberedRow(number, None, str(error))
