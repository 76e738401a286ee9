"""label: Record -> Record with comparisons of its texts"""

import asyncio
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import combinations
from typing import Any, Literal

from caigen import hashing
from caigen.constitution.format import Principle, check_use
from caigen.engines.base import Engine, Request, Sampling
from caigen.metrics.intervals import sign_test
from caigen.records import Comparison, Message, Record, settled, unfinished
from caigen.stages.judge_questions import compare_prompt
from caigen.stages.logprobs import ChoiceProbs, choose, settings_hash
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version, principles_between, texts

Compare = Literal["first-last", "candidates", "all"]
Drawn = int | Literal["rounds"] | None
Status = Literal["decided", "tie", "order_flip", "low_mass", "unparsed"]
LETTERS = ("A", "B")
LEVEL = 0.0025  # a counted comparison is decided where a coin would lie so far from one half so rarely (docs/judges.md)
EXACT = 1e-9  # probabilities nearer to one half than this are one half


@dataclass(frozen=True)
class LabelSettings:
    """What is compared and what counts as decided.

    `principles` is how many are drawn for each pair, None for all; with `rounds` those that led from one text to the other, and one
    is drawn for texts of which neither came of the other. `orders` is 2, each text first once, or 1 (paper 4.1), drawn by hash.
    `min_mass` is the least probability that the judge says one of the letters at all; `tie` how far from one half a decided
    `p_a` is at least. `samples` is how often a judge without log-probabilities is asked for each order. With `cot` the judge
    reasons first, `cot_samples` times, and the probability of each is brought between the two numbers of `clamp` (paper 4.1:
    reasons make a judge too sure). `sampling` is how reasons are drawn, and whether the judge thinks before it answers.
    """

    compare: Compare = "first-last"
    principles: Drawn = "rounds"
    orders: Literal[1, 2] = 2
    min_mass: float = 0.5
    tie: float = 0.02
    samples: int = 16
    cot: bool = False
    cot_samples: int = 1
    clamp: tuple[float, float] = (0.4, 0.6)
    sampling: Sampling = field(default_factory=Sampling)

    def how(self) -> dict[str, Any]:
        """What makes it the same judge: how it is asked and read, not what it is asked about."""
        thinks = {"think": self.sampling.think, "think_tokens": self.sampling.think_tokens}
        reasons = {"cot_samples": self.cot_samples, "clamp": self.clamp, "sampling": asdict(self.sampling)}
        common = {"orders": self.orders, "min_mass": self.min_mass, "tie": self.tie, "samples": self.samples}
        return {**common, "level": LEVEL, **thinks, **(reasons if self.cot else {})}


async def label(record: Record, judge: Engine, prompt_settings: PromptSettings, settings: LabelSettings) -> Record:
    """Compare texts of the record under principles, each in both orders.

    A comparison that is there already is one by the same judge, constitution, templates and settings; it is not asked again, and
    stands behind those of others, as the new ones do: the last ones are what pairs are made of (pairs.py).

    Raises RequestError; ConstitutionError for principles that no judge can compare texts under.
    """
    check_use(prompt_settings.principles, "label", prompt_settings.constitution.ref)
    measure = measure_of(judge, prompt_settings, settings)
    asked = {
        (str(a), str(b), rule.ref, *measure.values()): Question(
            record, a, b, rule, judge, prompt_settings, settings, measure
        )
        for a, b in matched(record, settings.compare)
        for rule in rules_for(record, a, b, prompt_settings, settings.principles)
    }
    there = {key_of(done) for done in record.comparisons}
    kept = [done for done in record.comparisons if key_of(done) in asked]
    others = [done for done in record.comparisons if key_of(done) not in asked]
    missing = [question for key, question in asked.items() if key not in there]
    ended = await asyncio.gather(*(question.settle() for question in missing), return_exceptions=True)
    made = [one for one in ended if isinstance(one, Comparison)]
    return settled(record.model_copy(update={"comparisons": (*others, *kept, *made)}), ended)


