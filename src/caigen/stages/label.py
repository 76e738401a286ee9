"""label: Record -> Record with comparisons of its texts"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from caigen import hashing
from caigen.choices import CLAMP, JUDGE_SAMPLES, MIN_MASS
from caigen.constitution.format import Principle, check_use
from caigen.engines.base import Engine, Request, Sampling
from caigen.recipes import DEFAULT
from caigen.records import Comparison, Message, Record, unfinished
from caigen.stages.each import raise_first_error
from caigen.stages.judge_questions import compare_prompt
from caigen.stages.label_pairs import Compare, PrinciplesPerPair, choose_pairs, choose_principles
from caigen.stages.logprobs import ChoiceProbs, ask_choice, settings_hash
from caigen.stages.requests import PromptSettings
from caigen.stages.verdict import HALF_TOLERANCE, LETTERS, LEVEL, combine_orders
from caigen.text.versions import Version


@dataclass(frozen=True)
class LabelSettings:
    """Which texts are compared, how the judge is asked, and what counts as decided.

    - `principles` is the number of principles drawn for each pair, None for all. With `rounds` a pair is judged under
      the principles of the rounds that led from one text to the other; one is drawn if there are none.
    - `orders` is 2 (each text first once) or 1 (paper 4.1; drawn by hash).
    - `min_mass` is the least probability that the judge answers with a letter; `tie` the least distance of a decided
      `p_a` from one half.
    - `samples` is the number of answers per order of a judge without log-probabilities.
    - With `cot` the judge reasons first, `cot_samples` times, and each probability is clamped to the range `clamp`
      (paper 4.1: reasoning makes a judge overconfident).
    - `sampling` is how reasons are drawn, and whether the judge thinks before it answers.
    """

    compare: Compare = "first-last"
    principles: PrinciplesPerPair = "rounds"
    orders: Literal[1, 2] = 2
    min_mass: float = MIN_MASS
    tie: float = DEFAULT.tie
    samples: int = JUDGE_SAMPLES
    cot: bool = False
    cot_samples: int = 1
    clamp: tuple[float, float] = CLAMP
    sampling: Sampling = field(default_factory=Sampling)

    def judge_settings(self) -> dict[str, Any]:
        """How the judge is asked and read, without what it is asked about; equal for the same judge."""
        settings: dict[str, Any] = {
            "orders": self.orders,
            "min_mass": self.min_mass,
            "tie": self.tie,
            "samples": self.samples,
            "level": LEVEL,
            "think": self.sampling.think,
            "think_tokens": self.sampling.think_tokens,
        }
        if self.cot:
            settings["cot_samples"] = self.cot_samples
            settings["clamp"] = self.clamp
            settings["sampling"] = asdict(self.sampling)
        return settings


async def label(record: Record, judge: Engine, prompt_settings: PromptSettings, settings: LabelSettings) -> Record:
    """Add comparisons of the record's texts under principles, each in both orders.

    An existing comparison by the same judge, constitution, templates and settings is not asked again. It is moved to
    the end of the list with the new ones, since pairs are made of the last ones (`records.latest`).

    Raises RequestError; ConstitutionError if no judge can compare texts under these principles.
    """
    check_use(prompt_settings.principles, "label", prompt_settings.constitution.ref)
    questions = _questions(record, judge, prompt_settings, settings)
    # sort the existing comparisons into those that answer one of the questions, and all others
    answered: list[Comparison] = []
    others: list[Comparison] = []
    missing = dict(questions)
    for comparison in record.comparisons:
        key = _key(comparison)
        if key in questions:
            answered.append(comparison)
            missing.pop(key, None)
        else:
            others.append(comparison)
    # ask the rest at the same time; what was answered is kept if one request fails
    results = await asyncio.gather(*map(Question.ask, missing.values()), return_exceptions=True)
    new = [result for result in results if isinstance(result, Comparison)]
    reached = record.model_copy(update={"comparisons": (*others, *answered, *new)})
    raise_first_error(results, reached)
    return reached


def _key(comparison: Comparison) -> tuple[object, ...]:
    """What two comparisons share if one can replace the other: texts, principle and method."""
    return comparison.a, comparison.b, comparison.principle, *comparison.method


def judging_method(judge: Engine, prompt_settings: PromptSettings, settings: LabelSettings) -> dict[str, str]:
    """The fields of `Judgement.method`, in its order."""
    return {
        "judge": judge.model,
        "constitution": prompt_settings.constitution.ref,
        "constitution_sha256": prompt_settings.constitution.sha256,
        "templates_sha256": prompt_settings.templates.sha256,
        "settings": settings_hash(settings.judge_settings()),
    }


@dataclass(frozen=True)
class Question:
    """Two texts of a record and a principle to compare them under; `method` is `judging_method`, if known already."""

    record: Record
    a: Version
    b: Version
    principle: Principle
    judge: Engine
    prompt_settings: PromptSettings
    settings: LabelSettings
    method: Mapping[str, str] | None = None

    async def ask(self) -> Comparison:
        """Ask the judge in each order, so that one that looks only at the position decides nothing.

        Raises RequestError.
        """
        first, second = await asyncio.gather(self._ask_order(0), self._ask_order(1))
        result = combine_orders(first, second, min_mass=self.settings.min_mass, tie=self.settings.tie)
        orders = [order for order in (first, second) if order]
        method = self.method or judging_method(self.judge, self.prompt_settings, self.settings)
        return Comparison(
            **method,
            a=str(self.a),
            b=str(self.b),
            principle=self.principle.ref,
            p_a=result.p_a,
            orders=(_order_fields(first), _order_fields(second)),
            status=result.status,
            samples=max(order.samples for order in orders),
            mass=round(sum(order.mass for order in orders) / len(orders), 6),
        )

    async def _ask_order(self, number: int) -> ChoiceProbs | None:
        """Ask with a first (0) or with b first (1); None for the order that is left out if one is enough."""
        parts = (self.prompt_settings.seed, self.record.id, self.a, self.b, self.principle.id)
        if self.settings.orders == 1 and number != int(hashing.uniform(*parts, "order") < 0.5):
            return None
        first, second = self.a.text, self.b.text
        if number == 1:
            first, second = second, first
        if self.settings.cot:
            return await self._ask_after_reasons(first, second, seed=(*parts, number))
        return await self._ask_letter(_alternate(self._prompt(first, second)), seed=(*parts, number))

    def _prompt(self, first: str, second: str, suffix: str = "") -> str:
        """The question as a text. A principle that is itself a question (paper 4.1) has a template of its own."""
        question = self.principle.question
        name = "compare_preference" if question else "compare"
        return compare_prompt(
            self.prompt_settings.templates,
            self.record.prompt,
            first,
            second,
            question or self.principle.rule,
            name=name + suffix,
        )

    async def _ask_letter(self, messages: Sequence[Message], *, seed: tuple[object, ...]) -> ChoiceProbs:
        samples, sampling = self.settings.samples, self.settings.sampling
        return await ask_choice(self.judge, messages, LETTERS, samples=samples, seed=seed, sampling=sampling)

    async def _ask_after_reasons(self, first: str, second: str, *, seed: tuple[object, ...]) -> ChoiceProbs:
        """Have the judge reason first, `cot_samples` times; return the clamped mean (paper 4.1, chain of thought)."""
        prompt = self._prompt(first, second, "_cot")

        async def reason_once(number: int) -> ChoiceProbs:
            sampling = replace(self.settings.sampling, seed=hashing.seed(*seed, number))
            reasons = await self.judge.complete(Request(messages=_alternate(prompt), sampling=sampling))
            # with ignore_eos (a benchmark) every text ends at its limit
            is_cut = unfinished(reasons.finish_reason) is not None and not sampling.ignore_eos
            # after empty or incomplete reasons there is nothing to decide, and no letter is asked for
            if is_cut or not reasons.text.strip():
                return ChoiceProbs(None, 0.0, no_reasons=1)
            request_for_letter = self.prompt_settings.templates.fill("compare_answer")
            return await self._ask_letter(_alternate(prompt, reasons.text, request_for_letter), seed=(*seed, number))

        answers = await asyncio.gather(*map(reason_once, range(self.settings.cot_samples)))
        return _clamped_mean(answers, self.settings.clamp)


def _questions(
    record: Record, judge: Engine, prompt_settings: PromptSettings, settings: LabelSettings
) -> dict[tuple[object, ...], Question]:
    """The questions about a record, by the key of the comparison that answers them."""
    method = judging_method(judge, prompt_settings, settings)
    questions: dict[tuple[object, ...], Question] = {}
    for a, b in choose_pairs(record, settings.compare):
        for principle in choose_principles(record, a, b, prompt_settings, count=settings.principles):
            question = Question(record, a, b, principle, judge, prompt_settings, settings, method)
            questions[(str(a), str(b), principle.ref, *method.values())] = question
    return questions


def _clamped_mean(answers: Sequence[ChoiceProbs], clamp: tuple[float, float]) -> ChoiceProbs:
    """Average the probability of the first letter over several reasonings, each clamped to a range.

    The letters that follow one reasoning all depend on it, so it is one vote, however often the letter was asked for.
    """
    low, high = clamp
    read = [p for answer in answers if (p := answer.prob("A")) is not None]
    probs, votes = None, []
    if read:
        mean = sum(min(max(p, low), high) for p in read) / len(read)
        probs = {"A": mean, "B": 1 - mean}
    for p in read:
        if abs(p - 0.5) > HALF_TOLERANCE:
            votes.append("A" if p > 0.5 else "B")
    return ChoiceProbs(
        probs,
        mass=sum(answer.mass for answer in answers) / len(answers),
        samples=max(answer.samples for answer in answers),
        votes=tuple(votes),
        no_reasons=sum(answer.no_reasons for answer in answers),
    )


def _order_fields(order: ChoiceProbs | None) -> dict[str, float]:
    """One entry of `Comparison.orders`; empty for an order that was not asked."""
    if order is None:
        return {}
    fields = {}
    if (p_first := order.prob("A")) is not None:
        fields["p_first"] = round(p_first, 6)
    fields["mass"] = round(order.mass, 6)
    if order.samples:
        fields["samples"] = float(order.samples)
    if order.no_reasons:
        fields["no_reasons"] = float(order.no_reasons)
    return fields


def _alternate(*texts: str) -> tuple[Message, ...]:
    """A conversation of these texts, the user first."""
    roles: tuple[Literal["user", "assistant"], ...] = ("user", "assistant")
    return tuple(Message(role=roles[index % 2], content=text) for index, text in enumerate(texts))
