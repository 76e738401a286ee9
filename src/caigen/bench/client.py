"""What a row costs beside the model: `python -m caigen.bench.client ROWS`, on an engine that answers at once.

Every row is read, answered, criticised, revised and written, and every answer kept in a journal, as `caigen run --rounds 1`
does it.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.memory import peak_mb
from caigen.constitution.model import load
from caigen.engines.base import Request
from caigen.engines.gate import Gate
from caigen.engines.scripted import ScriptedEngine
from caigen.journal import Journal, RememberingEngine
from caigen.jsonl import Reader
from caigen.pipeline import Stage, carry
from caigen.records import Provenance, Record
from caigen.runners.local import run
from caigen.sinks import RecordSink
from caigen.stages.prompts import Brief, Templates
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample

IN_FLIGHT = 256
CRITIQUE = '{"text":"It promises a result.","quotes":["always works"],"verdict":"violates","severity":2}'


def cost(rows: int) -> dict[str, Any]:
    """CPU time of a row (milliseconds, all threads) and peak memory (MB) of a run of so many rows."""

    def script(request: Request) -> str:
        if request.schema:
            return CRITIQUE
        return "This often works. Ask again." if len(request.messages) > 1 else "This always works. Ask again."

    brief = Brief(constitution=load("general"), templates=Templates.load())

    async def work(folder: Path) -> None:
        journal = Journal(folder / "journal")
        engine = RememberingEngine(Gate(ScriptedEngine(script, keep=False), IN_FLIGHT), journal)
        stages: list[Stage] = [
            ("sample", lambda record: sample(record, engine, SampleSettings())),
            ("revise", lambda record: revise(record, engine, engine, brief, ReviseSettings())),
        ]

        async def way(record: Record) -> Record:
            return await carry(record, stages, Provenance(caigen="bench"))

        with RecordSink(folder / "out.jsonl") as sink:
            async for record in run(Reader(folder / "in.jsonl"), way, at_work=IN_FLIGHT):
                sink.take(record)
        journal.close()

    with TemporaryDirectory(prefix="caigen-bench-") as name:
        with (Path(name) / "in.jsonl").open("w") as stream:
            for place in range(rows):
                stream.write(json.dumps({"id": f"r{place}", "prompt": f"What works best in case {place}?"}) + "\n")
        began, cpu = time.monotonic(), time.process_time()
        asyncio.run(work(Path(name)))
        cpu, seconds = time.process_time() - cpu, time.monotonic() - began
    return {
        "rows": rows,
        "cpu_ms_per_row": round(1000 * cpu / rows, 4),
        "rows_per_second": round(rows / seconds, 1),
        "peak_rss_mb": round(peak_mb(), 1),
    }


def costs(scales: Iterable[int]) -> Iterator[dict[str, Any]]:
    """Each scale in a process of its own, so that peaks of memory do not mix."""
    for rows in scales:
        command = [sys.executable, "-m", "caigen.bench.client", str(rows)]
        yield json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(cost(int(sys.argv[1]))) + "\n")
