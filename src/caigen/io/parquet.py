"""Parquet files, read and written in batches. The only import of pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caigen.errors import CaigenError, InputError
from caigen.io.atomic import claimed

BATCH = 1024  # rows


def is_parquet(path: str | Path) -> bool:
    """Whether a file is named as Parquet."""
    return str(path).endswith(".parquet")


def read_parquet(path: str) -> Iterator[dict[str, Any]]:
    """The rows of a file, a batch at a time.

    Raises InputError, CaigenError where pyarrow is missing.
    """
    _, parquet = _pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            names = file.schema_arrow.names
            if twice := [name for name in names if names.count(name) > 1]:
                raise InputError(f"{path}: has two columns {twice[0]!r}; leave one out")
            for batch in file.iter_batches(batch_size=BATCH):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{path}: cannot be read as Parquet: {_first_line(error)}") from error


class ParquetWriter:
    """Rows to `FILE.partial`, renamed when it is whole; columns and types are those of the `example` row, so that a file
    without rows has them too.

    Raises CaigenError where the file cannot be written, another process is writing it, or a row has other columns.
    """

    def __init__(self, path: Path, example: dict[str, Any]) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._rows: list[dict[str, Any]] = []
        self._arrow, parquet = _pyarrow()
        with self._one_line():
            self._schema = self._arrow.Table.from_pylist([example]).schema
            self._partial.parent.mkdir(parents=True, exist_ok=True)
            self._stream = claimed(self._partial)
            self._file = parquet.ParquetWriter(self._stream, self._schema)

    def write(self, row: dict[str, Any]) -> None:
        """Append one row."""
        if set(row) != set(self._schema.names):  # pyarrow would leave out what is too much and fill in what is missing
            odd = ", ".join(sorted(set(row) ^ set(self._schema.names)))
            raise CaigenError(f"{self.path}: a row has other columns than the file: {odd}")
        self._rows.append(row)
        if len(self._rows) >= BATCH:
            self._flush()

    def _flush(self) -> None:
        with self._one_line():
            self._file.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    @contextmanager
    def _one_line(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, TypeError) as error:  # pyarrow's own errors are of these
            raise CaigenError(f"{self.path}: cannot be written: {_first_line(error)}") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            with suppress(OSError, ValueError):
                self._file.close()
                self._stream.close()
            return
        self._flush()
        with self._one_line():
            self._file.close()
            self._stream.flush()
            self._partial.replace(self.path)
            self._stream.close()  # after the new name: closing gives up the claim


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _pyarrow() -> tuple[Any, Any]:
    """The library and its Parquet module."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise CaigenError(f"Parquet needs pyarrow ({error}): pip install 'caigen[parquet]'") from error
    return pyarrow, pyarrow.parquet
