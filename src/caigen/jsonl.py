"""Every way in and out of a file or pipe, with errors that name file and line.

Reading streams: no more than one line is held. Writing goes to `FILE.partial`, renamed when it is whole.
"""

import gzip
import io
import os
import stat
import sys
import tempfile
import threading
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, Literal, cast

import jsonlines
import orjson

from caigen.cells import CellError, json_row
from caigen.comparisons import read_comparison
from caigen.errors import CaigenError, InputError
from caigen.hub import is_hub, read_hub
from caigen.json_line import DuplicateKeyError, parse_line
from caigen.partial import claimed
from caigen.records import Record
from caigen.seen import Seen
from caigen.shapes import ShapeError, Take, has_id, read_row, unused
from caigen.tables import is_parquet, read_parquet

OnError = Literal["fail", "skip"]
REMARKS = 5  # skipped lines that are told in full
LFS_POINTER = b"version https://git-lfs"
STDIN = "-"
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
        self._ids = Seen()
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
        lines = _Lines(stream, self.name)
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
        lines = _Lines(stream, source)
        for line in lines:
            try:
                yield parse_line(line)
            except DuplicateKeyError as error:
                raise InputError(f"{source}:{lines.number}: {error}") from error
            except orjson.JSONDecodeError as error:
                raise InputError(f"{source}:{lines.number}: not JSON: {error}") from error


class Writer:
    """Rows to a file (`FILE.partial` until `close`, so `FILE` is never half written) or, without a path, to stdout.

    A name that ends in `.gz` gets gzip. What is there and no regular file (a FIFO, `/dev/null`) is written to as it is.
    Raises CaigenError where the file cannot be written, or another process is writing it.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows = 0
        self._partial = path.with_name(path.name + ".partial") if path and not is_device(path) else None
        try:
            if self._partial:
                self._partial.parent.mkdir(parents=True, exist_ok=True)
                self._file = claimed(self._partial)
            else:
                self._file = path.open("wb", buffering=0) if path else _stdout()
        except OSError as error:
            raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
        packed = path is not None and path.name.endswith(".gz")
        self._stream = cast("BinaryIO", gzip.GzipFile("", "wb", fileobj=self._file, mtime=0) if packed else self._file)
        self._lines = jsonlines.Writer(cast("IO[bytes]", self._stream), dumps=cast("Any", orjson.dumps))

    def write(self, row: dict[str, Any]) -> None:
        """Append one row; on a pipe it is handed over at once.

        Raises CaigenError when the file cannot grow, BrokenPipeError when the reader of the pipe went away.
        """
        try:
            self._lines.write(row)
            if self._partial is None:
                self._stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            where = f" are in {self._partial}" if self._partial else " were written before"
            raise CaigenError(
                f"{self.path or 'stdout'}: cannot be written: {error.strerror}; {self.rows} rows{where}"
            ) from error
        self.rows += 1

    def close(self) -> None:
        """Give the whole file its name."""
        if self.path:
            try:
                if self._stream is not self._file:
                    self._stream.close()
                self._file.flush()
                if self._partial:
                    self._partial.replace(self.path)
                self._file.close()  # after the new name: closing gives up the claim
            except OSError as error:
                raise CaigenError(
                    f"{self.path}: cannot be written: {error.strerror}; its rows are in {self._partial or self.path}"
                ) from error

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif self.path:
            with suppress(OSError):
                self._stream.close()
                self._file.close()


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        raise CaigenError("stdout is closed; name a file with --output")
    return sys.stdout.buffer


def to_row(record: Record) -> dict[str, Any]:
    """A record as the JSON object of its line; unset fields are left out, the user's own are as they were."""
    row = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    if record.meta:
        row["meta"] = record.meta
    return row


def write_json(path: Path, content: dict[str, Any]) -> None:
    """One indented JSON document, whole or not at all.

    Raises CaigenError.
    """
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        partial.replace(path)
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error


