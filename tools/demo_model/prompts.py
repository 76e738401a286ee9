"""Write `examples/*.jsonl`: prompts of the demo world, half of them slot combinations that training never showed.

`python -m tools.demo_model.prompts -o examples` writes the same files every time.
"""

import argparse
import random
from pathlib import Path

from caigen.demo import world as worlds
from caigen.io.write import Writer

PER_DOMAIN = 64  # prompts
FILES = {"general": "general", "healthcare": "healthcare", "legal": "contracts", "finance": "payments"}


def write_examples(folder: Path, seed: int = 7) -> None:
    """Write one file per domain, with seen and held-out combinations alternating."""
    world = worlds.load()
    for domain, name in FILES.items():
        rng = random.Random(f"{seed} {domain}")
        scenes: dict[worlds.Scene, None] = {}  # a set that keeps its order
        while len(scenes) < PER_DOMAIN:
            scenes[world.scene(rng, domain=domain, seen=len(scenes) % 2 == 0)] = None
        with Writer(folder / f"{name}.jsonl") as rows:
            for number, scene in enumerate(scenes, 1):
                rows.write(
                    {
                        "id": f"{name}-{number:03}",
                        "prompt": world.prompt(scene),
                        "domain": domain,
                        "held_out": not scene.seen,
                    }
                )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path, default=Path("examples"))
    write_examples(parser.parse_args().output)
