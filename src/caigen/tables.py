"""Parquet files, read and written in batches. The only import of pyarrow."""

from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caigen.errors import CaigenError, InputError

BATCH = 1024  # rows


def is_parquet(path: str | Path) -> bool:
    """Whether a file is named as Parquet."""
    return str(path).endswith(".parquet")


def read_parquet(path: str) -> Iterator[dict[str, Any]]:
    """The rows of a file, a batch at a time.

    Raises InputError, CaigenError where pyarrow is missing.
    """
    arrow = _pyarrow()
    try:
        with arrow.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=BATCH):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{path}: cannot be read as Parquet: {str(error).splitlines()[0]}") from error


class ParquetWriter:
    """Rows to `FILE.partial`, renamed when it is whole; columns and types are those of the `example` row, else of the first
    batch.

    Raises CaigenError where the file cannot be written, or a row has other columns.
    """

    def __init__(self, path: Path, example: dict[str, Any] | None = None) -> None:
        self.path, self._example = path, example
        self._partial = path.with_name(path.name + ".partial")
        self._arrow = _pyarrow()
        self._rows: list[dict[str, Any]] = []
        self._file: Any = None

    def write(self, row: dict[str, Any]) -> None:
        """Append one row."""
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        import pyarrow

        try:
            schema = pyarrow.Table.from_pylist([self._example]).schema if self._example else None
            table = pyarrow.Table.from_pylist(self._rows, schema=self._file.schema if self._file else schema)
            if self._file is None:
                self._partial.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._arrow.ParquetWriter(self._partial, table.schema)
            self._file.write_table(table)
        except (OSError, ValueError) as error:
            raise CaigenError(f"{self.path}: cannot be written: {str(error).splitlines()[0]}") from error
        self._rows = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        if self._file is not None:
            self._file.close()
        if kind is None:
            self._partial.replace(self.path)


def _pyarrow() -> Any:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise CaigenError(f"Parquet needs pyarrow ({error}): pip install 'caigen[parquet]'") from error
    return pyarrow.parquet
