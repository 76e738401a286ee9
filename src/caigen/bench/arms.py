"""The same requests, handed to an engine in five ways.

caigen carries the records first and every request is noted: messages, schema, output length, record and place in its chain.
The other arms send those very requests again, so all arms do the same work and differ only in when they send it. Answers
and revisions have the lengths that were drawn for them; critiques are JSON under a schema and end by themselves.
"""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from caigen.bench.client import Sinks
from caigen.bench.workload import length
from caigen.constitution.load import load
from caigen.engines.base import Completion, Engine, Request, Sampling, Wrapper
from caigen.engines.child import Model
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import DEMO
from caigen.engines.pool import Pool, open_pool
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import PRIORITY
from caigen.engines.vllm import VLLMEngine
from caigen.engines.vllm_requests import Prepared, Spent
from caigen.records import Provenance, Record
from caigen.runners.local import at_work, run
from caigen.runners.pipeline import Step, process
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import for_demo
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.templates import Templates

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


class RecordingEngine(Wrapper):
    """An engine around an engine that gives every answer the length that was drawn for it, and records the requests.

    A critique is generated under its schema, but what is handed on quotes the criticised answer as it is: so every chain goes
    on, whatever the model is able to say.
    """

    def __init__(self, engine: Engine, work: Work) -> None:
        super().__init__(engine)
        self.work = work
        self.chains: dict[int, list[Request]] = {}  # by the record's index in the input
        self.events: list[tuple[float, int]] = []  # when a request came or went, and how many were running until then
        self.running = 0

    async def complete(self, request: Request) -> Completion:
        """The engine's answer, of the length drawn."""
        priority = PRIORITY.get()
        place = priority.index if priority else 0
        calls = self.chains.setdefault(place, [])
        wanted = length(f"b{place}", len(calls), median=self.work.median, longest=self.work.longest)
        most = self.work.longest if request.schema else wanted
        asked = _of_length(request, most, ignore_eos=not request.schema)
        calls.append(asked)
        number = len(calls) - 1
        self._count(1)
        completion = await self.engine.complete(asked)
        self._count(-1)
        if request.schema:  # as long for the other arms
            calls[number] = _of_length(request, completion.tokens.completion, ignore_eos=False)
            completion = dataclasses.replace(completion, text=_critique(request))
        return dataclasses.replace(completion, finish_reason="stop")

    def _count(self, change: int) -> None:
        self.events.append((time.monotonic(), self.running))
        self.running += change


def _of_length(request: Request, tokens: int, *, ignore_eos: bool) -> Request:
    sampling = dataclasses.replace(request.sampling, max_tokens=tokens, ignore_eos=ignore_eos)
    return dataclasses.replace(request, sampling=sampling)


def _critique(request: Request) -> str:
    """A critique that quotes the answer before its request."""
    answer = next(turn.content for turn in reversed(request.messages) if turn.role == "assistant")
    content = {
        "text": "The words quoted claim more than anybody can know, and a reader could act on them.",
        "quotes": [" ".join(answer.split()[:8])],
        "verdict": "violates",
        "severity": 2,
    }
    return orjson.dumps(content).decode()


@dataclass(frozen=True)
class Reuse:
    """Shares of the tokens that stood at the same place in an earlier request of their record: those that came from the
    cache, of all (`tokens`) and of those in blocks that were whole (`blocks`), which are all that vLLM keeps.
    """

    tokens: float
    blocks: float


async def measure(
    model: Model, works: Sequence[Work], sinks: Sinks, say: Callable[[str], None], *, repeat: int = 1
) -> list[tuple[Work, list[Arm], Reuse]]:
    """The arms of each work, caigen's first; all but caigen and bare vLLM only for the first work. `sinks` opens the files of
    `run`.

    caigen has its engine in another process, as it always does; the other arms step one in this process, with nothing
    beside it. Those that come near each other are run so often, and the fastest of each counts: what else the machine does
    only slows a run down.
    """
    ours: list[list[Arm]] = []
    asked: list[list[list[Request]]] = []
    async with await open_pool(model, 1) as pool:
        await _caigen(
            pool, dataclasses.replace(works[0], prompts=works[0].prompts[:CLIENT]), sinks
        )  # warms what is lazy
        for work in works:
            say(f"caigen, {len(work.prompts)} prompts")
            runs = [await _caigen(pool, work, sinks) for _ in range(repeat)]
            ours.append([arm for arm, _ in runs])
            asked.append(runs[-1][1])
            say(", ".join(f"{arm.seconds:.1f} s" for arm in ours[-1]))
    found = []
    async with VLLMEngine(model.path, name=model.name, args=model.args) as engine:
        for work, mine, requests in zip(works, ours, asked, strict=True):
            chains = [[engine.prepare(request) for request in chain] for chain in requests]
            others = await _others(engine, chains, say, barriers=work is works[0], repeat=repeat)
            arms = [_fastest(runs) for runs in [mine, *others]]
            cached = arms[0].cached
            reuse = Reuse(cached / max(1, reusable(chains)), cached / max(1, reusable(chains, engine.block_size)))
            found.append((work, arms, reuse))
    return found


