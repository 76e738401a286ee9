"""Constitution: a versioned list of principles."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from caigen.errors import ConstitutionError


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# NFC, so that a letter typed as one sign or as two gives the same hash and the same tokens
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_composed)]


Kind = Literal["rule", "requests", "preference"]


Use = Literal["critique", "label", "score"]


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


def draw_id(text: str) -> str:
    """A short name made from a text, for imported constitutions."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "imported"
