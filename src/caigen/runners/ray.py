"""run: records -> processed records, by the workers of a Ray cluster. The only import of ray.

Rows go out as text shards (shards.py), through the same coroutine as on one machine, and come back as text shards. A
block of rows waits for no other, and a worker that dies is started again and its rows are asked again. What is in
finished shards is not asked again when the same command is given again.
"""

import asyncio
import logging
import math
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.errors import CaigenError, EngineError, needs
from caigen.io.rows import read_row
from caigen.records import Record
from caigen.runners.local import Process
from caigen.runners.shards import Done, Shards, output_line, read_input_line, write_shards

ROWS_PER_BLOCK = 64  # that travel together
BLOCKS_PER_WORKER = 6  # so that it never waits for the next
BLOCKS_AT_ONCE = 4  # that a worker has in hand
CONNECT_SECONDS = 10.0  # for a cluster to answer
LOOK_SECONDS = 2.0  # between looks at what is written


class Measured(NamedTuple):
    """The function that processes one record, and what tells the record's costs then."""

    process: Process
    costs: Callable[[], list[int]]


class Opened(NamedTuple):
    """What a worker has once its engines are open: what makes the function for a record, and how many records to have
    at work.
    """

    make: Callable[[], Measured]
    at_work: int


Open = Callable[[], Awaitable[Opened]]


@dataclass(frozen=True)
class Cluster:
    """Where it runs: an address (None starts Ray on this machine), and what each worker holds."""

    address: str | None = None
    workers: int = 1
    cpus: float = 1.0
    gpus: float = 0.0


