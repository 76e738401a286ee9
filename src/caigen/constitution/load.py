"""load: the name of a shipped constitution, or a file (strict YAML 1.2, or JSON of others) -> Constitution"""

import difflib
import os
from pathlib import Path

from caigen.constitution.explain import field_faults
from caigen.constitution.faults import Fault, FaultyConstitutionError
from caigen.constitution.format import Constitution
from caigen.constitution.importers import import_json
from caigen.constitution.yaml_tree import Node, read_tree
from caigen.errors import ConstitutionError

MAX_BYTES = 4 * 1024 * 1024
NEW = "`caigen constitution new` writes an example"


def shipped_constitutions() -> dict[str, Path]:
    """The constitutions that come with caigen, by name."""
    installed = Path(__file__).resolve().parent.parent / "constitutions"
    if installed.is_dir():
        return _yaml_files(installed)
    # in a checkout they are at the top of the repository
    return _yaml_files(Path(__file__).resolve().parents[3] / "constitutions")


def demo_constitutions() -> dict[str, Path]:
    """The demo model's own constitutions, by name, such as `demo-general`: short enough for a model of its size."""
    return _yaml_files(Path(__file__).parents[1] / "demo" / "constitutions")


def _yaml_files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def load(name: str | os.PathLike[str]) -> Constitution:
    """Load a constitution by its shipped name, from a YAML file, or from a JSON file in a known format of others.

    Raises FaultyConstitutionError with file and line of each fault, ConstitutionError for what cannot be read at all.
    """
    path = find(name)
    text = read_text(path)
    if path.suffix == ".json":
        return import_json(text, source=str(path))
    return parse(text, source=str(path))


def find(name: str | os.PathLike[str]) -> Path:
    """The file of a constitution; a shipped name comes before a file of the same name.

    Raises ConstitutionError where there is neither.
    """
    path = (shipped_constitutions() | demo_constitutions()).get(str(name)) or Path(name)
    if path.is_dir():
        raise ConstitutionError(f"{name}: is a folder; name a file in it")
    if not path.exists():
        raise ConstitutionError(f"{name}: there is no such file{_alternatives(str(name), path)}")
    return path


def _alternatives(name: str, path: Path) -> str:
    """The nearest shipped name or file beside the path; else all shipped names."""
    shipped = list(shipped_constitutions())
    beside = []
    if path.parent.is_dir():
        beside = [file.name for file in path.parent.iterdir() if file.suffix in (".yaml", ".yml", ".json")]
    if close := difflib.get_close_matches(name, shipped, n=1, cutoff=0.7):
        return f"; did you mean {close[0]}?"
    if close := difflib.get_close_matches(path.name, beside, n=1, cutoff=0.7):
        return f"; did you mean {path.with_name(close[0])}?"
    return f"; give a path or one of: {', '.join(shipped)}"


def read_text(path: Path) -> str:
    """The text of a file.

    Raises ConstitutionError.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConstitutionError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise ConstitutionError(f"{path}: {len(raw)} bytes; a constitution has at most {MAX_BYTES}")
    try:
        return raw.decode("utf-8-sig")  # Windows editors put a byte order mark before the text
    except UnicodeDecodeError as error:
        raise ConstitutionError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def parse(text: str, *, source: str) -> Constitution:
    """Parse YAML text; `source` names it in errors.

    Raises FaultyConstitutionError with all faults, each with its line and what to do.
    """
    tree, faults = check(text, source)
    if faults or tree is None:
        raise FaultyConstitutionError(source, faults)
    return Constitution.model_validate(tree.value())


def check(text: str, source: str) -> tuple[Node | None, list[Fault]]:
    """The tree of a YAML text and all its faults; None where there is none, which is then a fault too."""
    tree, faults = read_tree(text)
    if tree is None:
        return None, faults or [Fault(1, 1, "", "not a constitution: the file is empty", NEW)]
    if not isinstance(tree.content, dict):
        needs = "needs schema, id, title, version, principles"
        return None, [*faults, Fault(tree.line, tree.column, "", f"not a constitution: {needs}", NEW)]
    fields = field_faults(tree, Constitution, source)
    return tree, [*_without_doubles(faults, fields), *fields]


def _without_doubles(faults: list[Fault], fields: list[Fault]) -> list[Fault]:
    """The faults of a text without those at a value whose field has a fault of its own, which says more."""
    known = {(fault.line, fault.column) for fault in fields if "is missing" not in fault.message}
    return [fault for fault in faults if (fault.line, fault.column) not in known]
