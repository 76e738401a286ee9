"""OpenRLHF's datasets, as its `train_sft`, `train_dpo`, `train_rm` and `train_ppo_ray` make them."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from openrlhf.datasets import PromptDataset, RewardDataset, SFTDataset
from openrlhf.datasets.utils import blending_datasets

from tests.trainers.told import Example, demo_tokenizer, example, tell

LENGTH = 4096


def strategy(**options: str) -> Any:
    """What of DeepspeedStrategy the datasets read: the options `--data.KEY`."""
    data = SimpleNamespace(apply_chat_template=True, chosen_key="chosen", rejected_key="rejected", **options)
    return SimpleNamespace(args=SimpleNamespace(data=data), is_rank_0=lambda: True, print=print)


def pairs(path: Path, tokenizer: Any) -> list[Example]:
    """For DPO, which learns what follows the prompt."""
    told = []
    for chosen, _, rejected, _, start in each(preferences(path, tokenizer, is_dpo=True)):
        sides = {"chosen": chosen[0].tolist(), "rejected": rejected[0].tolist()}
        told.append(
            {
                side: example(tokenizer, ids, [place >= start for place in range(len(ids))])
                for side, ids in sides.items()
            }
        )
    return told


def margins(path: Path, tokenizer: Any) -> list[Example]:
    """For the reward model: whole texts, and by how much one is better."""
    return [
        {"chosen": tokenizer.decode(chosen[0]), "rejected": tokenizer.decode(rejected[0]), "margin": margin}
        for chosen, _, rejected, _, margin in each(preferences(path, tokenizer, is_dpo=False))
    ]


def preferences(path: Path, tokenizer: Any, *, is_dpo: bool) -> RewardDataset:
    """The data set of `train_dpo` and of `train_rm`."""
    how = strategy(prompt_key="prompt")
    rows = blending_datasets(str(path), strategy=how)
    return RewardDataset(rows, tokenizer, LENGTH, how, is_dpo=is_dpo, num_processors=1)


def each(made: Any) -> Iterator[Any]:
    """The examples of a torch data set, which ends with no IndexError."""
    return (made[place] for place in range(len(made)))


def sft(path: Path, tokenizer: Any) -> list[Example]:
    """A loss mask is for the token that comes next."""
    how = strategy(input_key="input", output_key="output")
    rows = blending_datasets(str(path), strategy=how)
    made = SFTDataset(rows, tokenizer, LENGTH, how, num_processors=1)
    return [example(tokenizer, ids[0].tolist(), [0, *mask[0].tolist()[:-1]]) for ids, _, mask in each(made)]


def prompts(path: Path, tokenizer: Any) -> list[Example]:
    """What is sampled from, and what the reward gets with it."""
    how = strategy(input_key="input", label_key="label")
    made = PromptDataset(blending_datasets(str(path), strategy=how), tokenizer, how)
    return [{"text": text, "id": label, "source": source} for source, text, label, _ in each(made)]


def read(folder: Path) -> dict[str, list[Example]]:
    """All kinds."""
    tokenizer = demo_tokenizer()
    return {kind: made(folder / f"{kind}.jsonl", tokenizer) for kind, made in KINDS.items()}


KINDS = {"pairs": pairs, "margins": margins, "sft": sft, "prompts": prompts}

if __name__ == "__main__":
    tell(read)
