"""The ways to pair the texts of a record: `PAIRINGS` has a function for each `--pairing`. To add one, add an entry.

A pairing gives proposals; pairs.py says which of them become pairs. Texts that cannot be used, and records that give no
proposal, are counted by reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, pairwise
from math import comb, hypot
from statistics import NormalDist
from typing import NamedTuple

from caigen.choices import Pairing as Pairing
from caigen.exports.verdicts import PairJudgement, PairJudgements
from caigen.records import Candidate, Record, Score, unfinished
from caigen.text.versions import Version, principles_between, texts, unusable_reasons

FALSE_PAIR_LEVEL = 0.0025  # how often counted rewards of equal texts may be taken for different (significance level)
FAULT_GAP = 0.5  # P(violates) of the worst text above that of the best one, from which a principle tells them apart


class Proposal(NamedTuple):
    """Two texts that may become a pair, the better one first, and the principles that tell them apart.

    If rewards were compared, `margin` is their difference, and `judgement` says by which judge about which principles.
    """

    chosen: Version
    rejected: Version
    principles: tuple[str, ...]
    margin: float | None = None
    judgement: PairJudgement | None = None


def pair_first_last(record: Record, judgements: PairJudgements, reasons: Counter[str]) -> Iterator[Proposal]:
    """The last text of each candidate over its first one."""
    return _pair_revisions(record, reasons, lambda versions: [(versions[0], versions[-1])])


def pair_adjacent(record: Record, judgements: PairJudgements, reasons: Counter[str]) -> Iterator[Proposal]:
    """Each revision over the text that it revised."""
    return _pair_revisions(record, reasons, pairwise)


def pair_all(record: Record, judgements: PairJudgements, reasons: Counter[str]) -> Iterator[Proposal]:
    """Each revision over every earlier text of its candidate."""
    return _pair_revisions(record, reasons, lambda versions: combinations(versions, 2))


def pair_labeled(record: Record, judgements: PairJudgements, reasons: Counter[str]) -> Iterator[Proposal]:
    """The text that the judge prefers over the other one, for each two texts that it compared."""
    versions = _versions_by_address(record, reasons)
    if not judgements:
        reasons["unlabeled"] += 1
    for (a, b), judgement in judgements.items():
        if a > b:
            continue  # judgements has the same two texts in the other direction
        if not judgement.decided:
            reasons["undecided"] += 1
        elif a not in versions or b not in versions:
            reasons["text_unusable"] += 1
        else:
            better, worse = (a, b) if judgement.first_is_better else (b, a)
            yield Proposal(versions[better], versions[worse], judgement.principles)


def pair_best_worst(record: Record, judgements: PairJudgements, reasons: Counter[str]) -> Iterator[Proposal]:
    """The text of the highest reward over that of the lowest, if they differ by more than chance."""
    versions = _versions_by_address(record, reasons)
    scores = _comparable_scores(record, versions)
    if scores is None:
        reasons["unscored"] += 1
        return
    # of texts with equal rewards the first one counts
    best = max(scores, key=lambda address: scores[address].reward or 0.0)
    worst = min(scores, key=lambda address: scores[address].reward or 0.0)
    best_score, worst_score = scores[best], scores[worst]
    margin = (best_score.reward or 0.0) - (worst_score.reward or 0.0)
    if margin <= _chance_margin(best_score, worst_score, len(scores)):
        reasons["equal_rewards"] += 1
        return
    judgement = PairJudgement(compared=True, principles=tuple(best_score.violates), judge=best_score.judge)
    yield Proposal(versions[best], versions[worst], _telling_principles(best_score, worst_score), margin, judgement)


PAIRINGS: dict[Pairing, Callable[[Record, PairJudgements, Counter[str]], Iterator[Proposal]]] = {
    "first-last": pair_first_last,
    "adjacent": pair_adjacent,
    "all": pair_all,
    "labeled": pair_labeled,
    "best-worst": pair_best_worst,
}


def _pair_revisions(
    record: Record,
    reasons: Counter[str],
    choose: Callable[[list[Version]], Iterable[tuple[Version, Version]]],
) -> Iterator[Proposal]:
    """Pair the texts of each candidate, the later one chosen; `choose` gives (earlier, later) of at least two texts."""
    for index, candidate in enumerate(record.candidates):
        versions = _usable_versions(index, candidate, reasons)
        if versions is None:
            continue
        if len(versions) < 2:
            reasons["unrevised"] += 1
            continue
        for earlier, later in choose(versions):
            yield Proposal(later, earlier, principles_between(candidate, earlier.round, later.round))


def _usable_versions(index: int, candidate: Candidate, reasons: Counter[str]) -> list[Version] | None:
    """The usable texts of a candidate in order; None if its answer was broken off, which spoils its revisions too."""
    reasons.update(unusable_reasons(candidate))
    return None if unfinished(candidate.finish_reason) else texts(index, candidate)


def _versions_by_address(record: Record, reasons: Counter[str]) -> dict[str, Version]:
    """The usable texts of all candidates by their address, `candidate.round`."""
    by_address: dict[str, Version] = {}
    for index, candidate in enumerate(record.candidates):
        for version in _usable_versions(index, candidate, reasons) or []:
            by_address[str(version)] = version
    return by_address


def _comparable_scores(record: Record, versions: dict[str, Version]) -> dict[str, Score] | None:
    """The scores of at least two texts whose rewards mean the same, by address; None if there are none.

    They mean the same if one judge gave them under one constitution, asked in one way about the same principles. Of
    several such sets the one with the last score counts.
    """
    measures: dict[object, dict[str, Score]] = {}
    for index, candidate in enumerate(record.candidates):
        for score in candidate.scores:
            address = f"{index}.{score.round}"
            if score.reward is None or address not in versions:
                continue
            # taken out and put in again, so that the set with the last score is the last one
            same_measure = measures.pop(score.method, {})
            measures[score.method] = {**same_measure, address: score}
    for scores in reversed(measures.values()):
        if len(scores) > 1:
            return scores
    return None


def _chance_margin(best: Score, worst: Score, count: int) -> float:
    """How far apart the rewards of the best and the worst of `count` equal texts may be by chance.

    The normal approximation for each two texts, for all of them together at FALSE_PAIR_LEVEL (Bonferroni). 0 if the
    rewards have no standard error, since nothing was counted.
    """
    deviations = NormalDist().inv_cdf(1 - FALSE_PAIR_LEVEL / (2 * comb(count, 2)))
    return deviations * hypot(best.error or 0.0, worst.error or 0.0)


def _telling_principles(best: Score, worst: Score) -> tuple[str, ...]:
    """The principles that the worst text violates far more probably than the best one."""
    return tuple(name for name, p in best.violates.items() if worst.violates.get(name, 0.0) - p > FAULT_GAP)
