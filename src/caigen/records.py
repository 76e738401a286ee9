"""The record that goes from stage to stage, and its parts in the order in which stages fill them.

Field names are public API (schema `caigen.record/1`). Records are frozen; a stage returns a changed copy.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA: Literal["caigen.record/1"] = "caigen.record/1"
Role = Literal["system", "user", "assistant"]
Verdict = Literal["violates", "complies", "unclear"]


class Part(BaseModel):
    """Base of all records: frozen, strict about unknown fields, NaN refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Message(Part):
    """One message of a conversation."""

    role: Role
    content: str


class Tokens(Part):
    """Token counts of one model call; `cached` counts prompt tokens found in the prefix cache."""

    prompt: int = 0
    cached: int = 0
    completion: int = 0


class Span(Part):
    """A quoted part of the criticised text: code-point offsets, end exclusive."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    quote: str


# finish reasons of a text that its model ended itself
FINISHED_REASONS = ("stop", "eos", "eos_token", "end_turn", "stop_sequence")
# one word for each reason that servers spell in different ways
UNFINISHED_REASONS = {
    "length": "truncated",
    "max_tokens": "truncated",
    "model_length": "truncated",
    "max_output_tokens": "truncated",
    "repetition": "loop",
}
MAX_REASON_CHARACTERS = 40


def unfinished(finish_reason: str | None) -> str | None:
    """A finish reason -> a word that says why the text is incomplete, such as `truncated`; None for a complete text.

    A text without a finish reason was given by the user, not generated, and counts as complete. Engines set
    `no_finish_reason` when a server names none. Other words, such as `content_filter`, stay as the server sent them.
    """
    if finish_reason is None:
        return None
    # some servers write capitals and punctuation: `STOP`, `MAX_TOKENS`
    word = re.sub(r"\W+", "_", finish_reason.lower())[:MAX_REASON_CHARACTERS].strip("_")
    if word in FINISHED_REASONS:
        return None
    return UNFINISHED_REASONS.get(word, word or "unknown")


class Critique(Part):
    """A critic's critique of one text under one principle.

    `quotes` holds the critic's quotes as given; `spans` those that occur in the text. `free` is true for a critique in
    prose. `flags` name why it is unusable (hygiene/critique_flags.py): a flagged critique is shown to no reviser and
    gives no training row. Its round has no revision, or with `always` (stages/revise.py) one under the principle alone.
    An unreadable critique has an empty text, the verdict `unclear`, and the model's output in `raw`.
    `tries` is the number of requests if it took more than one.
    """

    text: str
    verdict: Verdict
    severity: int = Field(default=0, ge=0, le=3)
    spans: tuple[Span, ...] = ()
    quotes: tuple[str, ...] = ()
    free: bool | None = None
    raw: str | None = None
    reasoning: str | None = None
    finish_reason: str | None = None
    tokens: Tokens | None = None
    tries: int | None = Field(default=None, ge=2)
    flags: tuple[str, ...] = ()


class Revision(Part):
    """A revised text.

    `raw` is the model's output if cleaning changed it, and `cleaned` names the changes. `flags` name why it is unusable
    (hygiene/faults.py). `tries` is the number of requests if it took more than one.
    """

    text: str
    finish_reason: str | None = None
    tokens: Tokens | None = None
    raw: str | None = None
    reasoning: str | None = None
    cleaned: tuple[str, ...] = ()
    tries: int | None = Field(default=None, ge=2)
    flags: tuple[str, ...] = ()


class Round(Part):
    """One critique and the revision that follows it; `revision` is None if the text was not changed."""

    principle: str
    critique: Critique | None = None
    revision: Revision | None = None

    @property
    def faulted(self) -> bool:
        """Whether the critique is usable and does not say `complies`: it says `violates` or `unclear`.

        False without a critique.
        """
        return self.critique is not None and not self.critique.flags and self.critique.verdict != "complies"

    @property
    def awaits_revision(self) -> bool:
        """Whether the revision is still to be made: `critique` leaves rounds in this state for `revise`."""
        return self.revision is None and (self.critique is None or self.faulted)

    @property
    def usable_revision(self) -> Revision | None:
        """The revision unless it is flagged."""
        if self.revision is None or self.revision.flags:
            return None
        return self.revision


class Judgement(Part):
    """What comparisons and scores have in common: who judged, by which method, and from how many answers.

    `judge` is the model with its revision; `settings` is a hash of how it was asked and how its answers were read.
    Records that do not name a judge have None in all of them, and count as judged by an unknown judge. `samples` is the
    number of answers per question, 0 if log-probabilities were read. `mass` is the mean probability that the judge
    answers in the requested form.
    """

    judge: str | None = None
    constitution: str | None = None
    constitution_sha256: str | None = None
    templates_sha256: str | None = None
    settings: str | None = None
    samples: int | None = None
    mass: float | None = None

    @property
    def method(self) -> tuple[object, ...]:
        """Judge, constitution, templates and settings. Only judgements of one method may be compared or averaged."""
        return self.judge, self.constitution, self.constitution_sha256, self.templates_sha256, self.settings


class Score(Judgement):
    """A judge's score of the text after `round` rounds; `violates` has the probability of a violation by principle.

    `reward` is in [0, 1], 1 for a text that violates nothing. It is None if the judge's answer could not be read for
    some principles; those are `unread`. `error` is the reward's standard error if it was estimated from sampled
    answers. With a `scale` the judge rated from 1 to `scale`, and `violates` is 1 for the lowest mean rating.
    """

    round: int = Field(ge=0)
    reward: float | None = None
    error: float | None = None
    violates: dict[str, float] = Field(default_factory=dict)
    unread: tuple[str, ...] = ()
    scale: int | None = None

    @property
    def principles(self) -> frozenset[str]:
        """The principles that the judge was asked about."""
        return frozenset((*self.violates, *self.unread))

    @property
    def method(self) -> tuple[object, ...]:
        """As for any judgement, with the scale and the set of principles, since a reward depends on both."""
        return (*super().method, self.scale, self.principles)


class Candidate(Part):
    """One sampled answer with its rounds and scores; `tries` is the number of requests if it took more than one.

    An answer without a word is kept beside other answers. Its finish reason is `empty` if the model ended it itself.
    """

    text: str
    finish_reason: str | None = None
    tokens: Tokens | None = None
    tries: int | None = Field(default=None, ge=2)
    reasoning: str | None = None
    rounds: tuple[Round, ...] = ()
    scores: tuple[Score, ...] = ()

    @property
    def is_blank(self) -> bool:
        """Whether the answer has no word, so that there is nothing to criticise, compare or train on."""
        return not self.text.strip()

    def text_after(self, rounds: int | None = None) -> str:
        """The text after that many rounds (all by default); flagged revisions do not count."""
        return self.history(rounds)[-1]

    def history(self, rounds: int | None = None) -> list[str]:
        """The text after round 0, 1, …; a round without a usable revision repeats the text before it."""
        texts = [self.text]
        for round_ in self.rounds[:rounds]:
            revision = round_.usable_revision
            texts.append(texts[-1] if revision is None else revision.text)
        return texts

    def finish_reasons(self) -> list[str | None]:
        """The finish reason of each text of `history`."""
        reasons = [self.finish_reason]
        for round_ in self.rounds:
            revision = round_.usable_revision
            reasons.append(reasons[-1] if revision is None else revision.finish_reason)
        return reasons


class Comparison(Judgement):
    """A judged pair of texts `a` and `b`, each named `candidate.round`.

    `p_a` is the probability that a is better, averaged over the orders. `orders` has two entries: the order with a
    first, then the order with b first. Each holds `p_first`, the probability of the text that stands first, the `mass`
    on both letters, `samples` if it was counted from answers, and `no_reasons`, the number of unusable reasonings. An
    order that was not asked is empty. Only a comparison with the status `decided` counts as a preference.
    """

    a: str
    b: str
    principle: str
    p_a: float | None = None
    orders: tuple[dict[str, float], ...] = ()
    status: Literal["decided", "tie", "order_flip", "low_mass", "unparsed"]

    def swapped(self) -> "Comparison":
        """The same comparison with a and b exchanged."""
        p_a = None if self.p_a is None else 1 - self.p_a
        return self.model_copy(update={"a": self.b, "b": self.a, "p_a": p_a, "orders": self.orders[::-1]})


def latest(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Keep, for each two texts, the comparisons of one method: that of the last comparison in the list.

    Different judges are never averaged, and a comparison that one judge left undecided is not taken from another judge.
    `label` puts its own comparisons, new ones and reused ones, at the end of the list.
    """
    last_method = {frozenset((comparison.a, comparison.b)): comparison.method for comparison in comparisons}
    return [
        comparison
        for comparison in comparisons
        if comparison.method == last_method[frozenset((comparison.a, comparison.b))]
    ]


