"""torchtune's `preference_dataset` and `chat_dataset`."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.trainers.told import Example, demo_tokenizer, labelled, stand_in, tell

stand_in("torchvision", "torchvision.transforms.v2")  # for images

from torchtune.data import Message  # noqa: E402
from torchtune.datasets import chat_dataset, preference_dataset  # noqa: E402


class DemoTokenizer:
    """The demo model's template as a torchtune ModelTokenizer: torchtune brings one for each model that it knows."""

    max_seq_len = None

    def __init__(self) -> None:
        self.inner = demo_tokenizer()

    def tokenize_messages(self, messages: list[Message]) -> tuple[list[int], list[bool]]:
        """Tokens, and whether each is masked."""
        ids, masks = [self.inner.bos_token_id], [True]
        for message in messages:
            opened = self.inner.encode(f"<|{message.role}|>", add_special_tokens=False)
            said = self.inner.encode(f"{message.text_content}<|end|>", add_special_tokens=False)
            ids += opened + said
            masks += [True] * len(opened) + [message.masked] * len(said)
        return ids, masks

    def __call__(self, sample: Mapping[str, Any]) -> dict[str, Any]:
        """As `chat_dataset` asks."""
        tokens, mask = self.tokenize_messages(sample["messages"])
        return {"tokens": tokens, "mask": mask}


def pairs(path: Path, tokenizer: DemoTokenizer) -> list[Example]:
    """Both sides of each pair."""
    made = preference_dataset(tokenizer, source="json", data_files=str(path), split="train")
    rows = (made[place] for place in range(len(made)))
    sides = ("chosen", "rejected")
    return [
        {side: labelled(tokenizer.inner, row[f"{side}_input_ids"], row[f"{side}_labels"]) for side in sides}
        for row in rows
    ]


def sft(path: Path, tokenizer: DemoTokenizer) -> list[Example]:
    """Whole conversations."""
    made = chat_dataset(
        tokenizer,
        source="json",
        data_files=str(path),
        split="train",
        conversation_column="messages",
        conversation_style="openai",
    )
    rows = (made[place] for place in range(len(made)))
    return [labelled(tokenizer.inner, row["tokens"], row["labels"]) for row in rows]


def read(folder: Path) -> dict[str, list[Example]]:
    """Both kinds."""
    tokenizer = DemoTokenizer()
    return {"pairs": pairs(folder / "pairs.jsonl", tokenizer), "sft": sft(folder / "sft.jsonl", tokenizer)}


if __name__ == "__main__":
    tell(read)
