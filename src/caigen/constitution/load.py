"""load: the name of a shipped constitution, or a file (strict YAML 1.2, or JSON of others) -> Constitution"""

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from caigen.constitution.format import Constitution
from caigen.constitution.importers import import_json
from caigen.errors import ConstitutionError, first_error
from caigen.text.yaml import YamlTextError, parse_yaml

MAX_BYTES = 4 * 1024 * 1024


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

    Raises ConstitutionError with file and line for anything that is not exactly a constitution.
    """
    # a shipped name comes before a file of the same name
    path = (shipped_constitutions() | demo_constitutions()).get(str(name)) or Path(name)
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        names = ", ".join(shipped_constitutions())
        problem = getattr(error, "strerror", None) or error
        raise ConstitutionError(f"{name}: cannot be read ({problem}); give a path or one of: {names}") from error
    if len(raw) > MAX_BYTES:
        raise ConstitutionError(f"{path}: more than {MAX_BYTES} bytes, which a constitution has at most")
    try:
        text = raw.decode("utf-8-sig")  # Windows editors put a byte order mark before the text
    except UnicodeDecodeError as error:
        raise ConstitutionError(f"{path}: not UTF-8 at byte {error.start}") from error
    if path.suffix == ".json":
        return import_json(text, source=str(path))
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> Constitution:
    """Parse YAML text; `source` names it in errors.

    Raises ConstitutionError with the line of the first error.
    """
    tree = _parse_yaml(text, source)
    try:
        constitution = Constitution.model_validate(_plain(tree))
    except ValidationError as error:
        line = _line(tree, error.errors()[0]["loc"])
        raise ConstitutionError(f"{source}:{line}: {first_error(error)}") from error
    _check_unique_ids(constitution, tree, source)
    return constitution


def _parse_yaml(text: str, source: str) -> dict[Any, Any]:
    """Parse a YAML mapping that knows its line numbers.

    Raises ConstitutionError.
    """
    try:
        tree = parse_yaml(text, "rt")  # "rt" (round trip) keeps line numbers; it refuses duplicate keys
    except YamlTextError as error:
        raise ConstitutionError(f"{source}{error.place}: {error}") from error
    if not isinstance(tree, dict):
        raise ConstitutionError(f"{source}:1: not a constitution: needs schema, id, title, version, principles")
    return tree


def _check_unique_ids(constitution: Constitution, tree: dict[Any, Any], source: str) -> None:
    """Raises ConstitutionError for two principles of the same id, with the lines of both."""
    lines: dict[str, int] = {}
    for index, principle in enumerate(constitution.principles):
        line = _line(tree, ("principles", index, "id"))
        if principle.id in lines:
            first_line = lines[principle.id]
            raise ConstitutionError(f"{source}:{line}: duplicate id {principle.id}, first used on line {first_line}")
        lines[principle.id] = line


def _plain(node: Any) -> Any:
    """A tree of ruamel's types -> the same of Python's own types, which pydantic's strict mode takes."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _line(tree: Any, path: tuple[Any, ...]) -> int:
    """The line, from 1, of a node in the tree of ruamel; of the last node on its path that there is."""
    line, node = 1, tree
    for part in path:
        try:
            position: Any = node.lc  # ruamel's line and column
            mark = position.key(part) if isinstance(node, dict) else position.item(part)
            line, node = mark[0] + 1, node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line
