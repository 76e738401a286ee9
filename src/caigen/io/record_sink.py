"""Write finished records as JSON Lines."""

from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caigen.io.parquet import ParquetWriter, is_parquet
from caigen.io.write import Writer, to_row
from caigen.records import Record


class Files:
    """Writers that close together."""

    def __init__(self) -> None:
        self._open: list[Writer | ParquetWriter] = []

    def _writer(self, path: Path | None, example: dict[str, Any] | None = None) -> Writer | ParquetWriter:
        """A file to write; one that is named so is Parquet where there is an `example` of its rows."""
        writer = ParquetWriter(path, example) if example and path and is_parquet(path) else Writer(path)
        self._open.append(writer)
        return writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:  # each is closed, whatever another one says
            for writer in reversed(self._open):
                stack.callback(writer.__exit__, kind, error, trace)


class RecordSink(Files):
    """Records as they are; failed ones go to `rejects` where that is named."""

    def __init__(self, path: Path | None, rejects: Path | None = None) -> None:
        super().__init__()
        self._rows = self._writer(path)
        self._rejects = self._writer(rejects) if rejects else self._rows

    def report(self, summary: object) -> None:
        """Nothing that the summary does not know."""

    def take(self, record: Record) -> None:
        """Write one record."""
        (self._rejects if record.status == "failed" else self._rows).write(to_row(record))
