"""Record before and after a command -> what the command made: answers, rounds, judgements, and in which roles."""

from collections.abc import Iterator
from dataclasses import dataclass

from caigen.engines.roles import EngineRole
from caigen.records import Comparison, Judgement, Record, Round, Score


@dataclass(frozen=True)
class CandidateProgress:
    """How far one candidate had come: its rounds, whether the last has no revision yet, and its scores."""

    rounds: int = 0
    unrevised: bool = False
    scores: tuple[Score, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a record had come when a command read it: what is there already is not counted as the command's work."""

    failed: bool = False
    candidates: tuple[CandidateProgress, ...] = ()
    comparisons: tuple[Comparison, ...] = ()

    def candidate(self, index: int) -> CandidateProgress:
        """How far a candidate had come; one that was not there had come nowhere."""
        return self.candidates[index] if index < len(self.candidates) else NEW_CANDIDATE


NOTHING_DONE = Progress()
NEW_CANDIDATE = CandidateProgress()


def progress_of(record: Record) -> Progress:
    """How far a record has come; its texts are left out, since this is kept for all records at work."""
    candidates = (
        CandidateProgress(
            rounds=len(candidate.rounds),
            unrevised=bool(candidate.rounds) and candidate.rounds[-1].revision is None,
            scores=candidate.scores,
        )
        for candidate in record.candidates
    )
    return Progress(record.status == "failed", tuple(candidates), record.comparisons)


def judgements(record: Record) -> list[Judgement]:
    """All comparisons and scores of a record."""
    return [*record.comparisons, *(score for candidate in record.candidates for score in candidate.scores)]


def new_judgements(before: Record, after: Record) -> int:
    """How many judgements a record has got since; stages pass on those that were there as they are."""
    # by identity, not by value: equal judgements of two judges are two
    there = {id(judgement) for judgement in judgements(before)}
    return sum(id(judgement) not in there for judgement in judgements(after))


def last_scores(record: Record) -> list[Score]:
    """The score of each text that stands last."""
    last: dict[tuple[int, int], Score] = {}
    for index, candidate in enumerate(record.candidates):
        for score in candidate.scores:
            # a later score of the same text takes the place of the earlier one
            last[index, score.round] = score
    return list(last.values())


def roles_of_answers(before: Record, after: Record) -> set[EngineRole]:
    """The policy, where a record has new candidates."""
    return {"policy"} if len(after.candidates) > len(before.candidates) else set()


def roles_of_rounds(before: Record, after: Record) -> set[EngineRole]:
    """The critic where a record has a new critique, and the reviser where it has a new revision."""
    roles: set[EngineRole] = set()
    for old, new in _rounds(before, after):
        if new.critique and new.critique != (old and old.critique):
            roles.add("critic")
        if new.revision and new.revision != (old and old.revision):
            roles.add("reviser")
    return roles


def roles_of_judgements(before: Record, after: Record) -> set[EngineRole]:
    """The judge, where a record has new comparisons or scores."""
    return {"judge"} if new_judgements(before, after) else set()


def _rounds(before: Record, after: Record) -> Iterator[tuple[Round | None, Round]]:
    """Each round of a record beside the same round before, None where there was none."""
    for index, candidate in enumerate(after.candidates):
        # a new candidate had no rounds
        had = before.candidates[index].rounds if index < len(before.candidates) else ()
        for number, round_ in enumerate(candidate.rounds):
            yield (had[number] if number < len(had) else None), round_
