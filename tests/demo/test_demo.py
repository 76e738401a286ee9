"""The demo world and its checker; the shipped model, measured on the real engine."""

import asyncio
import random
from pathlib import Path
from typing import Any

import pytest
from tools.demo_model import prompts
from tools.demo_model.measure import measure

from caigen.demo import world as worlds
from caigen.demo.world import Sentence, World
from caigen.engines.open import DEMO_PATH
from caigen.engines.vllm import VLLMEngine
from caigen.io.read import Reader
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def world() -> World:
    return worlds.load()


def test_the_checker_reads_what_the_world_says(world: World) -> None:
    rng = random.Random(3)
    for _ in range(2000):
        scene = world.scene(rng)
        plan = world.plan(scene, rng, trained=False)
        text = world.text(scene, plan)
        assert world.read(scene.domain, text) == plan
        broken = {key for key in world.principles(scene.domain) if world.finding(scene, plan, key).violates}
        assert world.flaws(scene.domain, text) == broken
        for key in broken:
            mended = world.text(scene, world.revised(plan, key, rng))
            assert world.flaws(scene.domain, mended) == broken - {key}


def test_what_the_checker_does_not_know_is_none(world: World) -> None:
    assert world.read("general", "Purple is a number.") == [None]
    scene = world.scene(random.Random(1), domain="healthcare")
    assert world.flaws("healthcare", world.sentence_text(scene, Sentence("bad", 0, "HC-001"))) == {"HC-001", "HC-004"}


def test_examples_are_those_of_the_generator_and_half_are_held_out(tmp_path: Path, world: World) -> None:
    prompts.write_examples(tmp_path)
    records = []
    for name in prompts.FILES.values():
        assert (tmp_path / f"{name}.jsonl").read_bytes() == (ROOT / "examples" / f"{name}.jsonl").read_bytes()
        records += list(Reader(ROOT / "examples" / f"{name}.jsonl"))
    assert len(records) >= 200
    assert 0.45 < sum(record.meta["held_out"] for record in records) / len(records) < 0.55


def test_the_weights_are_small() -> None:
    assert sum(file.stat().st_size for file in DEMO_PATH.iterdir()) <= 12 * 2**20


@pytest.fixture(scope="module")
def figures(engine: VLLMEngine) -> dict[str, Any]:
    return asyncio.run(measure(engine, 256, 5))


@pytest.mark.parametrize(
    ("part", "name", "least"),
    [
        ("seen", "critique parses", 0.98),
        ("seen", "verdict right", 0.95),
        ("held_out", "verdict right", 0.88),
        ("seen", "quote found in the text", 0.90),
        ("seen", "named flaw fixed", 0.93),
        ("held_out", "named flaw fixed", 0.80),
        ("seen", "every other sentence kept", 0.80),
    ],
)
def test_the_model_holds_its_figures(figures: dict[str, Any], part: str, name: str, least: float) -> None:
    share, trials = figures[part][name]
    assert share >= least, (part, name, share, trials)


def test_the_judge_holds_its_figures(figures: dict[str, Any]) -> None:
    assert figures["judge_seen"]["accuracy"] >= 0.90
    assert figures["judge_held_out"]["accuracy"] >= 0.80
    assert 0.45 <= figures["judge_seen"]["mean P(A)"] <= 0.55


def test_the_loop_mends_answers(figures: dict[str, Any]) -> None:
    first, *_, last = figures["flawed"]
    assert 0.60 <= first <= 0.90
    assert first - last >= 0.25
    assert figures["records"] == 256
