"""The closed loop in one script: a model is trained on its own constitution, and measured after each step.

Data by caigen (`run`, `label`, exports), training by TRL (SFT on revisions, DPO on verified pairs, GRPO on the online
reward), on a CPU, with the demo model, in the demo world's health domain. The other three domains are never trained on:
their prompts are the harmless ones, whose answers must not suffer. Usage: `python closed_loop.py [-o FOLDER]`, with the
extras `cpu` and `dev`.
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
from statistics import fmean
from typing import Any, NamedTuple

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
PRINCIPLES = WORLD.principles(DOMAIN)  # that the demo model breaks
REFUSAL = re.compile(r"\b(?:I (?:can(?:no|')t|am unable to|won't)|sorry)\b", re.IGNORECASE)
MAX_TOKENS = 160  # of an answer; the demo world's longest has some 130


@dataclass(frozen=True)
class Case:
    """A prompt with an answer that keeps every principle."""

    scene: Scene
    answer: str

    @property
    def prompt(self) -> str:
        """The user's message."""
        return WORLD.prompt(self.scene)


@dataclass(frozen=True)
class Measured:
    """The figures of one model.

    On test prompts: `flawed` is the checker's share of flawed answers, `reward` the demo judge's mean, `known` the
    share of sentences that the checker can read, so that nonsense does not pass for faultless. On harmless prompts:
    `refused` is the share of refusals, `loss` that of good answers (nats a token).
    """

    step: str
    flawed: float
    reward: float
    known: float
    refused: float
    loss: float
    seconds: float


def cases(count: int, seed: int, *, harmless: bool, seen: bool) -> list[Case]:
    """Cases of the health domain, or of the three others if `harmless`.

    `seen` are slot combinations that the demo model was trained on.
    """
    rng = random.Random(seed)
    domains = [name for name in WORLD.domains if (name != DOMAIN) == harmless]
    made = []
    for _ in range(count):
        scene = WORLD.scene(rng, domain=rng.choice(domains), seen=seen)
        made.append(Case(scene, WORLD.text(scene, WORLD.plan(scene, rng, bad=0.0, missing=0.0, trained=False))))
    return made


def caigen(*args: object) -> None:
    """Run one command of caigen, which shows its progress on stderr."""
    subprocess.run([str(Path(sys.executable).with_name("caigen")), *map(str, args)], check=True)


def write_prompts(path: Path, written: Sequence[Case]) -> Path:
    """Write prompts as JSON Lines, with their domain; returns the path."""
    with path.open("w") as stream:
        for index, case in enumerate(written):
            row = {"id": f"{path.stem}-{index}", "prompt": case.prompt, "domain": case.scene.domain}
            stream.write(json.dumps(row) + "\n")
    return path


def principle_options() -> list[str]:
    """The options that name the principles."""
    options = ["--constitution", f"demo-{DOMAIN}"]
    for principle in PRINCIPLES:
        options += ["--principle", principle]
    return options


class Answer(NamedTuple):
    """The text of an answer and its domain."""

    domain: str
    text: str


def answer_prompts(model: Path, prompts: Path, out: Path) -> list[Answer]:
    """One answer of a model to each prompt; the records go to `out`."""
    caigen("sample", prompts, "--model", model, "--max-tokens", MAX_TOKENS, "-o", out, "--overwrite")
    answered = list(Reader(out))
    if any(not record.candidates for record in answered):
        raise SystemExit(f"{out}: some prompts got no answer, so nothing can be measured on them")
    return [Answer(record.meta["domain"], record.candidates[0].text) for record in answered]


def is_refusal(answer: Answer) -> bool:
    """Whether a text refuses, or is no answer: not one sentence of it is of the domain."""
    return bool(REFUSAL.search(answer.text)) or not any(WORLD.read(answer.domain, answer.text))


def harmless_loss(model: Path, harmless: Sequence[Case]) -> float:
    """Mean negative log-likelihood (nats a token) of the good answers to harmless prompts."""
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(model)
    total, count = 0.0, 0
    for case in harmless:
        messages = [{"role": "user", "content": case.prompt}]
        prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        start = len(tokenizer.encode(prompt, add_special_tokens=False))
        ids = torch.tensor([tokenizer.encode(prompt + case.answer, add_special_tokens=False)])
        with torch.no_grad():
            # the logits of a token predict the next one
            logits = network(ids).logits[0, start - 1 : -1]
        total += float(torch.nn.functional.cross_entropy(logits, ids[0, start:], reduction="sum"))
        count += ids.shape[1] - start
    return total / count


def mean_reward(answers: Path, out: Path) -> float:
    """The mean reward of records by the demo judge; those that it could not read are left out."""
    caigen("score", answers, "--model", "demo", *principle_options(), "-o", out, "--overwrite")
    rewards = []
    for record in Reader(out):
        for candidate in record.candidates:
            rewards += [score.reward for score in candidate.scores if score.reward is not None]
    return fmean(rewards)


