"""Record -> preference pairs: by the order of revisions, by a judge's comparisons, or by its scores (pairing.py).

No model is asked from here on. Only decided comparisons count (stages/label.py).
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from caigen.exports.pairing import PAIRINGS, Pairing, Proposal
from caigen.exports.verdicts import NOT_JUDGED, PairJudgement, read_judgements
from caigen.records import Record
from caigen.text.similarity import MAX_CHEAP_PRODUCTS, Similarity, similarity
from caigen.text.versions import Version

SHARE_DIGITS, PROBABILITY_DIGITS = 4, 6  # decimals in what is written


@dataclass(frozen=True)
class Pair:
    """A preferred and a rejected text of one record, and the principles that tell them apart.

    `similarity` is that of the two texts (similarity.py), None for texts so long that it is computed only for a bound.
    `p` is the judge's probability that the chosen text is better, the mean of its decided comparisons. `margin` is
    `2 p - 1`, or the difference of two rewards. `judge` is the model, and `judged` the principles it was asked about.
    These four are None or empty if no judge was asked.
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
    """Which texts are paired, how different they must be, and what the judge must have said about them.

    `pairing` is a name of PAIRINGS. `verified` keeps a revision only if the judge prefers it. If several judges
    compared the same texts, the last one counts (`records.latest`). `min_margin` bounds the margin. `min_change` and
    `max_similarity` bound the similarity of the two texts, 0 to 1 (similarity.py): `1 - similarity >= min_change` and
    `similarity <= max_similarity`.
    """

    pairing: Pairing = "first-last"
    min_change: float = 0.0
    max_similarity: float = 1.0
    verified: bool = False
    min_margin: float = 0.0


def pairs(record: Record, settings: PairSettings, reasons: Counter[str]) -> Iterator[Pair]:
    """The preference pairs of one record; why other texts give none is counted in `reasons`."""
    judgements = read_judgements(record)
    has_bound = settings.min_change > 0 or settings.max_similarity < 1
    max_comparisons = None if has_bound else MAX_CHEAP_PRODUCTS  # without a bound, long texts are not compared
    for proposal in PAIRINGS[settings.pairing](record, judgements, reasons):
        chosen, rejected = proposal.chosen, proposal.rejected
        alike = similarity(chosen.text, rejected.text, max_products=max_comparisons)
        judgement = judgements.get((str(chosen), str(rejected)), NOT_JUDGED)
        pair = _pair(record, proposal, judgement, alike)
        # the first reason that applies is counted
        reason = _similarity_refusal(pair, alike, settings) or _judge_refusal(pair, judgement, settings)
        if reason:
            reasons[reason] += 1
        else:
            yield pair


def _pair(record: Record, proposal: Proposal, judgement: PairJudgement, alike: Similarity | None) -> Pair:
    """The pair of a proposal, with what the judge said about it."""
    margin = proposal.margin  # of rewards, which needs no comparison
    if margin is None and judgement.p is not None:
        margin = 2 * judgement.p - 1
    judging = proposal.judgement or judgement
    return Pair(
        record,
        proposal.chosen,
        proposal.rejected,
        proposal.principles,
        similarity=None if alike is None else round(alike.share, SHARE_DIGITS),
        p=_rounded(judgement.p),
        margin=_rounded(margin),  # rounded before it is compared: 2 * 0.6 - 1 is a little less than 0.2
        judge=judging.judge,
        judged=judging.principles,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, PROBABILITY_DIGITS)


def _similarity_refusal(pair: Pair, alike: Similarity | None, settings: PairSettings) -> str | None:
    """Why two texts are too much alike for a pair; None if they are not."""
    if pair.chosen.text.strip() == pair.rejected.text.strip():
        return "identical_texts"
    if alike and (alike.share > settings.max_similarity or alike.change < settings.min_change):
        return "too_similar"
    return None


def _judge_refusal(pair: Pair, judgement: PairJudgement, settings: PairSettings) -> str | None:
    """Why the judge's words do not suffice for a pair; None if they do."""
    if settings.verified:
        if not judgement.compared:
            return "unlabeled"
        if not judgement.decided:
            return "undecided"
        if not judgement.first_is_better:
            return "judge_disagrees"
    if settings.min_margin and (pair.margin or 0.0) < settings.min_margin:
        return "low_margin"
    return None


def drop_repeated(pairs_of_record: Iterable[Pair], reasons: Counter[str]) -> list[Pair]:
    """The pairs of one record without repetitions, and without two pairs that contradict each other.

    Candidates may be equal, and a revision may give back what an earlier one took away. Space around a text is ignored.
    """
    by_texts: dict[tuple[str, str], Pair] = {}
    for pair in pairs_of_record:
        texts = pair.chosen.text.strip(), pair.rejected.text.strip()
        if texts in by_texts:
            reasons["duplicate_pair"] += 1
        by_texts.setdefault(texts, pair)
    # a pair and its reverse: neither is written, since nobody knows which one is right
    kept = [pair for (chosen, rejected), pair in by_texts.items() if (rejected, chosen) not in by_texts]
    reasons.update(["contradicted_pair"] * (len(by_texts) - len(kept)))
    return kept
