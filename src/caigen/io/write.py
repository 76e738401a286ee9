"""Write JSON Lines and JSON to files, stdout and pipes; a file gets its name only when it is whole."""

import gzip
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, BinaryIO, cast

import jsonlines
import orjson

from caigen.errors import CaigenError
from caigen.io.atomic import claimed
from caigen.io.streams import is_device
from caigen.records import Record


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
    _write_whole(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_text(path: Path, content: str) -> None:
    """One text file in UTF-8, whole or not at all.

    Raises CaigenError.
    """
    _write_whole(path, content.encode())


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.write_bytes(content)
        partial.replace(path)
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
