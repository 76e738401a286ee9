"""A job on a Ray cluster: the workers open engines of their own, and records come back through shards."""

import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path

from caigen.constitution import store
from caigen.engines.open import open_engines
from caigen.errors import CaigenError
from caigen.jobs.execution import Execution, process_of
from caigen.jobs.job import Job
from caigen.records import Record
from caigen.runners import ray
from caigen.runners.local import at_work
from caigen.summary import costs_of


def process_on_ray(execution: Execution, records: Iterator[Record]) -> None:
    """Process all records by the workers of a Ray cluster; the shards lie beside the first target."""
    job, summary = execution.job, execution.summary
    if job.cluster is None or not job.targets:
        raise CaigenError("--runner ray writes shards beside its output: name a file with --output")
    folder = job.targets[0].with_name(job.targets[0].name + ".shards")
    _claim_shards(folder, job.fingerprint())
    began, first, last = time.time(), float("inf"), 0.0

    def look(done: int) -> None:
        execution.watch.tell(f"{done} rows in shards")

    # the rows come back once all are done, so they are counted and written here as on one machine
    reading = execution.noting_progress(records)
    for record, done in ray.run(reading, partial(open_worker, job), job.cluster, folder, look=look):
        if done:
            summary.spend(done.costs)
            if done.began >= began:  # not in an earlier run of the same command
                first, last = min(first, done.began), max(last, done.ended)
        execution.finish(record)
    # from the first row that a worker began to the last that one ended; before it they loaded their models
    summary.generate_seconds = max(0.0, last - first)
    summary.load_seconds = first - began if last else 0.0


async def open_worker(job: Job, stack: AsyncExitStack | None = None) -> ray.Opened:
    """What a worker of a cluster does with a job: open engines of its own. `stack` closes them, else they stay until
    it ends.

    Gives what makes, for each record, its process and a function that tells its costs; and how many records to have
    at work.
    """
    for constitution in job.constitutions:
        store.remember(constitution)
    engines = await open_engines(job.engines, None, stack or AsyncExitStack(), None)

    def make() -> ray.Measured:
        counting = engines.counting_anew()

        def costs() -> list[int]:
            return [sum(kind) for kind in zip(*map(costs_of, counting.all), strict=True)]

        return ray.Measured(process_of(job, counting), costs)

    return ray.Opened(make, at_work(engines.all, job.in_flight))


def _claim_shards(folder: Path, fingerprint: str) -> None:
    """Mark a folder of shards as this command's.

    Raises CaigenError where it is another command's, or cannot be written.
    """
    mark = folder / "command"
    try:
        if mark.exists() and mark.read_text("utf-8") != fingerprint:
            raise CaigenError(
                f"{folder}: holds shards of another command; give that command again, or remove the folder"
            )
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(fingerprint, "utf-8")
    except OSError as error:
        raise CaigenError(f"{folder}: cannot be written: {error.strerror}") from error
