"""The scripts of examples/, run as they stand."""

import json
import re
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


def test_the_difference_of_the_safety_tax(tmp_path: Path) -> None:
    """On samples as the harness writes them: paired by question, MMLU over its subjects, HellaSwag by `acc_norm`."""
    told = {
        "before/m/samples_mmlu_anatomy_2026-01-01T00-00-00.0.jsonl": [{"doc_id": n, "acc": 1.0} for n in range(2)],
        "before/m/samples_mmlu_virology_2026-01-01T00-00-00.0.jsonl": [{"doc_id": n, "acc": 1.0} for n in range(2)],
        "before/m/samples_hellaswag_1.jsonl": [{"doc_id": n, "acc": 0.0, "acc_norm": 1.0} for n in range(3)],
        "before/samples_harmless_1.jsonl": [{"doc_id": "a", "acc": 0.5}, {"doc_id": "b", "acc": 0.5}],
        "after/n/samples_mmlu_anatomy_2026-01-02T00-00-00.0.jsonl": [{"doc_id": n, "acc": 1.0} for n in range(2)],
        "after/n/samples_mmlu_virology_2026-01-02T00-00-00.0.jsonl": [{"doc_id": n, "acc": float(n)} for n in range(2)],
        "after/n/samples_hellaswag_1.jsonl": [{"doc_id": n, "acc": 1.0, "acc_norm": 1.0} for n in range(3)],
        "after/samples_harmless_1.jsonl": [{"doc_id": "b", "acc": 0.75}, {"doc_id": "a", "acc": 0.25}],
    }
    for name, rows in told.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "examples" / "safety_tax.md").read_text("utf-8"), re.S)
    done = subprocess.run(
        [sys.executable, "-c", code, "before", "after"], capture_output=True, text=True, cwd=tmp_path, check=True
    )
    found = {line.split()[0]: line.split()[1:] for line in done.stdout.splitlines()[1:]}
    assert found == {
        "harmless": ["2", "0.5000", "0.5000", "+0.0000", "±", "0.4900"],
        "hellaswag": ["3", "1.0000", "1.0000", "+0.0000", "±", "0.0000"],
        "mmlu": ["4", "1.0000", "0.7500", "-0.2500", "±", "0.4900"],
    }
