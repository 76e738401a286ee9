"""The names of the files that an export writes: rows by side of the split, provenance, what a trainer needs beside."""

from pathlib import Path

from caigen.exports.formats import FORMATS
from caigen.io.outputs import sidecar
from caigen.io.streams import is_device


def row_paths(path: Path | None, *, split: bool) -> dict[str, Path | None]:
    """The files of rows by side: `train` and `test`, or "" without a split; no path is stdout."""
    if path is None or not split:
        return {"": path}
    return {side: path.with_name(f"{path.stem}.{side}{path.suffix}") for side in ("train", "test")}


def row_files(path: Path | None, *, split: bool = False) -> list[Path]:
    """All files that a RowSink writes: rows and their provenance."""
    files = [file for file in row_paths(path, split=split).values() if file]
    return files + [sidecar(file) for file in files if not is_device(file)]


def export_files(path: Path, *, split: bool, to: str) -> list[Path]:
    """All files of an export but its card: those of its RowSink, and what the trainer needs beside them."""
    return row_files(path, split=split) + [path.with_name(name) for name in FORMATS[to].beside]