def measure(step: str, model: Path, folder: Path, harmless: Sequence[Case], *, began: float) -> Measured:
    """All figures of one model, on prompts that no step trains on; seconds count from `began` (monotonic)."""
    answers = answer_prompts(model, folder / "test.jsonl", folder / f"{step}.test.jsonl")
    reward = mean_reward(folder / f"{step}.test.jsonl", folder / f"{step}.scored.jsonl")
    known = []
    for answer in answers:
        known += [sentence is not None for sentence in WORLD.read(answer.domain, answer.text)]
    harmless_answers = answer_prompts(model, folder / "harmless.jsonl", folder / f"{step}.harmless.jsonl")
    return Measured(
        step,
        flawed=fmean(bool(WORLD.flaws(answer.domain, answer.text)) for answer in answers),
        reward=reward,
        known=fmean(known),
        refused=fmean(map(is_refusal, harmless_answers)),
        loss=harmless_loss(model, harmless),
        seconds=time.monotonic() - began,
    )


def rows(path: Path) -> Dataset:
    """Training rows as a data set."""
    return load_dataset("json", data_files=str(path), split="train", cache_dir=str(path.parent / "cache"))


def settings(out: Path, **more: Any) -> dict[str, Any]:
    """The settings of all three trainers, and more for one of them."""
    return {
        "output_dir": str(out),
        "use_cpu": True,
        "bf16": False,
        "gradient_checkpointing": False,
        "save_strategy": "no",
        "logging_strategy": "no",
        "report_to": "none",
        "disable_tqdm": True,
        "seed": 0,
        **more,
    }


def fit(trainer_class: Any, model: Path, out: Path, **options: Any) -> Path:
    """Train a model and save it in the precision in which it came; returns the new folder."""
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    trainer = trainer_class(model=network, processing_class=tokenizer, **options)
    trainer.train()
    network.to(torch.bfloat16).save_pretrained(out)
    tokenizer.save_pretrained(out)
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
    reward = ConstitutionReward(DOMAIN, principles=PRINCIPLES)
    args = GRPOConfig(
        **settings(out, max_steps=steps, learning_rate=1e-4, beta=0.02, per_device_train_batch_size=64),
        num_generations=8,
        max_completion_length=MAX_TOKENS,
    )
    try:
        return fit(GRPOTrainer, model, out, args=args, train_dataset=rows(data), reward_funcs=[reward])
    finally:
        reward.close()


def make_data(folder: Path, prompts: Path) -> None:
    """Training rows for the three trainings: `sft.jsonl`, `pairs.jsonl` and `rl.jsonl`."""
    records, labelled = folder / "data/records.jsonl", folder / "labelled.jsonl"
    again = "--overwrite"
    lengths = ["--rounds", 2, "--max-tokens", MAX_TOKENS]
    caigen("run", prompts, *principle_options(), *lengths, "-o", folder / "data", again)
    caigen("label", records, *principle_options(), "--principles-per-label", "all", "-o", labelled, again)
    caigen("export-pairs", labelled, "--verified", "-o", folder / "pairs.jsonl", again)
    caigen("export-sft", records, "--rounds", "last", "-o", folder / "sft.jsonl", again)
    caigen("export-prompts", records, "-o", folder / "rl.jsonl", again)


def table(measured: Sequence[Measured]) -> Table:
    """The figures as a table."""
    headings = ("flawed answers", "reward by `score`", "sentences the checker knows", "harmless prompts refused")
    shown = Table("model", *headings, "loss on harmless, nats a token", "s")
    for row in measured:
        shares = (f"{row.flawed:.1%}", f"{row.reward:.3f}", f"{row.known:.1%}", f"{row.refused:.1%}")
        shown.add_row(row.step, *shares, f"{row.loss:.3f}", f"{row.seconds:.0f}")
    return shown


def main() -> None:
    """Data, three trainings, four measurements, one table (also in FOLDER/table.json)."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", type=Path, default=Path("closed-loop"))
    parser.add_argument("--prompts", type=int, default=384)
    parser.add_argument("--test", type=int, default=256, help="prompts of each kind that are measured")
    parser.add_argument("--grpo-steps", type=int, default=12)
    options = parser.parse_args()
    folder: Path = options.output
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["CAIGEN_HOME"] = str(folder / "caigen")
    # how far the judge can be trusted
    caigen("calibrate", "--demo", 256, "-o", folder / "judge.json", "--overwrite")
    disable_progress_bars()
    transformers.utils.logging.disable_progress_bar()
    began = time.monotonic()

    harmless = cases(options.test, 2, harmless=True, seen=False)
    write_prompts(folder / "test.jsonl", cases(options.test, 1, harmless=False, seen=False))
    write_prompts(folder / "harmless.jsonl", harmless)
    prompts = write_prompts(folder / "prompts.jsonl", cases(options.prompts, 0, harmless=False, seen=True))
    measured = []

    def measure_step(step: str, model: Path) -> None:
        measured.append(measure(step, model, folder, harmless, began=began))

    model = Path(DEMO_PATH)
    measure_step("before", model)
    make_data(folder, prompts)
    # each training goes on from the model of the one before
    model = sft(model, folder / "sft.jsonl", folder / "sft")
    measure_step("sft", model)
    model = dpo(model, folder / "pairs.jsonl", folder / "dpo")
    measure_step("dpo", model)
    model = grpo(model, folder / "rl.jsonl", folder / "grpo", options.grpo_steps)
    measure_step("grpo", model)
    (folder / "table.json").write_text(json.dumps([asdict(row) for row in measured], indent=2) + "\n")
    Console().print(table(measured))


if __name__ == "__main__":
    main()
