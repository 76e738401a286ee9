"""axolotl's `prepare_datasets` and `prepare_preference_datasets`, with the options of docs/exports.md."""

import os
from pathlib import Path
from typing import Any

from caigen.engines.open import DEMO_PATH
from tests.trainers.told import Example, demo_tokenizer, labelled, stand_in, tell

os.environ["AXOLOTL_DO_NOT_TRACK"] = "1"  # it calls home otherwise,
stand_in("posthog")  # by this

from axolotl.utils.data.rl import prepare_preference_datasets  # noqa: E402
from axolotl.utils.data.sft import prepare_datasets  # noqa: E402
from axolotl.utils.dict import DictDefault  # noqa: E402


def config(folder: Path, kind: str, **options: Any) -> Any:
    """A configuration with one data set, as axolotl reads it from YAML."""
    return DictDefault(
        base_model=str(DEMO_PATH),
        tokenizer_config=str(DEMO_PATH),
        datasets=[{"path": str(folder / f"{kind}.jsonl"), "ds_type": "json", "split": "train", **options}],
        dataset_prepared_path=str(folder / f"prepared-{kind}"),
        sequence_len=4096,
        dataset_num_proc=1,
        micro_batch_size=1,
        batch_size=1,
        num_epochs=1,
        val_set_size=0,
    )


def pairs(folder: Path, tokenizer: Any) -> list[Example]:
    """DPO: three texts, which TRL's trainer puts together."""
    cfg = config(folder, "pairs", type="chat_template.default", field_messages="prompt")
    cfg.rl = "dpo"
    rows, _ = prepare_preference_datasets(cfg, tokenizer)
    return [
        {side: {"text": row["prompt"] + row[side], "learned": row[side]} for side in ("chosen", "rejected")}
        for row in rows
    ]


def sft(folder: Path, tokenizer: Any) -> list[Example]:
    """Conversations in which each message says whether it is learned."""
    cfg = config(folder, "sft", type="chat_template", message_field_training="training")
    rows, *_ = prepare_datasets(cfg, tokenizer)
    return [labelled(tokenizer, row["input_ids"], row["labels"]) for row in rows]


def read(folder: Path) -> dict[str, list[Example]]:
    """Both kinds."""
    tokenizer = demo_tokenizer()
    return {"pairs": pairs(folder, tokenizer), "sft": sft(folder, tokenizer)}


if __name__ == "__main__":
    tell(read)
