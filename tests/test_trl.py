"""The rows are what TRL and datasets take them for."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import datasets
from trl import is_conversational

from caigen.exports.trl import critique_rows, revision_rows
from caigen.records import Candidate, Critique, Record, Revision, Round
from caigen.stages.prompts import Brief, Example
from tests.conftest import Run


def load(path: Path, tmp_path: Path) -> "datasets.Dataset":
    return datasets.load_dataset("json", data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))


def test_pairs_are_conversational_preference_rows(demo: Path, tmp_path: Path) -> None:
    rows = load(demo / "pairs.jsonl", tmp_path)
    assert len(rows) > 20
    assert set(rows.column_names) == {"prompt", "chosen", "rejected"}
    assert all(is_conversational(row) for row in rows)
    assert all(row["prompt"][-1]["role"] == "user" for row in rows)
    assert all(
        len(row[side]) == 1 and row[side][0]["role"] == "assistant" for row in rows for side in ("chosen", "rejected")
    )


def test_sft_rows_are_conversational(demo: Path, tmp_path: Path) -> None:
    for name in ("sft.jsonl", "critique_sft.jsonl"):
        rows = load(demo / name, tmp_path)
        assert set(rows.column_names) == {"prompt", "completion"}
        assert all(is_conversational(row) and row["completion"][-1]["role"] == "assistant" for row in rows)


def rounds(record: Record, *turns: Round) -> Record:
    return record.model_copy(update={"candidates": (Candidate(text="one", rounds=turns),)})


def test_critique_rows_ask_as_the_critique_was_asked_for(record: Record, brief: Brief) -> None:
    said = Critique(text="wrong", verdict="violates", severity=1)
    prose = Critique(text="wrong", verdict="unclear", free=True)
    foreign = Round(principle="XX-001@1", critique=said)
    given = rounds(record, *(Round(principle="GEN-001@1", critique=c) for c in (said, prose)), foreign)
    reasons: Counter[str] = Counter()
    shown = Example(prompt="p", answer="a", critique_request="q", critique="c", revision_request="r", revision="n")
    json_row, prose_row = (row for row, _ in critique_rows(given, replace(brief, examples=(shown,)), reasons))
    assert json_row["completion"][0]["content"].startswith('{"text":"wrong"')
    assert prose_row["completion"][0]["content"] == "wrong"
    assert [turn["content"] for turn in json_row["prompt"]][:2] == [record.prompt[0].content, "one"]
    assert reasons == {"unknown_principle": 1}


def test_base_models_learn_from_plain_text(record: Record, brief: Brief) -> None:
    plain = replace(brief, style="plain")
    prose = Critique(text="wrong", verdict="unclear", free=True)
    given = rounds(record, Round(principle="GEN-001@1", critique=prose, revision=Revision(text="two")))
    ((row, _),) = critique_rows(given, plain, Counter())
    assert row["prompt"].startswith("\n\nHuman: How do I help")
    assert row["prompt"].endswith("\n\nCritique:")
    assert row["completion"] == " wrong"
    ((row, _),) = revision_rows(given, "all", Counter(), plain=True)
    assert (row["prompt"][-11:], row["completion"]) == ("\nAssistant:", " two")


def test_export_commands(caigen: Run, demo: Path, tmp_path: Path) -> None:
    pairs = tmp_path / "pairs.jsonl"
    caigen("export-pairs", demo / "records.jsonl", "--pairing", "all", "--split", "0.7", "-o", pairs)
    sides = [
        [json.loads(line) for line in (tmp_path / f"pairs.{side}.jsonl").read_text().splitlines()]
        for side in ("train", "test")
    ]
    assert all(sides)
    prompts = [{row["prompt"][-1]["content"] for row in side} for side in sides]
    assert not prompts[0] & prompts[1]
    origin = [json.loads(line) for line in (tmp_path / "pairs.train.provenance.jsonl").read_text().splitlines()]
    assert len(origin) == len(sides[0])
    assert origin[0]["provenance"]["constitution_sha256"]
    last = caigen("export-sft", demo / "records.jsonl", "--what", "revisions", "--rounds", "last")
    assert len(last.stdout.splitlines()) == 64
    critiques = caigen("export-sft", demo / "records.jsonl", "--what", "critiques")
    assert critiques.stdout == (demo / "critique_sft.jsonl").read_text()
    both = caigen("export-sft", demo / "records.jsonl", "--what", "both", "--rounds", "last")
    assert len(both.stdout.splitlines()) == 64 + 64 * 3
