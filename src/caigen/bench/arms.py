"""The same requests, handed to the same engine in five ways.

caigen carries the records first and every request is noted: prompt ids, output length, record and place in its chain.
The other arms send those very requests again, so all arms do the same work and differ only in when they send it.
"""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from caigen.bench.workload import length
from caigen.constitution.model import load
from caigen.engines.base import Closing, Completion, Request, Sampling
from caigen.engines.gate import Gate
from caigen.engines.vllm import Prepared, Spent, VLLMEngine
from caigen.flow import TURN
from caigen.journal import Journal, RememberingEngine
from caigen.pipeline import Stage, carry
from caigen.records import Provenance, Record
from caigen.runners.local import at_work, run
from caigen.sinks import RecordSink
from caigen.stages.prompts import Brief, Templates
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample

BATCH, CLIENT = 32, 8
Chain = list[Prepared]  # the requests of one record, each needing the answer to the one before


@dataclass(frozen=True)
class Work:
    """How much is asked. Lengths are in tokens."""

    prompts: list[Record]
    rounds: int = 3
    median: int = 48
    longest: int = 256


@dataclass
class Arm:
    """What one way of asking came to. Times are in seconds."""

    name: str
    seconds: float = 0.0
    requests: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0
    in_flight: float = 0.0  # mean of running requests over the engine's capacity, from first to last step
    first_row: float | None = None
    last_row: float | None = None  # after the last token
    busy: float | None = None  # as in_flight, up to the moment the last record was admitted

    def as_json(self) -> dict[str, Any]:
        """The arm as one JSON object."""
        facts = dataclasses.asdict(self) | {"tokens_per_second": self.completion / self.seconds}
        return {key: round(value, 4) if isinstance(value, float) else value for key, value in facts.items()}


@dataclass
class Tape(Closing):
    """An engine that gives every answer the length that was drawn for it and notes what was asked, record by record."""

    engine: VLLMEngine
    work: Work
    chains: dict[int, Chain] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.model, self.capacity = self.engine.model, self.engine.capacity

    async def complete(self, request: Request) -> Completion:
        """The engine's answer, of the length drawn."""
        prepared = self.engine.prepare(request)
        turn = TURN.get()
        calls = self.chains.setdefault(turn.place if turn else 0, [])
        wanted = length(f"b{turn.place if turn else 0}", len(calls), median=self.work.median, longest=self.work.longest)
        prepared.params.max_tokens = min(wanted, self.engine.max_model_len - len(prepared.ids))
        prepared.params.ignore_eos = True
        calls.append(prepared)
        completion = await self.engine.submit(prepared)
        return dataclasses.replace(completion, finish_reason="stop")


@dataclass(frozen=True)
class Reuse:
    """Shares of the tokens that stood at the same place in an earlier request of their record: those that came from the
    cache, of all (`tokens`) and of those in blocks that were whole (`blocks`), which are all that vLLM keeps.
    """

    tokens: float
    blocks: float


async def measure(
    engine: VLLMEngine, work: Work, say: Callable[[str], None], *, barriers: bool = True, repeat: int = 1
) -> tuple[list[Arm], Reuse]:
    """The arms, caigen's first. Those that come near each other are run in turn so often, and the fastest of each counts:
    what else the machine does only slows a run down. Without `barriers` only caigen and bare vLLM are measured.
    """
    await _caigen(engine, dataclasses.replace(work, prompts=work.prompts[:CLIENT]))  # warms what is compiled lazily
    found: dict[str, list[Arm]] = {}
    chains: list[Chain] = []

    def told(arm: Arm) -> None:
        found.setdefault(arm.name, []).append(arm)
        say(f"{arm.name}: {arm.seconds:.1f} s")

    for _ in range(repeat):
        ours, chains = await _caigen(engine, work)
        told(ours)
        for name, way in _near(engine, chains, barriers=barriers).items():
            told(await _timed(engine, Arm(name), way))
    for name, way in _far(engine, chains).items() if barriers else ():
        told(await _timed(engine, Arm(name), way))
    fastest = [min(runs, key=lambda arm: arm.seconds) for runs in found.values()]
    cached = fastest[0].cached
    whole = reusable(chains, engine.block_size)
    return fastest, Reuse(cached / max(1, reusable(chains)), cached / max(1, whole))


Ways = dict[str, Callable[[], Awaitable[object]]]


