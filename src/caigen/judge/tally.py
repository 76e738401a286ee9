"""The judgements of many records: how many are new, and where a judge decided little, why and what to set."""

from collections import Counter
from dataclasses import dataclass, field
from math import ceil

from caigen.metrics.intervals import sign_test, wilson
from caigen.records import Comparison, Judgement, Record, Score, latest
from caigen.stages.label import LabelSettings
from caigen.stages.score import ScoreSettings
from caigen.stages.verdict import LEVEL

UNITS = {"label": "comparisons", "calibrate": "comparisons", "score": "texts"}  # what a command counts, by its name
LITTLE = 0.5  # a smaller share of decided comparisons or read texts is explained
SHARE = 0.1  # a cause of fewer of them is not worth a line
ENOUGH = 20  # comparisons from which on it is asked whether the orders agree more often than by chance


def judgements(record: Record) -> list[Judgement]:
    """All comparisons and scores of a record."""
    return [*record.comparisons, *(score for candidate in record.candidates for score in candidate.scores)]


def made(before: Record, after: Record) -> int:
    """How many judgements a record has got since; stages pass on those that were there as they are."""
    there = {id(one) for one in judgements(before)}
    return sum(id(one) not in there for one in judgements(after))


def last_scores(record: Record) -> list[Score]:
    """Of each text the score that stands last."""
    found = {
        (place, score.round): score for place, candidate in enumerate(record.candidates) for score in candidate.scores
    }
    return list(found.values())


@dataclass
class _About:
    """What is known of the judgements that came to one end."""

    count: int = 0
    mass: float = 0.0  # summed; of the order or principle that was read worst
    counted: int = 0  # read from answers, not from log-probabilities
    no_reasons: int = 0

    def add(self, one: Judgement, mass: float, *, no_reasons: bool = False) -> None:
        """Count one more."""
        self.count += 1
        self.mass += mass
        self.counted += bool(one.samples)
        self.no_reasons += no_reasons


