"""The documents that a file may hold: schema `/1`, a list of principles, and schema `/2`, which may extend others."""

from typing import Annotated, Any, Literal

from pydantic import Field

from caigen.constitution.format import SCHEMA_1, Constitution, Principle
from caigen.constitution.parts import (
    CONSTITUTION_ID,
    TIERS,
    Ask,
    Change,
    Conflict,
    Date,
    Example,
    Policy,
    PrincipleId,
    Scope,
    Severity,
    Sha256,
    Strict,
    Text,
    Tier,
    Version,
)

Operation = Literal[
    "strengthen", "narrow", "disable", "set_weight", "set_response_policy", "add_examples", "replace_text"
]


class FirstPrinciple(Strict):
    """A principle of schema `/1`."""

    id: PrincipleId
    rev: Annotated[int, Field(ge=1)]
    title: Text
    text: Text
    critique: Ask
    revision: Ask
    kind: Literal["rule", "requests", "preference"] = "rule"
    severity: Severity = "medium"
    weight: Annotated[float, Field(gt=0, strict=False)] = 1.0


class FirstDocument(Strict):
    """A file of schema `/1`: a list of principles that stands by itself."""

    schema_: Literal["caigen.constitution/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=CONSTITUTION_ID)]
    title: Text
    version: Version
    principles: Annotated[tuple[FirstPrinciple, ...], Field(min_length=1)]

    def constitution(self) -> Constitution:
        """The same as stages use it."""
        principles = []
        for principle in self.principles:
            fields: dict[str, Any] = principle.model_dump()
            kind = fields.pop("kind")
            principles.append(Principle(**fields, form="comparison" if kind == "preference" else kind))
        return Constitution(
            schema=SCHEMA_1, id=self.id, title=self.title, version=self.version, principles=tuple(principles)
        )


class Extends(Strict):
    """A constitution that this one extends. `sha256` pins its content; `path` is its file, from this one's folder."""

    id: Annotated[str, Field(pattern=CONSTITUTION_ID)]
    version: Version
    sha256: Sha256 | None = None
    path: Text | None = None


class Override(Strict):
    """A change to a principle of an extended constitution; overrides.py says which fields an operation takes."""

    target: PrincipleId
    op: Operation
    reason: Text
    approved_by: Text | None = None
    expires: Date | None = None
    text: Text | None = None
    text_add: Text | None = None
    tier: Tier | None = None
    severity: Severity | None = None
    weight: Annotated[float, Field(gt=0, strict=False)] | None = None
    response_policy: Policy | None = None
    applies_when: Text | None = None
    scope: Scope | None = None
    exceptions_add: tuple[Text, ...] = ()
    exceptions_remove: tuple[Text, ...] = ()
    examples_add: tuple[Example, ...] = ()


class Document(Strict):
    """A file of schema `/2`, as its authors write it; resolve.py makes a Constitution of it."""

    schema_: Literal["caigen.constitution/2"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=CONSTITUTION_ID)]
    title: Text
    version: Version
    status: Literal["draft", "active", "retired"] = "active"
    language: Text = "en"
    license: Text | None = None
    owners: tuple[Text, ...] = ()
    approvers: tuple[Text, ...] = ()
    scope: Scope = Scope()
    extends: tuple[Extends, ...] = ()
    tiers: tuple[Tier, ...] = TIERS
    definitions: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], Text] = Field(default_factory=dict)
    principles: tuple[Principle, ...] = ()
    overrides: tuple[Override, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    changelog: tuple[Change, ...] = ()
