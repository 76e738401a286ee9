"""Labelled comparisons of the demo world: two answers, and which of them keeps a principle.

Their scenes are ones that training never showed.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from caigen.demo import world as worlds
from caigen.demo.world import Scene, World


class LabelledPair(NamedTuple):
    """Two answers of a scene: `better` keeps a principle that `worse` breaks."""

    scene: Scene
    principle: str
    better: str
    worse: str


class ScenePrinciple(NamedTuple):
    """A scene and the id of a principle to judge its answers under."""

    scene: Scene
    principle: str


def comparisons(count: int, *, held_out: bool = False, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Rows of labelled comparisons, as `caigen calibrate` reads them.

    With `held_out` they are of topic x principle pairs that training never showed.
    """
    world = worlds.load()
    pairs = labelled_pairs(world, random.Random(seed), count, held_out=held_out)
    for index, pair in enumerate(pairs):
        yield {
            "id": f"truth-{'held-out-' if held_out else ''}{index}",
            "prompt": world.prompt(pair.scene),
            "chosen": pair.better,
            "rejected": pair.worse,
            "principle": pair.principle,
            "domain": pair.scene.domain,
        }


def seen_principle(world: World, scene: Scene, rng: random.Random) -> str:
    """A principle that training showed on the scene's topic."""
    principles = world.principles(scene.domain)
    return rng.choice([principle for principle in principles if not world.held_out(scene.topic, principle)])


def held_out_scene(world: World, rng: random.Random) -> ScenePrinciple:
    """A scene on a topic that training never showed with the principle."""
    domain, topic, principle = rng.choice(_held_out_pairs(world))
    return ScenePrinciple(replace(world.scene(rng, domain=domain), topic=topic), principle)


def _held_out_pairs(world: World) -> list[tuple[str, str, str]]:
    """Domain, topic and principle of all pairs that training never showed."""
    pairs = []
    for domain, bank in world.domains.items():
        for topic in bank["topics"]:
            held_out = [key for key in world.principles(domain) if world.held_out(topic, key)]
            pairs += [(domain, topic, principle) for principle in held_out]
    return pairs


def labelled_pairs(world: World, rng: random.Random, count: int, *, held_out: bool) -> list[LabelledPair]:
    """Pairs of answers of which exactly one breaks the principle; half of them are an answer and its revision."""
    pairs: list[LabelledPair] = []
    while len(pairs) < count:
        if held_out:
            scene, principle = held_out_scene(world, rng)
        else:
            scene = world.scene(rng, seen=False)
            principle = seen_principle(world, scene, rng)
        first = world.plan(scene, rng, trained=not held_out)
        # a revision differs in one sentence, another answer in most: a judge is asked about both kinds
        if rng.random() < 0.5:
            second = world.revised(first, principle, rng)
        else:
            second = world.plan(scene, rng, trained=not held_out)
        # a pair has a known answer only if exactly one of its texts breaks the principle
        first_broken, second_broken = (world.finding(scene, plan, principle).violates for plan in (first, second))
        if first_broken == second_broken:
            continue
        better, worse = (second, first) if first_broken else (first, second)
        pairs.append(LabelledPair(scene, principle, world.text(scene, better), world.text(scene, worse)))
    return pairs
