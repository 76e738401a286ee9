"""Version: one text of a record, named by its candidate and round."""

from dataclasses import dataclass

from caigen.records import Candidate, Revision, unfinished


@dataclass(frozen=True)
class Version:
    """The text of a candidate after a round, and the model's thought before it. As a text it is `candidate.round`."""

    candidate: int
    round: int
    text: str
    reasoning: str | None = None

    def __str__(self) -> str:
        return f"{self.candidate}.{self.round}"


def texts(index: int, candidate: Candidate) -> list[Version]:
    """The usable texts of a candidate in order; `index` is the candidate's.

    Unusable revisions and a blank answer are left out; a round that changed nothing repeats no text.
    """
    versions = []
    if not candidate.is_blank:
        versions.append(Version(index, 0, candidate.text, candidate.reasoning))
    for number, round_ in enumerate(candidate.rounds, 1):
        revision = round_.revision
        if revision is not None and not revision_faults(revision):
            versions.append(Version(index, number, revision.text, revision.reasoning))
    return versions


def principles_between(candidate: Candidate, earlier: int, later: int) -> tuple[str, ...]:
    """The principles of the rounds that led from one text of a candidate to a later one, each once.

    A round with an unusable revision led to no text.
    """
    principles: dict[str, None] = {}  # a set in the order of the rounds
    for round_ in candidate.rounds[earlier:later]:
        if round_.revision and not revision_faults(round_.revision):
            principles[round_.principle] = None
    return tuple(principles)


def revision_faults(revision: Revision) -> tuple[str, ...]:
    """Why a revision is unusable, a word each: its flags and, if it is incomplete, how it ended."""
    reason = unfinished(revision.finish_reason)
    if reason is None or reason in revision.flags:
        return revision.flags
    return (*revision.flags, reason)


def unusable_reasons(candidate: Candidate) -> list[str]:
    """Why texts of a candidate are unusable, a word each, such as `answer_truncated` or `revision_leak`."""
    reasons = []
    if reason := unfinished(candidate.finish_reason):
        reasons.append(f"answer_{reason}")
    for round_ in candidate.rounds:
        if round_.revision is not None:
            reasons += [f"revision_{fault}" for fault in revision_faults(round_.revision)]
    return reasons
