"""Judges whose nature is known, over 400 pairs each: what they decide, and whether `calibrate` finds them out.

In half of the pairs the better text is the longer one. Judges without log-probabilities answer a request for letters
with text.
"""

import asyncio
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from caigen.engines.base import Completion, Request
from caigen.engines.scripted import ScriptedEngine
from caigen.exports.pairs import PairSettings, pairs
from caigen.judge.tally import Tally
from caigen.metrics.calibration import baseline_warning, calibration, judged
from caigen.records import Candidate, Message, Record
from caigen.stages.label import LabelSettings, label
from caigen.stages.requests import PromptSettings
from caigen.stages.score import ScoreSettings

COUNT = 400
GOOD, BAD = "kind words", "harsh words"
Script = Callable[[Request], Completion | str]


@pytest.fixture
def bare(prompt_settings: PromptSettings) -> PromptSettings:
    """Asks with the two texts alone, each on a line of its own."""
    texts = {**prompt_settings.templates.texts, "compare": "(A) $a\n(B) $b"}
    return replace(prompt_settings, templates=replace(prompt_settings.templates, texts=texts))


def comparisons() -> list[Record]:
    """The better text first, as `calibrate` reads them."""
    found = []
    for n in range(COUNT):
        better, worse = f"{GOOD} {n}", f"{BAD} {n}"
        better, worse = (f"{better} and more of it", worse) if n % 2 else (better, f"{worse} and more of it")
        prompt = (Message(role="user", content="q"),)
        found.append(Record(id=f"r{n}", prompt=prompt, candidates=(Candidate(text=better), Candidate(text=worse))))
    return found


def shown(request: Request) -> tuple[str, str]:
    """The texts at A and at B."""
    a, b = request.messages[-1].content.split("\n")
    return a[4:], b[4:]


def run(script: Script, prompt_settings: PromptSettings, **settings: object) -> list[Record]:
    how = LabelSettings(compare="candidates", **settings)  # type: ignore[arg-type]

    async def every() -> list[Record]:
        judge = ScriptedEngine(script, keep=False)
        return [await label(record, judge, prompt_settings, how) for record in comparisons()]

    return asyncio.run(every())


def statuses(found: list[Record]) -> Counter[str]:
    return Counter(one.status for record in found for one in record.comparisons)


def made_pairs(found: list[Record]) -> int:
    return sum(len(list(pairs(record, PairSettings(pairing="labeled"), Counter()))) for record in found)


def letters(p: float) -> Completion:
    told = {"A": p, "B": 1 - p}
    return Completion("A", "length", choices={word: math.log(share) for word, share in told.items() if share})


def as_text(prefers_a: Callable[[Request], float], rng: random.Random) -> Script:
    """A judge without log-probabilities that says A with a probability that depends on what it is shown."""
    return lambda request: "" if request.choices else "A" if rng.random() < prefers_a(request) else "B"


@pytest.mark.parametrize("samples", [1, 2, 4, 5, 7, 16, 17])
@pytest.mark.parametrize("p_a", [0.5, 0.7, 0.9])
def test_a_coin_without_log_probabilities_decides_nothing(bare: PromptSettings, samples: int, p_a: float) -> None:
    """Fair or with a liking for a place, and however often it is asked: at most 1 % of 400 pairs."""
    found = run(as_text(lambda _: p_a, random.Random(samples)), bare, samples=samples)
    assert sum(statuses(found).values()) == COUNT
    assert statuses(found)["decided"] <= 0.01 * COUNT
    assert made_pairs(found) <= 0.01 * COUNT


def test_a_coin_with_log_probabilities_decides_nothing(bare: PromptSettings) -> None:
    """One that knows that it knows nothing, a little off."""
    rng = random.Random(3)
    assert statuses(run(lambda _: letters(0.5), bare)) == {"tie": COUNT}
    found = run(lambda _: letters(0.5 + rng.uniform(-0.02, 0.02)), bare)
    assert statuses(found)["decided"] == 0
    assert statuses(run(lambda _: letters(0.5), bare, orders=1, tie=0.0)) == {"tie": COUNT}


