"""Rows for each trainer: as its documents say, checked by type, and loaded where its loader is at hand."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import pytest

from caigen.exports.check import find_faults
from caigen.exports.formats import FORMATS, dataset_info
from caigen.exports.row_types import ROW_TYPES
from caigen.exports.shaping import Shaping
from caigen.exports.sinks import PromptSink, SftSink
from caigen.io.read import raw_rows
from caigen.records import Message
from caigen.stages.requests import PromptSettings
from tests.exports.rows import BAD, GOOD, TALK, chain, records, sink_of, written


def test_every_format_has_a_shape() -> None:
    assert {(name, kind) for name, form in FORMATS.items() for kind in form.rows} == set(ROW_TYPES)


@pytest.mark.parametrize(("to", "kind"), ROW_TYPES)
def test_rows_have_the_shape_and_load(to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings) -> None:
    path = written(kind, to, tmp_path, prompt_settings)
    assert find_faults(raw_rows(str(path)), to, kind) == []
    loader = "parquet" if path.suffix == ".parquet" else "json"
    rows = datasets.load_dataset(loader, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    origins = [json.loads(line) for line in (tmp_path / f"{kind}.provenance.jsonl").read_text().splitlines()]
    assert (
        len(rows)
        == len(origins)
        == {"pairs": 3, "sft": 6, "prompts": 3, "spans": 3}[kind] * (2 if to == "trl-kto" else 1)
    )


ROWS: dict[tuple[str, str], dict[str, Any]] = {  # what the second dialogue becomes, to the letter
    ("trl", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("trl", "sft"): {"prompt": TALK, "completion": [GOOD]},
    ("trl", "prompts"): {"prompt": TALK, "id": "r1"},
    ("trl-reward", "pairs"): {"chosen": [*TALK, GOOD], "rejected": [*TALK, BAD]},
    ("trl-kto", "pairs"): {"prompt": TALK, "completion": [GOOD], "label": True},
    ("openrlhf", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("openrlhf", "sft"): {"input": TALK, "output": [GOOD]},
    ("openrlhf", "prompts"): {"input": TALK, "label": "r1", "datasource": "caigen"},
    ("axolotl", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("axolotl", "sft"): {"messages": [turn | {"training": False} for turn in TALK] + [GOOD | {"training": True}]},
    ("llama-factory", "pairs"): {"conversations": TALK, "chosen": GOOD, "rejected": BAD},
    ("llama-factory", "sft"): {"messages": [*TALK, GOOD]},
    ("torchtune", "pairs"): {"chosen": [*TALK, GOOD], "rejected": [*TALK, BAD]},
    ("torchtune", "sft"): {"messages": [*TALK, GOOD]},
    ("nemo-rl", "pairs"): {
        "context": TALK,
        "completions": [{"rank": 0, "completion": [GOOD]}, {"rank": 1, "completion": [BAD]}],
    },
    ("nemo-rl", "sft"): {"messages": [*TALK, GOOD]},
    ("nemo-rl", "prompts"): {"prompt": TALK, "id": "r1"},
    ("verl", "sft"): {"messages": [*TALK, GOOD]},
    ("verl", "prompts"): {
        "data_source": "caigen",
        "prompt": TALK,
        "ability": "alignment",
        "reward_model": {"style": "model", "ground_truth": ""},
        "extra_info": {"index": "r1", "split": "train", "prompt": json.dumps(TALK)},
    },
}


@pytest.mark.parametrize(("to", "kind"), [key for key in ROW_TYPES if key[1] != "spans"])
def test_the_row_of_each_trainer(to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings) -> None:
    path = tmp_path / f"rows.{'parquet' if FORMATS[to].parquet else 'jsonl'}"
    made = SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) if kind == "sft" else None
    with made or sink_of(kind, path, prompt_settings, Shaping(to)) as sink:
        for record in records():
            sink.take(record)
    rows = list(raw_rows(str(path)))
    assert rows[2 if to == "trl-kto" else 1] == ROWS[to, kind]
    origins = list(raw_rows(str(tmp_path / "rows.provenance.jsonl")))
    assert [origin["id"] for origin in origins] == (  # type: ignore[index]
        ["r0", "r0", "r1", "r1", "r2", "r2"] if to == "trl-kto" else ["r0", "r1", "r2"]
    )


@pytest.mark.parametrize("roles", [("user", "user", "assistant"), ("user", "system", "assistant")])
def test_some_trainers_want_user_and_assistant_in_turn(roles: tuple[str, ...]) -> None:
    rows = [{"messages": [{"role": role, "content": role} for role in roles]}]
    for to in ("llama-factory", "torchtune"):
        assert find_faults(rows, to, "sft") == ["row 1: user and assistant do not speak in turn"]
    assert find_faults(rows, "verl", "sft") == []


def test_what_llama_factory_is_told_of_a_file() -> None:
    """The names of its columns and tags, as LLaMA-Factory 0.9.5 reads them."""
    tags = {
        "role_tag": "role", "content_tag": "content",
        "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system",
    }  # fmt: skip
    sft = {"file_name": "sft.jsonl", "formatting": "sharegpt", "tags": tags, "columns": {"messages": "messages"}}
    assert dataset_info("sft", "sft.jsonl") == {"sft": sft}
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
    pairs = {"file_name": "p.train.jsonl", "formatting": "sharegpt", "tags": tags, "ranking": True, "columns": columns}
    assert dataset_info("pairs", "p.train.jsonl") == {"p.train": pairs}


@pytest.mark.parametrize("margin", [None, 0.5])
def test_whole_conversations_keep_their_margin(margin: float | None) -> None:
    ask, good, bad = (
        {"role": role, "content": text} for role, text in (("user", "q"), ("assistant", "a"), ("assistant", "b"))
    )
    row: dict[str, Any] = {"prompt": [ask], "chosen": [good], "rejected": [bad]} | (
        {"margin": margin} if margin else {}
    )
    made = FORMATS["trl-reward"].rows["pairs"](row, "train")
    assert made == {"chosen": [ask, good], "rejected": [ask, bad]} | ({"margin": margin} if margin else {})


def test_rows_of_verl_name_the_side_that_they_are_on(tmp_path: Path) -> None:
    with PromptSink(tmp_path / "p.parquet", split=0.5, shaping=Shaping("verl")) as sink:
        for number in range(30):
            sink.take(
                chain("a", id=f"r{number}").model_copy(update={"prompt": (Message(role="user", content=str(number)),)})
            )
    for side in ("train", "test"):
        rows: list[Any] = list(raw_rows(str(tmp_path / f"p.{side}.parquet")))
        assert {row["extra_info"]["split"] for row in rows} == {side}


@pytest.mark.parametrize(("to", "kind"), ROW_TYPES)
def test_a_side_without_rows_has_its_columns(
    to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    from pyarrow import parquet

    with sink_of(kind, tmp_path / "none.parquet", prompt_settings, Shaping(to)):
        pass
    with sink_of(kind, tmp_path / "some.parquet", prompt_settings, Shaping(to)) as sink:
        sink.take(records()[1])
    none, some = (parquet.ParquetFile(tmp_path / f"{name}.parquet") for name in ("none", "some"))
    assert none.schema_arrow == some.schema_arrow
    assert none.metadata.num_rows == 0 < some.metadata.num_rows


def test_plain_text_is_for_trl_alone(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    plain = replace(prompt_settings, style="plain")
    reasons = []
    for to in ("trl", "axolotl"):
        with SftSink(tmp_path / f"{to}.jsonl", "revisions", {"": plain}, shaping=Shaping(to)) as sink:
            reasons.append([sink.take(record) for record in records()])
    assert reasons == [[None] * 3, ["plain_text"] * 3]