class Worker:
    """One set of engines in one actor. It is opened with the first row; rows wait while enough others are at work."""

    def __init__(self, open_worker: Open) -> None:
        self._open = open_worker
        self._opening: asyncio.Task[Opened] | None = None
        self._places: asyncio.Semaphore | None = None
        self._schedule = Schedule()

    async def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Process one line of an input shard; gives the line of an output shard."""
        # many rows come before the engines are open: all wait for the same task, and none may cancel it
        self._opening = self._opening or asyncio.ensure_future(self._open())
        make, at_work = await asyncio.shield(self._opening)
        self._places = self._places or asyncio.Semaphore(at_work)
        line = read_input_line(row["text"])
        record = read_row(orjson.loads(line.record))
        async with self._places:
            PRIORITY.set(Priority(self._schedule, line.index))
            measured = make()
            began = time.time()
            processed = await measured.process(record)
        # a row that had failed before was not processed, and cost nothing
        done = None if record.status == "failed" else Done(began, time.time(), measured.costs())
        return {"line": output_line(line, processed, done)}


def run(
    records: Iterable[Record], open_worker: Open, cluster: Cluster, folder: Path, *, look: Callable[[int], None]
) -> Iterator[tuple[Record, Done | None]]:
    """Records in the order of the input, once all are processed, and how each was done; None for one that had failed
    before.

    `folder` is where the shards are. `look` is told now and then how many records are processed.

    Raises CaigenError where the cluster does not answer or has too little, EngineError where an engine stopped.
    """
    shards = Shards(folder)
    for earlier in sorted(folder.glob("out-*")):
        shards.add_folder(earlier)
    # the input shards are made anew from what is left
    shutil.rmtree(folder / "in", ignore_errors=True)
    rows, unfinished = write_shards(records, folder / "in", shards)
    if unfinished:
        out = folder / f"out-{uuid4().hex[:12]}"
        lines = _LineCounter(out)
        dataset = _DatasetOptions(folder / "in", out, open_worker, cluster)
        _process(dataset, lambda: look(rows - unfinished + lines.count()))
        shards.add_folder(out)
    yield from shards.read(rows)
    shutil.rmtree(folder)


@dataclass(frozen=True)
class _DatasetOptions:
    """What Ray Data needs: the folders of input and output shards, what its workers open, and the cluster."""

    source: Path
    out: Path
    open_worker: Open
    cluster: Cluster


@dataclass
class _LineCounter:
    """Counts the lines in a folder of shards; a file is read again only if it grew."""

    folder: Path
    sizes: dict[Path, int] = field(default_factory=dict)
    lines: dict[Path, int] = field(default_factory=dict)

    def count(self) -> int:
        """Lines that are there now."""
        for path in self.folder.glob("*.jsonl"):
            size = path.stat().st_size
            if self.sizes.get(path) != size:
                self.sizes[path], self.lines[path] = size, path.read_bytes().count(b"\n")
        return sum(self.lines.values())


def _process(options: _DatasetOptions, look: Callable[[], None]) -> None:
    """Process all shards: Ray works in a thread, so that a person is told meanwhile how far it is."""
    ray = _connect(options.cluster)
    errors: list[BaseException] = []

    def process_shards() -> None:
        try:
            _dataset(ray, options).write_datasink(_sink(options.out))
        except Exception as error:  # Ray wraps what a worker raised in classes of its own
            errors.append(error)

    try:
        thread = threading.Thread(target=process_shards, name="caigen-ray", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(LOOK_SECONDS)
            look()
    finally:
        ray.shutdown()
    if errors:
        raise _one_line_error(errors[0]) from errors[0]


def _dataset(ray: Any, options: _DatasetOptions) -> Any:
    """The input shards as a Ray data set that goes through the workers."""
    context = ray.data.DataContext.get_current()
    # rows are put in order by their index afterwards, so no block needs to wait for another
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    cluster = options.cluster
    pool = ray.data.ActorPoolStrategy(
        size=cluster.workers,
        max_tasks_in_flight_per_actor=BLOCKS_PER_WORKER,
        max_concurrent_calls_per_actor=BLOCKS_AT_ONCE,
    )
    rows = ray.data.read_text(str(options.source.absolute())).repartition(target_num_rows_per_block=ROWS_PER_BLOCK)
    arguments = (options.open_worker,)
    return rows.map(Worker, fn_constructor_args=arguments, compute=pool, num_cpus=cluster.cpus, num_gpus=cluster.gpus)


def _sink(out: Path) -> Any:
    """Where Ray Data writes the output shards."""
    from ray.data.datasource import BlockBasedFileDatasink

    class Lines(BlockBasedFileDatasink):  # type: ignore[misc]
        """Rows as the lines that they are."""

        def write_block_to_file(self, block: Any, file: Any) -> None:
            for row in block.iter_rows(public_row_format=False):
                file.write(row["line"].encode() + b"\n")

    return Lines(str(out.absolute()), file_format="jsonl")


def _connect(cluster: Cluster) -> Any:
    """Ray, connected or started, with room for all workers and for reading and writing beside them.

    Raises CaigenError where it cannot be imported, does not answer, or has too little.
    """
    ray = _import_ray()
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if cluster.address is None:
        cpus = max(os.cpu_count() or 1, math.ceil(_cpus_needed(cluster)))
        options |= {"include_dashboard": False, "num_cpus": cpus}
    else:
        _check_answers(cluster.address)
        options["address"] = cluster.address
    threads = str(max(1, int(cluster.cpus)))
    try:
        ray.init(**options, runtime_env={"env_vars": {"OMP_NUM_THREADS": threads}})
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise CaigenError(f"ray at {cluster.address or 'this machine'}: {str(error).splitlines()[0]}") from error
    try:
        _check_resources(ray.cluster_resources(), cluster)
    except CaigenError:
        ray.shutdown()
        raise
    return ray


def _import_ray() -> Any:
    """Raises CaigenError where ray is not installed."""
    os.environ.setdefault("RAY_DATA_DEFAULT_ASYNC_ROW_UDF_MAX_CONCURRENCY", str(ROWS_PER_BLOCK))
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data  # noqa: F401
    except ImportError as error:
        raise needs("ray", "ray cannot be imported", error) from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    return ray


def _cpus_needed(cluster: Cluster) -> float:
    """CPUs of all workers, and one to read and write."""
    return cluster.workers * cluster.cpus + 1


def _check_resources(resources: dict[str, float], cluster: Cluster) -> None:
    """Raises CaigenError where a cluster has too few CPUs or GPUs."""
    for unit, needed in (("CPU", _cpus_needed(cluster)), ("GPU", cluster.workers * cluster.gpus)):
        if resources.get(unit, 0) < needed:
            raise CaigenError(
                f"the Ray cluster has {resources.get(unit, 0):g} {unit}s and {needed:g} are needed: {cluster.workers} "
                f"workers of {cluster.cpus:g} CPUs and {cluster.gpus:g} GPUs, and one CPU to read and write; "
                "see --workers, --worker-cpus"
            )


def _check_answers(address: str) -> None:
    """Raises CaigenError where nothing listens at an address; Ray itself would try for minutes."""
    if address == "auto":
        return
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=CONNECT_SECONDS).close()
    except (OSError, ValueError) as error:
        raise CaigenError(f"no Ray cluster answers at {address}: {error}") from error


def _one_line_error(error: BaseException) -> CaigenError:
    """A worker's error in one line: caigen's own message where Ray's text holds one, else its last line."""
    # the text is a traceback of another process: the class itself does not come through
    own = re.findall(r"caigen\.errors\.\w+: (.+)", str(error))
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    message = (own or lines or [type(error).__name__])[-1]
    return EngineError(f"a worker stopped: {message}; run the same command again to go on")
