"""Parquet files, read and written in batches. The only import of pyarrow."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from caigen.errors import CaigenError, InputError, needs
from caigen.io.atomic import OutputFile

BATCH_ROWS = 1024


def is_parquet(path: str | Path) -> bool:
    """Whether a file is named as Parquet."""
    return str(path).endswith(".parquet")


def read_parquet(path: str) -> Iterator[dict[str, Any]]:
    """The rows of a file, read a batch at a time.

    Raises InputError if the file cannot be read, CaigenError if pyarrow is missing.
    """
    _, parquet = _import_pyarrow()
    try:
        with parquet.ParquetFile(path) as file:
            _check_columns(path, file.schema_arrow.names)
            for batch in file.iter_batches(batch_size=BATCH_ROWS):
                yield from batch.to_pylist()
    except (OSError, ValueError) as error:  # pyarrow's own errors are ValueErrors
        raise InputError(f"{path}: cannot be read as Parquet: {_first_line(error)}") from error


def _check_columns(path: str, names: list[str]) -> None:
    """Raises InputError if two columns have one name: a row, which is a dict, would lose one of them."""
    for name in names:
        if names.count(name) > 1:
            raise InputError(f"{path}: has two columns {name!r}; leave one out")


class ParquetWriter:
    """Writes rows to a Parquet file, which gets its name when it is whole.

    Columns and types are those of the `example` row, so that a file without rows has them too.
    Raises CaigenError if the file cannot be written, another process is writing it, or a row has other columns.
    """

    def __init__(self, path: Path, example: dict[str, Any]) -> None:
        self.path = path
        self._rows: list[dict[str, Any]] = []  # not yet written
        self._arrow, parquet = _import_pyarrow()
        with self._errors_in_one_line():
            self._schema = self._arrow.Table.from_pylist([example]).schema
            self._output = OutputFile(path)
            self._file = parquet.ParquetWriter(self._output.stream, self._schema)

    def write(self, row: dict[str, Any]) -> None:
        """Append one row.

        Raises CaigenError.
        """
        unexpected = set(row) ^ set(self._schema.names)
        if unexpected:  # pyarrow would leave out what is too much, and fill in what is missing
            columns = ", ".join(sorted(unexpected))
            raise CaigenError(f"{self.path}: a row has other columns than the file: {columns}")
        self._rows.append(row)
        if len(self._rows) >= BATCH_ROWS:
            self._write_batch()

    def _write_batch(self) -> None:
        with self._errors_in_one_line():
            self._file.write_table(self._arrow.Table.from_pylist(self._rows, schema=self._schema))
        self._rows = []

    @contextmanager
    def _errors_in_one_line(self) -> Iterator[None]:
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
            self._output.abandon()
            return
        self._write_batch()
        with self._errors_in_one_line():
            self._file.close()  # writes the footer
            self._output.commit()


def _first_line(error: Exception) -> str:
    """The first line of an error's message, or its type if it has none."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _import_pyarrow() -> tuple[Any, Any]:
    """The library and its Parquet module.

    Raises CaigenError if it is missing.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise needs("parquet", "Parquet needs pyarrow", error) from error
    return pyarrow, pyarrow.parquet


def count_parquet(path: Path) -> int:
    """The rows of a Parquet file, by its end.

    Raises ImportError without pyarrow, and ValueError or OSError for a file that is no Parquet.
    """
    import pyarrow.parquet

    return int(pyarrow.parquet.read_metadata(path).num_rows)
