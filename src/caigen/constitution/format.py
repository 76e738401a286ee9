"""The format of a constitution: a named, versioned list of principles, and which stage may use which form of them.

These are the principles as stages use them, after resolution. What a file holds beyond that, such as `extends` and
`overrides`, is in document.py.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from caigen.constitution.parts import (
    CONSTITUTION_ID,
    PRINCIPLE_ID,
    Ask,
    Change,
    Check,
    Conflict,
    Example,
    Form,
    Kind,
    Lifecycle,
    Origin,
    Policy,
    Precedence,
    PrincipleId,
    Question,
    Scope,
    Severity,
    Strict,
    Term,
    Text,
    Tier,
    Version,
)
from caigen.errors import ConstitutionError

__all__ = ["PRINCIPLE_ID", "Ask", "Constitution", "Form", "Principle", "Use", "check_use", "make_id"]

SCHEMA_1: Literal["caigen.constitution/1"] = "caigen.constitution/1"
SCHEMA_2: Literal["caigen.constitution/2"] = "caigen.constitution/2"
Use = Literal["critique", "label", "score"]

# what a revision is asked to do beyond following the rule, by the rule's response policy
_POLICY_REQUESTS: Mapping[str, str] = {
    "comply": "Answer the question in full.",
    "caution": "Answer the question, and name the risk that matters in one sentence.",
    "safe_complete": "Leave out what the rule forbids, and help with everything that it allows.",
    "redirect": "Do not give what the rule forbids; say who or what can help instead.",
    "refuse": "Decline what the rule forbids in one plain sentence, without a lecture.",
}
# a critique's question, by the kind of rule
_CRITIQUE_REQUESTS: Mapping[str | None, str] = {
    "prohibition": "Which words of the answer do what this rule forbids?",
    "obligation": "What does this rule ask for that the answer lacks, and which of its words go against it?",
    "permission": "Does the answer withhold something that this rule allows? Which of its words do so?",
}
_CRITIQUE_REQUEST = "Which words of the answer go against this rule, or what does it ask for that the answer lacks?"
_REVISION_REQUEST = "Rewrite your answer so that it follows this rule."


class Principle(Strict):
    """One principle: its text and limits, and the requests for a critique and a revision under it (paper 3.1).

    `form` says what the text is:

    - `rule`: a rule that stands by itself; every stage can use it.
    - `requests`: imported requests without a rule, for critiques and revisions only. The text repeats the revision
      request, which judges cannot be asked about.
    - `comparison`: a question which of two answers is better (paper 4.1), for `label` only. Both requests repeat it.

    `weight` counts in a reward, times the weight of the severity.
    """

    id: PrincipleId
    rev: Annotated[int, Field(ge=1)]  # raised when the text changes: records cite the text they were made under
    title: Text
    text: Text
    critique: Ask | None = None
    revision: Ask | None = None
    comparison: Question | None = None
    form: Form = "rule"
    tier: Tier = "rule"
    kind: Kind | None = None
    severity: Severity = "medium"
    weight: Annotated[float, Field(gt=0, strict=False)] = 1.0  # strict mode would refuse `weight: 2`, an int
    locked: bool = False
    scope: Scope = Scope()
    terms: tuple[Term, ...] = ()
    rationale: Text | None = None
    applies_when: Text | None = None
    exceptions: tuple[Text, ...] = ()
    response_policy: Policy | None = None
    checks: tuple[Check, ...] = ()
    examples: tuple[Example, ...] = ()
    precedence: Precedence | None = None
    maps_to: tuple[Text, ...] = ()
    tags: tuple[Text, ...] = ()
    origin: Origin | None = None
    lifecycle: Lifecycle | None = None

    @property
    def ref(self) -> str:
        """Id and revision, as records cite them: `GEN-003@1`."""
        return f"{self.id}@{self.rev}"

    @property
    def rule(self) -> str:
        """The text as critics and judges are shown it: with its limits, and the meaning of its terms."""
        text = self.text
        for term in self.terms:
            text = text.replace(f"{{{term.term}}}", _in_words(term.term))
        sentences = [text]
        if self.applies_when:
            sentences.append(f"The rule applies when: {_sentence(self.applies_when)}")
        if self.exceptions:
            sentences.append(f"It does not apply to: {_sentence('; '.join(self.exceptions))}")
        for term in self.terms:
            sentences.append(f'Here "{_in_words(term.term)}" means: {_sentence(term.means)}')
        return " ".join(sentences)

    @property
    def question(self) -> str | None:
        """What asks which of two answers is better (paper 4.1); None where the rule itself is what judges are shown."""
        if self.form == "comparison":
            return self.text
        return self.comparison.question if self.comparison else None

    @property
    def critique_request(self) -> str:
        """What asks for a critique: the principle's own request, else one made for its kind of rule."""
        return self.critique.request if self.critique else _CRITIQUE_REQUESTS.get(self.kind, _CRITIQUE_REQUEST)

    @property
    def revision_request(self) -> str:
        """What asks for a revision: the principle's own request, else one made from its response policy."""
        if self.revision:
            return self.revision.request
        policy = _POLICY_REQUESTS.get(self.response_policy or "", "")
        return f"{_REVISION_REQUEST} {policy}".rstrip()