def measure_of(judge: Engine, prompt_settings: PromptSettings, settings: LabelSettings) -> dict[str, str]:
    """Who is asked, and how; in each comparison."""
    return {
        "judge": judge.model,
        "constitution": prompt_settings.constitution.ref,
        "constitution_sha256": prompt_settings.constitution.sha256,
        "templates_sha256": prompt_settings.templates.sha256,
        "settings": settings_hash(settings.how()),
    }


def key_of(done: Comparison) -> tuple[object, ...]:
    """What two comparisons must share for one to stand for the other."""
    return done.a, done.b, done.principle, *done.measure


def matched(record: Record, how: Compare) -> list[tuple[Version, Version]]:
    """Which texts are compared; a text is never compared with its like, nor with an answer without a word."""
    own = [of for place, candidate in enumerate(record.candidates) if (of := texts(place, candidate))]
    if how == "first-last":
        found = [(of[0], of[-1]) for of in own]
    elif how == "candidates":
        found = list(combinations([of[-1] for of in own], 2))
    else:
        found = list(combinations([address for of in own for address in of], 2))
    return [(a, b) for a, b in found if a.text.strip() != b.text.strip()]


def rules_for(record: Record, a: Version, b: Version, prompt_settings: PromptSettings, how: Drawn) -> list[Principle]:
    """The principles that a pair is judged under.

    A revision is judged by the rules that it was made for, as far as the brief has them; where it has none of them, and for
    other pairs, as many as are wanted are drawn by hash (paper 4.1 draws one for each label).
    """
    if how == "rounds" and a.candidate == b.candidate:
        led = principles_between(record.candidates[a.candidate], a.round, b.round)
        if own := [rule for rule in prompt_settings.principles if rule.ref in led]:
            return own
    rules = sorted(
        prompt_settings.principles,
        key=lambda rule: hashing.uniform(prompt_settings.seed, record.id, a, b, "label", rule.id),
    )
    return rules[: 1 if how == "rounds" else how]


def verdict(
    first: ChoiceProbs | None, second: ChoiceProbs | None, settings: LabelSettings
) -> tuple[Status, float | None]:
    """What two orders come to, the second with the texts exchanged: whether they decide anything, and their mean. An order that
    was not asked is None.

    What was counted from answers is decided only where the exact interval of 1 - LEVEL over all of them leaves out one half.
    """
    asked = [order for order in (first, second) if order]
    # each order's probability that a is better: b stands first in the second
    told = (first.p if first else None), (1 - second.p if second and second.p is not None else None)
    for_a = [p for p in told if p is not None]
    if len(for_a) < len(asked):
        return "unparsed", None
    p_a = round(sum(for_a) / len(for_a), 6)
    if min(order.mass for order in asked) < settings.min_mass:
        return "low_mass", p_a
    leans = [p - 0.5 for p in for_a]
    if any(abs(lean) <= EXACT for lean in leans):
        return "tie", p_a  # an order at one half prefers neither, and the other alone decides nothing
    if min(leans) < 0 < max(leans):
        return "order_flip", p_a
    counted = any(order.samples for order in asked)
    return ("tie" if abs(p_a - 0.5) < settings.tie or (counted and not _sure(first, second)) else "decided"), p_a


def _sure(first: ChoiceProbs | None, second: ChoiceProbs | None) -> bool:
    """Whether votes of both orders prefer one text more often than a coin would.

    As many votes of each order are taken, so that a judge's preference for a place cancels out, however strong it is.
    """
    orders = [first.votes] if first else []
    orders += [tuple(not vote for vote in second.votes)] if second else []
    count = min(map(len, orders))
    return sign_test(sum(sum(votes[:count]) for votes in orders), count * len(orders)) <= LEVEL


