"""Measure a demo model by the checker, on the real engine: `python -m tools.demo_model.measure --model DIR -o FILE`.

Scenes are slot combinations that training never showed. `seen` counts principles that training showed on the scene's
topic, `held_out` topic x principle pairs that it never showed.
"""

import argparse
import asyncio
import json
import random
from collections import defaultdict
from collections.abc import Awaitable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

import orjson

from caigen.demo import world as worlds
from caigen.demo.show import settings_by_domain
from caigen.demo.truth import LabelledPair, held_out_scene, labelled_pairs, seen_principle
from caigen.demo.world import Scene, World
from caigen.engines.base import Engine, Sampling
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError
from caigen.records import Candidate, Comparison, Message, Provenance, Record
from caigen.runners.pipeline import process
from caigen.stages.critique import read_structured
from caigen.stages.label import LabelSettings, Question
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.text.versions import Version

ROUNDS = 3
RANDOM = Sampling(max_tokens=256, temperature=0.7)
GREEDY = Sampling(max_tokens=256, temperature=0.0)


@dataclass
class Trials:
    """Hits and misses by name."""

    hits: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, hit: bool) -> None:
        """Count one trial."""
        self.hits[name].append(hit)

    def as_json(self) -> dict[str, Any]:
        """`{name: [share of hits, number of trials]}`."""
        return {name: [round(fmean(hits), 4), len(hits)] for name, hits in self.hits.items()}


class Case(NamedTuple):
    """An answer to critique and revise under a principle, named by its id."""

    scene: Scene
    answer: str
    principle: str


@cache
def _settings(domain: str) -> PromptSettings:
    return settings_by_domain(0)[domain]


async def measure(engine: Engine, count: int, seed: int) -> dict[str, Any]:
    """All figures of the demo model: shares with their number of trials."""
    world, rng = worlds.load(), random.Random(seed)
    scenes = [world.scene(rng, seen=False) for _ in range(count)]
    records = [_record(world, scene, f"m{index}") for index, scene in enumerate(scenes)]
    processed = await _process_all(engine, records)
    seen_cases = []
    for scene, record in zip(scenes, processed, strict=True):
        if record.candidates:
            seen_cases.append(Case(scene, record.candidates[0].text, seen_principle(world, scene, rng)))
    seen, held_out = Trials(), Trials()
    await _try_cases(engine, world, seen_cases, seen)
    await _try_cases(engine, world, _held_out_cases(world, rng, count), held_out)
    judged_seen = await _judge(engine, world, labelled_pairs(world, rng, count, held_out=False))
    judged_held_out = await _judge(engine, world, labelled_pairs(world, rng, count, held_out=True))
    return {
        **_round_figures(world, processed),
        "seen": seen.as_json(),
        "held_out": held_out.as_json(),
        "judge_seen": judged_seen,
        "judge_held_out": judged_held_out,
    }


async def _process_all(engine: Engine, records: Sequence[Record]) -> list[Record]:
    """Answer each record's prompt and revise the answer over all rounds, as `caigen run` does."""
    settings = ReviseSettings(rounds=ROUNDS, sampling=RANDOM, critic_sampling=RANDOM)

    async def sample_stage(record: Record) -> Record:
        return await sample(record, engine, SampleSettings(1, RANDOM))

    async def revise_stage(record: Record) -> Record:
        return await revise(record, engine, engine, _settings(record.meta["domain"]), settings)

    stages = [("sample", sample_stage), ("revise", revise_stage)]
    return await _all(process(record, stages, Provenance(caigen="measure")) for record in records)


def _round_figures(world: World, records: Sequence[Record]) -> dict[str, Any]:
    """Flaws after each round, and how far a perfect reviser would come with the same principles.

    Raises CaigenError.
    """
    done = [record for record in records if record.status == "done"]
    if not done:
        raise CaigenError(f"no record of {len(records)} was carried to its end, so there is nothing to measure")
    unknown = []
    for record in done:
        sentences = world.read(record.meta["domain"], record.candidates[0].text)
        unknown += [sentence is None for sentence in sentences]
    return {
        "records": len(done),
        "flawed": [_flawed_share(world, done, rounds) for rounds in range(ROUNDS + 1)],
        "perfect_reviser": [_flawed_share(world, done, 0, fixed=rounds) for rounds in range(ROUNDS + 1)],
        "unknown_sentences": round(fmean(unknown), 4),
    }


def _flawed_share(world: World, records: Sequence[Record], rounds: int, *, fixed: int = 0) -> float:
    """Share of texts with a flaw after some rounds; flaws that the first `fixed` rounds asked about do not count."""
    flawed = []
    for record in records:
        candidate = record.candidates[0]
        fixed_principles = {round_.principle.split("@")[0] for round_ in candidate.rounds[:fixed]}
        text = candidate.history(rounds)[-1]
        flawed.append(bool(world.flaws(record.meta["domain"], text) - fixed_principles))
    return round(fmean(flawed), 4)


