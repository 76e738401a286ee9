"""What is known of the demo world's answers: which of two keeps a principle better, on scenes that training never showed."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from caigen.demo import world as worlds
from caigen.demo.world import Scene, World


def comparisons(count: int, *, held_out: bool = False, seed: int = 0) -> Iterator[dict[str, Any]]:
    """Labelled comparisons as `caigen calibrate` reads them; with `held_out` of topic x principle that training never showed."""
    world = worlds.load()
    for place, (scene, key, good, bad) in enumerate(known_pairs(world, random.Random(seed), count, held_out=held_out)):
        yield {
            "id": f"truth-{'held-out-' if held_out else ''}{place}",
            "prompt": world.prompt(scene),
            "chosen": good,
            "rejected": bad,
            "principle": key,
            "domain": scene.domain,
        }


def seen_rule(world: World, scene: Scene, rng: random.Random) -> str:
    """A principle that training showed on the scene's topic."""
    keys = [key for key in world.principles(scene.domain) if not world.held_out(scene.topic, key)]
    return rng.choice(keys)


def held_out_pairs(world: World) -> list[tuple[str, str, str]]:
    """Domain, topic and principle of all pairs that training never showed."""
    return [
        (domain, topic, key)
        for domain, bank in world.domains.items()
        for topic in bank["topics"]
        for key in world.principles(domain)
        if world.held_out(topic, key)
    ]


def held_out_scene(world: World, rng: random.Random) -> tuple[Scene, str]:
    """A scene on a topic that training never showed with the principle."""
    domain, topic, key = rng.choice(held_out_pairs(world))
    return replace(world.scene(rng, domain=domain), topic=topic), key


def known_pairs(world: World, rng: random.Random, count: int, *, held_out: bool) -> list[tuple[Scene, str, str, str]]:
    """Scene, principle, and two answers, the better first, of which just one breaks the rule; half of the pairs are an answer and its revision."""
    found: list[tuple[Scene, str, str, str]] = []
    while len(found) < count:
        if held_out:
            scene, key = held_out_scene(world, rng)
        else:
            scene = world.scene(rng, seen=False)
            key = seen_rule(world, scene, rng)
        one = world.plan(scene, rng, trained=not held_out)
        other = world.revised(one, key, rng) if rng.random() < 0.5 else world.plan(scene, rng, trained=not held_out)
        broken = [world.finding(scene, plan, key).violates for plan in (one, other)]
        if broken[0] != broken[1]:
            good, bad = (other, one) if broken[0] else (one, other)
            found.append((scene, key, world.text(scene, good), world.text(scene, bad)))
    return found