class Constitution(Strict):
    """A named, versioned list of principles, with what its maintainers write about it."""

    schema_: Literal["caigen.constitution/1", "caigen.constitution/2"] = Field(alias="schema")
    id: Annotated[str, Field(pattern=CONSTITUTION_ID)]
    title: Text
    version: Version
    principles: Annotated[tuple[Principle, ...], Field(min_length=1)]
    status: Literal["draft", "active", "retired"] = "active"
    language: Text = "en"
    license: Text | None = None
    owners: tuple[Text, ...] = ()
    approvers: tuple[Text, ...] = ()
    scope: Scope = Scope()
    conflicts: tuple[Conflict, ...] = ()
    changelog: tuple[Change, ...] = ()

    @property
    def ref(self) -> str:
        """Name and version, such as `general@1.0.0`."""
        return f"{self.id}@{self.version}"

    @property
    def sha256(self) -> str:
        """Hash of the content, independent of layout and comments: of its canonical JSON (RFC 8785)."""
        if self.schema_ == SCHEMA_2:
            import rfc8785

            return hashlib.sha256(rfc8785.dumps(self.content())).hexdigest()
        # as it was before schema /2, so that records made under older files still know them
        return hashlib.sha256(json.dumps(self.content(), sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def content(self) -> dict[str, Any]:
        """The content as JSON values, in the words of its schema: a file of it has the same hash.

        Without defaults, so that a field that is added later changes no hash.
        """
        content: dict[str, Any] = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        if self.schema_ == SCHEMA_1:
            content["principles"] = [_first_schema(principle) for principle in content["principles"]]
        return content

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


def _first_schema(principle: dict[str, Any]) -> dict[str, Any]:
    """A principle's content in the words of schema /1, where `form` was `kind` and a comparison a preference."""
    content = dict(principle)
    form = content.pop("form", None)
    if form:
        content["kind"] = "preference" if form == "comparison" else form
    return content


def _in_words(term: str) -> str:
    """A term as it stands in a text: `unapproved_treatment` is `unapproved treatment`."""
    return term.replace("_", " ")


def _sentence(text: str) -> str:
    """A text with an end."""
    return text if text.endswith((".", "!", "?")) else f"{text}."


_USABLE_FORMS: dict[Use, tuple[Form, ...]] = {
    "critique": ("rule", "requests"),
    "label": ("rule", "comparison"),
    "score": ("rule",),
}
# what a principle of another form is, and what to do about it: the end of the error message
_FORM_HINTS: dict[Form, str] = {
    "rule": "",
    "requests": "critique and revision requests without a rule that a judge could be asked about; "
    "name a constitution with rules, or one of comparison principles for `label`, with --constitution",
    "comparison": "a preference between two answers, which only `label` can ask for; "
    "name a constitution with rules with --constitution",
}


def check_use(principles: Sequence[Principle], use: Use, where: str) -> None:
    """Check that a stage can use all principles; `where` names the constitution.

    Raises ConstitutionError for the first one whose form it cannot use.
    """
    for principle in principles:
        if principle.form not in _USABLE_FORMS[use]:
            raise ConstitutionError(f"{where}: {principle.ref} is {_FORM_HINTS[principle.form]}")


def make_id(text: str) -> str:
    """A text -> an id of lower-case letters, digits and hyphens, for imported constitutions."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "imported"
