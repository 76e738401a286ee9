"""The format of a constitution: a named, versioned list of principles, and which stage may use which kind of them."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from caigen.errors import ConstitutionError


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# in NFC, so that an accented letter typed as one character or as two gives the same hash and the same tokens
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_composed)]

PRINCIPLE_ID = r"^[A-Z]{2,6}-\d{3,}$"
Kind = Literal["rule", "requests", "preference"]
Use = Literal["critique", "label", "score"]


class _Strict(BaseModel):
    """Base of all parts: frozen, unknown fields and wrong types refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Ask(_Strict):
    """The request to the model for one step, a critique or a revision; in a file also a plain text."""

    request: Text

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, content: Any) -> Any:
        """`critique: "…"` is short for `critique: {request: "…"}`."""
        return {"request": content} if isinstance(content, str) else content


class Principle(_Strict):
    """One principle: its text, and the requests for a critique and a revision under it (paper 3.1).

    `kind` says what the text is:

    - `rule`: a rule that stands by itself; every stage can use it.
    - `requests`: imported requests without a rule, for critiques and revisions only. The text repeats the revision
      request, which judges cannot be asked about.
    - `preference`: a question which of two answers is better (paper 4.1), for `label` only. Both requests repeat it.
    """

    id: Annotated[str, Field(pattern=PRINCIPLE_ID)]
    rev: Annotated[int, Field(ge=1)]  # raised when the text changes: records cite the text they were made under
    title: Text
    text: Text
    critique: Ask
    revision: Ask
    kind: Kind = "rule"
    severity: Literal["low", "medium", "high", "critical"] = "medium"
    # in a reward, times the weight of the severity; strict mode would refuse `weight: 2`, an int
    weight: Annotated[float, Field(gt=0, strict=False)] = 1.0

    @property
    def ref(self) -> str:
        """Id and revision, as records cite them: `GEN-003@1`."""
        return f"{self.id}@{self.rev}"


class Constitution(_Strict):
    """A named, versioned list of principles."""

    schema_: Literal["caigen.constitution/1"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$")]
    title: Text
    version: Annotated[str, Field(pattern=r"^\d+\.\d+\.\d+$")]
    # strict mode would refuse YAML's list for a tuple
    principles: Annotated[tuple[Principle, ...], Field(min_length=1, strict=False)]

    @property
    def ref(self) -> str:
        """Name and version, such as `general@1.0.0`."""
        return f"{self.id}@{self.version}"

    @property
    def sha256(self) -> str:
        """Hash of the content, independent of layout and comments."""
        # without defaults, so that a field that is added later changes no hash
        content = json.dumps(self.model_dump(by_alias=True, exclude_defaults=True), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(content.encode()).hexdigest()

    def get(self, ref: str) -> Principle | None:
        """The principle cited as `ID@rev` or `ID`; None if there is none."""
        return next((principle for principle in self.principles if ref in (principle.ref, principle.id)), None)

    def find(self, ref: str) -> Principle:
        """The principle cited as `ID@rev` or `ID`.

        Raises ConstitutionError if this constitution has no such principle at that revision.
        """
        if principle := self.get(ref):
            return principle
        raise ConstitutionError(
            f"{self.ref} has no principle {ref}; it has {self.principles[0].ref} … {self.principles[-1].ref}"
        )


_USABLE_KINDS: dict[Use, tuple[Kind, ...]] = {
    "critique": ("rule", "requests"),
    "label": ("rule", "preference"),
    "score": ("rule",),
}
# what a principle of another kind is, and what to do about it: the end of the error message
_KIND_HINTS: dict[Kind, str] = {
    "rule": "",
    "requests": "critique and revision requests without a rule that a judge could be asked about; "
    "name a constitution with rules, or one of comparison principles for `label`, with --constitution",
    "preference": "a preference between two answers, which only `label` can ask for; "
    "name a constitution with rules with --constitution",
}


def check_use(principles: Sequence[Principle], use: Use, where: str) -> None:
    """Check that a stage can use all principles; `where` names the constitution.

    Raises ConstitutionError for the first one whose kind it cannot use.
    """
    for principle in principles:
        if principle.kind not in _USABLE_KINDS[use]:
            raise ConstitutionError(f"{where}: {principle.ref} is {_KIND_HINTS[principle.kind]}")


def make_id(text: str) -> str:
    """A text -> an id of lower-case letters, digits and hyphens, for imported constitutions."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "imported"
