"""The parts of a principle beside its text: tier, limits, examples, checks, where it comes from. Schema `/2` has them.

Each list of words stands in the order that the rules of resolution compare: tiers from high to low, response policies
from open to strict.
"""

import re
import unicodedata
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


# in NFC, so that an accented letter typed as one character or as two gives the same hash and the same tokens
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(_composed)]
PRINCIPLE_ID = r"^[A-Z]{2,6}-\d{3,}$"
CONSTITUTION_ID = r"^[a-z0-9][a-z0-9._-]*$"
VERSION = r"^\d+\.\d+\.\d+$"
PrincipleId = Annotated[str, Field(pattern=PRINCIPLE_ID)]
Version = Annotated[str, Field(pattern=VERSION)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Date = Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]

Tier = Literal["hard", "rule", "default", "style"]  # from high to low
Kind = Literal["prohibition", "obligation", "permission", "preference", "style"]
Form = Literal["rule", "requests", "comparison"]
Severity = Literal["low", "medium", "high", "critical"]
Policy = Literal["comply", "caution", "safe_complete", "redirect", "refuse"]  # from open to strict
TIERS: tuple[Tier, ...] = get_args(Tier)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
POLICIES: tuple[Policy, ...] = get_args(Policy)


class Strict(BaseModel):
    """Base of all parts: frozen, unknown fields and wrong types refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _lists_to_tuples(cls, content: Any) -> Any:
        """A file has lists, which strict mode does not take for tuples."""
        if not isinstance(content, dict):
            return content
        return {name: tuple(value) if isinstance(value, list) else value for name, value in content.items()}


class Ask(Strict):
    """The request to the model for one step, a critique or a revision; in a file also a plain text."""

    request: Text

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, content: Any) -> Any:
        """`critique: "…"` is short for `critique: {request: "…"}`."""
        return {"request": content} if isinstance(content, str) else content


class Question(Strict):
    """The question which of two answers follows the principle better (paper 4.1); in a file also a plain text."""

    question: Text

    @model_validator(mode="before")
    @classmethod
    def _of_text(cls, content: Any) -> Any:
        return {"question": content} if isinstance(content, str) else content


class Scope(Strict):
    """Where a rule holds; an empty list means everywhere."""

    domains: tuple[Text, ...] = ()
    audiences: tuple[Text, ...] = ()
    locales: tuple[Text, ...] = ()


class Term(Strict):
    """A word of the text with a meaning of its own: `{unapproved_treatment}`."""

    term: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    means: Text


class Example(Strict):
    """A case that is a test of the rule: what a judge must say of this answer to this prompt.

    `span` are words of the response that break the rule. `twin_of` names the example that differs in one thing only.
    """

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    label: Literal["violates", "complies", "not_applicable"]
    prompt: Text
    response: Text | None = None
    span: Text | None = None
    note: Text | None = None
    boundary: bool = False
    twin_of: str | None = None


class Check(Strict):
    """A test of an answer that needs no model: words that must stand in it or must not, or its length in words.

    `phrase_required` and `phrase_absent` have `phrase`, regardless of case; `regex_required` and `regex_absent` have
    `pattern`; `word_count` has `least`, `most` or both.
    """

    type: Literal["phrase_required", "phrase_absent", "regex_required", "regex_absent", "word_count"]
    phrase: Text | None = None
    pattern: Annotated[str, AfterValidator(lambda pattern: _compiled(pattern))] | None = None
    least: Annotated[int, Field(ge=0)] | None = None
    most: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _fields_of_its_type(self) -> "Check":
        needed = {"phrase": "phrase", "regex": "pattern", "word": "least"}[self.type.partition("_")[0]]
        given = [name for name in ("phrase", "pattern", "least", "most") if getattr(self, name) is not None]
        allowed = {"least", "most"} if needed == "least" else {needed}
        if not given or not set(given) <= allowed:
            names = " or ".join(sorted(allowed))
            raise ValueError(f"{self.type} needs {names}, and no other field")
        if self.least is not None and self.most is not None and self.least > self.most:
            raise ValueError("least is greater than most")
        return self


def _compiled(pattern: str) -> str:
    """The pattern itself; ValueError if it is no regular expression."""
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


class Precedence(Strict):
    """The principles over which this one goes where both apply, and why."""

    over: Annotated[tuple[PrincipleId, ...], Field(min_length=1)]
    because: Text


class Origin(Strict):
    """Where a principle comes from; `passage` are the words of a source that it was made of."""

    type: Literal["human", "imported", "derived", "amendment"]
    ref: Text | None = None
    passage: Text | None = None


class Lifecycle(Strict):
    """The versions of the constitution in which a principle came, changed and was retired."""

    since: Version | None = None
    changed: tuple[Version, ...] = ()
    deprecated: Version | None = None
    replaced_by: PrincipleId | None = None


class Conflict(Strict):
    """A decided conflict of two principles: which goes before, when, and the example that decides it."""

    between: tuple[PrincipleId, PrincipleId]
    resolution: PrincipleId
    when: Text | None = None
    example: str | None = None


class Change(Strict):
    """One entry of the changelog."""

    version: Version
    date: Date
    summary: Text
    amendments: tuple[Text, ...] = ()
    effect: Text | None = None
