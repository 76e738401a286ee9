"""The whole idea in one script: a model teaches itself its constitution, and is measured after each step.

Data by caigen (`run`, `label`, exports), training by TRL (SFT on revisions, DPO on verified pairs, GRPO on the reward
on line), on a CPU, with the demo model, in the demo world's health domain. The other three domains are never trained
on: their prompts are the harmless ones, whose answers must not suffer. Usage: `python closed_loop.py [-o FOLDER]`,
with the extras `cpu` and `dev`.
"""

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import transformers
from datasets import Dataset, disable_progress_bars, load_dataset
from rich.console import Console
from rich.table import Table
from transformers import AutoModelForCausalLM, AutoTokenizer
from trl import DPOConfig, DPOTrainer, GRPOConfig, GRPOTrainer, SFTConfig, SFTTrainer

from caigen.demo import world as worlds
from caigen.demo.world import Scene
from caigen.engines.open import DEMO_PATH
from caigen.io.read import Reader
from caigen.rewards import ConstitutionReward

DOMAIN = "healthcare"
WORLD = worlds.load()
RULES = WORLD.principles(DOMAIN)  # those that the demo model breaks
REFUSAL = re.compile(r"\b(?:I (?:can(?:no|')t|am unable to|won't)|sorry)\b", re.IGNORECASE)
LONGEST = 160  # tokens of an answer; the demo world's longest has some 130


@dataclass(frozen=True)
class Case:
    """A prompt with an answer that keeps every rule."""

    scene: Scene
    answer: str

    @property
    def prompt(self) -> str:
        """What the user says."""
        return WORLD.prompt(self.scene)


@dataclass(frozen=True)
class Measured:
    """The figures of one model.

    `flawed` is measured by the checker, `reward` by the demo judge. `known` is the share of sentences that the checker
    can read, so that nonsense does not pass for faultless. `refused` and `loss` (nats per token) are of harmless
    prompts.
    """

    step: str
    flawed: float
    reward: float
    known: float
    refused: float
    loss: float
    seconds: float


def cases(count: int, seed: int, *, harmless: bool, seen: bool) -> list[Case]:
    """Cases of the health domain, or of the three others; `seen` are slot combinations of the training."""
    rng = random.Random(seed)
    domains = [name for name in WORLD.domains if (name != DOMAIN) == harmless]
    found = []
    while len(found) < count:
        scene = WORLD.scene(rng, domain=rng.choice(domains), seen=seen)
        found.append(Case(scene, WORLD.text(scene, WORLD.plan(scene, rng, bad=0.0, missing=0.0, trained=False))))
    return found


def caigen(*args: object) -> None:
    """One command of caigen; it says on stderr how far it is."""
    subprocess.run([str(Path(sys.executable).with_name("caigen")), *map(str, args)], check=True)


def write(path: Path, asked: Sequence[Case]) -> Path:
    """Prompts as JSON Lines, with their domain."""
    rows = [{"id": f"{path.stem}-{n}", "prompt": c.prompt, "domain": c.scene.domain} for n, c in enumerate(asked)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def principles() -> list[str]:
    """The options that name the rules."""
    return ["--constitution", f"demo-{DOMAIN}", *(part for rule in RULES for part in ("--principle", rule))]


def answers(model: Path, prompts: Path, out: Path) -> list[tuple[str, str]]:
    """Domain and text of one answer to each prompt."""
    caigen("sample", prompts, "--model", model, "--max-tokens", LONGEST, "-o", out, "--overwrite")
    answered = list(Reader(out))
    if any(not record.candidates for record in answered):
        raise SystemExit(f"{out}: some prompts got no answer, so nothing can be measured on them")
    return [(record.meta["domain"], record.candidates[0].text) for record in answered]


def refused(domain: str, text: str) -> bool:
    """Whether a text refuses, or is no answer: not one sentence of it is of the domain."""
    return bool(REFUSAL.search(text)) or not any(WORLD.read(domain, text))


def loss(model: Path, harmless: Sequence[Case]) -> float:
    """Mean negative log-likelihood (nats a token) of the good answers to harmless prompts."""
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    words = AutoTokenizer.from_pretrained(model)
    total, count = 0.0, 0
    for case in harmless:
        asked = [{"role": "user", "content": case.prompt}]
        head = words.apply_chat_template(asked, tokenize=False, add_generation_prompt=True)
        start = len(words.encode(head, add_special_tokens=False))
        ids = torch.tensor([words.encode(head + case.answer, add_special_tokens=False)])
        with torch.no_grad():
            logits = net(ids).logits[0, start - 1 : -1]
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, start:], reduction="sum"))
        count += ids.shape[1] - start
    return total / count


def measure(step: str, model: Path, folder: Path, harmless: Sequence[Case], *, began: float) -> Measured:
    """Everything about one model, on prompts that no step trains on."""
    told = answers(model, folder / "test.jsonl", folder / f"{step}.test.jsonl")
    caigen(
        "score",
        folder / f"{step}.test.jsonl",
        "--model",
        "demo",
        *principles(),
        "-o",
        folder / f"{step}.scored.jsonl",
        "--overwrite",
    )
    scores = [
        score.reward
        for record in Reader(folder / f"{step}.scored.jsonl")
        for candidate in record.candidates
        for score in candidate.scores
    ]
    read = [score for score in scores if score is not None]
    sentences = [sentence is not None for one in told for sentence in WORLD.read(*one)]
    others = answers(model, folder / "harmless.jsonl", folder / f"{step}.harmless.jsonl")
    return Measured(
        step,
        flawed=sum(bool(WORLD.flaws(*one)) for one in told) / len(told),
        reward=sum(read) / len(read),
        known=sum(sentences) / len(sentences),
        refused=sum(refused(*one) for one in others) / len(others),
        loss=loss(model, harmless),
        seconds=time.monotonic() - began,
    )


