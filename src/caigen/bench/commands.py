"""Whole commands as a user gives them, in processes of their own: what `run` costs beside its model, and Ray workers."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.workload import records
from caigen.errors import FAILED_ROWS, CaigenError
from caigen.io.write import to_row


def start(prompts: int) -> dict[str, Any]:
    """Seconds of one `caigen run` from start to exit, and those that are neither loading nor generation."""
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        wall, seconds, _ = _run(Path(folder), prompts, [])
    return {
        "prompts": prompts,
        "seconds": round(wall, 2),
        "load": seconds["load"],
        "generate": seconds["generate"],
        "beyond": round(wall - seconds["load"] - seconds["generate"], 2),
    }


def workers(prompts: int, counts: Sequence[int] = (1, 2)) -> dict[str, Any]:
    """Seconds from the first row's start to the last row's end with so many Ray workers of one CPU each, and the whole time."""
    found = []
    for count in counts:
        with TemporaryDirectory(prefix="caigen-bench-") as folder:
            options = ["--runner", "ray", "--workers", str(count), "--worker-cpus", "1"]
            wall, seconds, tokens = _run(Path(folder), prompts, options)
        row = {"workers": count, "seconds": round(wall, 2), "generate": seconds["generate"], "tokens": tokens}
        found.append(row | {"tokens_per_second": round(tokens / seconds["generate"], 1)})
    rates = [row["tokens_per_second"] for row in found]
    return {"prompts": prompts, "runs": found, "speedup": round(rates[-1] / rates[0], 3)}


def _run(folder: Path, prompts: int, options: Sequence[str]) -> tuple[float, dict[str, float], int]:
    source = folder / "prompts.jsonl"
    source.write_text("".join(json.dumps(to_row(record)) + "\n" for record in records(prompts)), "utf-8")
    command = [sys.executable, "-m", "caigen", "run", str(source), "--rounds", "2", "-o", str(folder / "out"), *options]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.monotonic() - began
    if done.returncode not in (0, FAILED_ROWS):  # some critiques of the demo model are cut off
        raise CaigenError(f"caigen run ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
    summary = json.loads((folder / "out" / "summary.json").read_text("utf-8"))
    return wall, summary["seconds"], summary["tokens"]["completion"]
