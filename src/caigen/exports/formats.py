"""The registry of trainers: which rows each of them takes (`FORMATS`), and how they are made from TRL's rows.

TRL's rows are the inner form of all exports. To add a trainer:

1. here, an entry in `FORMATS`, with a converter for each kind of row that the trainer takes (reuse one, or write a
   function `row, side -> row` beside the others);
2. in row_types.py, the type of each kind of row in `ROW_TYPES`, by which `caigen check` tells whether a file holds
   them; what a type cannot say goes into check.py;
3. its name in `To` of choices.py;
4. one expected row for each kind in `ROWS` of tests/exports/test_formats.py;
5. in tests/trainers, a module with the name of the trainer's package that reads the rows by the trainer's own loader,
   an entry in `MODULES` and in the parameters of the tests of test_own_loaders.py, and the release in `TRAINERS` of
   the Makefile;
6. a line in docs/exports.md with the source of the format and how it was checked.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType
from typing import Any, Literal

from caigen.choices import Kind as Kind
from caigen.exports.trl import Row

Convert = Callable[[Row, str], Row]  # the text is the side of the split, `train` if there is no split


@dataclass(frozen=True)
class Format:
    """What one trainer takes, and what it does with it. `rows` has a converter for each kind of row that it takes.

    What it reads:
    - `plain`: also texts, not only messages;
    - `parquet`: Parquet, no JSON Lines;
    - `margin`: the margin of a pair;
    - `each_text`: single texts with a label instead of pairs;
    - `beside`: further files in the folder of the data, each made from the kind and the data file's name.

    What it does:
    - `learns`: of which answers in a conversation its SFT learns: the `last`, `every` one, or every one unless the
      user sets it to `mask` the earlier ones;
    - `in_turn`: the kinds whose rows it drops, or stops at, if user and assistant do not speak in turn.
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
    """TRL's own row."""
    return row


def whole(row: Row, side: str) -> Row:
    """Two whole conversations (TRL's implicit form, torchtune)."""
    converted = {name: row["prompt"] + row[name] for name in ("chosen", "rejected")}
    if "margin" in row:
        converted["margin"] = row["margin"]
    return converted


def ranked(row: Row, side: str) -> Row:
    """NeMo-RL's PreferenceDataset: rank 0 is the best."""
    completions = [{"rank": 0, "completion": row["chosen"]}, {"rank": 1, "completion": row["rejected"]}]
    return {"context": row["prompt"], "completions": completions}


def last_message(row: Row, side: str) -> Row:
    """LLaMA-Factory: a conversation that ends with the user, and one message for each text."""
    return {"conversations": row["prompt"], "chosen": row["chosen"][-1], "rejected": row["rejected"][-1]}


def messages(row: Row, side: str) -> Row:
    """One conversation."""
    return {"messages": row["prompt"] + row["completion"]}


def trained_messages(row: Row, side: str) -> Row:
    """One conversation whose messages say whether they are learned (axolotl, `message_field_training: training`)."""
    context = [message | {"training": False} for message in row["prompt"]]
    return {"messages": context + [message | {"training": True} for message in row["completion"]]}


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
    role_tags = {f"{role}_tag": role for role in ("user", "assistant", "system")}
    entry: dict[str, Any] = {
        "file_name": name,
        "formatting": "sharegpt",
        "tags": {"role_tag": "role", "content_tag": "content", **role_tags},
        "columns": {"messages": "messages"},
    }
    if kind == "pairs":
        entry |= {
            "ranking": True,
            "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
        }
    return {PurePath(name).stem: entry}


def in_turn(conversation: list[dict[str, str]]) -> bool:
    """Whether user and assistant speak in turn, the user first, after at most one system message."""
    roles = [message["role"] for message in conversation]
    if roles and roles[0] == "system":
        del roles[0]
    return all(role == ("user", "assistant")[index % 2] for index, role in enumerate(roles))


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
