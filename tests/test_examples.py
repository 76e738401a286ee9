"""The scripts of examples/, run as they stand."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, environment


def script(name: str, *args: str | Path, **more: str) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}:{environment()['PATH']}"
    command = [str(ROOT / "examples" / name), *map(str, args)]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=280, env=environment(PATH=path, **more), check=False
    )
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    return done


def count(path: Path) -> int:
    return len([json.loads(line) for line in path.read_bytes().splitlines()])


def test_pipeline(tmp_path: Path) -> None:
    script("pipeline.sh", tmp_path, "--limit", "8")
    assert count(tmp_path / "critiques.jsonl") == count(tmp_path / "revisions.jsonl") == 8
    assert count(tmp_path / "pairs.jsonl") > 0


def test_domains(tmp_path: Path) -> None:
    script("domains.sh", tmp_path, "--limit", "6", DOMAINS="contracts:legal payments:finance")
    assert count(tmp_path / "sft.jsonl") == 12
    assert 0 < count(tmp_path / "pairs.train.jsonl") + count(tmp_path / "pairs.test.jsonl") <= 12


@pytest.mark.skipif(not shutil.which("jq"), reason="jq is not installed")
def test_inspect(demo: Path) -> None:
    lines = script("inspect.sh", demo / "records.jsonl").stdout.splitlines()
    assert len(lines) > 20
    assert all(len(line.split("\t")) == 5 for line in lines)
