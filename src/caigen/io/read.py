"""Read rows of a file of any kind, a folder, stdin or a hub data set -> Records, with errors that name file and line.

file, stdin, hub  ->  NumberedRow (sources.py)  ->  Record (rows.py, comparisons.py)
"""

import os
from collections import Counter
from collections.abc import Iterator
from functools import partial

from caigen.choices import OnError as OnError
from caigen.choices import Take
from caigen.constitution import store
from caigen.errors import InputError
from caigen.hashing import HashSet
from caigen.io import pipes
from caigen.io.columns import Columns
from caigen.io.comparisons import read_named_comparison
from caigen.io.lines import NumberedRow
from caigen.io.messages import ShapeError
from caigen.io.rows import NO_COLUMNS, RECORD_FORM, has_id, read_named_row
from caigen.io.sources import Rows, open_rows
from caigen.io.streams import STDIN, Spool
from caigen.records import Record

MAX_REMARKS = 5  # skipped lines that are named one by one
TAKE_HINT = "--take says which of the two is the answer"
# for fields that were not used: what would use them
USES = {
    **dict.fromkeys(("system", "system_prompt", "instructions"), "--system-field {} uses it"),
    **dict.fromkeys(
        ("response", "answer", "output", "completion", "solution"), "--response-field {} uses it as answer"
    ),
}


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
        columns: Columns = NO_COLUMNS,
        labelled: bool = False,
        limit: int | None = None,
        spool: Spool | None = None,
        max_remarks: int = MAX_REMARKS,
    ) -> None:
        if labelled:
            self._read_row = partial(read_named_comparison, columns=columns)
        else:
            self._read_row = partial(read_named_row, take=take, columns=columns)
        self.name = "stdin" if str(source) == STDIN else str(source)
        self.source = str(source)
        self.on_error, self.limit, self.spool = on_error, limit, spool
        self.read = 0
        self.skipped: Counter[str] = Counter()
        self.remarks: list[str] = []  # why the first lines were skipped
        self._take = take
        self.forms: Counter[str] = Counter()  # rows by the name of their form
        self.with_answer = 0  # rows that have an answer, or more
        self._max_remarks = max_remarks
        self._said: list[str] = []  # how files are read, where their names say otherwise
        self._unused: Counter[str] = Counter()  # rows by field that looks like data and was not used
        self._sides: set[str] = set()  # fields of two answers of which none was taken
        self._ids = HashSet()
        self._repeats: Counter[str] = Counter()  # by id made from the content: how often it came again

    def __iter__(self) -> Iterator[Record]:
        if self.limit == 0:
            return
        for file in open_rows(self.source, self.spool, self._said.append):
            # the constitution that was written beside records goes with them
            for constitution in store.read_beside(self.source if self.source == STDIN else file.name):
                store.remember(constitution)
            for row in file.rows:
                self.read += 1
                record = self._record_or_skip(row, file)
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

    def _record_or_skip(self, row: NumberedRow, file: Rows) -> Record | None:
        """The record of a row; None for a bad row that is skipped."""
        try:
            return self._record(row)
        except ShapeError as error:
            where = f"{file.name}:{row.number}: {row.part}" if row.part else f"{file.name}:{row.number}"
            message = f"{where}: {error}"
            if self.on_error == "fail":
                raise InputError(message) from error
            self.skipped["bad_line"] += 1
            if len(self.remarks) < self._max_remarks:
                self.remarks.append(message)
            return None

    def _record(self, row: NumberedRow) -> Record:
        if row.error is not None:
            raise ShapeError(row.error)
        named = self._read_row(row.value)
        unique = self._with_unique_id(named.record, own_id=isinstance(row.value, dict) and has_id(row.value))
        self.forms[named.form] += 1
        self.with_answer += bool(unique.candidates)
        self._unused.update((*named.unused_sides, *named.unused))
        self._sides.update(named.unused_sides)
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
        """What a user should know about the rows, a line each: how files are read, and fields that look like data and
        were not used.
        """
        lines = list(self._said)
        if self._take != "none" and (count := self.forms[RECORD_FORM]):
            are = "1 row is a record" if count == 1 else f"{count} rows are records"
            lines.append(f"note: {self.name}: {are} of caigen, to which --take does not apply")
        for name, count in self._unused.items():
            line = f"note: {self.name}: {_rows(count)} a field `{name}` that was not used"
            use = TAKE_HINT if name in self._sides else USES.get(name.lower())
            lines.append(f"{line}; {use.format(name)}" if use else line)
        return lines


def _rows(count: int) -> str:
    return "1 row has" if count == 1 else f"{count} rows have"


def raw_rows(source: str) -> Iterator[object]:
    """The parsed rows of a file, of any form.

    Raises InputError.
    """
    for file in open_rows(source, None, lambda note: None):
        for row in file.rows:
            if row.error is not None:
                raise InputError(f"{file.name}:{row.number}: {row.error}")
            yield row.value
