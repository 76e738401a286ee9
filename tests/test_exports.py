"""Rows for each trainer: as its documents say, checked by shape, and loaded where its loader is at hand."""

import json
from pathlib import Path
from typing import Any

import datasets
import pytest

from caigen.decontaminate import Evaluations
from caigen.engines.open import DEMO_PATH
from caigen.exports.card import _configs
from caigen.exports.check import SHAPES, faults
from caigen.exports.formats import FORMATS
from caigen.exports.tokenizer import load_tokenizer
from caigen.jsonl import Reader, raw_rows
from caigen.pairs import PairSettings
from caigen.records import Candidate, Critique, Message, Record, Revision, Round, Span
from caigen.sinks import PairSink, PromptSink, RowSink, SftSink, Shaping, SpanSink
from caigen.stages.prompts import Brief
from tests.conftest import Run


def records() -> list[Record]:
    """Three dialogues, one of them with a system message and earlier turns."""
    talk = (
        Message(role="system", content="Be kind."),
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hello"),
        Message(role="user", content="More?"),
    )
    prompts = [
        (Message(role="user", content="What works?"),),
        talk,
        (Message(role="user", content="What \u2028 next?"),),
    ]
    turn = Round(
        principle="GEN-001@1",
        critique=Critique(
            text="It promises.", verdict="violates", severity=2, spans=(Span(start=5, end=11, quote="always"),)
        ),
        revision=Revision(text="This often works."),
    )
    candidate = Candidate(text="This always works.", finish_reason="stop", rounds=(turn,))
    return [
        Record(id=f"r{n}", prompt=prompt, candidates=(candidate,), status="done") for n, prompt in enumerate(prompts)
    ]


def sink_of(kind: str, path: Path, brief: Brief, shaping: Shaping) -> RowSink:
    if kind == "pairs":
        return PairSink(path, PairSettings(), shaping=shaping)
    if kind == "sft":
        return SftSink(path, "both", {"": brief}, shaping=shaping)
    if kind == "spans":
        return SpanSink(path, load_tokenizer(str(DEMO_PATH)), shaping=shaping)
    return PromptSink(path, shaping=shaping)


def written(kind: str, to: str, folder: Path, brief: Brief, **shaping: Any) -> Path:
    path = folder / f"{kind}.{'parquet' if FORMATS[to].parquet else 'jsonl'}"
    with sink_of(kind, path, brief, Shaping(to, **shaping)) as sink:
        for record in records():
            sink.take(record)
    return path


def test_every_format_has_a_shape() -> None:
    assert {(name, kind) for name, form in FORMATS.items() for kind in form.rows} == set(SHAPES)


