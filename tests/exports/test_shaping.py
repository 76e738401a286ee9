"""What a trainer takes, what it would do with it, and the files that it needs beside the data."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from caigen.errors import CaigenError
from caigen.exports.formats import FORMATS, dataset_info
from caigen.exports.pairs import PairSettings
from caigen.exports.shaping import EARLIER, Shaping
from caigen.exports.sinks import PairSink, SftSink
from caigen.records import Message
from caigen.stages.requests import PromptSettings
from caigen.summary import Summary
from tests.exports.rows import GOOD, GOOD_PAIR, SYSTEM, USER, records, written


def test_what_a_trainer_would_learn_beside_the_last_answer_is_said(
    tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    said = {}
    for to, form in FORMATS.items():
        if "sft" in form.rows:
            path = tmp_path / f"{to}.{'parquet' if form.parquet else 'jsonl'}"
            with SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) as sink:
                for record in records():
                    sink.take(record)
            said[to] = sink.remarks()
            summary = Summary("export-sft")
            sink.report(summary)
            noted = summary.notes[f"{path.name}: earlier_answers_learned"]
            assert noted == (0 if form.learns == "last" else 1)
    assert {to for to, lines in said.items() if not lines} == {"trl", "openrlhf", "axolotl"}
    for to in ("torchtune", "verl", "nemo-rl"):
        assert said[to] == [
            f"note: rows with earlier answers of the assistant: 1; {to} learns those too (trl, openrlhf, axolotl learn "
            "the last one alone)"
        ]
    assert said["llama-factory"][0].endswith("llama-factory learns those too unless mask_history is true")


@pytest.mark.parametrize(
    ("roles", "fits"),
    [("user", True), ("system user assistant user", True), ("user user", False), ("user system user", False)],
)
def test_conversations_that_a_trainer_drops_are_not_written(
    roles: str, fits: bool, tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    turns = tuple(Message(role=role, content=role) for role in roles.split())  # type: ignore[arg-type]
    record = records()[0].model_copy(update={"prompt": turns})
    for (to, kind), drops in {
        ("llama-factory", "pairs"): True,
        ("llama-factory", "sft"): True,
        ("torchtune", "sft"): True,
        ("torchtune", "pairs"): False,
        ("trl", "sft"): False,
    }.items():
        path = tmp_path / f"{to}-{kind}.jsonl"
        sink = SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) if kind == "sft" else None
        with sink or PairSink(path, PairSettings(), shaping=Shaping(to)) as opened:
            assert opened.take(record) == (None if fits or not drops else "out_of_turn")


def test_llama_factory_finds_its_files(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    written("pairs", "llama-factory", tmp_path, prompt_settings)
    written("sft", "llama-factory", tmp_path, prompt_settings)
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert set(info) == {"pairs", "sft"}
    assert info["pairs"]["ranking"]
    assert (tmp_path / info["pairs"]["file_name"]).is_file()
    assert info["sft"]["columns"] == {"messages": "messages"}


def test_both_files_of_a_split_are_found(tmp_path: Path) -> None:
    with PairSink(tmp_path / "pairs.jsonl", PairSettings(), split=0.5, shaping=Shaping("llama-factory")) as sink:
        for record in records():
            sink.take(record)
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert {name: entry["file_name"] for name, entry in info.items()} == {
        f"pairs.{side}": f"pairs.{side}.jsonl" for side in ("train", "test")
    }


def test_what_llama_factory_knew_of_other_files_stays(tmp_path: Path) -> None:
    info = tmp_path / "dataset_info.json"
    info.write_text('{"größer": {"file_name": "x.json"}}', "utf-8")
    Shaping("llama-factory").write_beside("sft", tmp_path / "sft.jsonl")
    assert json.loads(info.read_text("utf-8")) == {"größer": {"file_name": "x.json"}} | dataset_info("sft", "sft.jsonl")
    Shaping("trl").write_beside("sft", tmp_path / "other.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["dataset_info.json"]
    for content, said in (
        ("[]", "is not a JSON object; move it away, or name another folder"),
        ("{", "cannot be read: "),
    ):
        info.write_text(content)
        with pytest.raises(CaigenError) as caught:
            Shaping("llama-factory").write_beside("sft", tmp_path / "sft.jsonl")
        assert str(caught.value).startswith(f"{info}: {said}")
        assert said.endswith(": ") or str(caught.value) == f"{info}: {said}"


def test_rows_are_shaped_and_counted() -> None:
    """What a trainer takes, with its provenance; why not others; what it would learn beside the last answer."""
    origin = {"id": "r"}
    given = [
        ({"prompt": prompt, "completion": [GOOD]}, origin) for prompt in ([USER], [USER, GOOD, USER], [USER, USER])
    ]
    given.append(({"prompt": "a text", "completion": " more"}, origin))

    def shaped(to: str, kind: Any = "sft") -> tuple[list[Any], Counter[str], list[str]]:
        reasons: Counter[str] = Counter()
        notes: Counter[str] = Counter()
        shaping = Shaping(to)
        rows = list(shaping.shape(kind, given, side="test", reasons=reasons, notes=notes))
        assert set(notes) <= {EARLIER}
        return rows, reasons, shaping.remarks(notes)

    talks = [({"messages": [USER, GOOD]}, origin), ({"messages": [USER, GOOD, USER, GOOD]}, origin)]
    told = "note: rows with earlier answers of the assistant: 1; {} learns those too"
    assert shaped("llama-factory") == (
        talks,
        {"out_of_turn": 1, "plain_text": 1},
        [told.format("llama-factory") + " unless mask_history is true"],
    )
    rest = " (trl, openrlhf, axolotl learn the last one alone)"
    turns = ({"messages": [USER, USER, GOOD]}, origin)
    assert shaped("nemo-rl") == ([*talks, turns], {"plain_text": 1}, [told.format("nemo-rl") + rest])
    assert shaped("trl") == (given, {}, [])
    assert shaped("nemo-rl", "prompts") == (given[:3], {"plain_text": 1}, [])
    assert EARLIER == "earlier_answers_learned"


@pytest.mark.parametrize(
    ("to", "kind", "row", "made"),
    [
        ("trl", "sft", {"prompt": "a", "completion": "b"}, {"prompt": "a", "completion": "b"}),
        ("trl", "pairs", None, GOOD_PAIR),
        ("trl-kto", "pairs", GOOD_PAIR | {"margin": 1.0}, {"prompt": [USER], "completion": [GOOD], "label": True}),
        ("nemo-rl", "sft", {"prompt": "a", "completion": "b"}, {"messages": [USER, GOOD]}),
        ("verl", "prompts", {"prompt": [SYSTEM], "id": "z"}, None),
    ],
)
def test_a_row_with_all_columns(to: str, kind: Any, row: Any, made: Any) -> None:
    """One of the trainer's own where it takes it, else a row of the same types."""

    def types(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: types(part) for key, part in value.items()}
        return [types(part) for part in value] if isinstance(value, list) else type(value)

    found = Shaping(to).example(kind, row)
    if made is None:
        assert (found["prompt"], found["extra_info"]["index"]) == ([SYSTEM], "z")
        assert found["extra_info"]["split"] == "train"
    elif (row and isinstance(row["prompt"], list)) or (to == "trl" and row):
        assert found == made
    else:
        assert types(found) == types(made)
