"""The constitutions that this user's commands used, by hash: a later stage finds one that its records only name.

Records name a constitution by name, version and hash. Its text is kept once, in the user's own folder, and in a file
beside each file of records, which may be moved with them; in the records it would be repeated on every line, and lines
are split, shuffled and filtered.
"""

import json
import os
from contextlib import suppress
from pathlib import Path

from caigen.constitution.format import Constitution
from caigen.constitution.load import parse
from caigen.errors import ConstitutionError

HEAD = "# The constitution that the records beside this file were made under; caigen reads it for them.\n"
_READ: dict[str, Constitution] = {}  # those that were found beside the input, by hash


def folder() -> Path:
    """The user's folder: below `CAIGEN_HOME` if it is set, else below the user's data folder (XDG)."""
    home = os.environ.get("CAIGEN_HOME")
    if home:
        return Path(home) / "constitutions"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "caigen" / "constitutions"


def beside(path: Path) -> Path:
    """The file of a constitution beside a file of records."""
    return path.with_name(f"{path.name}.constitution.yaml")


def text_of(constitution: Constitution) -> str:
    """A constitution as a file that `load` reads and that has the same hash. JSON is YAML too."""
    return HEAD + json.dumps(constitution.content(), indent=2, ensure_ascii=False) + "\n"


def keep(constitution: Constitution) -> None:
    """Keep a constitution in the user's folder; where that cannot be written, later stages ask for its file."""
    path = folder() / f"{constitution.sha256}.yaml"
    if path.is_file():
        return
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.{os.getpid()}")
        partial.write_text(text_of(constitution), "utf-8")
        partial.replace(path)


def read_beside(source: str) -> tuple[Constitution, ...]:
    """The constitution that lies beside a file of records; none where there is none, or it is none."""
    path = beside(Path(source))
    with suppress(OSError, UnicodeDecodeError, ConstitutionError):
        return (parse(path.read_text("utf-8"), source=str(path)),)
    return ()


def remember(constitution: Constitution) -> None:
    """Have `find` know a constitution, in this process."""
    _READ[constitution.sha256] = constitution


def find(sha256: str) -> Constitution | None:
    """The constitution of this hash, from beside the input or from the user's folder; None where it is in neither."""
    if sha256 in _READ:
        return _READ[sha256]
    if len(sha256) != 64 or not sha256.isalnum():  # it comes from a record and becomes the name of a file
        return None
    path = folder() / f"{sha256}.yaml"
    with suppress(OSError, UnicodeDecodeError, ConstitutionError):
        constitution = parse(path.read_text("utf-8"), source=str(path))
        # a file that somebody changed is another constitution
        return constitution if constitution.sha256 == sha256 else None
    return None
