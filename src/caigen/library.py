"""run: prompts -> Records with answers, critiques and revisions; files -> Records, and Records -> files

For scripts and notebooks: one call does what `caigen run` does for a file. The stages themselves are in stages/.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar, get_args

from caigen.choices import OnError, Take
from caigen.constitution.format import Constitution
from caigen.constitution.load import load
from caigen.engines.base import Engine, Sampling, unwrap
from caigen.engines.endpoint import EndpointEngine
from caigen.engines.open import EngineOptions, open_engines
from caigen.engines.pool import Pool
from caigen.engines.roles import ROLES, EngineRole
from caigen.errors import CaigenError
from caigen.io.outputs import misnamed
from caigen.io.prompts import Prompt, read_prompts
from caigen.io.read import Reader
from caigen.io.write import Writer, to_row
from caigen.provenance import made_under, provenance_of
from caigen.recipes import DEFAULT
from caigen.records import Record
from caigen.runners import local
from caigen.runners.pipeline import process, steps_of
from caigen.stages.registry import Stage, roles_asked, stage
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import adapt_to_demo_model, adapt_to_real_model
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.templates import Templates

Result = TypeVar("Result")
SAMPLING = Sampling(temperature=DEFAULT.temperature)  # as the command line's defaults
LOOP_BOUND = (EndpointEngine, Pool)  # engines whose connections belong to the event loop that opened them
log = logging.getLogger(__name__)


async def arun(
    prompts: Iterable[Prompt],
    constitution: str | os.PathLike[str] | Constitution = "general",
    *,
    model: str | None = None,
    endpoint: str | None = None,
    engine: Engine | EngineOptions | None = None,
    rounds: int = 1,
    candidates: int = 1,
    sampling: Sampling = SAMPLING,
    seed: int = 0,
) -> list[Record]:
    """Answer each prompt, then critique and revise each answer; return the Records in the order of the prompts.

    A prompt is a text, a list of Messages, a row as `caigen` reads it from JSON Lines, or a Record, whose candidates
    and rounds are kept. `rounds` and `candidates` are the numbers to reach; `seed` decides all random draws.

    `model` is a folder or a hub name, `endpoint` the URL of an OpenAI-compatible server (CAIGEN_API_KEY holds its key).
    `engine` is an open engine, which stays open, or EngineOptions, which name a model for each role. Without any of the
    three it is the bundled demo model. A model that is not asked, such as the judge's, is not opened.

    A Record whose request failed has the status `failed` and says why in `error`.
    Raises InputError for what is no prompt, CaigenError for other arguments that will not do, ConstitutionError, and
    EngineError when the engine cannot start or stops.
    """
    _check_arguments(engine, model=model, endpoint=endpoint, rounds=rounds, candidates=candidates)
    records = read_prompts(prompts)
    settings = PromptSettings(constitution=_load(constitution), templates=Templates.load(), seed=seed)
    if engine is None:
        engine = EngineOptions(model=model, endpoint=endpoint, api_key=os.environ.get("CAIGEN_API_KEY"))
    answering = SampleSettings(candidates, sampling, seed)
    revising = ReviseSettings(rounds=rounds, sampling=sampling, critic_sampling=sampling)
    stages = [stage("sample", answering), stage("revise", revising)]
    if not records:
        return []
    async with AsyncExitStack() as stack:
        engines: Mapping[EngineRole, Engine]
        if isinstance(engine, EngineOptions):
            # no other role's model is opened, as in a command
            engine = replace(engine, roles=roles_asked(stages))
            # The demo model knows its own short constitutions and templates only.
            settings = adapt_to_demo_model(settings) if engine.all_demo else adapt_to_real_model(settings)
            engines = (await open_engines(engine, None, stack, _log_waiting)).by_role
        else:
            engines = dict.fromkeys(ROLES, engine)
        work = _process(engines, settings, stages)
        return [record async for record in local.run(records, work, at_work=local.at_work(engines.values()))]


def run(
    prompts: Iterable[Prompt],
    constitution: str | os.PathLike[str] | Constitution = "general",
    *,
    model: str | None = None,
    endpoint: str | None = None,
    engine: Engine | EngineOptions | None = None,
    rounds: int = 1,
    candidates: int = 1,
    sampling: Sampling = SAMPLING,
    seed: int = 0,
) -> list[Record]:
    """Answer, critique and revise as `arun`, and wait for the result; in a notebook too, whose event loop is running.

    Raises the errors of `arun`, and CaigenError for an engine that was opened in another event loop.
    """
    _check_loop(engine)
    return _wait_for(
        arun(
            prompts,
            constitution,
            model=model,
            endpoint=endpoint,
            engine=engine,
            rounds=rounds,
            candidates=candidates,
            sampling=sampling,
            seed=seed,
        )
    )


@asynccontextmanager
async def open_engine(options: EngineOptions) -> AsyncIterator[Engine]:
    """Load the policy's model, or connect to its server; it is closed at the end of the `async with`.

    No model of another role is opened. Waits while another caigen process has a model on the device.
    Raises EngineError.
    """
    async with AsyncExitStack() as stack:
        engines = await open_engines(replace(options, roles=("policy",)), None, stack, _log_waiting)
        yield engines["policy"]


def read_records(
    source: str | os.PathLike[str], *, on_error: OnError = "fail", take: Take = "none", limit: int | None = None
) -> Iterator[Record]:
    """The Records of a file, read as they are asked for: prompts in any accepted form (docs/inputs.md), or records.

    `on_error="skip"` leaves out lines that cannot be read. `take` says which answer of a preference row becomes the
    candidate.
    Raises CaigenError for an argument that will not do, and, while the file is read, InputError as `FILE:LINE: what`.
    """
    _check_word("on_error", on_error, get_args(OnError))
    _check_word("take", take, get_args(Take))
    if limit is not None and limit < 0:
        raise CaigenError(f"limit: {limit} is less than 0")
    return iter(Reader(source, on_error=on_error, take=take, limit=limit))


def write_records(records: Iterable[Record], path: str | os.PathLike[str]) -> int:
    """Write Records as JSON Lines and return their number; the file gets its name once all are written.

    A name that ends in `.gz` gets gzip. What is there is replaced.
    Raises CaigenError when the file cannot be written, or its name promises another format than JSON Lines.
    """
    if problem := misnamed(Path(path), rows=False):
        raise CaigenError(problem)
    with Writer(Path(path)) as writer:
        for record in records:
            writer.write(to_row(record))
    return writer.rows


def _process(
    engines: Mapping[EngineRole, Engine], settings: PromptSettings, stages: Sequence[Stage]
) -> Callable[[Record], Coroutine[Any, Any, Record]]:
    """What is done to each Record: the stages, and the provenance of what they made."""
    models = {role: engine.model for role, engine in engines.items()}
    steps = steps_of(stages, engines, settings)
    account = partial(provenance_of, under=made_under(settings), stages=stages, models=models)
    return partial(process, steps=steps, provenance=account)


def _check_arguments(
    engine: Engine | EngineOptions | None, *, model: str | None, endpoint: str | None, rounds: int, candidates: int
) -> None:
    """Raises CaigenError for numbers that cannot be reached, and for a model that is named twice."""
    if engine is not None and (model or endpoint):
        raise CaigenError("engine: give either an engine or `model` and `endpoint`, not both")
    if rounds < 0:
        raise CaigenError(f"rounds: {rounds} is less than 0")
    if candidates < 1:
        raise CaigenError(f"candidates: {candidates} is less than 1")


def _check_word(argument: str, word: str, words: Sequence[str]) -> None:
    """Raises CaigenError for a word that an argument does not take."""
    if word not in words:
        raise CaigenError(f"{argument}: {word!r} is not one of {', '.join(words)}")


def _load(constitution: str | os.PathLike[str] | Constitution) -> Constitution:
    return constitution if isinstance(constitution, Constitution) else load(constitution)


def _check_loop(engine: Engine | EngineOptions | None) -> None:
    """Raises CaigenError for an open engine that `run`, which starts an event loop of its own, cannot ask."""
    if engine is None or isinstance(engine, EngineOptions):
        return
    if any(unwrap(engine, kind) for kind in LOOP_BOUND):
        raise CaigenError(
            "engine: an open engine answers only in the event loop it was opened in: use `await caigen.arun`"
        )


def _log_waiting(path: Path) -> None:
    log.warning("waiting for the device: another caigen holds %s", path)


def _wait_for(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a coroutine, for callers that are not asynchronous themselves.

    An event loop cannot run inside another, so where one is running the work gets a thread with a loop of its own.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    begun: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[Any]]] = Future()

    async def begin() -> Result:
        task = asyncio.current_task()
        assert task is not None  # a coroutine that asyncio.run awaits is a task
        begun.set_result((asyncio.get_running_loop(), task))
        return await work

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="caigen-run") as thread:
        result = thread.submit(asyncio.run, begin())
        try:
            return result.result()
        except KeyboardInterrupt:
            # Ctrl-C reaches the main thread alone: stop the other one, which the `with` then waits for.
            loop, task = begun.result()
            loop.call_soon_threadsafe(task.cancel)
            raise
