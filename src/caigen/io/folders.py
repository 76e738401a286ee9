"""A folder as input -> the files in it that are read: the records of a run, or all shards in order of name."""

import re
from pathlib import Path

from caigen.errors import InputError

RECORDS = "records.jsonl"
COMPRESSED = (".gz", ".bz2", ".xz", ".zst")
SHARD_ENDINGS = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet")
# what commands write beside their outputs, and what data sets bring with them
SIDE_FILES = re.compile(
    r"\..*|.*\.(provenance\.jsonl|summary\.json|partial|journal|run\.yaml)|summary\.json|dataset_infos?\.json"
    r"|dataset_dict\.json|state\.json|metadata\.json|LICEN[CS]E.*|README.*"
)
SPLITS = re.compile(r"(train|test|validation|valid|val|dev|eval)(?![a-z])", re.IGNORECASE)
NAME_FILE = "name one of its files"


def input_files(source: str) -> list[str]:
    """The files that are read for a source: those of a folder, else the source itself.

    Raises InputError for a folder that has none, or files that do not belong together.
    """
    folder = Path(source)
    try:
        if not folder.is_dir():
            return [source]
        names = sorted(path.name for path in folder.iterdir() if path.is_file())
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if RECORDS in names:
        return [str(folder / RECORDS)]
    kinds: dict[str, list[str]] = {}
    for name in names:
        ending = shard_ending(name)
        if ending and not SIDE_FILES.fullmatch(name):
            kinds.setdefault(ending, []).append(name)
    _check_kinds(source, kinds)
    (shards,) = kinds.values()
    _check_splits(source, shards)
    return [str(folder / name) for name in shards]


def shard_ending(name: str) -> str | None:
    """The ending of a file with rows, without that of its compression; None for another file."""
    stem = name
    for ending in COMPRESSED:
        stem = stem.removesuffix(ending)
    return next((ending for ending in SHARD_ENDINGS if stem.endswith(ending)), None)


def _check_kinds(source: str, kinds: dict[str, list[str]]) -> None:
    """Raises InputError where a folder has no files with rows, or files of several kinds."""
    if not kinds:
        if any(Path(source).glob("*.arrow")):
            raise InputError(f"{source}: holds Arrow files of Dataset.save_to_disk; write it with Dataset.to_parquet")
        raise InputError(f"{source}: is a directory without {RECORDS} or files of rows ({', '.join(SHARD_ENDINGS)})")
    if len(kinds) > 1:
        raise InputError(f"{source}: is a directory with files of several kinds ({', '.join(kinds)}); {NAME_FILE}")


def _check_splits(source: str, names: list[str]) -> None:
    """Raises InputError where a folder has files of train and of test: read together they would be mixed."""
    splits = {match.group(1).lower() for name in names if (match := SPLITS.search(name))}
    if len(splits) > 1:
        raise InputError(f"{source}: is a directory with files of {' and '.join(sorted(splits))}; {NAME_FILE}")
