"""Measure a demo model by the checker, on the real engine: `python -m tools.demo_model.measure --model DIR -o FILE`.

Scenes are slot combinations that training never showed. `seen` counts principles that training showed on the scene's
topic, `held_out` topic x principle pairs that it never showed.
"""

import argparse
import asyncio
import json
import math
import random
from collections import defaultdict
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from caigen.demo import world as worlds
from caigen.demo.show import settings_by_domain
from caigen.demo.truth import held_out_scene, known_pairs, seen_rule
from caigen.demo.world import Scene, World
from caigen.engines.base import Engine, Request, Sampling
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError
from caigen.records import Critique, Message, Provenance, Record
from caigen.runners.pipeline import process
from caigen.stages.critique import read_structured
from caigen.stages.judge_questions import compare_prompt
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.templates import Templates

DRAWN = Sampling(max_tokens=256, temperature=0.7)
GREEDY = Sampling(max_tokens=256, temperature=0.0)


@dataclass
class Tally:
    """Hits out of trials, by name."""

    hits: dict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))

    def add(self, name: str, hit: bool) -> None:
        """Count one trial."""
        self.hits[name].append(hit)

    def as_json(self) -> dict[str, Any]:
        """`{name: [share, trials]}`."""
        return {name: [round(sum(found) / len(found), 4), len(found)] for name, found in self.hits.items()}


async def measure(engine: Engine, count: int, seed: int) -> dict[str, Any]:
    """All figures of the demo model; shares with their number of trials."""
    world, rng = worlds.load(), random.Random(seed)
    scenes = [world.scene(rng, seen=False) for _ in range(count)]
    records = [_record(world, scene, f"m{place}") for place, scene in enumerate(scenes)]
    carried, figures = await _rounds(engine, world, records)
    drawn = [(s, record.candidates[0].text) for s, record in zip(scenes, carried, strict=True) if record.candidates]
    seen, fresh = Tally(), Tally()
    await _critiques(engine, world, [(s, t, seen_rule(world, s, rng)) for s, t in drawn], seen)
    await _critiques(engine, world, _held_out_cases(world, rng, count), fresh)
    judged = await _judge(engine, world, known_pairs(world, rng, count, held_out=False))
    judged_fresh = await _judge(engine, world, known_pairs(world, rng, count, held_out=True))
    return {
        **figures,
        "seen": seen.as_json(),
        "held_out": fresh.as_json(),
        "judge_seen": judged,
        "judge_held_out": judged_fresh,
    }


async def _rounds(engine: Engine, world: World, records: list[Record]) -> tuple[list[Record], dict[str, Any]]:
    """The whole loop of three rounds, and how far a perfect reviser would come with the same draws."""
    by_domain = settings_by_domain(0)
    settings = ReviseSettings(rounds=3, sampling=DRAWN, critic_sampling=DRAWN)

    async def way(record: Record) -> Record:
        prompt_settings = by_domain[record.meta["domain"]]
        return await process(
            record,
            [
                ("sample", lambda r: sample(r, engine, SampleSettings(1, DRAWN))),
                ("revise", lambda r: revise(r, engine, engine, prompt_settings, settings)),
            ],
            Provenance(caigen="measure"),
        )

    carried = await _all(way(record) for record in records)
    done = [record for record in carried if record.status == "done"]
    if not done:
        raise CaigenError(f"no record of {len(records)} was carried to its end, so there is nothing to measure")
    shares = [_flawed(world, done, rounds) for rounds in range(4)]
    perfect = [_flawed(world, done, 0, mended=rounds) for rounds in range(4)]
    texts = [world.read(r.meta["domain"], r.candidates[0].text) for r in done]
    unknown = sum(s is None for text in texts for s in text) / sum(map(len, texts))
    return carried, {
        "records": len(done),
        "flawed": shares,
        "perfect_reviser": perfect,
        "unknown_sentences": round(unknown, 4),
    }


def _flawed(world: World, records: list[Record], rounds: int, mended: int = 0) -> float:
    """Share of flawed texts after some rounds; `mended` rounds' principles count as put right."""
    flawed = 0
    for record in records:
        candidate = record.candidates[0]
        put_right = {turn.principle.split("@")[0] for turn in candidate.rounds[:mended]}
        flawed += bool(world.flaws(record.meta["domain"], candidate.history(rounds)[-1]) - put_right)
    return round(flawed / len(records), 4)


Case = tuple[Scene, str, str]  # scene, answer, principle


