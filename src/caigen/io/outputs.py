"""Which files a command may write: none of another command's unasked, none twice, never its own input."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from caigen.errors import CaigenError
from caigen.io.streams import STDIN, is_device


def check(
    targets: Sequence[Path],
    source: str,
    *,
    overwrite: bool,
    ours: Callable[[], bool],
    summary: Path | None = None,
    journal: Path | None = None,
) -> None:
    """Look before anything is opened; `ours` tells whether this same command wrote what is there.

    Raises CaigenError where a file is in the way.
    """
    _check_distinct([*targets, *(path for path in (summary, journal) if path)], source)
    if overwrite:
        return
    there = [path for path in targets if path.is_file()]
    if there and not ours():
        raise CaigenError(f"{there[0]}: exists and was not written by this same command; --overwrite replaces it")
    if summary and summary.is_file() and not _is_summary(summary):
        raise CaigenError(f"{summary}: exists and is no summary; --overwrite replaces it")


OTHERS = (".parquet", ".csv", ".tsv", ".arrow", ".feather", ".xlsx")  # endings of formats that are no JSON Lines


def misnamed(path: Path, *, rows: bool) -> str | None:
    """What is wrong with the name of an output: its ending says another format than what will be written; None for a good one.

    `rows` are training rows, which may be Parquet. Records are not: their `meta` holds whatever the user's lines held, which
    fits no table. A `.json` is one value, and a `.txt` is read as one prompt a line.
    """
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if ending not in (OTHERS if rows else (*OTHERS, ".json", ".txt")) or (rows and path.suffix == ".parquet"):
        return None
    what = "rows are written as JSON Lines or Parquet" if rows else "records are written as JSON Lines"
    return f"{path}: {what}: name a file that ends in .jsonl, .jsonl.gz{' or .parquet' if rows else ''}"


def sidecar(path: Path) -> Path:
    """Where the provenance of a file of rows goes."""
    return path.with_name(
        f"{path.name.removesuffix('.gz').removesuffix('.jsonl').removesuffix('.parquet')}.provenance.jsonl"
    )


def _check_distinct(paths: Sequence[Path], source: str) -> None:
    taken = {} if source == STDIN else {Path(source).absolute(): "the input"}
    for path in paths:
        if path.is_dir():
            raise CaigenError(f"{path}: is a directory; name a file")
        if path.absolute() in taken and not is_device(path):
            raise CaigenError(f"{path}: is {taken[path.absolute()]} too; name another file")
        taken[path.absolute()] = "another output"


def _is_summary(path: Path) -> bool:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"command", "read", "done", "failed", "skipped"} <= found.keys()
