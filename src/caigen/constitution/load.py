"""Load a constitution by its shipped name or from a file; parse strict YAML 1.2."""

import os
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from caigen.constitution.format import Constitution
from caigen.constitution.importers import import_json
from caigen.errors import ConstitutionError, first_error

MAX_BYTES = 4 * 1024 * 1024


def shipped() -> dict[str, Path]:
    """The constitutions that come with caigen, by name."""
    packaged = Path(__file__).resolve().parent.parent / "constitutions"
    folder = packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "constitutions"
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def of_the_demo() -> dict[str, Path]:
    """The demo model's own constitutions, by name: `demo-general` and others, short enough for a model of its size."""
    return {path.stem: path for path in sorted((Path(__file__).parents[1] / "demo" / "constitutions").glob("*.yaml"))}


def load(name: str | os.PathLike[str]) -> Constitution:
    """Load a constitution by shipped name, YAML path, or a JSON path in a known foreign format.

    Raises ConstitutionError with file and line for anything that is not exactly a constitution.
    """
    path = (shipped() | of_the_demo()).get(str(name)) or Path(name)
    try:
        raw = path.read_bytes()
    except OSError as error:
        known = ", ".join(shipped())
        raise ConstitutionError(f"{name}: cannot be read ({error.strerror}); give a path or one of: {known}") from error
    if len(raw) > MAX_BYTES:
        raise ConstitutionError(f"{path}: {len(raw)} bytes; a constitution has at most {MAX_BYTES}")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConstitutionError(f"{path}: not UTF-8 at byte {error.start}") from error
    if path.suffix == ".json":
        return import_json(text, source=str(path))
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> Constitution:
    """Parse YAML text; `source` names it in errors."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        tree = YAML(typ="rt").load(text)  # round-trip: keeps line numbers, YAML 1.2, duplicate keys are an error
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        problem = str(getattr(error, "problem", None) or error).split("\n")[0]
        raise ConstitutionError(f"{source}{line}: {problem}") from error
    except RecursionError as error:
        raise ConstitutionError(f"{source}: nested too deeply") from error
    except ValueError as error:  # what looks like a date or a number and is none
        raise ConstitutionError(f"{source}: {error}; write it in quotation marks") from error
    if not isinstance(tree, dict):
        raise ConstitutionError(f"{source}:1: not a constitution: needs schema, id, title, version, principles")
    try:
        constitution = Constitution.model_validate(_plain(tree))
    except ValidationError as error:
        line_number = _line(tree, error.errors()[0]["loc"])
        raise ConstitutionError(f"{source}:{line_number}: {first_error(error)}") from error
    seen: dict[str, int] = {}
    for index, principle in enumerate(constitution.principles):
        if principle.id in seen:
            at = _line(tree, ("principles", index, "id"))
            raise ConstitutionError(
                f"{source}:{at}: duplicate id {principle.id}, first used on line {seen[principle.id]}"
            )
        seen[principle.id] = _line(tree, ("principles", index, "id"))
    return constitution


def _plain(node: Any) -> Any:
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    return str(node) if isinstance(node, str) else node


def _line(tree: Any, path: tuple[Any, ...]) -> int:
    line, node = 1, tree
    for part in path:
        try:
            place: Any = node.lc  # ruamel's line and column
            mark = place.key(part) if isinstance(node, dict) else place.item(part)
            line, node = mark[0] + 1, node[part]
        except (KeyError, IndexError, AttributeError, TypeError):
            break
    return line
