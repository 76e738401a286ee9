"""The comparisons of a record -> what its judge said about each two of its texts."""

from collections import defaultdict
from dataclasses import dataclass

from caigen.records import Comparison, Record, latest

HALF_TOLERANCE = 1e-9  # for rounding, around a probability of one half


@dataclass(frozen=True)
class PairJudgement:
    """What a judge said about two texts: P(the first is better), under which principles, and which judge.

    `p` is the mean over its decided comparisons, None if it decided none. `compared` is False if it was
    not asked.
    """

    compared: bool = False
    p: float | None = None
    principles: tuple[str, ...] = ()
    judge: str | None = None

    @property
    def decided(self) -> bool:
        """Whether one of the texts is better: comparisons under several principles may come to one half together."""
        return self.p is not None and abs(self.p - 0.5) >= HALF_TOLERANCE

    @property
    def first_is_better(self) -> bool:
        """Whether the first text is the better one."""
        return self.p is not None and self.p > 0.5


NOT_JUDGED = PairJudgement()
# by the addresses of both texts, `candidate.round`, in both directions
PairJudgements = dict[tuple[str, str], PairJudgement]


def read_judgements(record: Record) -> PairJudgements:
    """The judgements on all pairs of texts that were compared, in both directions."""
    comparisons: defaultdict[tuple[str, str], list[Comparison]] = defaultdict(list)
    for comparison in latest(record.comparisons):
        for direction in (comparison, comparison.swapped()):
            comparisons[direction.a, direction.b].append(direction)
    return {texts: _judgement(of_texts) for texts, of_texts in comparisons.items()}


def _judgement(comparisons: list[Comparison]) -> PairJudgement:
    """The judgement of one judge's comparisons of the same two texts in the same direction."""
    probabilities: list[float] = []
    principles: dict[str, None] = {}  # a set that keeps the order
    for comparison in comparisons:
        if comparison.status == "decided" and comparison.p_a is not None:
            probabilities.append(comparison.p_a)
            principles[comparison.principle] = None
    mean = sum(probabilities) / len(probabilities) if probabilities else None
    return PairJudgement(compared=True, p=mean, principles=tuple(principles), judge=comparisons[-1].judge)