def rows(path: Path) -> Dataset:
    """Training rows."""
    return load_dataset("json", data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))


def settings(out: Path, **more: Any) -> dict[str, Any]:
    """What all three trainers are given."""
    common = {"output_dir": str(out), "use_cpu": True, "report_to": "none", "save_strategy": "no", "seed": 0}
    return (
        common | {"logging_strategy": "no", "disable_tqdm": True, "bf16": False, "gradient_checkpointing": False} | more
    )


def fit(trainer_of: Any, model: Path, out: Path, **more: Any) -> Path:
    """Train and save, in the precision in which the model came."""
    words = AutoTokenizer.from_pretrained(model)
    net = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    trainer = trainer_of(model=net, processing_class=words, **more)
    trainer.train()
    net.to(torch.bfloat16).save_pretrained(out)
    words.save_pretrained(out)
    return out


def sft(model: Path, data: Path, out: Path) -> Path:
    """Supervised fine-tuning on the last revisions."""
    args = SFTConfig(
        **settings(out, num_train_epochs=3, learning_rate=3e-4, per_device_train_batch_size=16, max_length=512)
    )
    return fit(SFTTrainer, model, out, args=args, train_dataset=rows(data))


def dpo(model: Path, data: Path, out: Path) -> Path:
    """Direct preference optimisation on pairs that the judge confirmed."""
    args = DPOConfig(
        **settings(
            out, num_train_epochs=2, learning_rate=2e-4, beta=0.1, per_device_train_batch_size=16, max_length=512
        )
    )
    return fit(DPOTrainer, model, out, args=args, train_dataset=rows(data))


def grpo(model: Path, data: Path, out: Path, steps: int) -> Path:
    """A few steps on the reward itself: the demo judge reads each answer while the model learns."""
    reward = ConstitutionReward(DOMAIN, principles=RULES)
    args = GRPOConfig(
        **settings(out, max_steps=steps, learning_rate=1e-4, beta=0.02, per_device_train_batch_size=64),
        num_generations=8,
        max_completion_length=LONGEST,
    )
    try:
        return fit(GRPOTrainer, model, out, args=args, train_dataset=rows(data), reward_funcs=[reward])
    finally:
        reward.close()


def make_data(folder: Path, prompts: Path) -> None:
    """Training rows for the three trainings: `sft.jsonl`, `pairs.jsonl` and `rl.jsonl`."""
    records, labelled = folder / "data/records.jsonl", folder / "labelled.jsonl"
    again = "--overwrite"
    sizes = ["--rounds", 2, "--max-tokens", LONGEST]
    caigen("run", prompts, *principles(), *sizes, "-o", folder / "data", again)
    caigen("label", records, *principles(), "--principles-per-label", "all", "-o", labelled, again)
    caigen("export-pairs", labelled, "--verified", "-o", folder / "pairs.jsonl", again)
    caigen("export-sft", records, "--rounds", "last", "-o", folder / "sft.jsonl", again)
    caigen("export-prompts", records, "-o", folder / "rl.jsonl", again)


def table(found: Sequence[Measured]) -> Table:
    """The figures as a person reads them."""
    heads = ("flawed answers", "reward by `score`", "sentences the checker knows", "harmless prompts refused")
    shown = Table("model", *heads, "loss on harmless, nats a token", "s")
    for one in found:
        shares = (f"{one.flawed:.1%}", f"{one.reward:.3f}", f"{one.known:.1%}", f"{one.refused:.1%}")
        shown.add_row(one.step, *shares, f"{one.loss:.3f}", f"{one.seconds:.0f}")
    return shown


def main() -> None:
    """Data, three trainings, four measurements, one table (also in FOLDER/table.json)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("closed-loop"))
    parser.add_argument("--prompts", type=int, default=384)
    parser.add_argument("--test", type=int, default=256, help="prompts of each kind that are measured")
    parser.add_argument("--grpo-steps", type=int, default=12)
    given = parser.parse_args()
    folder: Path = given.output
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["CAIGEN_HOME"] = str(folder / "caigen")
    caigen("calibrate", "--demo", 256, "-o", folder / "judge.json", "--overwrite")  # how far the judge can be trusted
    disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    began = time.monotonic()

    harmless = cases(given.test, 2, harmless=True, seen=False)
    write(folder / "test.jsonl", cases(given.test, 1, harmless=False, seen=False))
    write(folder / "harmless.jsonl", harmless)
    prompts = write(folder / "prompts.jsonl", cases(given.prompts, 0, harmless=False, seen=True))

    models = {"before": Path(DEMO_PATH)}
    found = [measure("before", models["before"], folder, harmless, began=began)]

    make_data(folder, prompts)
    steps = {
        "sft": lambda base: sft(base, folder / "sft.jsonl", folder / "sft"),
        "dpo": lambda base: dpo(base, folder / "pairs.jsonl", folder / "dpo"),
        "grpo": lambda base: grpo(base, folder / "rl.jsonl", folder / "grpo", given.grpo_steps),
    }
    model = models["before"]
    for step, train in steps.items():
        model = train(model)
        found.append(measure(step, model, folder, harmless, began=began))
    (folder / "table.json").write_text(json.dumps([asdict(one) for one in found], indent=2) + "\n")
    Console().print(table(found))


if __name__ == "__main__":
    main()