class Provenance(Part):
    """What made the record. `models` has the last model of each role; several judges are `judge`, `judge_2`, …

    `left_out` names by role the settings that a server did not take, such as `seed`: it sampled at its own.
    """

    caigen: str
    constitution: str | None = None
    constitution_sha256: str | None = None
    models: dict[str, str] = Field(default_factory=dict)
    seed: int = 0
    templates_sha256: str | None = None
    left_out: dict[str, tuple[str, ...]] | None = None


class Failure(Part):
    """Why a record failed: the stage, a short word (`kind`) and the message."""

    stage: str
    kind: str
    message: str


class Record(Part):
    """One prompt and everything made from it."""

    schema_: Literal["caigen.record/1"] = Field(default=SCHEMA, alias="schema")
    id: str = Field(min_length=1)
    prompt: tuple[Message, ...] = Field(min_length=1)
    candidates: tuple[Candidate, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    provenance: Provenance | None = None
    status: Literal["done", "failed"] | None = None
    error: Failure | None = None
    meta: dict[str, Any] = Field(default_factory=dict)

    @property
    def failure(self) -> str | None:
        """Why it failed, as `stage:kind`; None for a record that has not failed."""
        if self.status != "failed":
            return None
        return f"{self.error.stage}:{self.error.kind}" if self.error else "unknown"

    def failed(self, stage: str, kind: str, message: str) -> "Record":
        """Return a copy that is marked as failed."""
        failure = Failure(stage=stage, kind=kind, message=message)
        return self.model_copy(update={"status": "failed", "error": failure})