async def _try_cases(engine: Engine, world: World, cases: Iterable[Case], trials: Trials) -> None:
    """Critique and revise each case once, greedily."""
    await _all(_try_case(engine, world, case, trials) for case in cases)


async def _try_case(engine: Engine, world: World, case: Case, trials: Trials) -> None:
    settings = _settings(case.scene.domain)
    prompt = (Message(role="user", content=world.prompt(case.scene)),)
    principle = settings.constitution.find(case.principle)
    completion = await engine.complete(settings.critique_request(prompt, case.answer, principle, GREEDY))
    critique = read_structured(completion, case.answer)
    trials.add("critique parses", critique is not None)
    if critique is None:
        return
    broken = case.principle in world.flaws(case.scene.domain, case.answer)
    violates = critique.verdict == "violates"
    trials.add("verdict right", violates == broken)
    if critique.quotes:
        trials.add("quote found in the text", all(quote in case.answer for quote in critique.quotes))
    if broken and violates:
        request = settings.revision_request(prompt, case.answer, critique, principle, sampling=GREEDY)
        _check_revision(world, case, (await engine.complete(request)).text, trials)


def _check_revision(world: World, case: Case, revision: str, trials: Trials) -> None:
    """Was the flaw fixed, and was everything else kept?"""
    domain = case.scene.domain
    trials.add("named flaw fixed", case.principle not in world.flaws(domain, revision))
    others = []
    for line, sentence in zip(worlds.sentences(case.answer), world.read(domain, case.answer), strict=True):
        is_flaw = sentence is not None and sentence.principle == case.principle and sentence.kind == "bad"
        if not is_flaw:
            others.append(line)
    # exactly one sentence is new: the corrected one, or the duty that was missing
    kept = worlds.sentences(revision)
    trials.add("every other sentence kept", _is_subsequence(others, kept) and len(kept) == len(others) + 1)


def _is_subsequence(lines: Sequence[str], among: Sequence[str]) -> bool:
    """Whether all lines are among others, in the same order."""
    rest = iter(among)
    return all(line in rest for line in lines)  # `in` consumes the iterator up to the match


async def _judge(engine: Engine, world: World, pairs: Sequence[LabelledPair]) -> dict[str, Any]:
    """Compare each pair in both orders, as `caigen label` does; `a` is the better text."""
    comparisons: list[Comparison] = await _all(_compare(engine, world, pair) for pair in pairs)
    better: list[bool] = []  # whether each order prefers the better text
    flips: list[bool] = []
    firsts: list[float] = []
    for comparison in comparisons:
        first, second = (order["p_first"] for order in comparison.orders)
        better += [first > 0.5, second < 0.5]
        flips.append((first > 0.5) == (second > 0.5))
        firsts += [first, second]
    return {
        "pairs": len(pairs),
        "accuracy": round(fmean((comparison.p_a or 0.0) > 0.5 for comparison in comparisons), 4),
        "accuracy of one order": round(fmean(better), 4),
        "order flips": round(fmean(flips), 4),
        "mean P(A)": round(fmean(firsts), 4),
        "mass on A and B": round(fmean(comparison.mass or 0.0 for comparison in comparisons), 4),
    }


async def _compare(engine: Engine, world: World, pair: LabelledPair) -> Comparison:
    settings = _settings(pair.scene.domain)
    candidates = (Candidate(text=pair.better), Candidate(text=pair.worse))
    record = _record(world, pair.scene, "pair").model_copy(update={"candidates": candidates})
    a, b = Version(0, 0, pair.better), Version(1, 0, pair.worse)
    principle = settings.constitution.find(pair.principle)
    return await Question(record, a, b, principle, engine, settings, LabelSettings(sampling=GREEDY)).ask()


def _record(world: World, scene: Scene, name: str) -> Record:
    return Record(id=name, prompt=(Message(role="user", content=world.prompt(scene)),), meta={"domain": scene.domain})


def _held_out_cases(world: World, rng: random.Random, count: int) -> list[Case]:
    """Answers with many flaws, under principles that training never showed on their topic."""
    cases = []
    for _ in range(count):
        scene, principle = held_out_scene(world, rng)
        plan = world.plan(scene, rng, bad=0.5, missing=0.5, trained=False)
        cases.append(Case(scene, world.text(scene, plan), principle))
    return cases


async def _all(jobs: Iterable[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*jobs))


async def _measure_model(options: argparse.Namespace) -> dict[str, Any]:
    async with VLLMEngine(str(options.model)) as engine:
        return await measure(engine, options.count, options.seed)


def main() -> None:
    """Command line of the measurement."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, default=worlds.HERE / "model")
    parser.add_argument("--count", type=int, default=512)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    figures = asyncio.run(_measure_model(options))
    print(json.dumps(figures, indent=2))
    if options.output:
        options.output.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
