"""field_faults: a tree of YAML and the format's model -> a Fault for each field that does not fit, in plain words

Everything is reported at once: fields that are missing, unknown or of the wrong kind, and ids that are used twice, each
with what to write instead.
"""

import difflib
import re
from collections.abc import Iterable, Iterator
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from caigen.constitution.faults import Fault, shown
from caigen.constitution.format import PRINCIPLE_ID, make_id
from caigen.constitution.yaml_tree import Node

Path = tuple[str | int, ...]

# how a field is written, by its name; a principle's and a constitution's own id are proposed from what there is
EXAMPLES = {
    "schema": "schema: caigen.constitution/1",
    "title": "title: No promises",
    "version": 'version: "1.0.0"',
    "rev": "rev: 1",
    "text": "text: Do not promise a refund.",
    "critique": 'critique: "Which words of your answer promise a refund?"',
    "revision": 'revision: "Rewrite your answer so that it promises no refund."',
    "request": 'request: "Which words of your answer promise a refund?"',
    "principles": "list at least one rule; `caigen constitution new` writes an example",
}
# names that other formats have, and ours
OTHER_NAMES = {
    "name": "title", "rule": "text", "principle": "text", "description": "text", "body": "text",
    "critique_request": "critique", "critic": "critique", "revision_request": "revision", "edit_request": "revision",
    "rules": "principles", "constitutions": "principles", "revise": "revision", "revision_number": "rev",
}  # fmt: skip
_KINDS = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    dict: "a mapping",
    list: "a list",
    tuple: "a list",
}


def field_faults(tree: Node, model: type[BaseModel], source: str) -> list[Fault]:
    """All faults of the fields of a constitution; `source` is the file's name, from which an id may be proposed."""
    faults = _Explanation(tree, model, source)
    try:
        model.model_validate(tree.value())
    except ValidationError as error:
        errors = error.errors()
    else:
        errors = []
    return [*faults.of_errors(errors), *faults.of_equal_ids()]


def propose_ids(tree: Node, source: str) -> Iterator[str]:
    """Ids for principles that are not used in a constitution yet: `ENE-001`, `ENE-002`, …

    The letters are those of its first well-formed id, else they come from its own id or title, or the file's name.
    """
    used = [node.content for node in _ids(tree) if isinstance(node.content, str)]
    formed = [text for text in used if re.fullmatch(PRINCIPLE_ID.strip("^$"), text)]
    letters = formed[0].partition("-")[0] if formed else _letters(tree, source)
    number = 0
    while True:
        number += 1
        if (proposed := f"{letters}-{number:03}") not in used:
            yield proposed


def _letters(tree: Node, source: str) -> str:
    for name in (_text(tree.get("id")), _text(tree.get("title")), source.rpartition("/")[2].partition(".")[0]):
        letters = re.sub(r"[^A-Z]", "", name.upper())
        if len(letters) >= 2:
            return letters[:3]
    return "GEN"


def _text(node: Node | None) -> str:
    return node.content if node and isinstance(node.content, str) else ""


def _ids(tree: Node) -> Iterator[Node]:
    """The id of each principle that has one."""
    principles = tree.get("principles")
    if principles and isinstance(principles.content, list):
        for principle in principles.content:
            if node := principle.get("id"):
                yield node


