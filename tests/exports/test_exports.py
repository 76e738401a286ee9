"""Exports by command, and what holds for the rows of every trainer."""

import re
from pathlib import Path
from typing import Any

import datasets
import orjson

from caigen.engines.open import DEMO_PATH
from caigen.exports.decontaminate import Evaluations
from caigen.exports.shaping import Shaping
from caigen.exports.sinks import PromptSink
from caigen.io.read import Reader, raw_rows
from caigen.io.write import to_row
from caigen.records import Message, Provenance
from caigen.stages.requests import PromptSettings
from tests.conftest import ROOT, Run
from tests.exports.rows import records, sink_of


def test_no_machine_is_named_beside_the_rows(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    made = Provenance(
        caigen="0",
        constitution="general@1.0.0",
        models={"policy": "/home/alice/models/x@1f2e", "critic": "m@http://gpu-07.internal.corp:8000/v1"},
    )
    for kind in ("pairs", "sft", "spans", "prompts"):
        with sink_of(kind, tmp_path / f"{kind}.jsonl", prompt_settings, Shaping("trl")) as sink:
            for record in records():
                sink.take(record.model_copy(update={"provenance": made}))
    told = "".join(path.read_text() for path in tmp_path.iterdir())
    for word in ("alice", "gpu-07", "corp", "8000", str(Path.home()), str(DEMO_PATH.parent)):
        assert word not in told
    assert "Models: m, x@1f2e." in (tmp_path / "README.md").read_text()
    origin: Any = next(iter(raw_rows(str(tmp_path / "pairs.provenance.jsonl"))))
    assert origin["provenance"]["models"] == {"policy": "x@1f2e", "critic": "m"}


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


def test_commands_refuse_what_a_trainer_would_drop_or_learn_wrongly(caigen: Run, tmp_path: Path) -> None:
    source = tmp_path / "records.jsonl"
    source.write_bytes(b"".join(orjson.dumps(to_row(record)) + b"\n" for record in records()))
    for to in ("axolotl", "llama-factory", "torchtune", "nemo-rl", "trl-kto"):
        done = caigen("export-pairs", source, "--to", to, "--with-margin", "--verified", check=2)
        assert f"{to} reads no margin; these do: trl, trl-reward, openrlhf" in " ".join(done.stderr.split())
    for to, what in (("torchtune", "critiques"), ("nemo-rl", "both"), ("verl", "critiques")):
        done = caigen("export-sft", source, "--to", to, "--what", what, "-o", tmp_path / "x.parquet", check=2)
        assert f"{to} learns every answer of a conversation" in done.stderr
        assert not (tmp_path / "x.parquet").exists()
    quoted = caigen("export-sft", source, "--to", "nemo-rl", "--what", "critiques", "--style", "transcript")
    talks = [orjson.loads(line)["messages"] for line in quoted.stdout.split("\n") if line]
    assert [[turn["role"] for turn in talk if turn["role"] != "system"] for talk in talks] == [
        ["user", "assistant"]
    ] * 3
    masked = caigen("export-sft", source, "--to", "llama-factory", "--what", "critiques")
    assert "note: rows with earlier answers of the assistant: 3; llama-factory learns those too unless" in masked.stderr


def test_a_command_keeps_families_together(caigen: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "prompts.jsonl", tmp_path / "p.jsonl"
    said = [{"role": "assistant", "content": "a"}, {"role": "user", "content": "more"}]
    first = [[{"role": "user", "content": f"q{number}"}] for number in range(40)]
    rows = [{"prompt": turns + rest} for turns in first for rest in ([], said)]
    source.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    done = caigen("export-prompts", source, "--split", 0.5, "-o", out)
    assert "begin with the same turn as one on the other side; --split-by family keeps them together" in done.stderr
    done = caigen("export-prompts", source, "--split", 0.5, "--split-by", "family", "-o", out, "--overwrite")
    assert "note:" not in done.stderr
    families = [
        {row["prompt"][0]["content"] for row in raw_rows(str(tmp_path / f"p.{side}.jsonl"))}  # type: ignore[index]
        for side in ("train", "test")
    ]
    assert not families[0] & families[1]
    assert len(families[0] | families[1]) == 40


def test_every_reason_is_explained() -> None:
    told = (ROOT / "docs" / "exports.md").read_text("utf-8")
    files = sorted((ROOT / "src" / "caigen" / "exports").glob("*.py"))
    words = {word for file in files for word in re.findall(r'reasons\["([a-z_]+)"\]', file.read_text("utf-8"))}
    assert len(words) > 10
    assert {word for word in words if f"`{word}`" not in told} == set()


def test_parquet_and_data_sets_are_read_as_lines_are(tmp_path: Path, prompt_settings: PromptSettings) -> None:
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
    assert "takes these rows" in caigen("check", out, "--to", "llama-factory").stderr
    wrong = caigen("check", out, "--to", "trl", "--as", "pairs", check=1).stderr
    assert "row 1: " in wrong
    parquet = tmp_path / "prompts.parquet"
    caigen("export-prompts", demo / "records.jsonl", "--to", "verl", "-o", parquet)
    caigen("check", parquet, "--to", "verl")
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


def test_prompts_without_an_answer_are_told(caigen: Run, tmp_path: Path) -> None:
    """Where pairs are wanted; `export-prompts` takes prompts, also where it leaves some out."""
    source = tmp_path / "p.jsonl"
    source.write_text('{"prompt": "How do I water a cactus that stands in the sun all day long, every day?"}\n')
    said = "1 row is a prompt without an answer: run `caigen revise` first"
    assert said in caigen("export-pairs", source).stderr
    left_out = caigen("export-prompts", source, "--decontaminate", source).stderr
    assert "evaluation_prompt 1" in left_out
    assert "caigen revise" not in left_out