@dataclass(frozen=True)
class Question:
    """Two texts of a record under one rule."""

    record: Record
    a: Version
    b: Version
    rule: Principle
    judge: Engine
    prompt_settings: PromptSettings
    settings: LabelSettings
    measure: Mapping[str, str] | None = None  # that of its judge, where it is known already

    async def settle(self) -> Comparison:
        """Each text stands first once, so that a judge that looks at the place alone decides nothing."""
        first, second = await asyncio.gather(*(self._order(number) for number in (0, 1)))
        status, p_a = verdict(first, second, self.settings)
        asked = [order for order in (first, second) if order]
        return Comparison(
            **(self.measure or measure_of(self.judge, self.prompt_settings, self.settings)),
            a=str(self.a),
            b=str(self.b),
            principle=self.rule.ref,
            p_a=p_a,
            orders=tuple(_shown(order) for order in (first, second)),
            status=status,
            samples=max(order.samples for order in asked),
            mass=round(sum(order.mass for order in asked) / len(asked), 6),
        )

    async def _order(self, number: int) -> ChoiceProbs | None:
        """Ask with a first, or with b first; None for the order that is left out where one is enough."""
        about = (self.prompt_settings.seed, self.record.id, self.a, self.b, self.rule.id)
        if self.settings.orders == 1 and number != int(hashing.uniform(*about, "order") < 0.5):
            return None
        first, second = (self.b.text, self.a.text) if number else (self.a.text, self.b.text)
        return await self._ask(first, second, (*about, number))

    async def _ask(self, first: str, second: str, seed: tuple[object, ...]) -> ChoiceProbs:
        if self.settings.cot:
            return await self._after_reasons(first, second, seed)
        return await self._letter(_turns(self._asked(first, second)), seed)

    def _asked(self, first: str, second: str, form: str = "") -> str:
        """The question; a principle that is one itself (the paper's comparison principles) is not called a rule."""
        name = ("compare_preference" if self.rule.kind == "preference" else "compare") + form
        return compare_prompt(
            self.prompt_settings.templates, self.record.prompt, first, second, self.rule.text, name=name
        )

    async def _letter(self, turns: tuple[Message, ...], seed: tuple[object, ...]) -> ChoiceProbs:
        return await choose(
            self.judge, turns, LETTERS, samples=self.settings.samples, seed=seed, sampling=self.settings.sampling
        )

    async def _after_reasons(self, first: str, second: str, seed: tuple[object, ...]) -> ChoiceProbs:
        """Reasons first, then the letter, so often as is asked for; the clamped mean (paper 4.1, chain of thought).

        Where reasons are empty or cut off there is nothing to decide after, and no letter is asked for.
        """
        templates, settings = self.prompt_settings.templates, self.settings
        asked = self._asked(first, second, "_cot")

        async def once(number: int) -> ChoiceProbs:
            sampling = replace(settings.sampling, seed=hashing.seed(*seed, number))
            reasons = await self.judge.complete(Request(messages=_turns(asked), sampling=sampling))
            # with ignore_eos (a benchmark) every text ends at its limit
            cut = unfinished(reasons.finish_reason) and not sampling.ignore_eos
            if cut or not reasons.text.strip():
                return ChoiceProbs(None, 0.0, no_reasons=1)
            turns = _turns(asked, reasons.text, templates.fill("compare_answer"))
            return await self._letter(turns, (*seed, number))

        found = await asyncio.gather(*map(once, range(settings.cot_samples)))
        low, high = settings.clamp
        read = [one.p for one in found if one.p is not None]
        mean = sum(min(max(p, low), high) for p in read) / len(read) if read else None
        return ChoiceProbs(
            mean,
            sum(one.mass for one in found) / len(found),
            max(one.samples for one in found),
            # the letters that follow one reasoning all follow from it: it is one vote, however often the letter is asked for
            tuple(p > 0.5 for p in read if abs(p - 0.5) > EXACT),
            sum(one.no_reasons for one in found),
        )


def _shown(order: ChoiceProbs | None) -> dict[str, float]:
    if order is None:
        return {}
    shown = {"mass": round(order.mass, 6)}
    shown |= {"samples": float(order.samples)} if order.samples else {}
    shown |= {"no_reasons": float(order.no_reasons)} if order.no_reasons else {}
    return shown if order.p is None else {"p_first": round(order.p, 6)} | shown


def _turns(*said: str) -> tuple[Message, ...]:
    return tuple(Message(role="assistant" if place % 2 else "user", content=text) for place, text in enumerate(said))
