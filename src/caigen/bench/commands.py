"""`caigen bench start` and `bench ray`: whole `caigen run` commands in processes of their own, as a user gives them."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from caigen.bench.workload import records
from caigen.errors import FAILED_ROWS, CaigenError
from caigen.io.write import to_row


class _Run(NamedTuple):
    """Wall-clock seconds of a command, the seconds by part in its summary, and the tokens it generated."""

    wall: float
    seconds: dict[str, float]
    tokens: int


def start(prompts: int) -> dict[str, Any]:
    """Seconds of one `caigen run` from start to exit, and how many are neither loading nor generation (`beyond`)."""
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        run = _run(Path(folder), prompts, [])
    return {
        "prompts": prompts,
        "seconds": round(run.wall, 2),
        "load": run.seconds["load"],
        "generate": run.seconds["generate"],
        "beyond": round(run.wall - run.seconds["load"] - run.seconds["generate"], 2),
    }


def workers(prompts: int, counts: Sequence[int] = (1, 2)) -> dict[str, Any]:
    """Tokens a second with each number of Ray workers of one CPU; `generate` goes from the first row to the last."""
    runs = []
    for count in counts:
        with TemporaryDirectory(prefix="caigen-bench-") as folder:
            options = ["--runner", "ray", "--workers", str(count), "--worker-cpus", "1"]
            run = _run(Path(folder), prompts, options)
        runs.append(
            {
                "workers": count,
                "seconds": round(run.wall, 2),
                "generate": run.seconds["generate"],
                "tokens": run.tokens,
                "tokens_per_second": round(run.tokens / run.seconds["generate"], 1),
            }
        )
    speedup = runs[-1]["tokens_per_second"] / runs[0]["tokens_per_second"]
    return {"prompts": prompts, "runs": runs, "speedup": round(speedup, 3)}


def _run(folder: Path, prompts: int, options: Sequence[str]) -> _Run:
    """Run `caigen run` on prompts of the demo world. Raises CaigenError."""
    # the package is the one that this process imported: the interpreter and the environment are the same
    source = folder / "prompts.jsonl"
    source.write_text("".join(json.dumps(to_row(record)) + "\n" for record in records(prompts)), "utf-8")
    command = [sys.executable, "-m", "caigen", "run", str(source), "--rounds", "2", "-o", str(folder / "out"), *options]
    began = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wall = time.monotonic() - began
    if done.returncode not in (0, FAILED_ROWS):  # some critiques of the demo model are cut off
        raise CaigenError(f"caigen run ended with {done.returncode}: {done.stderr.strip().splitlines()[-1]}")
    summary = json.loads((folder / "out" / "summary.json").read_text("utf-8"))
    return _Run(wall, summary["seconds"], summary["tokens"]["completion"])
