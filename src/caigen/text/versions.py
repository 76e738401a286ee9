"""Version: one text of a record, which candidate and round it comes from."""

from dataclasses import dataclass

from caigen.records import Candidate, Revision, unfinished


@dataclass(frozen=True)
class Version:
    """One text of a record: candidate and round, its words, and what the model thought before."""

    candidate: int
    round: int
    text: str
    reasoning: str | None = None

    def __str__(self) -> str:
        return f"{self.candidate}.{self.round}"


def texts(place: int, candidate: Candidate) -> list[Version]:
    """The texts of a candidate in order, its unusable revisions and an answer without a word left out; unchanged rounds
    repeat no text.
    """
    found = [] if candidate.wordless else [Version(place, 0, candidate.text, candidate.reasoning)]
    for number, turn in enumerate(candidate.rounds, 1):
        if turn.revision is not None and not faults(turn.revision):
            found.append(Version(place, number, turn.revision.text, turn.revision.reasoning))
    return found


def principles_between(candidate: Candidate, earlier: int, later: int) -> tuple[str, ...]:
    """The principles of the rounds that led from one text of a candidate to a later one, each once; flagged revisions led to none."""
    turns = candidate.rounds[earlier:later]
    return tuple(dict.fromkeys(turn.principle for turn in turns if turn.revision and not faults(turn.revision)))


def faults(revision: Revision) -> tuple[str, ...]:
    """The words that say why a revision is not to be used: its flags and, where it was broken off, how."""
    cut = unfinished(revision.finish_reason)
    return revision.flags + ((cut,) if cut and cut not in revision.flags else ())


def refusals(candidate: Candidate) -> list[str]:
    """Why texts of a candidate are not to be used, a word each: `answer_truncated`, `revision_leak`."""
    cut = unfinished(candidate.finish_reason)
    revisions = (turn.revision for turn in candidate.rounds if turn.revision is not None)
    told = [f"revision_{fault}" for revision in revisions for fault in faults(revision)]
    return ([f"answer_{cut}"] if cut else []) + told
