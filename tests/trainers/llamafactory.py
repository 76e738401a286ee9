"""LLaMA-Factory's `get_dataset` on the rows and the written `dataset_info.json`, for its stages `rm` (DPO too) and
`sft`.
"""

import os
from pathlib import Path
from typing import Any

from tests.trainers.told import Example, demo_tokenizer, labelled, stand_in, tell

os.environ["DISABLE_VERSION_CHECK"] = "1"  # it wants an older transformers than the one installed
stand_in("torchaudio")  # for sound in prompts; its builds for a CPU break transformers

from llamafactory.data import get_dataset, get_template_and_fix_tokenizer  # noqa: E402
from llamafactory.data.formatter import EmptyFormatter, StringFormatter  # noqa: E402
from llamafactory.data.template import register_template  # noqa: E402
from llamafactory.hparams import DataArguments, ModelArguments, TrainingArguments  # noqa: E402

# the demo model's template as one of LLaMA-Factory's: it brings one for each model that it knows, and without
# `template`
# guesses one that has the first token of the conversation before each user's turn
register_template(
    name="demo",
    format_prefix=EmptyFormatter(slots=["<|bos|>"]),
    format_system=StringFormatter(slots=["<|system|>{{content}}<|end|>"]),
    format_user=StringFormatter(slots=["<|user|>{{content}}<|end|><|assistant|>"]),
    format_assistant=StringFormatter(slots=["{{content}}<|end|>"]),
)


def loaded(folder: Path, stage: str, dataset: str, **options: bool) -> tuple[Any, Any]:
    """The data set as its trainer gets it, with the tokenizer."""
    data = DataArguments("demo", dataset, dataset_dir=str(folder), cutoff_len=4096, **options)
    training = TrainingArguments(output_dir=str(folder / "out"), use_cpu=True)
    tokenizer = demo_tokenizer()
    template = get_template_and_fix_tokenizer(tokenizer, data)
    model = ModelArguments(model_name_or_path=str(tokenizer.name_or_path))
    return get_dataset(template, model, data, training, stage, tokenizer)["train_dataset"], tokenizer


def pairs(folder: Path, dataset: str) -> list[Example]:
    """Both sides of each pair."""
    rows, tokenizer = loaded(folder, "rm", dataset)
    sides = ("chosen", "rejected")
    return [
        {side: labelled(tokenizer, row[f"{side}_input_ids"], row[f"{side}_labels"]) for side in sides} for row in rows
    ]


def sft(folder: Path, **options: bool) -> list[Example]:
    """Whole conversations."""
    rows, tokenizer = loaded(folder, "sft", "sft", **options)
    return [labelled(tokenizer, row["input_ids"], row["labels"]) for row in rows]


def read(folder: Path) -> dict[str, list[Example]]:
    """Pairs, the two files of a split, and SFT with and without `mask_history`."""
    found = {name: pairs(folder, name) for name in ("pairs", "split.train", "split.test")}
    return found | {"sft": sft(folder, mask_history=True), "sft_all": sft(folder)}


if __name__ == "__main__":
    tell(read)
