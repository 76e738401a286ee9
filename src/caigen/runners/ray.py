"""Process records on many machines: Ray Data reads and writes shards, and each of its actors holds one engine.

The only import of ray. Rows go out as text shards, through the same coroutine as on one machine, and come back as text
shards; a block of rows waits for no other, and a worker that dies is started again and its rows are asked again. What is
in finished shards is not asked again when the same command is given again.
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
from array import array
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import orjson

from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.errors import CaigenError, EngineError, needs
from caigen.io.rows import read_row
from caigen.io.write import to_row
from caigen.records import Record
from caigen.runners.local import Process

BLOCK = 64  # rows that travel together
BLOCKS = 6  # at a worker, so that it never waits for the next
CALLS = 4  # blocks that a worker has in hand at once
PART = 4096  # rows of an input shard
PATIENCE = 10.0  # seconds for a cluster to answer
LOOK = 2.0  # seconds between looks at what is written
# what gives a record its way and then its costs; how many records are at work at once
Opened = tuple[Callable[[], tuple[Process, Callable[[], list[int]]]], int]
Open = Callable[[], Awaitable[Opened]]


@dataclass(frozen=True)
class Cluster:
    """Where it runs: an address (None starts Ray on this machine), and what each worker holds."""

    address: str | None = None
    workers: int = 1
    cpus: float = 1.0
    gpus: float = 0.0


@dataclass(frozen=True)
class Done:
    """When a worker began and ended a row (seconds since 1970), and what it cost."""

    began: float
    ended: float
    costs: list[int]


@dataclass
class Shards:
    """Where each row of the input lies in the output shards, by its place; 20 bytes a row."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    where: "array[int]" = field(default_factory=lambda: array("I"))
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))

    def look(self, folder: Path) -> None:
        """Take in the whole lines of a folder of shards; a line that was cut off by a kill counts for nothing."""
        for path in sorted(folder.glob("*.jsonl")):
            self.files.append(path)
            start = 0
            with path.open("rb") as stream:
                for line in stream:
                    if line.endswith(b"\n"):
                        place, key = line.split(b"\t", 2)[:2]
                        self._note(int(place), int(key), start)
                    start += len(line)

    def _note(self, place: int, key: int, start: int) -> None:
        missing = place + 1 - len(self.keys)
        for numbers in (self.keys, self.where, self.offsets):
            numbers.extend([0] * missing)
        self.keys[place], self.where[place], self.offsets[place] = key, len(self.files), start

    def has(self, place: int, key: int) -> bool:
        """Whether the row that stood at a place is finished."""
        return place < len(self.keys) and self.keys[place] == key

    def read(self, count: int) -> Iterator[tuple[Record, Done | None]]:
        """The finished rows in order of input, with when they were carried (None for one that had failed before).

        Raises EngineError where one is missing.
        """
        streams = [path.open("rb") for path in self.files]
        try:
            for place in range(count):
                if place >= len(self.where) or not self.where[place]:
                    raise EngineError(
                        f"{self.folder}: row {place} came back from no worker; run the same command again"
                    )
                stream = streams[self.where[place] - 1]
                stream.seek(self.offsets[place])
                _, _, costs, row = stream.readline().split(b"\t", 3)
                told = orjson.loads(costs)
                yield read_row(orjson.loads(row)), Done(told[0], told[1], told[2:]) if told else None
        finally:
            for stream in streams:
                stream.close()


class Worker:
    """One engine in one actor; it is opened with the first row, and rows wait at its door while enough are at work."""

    def __init__(self, open_way: Open) -> None:
        self._open = open_way
        self._opening: asyncio.Task[Opened] | None = None
        self._door: asyncio.Semaphore | None = None
        self._flow = Schedule()

    async def __call__(self, row: dict[str, Any]) -> dict[str, Any]:
        """Process one row, `place TAB key TAB record`; its costs come before the record."""
        self._opening = self._opening or asyncio.ensure_future(self._open())
        make, at_work = await asyncio.shield(self._opening)
        self._door = self._door or asyncio.Semaphore(at_work)
        place, key, line = row["text"].split("\t", 2)
        record = read_row(orjson.loads(line))
        async with self._door:
            PRIORITY.set(Priority(self._flow, int(place)))
            process, costs = make()
            began = time.time()
            done = await process(record)
        spent = orjson.dumps(None if record.status == "failed" else [began, time.time(), *costs()]).decode()
        return {"line": "\t".join([place, key, spent, orjson.dumps(to_row(done)).decode()])}


def run(
    records: Iterable[Record], open_way: Open, cluster: Cluster, folder: Path, look: Callable[[int], None]
) -> Iterator[tuple[Record, Done | None]]:
    """Records in order of input with when they were carried (None for one that had failed before), once all are done.

    `look` is told now and then how many are.

    Raises CaigenError where the cluster does not answer or has too little, EngineError where an engine stopped.
    """
    shards = Shards(folder)
    for earlier in sorted(folder.glob("out-*")):
        shards.look(earlier)
    shutil.rmtree(folder / "in", ignore_errors=True)
    count, left = _write_parts(records, folder / "in", shards)
    if left:
        out = folder / f"out-{uuid4().hex[:12]}"
        counted: dict[Path, tuple[int, int]] = {}
        _work(folder / "in", out, open_way, cluster, lambda: look(count - left + _lines(out, counted)))
        shards.look(out)
    yield from shards.read(count)
    shutil.rmtree(folder)


