"""`caigen bench script`: `caigen run --endpoint` beside a handwritten script (script.py) at the same server."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.row import OpenSinks
from caigen.bench.script import Script
from caigen.constitution.load import load
from caigen.engines.base import Completion, Engine, Request, Sampling, Wrapper, unwrap
from caigen.engines.endpoint import open_endpoint
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.io.write import to_row
from caigen.jobs.execute import carry_out
from caigen.jobs.execution import Unwatched
from caigen.jobs.job import Job, Source
from caigen.records import Record
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.templates import Templates

SCRIPT, CAIGEN, ADAPTIVE = "handwritten script", "caigen", "caigen, adaptive limit"


@dataclass(frozen=True)
class Comparison:
    """What all arms are given: server, prompts, the limit of requests in flight, and the most tokens of an answer."""

    url: str
    records: Sequence[Record]
    in_flight: int
    longest: int

    @property
    def sampling(self) -> Sampling:
        """How answers, critiques and revisions are sampled."""
        return Sampling(max_tokens=self.longest, temperature=0.7)

    @property
    def prompt_settings(self) -> PromptSettings:
        """Constitution and templates."""
        return PromptSettings(constitution=load("general"), templates=Templates.load())


def beside_script(
    comparison: Comparison, open_sinks: OpenSinks, progress: Callable[[str], None], *, repeat: int
) -> dict[str, Any]:
    """Run each arm `repeat` times, in turn, and compare the medians.

    Rows a second count from the first connection to the last row on disk; CPU is that of this process.
    """
    runs: dict[str, list[dict[str, Any]]] = {SCRIPT: [], CAIGEN: [], ADAPTIVE: []}
    # in turn, so that a busy minute of machine or server does not hit one arm alone
    for _ in range(repeat):
        for name, measured in runs.items():
            with TemporaryDirectory(prefix="caigen-bench-") as folder:
                run = _run_arm(name, comparison, Path(folder), open_sinks)
            measured.append(run)
            progress(
                f"{name}: {run['rows_per_second']} rows/s, {run['cpu_ms_per_row']} ms of CPU a row, {run['requests']}"
            )
    rates = {name: median(run["rows_per_second"] for run in measured) for name, measured in runs.items()}
    cpu = {name: min(run["cpu_ms_per_row"] for run in measured) for name, measured in runs.items()}
    return {
        "prompts": len(comparison.records),
        "in_flight": comparison.in_flight,
        "runs": runs,
        "rows_per_second": rates,
        "cpu_ms_per_row": cpu,
        "ratio": round(rates[CAIGEN] / rates[SCRIPT], 3),
        "ratio_adaptive": round(rates[ADAPTIVE] / rates[SCRIPT], 3),
    }


def _run_arm(name: str, comparison: Comparison, folder: Path, open_sinks: OpenSinks) -> dict[str, Any]:
    """One run of an arm, with its files in `folder`."""
    if name == SCRIPT:
        return asyncio.run(_run_script(comparison, folder / "rows.jsonl"))
    limit = comparison.in_flight if name == CAIGEN else None
    return _run_caigen(comparison, limit, folder, open_sinks)


async def _run_script(comparison: Comparison, output: Path) -> dict[str, Any]:
    # ask the server for the name of its model, as caigen does
    async with await open_endpoint(comparison.url, None) as engine:
        model = engine.name
    script = Script(
        comparison.url, model, comparison.prompt_settings, comparison.sampling, in_flight=comparison.in_flight
    )
    clock = _Clock()
    return clock.with_rates(await script.run(comparison.records, output))


def _run_caigen(comparison: Comparison, limit: int | None, folder: Path, open_sinks: OpenSinks) -> dict[str, Any]:
    source = folder / "in.jsonl"
    source.write_text("".join(json.dumps(to_row(record)) + "\n" for record in comparison.records), "utf-8")
    sampling = comparison.sampling
    job = Job(
        command="run",
        source=Source(str(source)),
        engines=EngineOptions(endpoint=comparison.url, concurrency=limit),
        stages=(
            stage("sample", SampleSettings(sampling=sampling)),
            stage("revise", ReviseSettings(sampling=sampling, critic_sampling=sampling)),
        ),
        settings_by_domain={"": comparison.prompt_settings},
        journal=folder / "out" / "records.jsonl.journal",
        in_flight=limit,
    )
    # filled when the job opens its engines
    counters: list[_CountingEngine] = []

    async def open_counting(
        options: EngineOptions,
        journal: Journal | None,
        stack: AsyncExitStack,
        waiting: Callable[[Path], None] | None,
        *,
        opening: Callable[[str], None] | None,
    ) -> Engines:
        engines = await open_engines(options, journal, stack, waiting, opening=opening)
        # put the counter behind journal and limiter, where only what goes to the server passes
        limiter = unwrap(engines["policy"], ConcurrencyLimiter)
        if limiter:
            counter = _CountingEngine(limiter.engine)
            limiter.engine = counter
            counters.append(counter)
        return engines

    # connections are part of the time, as for the script
    clock = _Clock()
    summary = carry_out(
        job,
        lambda stack: open_sinks(stack, folder / "out", None, job.settings_by_domain),
        Unwatched(),
        opening=open_counting,
    )
    counts = {"rows": summary.done, "requests": dict(counters[0].requests), "tokens": summary.completion_tokens}
    return clock.with_rates(counts) | {"failed": dict(summary.reasons)}


class _CountingEngine(Wrapper):
    """Counts the requests that pass by stage, which their form tells."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.requests: Counter[str] = Counter()

    async def complete(self, request: Request) -> Completion:
        """The engine's answer."""
        self.requests[_stage_of(request)] += 1
        return await self.engine.complete(request)


def _stage_of(request: Request) -> str:
    """A critique has a schema, a revision several messages, an answer neither."""
    if request.schema:
        return "critique"
    return "revise" if len(request.messages) > 1 else "sample"


class _Clock:
    """Measures wall-clock and CPU seconds from its creation."""

    def __init__(self) -> None:
        self._seconds, self._cpu = time.monotonic(), time.process_time()

    def with_rates(self, counts: dict[str, Any]) -> dict[str, Any]:
        """The counts of a run with its seconds and rates."""
        seconds, cpu = time.monotonic() - self._seconds, time.process_time() - self._cpu
        rates = {
            "seconds": seconds,
            "rows_per_second": counts["rows"] / seconds,
            "tokens_per_second": counts["tokens"] / seconds,
            "cpu_ms_per_row": 1000 * cpu / max(1, counts["rows"]),
        }
        return counts | {name: round(value, 2) for name, value in rates.items()}
