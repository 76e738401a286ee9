"""TRL trains a step on each export, with the demo model."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoModelForSequenceClassification, AutoTokenizer
from trl import (
    DPOConfig,
    DPOTrainer,
    GRPOConfig,
    GRPOTrainer,
    KTOConfig,
    KTOTrainer,
    RewardConfig,
    RewardTrainer,
    SFTConfig,
    SFTTrainer,
)

from caigen.engines.open import DEMO_PATH
from caigen.rewards import ConstitutionReward
from tests.conftest import Run
from tests.exports.test_trl import load

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.timeout(300)]  # warnings are the trainer's own


def settings(kind: Callable[..., Any], out: Path, **more: Any) -> Any:
    """One step of eight rows on the CPU."""
    common = {
        "max_steps": 1,
        "per_device_train_batch_size": 8,
        "report_to": "none",
        "save_strategy": "no",
        "bf16": False,
    }
    return kind(output_dir=str(out), use_cpu=True, learning_rate=1e-3, logging_steps=1, **common, **more)


def step(trainer: Any) -> list[dict[str, float]]:
    """Train; what was logged. The loss is a number and the weights move."""
    name, weights = next((name, part) for name, part in trainer.model.named_parameters() if "mlp" in name)
    before = weights.detach().clone()
    trainer.train()
    logged: list[dict[str, float]] = trainer.state.log_history
    assert math.isfinite(logged[-1]["train_loss"])
    assert not torch.equal(before, dict(trainer.model.named_parameters())[name])
    return logged


def causal() -> Any:
    return AutoModelForCausalLM.from_pretrained(DEMO_PATH, dtype=torch.float32)


def words() -> Any:
    return AutoTokenizer.from_pretrained(DEMO_PATH)


def test_sft(demo: Path, tmp_path: Path) -> None:
    rows = load(demo / "sft.jsonl", tmp_path)
    trainer = SFTTrainer(
        model=causal(), args=settings(SFTConfig, tmp_path), train_dataset=rows, processing_class=words()
    )
    learned = [token for token in trainer.train_dataset[0]["labels"] if token >= 0]
    assert words().decode(learned, skip_special_tokens=True) == rows[0]["completion"][0]["content"]
    step(trainer)


def test_dpo(demo: Path, tmp_path: Path) -> None:
    rows = load(demo / "pairs.jsonl", tmp_path)
    args = settings(DPOConfig, tmp_path, max_length=512)
    logged = step(DPOTrainer(model=causal(), args=args, train_dataset=rows, processing_class=words()))
    assert any("rewards/accuracies" in entry for entry in logged)


def test_kto(caigen: Run, demo: Path, tmp_path: Path) -> None:
    caigen("export-pairs", demo / "records.jsonl", "--to", "trl-kto", "-o", tmp_path / "kto.jsonl")
    rows = load(tmp_path / "kto.jsonl", tmp_path)
    assert sum(rows["label"]) * 2 == len(rows)
    args = settings(KTOConfig, tmp_path, max_length=512)
    step(KTOTrainer(model=causal(), args=args, train_dataset=rows, processing_class=words()))


def test_reward_model(caigen: Run, demo: Path, tmp_path: Path) -> None:
    caigen("export-pairs", demo / "records.jsonl", "--to", "trl-reward", "-o", tmp_path / "reward.jsonl")
    rows = load(tmp_path / "reward.jsonl", tmp_path)
    model = AutoModelForSequenceClassification.from_pretrained(DEMO_PATH, dtype=torch.float32, num_labels=1)
    args = settings(RewardConfig, tmp_path, max_length=512)
    logged = step(RewardTrainer(model=model, args=args, train_dataset=rows, processing_class=words()))
    assert any("accuracy" in entry for entry in logged)


def test_grpo(caigen: Run, demo: Path, tmp_path: Path) -> None:
    caigen("export-prompts", demo / "records.jsonl", "-o", tmp_path / "prompts.jsonl")
    rows = load(tmp_path / "prompts.jsonl", tmp_path)
    reward = ConstitutionReward("general", principles=("GEN-001", "GEN-002"))
    args = settings(GRPOConfig, tmp_path, num_generations=4, max_completion_length=96)
    try:
        trainer = GRPOTrainer(
            model=causal(), reward_funcs=[reward], args=args, train_dataset=rows, processing_class=words()
        )
        logged = step(trainer)
    finally:
        reward.close()
    assert any(0 <= entry.get("rewards/constitution_reward/mean", -1) <= 1 for entry in logged)
    assert any("violates/GEN-001@1" in entry for entry in logged)
