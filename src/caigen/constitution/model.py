"""Constitution: a versioned list of principles, read from strict YAML 1.2.

Format: `caigen.constitution/1` (docs/constitutions.md). Errors name file and line.
"""

import hashlib
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from caigen.errors import ConstitutionError


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# NFC, so that a letter typed as one sign or as two gives the same hash and the same tokens
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_composed)]
Kind = Literal["rule", "requests", "preference"]
Use = Literal["critique", "label", "score"]
MAX_BYTES = 4 * 1024 * 1024


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Ask(_Strict):
    """What the model is asked at one step."""

    request: Text


class Principle(_Strict):
    """One rule: its normative text, and how a critique and a revision are asked for (paper 3.1).

    `kind` says what the text is: a `rule` that stands by itself; of imported `requests` no rule, but the revision request once
    more, which judges cannot be asked about; or a `preference` between two answers (paper 4.1), which only `label` can ask for
    and for which both requests repeat it.
    """

    id: Annotated[str, Field(pattern=r"^[A-Z]{2,6}-\d{3,}$")]
    rev: Annotated[int, Field(ge=1)]
    title: Text
    text: Text
    critique: Ask
    revision: Ask
    kind: Kind = "rule"
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    weight: Annotated[float, Field(gt=0, strict=False)] = 1.0

    @property
    def ref(self) -> str:
        """The address that records cite, such as `GEN-003@1`."""
        return f"{self.id}@{self.rev}"


class Constitution(_Strict):
    """A named, versioned list of principles."""

    schema_: Literal["caigen.constitution/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    principles: Annotated[tuple[Principle, ...], Field(min_length=1, strict=False)]

    @property
    def ref(self) -> str:
        """Name and version, such as `general@1.0.0`."""
        return f"{self.id}@{self.version}"

    @property
    def sha256(self) -> str:
        """Hash of the content, independent of layout and comments."""
        content = json.dumps(self.model_dump(by_alias=True, exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def get(self, ref: str) -> Principle | None:
        """The principle cited as `ID@rev` or `ID`, None where there is no such."""
        return next((principle for principle in self.principles if ref in (principle.ref, principle.id)), None)

    def find(self, ref: str) -> Principle:
        """The principle cited as `ID@rev` or `ID`.

        Raises ConstitutionError when this constitution has no such principle at that revision.
        """
        if principle := self.get(ref):
            return principle
        raise ConstitutionError(
            f"{self.ref} has no principle {ref}; it has {self.principles[0].ref} … {self.principles[-1].ref}"
        )


_FIT: dict[Use, tuple[Kind, ...]] = {
    "critique": ("rule", "requests"),
    "label": ("rule", "preference"),
    "score": ("rule",),
}
_INSTEAD: dict[Kind, str] = {
    "rule": "",
    "requests": "critique and revision requests without a rule that a judge could be asked about; "
    "name a constitution with rules, or one of comparison principles for `label`, with --constitution",
    "preference": "a preference between two answers, which only `label` can ask for; "
    "name a constitution with rules with --constitution",
}


def check_use(principles: Sequence[Principle], use: Use, where: str) -> None:
    """Raises ConstitutionError for the first principle that cannot be used so; `where` names the constitution."""
    for principle in principles:
        if principle.kind not in _FIT[use]:
            raise ConstitutionError(f"{where}: {principle.ref} is {_INSTEAD[principle.kind]}")


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
        from caigen.constitution.importers import import_json

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
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        at = _line(tree, first["loc"])
        raise ConstitutionError(f"{source}:{at}: {where}: {first['msg'].lower()}") from error
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


def draw_id(text: str) -> str:
    """A short name made from a text, for imported constitutions."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "imported"
