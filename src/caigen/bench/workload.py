"""What is measured: prompts, and output lengths with a heavy tail, both drawn by hash."""

import json
import math
import random
import shutil
from pathlib import Path
from statistics import NormalDist

from caigen.demo import world as worlds
from caigen.hashing import uniform
from caigen.records import Message, Record

SPREAD = 0.8  # of the logarithm of output lengths: one in ten is 2.8 times the median or longer
SHORTEST = 8  # tokens
FILLER = "Here is what was said before and what the reader may want to know about it in the end. "
# https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json, with the demo model's vocabulary
SHAPE_8B = {
    "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 500000.0, "max_position_embeddings": 16384,
}  # fmt: skip


def records(count: int, *, words: int = 0, seed: int = 0) -> list[Record]:
    """Prompts of the demo world, each different; `words` lengthens them by so many words of filler."""
    world, rng = worlds.load(), random.Random(seed)
    filler = (FILLER.split() * (words // len(FILLER.split()) + 1))[:words]
    found = []
    for place in range(count):
        text = f"Case {place}. {world.prompt(world.scene(rng))} {' '.join(filler)}".strip()
        found.append(Record(id=f"b{place}", prompt=(Message(role="user", content=text),)))
    return found


def length(record_id: str, call: int, *, median: int, longest: int) -> int:
    """Output tokens of a record's nth request: log-normal, cut off at `longest`."""
    drawn = NormalDist(math.log(median), SPREAD).inv_cdf(min(max(uniform("length", record_id, call), 1e-9), 1 - 1e-9))
    return max(SHORTEST, min(longest, round(math.exp(drawn))))


def shape_8b(demo: Path, folder: Path) -> Path:
    """A model folder of 8 billion parameters' shape without weights, for `load_format=dummy`."""
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("*.safetensors"), dirs_exist_ok=True)
    config = json.loads((demo / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | SHAPE_8B | {"tie_word_embeddings": False}))
    return folder
