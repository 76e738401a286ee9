"""The record that travels from stage to stage, its parts in the order a row meets them.

Field names are public API (schema `caigen.record/1`). Records are frozen; a stage returns a changed copy.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from caigen.errors import RequestError

SCHEMA: Literal["caigen.record/1"] = "caigen.record/1"
Role = Literal["system", "user", "assistant"]
Verdict = Literal["violates", "complies", "unclear"]


class Part(BaseModel):
    """Base of all records: frozen, strict about unknown fields, NaN refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Message(Part):
    """One turn of a conversation."""

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


WHOLE = (
    "stop",
    "eos",
    "eos_token",
    "end_turn",
    "stop_sequence",
)  # finish reasons of a text that its model ended itself
UNFINISHED = {  # the word that is counted, for reasons that several servers spell in their own way
    "length": "truncated",
    "max_tokens": "truncated",
    "model_length": "truncated",
    "max_output_tokens": "truncated",
    "repetition": "loop",
}


def unfinished(finish_reason: str | None) -> str | None:
    """The word that says why a text is not whole, such as `truncated` or `content_filter`; None where it is whole.

    A text without a finish reason was given by the user, not generated, and counts as whole. Engines put
    `no_finish_reason` where a server names none.
    """
    if finish_reason is None:
        return None
    word = re.sub(r"\W+", "_", finish_reason.lower())[:40].strip("_")  # some servers shout: `STOP`, `MAX_TOKENS`
    return None if word in WHOLE else UNFINISHED.get(word, word or "unknown")


class Critique(Part):
    """What the critic said of one text under one principle.

    `quotes` holds the critic's words as given; `spans` those that were found in the text. `free` is set where it was
    asked for in prose. `flags` name what makes it unusable (critiques.py): no revision is asked for from a flagged one, and
    it is not taught. One that could not be read has no text and the verdict `unclear`, and `raw` is what the model wrote.
    `tries` is how often it was asked for, where more than once.
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
    """A rewritten text.

    `raw` is kept where cleaning changed it and `cleaned` says how; `flags` name what makes it unusable (hygiene.py).
    `tries` is how often it was asked for, where more than once.
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
    """One critique and what came of it; `revision` is None where the text was left as it stood."""

    principle: str
    critique: Critique | None = None
    revision: Revision | None = None

    @property
    def faulted(self) -> bool:
        """Whether a critique that can be used asks for a revision: one that does not say that the text complies."""
        return self.critique is not None and not self.critique.flags and self.critique.verdict != "complies"

    @property
    def waits(self) -> bool:
        """Whether its revision is still to be made, as `critique` leaves it for `revise`."""
        return self.revision is None and (self.critique is None or self.faulted)


class Judgement(Part):
    """Who judged, under what, and on how much it rests: what comparisons and scores have in common.

    `judge` is the model with its revision, `settings` a hash of how it was asked and how its answers were read. All are None in
    records that do not say; those count as an unknown judge's. `samples` is how often each question was asked, 0 where
    log-probabilities were read; `mass` the mean probability that the judge answers as it was asked to.
    """

    judge: str | None = None
    constitution: str | None = None
    constitution_sha256: str | None = None
    templates_sha256: str | None = None
    settings: str | None = None
    samples: int | None = None
    mass: float | None = None

    @property
    def measure(self) -> tuple[object, ...]:
        """What must be the same where two judgements are compared or averaged."""
        return self.judge, self.constitution, self.constitution_sha256, self.templates_sha256, self.settings


class Score(Judgement):
    """A judge's reading of the text after `round` rounds: how likely it `violates` each principle, by reference.

    `reward` is in [0, 1], 1 for a text that breaks nothing; None where principles are `unread`, since the judge's answer
    could not be read. `error` is the reward's standard error where it was counted from answers. With `scale` the judge rated
    from 1 to so many, and `violates` is 1 for the lowest mean rating.
    """

    round: int = Field(ge=0)
    reward: float | None = None
    error: float | None = None
    violates: dict[str, float] = Field(default_factory=dict)
    unread: tuple[str, ...] = ()
    scale: int | None = None

    @property
    def rules(self) -> frozenset[str]:
        """The principles that it was read under."""
        return frozenset((*self.violates, *self.unread))

    @property
    def measure(self) -> tuple[object, ...]:
        """As of any judgement; a reward depends on the scale and on the set of principles, too."""
        return (*super().measure, self.scale, self.rules)


