"""load: the name of a shipped constitution, or a file (strict YAML 1.2, or JSON of others) -> Constitution"""

import difflib
import os
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from caigen.constitution.document import Document, Extends, FirstDocument
from caigen.constitution.explain import field_faults
from caigen.constitution.faults import Fault, FaultyConstitutionError
from caigen.constitution.format import SCHEMA_2, Constitution
from caigen.constitution.importers import import_json
from caigen.constitution.resolve import Resolution, resolve
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
    return load_resolved(name).constitution


def load_resolved(name: str | os.PathLike[str]) -> Resolution:
    """Load a constitution as `load` does, with what it was made of.

    Raises FaultyConstitutionError, ConstitutionError.
    """
    return _load_file(find(name), ())


def _load_file(path: Path, chain: tuple[Path, ...]) -> Resolution:
    """Load a file; `chain` are the files that extend it, each by the one before."""
    text = read_text(path)
    if path.suffix == ".json":
        return Resolution(import_json(text, source=str(path)))
    return _resolve_text(text, str(path), chain)


def find(name: str | os.PathLike[str]) -> Path:
    """The file of a constitution; a shipped name comes before a file of the same name.

    Raises ConstitutionError where there is neither.
    """
    path = (shipped_constitutions() | demo_constitutions()).get(str(name)) or Path(name)
    if "\0" in str(name):
        raise ConstitutionError(f"{name}: no name of a file")
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
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise ConstitutionError(f"{path}: cannot be read: {error.strerror}") from error
    if len(raw) > MAX_BYTES:
        raise ConstitutionError(f"{path}: more than {MAX_BYTES} bytes, which a constitution has at most")
    try:
        return raw.decode("utf-8-sig")  # Windows editors put a byte order mark before the text
    except UnicodeDecodeError as error:
        raise ConstitutionError(f"{path}: not UTF-8 at byte {error.start}; save it as UTF-8") from error


def parse(text: str, *, source: str) -> Constitution:
    """Parse YAML text; `source` names it in errors, and its folder is where extended constitutions are looked for.

    Raises FaultyConstitutionError with all faults, each with its line and what to do.
    """
    return _resolve_text(text, source, ()).constitution


def _resolve_text(text: str, source: str, chain: tuple[Path, ...]) -> Resolution:
    tree, faults = check(text, source)
    if faults or tree is None:
        raise FaultyConstitutionError(source, faults)
    model = document_model(tree)
    document = model.model_validate(tree.value())
    if isinstance(document, FirstDocument):
        return Resolution(document.constitution())
    assert isinstance(document, Document)
    load_parent = _parent_loader(tree, source, (*chain, Path(source)))
    return resolve(document, tree, source, load_parent=load_parent, today=date.today())


def _parent_loader(tree: Node, source: str, chain: tuple[Path, ...]) -> Callable[[Extends], Resolution]:
    """What loads the constitutions that the last file of a chain extends."""

    def fail(extends: Extends, message: str, fix: str) -> FaultyConstitutionError:
        node = tree.get("extends")
        entries = node.content if node and isinstance(node.content, list) else []
        ids = [entry.get("id") for entry in entries]
        places = [entry for entry, id_ in zip(entries, ids, strict=True) if id_ and id_.content == extends.id]
        place = places[0] if places else tree
        return FaultyConstitutionError(source, [Fault(place.line, place.column, "extends", message, fix)])

    def load_parent(extends: Extends) -> Resolution:
        folder = chain[-1].parent
        path = folder / extends.path if extends.path else _file_of_id(extends.id, folder, chain[-1])
        if path is None or not path.is_file():
            where = f"{path}" if path else f"a shipped one or a .yaml file in {folder}"
            raise fail(extends, f"{extends.id} is not there: {where}", "name its file with `path`")
        if any(path.exists() and file.exists() and path.samefile(file) for file in chain):
            names = " extends ".join(file.name for file in (*chain, path))
            raise fail(extends, f"a circle: {names}", "take one `extends` out")
        return _load_file(path, chain)

    return load_parent


def _file_of_id(id_: str, folder: Path, own: Path) -> Path | None:
    """The file of a constitution with this id: in the folder, by name or by its `id`, else a shipped one."""
    beside = folder / f"{id_}.yaml"
    if beside.is_file() and beside != own:
        return beside
    for path in sorted(folder.glob("*.yaml")) if folder.is_dir() else ():
        if path != own and _id_of(path) == id_:
            return path
    return (shipped_constitutions() | demo_constitutions()).get(id_)


def _id_of(path: Path) -> Any:
    """The `id` of a YAML file; None if it has none that can be read."""
    try:
        tree, _ = read_tree(read_text(path))
    except ConstitutionError:
        return None
    node = tree.get("id") if tree else None
    return node.content if node else None


def document_model(tree: Node) -> type[BaseModel]:
    """The model of a file, by its schema; the first schema where it names neither."""
    schema = tree.get("schema")
    return Document if schema and schema.content == SCHEMA_2 else FirstDocument


def check(text: str, source: str) -> tuple[Node | None, list[Fault]]:
    """The tree of a YAML text and all faults of its fields; None where there is none, which is then a fault too."""
    tree, faults = read_tree(text)
    if tree is None:
        return None, faults or [Fault(1, 1, "", "not a constitution: the file is empty", NEW)]
    if not isinstance(tree.content, dict):
        needs = "needs schema, id, title, version, principles"
        return None, [*faults, Fault(tree.line, tree.column, "", f"not a constitution: {needs}", NEW)]
    fields = field_faults(tree, document_model(tree), source)
    return tree, [*_without_doubles(faults, fields), *fields]


def _without_doubles(faults: list[Fault], fields: list[Fault]) -> list[Fault]:
    """The faults of a text without those at a value whose field has a fault of its own, which says more."""
    known = {(fault.line, fault.column) for fault in fields if "is missing" not in fault.message}
    return [fault for fault in faults if (fault.line, fault.column) not in known]