class Spool:
    """Takes a pipe into a temporary file at once, so that the process before us in it is never held up.

    `started` is set at the first byte or at the end: a stage must not take the device before the stage
    that feeds it has had its turn.
    """

    def __init__(self, source: str = STDIN) -> None:
        self._source = source
        self.started = threading.Event()
        self._grown = threading.Condition()
        self._done = False
        self._failure: OSError | None = None
        self._file = tempfile.TemporaryFile(prefix="caigen-stdin-")  # noqa: SIM115
        self._size = 0
        threading.Thread(target=self._copy, name="caigen-stdin", daemon=True).start()

    def _copy(self) -> None:
        try:
            with _bytes_of(self._source) as pipe:
                while chunk := pipe.read(1 << 16):
                    os.pwrite(self._file.fileno(), chunk, self._size)
                    with self._grown:
                        self._size += len(chunk)
                        self._grown.notify_all()
                    self.started.set()
        except OSError as error:
            self._failure = error
        with self._grown:
            self._done = True
            self._grown.notify_all()
        self.started.set()

    def close(self) -> None:
        """Let go of the temporary file; where the pipe is not at its end, the end of the process does it."""
        if self._done:
            self._file.close()

    def stream(self) -> BinaryIO:
        """What came in so far and, as it comes, the rest."""
        return io.BufferedReader(_SpoolStream(self))

    def read_at(self, place: int, size: int) -> bytes:
        """Bytes at a place, waiting for them; empty at the end of the pipe.

        Raises CaigenError when the pipe could not be taken in.
        """
        with self._grown:
            self._grown.wait_for(lambda: self._size > place or self._done)
            if self._failure:
                raise CaigenError(f"{self._source}: cannot be spooled: {self._failure.strerror}")
            available = self._size - place
        return os.pread(self._file.fileno(), min(size, available), place) if available else b""


class _SpoolStream(io.RawIOBase):
    def __init__(self, spool: Spool) -> None:
        self._spool, self._place = spool, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._spool.read_at(self._place, len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


class _Lines:
    """Non-blank lines of a byte stream without a byte-order mark; `number` is that of the last one."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        for number, raw in enumerate(self._raw(), 1):
            self.number = number
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if line.strip():
                yield line

    def _raw(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self._name}: broken gzip after line {self.number}: {error}") from error


@contextmanager
def open_source(source: str, spool: Spool | None = None) -> Iterator[BinaryIO]:
    """A file, or stdin for `-`, unpacked where it is gzip.

    Raises InputError for what is not there, not a file, or not what its name says.
    """
    with ExitStack() as stack:
        if spool:
            stream = spool.stream()
        elif source == STDIN:
            # not sys.stdin: a reader thread that waits in its buffer would abort the interpreter's exit
            stream = cast("BinaryIO", io.BufferedReader(_bytes_of(source)))
        else:
            stream = stack.enter_context(_file(source))
        yield _unpacked(stream, "stdin" if source == STDIN else source, stack)


def is_pipe(source: str) -> bool:
    """Whether a source is a pipe, a FIFO or the like, which some other process may be filling."""
    if source == STDIN:
        return not stat.S_ISREG(os.fstat(0).st_mode)
    return is_device(Path(source)) and not Path(source).is_dir()


def is_device(path: Path) -> bool:
    """Whether a path is there and no regular file: a FIFO, `/dev/null`."""
    return path.exists() and not path.is_file()


def _bytes_of(source: str) -> io.FileIO:
    return io.FileIO(0, closefd=False) if source == STDIN else io.FileIO(source)


def _file(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except IsADirectoryError as error:
        raise InputError(f"{source}: is a directory; name a .jsonl, .jsonl.gz or .txt file in it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _unpacked(stream: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    buffered = cast("io.BufferedReader", stream)
    head = buffered.peek(len(LFS_POINTER))
    if head.startswith(LFS_POINTER):
        raise InputError(f"{name}: is a Git LFS pointer, not the data; fetch it with `git lfs pull`")
    if head.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=buffered)))
    if name.endswith(".gz") and head:
        raise InputError(f"{name}: is named .gz but is not gzip")
    return buffered


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