def _fastest(runs: Sequence[Arm]) -> Arm:
    return min(runs, key=lambda arm: arm.seconds)


async def _others(
    engine: VLLMEngine, chains: Sequence[Chain], say: Callable[[str], None], *, barriers: bool, repeat: int
) -> list[list[Arm]]:
    """The runs of each other arm. The first one leaves its answers in `chains`, so they are as long as caigen's."""
    await asyncio.gather(*(engine.submit(call.again()) for chain in chains[:CLIENT] for call in chain))  # warms it
    found: dict[str, list[Arm]] = {}
    near = _near(engine, chains, barriers=barriers)
    for name, way in [*list(near.items()) * repeat, *(_far(engine, chains).items() if barriers else ())]:
        arm = await _timed(engine, Arm(name), way)
        found.setdefault(name, []).append(arm)
        say(f"{name}: {arm.seconds:.1f} s")
    return list(found.values())


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


async def _caigen(engine: Pool, work: Work, sinks: Sinks) -> tuple[Arm, list[list[Request]]]:
    """The way of `caigen run`: structured critiques, journal, hygiene and all its files; and what was asked, record by record."""
    prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load())
    prompt_settings = for_demo(prompt_settings) if engine.model.startswith(f"{DEMO}@") else prompt_settings
    sampling = Sampling(max_tokens=work.longest, temperature=0.0)
    settings = ReviseSettings(rounds=work.rounds, always=True, sampling=sampling, critic_sampling=sampling)
    await engine.forget_prefixes()
    tape = RecordingEngine(engine, work)
    arm = Arm("caigen")
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        journal = Journal(Path(folder) / "journal")
        asked = RememberingEngine(ConcurrencyLimiter(tape), journal)
        admitted = 0.0

        async def way(record: Record) -> Record:
            nonlocal admitted
            admitted = time.monotonic()  # of the last one, in the end
            stages: list[Step] = [
                ("sample", lambda r: sample(r, asked, SampleSettings(1, sampling))),
                ("revise", lambda r: revise(r, asked, asked, prompt_settings, settings)),
            ]
            return await process(record, stages, Provenance(caigen="bench"))

        began = time.monotonic()
        with ExitStack() as stack:
            opened = sinks(stack, Path(folder) / "out", None, {"": prompt_settings})
            async for record in run(work.prompts, way, at_work=at_work([engine])):
                arm.first_row = arm.first_row or time.monotonic() - began
                for sink in opened:
                    sink.take(record)
        journal.close()
        ended = time.monotonic()
    spent = asked.tokens
    arm = dataclasses.replace(
        arm,
        seconds=ended - began,
        requests=asked.sent,
        prompt=spent.prompt,
        cached=spent.cached,
        completion=spent.completion,
        in_flight=occupancy(tape.events, engine.capacity),
        busy=occupancy([event for event in tape.events if event[0] <= admitted], engine.capacity),
        last_row=ended - tape.events[-1][0],
    )
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
    )


def occupancy(steps: Sequence[tuple[float, int]], capacity: int) -> float:
    """Mean of running requests over capacity, weighted by the time of each step."""
    spans = [(end - start, min(running, capacity)) for (start, _), (end, running) in pairwise(steps)]
    whole = sum(span for span, _ in spans)
    return sum(span * running for span, running in spans) / (whole * capacity) if whole else 0.0


async def _at_once(engine: VLLMEngine, calls: Sequence[Prepared]) -> None:
    """The first time the calls themselves, which keep their answers; then copies."""
    await asyncio.gather(*(engine.submit(call.again() if call.output else call) for call in calls))


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
