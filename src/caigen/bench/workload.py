"""The workload of a benchmark: prompts, and output lengths with a heavy tail, both drawn by hash."""

import json
import math
import random
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist

from caigen.demo import world as worlds
from caigen.hashing import uniform
from caigen.records import Message, Record

LOG_LENGTH_SPREAD = 0.8  # standard deviation: one output in ten is 2.8 times the median or longer
MIN_TOKENS = 8
FILLER = "Here is what was said before and what the reader may want to know about it in the end. "
# https://huggingface.co/meta-llama/Llama-3.1-8B/blob/main/config.json, with the demo model's vocabulary
SHAPE_8B = {
    "hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "head_dim": 128, "rope_theta": 500000.0, "max_position_embeddings": 16384,
}  # fmt: skip


@dataclass(frozen=True)
class Work:
    """The prompts of a run, its rounds, and the median and maximum of its output lengths in tokens."""

    prompts: list[Record]
    rounds: int = 3
    median: int = 48
    longest: int = 256


def records(count: int, *, words: int = 0, seed: int = 0) -> list[Record]:
    """Prompts of the demo world, each different; `words` words of filler make each longer."""
    world, rng = worlds.load(), random.Random(seed)
    filler_words = FILLER.split()
    repeats = words // len(filler_words) + 1
    filler = " ".join((filler_words * repeats)[:words])
    prompts = []
    for index in range(count):
        text = f"Case {index}. {world.prompt(world.scene(rng))} {filler}".strip()
        prompts.append(Record(id=f"b{index}", prompt=(Message(role="user", content=text),)))
    return prompts


def length(record_id: str, call: int, *, median: int, longest: int) -> int:
    """Output tokens of a record's nth request: log-normal around `median`, between MIN_TOKENS and `longest`."""
    quantile = min(max(uniform("length", record_id, call), 1e-9), 1 - 1e-9)  # the inverse has no value at 0 and 1
    logarithm = NormalDist(math.log(median), LOG_LENGTH_SPREAD).inv_cdf(quantile)
    return max(MIN_TOKENS, min(longest, round(math.exp(logarithm))))


def shape_8b(demo: Path, folder: Path) -> Path:
    """Write a model folder with the shape of an 8-billion-parameter model, without weights, for `load_format=dummy`."""
    shutil.copytree(demo, folder, ignore=shutil.ignore_patterns("*.safetensors"), dirs_exist_ok=True)
    config = json.loads((demo / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | SHAPE_8B | {"tie_word_embeddings": False}))
    return folder