@dataclass
class Tally:
    """Counts judgements as records come out; `lines` says what they came to. A sink, see job.py."""

    command: str
    labelling: LabelSettings
    scoring: ScoreSettings
    _records: int = 0
    _ends: dict[str, _About] = field(default_factory=dict)  # by status, or `read` and `unread`
    _unread: Counter[str] = field(default_factory=Counter)  # principles
    _both: int = 0  # comparisons with two orders that both prefer a text
    _agreed: int = 0
    _firsts: int = 0  # preferences for the first place among them

    def take(self, record: Record) -> None:
        """Count one record; what its earlier judges said is left out."""
        if record.status == "failed":
            return
        self._records += 1
        if self.command == "score":
            for score in last_scores(record):
                self._end("read" if score.reward is not None else "unread").add(score, score.mass or 0.0)
                self._unread.update(score.unread)
        elif self.command in UNITS:
            for one in latest(record.comparisons):
                self._compared(one)

    def report(self, summary: object) -> None:
        """Nothing: the lines come last of all."""

    def lines(self) -> list[str]:
        """Why little was decided or read, the commonest cause first, and what may be set; nothing where most was."""
        return self._of_scores() if self.command == "score" else [*self._of_comparisons(), *self._of_orders()]

    def _end(self, name: str) -> _About:
        return self._ends.setdefault(name, _About())

    def _compared(self, one: Comparison) -> None:
        orders = [order for order in one.orders if order]
        mass = min((order["mass"] for order in orders), default=0.0)
        self._end(one.status).add(one, mass, no_reasons=any(order.get("no_reasons") for order in orders))
        if one.status in ("decided", "order_flip") and len(orders) == 2:
            self._both += 1
            self._agreed += one.status == "decided"
            self._firsts += sum(order.get("p_first", 0.5) > 0.5 for order in orders)

    def _of_scores(self) -> list[str]:
        total, unread = sum(end.count for end in self._ends.values()), self._end("unread")
        if not unread.count or 1 - unread.count / total >= LITTLE:
            return []
        asked = f"a number from 1 to {self.scoring.scale}" if self.scoring.scale else "Yes or No"
        said = f"{unread.count} of {total} texts got no reward: "
        if unread.mass / unread.count < self.scoring.min_mass:
            return [said + self._unsaid(unread, asked)]
        (worst, count), *_ = self._unread.most_common()
        return [
            f"{said}one principle that cannot be read is enough, most often {worst} ({count} times); leave it out with "
            f"--principle, or take less than --min-mass {self.scoring.min_mass:g}"
        ]

    def _of_comparisons(self) -> list[str]:
        total = sum(end.count for end in self._ends.values())
        if self._records and not total and self.command == "label":
            return [
                f"none of {self._records} records has two different texts to compare: `caigen revise` makes some; "
                "--compare candidates takes several answers to a prompt"
            ]
        if not total or self._end("decided").count / total >= LITTLE:
            return []
        return [
            f"{end.count} of {total} comparisons are {status}: {self._why(status, end)}"
            for status, end in sorted(self._ends.items(), key=lambda item: -item[1].count)
            if status != "decided" and end.count >= SHARE * total
        ]

    def _why(self, status: str, about: _About) -> str:
        if status == "unparsed" and about.no_reasons:
            return (
                f"in {about.no_reasons} the judge's reasons were empty or cut off: raise --max-tokens (now "
                f"{self.labelling.sampling.max_tokens}); a model that thinks first: --think off or more --think-tokens"
            )
        if status in ("low_mass", "unparsed"):
            return self._unsaid(about, "A or B")
        if status == "order_flip":
            return "the judge preferred the same place in both orders, so it looks at the order; a larger judge does so less"
        if about.counted:
            return self._counted()
        return f"both texts are alike to the judge, within --tie {self.labelling.tie:g} of one half"

    def _counted(self) -> str:
        """What a judge whose answers are counted must do to decide."""
        name, often = (
            ("--cot-samples", self.labelling.cot_samples)
            if self.labelling.cot
            else ("--samples", self.labelling.samples)
        )
        asked = often * self.labelling.orders
        needed = votes_needed(asked)
        if needed is None:
            least = next(number for number in range(1, 100) if votes_needed(number * self.labelling.orders))
            return f"{name} {often} is too few to tell a judge from a coin; {least} is the least, 16 is usual"
        return (
            f"its answers are counted, and {needed} of {asked} must prefer the same text, which a coin does in less than "
            f"{LEVEL:.2%}; a judge that is less sure needs more {name} than {often}"
        )

    def _unsaid(self, about: _About, asked: str) -> str:
        """The judge does not answer as it was asked to."""
        mass = about.mass / about.count
        needed = (self.scoring if self.command == "score" else self.labelling).min_mass
        if about.counted:
            return (
                f"{mass:.0%} of the judge's answers could be read as {asked}, and {needed:.0%} must be; a judge that answers in "
                "sentences may be asked with other texts (--templates), a model that thinks first with --think off"
                + (f"; --min-mass {_below(mass)} takes what there is" if mass else "")
            )
        return (
            f"the judge says {asked} with probability {mass:.2g} of {needed:g} needed; a model that thinks first: --think off; "
            "one that begins its answers otherwise: other texts (--templates)"
            + (f", or --min-mass {_below(mass)} to take what there is" if mass else "")
        )

    def _of_orders(self) -> list[str]:
        """Whether both orders prefer the same text more often than two orders that know nothing of each other.

        One comparison cannot tell a judge that knows nothing but is sure each time, many can: with a share q of preferences for
        the first place, such orders agree on a text in 2 q (1 - q) of all cases.
        """
        if self._both < ENOUGH or not self._agreed:
            return []
        firsts = self._firsts / (2 * self._both)
        chance = 2 * firsts * (1 - firsts)
        if wilson(self._agreed, self._both)[0] > chance:
            return []
        return [
            f"warning: both orders prefer the same text in {self._agreed} of {self._both} comparisons, and would in {chance:.0%} "
            "by chance: these labels may be noise; measure the judge with `caigen calibrate`"
        ]


def votes_needed(asked: int) -> int | None:
    """How many of so many answers must prefer the same text for it to be decided; None where no number is enough."""
    return next((number for number in range(ceil(asked / 2), asked + 1) if sign_test(number, asked) <= LEVEL), None)


def _below(mass: float) -> str:
    """A bound a little below what a judge reaches, for --min-mass."""
    return f"{mass / 2:.1g}"