class Candidate(Part):
    """One sampled answer and its rounds; `tries` is how often it was asked for, where more than once.

    An answer without a word stands beside others that have some, with the finish reason `empty` where its model ended it.
    """

    text: str
    finish_reason: str | None = None
    tokens: Tokens | None = None
    tries: int | None = Field(default=None, ge=2)
    reasoning: str | None = None
    rounds: tuple[Round, ...] = ()
    scores: tuple[Score, ...] = ()

    @property
    def wordless(self) -> bool:
        """Whether the answer has no word, so that there is nothing to criticise, to compare or to teach."""
        return not self.text.strip()

    def text_after(self, rounds: int | None = None) -> str:
        """The text after that many rounds (all of them by default); flagged revisions do not count."""
        return self.history(rounds)[-1]

    def history(self, rounds: int | None = None) -> list[str]:
        """The text after round 0, 1, …; a round that left the text alone repeats it."""
        texts = [self.text]
        for turn in self.rounds[:rounds]:
            usable = turn.revision is not None and not turn.revision.flags
            texts.append(turn.revision.text if usable and turn.revision else texts[-1])
        return texts

    def endings(self) -> list[str | None]:
        """The finish reason of each text of `history`."""
        reasons = [self.finish_reason]
        for turn in self.rounds:
            usable = turn.revision is not None and not turn.revision.flags
            reasons.append(turn.revision.finish_reason if usable and turn.revision else reasons[-1])
        return reasons


class Comparison(Judgement):
    """A judged pair of texts, addressed as `candidate.round`.

    `p_a` is the mean over the orders of the probability that a is better. `orders` has the order with a first, then that with
    b first: the probability of the letter that stood first, the mass on both letters, `samples` where it was counted from
    answers, and with reasons `no_reasons`, how many of them were none; an order that was not asked is empty. Only `decided` ones say anything.
    """

    a: str
    b: str
    principle: str
    p_a: float | None = None
    orders: tuple[dict[str, float], ...] = ()
    status: Literal["decided", "tie", "order_flip", "low_mass", "unparsed"]

    def turned(self) -> "Comparison":
        """The same seen from b."""
        return self.model_copy(
            update={
                "a": self.b,
                "b": self.a,
                "p_a": None if self.p_a is None else 1 - self.p_a,
                "orders": self.orders[::-1],
            }
        )


def latest(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Of each two texts the comparisons that speak: those by the judge, constitution, templates and settings that stand last.

    Words of several judges are never averaged, and what one left undecided is not taken from another. `label` puts what it made,
    and what it found made in the same way, behind the rest.
    """
    last = {frozenset((one.a, one.b)): one.measure for one in comparisons}
    return [one for one in comparisons if one.measure == last[frozenset((one.a, one.b))]]


class Provenance(Part):
    """What made the record. `models` has the last of each role; of several judges all, as `judge`, `judge_2` and so on."""

    caigen: str
    constitution: str | None = None
    constitution_sha256: str | None = None
    models: dict[str, str] = Field(default_factory=dict)
    seed: int = 0
    templates_sha256: str | None = None


class Failure(Part):
    """Why a record failed."""

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

    def failed(self, stage: str, kind: str, message: str) -> "Record":
        """A copy marked as failed."""
        failure = Failure(stage=stage, kind=kind, message=message)
        return self.model_copy(update={"status": "failed", "error": failure})


def settled(reached: Record, ended: Iterable[object]) -> Record:
    """A record whose parts were worked on at once.

    Raises the first error among what they ended with; a RequestError takes along how far the record came.
    """
    for error in ended:
        if isinstance(error, RequestError):
            error.reached = reached
        if isinstance(error, BaseException):
            raise error
    return reached