@pytest.mark.parametrize(("to", "kind"), SHAPES)
def test_rows_have_the_shape_and_load(to: str, kind: Any, tmp_path: Path, brief: Brief) -> None:
    path = written(kind, to, tmp_path, brief)
    assert faults(raw_rows(str(path)), to, kind) == []
    loader = "parquet" if path.suffix == ".parquet" else "json"
    rows = datasets.load_dataset(loader, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    origins = [json.loads(line) for line in (tmp_path / f"{kind}.provenance.jsonl").read_text().splitlines()]
    assert (
        len(rows)
        == len(origins)
        == {"pairs": 3, "sft": 6, "prompts": 3, "spans": 3}[kind] * (2 if to == "trl-kto" else 1)
    )


def test_what_each_trainer_reads_out_of_a_pair(tmp_path: Path, brief: Brief) -> None:
    def second(to: str) -> dict[str, Any]:
        rows = list(raw_rows(str(written("pairs", to, tmp_path, brief))))
        return rows[2 if to == "trl-kto" else 1]  # type: ignore[return-value]

    good, bad = ({"role": "assistant", "content": text} for text in ("This often works.", "This always works."))
    talk = [turn.model_dump() for turn in records()[1].prompt]
    assert second("trl") == {"prompt": talk, "chosen": [good], "rejected": [bad]}
    assert second("trl-reward") == {"chosen": [*talk, good], "rejected": [*talk, bad]}
    assert second("trl-kto") == {"prompt": talk, "completion": [good], "label": True}
    assert second("llama-factory") == {"conversations": talk, "chosen": good, "rejected": bad}
    ranks = second("nemo-rl")["completions"]
    assert [(one["rank"], one["completion"]) for one in ranks] == [(0, [good]), (1, [bad])]


def test_llama_factory_finds_its_files(tmp_path: Path, brief: Brief) -> None:
    written("pairs", "llama-factory", tmp_path, brief)
    written("sft", "llama-factory", tmp_path, brief)
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


def test_margins_are_in_all_rows_or_none(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "a"}
    row = {"prompt": [{"role": "user", "content": "q"}], "chosen": [message], "rejected": [message | {"content": "b"}]}
    assert faults([row, row], "trl", "pairs") == []
    assert "some rows have a margin" in faults([row, row | {"margin": 0.5}], "trl", "pairs")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"chosen": "text"}, "row 1: chosen: input should be a valid list"),
        ({"extra": 1}, "row 1: extra: extra inputs are not permitted"),
        ({"prompt": []}, "row 1: prompt: list should have at least 1 item"),
        ({"prompt": [{"role": "assistant", "content": "a"}]}, "does not end with the user"),
        ({"rejected": [{"role": "assistant", "content": "a"}]}, "chosen and rejected are the same"),
        ({"chosen": [{"role": "user", "content": "a"}]}, "chosen does not end with something that the assistant said"),
        (
            {"chosen": [{"role": "assistant", "content": " "}]},
            "chosen does not end with something that the assistant said",
        ),
    ],
)
def test_what_is_wrong_with_a_row(change: dict[str, Any], said: str) -> None:
    row = {
        "prompt": [{"role": "user", "content": "q"}],
        "chosen": [{"role": "assistant", "content": "a"}],
        "rejected": [{"role": "assistant", "content": "b"}],
    }
    assert any(said in fault for fault in faults([row | change], "trl", "pairs"))
    assert faults([], "trl", "pairs") == ["no rows"]


@pytest.mark.parametrize("roles", [("user", "user", "assistant"), ("user", "system", "assistant")])
def test_some_trainers_want_user_and_assistant_in_turn(roles: tuple[str, ...]) -> None:
    rows = [{"messages": [{"role": role, "content": role} for role in roles]}]
    for to in ("llama-factory", "torchtune"):
        assert faults(rows, to, "sft") == ["row 1: user and assistant do not speak in turn"]
    assert faults(rows, "verl", "sft") == []


def test_prompts_come_once_and_evaluation_sets_stay_out(tmp_path: Path) -> None:
    many = records()
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    long = many[0].model_copy(update={"id": "long", "prompt": (Message(role="user", content=f"So: {words}, is it?"),)})
    same = many[2].model_copy(update={"id": "e", "prompt": (Message(role="user", content="what next"),)})
    inside = many[0].model_copy(update={"id": "f", "prompt": (Message(role="user", content=words),)})
    known = Evaluations([same, inside])
    with PromptSink(tmp_path / "p.jsonl", shaping=Shaping("trl", known)) as sink:
        said = [sink.take(record) for record in [*many, many[0].model_copy(update={"id": "again"}), long]]
    assert said == [None, None, "evaluation_prompt", "duplicate_prompt", "evaluation_prompt"]
    assert [row["id"] for row in raw_rows(str(tmp_path / "p.jsonl"))] == ["r0", "r1"]  # type: ignore[index]


def test_plain_text_is_for_trl_alone(tmp_path: Path, brief: Brief) -> None:
    from dataclasses import replace

    plain = replace(brief, style="plain")
    reasons = []
    for to in ("trl", "axolotl"):
        with SftSink(tmp_path / f"{to}.jsonl", "revisions", {"": plain}, shaping=Shaping(to)) as sink:
            reasons.append([sink.take(record) for record in records()])
    assert reasons == [[None] * 3, ["plain_text"] * 3]


