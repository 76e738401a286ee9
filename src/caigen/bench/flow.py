"""`caigen bench flow`: caigen beside the bare engine and beside clients with barriers, all with the same requests.

caigen processes the records first, and every request is recorded: messages, schema, output length, record. The other
arms (arms.py) then send those very requests again. Answers and revisions have the lengths that were drawn for them;
critiques are JSON under a schema and end by themselves.
"""

import dataclasses
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from caigen.bench.arms import CLIENT_PROMPTS, Arm, Progress, fastest, occupancy, reusable_tokens, run_arms
from caigen.bench.recording import RecordingEngine
from caigen.bench.row import OpenSinks
from caigen.bench.workload import Work
from caigen.constitution.load import load
from caigen.engines.base import Engine, Request, Sampling
from caigen.engines.child import Model
from caigen.engines.journal import Journal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import DEMO
from caigen.engines.pool import Pool, open_pool
from caigen.engines.remembering import RememberingEngine
from caigen.engines.vllm import VLLMEngine
from caigen.records import Provenance, Record
from caigen.runners.local import at_work, run
from caigen.runners.pipeline import process
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import adapt_to_demo_model
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.templates import Templates

Requests = list[list[Request]]  # of each record


class PrefixReuse(NamedTuple):
    """Tokens from the prefix cache over the tokens that begin an earlier request of their record.

    `tokens` is over all of them, `blocks` over those in whole blocks, which are all that vLLM keeps.
    """

    tokens: float
    blocks: float


class Result(NamedTuple):
    """The arms of one run, caigen's first, each the fastest of its repeats."""

    work: Work
    arms: list[Arm]
    reuse: PrefixReuse


async def measure(
    model: Model, works: Sequence[Work], open_sinks: OpenSinks, progress: Progress, *, repeat: int = 1
) -> list[Result]:
    """Run all arms on each work; the arms with barriers run only on the first.

    `open_sinks` opens the files of `run`. caigen has its engine in another process, as it always does; the other arms
    step one in this process, with nothing beside it.
    """
    # caigen first: its requests are what the other arms send
    caigen_runs: list[list[Arm]] = []
    recorded: list[Requests] = []
    async with await open_pool(model, 1) as pool:
        # warm up what is loaded lazily
        small = dataclasses.replace(works[0], prompts=works[0].prompts[:CLIENT_PROMPTS])
        await _run_caigen(pool, small, open_sinks)
        for work in works:
            progress(f"caigen, {len(work.prompts)} prompts")
            runs = [await _run_caigen(pool, work, open_sinks) for _ in range(repeat)]
            caigen_runs.append([arm for arm, _ in runs])
            # the same in every run, since lengths are drawn by hash and nothing is random
            recorded.append(runs[-1][1])
            progress(", ".join(f"{arm.seconds:.1f} s" for arm in caigen_runs[-1]))
    results = []
    async with VLLMEngine(model.path, name=model.name, args=model.args) as engine:
        for work, own_runs, requests in zip(works, caigen_runs, recorded, strict=True):
            chains = [[engine.prepare(request) for request in chain] for chain in requests]
            other_runs = await run_arms(engine, chains, progress, barriers=work is works[0], repeat=repeat)
            arms = [fastest(runs) for runs in [own_runs, *other_runs]]
            # the chains have their answers now, which later requests of a record may repeat
            reuse = PrefixReuse(
                tokens=arms[0].cached_tokens / max(1, reusable_tokens(chains)),
                blocks=arms[0].cached_tokens / max(1, reusable_tokens(chains, engine.block_size)),
            )
            results.append(Result(work, arms, reuse))
    return results


async def _run_caigen(pool: Pool, work: Work, open_sinks: OpenSinks) -> tuple[Arm, Requests]:
    """What `caigen run` does: structured critiques, journal, hygiene and all its files; and the requests it sent."""
    prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load())
    if pool.model.startswith(f"{DEMO}@"):
        prompt_settings = adapt_to_demo_model(prompt_settings)
    await pool.forget_prefixes()
    recording = RecordingEngine(pool, work)
    first_row: float | None = None
    last_admitted = 0.0
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        # the recording engine is innermost: it sees what goes to the model, and how many requests run there
        journal = Journal(Path(folder) / "journal")
        engine = RememberingEngine(ConcurrencyLimiter(recording), journal)
        process_record = _processor(engine, prompt_settings, work)

        async def admit(record: Record) -> Record:
            nonlocal last_admitted
            last_admitted = time.monotonic()
            return await process_record(record)

        began = time.monotonic()
        with ExitStack() as stack:
            sinks = open_sinks(stack, Path(folder) / "out", None, {"": prompt_settings})
            async for record in run(work.prompts, admit, at_work=at_work([pool])):
                first_row = first_row or time.monotonic() - began
                for sink in sinks:
                    sink.take(record)
        journal.close()
        ended = time.monotonic()
    # after the last admission the engine runs empty, whatever the client does
    before_tail = [count for count in recording.counts if count.time <= last_admitted]
    arm = Arm(
        "caigen",
        seconds=ended - began,
        requests=engine.sent,
        prompt_tokens=engine.tokens.prompt,
        cached_tokens=engine.tokens.cached,
        completion_tokens=engine.tokens.completion,
        occupancy=occupancy(recording.counts, pool.capacity),
        occupancy_before_tail=occupancy(before_tail, pool.capacity),
        first_row_seconds=first_row,
        exit_seconds=ended - recording.counts[-1].time,
    )
    return arm, [recording.requests[index] for index in sorted(recording.requests)]


def _processor(engine: Engine, prompt_settings: PromptSettings, work: Work) -> Callable[[Record], Awaitable[Record]]:
    """Record -> record with an answer and all its rounds, none of which is left out."""
    sampling = Sampling(max_tokens=work.longest, temperature=0.0)
    settings = ReviseSettings(rounds=work.rounds, always=True, sampling=sampling, critic_sampling=sampling)

    async def sample_stage(record: Record) -> Record:
        return await sample(record, engine, SampleSettings(1, sampling))

    async def revise_stage(record: Record) -> Record:
        return await revise(record, engine, engine, prompt_settings, settings)

    async def process_record(record: Record) -> Record:
        stages = [("sample", sample_stage), ("revise", revise_stage)]
        return await process(record, stages, Provenance(caigen="bench"))

    return process_record
