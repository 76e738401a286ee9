"""`caigen run --endpoint` beside a script written by hand (script.py): the same server, prompts and number of places."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.client import Quiet, Sinks
from caigen.bench.script import chains
from caigen.constitution.load import load
from caigen.engines.base import Completion, Engine, Request, Sampling, Wrapper, unwrap
from caigen.engines.endpoint import open_endpoint
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.execute import carry_out
from caigen.io.write import to_row
from caigen.job import Job, Source
from caigen.records import Record
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.templates import Templates

BY_HAND, CAIGEN, PACED = "script by hand", "caigen", "caigen, places found by itself"


class _Counting(Wrapper):
    """An engine around an engine that counts requests by stage."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self.requests: Counter[str] = Counter()

    async def complete(self, request: Request) -> Completion:
        """The engine's answer."""
        later = "revise" if len(request.messages) > 1 else "sample"
        self.requests["critique" if request.schema else later] += 1
        return await self.engine.complete(request)


def beside_script(
    url: str,
    records: Sequence[Record],
    sinks: Sinks,
    say: Callable[[str], None],
    *,
    places: int,
    repeat: int,
    longest: int,
) -> dict[str, Any]:
    """Each arm so often, in turn; `longest` is the most tokens of an answer. Rows a second count from the first connection
    to the last row on disk, CPU is that of this process. What is compared is the median.
    """
    sampling = Sampling(max_tokens=longest, temperature=0.7)
    prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load())
    runs: dict[str, list[dict[str, Any]]] = {BY_HAND: [], CAIGEN: [], PACED: []}
    for _ in range(repeat):
        for name, found in runs.items():
            with TemporaryDirectory(prefix="caigen-bench-") as folder:
                if name == BY_HAND:
                    found.append(_by_hand(url, records, prompt_settings, sampling, places, Path(folder) / "rows.jsonl"))
                else:
                    room = places if name == CAIGEN else None
                    found.append(_caigen(url, records, prompt_settings, sampling, room, Path(folder), sinks))
            last = found[-1]
            say(
                f"{name}: {last['rows_per_second']} rows/s, {last['cpu_ms_per_row']} ms of CPU a row, {last['requests']}"
            )
    rates = {name: median(run["rows_per_second"] for run in found) for name, found in runs.items()}
    return {
        "prompts": len(records),
        "places": places,
        "runs": runs,
        "rows_per_second": rates,
        "cpu_ms_per_row": {name: min(run["cpu_ms_per_row"] for run in found) for name, found in runs.items()},
        "ratio": round(rates[CAIGEN] / rates[BY_HAND], 3),
        "ratio_paced": round(rates[PACED] / rates[BY_HAND], 3),
    }


def _by_hand(
    url: str, records: Sequence[Record], prompt_settings: PromptSettings, sampling: Sampling, places: int, output: Path
) -> dict[str, Any]:
    async def work() -> dict[str, Any]:
        async with await open_endpoint(url, None) as engine:
            model = engine.name
        begun = _Clocks()
        return begun.ended(await chains(url, model, records, prompt_settings, sampling, places, output))

    return asyncio.run(work())


def _caigen(
    url: str,
    records: Sequence[Record],
    prompt_settings: PromptSettings,
    sampling: Sampling,
    room: int | None,
    folder: Path,
    sinks: Sinks,
) -> dict[str, Any]:
    source, counted = folder / "in.jsonl", list[_Counting]()
    source.write_text("".join(json.dumps(to_row(record)) + "\n" for record in records), "utf-8")
    job = Job(
        command="run",
        source=Source(str(source)),
        engines=EngineOptions(endpoint=url, concurrency=room),
        stages=(
            stage("sample", SampleSettings(sampling=sampling)),
            stage("revise", ReviseSettings(sampling=sampling, critic_sampling=sampling)),
        ),
        settings_by_domain={"": prompt_settings},
        journal=folder / "out" / "records.jsonl.journal",
        in_flight=room,
    )

    async def opening(
        options: EngineOptions, journal: Journal | None, stack: AsyncExitStack, waiting: Callable[[Path], None] | None
    ) -> Engines:
        engines = await open_engines(options, journal, stack, waiting)
        limiter = unwrap(engines["policy"], ConcurrencyLimiter)
        if limiter:
            counting = _Counting(limiter.engine)
            limiter.engine = counting
            counted.append(counting)
        return engines

    begun = _Clocks()
    summary = carry_out(
        job, lambda stack: sinks(stack, folder / "out", None, job.settings_by_domain), Quiet(), opening=opening
    )
    found = {"rows": summary.done, "requests": dict(counted[0].requests), "tokens": summary.completion_tokens}
    return begun.ended(found) | {"failed": dict(summary.reasons)}


class _Clocks:
    """Seconds and CPU seconds from now on."""

    def __init__(self) -> None:
        self._seconds, self._cpu = time.monotonic(), time.process_time()

    def ended(self, found: dict[str, Any]) -> dict[str, Any]:
        """What was found, with its rates."""
        seconds, cpu = time.monotonic() - self._seconds, time.process_time() - self._cpu
        rates = {
            "seconds": seconds,
            "rows_per_second": found["rows"] / seconds,
            "tokens_per_second": found["tokens"] / seconds,
            "cpu_ms_per_row": 1000 * cpu / max(1, found["rows"]),
        }
        return found | {name: round(value, 2) for name, value in rates.items()}
