"""What each trainer wants: converters from TRL's rows, which are the inner form of all exports, and what it does with them.

A converter takes one row. Sources, and how each was checked, are in docs/exports.md.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Literal

from caigen.exports.trl import Row

Kind = Literal["pairs", "sft", "prompts", "spans"]
Convert = Callable[[Row, str], Row]  # the second is the side of the split, `train` where there is none


@dataclass(frozen=True)
class Format:
    """One trainer's rows, by kind; a kind that is not there it does not take.

    What it reads: `plain` says whether it takes texts where others take messages, `parquet` that it reads no JSON Lines,
    `margin` whether it reads a pair's margin, `each_text` that it takes texts one by one instead of pairs. `beside` makes
    a further file that it needs in the folder of the data, from the kind and the data file's name.

    What it does with them: `learns` says of which answers of a conversation its SFT learns, the `last`, `every` one, or
    every one unless it is told to `mask` the earlier ones; rows of the kinds `in_turn` it drops, or stops at, where user
    and assistant do not speak in turn.
    """

    rows: Mapping[Kind, Convert]
    plain: bool = False
    parquet: bool = False
    margin: bool = False
    each_text: bool = False
    beside: Mapping[str, Callable[[Kind, str], Row]] = field(default_factory=lambda: MappingProxyType({}))
    learns: Literal["last", "mask", "every"] = "last"
    in_turn: tuple[Kind, ...] = ()


def same(row: Row, side: str) -> Row:
    """TRL's own."""
    return row


def whole(row: Row, side: str) -> Row:
    """Both whole conversations (TRL's implicit form, torchtune)."""
    made = {each: row["prompt"] + row[each] for each in ("chosen", "rejected")}
    return made | ({"margin": row["margin"]} if "margin" in row else {})


def ranked(row: Row, side: str) -> Row:
    """NeMo-RL's PreferenceDataset: rank 0 is the best."""
    texts = [{"rank": rank, "completion": row[each]} for rank, each in enumerate(("chosen", "rejected"))]
    return {"context": row["prompt"], "completions": texts}


def last_message(row: Row, side: str) -> Row:
    """LLaMA-Factory: a conversation that ends with the user, and one message for each text."""
    return {"conversations": row["prompt"], "chosen": row["chosen"][-1], "rejected": row["rejected"][-1]}


def messages(row: Row, side: str) -> Row:
    """One conversation."""
    return {"messages": row["prompt"] + row["completion"]}


def trained_messages(row: Row, side: str) -> Row:
    """One conversation whose messages say whether they are learned (axolotl, `message_field_training: training`)."""
    asked = [turn | {"training": False} for turn in row["prompt"]]
    return {"messages": asked + [turn | {"training": True} for turn in row["completion"]]}


def input_output(row: Row, side: str) -> Row:
    """OpenRLHF with `--data.input_key input --data.output_key output`."""
    return {"input": row["prompt"], "output": row["completion"]}


def openrlhf_prompt(row: Row, side: str) -> Row:
    """OpenRLHF with `--data.input_key input --data.label_key label`; the label travels to the reward."""
    return {"input": row["prompt"], "label": row["id"], "datasource": "caigen"}


def verl_prompt(row: Row, side: str) -> Row:
    """verl's RL rows. The reward is a judgement, so there is no ground truth; it needs the prompt (rewards.py)."""
    return {
        "data_source": "caigen",
        "prompt": row["prompt"],
        "ability": "alignment",
        "reward_model": {"style": "model", "ground_truth": ""},
        "extra_info": {"index": row["id"], "split": side, "prompt": json.dumps(row["prompt"])},
    }


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


def in_turn(turns: list[dict[str, str]]) -> bool:
    """Whether user and assistant speak in turn, the user first, a system message before them or none."""
    spoken = [turn["role"] for turn in (turns[1:] if turns and turns[0]["role"] == "system" else turns)]
    return all(role == ("user", "assistant")[place % 2] for place, role in enumerate(spoken))


FORMATS: dict[str, Format] = {
    "trl": Format({"pairs": same, "sft": same, "prompts": same, "spans": same}, plain=True, margin=True),
    "trl-reward": Format({"pairs": whole}, margin=True),
    "trl-kto": Format({"pairs": same}, each_text=True),
    "openrlhf": Format({"pairs": same, "sft": input_output, "prompts": openrlhf_prompt}, margin=True),
    "axolotl": Format({"pairs": same, "sft": trained_messages}),
    "llama-factory": Format(
        {"pairs": last_message, "sft": messages},
        beside=MappingProxyType({"dataset_info.json": dataset_info}),
        learns="mask",
        in_turn=("pairs", "sft"),
    ),
    "torchtune": Format({"pairs": whole, "sft": messages}, learns="every", in_turn=("sft",)),
    "nemo-rl": Format({"pairs": ranked, "sft": messages, "prompts": same}, learns="every"),
    "verl": Format({"sft": messages, "prompts": verl_prompt}, parquet=True, learns="every"),
}