async def _critiques(engine: Engine, world: World, cases: list[Case], tally: Tally) -> None:
    """Critique and revision of one answer each, greedy."""
    by_domain = settings_by_domain(0)

    async def one(case: Case) -> None:
        scene, answer, key = case
        prompt_settings, prompt = by_domain[scene.domain], (Message(role="user", content=world.prompt(scene)),)
        rule = prompt_settings.constitution.find(key)
        found = read_structured(
            await engine.complete(prompt_settings.critique_request(prompt, answer, rule, GREEDY)), answer
        )
        tally.add("critique parses", found is not None)
        if found is None:
            return
        broken = key in world.flaws(scene.domain, answer)
        tally.add("verdict right", (found.verdict == "violates") == broken)
        if found.quotes:
            tally.add("quote found in the text", all(quote in answer for quote in found.quotes))
        if broken and found.verdict == "violates":
            request = prompt_settings.revision_request(prompt, answer, found, rule, sampling=GREEDY)
            _check_revision(world, scene, answer, key, (await engine.complete(request)).text, found, tally)

    await _all(one(case) for case in cases)


def _check_revision(
    world: World, scene: Scene, answer: str, key: str, revised: str, found: Critique, tally: Tally
) -> None:
    tally.add("named flaw fixed", key not in world.flaws(scene.domain, revised))
    read = world.read(scene.domain, answer)
    faulty = [bool(s and s.principle == key and s.kind == "bad") for s in read]
    others = [line for line, bad in zip(worlds.sentences(answer), faulty, strict=True) if not bad]
    kept = worlds.sentences(revised)
    tally.add("every other sentence kept", _in_order(others, kept) and len(kept) == len(others) + 1)


def _in_order(wanted: list[str], among: list[str]) -> bool:
    rest = iter(among)
    return all(line in rest for line in wanted)


async def _judge(engine: Engine, world: World, pairs: list[tuple[Scene, str, str, str]]) -> dict[str, Any]:
    """A/B questions in both orders; the first text of each pair is the better one."""
    templates, by_domain = Templates.load(demo=True), settings_by_domain(0)

    async def p_first(scene: Scene, key: str, first: str, second: str) -> tuple[float, float]:
        rule = by_domain[scene.domain].constitution.find(key).text
        prompt = [Message(role="user", content=world.prompt(scene))]
        asked = compare_prompt(templates, prompt, first, second, rule)
        answer = await engine.complete(
            Request(messages=(Message(role="user", content=asked),), sampling=GREEDY, choices=("A", "B"))
        )
        a, b = math.exp(answer.choices["A"]), math.exp(answer.choices["B"])
        return a / (a + b), a + b

    there = await _all(p_first(scene, key, good, bad) for scene, key, good, bad in pairs)
    back = await _all(p_first(scene, key, bad, good) for scene, key, good, bad in pairs)
    averaged = [(one[0] + 1 - other[0]) / 2 for one, other in zip(there, back, strict=True)]
    single = [p > 0.5 for p, _ in there] + [p < 0.5 for p, _ in back]
    flips = sum((one[0] > 0.5) == (other[0] > 0.5) for one, other in zip(there, back, strict=True))
    return {
        "pairs": len(pairs),
        "accuracy": round(sum(p > 0.5 for p in averaged) / len(pairs), 4),
        "accuracy of one order": round(sum(single) / len(single), 4),
        "order flips": round(flips / len(pairs), 4),
        "mean P(A)": round(sum(p for p, _ in there + back) / (2 * len(pairs)), 4),
        "mass on A and B": round(sum(m for _, m in there + back) / (2 * len(pairs)), 4),
    }


def _record(world: World, scene: Scene, name: str) -> Record:
    return Record(id=name, prompt=(Message(role="user", content=world.prompt(scene)),), meta={"domain": scene.domain})


def _held_out_cases(world: World, rng: random.Random, count: int) -> list[Case]:
    cases = []
    for _ in range(count):
        scene, key = held_out_scene(world, rng)
        cases.append((scene, world.text(scene, world.plan(scene, rng, bad=0.5, missing=0.5, trained=False)), key))
    return cases


async def _all(jobs: Iterable[Awaitable[Any]]) -> list[Any]:
    return list(await asyncio.gather(*jobs))


async def _main(options: argparse.Namespace) -> dict[str, Any]:
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
    figures = asyncio.run(_main(options))
    print(json.dumps(figures, indent=2))
    if options.output:
        options.output.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
