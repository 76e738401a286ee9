"""label: Record -> Record with comparisons of its texts"""

import asyncio
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Literal

from caigen import draws
from caigen.constitution.model import Principle
from caigen.engines.base import Engine, Request, Sampling
from caigen.pairs import Address, texts
from caigen.records import Comparison, Message, Record, settled
from caigen.stages.choose import Chosen, choose
from caigen.stages.prompts import Brief, compare_prompt

Compare = Literal["first-last", "candidates", "all"]
Status = Literal["decided", "tie", "order_flip", "low_mass", "unparsed"]
LETTERS = ("A", "B")


@dataclass(frozen=True)
class LabelSettings:
    """What is compared and what counts as decided.

    `principles` is how many are drawn for each pair, None for all. `min_mass` is the least probability that the judge
    says one of the letters at all; `tie` how far from one half a decided `p_a` is at least. `samples` is how often a judge
    without log-probabilities is asked. With `cot` the judge reasons first, `cot_samples` times, and the probability of each
    is brought between the two numbers of `clamp` (paper 4.1: reasons make a judge too sure).
    """

    compare: Compare = "first-last"
    principles: int | None = 1
    min_mass: float = 0.5
    tie: float = 0.02
    samples: int = 16
    cot: bool = False
    cot_samples: int = 1
    clamp: tuple[float, float] = (0.4, 0.6)
    sampling: Sampling = field(default_factory=Sampling)


async def label(record: Record, judge: Engine, brief: Brief, settings: LabelSettings) -> Record:
    """Compare texts of the record under principles drawn by hash, each in both orders; comparisons that are there stay.

    Raises RequestError.
    """
    there = {(done.a, done.b, done.principle) for done in record.comparisons}
    wanted = [
        Question(record, a, b, rule, judge, brief, settings)
        for a, b in matched(record, settings.compare)
        for rule in _drawn(record, a, b, brief, settings.principles)
        if (str(a), str(b), rule.ref) not in there
    ]
    ended = await asyncio.gather(*(question.settle() for question in wanted), return_exceptions=True)
    made = [one for one in ended if isinstance(one, Comparison)]
    return settled(record.model_copy(update={"comparisons": (*record.comparisons, *made)}), ended)


def matched(record: Record, how: Compare) -> list[tuple[Address, Address]]:
    """Which texts are compared; a text is never compared with its like."""
    own = [texts(place, candidate) for place, candidate in enumerate(record.candidates)]
    if how == "first-last":
        found = [(of[0], of[-1]) for of in own]
    elif how == "candidates":
        found = list(combinations([of[-1] for of in own], 2))
    else:
        found = list(combinations([address for of in own for address in of], 2))
    return [(a, b) for a, b in found if a.text.strip() != b.text.strip()]


def verdict(first: Chosen, second: Chosen, settings: LabelSettings) -> tuple[Status, float | None]:
    """What two orders come to, the second with the texts exchanged: whether they decide anything, and their mean."""
    if first.p is None or second.p is None:
        return "unparsed", None
    p_a = round((first.p + 1 - second.p) / 2, 6)
    if min(first.mass, second.mass) < settings.min_mass:
        return "low_mass", p_a
    if (first.p - 0.5) * (second.p - 0.5) > 0:
        return "order_flip", p_a
    return ("tie" if abs(p_a - 0.5) < settings.tie else "decided"), p_a


@dataclass(frozen=True)
class Question:
    """Two texts of a record under one rule."""

    record: Record
    a: Address
    b: Address
    rule: Principle
    judge: Engine
    brief: Brief
    settings: LabelSettings

    async def settle(self) -> Comparison:
        """Each text stands first once, so that a judge that looks at the place alone decides nothing."""
        a, b = self.a.text, self.b.text
        orders = await asyncio.gather(self._ask(a, b, order=0), self._ask(b, a, order=1))
        status, p_a = verdict(*orders, self.settings)
        shown = tuple(map(_shown, orders))
        return Comparison(
            a=str(self.a),
            b=str(self.b),
            principle=self.rule.ref,
            constitution=self.brief.constitution.ref,
            p_a=p_a,
            orders=shown,
            status=status,
        )

    async def _ask(self, first: str, second: str, *, order: int) -> Chosen:
        seed = (self.brief.seed, self.record.id, self.a, self.b, self.rule.id, order)
        if self.settings.cot:
            return await self._after_reasons(first, second, seed)
        asked = compare_prompt(self.brief.templates, self.record.prompt, first, second, self.rule.text)
        return await choose(self.judge, _turns(asked), LETTERS, samples=self.settings.samples, seed=seed)

    async def _after_reasons(self, first: str, second: str, seed: tuple[object, ...]) -> Chosen:
        """Reasons first, then the letter, so often as is asked for; the clamped mean (paper 4.1, chain of thought)."""
        templates, settings = self.brief.templates, self.settings
        asked = compare_prompt(templates, self.record.prompt, first, second, self.rule.text, name="compare_cot")

        async def once(number: int) -> Chosen:
            sampling = replace(settings.sampling, seed=draws.seed(*seed, number))
            reasons = await self.judge.complete(Request(messages=_turns(asked), sampling=sampling))
            turns = _turns(asked, reasons.text, templates.fill("compare_answer"))
            return await choose(self.judge, turns, LETTERS, samples=settings.samples, seed=(*seed, number))

        found = await asyncio.gather(*map(once, range(settings.cot_samples)))
        low, high = settings.clamp
        read = [min(max(one.p, low), high) for one in found if one.p is not None]
        mass = sum(one.mass for one in found) / len(found)
        return Chosen(sum(read) / len(read) if read else None, mass, found[0].samples)


def _shown(order: Chosen) -> dict[str, float]:
    shown = {"mass": round(order.mass, 6)} | ({"samples": float(order.samples)} if order.samples else {})
    return shown if order.p is None else {"p_first": round(order.p, 6)} | shown


def _turns(*said: str) -> tuple[Message, ...]:
    return tuple(Message(role="assistant" if place % 2 else "user", content=text) for place, text in enumerate(said))


def _drawn(record: Record, a: Address, b: Address, brief: Brief, count: int | None) -> list[Principle]:
    """So many principles for a pair, drawn by hash (paper 4.1 draws one for each label)."""
    rules = sorted(brief.principles, key=lambda rule: draws.share(brief.seed, record.id, a, b, "label", rule.id))
    return rules[:count]
