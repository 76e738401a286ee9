"""--retry-failed: what of an earlier command's records is asked again, and how often that was done before."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from caigen.engines.journal import Journal
from caigen.errors import CaigenError
from caigen.io.read import Reader
from caigen.jobs.job import Job, written_by
from caigen.records import Record, unfinished

RETRIES_FACT = "retries"  # under this name a journal keeps how often its command was retried to the end
LIMITS = ("max_tokens", "think_tokens")  # settings that a retry may change


@dataclass
class Retry:
    """What a retry asks again: rows of all that are there, with the reasons and how many rows have each."""

    rows: int = 0
    total: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        """For a user."""
        if not self.rows:
            return f"nothing to ask again: none of the {self.total:,} rows failed, was cut off or has a flag"
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        return f"asking again in {self.rows:,} of {self.total:,} rows ({reasons}); the others stay as they are"


def plan_retry(job: Job) -> Retry:
    """Read what an earlier command wrote, and count what is to be asked again.

    Raises CaigenError where there is nothing to go by: no records, no journal, or another command's.
    """
    if job.cluster:
        raise CaigenError("--retry-failed goes by the journal, which Ray's workers do not keep: leave out --runner ray")
    if not job.targets or job.journal is None or not job.journal.is_file() or not job.targets[0].is_file():
        raise CaigenError("--retry-failed: there are no records of this command with their journal; run it first")
    mark = written_by(job.journal)
    if _without_limits(mark) != _without_limits(job.mark):
        raise CaigenError(
            f"{job.targets[0]}: --retry-failed repeats the same command, with other limits of tokens at most; "
            "give the options of then, or --overwrite without --retry-failed"
        )
    retry = Retry()
    for path in job.targets:
        # the rejects are records too; the rows of training data are not
        if path == job.targets[0] or path in job.rejects:
            for record in Reader(str(path)) if path.is_file() else ():
                _count(retry, record)
    return retry


def retries_of(journal: Journal | None, *, retry: bool) -> int:
    """How often what cannot be used is asked again: as often as before, and once more for a retry."""
    kept = journal.get_meta(RETRIES_FACT) if journal else None
    earlier = int(kept) if kept and kept.isdecimal() else 0
    return earlier + retry


def _count(retry: Retry, record: Record) -> None:
    reasons = set(_reasons(record))
    retry.total += 1
    retry.rows += bool(reasons)
    retry.reasons.update(reasons)


def _reasons(record: Record) -> Iterator[str]:
    """Why parts of a record cannot be used, in the words of the summary."""
    if record.status == "failed" and record.error:
        yield f"{record.error.stage}:{record.error.kind}"
    for candidate in record.candidates:
        if ending := unfinished(candidate.finish_reason):
            yield f"answer_{ending}"
        for round_ in candidate.rounds:
            for flag in round_.critique.flags if round_.critique else ():
                yield f"critique_{flag}"
            for flag in round_.revision.flags if round_.revision else ():
                yield f"revision_{flag}"


def _without_limits(mark: str | None) -> Any:
    """A fingerprint without the limits of tokens; as it is where it is none."""

    def left(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: left(part) for key, part in value.items() if key not in LIMITS}
        return [left(part) for part in value] if isinstance(value, list) else value

    try:
        return left(json.loads(mark or ""))
    except ValueError:
        return mark