def _near(engine: VLLMEngine, chains: Sequence[Chain], *, barriers: bool) -> Ways:
    steps = _steps(chains)
    ways: Ways = {"bare vLLM": lambda: _at_once(engine, [call for step in steps for call in step])}
    return ways | ({"stage barrier": lambda: _in_turn(engine, steps)} if barriers else {})


def _far(engine: VLLMEngine, chains: Sequence[Chain]) -> Ways:
    return {
        f"batches of {BATCH}": lambda: _in_batches(engine, chains),
        f"{CLIENT} in flight": lambda: _client(engine, chains),
    }


def _steps(chains: Sequence[Chain]) -> list[Chain]:
    """All first requests, all second ones, and so on."""
    return [[call for call in step if call] for step in zip_longest(*chains)]


def reusable(chains: Sequence[Chain], block: int = 1) -> int:
    """Prompt tokens, in whole blocks, that stand at the same place in an earlier request of the same record or its answer.

    The last token of a prompt is always computed.
    """
    return sum(
        max((_shared([*before.ids, *before.output], call.ids[:-1]) for before in chain[:place]), default=0)
        // block
        * block
        for chain in chains
        for place, call in enumerate(chain)
    )


def _shared(one: list[int], other: list[int]) -> int:
    return next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


async def _caigen(engine: VLLMEngine, work: Work) -> tuple[Arm, list[Chain]]:
    """The way of `caigen run`: journal, hygiene and rows to a file."""
    brief = Brief(constitution=load("general"), templates=Templates.load(), free_text=True)
    sampling = Sampling(max_tokens=work.longest, temperature=0.0)
    settings = ReviseSettings(rounds=work.rounds, always=True, sampling=sampling, critic_sampling=sampling)
    tape = Tape(engine, work)
    arm = Arm("caigen")

    async def carry_all(folder: Path) -> None:
        journal = Journal(folder / "journal")
        asked = RememberingEngine(Gate(tape), journal)

        async def way(record: Record) -> Record:
            arm.busy = time.monotonic()  # the last one admitted ends the busy time
            stages: list[Stage] = [
                ("sample", lambda r: sample(r, asked, SampleSettings(1, sampling))),
                ("revise", lambda r: revise(r, asked, asked, brief, settings)),
            ]
            return await carry(record, stages, Provenance(caigen="bench"))

        began = time.monotonic()
        with RecordSink(folder / "records.jsonl") as sink:
            async for record in run(work.prompts, way, at_work=at_work([engine])):
                arm.first_row = arm.first_row or time.monotonic() - began
                sink.take(record)
        journal.close()

    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        arm = await _timed(engine, arm, lambda: carry_all(Path(folder)))
    return arm, [tape.chains[place] for place in sorted(tape.chains)]


async def _timed(engine: VLLMEngine, arm: Arm, way: Callable[[], Awaitable[object]]) -> Arm:
    engine.forget_prefixes()
    engine.steps, engine.spent = [], Spent()
    began = time.monotonic()
    await way()
    ended = time.monotonic()
    steps, engine.steps = engine.steps, None
    return dataclasses.replace(
        arm,
        **dataclasses.asdict(engine.spent),
        seconds=ended - began,
        in_flight=occupancy(steps, engine.capacity),
        last_row=ended - steps[-1][0],
        busy=occupancy([step for step in steps if step[0] <= arm.busy], engine.capacity) if arm.busy else None,
    )


def occupancy(steps: Sequence[tuple[float, int]], capacity: int) -> float:
    """Mean of running requests over capacity, weighted by the time of each step."""
    spans = [(end - start, min(running, capacity)) for (start, _), (end, running) in pairwise(steps)]
    whole = sum(span for span, _ in spans)
    return sum(span * running for span, running in spans) / (whole * capacity) if whole else 0.0


async def _at_once(engine: VLLMEngine, calls: Sequence[Prepared]) -> None:
    await asyncio.gather(*(engine.submit(call.again()) for call in calls))


async def _in_turn(engine: VLLMEngine, steps: Sequence[Sequence[Prepared]]) -> None:
    for step in steps:
        await _at_once(engine, step)


async def _in_batches(engine: VLLMEngine, chains: Sequence[Chain]) -> None:
    for start in range(0, len(chains), BATCH):
        await _in_turn(engine, _steps(chains[start : start + BATCH]))


async def _client(engine: VLLMEngine, chains: Sequence[Chain]) -> None:
    room = asyncio.Semaphore(CLIENT)

    async def one(chain: Chain) -> None:
        async with room:
            for call in chain:
                await engine.submit(call.again())

    await asyncio.gather(*map(one, chains))
