"""Write JSON Lines and JSON to files, stdout and pipes; a file gets its name only when it is whole."""

import gzip
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, cast

import orjson

from caigen.errors import CaigenError
from caigen.io.atomic import OutputFile, reason, write_whole
from caigen.io.lines import json_lines_writer
from caigen.records import Record


class Writer:
    """Writes rows as JSON Lines to a file, or to stdout if there is no path.

    A file is `FILE.partial` until `close`; a name that ends in `.gz` gets gzip. A FIFO or a device is written in place.
    Raises CaigenError if the file cannot be opened, or another process is writing it.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self.rows = 0
        self._output: OutputFile | None = None  # stdout has none
        self._partial: Path | None = None
        if path is None:
            self._stream = _stdout()
        else:
            self._output = _open(path)
            self._partial = self._output.partial
            self._stream = self._output.stream
            if path.name.endswith(".gz"):
                self._stream = _compressed(self._stream)
        self._lines = json_lines_writer(self._stream)

    def write(self, row: dict[str, Any]) -> None:
        """Append one row; on a pipe it is handed over at once.

        Raises CaigenError if the file cannot grow, BrokenPipeError if the reader of the pipe went away.
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
                f"{self.path or 'stdout'}: cannot be written: {reason(error)}; {self.rows} rows{where}"
            ) from error
        self.rows += 1

    def close(self) -> None:
        """Finish: flush, then rename `FILE.partial` to `FILE`; stdout stays open.

        Raises CaigenError.
        """
        if self._output is None:
            return
        try:
            if self._stream is not self._output.stream:
                self._stream.close()  # gzip writes its end
            self._output.commit()
        except OSError as error:
            where = self._partial or self.path
            raise CaigenError(f"{self.path}: cannot be written: {reason(error)}; its rows are in {where}") from error

    def __enter__(self) -> "Writer":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        elif self._output:
            with suppress(OSError):
                self._stream.close()
            # who pressed Ctrl-C gave the work up: no half file is left, and the journal keeps the answers
            self._output.abandon(keep=not issubclass(kind, KeyboardInterrupt))


def _open(path: Path) -> OutputFile:
    try:
        return OutputFile(path)
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {reason(error)}") from error


def _stdout() -> BinaryIO:
    if sys.stdout is None:
        raise CaigenError("stdout is closed; name a file with --output")
    return sys.stdout.buffer


def _compressed(stream: BinaryIO) -> BinaryIO:
    """A gzip stream without name and time, so that equal rows give equal bytes."""
    return cast("BinaryIO", gzip.GzipFile("", "wb", fileobj=stream, mtime=0))


def to_row(record: Record) -> dict[str, Any]:
    """A record as the JSON object of its line; unset fields are left out, the user's own stay as they were."""
    row = record.model_dump(mode="json", by_alias=True, exclude_none=True)
    if record.meta:
        row["meta"] = record.meta
    return row


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write one indented JSON document, whole or not at all.

    Raises CaigenError.
    """
    write_whole(path, orjson.dumps(content, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