def _write_parts(records: Iterable[Record], folder: Path, shards: Shards) -> tuple[int, int]:
    """Rows that are not finished, as text shards; how many there are in all and how many of these."""
    folder.mkdir(parents=True, exist_ok=True)
    count = left = 0
    stream = None
    for record in records:
        line = orjson.dumps(to_row(record))
        key = int.from_bytes(blake2b(line, digest_size=8).digest(), "big")
        if not shards.has(count, key):
            if left % PART == 0:
                if stream:
                    stream.close()
                stream = (folder / f"part-{left // PART:05}.txt").open("wb")
            if stream:
                stream.write(b"%d\t%d\t%s\n" % (count, key, line))
            left += 1
        count += 1
    if stream:
        stream.close()
    return count, left


def _work(source: Path, out: Path, open_way: Open, cluster: Cluster, look: Callable[[], None]) -> None:
    ray = _connect(cluster)
    failure: list[BaseException] = []

    def carry_all() -> None:
        try:
            _dataset(ray, source, open_way, cluster).write_datasink(_sink(out))
        except Exception as error:  # Ray wraps what a worker raised in classes of its own
            failure.append(error)

    try:
        thread = threading.Thread(target=carry_all, name="caigen-ray", daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(LOOK)
            look()
    finally:
        ray.shutdown()
    if failure:
        raise _own(failure[0]) from failure[0]


def _dataset(ray: Any, source: Path, open_way: Open, cluster: Cluster) -> Any:
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False
    context.execution_options.preserve_order = False
    pool = ray.data.ActorPoolStrategy(
        size=cluster.workers, max_tasks_in_flight_per_actor=BLOCKS, max_concurrent_calls_per_actor=CALLS
    )
    rows = ray.data.read_text(str(source.absolute())).repartition(target_num_rows_per_block=BLOCK)
    return rows.map(Worker, fn_constructor_args=(open_way,), compute=pool, num_cpus=cluster.cpus, num_gpus=cluster.gpus)


def _sink(out: Path) -> Any:
    from ray.data.datasource import BlockBasedFileDatasink

    class Lines(BlockBasedFileDatasink):  # type: ignore[misc]
        """Rows as the lines that they are."""

        def write_block_to_file(self, block: Any, file: Any) -> None:
            for row in block.iter_rows(public_row_format=False):
                file.write(row["line"].encode() + b"\n")

    return Lines(str(out.absolute()), file_format="jsonl")


def _connect(cluster: Cluster) -> Any:
    """Ray, connected or started, with room for all workers and for reading and writing beside them."""
    os.environ.setdefault("RAY_DATA_DEFAULT_ASYNC_ROW_UDF_MAX_CONCURRENCY", str(BLOCK))
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise needs("ray", "ray cannot be imported", error) from error
    logging.getLogger("ray").setLevel(logging.ERROR)
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    need = cluster.workers * cluster.cpus + 1
    options: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR, "include_dashboard": False}
    if cluster.address is None:
        options["num_cpus"] = max(os.cpu_count() or 1, math.ceil(need))
    else:
        _check_answers(cluster.address)
        options = {"address": cluster.address, "log_to_driver": False, "logging_level": logging.ERROR}
    threads = str(max(1, int(cluster.cpus)))
    try:
        ray.init(**options, runtime_env={"env_vars": {"OMP_NUM_THREADS": threads}})
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise CaigenError(f"ray at {cluster.address or 'this machine'}: {str(error).splitlines()[0]}") from error
    found = ray.cluster_resources()
    for what, wanted in (("CPU", need), ("GPU", cluster.workers * cluster.gpus)):
        if found.get(what, 0) < wanted:
            ray.shutdown()
            raise CaigenError(
                f"the Ray cluster has {found.get(what, 0):g} {what}s and {wanted:g} are needed: {cluster.workers} workers of "
                f"{cluster.cpus:g} CPUs and {cluster.gpus:g} GPUs, and one CPU to read and write; see --workers, --worker-cpus"
            )
    return ray


def _check_answers(address: str) -> None:
    """Ray itself would try for minutes."""
    if address == "auto":
        return
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        socket.create_connection((parts.hostname or "", parts.port or 6379), timeout=PATIENCE).close()
    except (OSError, ValueError) as error:
        raise CaigenError(f"no Ray cluster answers at {address}: {error}") from error


def _own(error: BaseException) -> CaigenError:
    """A worker's error in one line."""
    found = re.findall(r"caigen\.errors\.\w+: (.+)", str(error))
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    said = found[-1] if found else lines[-1] if lines else type(error).__name__
    return EngineError(f"a worker stopped: {said}; run the same command again to go on")


def _lines(folder: Path, counted: dict[Path, tuple[int, int]]) -> int:
    """Lines in a folder of shards; `counted` holds size and lines of each file, which is read again only if it grew."""
    for path in folder.glob("*.jsonl"):
        size = path.stat().st_size
        if counted.get(path, (-1, 0))[0] != size:
            counted[path] = size, path.read_bytes().count(b"\n")
    return sum(lines for _, lines in counted.values())
