"""The Ray runner with real workers: the same rows as on one machine, a worker killed in the middle, resume, clusters
that will not do.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, Run, environment

EXAMPLES = ROOT / "examples" / "contracts.jsonl"
WORK = ["run", EXAMPLES, "--constitution", "legal", "--rounds", 1, "--temperature", 0, "--limit", 48]
TWO = ["--runner", "ray", "--workers", 2, "--worker-cpus", 1]


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def workers() -> list[int]:
    """Processes of ours that hold an engine."""
    found = subprocess.run(["pgrep", "-f", "ray::.*Worker"], capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


@pytest.mark.timeout(900)
def test_two_workers_do_the_same_work_and_one_may_die(caigen: Run, tmp_path: Path) -> None:
    caigen(*WORK, "-o", tmp_path / "one")
    command = [sys.executable, "-m", "caigen", *map(str, [*WORK, *TWO, "-o", tmp_path / "two"])]
    with subprocess.Popen(command, stderr=subprocess.PIPE, env=environment()) as process:
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline and process.poll() is None and len(workers()) < 2:
            time.sleep(0.2)
        time.sleep(4)  # it loads its engine, or has rows in hand
        os.kill(workers()[0], signal.SIGKILL)
        assert process.stderr
        said = process.stderr.read().decode()
        assert process.wait(300) == 0, said
    assert "read 48 = done 48 + failed 0 + skipped 0" in said
    assert "Traceback" not in said
    one, two = (rows(tmp_path / name / "records.jsonl") for name in ("one", "two"))
    assert [row["id"] for row in two] == [row["id"] for row in one]
    same = [a["candidates"][0]["text"] == b["candidates"][0]["text"] for a, b in zip(one, two, strict=True)]
    assert sum(same) >= 46  # greedy, though other batches may round a tie another way
    summary = json.loads((tmp_path / "two" / "summary.json").read_text())
    assert summary["requests"]["sent"] >= 48 * 2
    assert summary["tokens"]["completion"] > 1000
    assert 0 < summary["seconds"]["generate"] < summary["seconds"]["total"]
    assert not list((tmp_path / "two").glob("*.shards"))


def test_what_a_cluster_must_have(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "o.jsonl"
    assert "name it with --output" in caigen("sample", EXAMPLES, "--runner", "ray", check=1).stderr
    started = time.monotonic()
    down = caigen("sample", EXAMPLES, "--runner", "ray", "--ray-address", "127.0.0.1:9", "-o", out, check=1)
    assert "no Ray cluster answers at 127.0.0.1:9" in down.stderr
    assert time.monotonic() - started < 60
    few = caigen("sample", EXAMPLES, "--runner", "ray", "--worker-gpus", 1, "-o", out, check=1)
    assert "has 0 GPUs and 1 are needed" in few.stderr
    assert not out.exists()
