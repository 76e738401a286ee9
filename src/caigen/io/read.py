"""Read rows: JSON Lines, text, Parquet or a hub data set -> Records, with errors that name file and line.

file, stdin, hub  ->  NumberedRow (lines.py, or _table_rows here)  ->  Record (rows.py, comparisons.py)
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any

import orjson

from caigen.choices import OnError as OnError
from caigen.constitution import store
from caigen.errors import InputError
from caigen.hashing import HashSet
from caigen.io import pipes
from caigen.io.cells import CellError, json_row
from caigen.io.comparisons import read_comparison
from caigen.io.hub import is_hub, read_hub
from caigen.io.json_line import DuplicateKeyError, parse_line
from caigen.io.lines import Lines, NumberedRow, read_json_lines, read_text_lines
from caigen.io.messages import ShapeError
from caigen.io.parquet import is_parquet, read_parquet
from caigen.io.rows import has_id, read_row, unused_fields
from caigen.io.shapes import Take
from caigen.io.streams import STDIN, Spool, open_source
from caigen.records import Record

MAX_REMARKS = 5  # skipped lines that are named one by one
SIDES = ("chosen", "rejected")
TAKE_HINT = "; --take says which of the two is the answer"


class Reader:
    """Iterate over the records of a file or of stdin, in order.

    `read` counts the lines, `skipped` the lines left out, by reason. With `labelled` each line is a comparison whose
    better answer is known (comparisons.py).
    Raises InputError as `FILE:LINE: what`, at the first bad line; with `on_error="skip"` bad lines are counted instead.
    """

    def __init__(
        self,
        source: str | os.PathLike[str],
        *,
        on_error: OnError = "fail",
        take: Take = "none",
        labelled: bool = False,
        limit: int | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._read_row = read_comparison if labelled else partial(read_row, take=take)
        self.name = "stdin" if str(source) == STDIN else str(source)
        self.source = str(source)
        self.on_error, self.limit, self.spool = on_error, limit, spool
        self.read = 0
        self.skipped: Counter[str] = Counter()
        self.remarks: list[str] = []  # why the first lines were skipped
        self._take = take
        self._unused: Counter[str] = Counter()  # rows by field that looks like data and was not used
        self._ids = HashSet()
        self._repeats: Counter[str] = Counter()  # by id made from the content: how often it came again

    def __iter__(self) -> Iterator[Record]:
        # the constitution that was written beside records goes with them
        for constitution in store.read_beside(self.source):
            store.remember(constitution)
        table = _table(self.source)
        if table is not None:
            yield from self._records(_table_rows(table))
            return
        with open_source(self.source, self.spool) as stream:
            lines = Lines(stream, self.name)
            if self.name.removesuffix(".gz").endswith(".txt"):
                yield from self._records(read_text_lines(lines))
            else:
                yield from self._records(read_json_lines(lines))

    def _records(self, rows: Iterable[NumberedRow]) -> Iterator[Record]:
        if self.limit == 0:
            return
        for row in rows:
            self.read += 1
            record = self._record_or_skip(row)
            if record is not None:
                yield record
            if self.read == self.limit:
                return
        if self.source == STDIN:
            self._check_producer()

    def _check_producer(self) -> None:
        """Raises InputError at the end of a pipe that nobody filled, or whose maker ended before it had finished."""
        if not pipes.is_fifo(0):
            return
        producer = pipes.producer_of_stdin()
        if producer and pipes.has_failed(producer):
            rows = "no row" if not self.read else f"{self.read} rows, and maybe not all"
            raise InputError(
                f"stdin: the stage before ({producer}) ended without finishing, its own lines say why; {rows} came in"
            )
        if not self.read and not producer:
            raise InputError("stdin: nothing came in: the command before ended without a row")

    def _record_or_skip(self, row: NumberedRow) -> Record | None:
        """The record of a row; None for a bad row that is skipped."""
        try:
            return self._record(row)
        except ShapeError as error:
            message = f"{self.name}:{row.number}: {error}"
            if self.on_error == "fail":
                raise InputError(message) from error
            self.skipped["bad_line"] += 1
            if len(self.remarks) < MAX_REMARKS:
                self.remarks.append(message)
            return None

    def _record(self, row: NumberedRow) -> Record:
        if row.error is not None:
            raise ShapeError(row.error)
        record = self._read_row(row.value)
        unique = self._with_unique_id(record, own_id=isinstance(row.value, dict) and has_id(row.value))
        self._unused.update(unused_fields(row.value, record))
        return unique

    def _with_unique_id(self, record: Record, *, own_id: bool) -> Record:
        """The record under an id that no earlier one has: a number is added to one that was made from the content."""
        if self._ids.add(record.id):
            return record
        if own_id:
            raise ShapeError(f"duplicate id {record.id!r}")
        # a row may have brought the id with the number, too
        while True:
            self._repeats[record.id] += 1
            unique = f"{record.id}-{self._repeats[record.id] + 1}"
            if self._ids.add(unique):
                return record.model_copy(update={"id": unique})

    def notes(self) -> list[str]:
        """What a user should know about the rows, a line each: fields that look like data and were not used."""
        lines = []
        for name, count in self._unused.items():
            if name in SIDES and self._take != "none":
                continue  # of a preference row one side was taken, so the other one is known
            line = f"note: {self.name}: {count} rows have a field `{name}` that was not used"
            if name in SIDES:
                line += TAKE_HINT
            lines.append(line)
        return lines


def raw_rows(source: str) -> Iterator[object]:
    """The parsed rows of a file, of any shape.

    Raises InputError.
    """
    table = _table(source)
    if table is not None:
        yield from table
        return
    with open_source(source, None) as stream:
        lines = Lines(stream, source)
        for line in lines:
            if lines.fault:
                raise InputError(f"{source}:{lines.number}: {lines.fault}")
            try:
                yield parse_line(line)
            except DuplicateKeyError as error:
                raise InputError(f"{source}:{lines.number}: {error}") from error
            except orjson.JSONDecodeError as error:
                raise InputError(f"{source}:{lines.number}: not JSON: {error}") from error


def _table(source: str) -> Iterator[dict[str, Any]] | None:
    """The rows of a Parquet file or of a hub data set; None for a source that has lines."""
    if is_hub(source):
        return read_hub(source)
    if is_parquet(source):
        return read_parquet(source)
    return None


def _table_rows(table: Iterator[dict[str, Any]]) -> Iterator[NumberedRow]:
    """The rows of a table as if they had been lines of JSON, or with the error of one that JSON cannot hold."""
    for number, row in enumerate(table, 1):
        try:
            yield NumberedRow(number, json_row(row))
        except CellError as error:
            yield NumberedRow(number, None, str(error))
