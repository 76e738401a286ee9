"""verl's MultiTurnSFTDataset and RLHFDataset on Parquet."""

from pathlib import Path
from typing import Any

from omegaconf import OmegaConf
from verl.utils.dataset.multiturn_sft_dataset import MultiTurnSFTDataset
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn

from tests.trainers.told import Example, demo_tokenizer, example, tell

LENGTH = 4096


def sft(path: Path, tokenizer: Any) -> list[Example]:
    """`data.max_length`, above which it stops (`data.truncation=error`)."""
    config = OmegaConf.create({"max_length": LENGTH, "truncation": "error", "pad_mode": "no_padding"})
    made = MultiTurnSFTDataset(str(path), tokenizer, config)
    rows = (made[place] for place in range(len(made)))
    return [example(tokenizer, row["input_ids"].tolist(), row["loss_mask"].tolist()) for row in rows]


def prompts(path: Path, tokenizer: Any, folder: Path) -> list[Example]:
    """The rows as a rollout gets them: after collating, with what the reward function is given."""
    config = OmegaConf.create({"max_prompt_length": LENGTH, "cache_dir": str(folder / "cache")})
    made = RLHFDataset(str(path), tokenizer, config)
    batch = collate_fn([made[place] for place in range(len(made))])
    return [
        {
            "text": tokenizer.apply_chat_template(list(prompt), add_generation_prompt=True, tokenize=False),
            "id": info["index"],
            "source": source,
            "asked": info["prompt"],
            "truth": reward["ground_truth"],
        }
        for prompt, info, source, reward in zip(
            batch["raw_prompt"], batch["extra_info"], batch["data_source"], batch["reward_model"], strict=True
        )
    ]


def read(folder: Path) -> dict[str, list[Example]]:
    """Both kinds."""
    tokenizer = demo_tokenizer()
    return {
        "sft": sft(folder / "sft.parquet", tokenizer),
        "prompts": prompts(folder / "prompts.parquet", tokenizer, folder),
    }


if __name__ == "__main__":
    tell(read)
