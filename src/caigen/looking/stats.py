"""Stats: records, one after the other -> counts by principle and round, flags, failures, lengths, judges, rewards

Memory does not grow with the number of records: lengths and similarities are kept as counts of whole numbers.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from caigen.looking.fields import verdict_of
from caigen.metrics.intervals import wilson
from caigen.records import Candidate, Record, Round, unfinished
from caigen.text.similarity import similarity
from caigen.text.versions import revision_faults
from caigen.text.words import words

MAX_PRODUCTS = 25_000_000  # words times words of two texts whose similarity is computed: 5,000 times 5,000


@dataclass
class Rounds:
    """The rounds under one principle, or all first, second, … rounds.

    `verdicts` has the words of `fields.VERDICTS`; `outcomes` has `revised`, `kept` (no revision was asked for),
    `not_used` (the revision has a flag) and `waiting`. `invented` counts critiques of which no quote is in the text.
    """

    verdicts: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    invented: int = 0

    def take(self, round_: Round) -> None:
        """Count one round."""
        self.verdicts[verdict_of(round_)] += 1
        self.outcomes[_outcome(round_)] += 1
        self.invented += round_.critique is not None and "invented_quote" in round_.critique.flags

    def as_json(self) -> dict[str, Any]:
        """Counts, and the share of usable critiques that say `violates`."""
        read = sum(self.verdicts[verdict] for verdict in ("violates", "complies", "unclear"))
        return {
            "rounds": self.verdicts.total(),
            "verdicts": dict(self.verdicts),
            "outcomes": dict(self.outcomes),
            "invented_quotes": self.invented,
            "violates": rate(self.verdicts["violates"], read),
        }


@dataclass
class Stats:
    """Counts over the records that `take` was given."""

    read: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    candidates: int = 0
    principles: dict[str, Rounds] = field(default_factory=lambda: defaultdict(Rounds))
    rounds: dict[int, Rounds] = field(default_factory=lambda: defaultdict(Rounds))
    flags: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    words_before: Counter[int] = field(default_factory=Counter)  # answers, by their number of words
    words_after: Counter[int] = field(default_factory=Counter)  # the last text of the same candidates
    similarities: Counter[int] = field(default_factory=Counter)  # of a revision and its text, in hundredths
    judges: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    rewards: Counter[int] = field(default_factory=Counter)  # in thousandths
    unread: int = 0  # scores without a reward
    scored: dict[str, list[float]] = field(default_factory=lambda: defaultdict(lambda: [0, 0.0]))  # count, sum of P

    def take(self, record: Record) -> None:
        """Count one record."""
        self.read += 1
        self.statuses[record.status or "none"] += 1
        if record.status == "failed":
            self.failures[f"{record.error.stage}:{record.error.kind}" if record.error else "unknown"] += 1
        for candidate in record.candidates:
            self.candidates += 1
            self._take_texts(candidate)
            self._take_rounds(candidate)
            self._take_scores(candidate)
        for comparison in record.comparisons:
            self.judges[comparison.judge or "unknown"][comparison.status] += 1

    def _take_texts(self, candidate: Candidate) -> None:
        """Lengths, and how much of a text each revision kept."""
        texts = candidate.history()
        count = len(words(candidate.text))
        self.words_before[count] += 1
        self.words_after[count if texts[-1] == candidate.text else len(words(texts[-1]))] += 1
        for before, round_ in zip(texts, candidate.rounds, strict=False):
            if round_.usable_revision:
                alike = similarity(before, round_.usable_revision.text, max_products=MAX_PRODUCTS)
                if alike:
                    self.similarities[round(100 * alike.share)] += 1

    def _take_rounds(self, candidate: Candidate) -> None:
        if ending := unfinished(candidate.finish_reason):
            self.flags[f"answer_{ending}"] += 1
        for number, round_ in enumerate(candidate.rounds, 1):
            self.principles[round_.principle].take(round_)
            self.rounds[number].take(round_)
            if round_.critique:
                self.flags.update(f"critique_{flag}" for flag in round_.critique.flags)
            if round_.revision:
                self.flags.update(f"revision_{flag}" for flag in revision_faults(round_.revision))

    def _take_scores(self, candidate: Candidate) -> None:
        for score in candidate.scores:
            if score.reward is None:
                self.unread += 1
            else:
                self.rewards[round(1000 * score.reward)] += 1
            for principle, share in score.violates.items():
                self.scored[principle][0] += 1
                self.scored[principle][1] += share

    def as_json(self) -> dict[str, Any]:
        """All figures; a rate has `n`, `share` and its 95 % interval by Wilson."""
        return {
            "read": self.read,
            "statuses": dict(self.statuses),
            "candidates": self.candidates,
            "principles": {name: self.principles[name].as_json() for name in sorted(self.principles)},
            "rounds": {str(number): self.rounds[number].as_json() for number in sorted(self.rounds)},
            "flags": dict(self.flags.most_common()),
            "failures": dict(self.failures.most_common()),
            "words": {"answer": _spread(self.words_before), "last_text": _spread(self.words_after)},
            "similarity": _spread(self.similarities, 100),
            "judges": {
                judge: {
                    "comparisons": counts.total(),
                    **counts,
                    "decided_share": rate(counts["decided"], counts.total()),
                }
                for judge, counts in self.judges.items()
            },
            "rewards": {**_spread(self.rewards, 1000), "unread": self.unread},
            "scores": {
                name: {"n": int(count), "mean_violates": round(total / count, 4)}
                for name, (count, total) in sorted(self.scored.items())
            },
        }


def rate(hits: int, trials: int) -> dict[str, Any]:
    """A share with its count of trials and its 95 % interval; without trials there is none."""
    if not trials:
        return {"n": 0, "share": None, "interval": None}
    low, high = wilson(hits, trials)
    return {"n": trials, "share": round(hits / trials, 4), "interval": [round(low, 4), round(high, 4)]}


def _outcome(round_: Round) -> str:
    """What became of a round."""
    if round_.revision is not None:
        return "not_used" if revision_faults(round_.revision) else "revised"
    return "waiting" if round_.awaits_revision else "kept"


def _spread(counts: Counter[int], scale: int = 1) -> dict[str, Any]:
    """Count, mean and median of whole numbers that were counted; `scale` is what 1 was multiplied by."""
    total = counts.total()
    if not total:
        return {"n": 0, "mean": None, "median": None}
    seen, median = 0, 0
    for value in sorted(counts):
        seen += counts[value]
        if 2 * seen >= total:
            median = value
            break
    mean = sum(value * count for value, count in counts.items()) / total
    return {"n": total, "mean": round(mean / scale, 4), "median": median / scale if scale > 1 else median}
