"""Read rows: JSON Lines, text, Parquet or a hub data set -> Record, with errors that name file and line."""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, BinaryIO, Literal

import jsonlines
import orjson

from caigen.errors import InputError
from caigen.hashing import HashSet
from caigen.io.cells import CellError, json_row
from caigen.io.comparisons import read_comparison
from caigen.io.hub import is_hub, read_hub
from caigen.io.json_line import DuplicateKeyError, parse_line
from caigen.io.parquet import is_parquet, read_parquet
from caigen.io.rows import ShapeError, Take, has_id, read_row, unused
from caigen.io.streams import STDIN, Lines, Spool, open_source
from caigen.records import Record

OnError = Literal["fail", "skip"]


REMARKS = 5  # skipped lines that are told in full


PLAIN_HINT = "; plain text, one prompt a line, is read from a file named .txt"


class Reader:
    """Records of a file or of stdin, in order; `read` counts lines and `skipped` those left out, by reason. With `labelled`
    the lines are comparisons whose answer is known.

    Raises InputError as `FILE:LINE: what`, at the first bad line or (`on_error="skip"`) never.
    """

    def __init__(
        self,
        source: str | os.PathLike[str],
        *,
        on_error: OnError = "fail",
        take: Take = "none",
        labelled: bool = False,
        limit: int | None = None,
        spool: "Spool | None" = None,
    ) -> None:
        self._read_row = read_comparison if labelled else partial(read_row, take=take)
        self.name = "stdin" if str(source) == STDIN else str(source)
        self.source = str(source)
        self.on_error, self.limit, self.spool = on_error, limit, spool
        self.read = 0
        self.skipped: Counter[str] = Counter()
        self.remarks: list[str] = []  # why the first lines were skipped
        self._take = take
        self._unused: Counter[str] = Counter()  # rows by field that looks like data and is none of the record's
        self._ids = HashSet()
        self._drawn: Counter[str] = Counter()

    def __iter__(self) -> Iterator[Record]:
        if table := _table(self.source):
            yield from self._records(enumerate(map(_cells, table), 1))
            return
        with open_source(self.source, self.spool) as stream:
            yield from self._records(self._rows(stream))

    def _records(self, rows: Iterable[tuple[int, object]]) -> Iterator[Record]:
        for number, row in rows if self.limit != 0 else ():
            self.read += 1
            record = self._record(number, row)
            if record is not None:
                yield record
            if self.read == self.limit:
                return

    def _rows(self, stream: BinaryIO) -> Iterator[tuple[int, object]]:
        """Line numbers with parsed lines, or with the error of a line that is not JSON."""
        lines = Lines(stream, self.name)
        if self.name.removesuffix(".gz").endswith(".txt"):
            for line in lines:
                yield lines.number, _plain(line)
            return
        reader = jsonlines.Reader(lines, loads=parse_line)
        while True:
            try:
                row: object = reader.read(allow_none=True)
            except EOFError:
                return
            except jsonlines.InvalidLineError as error:
                row = ShapeError(_reason(error))
            yield lines.number, row

    def _record(self, number: int, row: object) -> Record | None:
        try:
            if isinstance(row, ShapeError):
                raise row
            record = self._read_row(row)
            unique = self._unique(record, own_id=isinstance(row, dict) and has_id(row))
            self._unused.update(unused(row, record))
            return unique
        except ShapeError as error:
            if self.on_error == "fail":
                raise InputError(f"{self.name}:{number}: {error}") from error
            self.skipped["bad_line"] += 1
            if len(self.remarks) < REMARKS:
                self.remarks.append(f"{self.name}:{number}: {error}")
            return None

    def notes(self) -> list[str]:
        """What should be known of the rows that were read, a line each: fields that look like data and were not used."""
        taken = ("chosen", "rejected") if self._take != "none" else ()
        advice = dict.fromkeys(("chosen", "rejected"), "; --take says which of the two is the answer")
        return [
            f"note: {self.name}: {count} rows have a field `{name}` that was not used{advice.get(name, '')}"
            for name, count in self._unused.items()
            if name not in taken
        ]

    def _unique(self, record: Record, *, own_id: bool) -> Record:
        if self._ids.add(record.id):
            return record
        if own_id:
            raise ShapeError(f"duplicate id {record.id!r}")
        self._drawn[record.id] += 1
        return record.model_copy(update={"id": f"{record.id}-{self._drawn[record.id] + 1}"})


def _table(source: str) -> Iterator[dict[str, Any]] | None:
    """The rows of what is no lines: Parquet, or a data set of the hub."""
    if is_hub(source):
        return read_hub(source)
    return read_parquet(source) if is_parquet(source) else None


def _cells(row: dict[str, Any]) -> object:
    """A row of a table as a line would give it, or with the error of one that no line could."""
    try:
        return json_row(row)
    except CellError as error:
        return ShapeError(str(error))


def raw_rows(source: str) -> Iterator[object]:
    """The parsed rows of a file as they are, whatever they mean.

    Raises InputError.
    """
    if table := _table(source):
        yield from table
        return
    with open_source(source, None) as stream:
        lines = Lines(stream, source)
        for line in lines:
            try:
                yield parse_line(line)
            except DuplicateKeyError as error:
                raise InputError(f"{source}:{lines.number}: {error}") from error
            except orjson.JSONDecodeError as error:
                raise InputError(f"{source}:{lines.number}: not JSON: {error}") from error


def _plain(line: bytes) -> object:
    try:
        return {"prompt": line.decode("utf-8").strip()}
    except UnicodeDecodeError as error:
        return ShapeError(f"not UTF-8: {error.reason} at byte {error.start}")


def _reason(error: jsonlines.InvalidLineError) -> str:
    cause = error.__cause__
    if isinstance(cause, DuplicateKeyError):
        return str(cause)
    if isinstance(cause, UnicodeDecodeError):
        return f"not UTF-8: {cause.reason} at byte {cause.start}"
    line = error.line.decode("utf-8", "replace") if isinstance(error.line, bytes) else error.line
    hint = "" if line.lstrip().startswith(("{", "[", '"')) else PLAIN_HINT
    return f"not JSON: {cause or error}{hint}"
