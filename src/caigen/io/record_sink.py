"""Write finished records as JSON Lines."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

from caigen.io.parquet import ParquetWriter, is_parquet
from caigen.io.streams import is_device
from caigen.io.write import Writer, to_row
from caigen.records import Record


class Files(Protocol):
    """Takes how many rows a command wrote to each file."""

    files: dict[Path, int]


class OutputFiles:
    """Base of sinks: files that are opened one by one and closed together at the end of the `with` block."""

    def __init__(self) -> None:
        self._open: list[Writer | ParquetWriter] = []

    def _open_writer(self, path: Path | None, example: dict[str, Any] | None = None) -> Writer | ParquetWriter:
        """A writer for a path; Parquet if the path is named so and there is an `example` row for its columns."""
        writer: Writer | ParquetWriter
        if path and example and is_parquet(path):
            writer = ParquetWriter(path, example)
        else:
            writer = Writer(path)
        self._open.append(writer)
        return writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:  # closes every file, even if closing another one fails
            for writer in reversed(self._open):
                stack.callback(writer.__exit__, kind, error, trace)


class RecordSink(OutputFiles):
    """Writes records as they are; failed records go to the file `rejects` if there is one."""

    def __init__(self, path: Path | None, rejects: Path | None = None) -> None:
        super().__init__()
        self._rows = self._open_writer(path)
        self._rejects = self._open_writer(rejects) if rejects else self._rows

    def report(self, summary: Files) -> None:
        """Add to the summary how many records each file has; the summary counts the records themselves."""
        for writer in dict.fromkeys((self._rows, self._rejects)):
            if isinstance(writer, Writer) and writer.path and not is_device(writer.path):
                summary.files[writer.path] = writer.rows

    def take(self, record: Record) -> None:
        """Write one record."""
        writer = self._rejects if record.status == "failed" else self._rows
        writer.write(to_row(record))