def test_parquet_and_data_sets_are_read_as_lines_are(tmp_path: Path, brief: Brief) -> None:
    rows = [{"id": str(n), "prompt": f"What works in case {n}?"} for n in range(1500)]
    folder = tmp_path / "set"
    folder.mkdir()
    datasets.Dataset.from_list(rows).to_parquet(str(folder / "train.parquet"))
    for source in (str(folder / "train.parquet"), f"hf:{folder}", f"hf:{folder}#train"):
        found = list(Reader(source))
        assert [record.id for record in found] == [row["id"] for row in rows]
        assert found[7].prompt[0].content == rows[7]["prompt"]


def test_the_commands(demo: Path, caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    caigen("export-pairs", demo / "records.jsonl", "--to", "llama-factory", "-o", out)
    assert "takes these rows" in caigen("export-pairs", "--check", out, "--to", "llama-factory").stderr
    wrong = caigen("export-pairs", "--check", out, "--to", "trl", check=1).stderr
    assert "row 1: " in wrong
    parquet = tmp_path / "prompts.parquet"
    caigen("export-prompts", demo / "records.jsonl", "--to", "verl", "-o", parquet)
    caigen("export-prompts", "--check", parquet, "--to", "verl")
    assert "takes no prompts" in caigen("export-prompts", demo / "records.jsonl", "--to", "axolotl", check=2).stderr
    assert ".parquet" in caigen("export-sft", demo / "records.jsonl", "--to", "verl", check=2).stderr
    kept = caigen(
        "export-prompts", demo / "records.jsonl", "--decontaminate", demo / "records.jsonl", "-o", tmp_path / "n.jsonl"
    )
    assert "evaluation_prompt" in kept.stderr
    assert (tmp_path / "n.jsonl").read_text() == ""
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no")
    assert "cannot be read as Parquet" in caigen("sample", broken, check=1).stderr
    assert "hf:/nonesuch" in caigen("sample", "hf:/nonesuch", check=1).stderr


def test_the_card_tells_of_every_file_and_leaves_anothers_alone(tmp_path: Path, brief: Brief) -> None:
    from ruamel.yaml import YAML

    written("pairs", "trl", tmp_path, brief)
    written("sft", "trl", tmp_path, brief)
    card = (tmp_path / "README.md").read_text()
    header = YAML(typ="safe").load(card.split("---")[1])
    assert [config["data_files"] for config in header["configs"]] == ["pairs.jsonl", "sft.jsonl"]
    assert "| `pairs.jsonl` | preference pairs | trl | 3 |" in card
    rows = datasets.load_dataset(str(tmp_path), "pairs", split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == 3
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").write_text("mine")
    written("pairs", "trl", other, brief)
    assert (other / "README.md").read_text() == "mine"
    assert "preference pairs" in (other / "caigen-card.md").read_text()


def test_a_licence_that_was_filled_in_stays(tmp_path: Path, brief: Brief) -> None:
    written("pairs", "trl", tmp_path, brief)
    card = tmp_path / "README.md"
    card.write_text(card.read_text().replace("license: other", "license: cc-by-4.0"))
    written("sft", "trl", tmp_path, brief)
    assert card.read_text().startswith("---\nlicense: cc-by-4.0\n")


def test_no_file_hides_another_on_the_card() -> None:
    from ruamel.yaml import YAML

    names = ["pairs.jsonl", "pairs.train.jsonl", "pairs.test.jsonl", "sft.jsonl", "sft.parquet"]
    found = YAML(typ="safe").load(_configs(names))
    by_name = {config["config_name"]: config["data_files"] for config in found}
    assert [part["split"] for part in by_name.pop("pairs")] == ["train", "test"]
    assert by_name == {"pairs-jsonl": "pairs.jsonl", "sft": "sft.jsonl", "sft-parquet": "sft.parquet"}
