"""The names of the files that an export writes: rows by side of the split, provenance, what a trainer needs beside."""

from pathlib import Path

from caigen.errors import CaigenError
from caigen.exports.card import README, card_path
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


def side_files(path: Path | None, *, to: str) -> dict[Path, str]:
    """What an export writes beside its rows, each path with what it is: the data card, and what the trainer needs.

    Raises CaigenError if the README.md beside the rows is no file that can be read, or the card cannot name the rows.
    """
    if path is None or is_device(path):
        return {}
    try:
        path.name.encode()
    except UnicodeEncodeError as error:
        raise CaigenError(f"{path}: is not UTF-8, so the data card cannot name it; name another file") from error
    try:
        card = card_path(path.parent)
    except OSError as error:
        raise CaigenError(f"{path.parent / README}: cannot be written: {error.strerror}") from error
    return {card: "the data card"} | {path.with_name(name): f"a file of {to}" for name in FORMATS[to].beside}
