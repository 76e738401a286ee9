"""Record -> preference pairs: by the order of revisions, by a judge's comparisons, or by its scores.

No model is asked from here on. Only decided comparisons say anything (stages/label.py).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from math import comb, hypot
from statistics import NormalDist
from typing import Literal

from caigen.records import Comparison, Record, Score, latest, unfinished
from caigen.text.similarity import MAX_CHEAP_PRODUCTS, Similarity, similarity
from caigen.text.versions import Version, principles_between, texts, unusable_reasons

LEVEL = 0.0025  # how often rewards counted from a coin's answers may be told apart


Pairing = Literal["first-last", "adjacent", "all", "labeled", "best-worst"]


@dataclass(frozen=True)
class Pair:
    """A preferred and a rejected text of one record, and the principles that tell them apart.

    `p` is the judge's probability that the chosen text is better, the mean of its decided comparisons, and `margin` is
    `2 p - 1`, or the difference of two rewards; None where no judge was asked. `judge` is who said so, and `judged` the
    principles that it was asked about; both are empty where none was. `similarity` is that of the two texts (similarity.py),
    None where they are so long that it is computed only for a bound.
    """

    record: Record
    chosen: Version
    rejected: Version
    principles: tuple[str, ...]
    similarity: float | None
    p: float | None = None
    margin: float | None = None
    judge: str | None = None
    judged: tuple[str, ...] = ()


@dataclass(frozen=True)
class PairSettings:
    """Which texts pair, how different they must be, and what the judge must have said of them.

    `verified` keeps a revision only where the judge prefers it; `labeled` pairs what was compared, the preferred text
    chosen; `best-worst` the texts of the highest and the lowest reward of a record. Where several judged the same, the last one
    counts (`records.latest`). `min_margin` bounds the margin.
    `min_change` and `max_similarity` bound the similarity of the two texts, 0 to 1 (similarity.py):
    `1 - similarity >= min_change` and `similarity <= max_similarity`.
    """

    pairing: Pairing = "first-last"
    min_change: float = 0.0
    max_similarity: float = 1.0
    verified: bool = False
    min_margin: float = 0.0


def pairs(record: Record, settings: PairSettings, reasons: Counter[str]) -> Iterator[Pair]:
    """The preference pairs of one record; why others came to nothing is counted in `reasons`."""
    judged = _judged(record)
    bounded = settings.min_change > 0 or settings.max_similarity < 1
    for chosen, rejected, principles, margin, scored in _proposed(record, settings.pairing, judged, reasons):
        alike = similarity(chosen.text, rejected.text, max_products=None if bounded else MAX_CHEAP_PRODUCTS)
        said = judged.get((str(chosen), str(rejected)), _UNSEEN)
        p, who = said.p, scored or said
        if p is not None and margin is None:
            margin = 2 * p - 1
        margin = _rounded(margin)  # before it is compared: 2 * 0.6 - 1 is a little less than 0.2
        reason = _refused(chosen, rejected, alike, settings) or _unverified(chosen, rejected, judged, settings)
        reason = reason or ("low_margin" if settings.min_margin and (margin or 0.0) < settings.min_margin else None)
        if reason:
            reasons[reason] += 1
        else:
            share = None if alike is None else round(alike.share, 4)
            yield Pair(record, chosen, rejected, principles, share, _rounded(p), margin, who.judge, who.principles)


def told_apart(found: Iterable[Pair], reasons: Counter[str]) -> list[Pair]:
    """The pairs of one record without those that say the same twice, and without both of two that contradict each other.

    Candidates may be equal, and a revision may give back what an earlier one took away. Space around a text makes no other text.
    """
    by_texts: dict[tuple[str, str], Pair] = {}
    for pair in found:
        key = pair.chosen.text.strip(), pair.rejected.text.strip()
        if key in by_texts:
            reasons["duplicate_pair"] += 1
        by_texts.setdefault(key, pair)
    kept = [pair for (chosen, rejected), pair in by_texts.items() if (rejected, chosen) not in by_texts]
    reasons.update(["contradicted_pair"] * (len(by_texts) - len(kept)))
    return kept


@dataclass(frozen=True)
class _Judged:
    """What a judge said of a text and another: whether it was asked, the mean of what it decided, under which rules, and who it is."""

    asked: bool = False
    p: float | None = None
    principles: tuple[str, ...] = ()
    judge: str | None = None


_UNSEEN = _Judged()


def _judged(record: Record) -> dict[tuple[str, str], _Judged]:
    """By two addresses, in both directions, the probability that the first is better."""
    asked: dict[tuple[str, str], list[Comparison]] = {}
    for one in latest(record.comparisons):
        for seen in (one, one.swapped()):
            asked.setdefault((seen.a, seen.b), []).append(seen)
    found = {}
    for key, said in asked.items():
        decided = [one for one in said if one.status == "decided" and one.p_a is not None]
        p = sum(one.p_a or 0.0 for one in decided) / len(decided) if decided else None
        principles = tuple(dict.fromkeys(one.principle for one in decided))
        found[key] = _Judged(asked=True, p=p, principles=principles, judge=said[-1].judge)
    return found


# chosen, rejected, principles, margin, and who scored them where rewards are compared
Proposal = tuple[Version, Version, tuple[str, ...], float | None, _Judged | None]


def _proposed(
    record: Record, pairing: Pairing, judged: dict[tuple[str, str], _Judged], reasons: Counter[str]
) -> Iterator[Proposal]:
    sound: dict[str, Version] = {}
    for place, candidate in enumerate(record.candidates):
        reasons.update(unusable_reasons(candidate))
        if unfinished(candidate.finish_reason):
            continue
        found = texts(place, candidate)
        sound |= {str(address): address for address in found}
        if pairing in ("labeled", "best-worst"):
            continue
        if len(found) < 2:
            reasons["unrevised"] += 1
        for earlier, later in _matched(found, pairing):
            yield later, earlier, principles_between(candidate, earlier.round, later.round), None, None
    if pairing == "labeled":
        yield from _labeled(sound, judged, reasons)
    if pairing == "best-worst":
        yield from _best_worst(record, sound, reasons)


def _labeled(
    sound: dict[str, Version], judged: dict[tuple[str, str], _Judged], reasons: Counter[str]
) -> Iterator[Proposal]:
    if not judged:
        reasons["unlabeled"] += 1
    for (a, b), said in judged.items():
        if a > b:
            continue  # the same two texts stand there the other way round
        if said.p is None or _even(said.p):
            reasons["undecided"] += 1
        elif a in sound and b in sound:
            better, worse = (a, b) if said.p > 0.5 else (b, a)
            yield sound[better], sound[worse], said.principles, None, None
        else:
            reasons["text_unusable"] += 1


def _best_worst(record: Record, sound: dict[str, Version], reasons: Counter[str]) -> Iterator[Proposal]:
    """The texts of the highest and the lowest reward, of rewards that mean the same: by one judge under one constitution, asked
    in one way about the same principles; the last such that two texts have.
    """
    measures: dict[object, dict[str, Score]] = {}
    for place, candidate in enumerate(record.candidates):
        for score in candidate.scores:
            address = f"{place}.{score.round}"
            if score.reward is not None and address in sound:
                found = measures.pop(score.method, {})
                measures[score.method] = {**found, address: score}  # the one that was given last stands last
    rewards = next((found for found in reversed(measures.values()) if len(found) > 1), None)
    if rewards is None:
        reasons["unscored"] += 1
        return
    best = max(rewards, key=lambda address: rewards[address].reward or 0.0)
    worst = min(rewards, key=lambda address: rewards[address].reward or 0.0)
    margin = (rewards[best].reward or 0.0) - (rewards[worst].reward or 0.0)
    if margin <= _noise(rewards[best], rewards[worst], len(rewards)):
        reasons["equal_rewards"] += 1
        return
    broken = rewards[worst].violates
    told = [rule for rule, p in rewards[best].violates.items() if broken.get(rule, 0.0) - p > 0.5]
    score = rewards[best]
    who = _Judged(asked=True, principles=tuple(score.violates), judge=score.judge)
    yield sound[best], sound[worst], tuple(told), margin, who


def _noise(best: Score, worst: Score, count: int) -> float:
    """How far apart the best and the worst of so many equal texts may come to lie by chance; 0 where nothing was counted.

    The normal approximation for each two of them, together no more often than LEVEL (Bonferroni).
    """
    away = NormalDist().inv_cdf(1 - LEVEL / (2 * comb(count, 2)))
    return away * hypot(best.error or 0.0, worst.error or 0.0)


def _refused(chosen: Version, rejected: Version, alike: Similarity | None, settings: PairSettings) -> str | None:
    if chosen.text.strip() == rejected.text.strip():
        return "identical_texts"
    if alike and (alike.share > settings.max_similarity or alike.change < settings.min_change):
        return "too_similar"
    return None


def _unverified(
    chosen: Version, rejected: Version, judged: dict[tuple[str, str], _Judged], settings: PairSettings
) -> str | None:
    if not settings.verified:
        return None
    said = judged.get((str(chosen), str(rejected)), _UNSEEN)
    if not said.asked:
        return "unlabeled"
    if said.p is None or _even(said.p):
        return "undecided"
    return None if said.p > 0.5 else "judge_disagrees"


def _even(p: float) -> bool:
    """Whether decided comparisons under several principles come to one half together, rounding aside."""
    return abs(p - 0.5) < 1e-9


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _matched(found: list[Version], pairing: Pairing) -> list[tuple[Version, Version]]:
    if len(found) < 2:
        return []
    if pairing == "first-last":
        return [(found[0], found[-1])]
    if pairing == "adjacent":
        return list(pairwise(found))
    return list(combinations(found, 2))
