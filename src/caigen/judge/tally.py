"""The judgements of many records -> lines that say where a judge decided little, why, and which option to change."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil

from caigen.metrics.intervals import sign_test, wilson
from caigen.records import Comparison, Judgement, Record, latest
from caigen.stages.label import LabelSettings
from caigen.stages.progress import last_scores
from caigen.stages.registry import Stage
from caigen.stages.score import ScoreSettings
from caigen.stages.verdict import LEVEL

EXPLAINED_SHARE = 0.5  # a smaller share of decided comparisons or read texts is explained
MIN_CAUSE_SHARE = 0.1  # a rarer cause gets no line
MIN_COMPARISONS = 20  # below it, agreement of the orders is not compared with chance


@dataclass
class _Outcome:
    """Sums over the judgements with one outcome (a status, or `read` and `unread`)."""

    count: int = 0
    mass: float = 0.0  # of the order or principle that was read worst
    counted: int = 0  # judgements read from sampled answers, not from log-probabilities
    no_reasons: int = 0  # judgements whose reasons were empty or cut off

    def add(self, judgement: Judgement, mass: float, *, no_reasons: bool = False) -> None:
        """Add one judgement."""
        self.count += 1
        self.mass += mass
        self.counted += bool(judgement.samples)
        self.no_reasons += no_reasons


@dataclass
class Tally:
    """Counts the judgements of records as they come out; `lines` explains the counts (summary.py).

    `unit` is what is judged: `comparisons` or `texts`. With `labelled` the comparisons' answers are known.
    """

    unit: str
    labelling: LabelSettings = field(default_factory=LabelSettings)
    scoring: ScoreSettings = field(default_factory=ScoreSettings)
    labelled: bool = False
    _records: int = 0
    _outcomes: dict[str, _Outcome] = field(default_factory=dict)
    _unread: Counter[str] = field(default_factory=Counter)  # principles
    _both: int = 0  # comparisons with two orders, each of which prefers a text
    _agreed: int = 0  # those of them whose orders prefer the same text
    _firsts: int = 0  # preferences for the text that stands first, among them

    def take(self, record: Record) -> None:
        """Count the latest judgements of one record; those of earlier judges are left out."""
        if record.status == "failed":
            return
        self._records += 1
        if self.unit == "texts":
            for score in last_scores(record):
                outcome = "unread" if score.reward is None else "read"
                self._outcome(outcome).add(score, score.mass or 0.0)
                self._unread.update(score.unread)
        else:
            for comparison in latest(record.comparisons):
                self._add_comparison(comparison)

    def lines(self) -> list[str]:
        """Why little was decided or read, the commonest cause first, and what to change; empty if most was."""
        if self.unit == "texts":
            return self._score_lines()
        return [*self._comparison_lines(), *self._chance_lines()]

    def _outcome(self, name: str) -> _Outcome:
        return self._outcomes.setdefault(name, _Outcome())

    def _add_comparison(self, comparison: Comparison) -> None:
        orders = [order for order in comparison.orders if order]
        mass = min((order["mass"] for order in orders), default=0.0)
        no_reasons = any(order.get("no_reasons") for order in orders)
        self._outcome(comparison.status).add(comparison, mass, no_reasons=no_reasons)
        if comparison.status in ("decided", "order_flip") and len(orders) == 2:
            self._both += 1
            self._agreed += comparison.status == "decided"
            self._firsts += sum(order.get("p_first", 0.5) > 0.5 for order in orders)

    def _total(self) -> int:
        return sum(outcome.count for outcome in self._outcomes.values())

    def _score_lines(self) -> list[str]:
        """A line if many texts got no reward."""
        total, unread = self._total(), self._outcome("unread")
        if not unread.count or 1 - unread.count / total >= EXPLAINED_SHARE:
            return []
        counts = f"{unread.count} of {total} texts got no reward: "
        if unread.mass / unread.count < self.scoring.min_mass:
            wanted = f"a number from 1 to {self.scoring.scale}" if self.scoring.scale else "Yes or No"
            return [counts + self._explain_low_mass(unread, wanted)]
        # the mean mass is enough, so single principles are what cannot be read
        (worst, count), *_ = self._unread.most_common()
        return [
            f"{counts}one principle that cannot be read is enough, most often {worst} ({count} times); "
            f"leave it out with --principle, or take less than --min-mass {self.scoring.min_mass:g}"
        ]

    def _comparison_lines(self) -> list[str]:
        """A line for each cause that many comparisons were not decided for."""
        total = self._total()
        if self._records and not total and not self.labelled:
            return [
                f"none of {self._records} records has two different texts to compare: `caigen revise` makes some; "
                "--compare candidates takes several answers to a prompt"
            ]
        if not total or self._outcome("decided").count / total >= EXPLAINED_SHARE:
            return []
        by_count = sorted(self._outcomes.items(), key=lambda item: -item[1].count)
        return [
            f"{outcome.count} of {total} comparisons are {status}: {self._explain(status, outcome)}"
            for status, outcome in by_count
            if status != "decided" and outcome.count >= MIN_CAUSE_SHARE * total
        ]

    def _explain(self, status: str, outcome: _Outcome) -> str:
        """The likely cause of a status, and the option that helps."""
        if status == "unparsed" and outcome.no_reasons:
            return (
                f"in {outcome.no_reasons} the judge's reasons were empty or cut off: raise --max-tokens (now "
                f"{self.labelling.sampling.max_tokens}); a model that thinks first: --think off or more --think-tokens"
            )
        if status in ("low_mass", "unparsed"):
            return self._explain_low_mass(outcome, "A or B")
        if status == "order_flip":
            return (
                "the judge preferred the same place in both orders, so it looks at the order; "
                "a larger judge does so less"
            )
        if outcome.counted:
            return self._explain_counted_tie()
        return f"both texts are alike to the judge, within --tie {self.labelling.tie:g} of one half"

    def _explain_counted_tie(self) -> str:
        """How many equal answers a judge that is sampled needs to decide."""
        option, samples = "--samples", self.labelling.samples
        if self.labelling.cot:
            option, samples = "--cot-samples", self.labelling.cot_samples
        votes = samples * self.labelling.orders
        needed = votes_needed(votes)
        if needed is None:
            least = next(number for number in range(1, 100) if votes_needed(number * self.labelling.orders))
            return f"{option} {samples} is too few to tell a judge from a coin; {least} is the least, 16 is usual"
        return (
            f"its answers are counted, and {needed} of {votes} must prefer the same text, "
            f"which a coin does in less than {LEVEL:.2%}; a judge that is less sure needs more {option} than {samples}"
        )

    def _explain_low_mass(self, outcome: _Outcome, wanted: str) -> str:
        """The judge seldom gives an answer of the wanted form."""
        mass = outcome.mass / outcome.count
        needed = (self.scoring if self.unit == "texts" else self.labelling).min_mass
        if outcome.counted:
            line = (
                f"{mass:.0%} of the judge's answers could be read as {wanted}, and {needed:.0%} must be; "
                "a judge that answers in sentences may be asked with other texts (--templates), "
                "a model that thinks first with --think off"
            )
            return line + f"; --min-mass {_bound_below(mass)} takes what there is" if mass else line
        line = (
            f"the judge says {wanted} with probability {mass:.2g} of {needed:g} needed; "
            "a model that thinks first: --think off; one that begins its answers otherwise: other texts (--templates)"
        )
        return line + f", or --min-mass {_bound_below(mass)} to take what there is" if mass else line

    def _chance_lines(self) -> list[str]:
        """A warning if both orders prefer the same text no more often than two independent orders would.

        One comparison cannot show that a judge knows nothing but is sure each time; many can. With a share q of
        preferences for the text that stands first, independent orders agree in 2 q (1 - q) of all comparisons.
        """
        if self._both < MIN_COMPARISONS or not self._agreed:
            return []
        firsts = self._firsts / (2 * self._both)
        chance = 2 * firsts * (1 - firsts)
        if wilson(self._agreed, self._both)[0] > chance:
            return []
        return [
            f"warning: both orders prefer the same text in {self._agreed} of {self._both} comparisons, "
            f"and would in {chance:.0%} by chance: these labels may be noise; measure the judge with `caigen calibrate`"
        ]


def tallies_of(stages: Iterable[Stage], *, labelled: bool) -> list[Tally]:
    """A tally for each stage that labels or scores; for other judging stages no option is known that helps."""
    tallies = []
    for stage in stages:
        if isinstance(stage.settings, LabelSettings):
            tallies.append(Tally("comparisons", labelling=stage.settings, labelled=labelled))
        elif isinstance(stage.settings, ScoreSettings):
            tallies.append(Tally("texts", scoring=stage.settings))
    return tallies


def votes_needed(votes: int) -> int | None:
    """How many of all votes must prefer the same text to decide a comparison; None if all are too few."""
    for number in range(ceil(votes / 2), votes + 1):
        if sign_test(number, votes) <= LEVEL:
            return number
    return None


def _bound_below(mass: float) -> str:
    """A value for --min-mass that a judge with this mean mass mostly reaches."""
    return f"{mass / 2:.1g}"
