"""The arms of `caigen bench flow` that send recorded requests to a bare vLLM engine, in four ways.

All arms send the same requests, and differ only in when they send them. A chain is the requests of one record, each of
which needs the answer to the one before.
"""

import asyncio
import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from typing import Any

from caigen.engines.vllm import VLLMEngine
from caigen.engines.vllm_requests import Prepared, Spent

BATCH_PROMPTS, CLIENT_PROMPTS = 32, 8
BARE, BARRIER = "bare vLLM", "stage barrier"
BATCHES, CLIENT = f"batches of {BATCH_PROMPTS}", f"{CLIENT_PROMPTS} in flight"
Chain = list[Prepared]
Send = Callable[[], Awaitable[object]]
Progress = Callable[[str], None]


@dataclass
class Arm:
    """The figures of one way of sending the requests. Occupancy is the mean of running requests over capacity."""

    name: str
    seconds: float = 0.0
    requests: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0  # of the prompts
    completion_tokens: int = 0
    occupancy: float = 0.0  # from the first step to the last
    occupancy_before_tail: float | None = None  # until the last record was admitted
    first_row_seconds: float | None = None
    exit_seconds: float | None = None  # from the last token to the end

    def as_json(self) -> dict[str, Any]:
        """The arm as one JSON object, with its tokens a second."""
        figures = dataclasses.asdict(self) | {"tokens_per_second": self.completion_tokens / self.seconds}
        return {name: round(value, 4) if isinstance(value, float) else value for name, value in figures.items()}


def fastest(runs: Sequence[Arm]) -> Arm:
    """The run of an arm that took least time: whatever else the machine does only slows a run down."""
    return min(runs, key=lambda arm: arm.seconds)


async def run_arms(
    engine: VLLMEngine, chains: Sequence[Chain], progress: Progress, *, barriers: bool, repeat: int
) -> list[list[Arm]]:
    """The runs of each arm on the bare engine.

    The first run leaves its answers in `chains`, which later steps of a chain need. Arms that come near caigen run
    `repeat` times, in turn; those with `barriers` that are far off run once.
    """
    # warm up what is loaded lazily, with copies, so that `chains` stay unanswered
    warm_up = [call.again() for chain in chains[:CLIENT_PROMPTS] for call in chain]
    await asyncio.gather(*(engine.submit(call) for call in warm_up))
    steps = steps_of(chains)
    calls = [call for step in steps for call in step]
    # `repeat` runs of an arm do not follow each other, so that a busy minute does not hit all of them
    near: dict[str, Send] = {BARE: lambda: _send_at_once(engine, calls)}
    far: dict[str, Send] = {}
    if barriers:
        near[BARRIER] = lambda: _send_steps(engine, steps)
        far[BATCHES] = lambda: _send_batches(engine, chains)
        far[CLIENT] = lambda: _send_as_client(engine, chains)
    runs: dict[str, list[Arm]] = {}
    for name, send in [*list(near.items()) * repeat, *far.items()]:
        arm = await _measure(engine, name, send)
        runs.setdefault(name, []).append(arm)
        progress(f"{name}: {arm.seconds:.1f} s")
    return list(runs.values())


async def _measure(engine: VLLMEngine, name: str, send: Send) -> Arm:
    """One arm, with an empty prefix cache at its start."""
    engine.forget_prefixes()
    engine.steps, engine.spent = [], Spent()
    began = time.monotonic()
    await send()
    ended = time.monotonic()
    # the engine notes its steps only while `steps` is a list
    steps, engine.steps = engine.steps, None
    return Arm(
        name,
        seconds=ended - began,
        requests=engine.spent.requests,
        prompt_tokens=engine.spent.prompt,
        cached_tokens=engine.spent.cached,
        completion_tokens=engine.spent.completion,
        occupancy=occupancy(steps, engine.capacity),
        exit_seconds=ended - steps[-1][0],
    )


async def _send_at_once(engine: VLLMEngine, calls: Sequence[Prepared]) -> None:
    """All calls at once: themselves the first time, so that they keep their answers, then copies."""
    await asyncio.gather(*(engine.submit(call.again() if call.output else call) for call in calls))


async def _send_steps(engine: VLLMEngine, steps: Sequence[Sequence[Prepared]]) -> None:
    """One step after the other: a barrier between stages."""
    for step in steps:
        await _send_at_once(engine, step)


async def _send_batches(engine: VLLMEngine, chains: Sequence[Chain]) -> None:
    """The same for some prompts at a time."""
    for start in range(0, len(chains), BATCH_PROMPTS):
        await _send_steps(engine, steps_of(chains[start : start + BATCH_PROMPTS]))


async def _send_as_client(engine: VLLMEngine, chains: Sequence[Chain]) -> None:
    """Some prompts at a time, each through its whole chain, as a client with a semaphore does."""
    limit = asyncio.Semaphore(CLIENT_PROMPTS)

    async def send_chain(chain: Chain) -> None:
        async with limit:
            for call in chain:
                await engine.submit(call.again())

    await asyncio.gather(*map(send_chain, chains))


def steps_of(chains: Sequence[Chain]) -> list[Chain]:
    """The first requests of all chains, then all second ones, and so on; chains may differ in length."""
    return [[call for call in step if call] for step in zip_longest(*chains)]


def occupancy(counts: Sequence[tuple[float, int]], capacity: int) -> float:
    """Mean of running requests over capacity, weighted by time; `counts` are moments, and what ran until each."""
    seconds = filled = 0.0
    for (start, _), (end, running) in pairwise(counts):
        # more requests than the engine runs at once wait in it
        seconds += end - start
        filled += (end - start) * min(running, capacity)
    return filled / (seconds * capacity) if seconds else 0.0


def reusable_tokens(chains: Sequence[Chain], block: int = 1) -> int:
    """Prompt tokens, in whole blocks, that begin an earlier request of the same record or its answer.

    The last token of a prompt is always computed.
    """
    total = 0
    for chain in chains:
        for index, call in enumerate(chain):
            # what the earlier requests and their answers left in the cache
            shared = [_common_prefix([*before.ids, *before.output], call.ids[:-1]) for before in chain[:index]]
            total += max(shared, default=0) // block * block
    return total


def _common_prefix(first: list[int], second: list[int]) -> int:
    """How many tokens two lists begin with in common."""
    for index, (a, b) in enumerate(zip(first, second, strict=False)):
        if a != b:
            return index
    return min(len(first), len(second))
