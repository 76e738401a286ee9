"""What each trainer wants: converters from TRL's rows, which are the inner form of all exports.

A converter takes one row and gives one or more. Sources, and how each was checked, are in docs/exports.md.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Literal

from caigen.exports.trl import Row

Kind = Literal["pairs", "sft", "prompts", "spans"]
Convert = Callable[[Row], list[Row]]


@dataclass(frozen=True)
class Format:
    """One trainer's rows, by kind; a kind that is not there it does not take.

    `plain` says whether it takes texts where others take messages, `parquet` that it reads no JSON Lines. `beside` makes a
    further file that it needs in the folder of the data, from the kind and the data file's name.
    """

    rows: Mapping[Kind, Convert]
    plain: bool = False
    parquet: bool = False
    beside: Mapping[str, Callable[[Kind, str], Row]] = field(default_factory=lambda: MappingProxyType({}))


def same(row: Row) -> list[Row]:
    """TRL's own."""
    return [row]


def whole(row: Row) -> list[Row]:
    """Both whole conversations (TRL's implicit form, torchtune)."""
    made = {side: row["prompt"] + row[side] for side in ("chosen", "rejected")}
    return [made | ({"margin": row["margin"]} if "margin" in row else {})]


def unpaired(row: Row) -> list[Row]:
    """One row for each text, with whether it is the good one (TRL's KTO)."""
    return [
        {"prompt": row["prompt"], "completion": row[side], "label": side == "chosen"} for side in ("chosen", "rejected")
    ]


def ranked(row: Row) -> list[Row]:
    """NeMo-RL's PreferenceDataset: rank 0 is the best."""
    texts = [{"rank": rank, "completion": row[side]} for rank, side in enumerate(("chosen", "rejected"))]
    return [{"context": row["prompt"], "completions": texts}]


def last_message(row: Row) -> list[Row]:
    """LLaMA-Factory: a conversation that ends with the user, and one message for each text."""
    return [{"conversations": row["prompt"], "chosen": row["chosen"][-1], "rejected": row["rejected"][-1]}]


def messages(row: Row) -> list[Row]:
    """One conversation."""
    return [{"messages": row["prompt"] + row["completion"]}]


def trained_messages(row: Row) -> list[Row]:
    """One conversation whose messages say whether they are learned (axolotl, `message_field_training: training`)."""
    asked = [turn | {"training": False} for turn in row["prompt"]]
    return [{"messages": asked + [turn | {"training": True} for turn in row["completion"]]}]


def input_output(row: Row) -> list[Row]:
    """OpenRLHF with `--data.input_key input --data.output_key output`."""
    return [{"input": row["prompt"], "output": row["completion"]}]


def openrlhf_prompt(row: Row) -> list[Row]:
    """OpenRLHF with `--data.input_key input --data.label_key label`; the label travels to the reward."""
    return [{"input": row["prompt"], "label": row["id"], "datasource": "caigen"}]


def verl_prompt(row: Row) -> list[Row]:
    """verl's RL rows. The reward is a judgement, so there is no ground truth; it needs the prompt (rewards.py)."""
    return [
        {
            "data_source": "caigen",
            "prompt": row["prompt"],
            "ability": "alignment",
            "reward_model": {"style": "model", "ground_truth": ""},
            "extra_info": {"index": row["id"], "split": "train", "prompt": json.dumps(row["prompt"])},
        }
    ]


def dataset_info(kind: Kind, name: str) -> Row:
    """LLaMA-Factory's entry for a file in `dataset_info.json`, under its name without the ending (`pairs.train`)."""
    roles = {f"{role}_tag": role for role in ("user", "assistant", "system")}
    entry: dict[str, Any] = {
        "file_name": name,
        "formatting": "sharegpt",
        "tags": {"role_tag": "role", "content_tag": "content", **roles},
        "columns": {"messages": "messages"},
    }
    if kind == "pairs":
        entry |= {
            "ranking": True,
            "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
        }
    return {PurePath(name).stem: entry}


FORMATS: dict[str, Format] = {
    "trl": Format({"pairs": same, "sft": same, "prompts": same, "spans": same}, plain=True),
    "trl-reward": Format({"pairs": whole}),
    "trl-kto": Format({"pairs": unpaired}),
    "openrlhf": Format({"pairs": same, "sft": input_output, "prompts": openrlhf_prompt}),
    "axolotl": Format({"pairs": same, "sft": trained_messages}),
    "llama-factory": Format(
        {"pairs": last_message, "sft": messages}, beside=MappingProxyType({"dataset_info.json": dataset_info})
    ),
    "torchtune": Format({"pairs": whole, "sft": messages}),
    "nemo-rl": Format({"pairs": ranked, "sft": messages, "prompts": same}),
    "verl": Format({"sft": messages, "prompts": verl_prompt}, parquet=True),
}
