"""The rows are what TRL and datasets take them for."""

import json
from pathlib import Path

import datasets
from trl import is_conversational

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
    counts = json.loads((demo / "summary.json").read_text())["notes"]
    without = sum(counts.get(f"sft.jsonl: {why}", 0) for why in ("critique_unusable", "revision_unusable"))
    assert len(last.stdout.splitlines()) == 64 - without > 60
    critiques = caigen("export-sft", demo / "records.jsonl", "--what", "critiques")
    assert critiques.stdout == (demo / "critique_sft.jsonl").read_text()
    both = caigen("export-sft", demo / "records.jsonl", "--what", "both", "--rounds", "last")
    assert len(both.stdout.splitlines()) == len(last.stdout.splitlines()) + len(critiques.stdout.splitlines())
