"""Which files a command may write: no file of another command without `--overwrite`, none twice, not its own input."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from caigen.errors import CaigenError
from caigen.io.atomic import check_name, partial_of
from caigen.io.folders import RECORDS, input_files, shard_ending
from caigen.io.streams import STDIN, is_device

TABLE_ENDINGS = (".parquet", ".csv", ".tsv", ".arrow", ".feather", ".xlsx")  # formats that are no JSON Lines
_Place = tuple[int, int, str]  # see _place
SUMMARY_KEYS = {"command", "read", "done", "failed", "skipped"}


def check(
    targets: Sequence[Path],
    source: str,
    *,
    overwrite: bool,
    written_by_same_command: Callable[[], bool],
    summary: Path | None = None,
    journal: Path | None = None,
    difference: Callable[[], str] = lambda: "was not written by this same command; --overwrite replaces it",
) -> None:
    """Check all outputs before any is opened; `written_by_same_command` tells whether what is there may go.
    `difference` says what is different, and what to do.

    Raises CaigenError if a file is in the way, is named twice, or is the input.
    """
    _check_distinct([*targets, *(path for path in (summary, journal) if path)], source)
    if overwrite:
        return
    existing = [path for path in targets if path.is_file()]
    if existing and not written_by_same_command():
        raise CaigenError(f"{existing[0]}: exists and {difference()}")
    if summary and summary.is_file() and not _is_summary(summary):
        raise CaigenError(f"{summary}: exists and is no summary; --overwrite replaces it")


def misnamed(path: Path, *, rows: bool) -> str | None:
    """Say that an output's name promises another format than what will be written; None for a good name.

    `rows` are training rows, which may be Parquet. Records may not: their `meta` holds whatever the user's lines held,
    which fits no table. A `.json` is one value, and a `.txt` is read as one prompt a line.
    """
    ending = path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    if rows:
        refused = ending in TABLE_ENDINGS and path.suffix != ".parquet"  # `.parquet.gz` is refused too
        advice = "rows are written as JSON Lines or Parquet: name a file that ends in .jsonl, .jsonl.gz or .parquet"
    else:
        refused = ending in (*TABLE_ENDINGS, ".json", ".txt")
        advice = "records are written as JSON Lines: name a file that ends in .jsonl, .jsonl.gz"
    return f"{path}: {advice}" if refused else None


def sidecar(path: Path) -> Path:
    """The file for the provenance of a file of rows: `NAME.provenance.jsonl` beside `NAME.jsonl`."""
    name = path.name.removesuffix(".gz").removesuffix(".jsonl").removesuffix(".parquet")
    return path.with_name(f"{name}.provenance.jsonl")


def check_side_files(
    side_files: Mapping[Path, str],
    outputs: Sequence[Path],
    source: str,
    *,
    also_read: Mapping[Path, str] | None = None,
) -> None:
    """Check the files that are written beside the outputs, each path with what it is, such as "the data card".

    Whether one may be replaced is for its writer to say. `also_read`: other files that the command reads, each with
    what it is, such as "the constitution".

    Raises CaigenError if one is a directory, is read too, or is named as an output.
    """
    _check_distinct(outputs, source, side_files, also_read)


def _check_distinct(
    paths: Sequence[Path],
    source: str,
    side_files: Mapping[Path, str] | None = None,
    also_read: Mapping[Path, str] | None = None,
) -> None:
    """Raises CaigenError if a path is a directory, a link, the input, or named twice; devices may be named twice.

    One file named twice would hang: its second writer would wait for the first.
    """
    uses = {_place(path): use for path, use in (also_read or {}).items()}
    if source != STDIN:
        for file in input_files(source):  # those of a folder, where it is one
            uses[_place(Path(file))] = "the input"
        _check_outside(paths, source)
    for path, use in (side_files or {}).items():
        _check_unused(path, uses)
        _add_use(path, use, uses)
    for path in paths:
        _check_unused(path, uses)
        _add_use(path, "another output", uses)


def _check_outside(paths: Sequence[Path], source: str) -> None:
    """Raises CaigenError if a path lies in the input folder under a name that would be read there the next time."""
    if not Path(source).is_dir():
        return
    for path in paths:
        is_inside = os.path.realpath(path.parent) == os.path.realpath(source)
        if is_inside and not (Path(source) / RECORDS).exists() and shard_ending(path.name):
            raise CaigenError(f"{path}: lies in the input folder, where it would be read too; name another folder")


def _check_unused(path: Path, uses: Mapping[_Place, str]) -> None:
    """Raises CaigenError if a path is a directory, no name for a file, or has a use already."""
    check_name(path)
    if path.is_dir():
        raise CaigenError(f"{path}: is a directory; name a file")
    for written in (path, partial_of(path)):
        earlier_use = uses.get(_place(written))
        if earlier_use and not is_device(written):
            raise CaigenError(f"{written}: is {earlier_use} too; name another file")


def _add_use(path: Path, use: str, uses: dict[_Place, str]) -> None:
    """Note that a path is written, and the name under which it is written first."""
    uses[_place(path)] = use
    if not is_device(path):
        uses[_place(partial_of(path))] = f"{use} while it is written"


def _place(path: Path) -> _Place:
    """What stands for a file whatever its spelling: its device and inode, else those of its folder with its name.

    Links, `..`, a second name (hard link), and upper case where the file system ignores it, are all the same file.
    """
    with suppress(OSError, ValueError):
        found = path.stat()
        return found.st_dev, found.st_ino, ""
    real = Path(os.path.realpath(path))
    with suppress(OSError, ValueError):
        folder = real.parent.stat()
        return folder.st_dev, folder.st_ino, real.name
    return 0, 0, str(real)


def _is_summary(path: Path) -> bool:
    """Whether a file is the summary of some run."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and content.keys() >= SUMMARY_KEYS