class _Explanation:
    """Turns errors of pydantic into faults of a file."""

    def __init__(self, tree: Node, model: type[BaseModel], source: str) -> None:
        self.tree, self.model, self.source = tree, model, source
        self.free_ids = propose_ids(tree, source)

    def of_errors(self, errors: Iterable[Any]) -> list[Fault]:
        """A fault for each error; a field is not called missing where an unknown one beside it is meant for it."""
        errors = list(errors)
        meant = set()
        for error in errors:
            if error["type"] == "extra_forbidden":
                meant.add((*error["loc"][:-1], self._nearest(error["loc"])))
        faults = []
        for error in errors:
            is_meant = error["type"] == "missing" and error["loc"] in meant
            node = self.tree.get(*error["loc"])
            # pydantic counts the valid entries of a list only
            is_list_of_faults = error["type"] == "too_short" and node and node.content
            if not is_meant and not is_list_of_faults:
                faults.append(self._of(error))
        return faults

    def of_equal_ids(self) -> Iterator[Fault]:
        """A fault for each id that an earlier principle has."""
        first: dict[str, int] = {}
        for node in _ids(self.tree):
            name = _text(node)
            if name in first:
                message = f"duplicate id {shown(name)}, first used on line {first[name]}"
                yield Fault(node.line, node.column, "principles", message, f"write `id: {next(self.free_ids)}`")
            elif name:
                first[name] = node.line

    def _of(self, error: Any) -> Fault:
        path: Path = error["loc"]
        node = self.tree.get(*path)
        line, column = self.tree.place(*path)
        if node and error["type"] != "extra_forbidden":  # the value rather than its key
            line, column = node.line, node.column
        message, fix = self._words(error, path, node)
        return Fault(line, column, ".".join(map(str, path)), f"{self._subject(path)}{message}", fix)

    def _subject(self, path: Path) -> str:
        """The principle by its id or number, and the field: `SUP-001: critique: `."""
        parts = [str(part) for part in path]
        if len(path) > 1 and path[0] == "principles" and isinstance(path[1], int):
            id_ = _text(self.tree.get(*path[:2], "id"))
            parts[:2] = [shown(id_) if id_ else f"principle {path[1] + 1}"]
        return ": ".join(filter(None, [parts[0] if len(parts) > 1 else "", ".".join(parts[1:] or parts)])) + ": "

    def _words(self, error: Any, path: Path, node: Node | None) -> tuple[str, str]:
        """What is wrong, and what to do."""
        kind, name = error["type"], str(path[-1]) if path else ""
        if kind == "missing":
            return "is missing", self._example(path)
        if kind == "extra_forbidden":
            near = self._nearest(path)
            return (
                "is no field of it",
                f"did you mean {near}?" if near else f"its fields: {', '.join(self._fields(path))}",
            )
        written = shown(node.content) if node and isinstance(node.content, str) else ""
        if kind == "string_type":
            return _not_a_text(error["input"], written), self._example(path, written)
        if kind == "string_pattern_mismatch":
            return f"{written!r} is not written as {_form(path)}", self._example(path, written)
        if kind in ("string_too_short", "too_short"):
            return "is empty", self._example(path)
        if kind == "literal_error":
            words = [word.strip("' ") for word in re.split(r",| or ", str(error["ctx"]["expected"]))]
            near = _near(written, words)
            return (
                f"{written or _kind(error['input'])} is not one of {', '.join(words)}",
                f"write `{name}: {near or words[0]}`",
            )
        if kind in ("model_type", "dict_type", "tuple_type", "list_type", "model_attributes_type"):
            return f"is {_kind(error['input'])}, not {_wanted(kind)}", self._example(path)
        if kind == "value_error":
            return str(error["ctx"]["error"]), "see docs/constitutions.md"
        return f"{written}: {error['msg'].lower()}", f"write `{EXAMPLES.get(name, f'{name}: 1')}`"

    def _example(self, path: Path, written: str = "") -> str:
        """How the field is written, as an instruction."""
        name = str(path[-1]) if path else ""
        if name == "id":
            return f"write `id: {self._own_id() if len(path) == 1 else next(self.free_ids)}`"
        if name == "version":
            return f'write `version: "{_version(written)}"`'
        if name == "title" and len(path) == 1:
            return "write `title: Our support desk`"
        if name == "principles":
            return EXAMPLES[name]
        if isinstance(path[-1] if path else None, int):
            return "write a rule with the fields " + ", ".join(self._fields((*path, "")))
        if name == "request" and "revision" in path:
            return f"write `{EXAMPLES['revision'].replace('revision', name, 1)}`"
        if written:  # a text that reads as a number or a word
            return f'put it into quotation marks: `{name}: "{written}"`'
        return f"write `{EXAMPLES[name]}`" if name in EXAMPLES else f"write `{name}: …`"

    def _own_id(self) -> str:
        title = _text(self.tree.get("id")) or _text(self.tree.get("title"))
        return make_id(title or self.source.rpartition("/")[2].partition(".")[0] or "mine")

    def _fields(self, path: Path) -> list[str]:
        """The fields that the mapping around the last part of a path may have, the needed ones first."""
        fields: dict[str, bool] = {}
        for model in _models_at(self.model, path[:-1]):
            for name, info in model.model_fields.items():
                fields[info.alias or name] = info.is_required()
        return sorted(fields, key=lambda name: not fields[name])

    def _nearest(self, path: Path) -> str:
        """The missing field that an unknown one is probably meant for; empty if none is near."""
        around = self.tree.get(*path[:-1])
        there = around.content if around and isinstance(around.content, dict) else {}
        fields = [name for name in self._fields(path) if name not in there]
        name = str(path[-1]).lower()
        other = OTHER_NAMES.get(name.replace("-", "_"), "")
        return other if other in fields else _near(name, fields)


def _near(word: str, words: Iterable[str]) -> str:
    """The word that is spelt most like another one; empty if none is near."""
    close = difflib.get_close_matches(word.lower(), list(words), n=1)
    return close[0] if close else ""


def _models_at(model: Any, path: Path) -> list[type[BaseModel]]:
    """The models that the mapping at a path may be of."""
    models = [model]
    for part in path:
        if isinstance(part, int):
            continue
        annotations = []
        for one in models:
            for name, info in one.model_fields.items():
                if part in (info.alias, name):
                    annotations.append(info.annotation)
        models = [found for annotation in annotations for found in _models_in(annotation)]
    return models


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """The models within a type such as `tuple[Principle, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in get_args(annotation) for model in _models_in(argument)]


def _kind(value: object) -> str:
    """What a value is, in words."""
    return "empty" if value is None else _KINDS.get(type(value), "something else")


def _not_a_text(value: object, written: str) -> str:
    """What a value is that should be a text; `written` is how it stands in the file."""
    if value is None:
        return "is empty"
    return f"{written} is {_kind(value)}, not a text" if written else f"is {_kind(value)}, not a text"


def _wanted(kind: str) -> str:
    return "a list" if kind in ("tuple_type", "list_type") else "a mapping"


def _form(path: Path) -> str:
    """How a field with a fixed form is written."""
    if path[-1] == "version":
        return "three numbers with dots between them"
    if path[-1] == "id" and len(path) > 1:
        return "two to six capital letters, a hyphen, three digits"
    return "small letters, digits, and . _ - between them"


def _version(written: str) -> str:
    """The version that was probably meant: `1.0` and `v1` are 1.0.0."""
    numbers = re.findall(r"\d+", written)[:3]
    return ".".join([*(str(int(number)) for number in numbers), "0", "0", "0"][:3]) if numbers else "1.0.0"
