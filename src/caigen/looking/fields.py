"""The fields of a record that a condition may name (conditions.py), and a record as rows of these fields.

A record has several candidates, and a candidate several rounds. `rows` gives one row for each round, which also has the
values of its candidate and its record, so that all conditions are tested on one and the same round.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, get_args

from caigen.records import Candidate, Comparison, Record, Round, Verdict, unfinished
from caigen.text.versions import revision_faults
from caigen.text.words import words

UNREADABLE = "unreadable"  # in place of a verdict: nothing could be read from the critique
UNUSABLE = "unusable"  # the critique was read, and has a flag: its verdict counts for nothing
NO_CRITIQUE = "none"
VERDICTS = (*get_args(Verdict), UNREADABLE, UNUSABLE, NO_CRITIQUE)
STATUSES = ("done", "failed", "none")
COMPARISONS: tuple[str, ...] = get_args(Comparison.model_fields["status"].annotation)
YES_NO = ("yes", "no")

Row = dict[str, tuple[Any, ...]]  # each field with its values: one, several, or none where it is not known


@dataclass(frozen=True)
class Field:
    """What a field is; `words` are its values where there are few, `number` says that it is compared as a number."""

    name: str
    what: str
    number: bool = False
    words: tuple[str, ...] = ()


FIELDS = (
    Field("id", "the record's id"),
    Field("status", "whether the record is finished", words=STATUSES),
    Field("error", "why the record failed: `unreachable`, or with the stage `revise:unreachable`"),
    Field("model", "a model that made the record; `model.critic` is that of one role"),
    Field("comparison", "the status of a comparison by a judge", words=COMPARISONS),
    Field("candidates", "the number of candidates", number=True),
    Field("rounds", "the number of rounds of the candidate", number=True),
    Field("revised", "whether a usable revision changed the candidate", words=YES_NO),
    Field("words", "the words of the candidate's last text", number=True),
    Field("reward", "the last reward that a judge gave the candidate, 0 to 1", number=True),
    Field("principle", "the principle of the round, `ENE-002` or `ENE-002@1`"),
    Field(
        "verdict",
        "what the critique says; `unreadable` or `unusable` where it has a flag, `none` without one",
        words=VERDICTS,
    ),
    Field("severity", "the severity that the critique gives, 0 to 3", number=True),
    Field("flag", "a flag of the critique, of the revision, or how the answer ended: `leak`, `critique_truncated`"),
    Field("meta", "`meta.NAME` is a field that came with the prompt, `meta.NAME.PART` a part of it"),
)
BY_NAME = {field.name: field for field in FIELDS}
PREFIXES = ("meta.", "model.")


def rows(record: Record) -> Iterator[Row]:
    """One row for each round of each candidate; one for a candidate without rounds, and for a record without any."""
    of_record = _record_row(record)
    if not record.candidates:
        yield of_record
    for candidate in record.candidates:
        of_candidate = of_record | _candidate_row(candidate)
        if not candidate.rounds:
            yield of_candidate
        for round_ in candidate.rounds:
            row = of_candidate | _round_row(round_)
            row["flag"] += of_candidate["flag"]
            yield row


def meta_values(record: Record, path: str) -> tuple[Any, ...]:
    """The value of `meta.NAME` or `meta.NAME.PART`; the parts of a list one by one; none if it is not there."""
    value: Any = record.meta
    if path in record.meta:  # a name with a point in it
        value = record.meta[path]
    else:
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, list):
        return tuple(value)
    return () if value is None else (value,)


def flags_of(round_: Round) -> tuple[str, ...]:
    """The flags of a round, each by itself and with what it is a flag of."""
    flags: list[str] = []
    for flag in round_.critique.flags if round_.critique else ():
        flags += [flag, f"critique_{flag}"]
    for flag in revision_faults(round_.revision) if round_.revision else ():
        flags += [flag, f"revision_{flag}"]
    return tuple(flags)


def verdict_of(round_: Round) -> str:
    """The verdict of a round's critique, or the word that stands in its place."""
    critique = round_.critique
    if critique is None:
        return NO_CRITIQUE
    if not critique.flags:
        return critique.verdict
    return UNUSABLE if critique.raw is None and critique.text else UNREADABLE


def _record_row(record: Record) -> Row:
    error = record.error
    models = record.provenance.models if record.provenance else {}
    row: Row = {
        "id": (record.id,),
        "status": (record.status or "none",),
        "error": (error.kind, f"{error.stage}:{error.kind}") if error else (),
        "model": tuple(models.values()),
        "comparison": tuple(comparison.status for comparison in record.comparisons),
        "candidates": (len(record.candidates),),
        "flag": (),
    }
    return row | {f"model.{role}": (model,) for role, model in models.items()}


def _candidate_row(candidate: Candidate) -> Row:
    last_text = candidate.text_after()
    rewards = [score.reward for score in candidate.scores if score.reward is not None]
    ending = unfinished(candidate.finish_reason)
    return {
        "rounds": (len(candidate.rounds),),
        "revised": ("yes" if last_text != candidate.text else "no",),
        "words": (len(words(last_text)),),
        "reward": tuple(rewards[-1:]),
        "flag": (ending, f"answer_{ending}") if ending else (),
    }


def _round_row(round_: Round) -> Row:
    return {
        "principle": (round_.principle, round_.principle.partition("@")[0]),
        "verdict": (verdict_of(round_),),
        "severity": (round_.critique.severity,) if round_.critique and not round_.critique.flags else (),
        "flag": flags_of(round_),
    }