@pytest.mark.parametrize("script", [lambda _: letters(0.97), lambda request: "" if request.choices else "A"])
def test_always_a_decides_nothing(bare: PromptSettings, script: Script) -> None:
    found = run(script, bare)
    assert statuses(found) == {"order_flip": COUNT}
    assert made_pairs(found) == 0


def longer(request: Request) -> float:
    a, b = shown(request)
    return 0.95 if len(a) > len(b) else 0.05


@pytest.mark.parametrize("logprobs", [True, False])
def test_one_that_prefers_the_longer_text_is_found_by_calibrate(bare: PromptSettings, logprobs: bool) -> None:
    script = (lambda request: letters(longer(request))) if logprobs else as_text(longer, random.Random(1))
    found = run(script, bare)
    assert statuses(found)["decided"] >= 0.9 * COUNT
    figures = calibration(judged(found))
    assert figures["prefers_longer"] == 1.0
    assert "it prefers the longer text in 100%" in (baseline_warning(figures) or "")


def test_one_that_is_right_passes(bare: PromptSettings) -> None:
    found = run(as_text(lambda request: 0.95 if GOOD in shown(request)[0] else 0.05, random.Random(1)), bare)
    figures = calibration(judged(found))
    assert figures["decided"] >= 0.95 * COUNT
    assert figures["accuracy"] == 1.0
    assert baseline_warning(figures) is None


SENTENCES = {
    "plain": lambda word: f"{word}.",
    "answer": lambda word: f"The answer is ({word})",
    "better": lambda word: f"**{word}** is better",
    "option": lambda word: f"Option {word} follows this rule better.",
    "reason": lambda word: f"{word}, because it is kinder.",
}


@pytest.mark.parametrize("style", SENTENCES)
def test_one_that_answers_in_sentences_is_read(bare: PromptSettings, style: str) -> None:
    """Nine of ten times it is right, and what is decided is right."""
    rng = random.Random(2)

    def judge(request: Request) -> str:
        right = GOOD in shown(request)[0]
        return "" if request.choices else SENTENCES[style]("A" if right == (rng.random() < 0.9) else "B")

    found = run(judge, bare)
    told = [one.p_a for record in found for one in record.comparisons if one.status == "decided"]
    assert len(told) >= 0.9 * COUNT
    assert all(p is not None and p > 0.5 for p in told)
    assert all(one.mass == 1.0 for record in found for one in record.comparisons)


def test_an_article_never_votes(bare: PromptSettings) -> None:
    """It always finds B better, and says so in a sentence that begins with the article."""
    found = run(lambda request: "" if request.choices else "A better answer is option B", bare)
    assert statuses(found) == {"unparsed": COUNT}
    tally = Tally("comparisons", LabelSettings(), ScoreSettings())
    for record in found:
        tally.take(record)
    assert "400 of 400 comparisons are unparsed: 0% of the judge's answers could be read as A or B" in tally.lines()[0]


def test_the_limit_random_log_probabilities(bare: PromptSettings) -> None:
    """Two numbers drawn at random prefer the same text in half of the pairs: one pair cannot tell, all of them do."""
    rng = random.Random(4)
    found = run(lambda _: letters(rng.random()), bare)
    assert 0.35 * COUNT < statuses(found)["decided"] < 0.6 * COUNT
    tally = Tally("comparisons", LabelSettings(), ScoreSettings())
    for record in found:
        tally.take(record)
    assert any(line.startswith("warning: both orders prefer the same text in") for line in tally.lines())
    assert "is right in 50%" in (baseline_warning(calibration(judged(found))) or "")


@pytest.mark.parametrize("flips", [0.0, 0.6])
def test_one_that_knows_is_not_called_noise_for_its_liking_of_a_place(bare: PromptSettings, flips: float) -> None:
    """Where the texts are alike to it it says A; where it decides it is right."""

    def judge(request: Request) -> Completion:
        a, _ = shown(request)
        number = int("".join(letter for letter in a if letter.isdigit()))
        return letters(0.9 if number < flips * COUNT or GOOD in a else 0.1)

    tally = Tally("comparisons", LabelSettings(), ScoreSettings())
    for record in run(judge, bare):
        tally.take(record)
    assert not any("warning" in line for line in tally.lines())
