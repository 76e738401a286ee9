"""carry_out: Job -> Summary. Read records, process them on this machine or on a Ray cluster, give them to sinks,
count.
"""

import asyncio
import dataclasses
import gc
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from caigen.constitution.format import check_use
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.engines.schedule import Schedule
from caigen.io.read import Reader
from caigen.io.streams import Spool, is_pipe
from caigen.jobs.execute_ray import process_on_ray
from caigen.jobs.execution import Execution, Sink, Watch, process_of
from caigen.jobs.job import COMMAND, Job
from caigen.judge import calibrations
from caigen.provenance import constitution_notes, with_makers
from caigen.records import Record
from caigen.runners.local import at_work, run
from caigen.stages.domains import SettingsByDomain
from caigen.stages.registry import roles_asked
from caigen.stages.resolve import adapt_to_demo_model, adapt_to_real_model, settings_for
from caigen.summary import Summary

COLLECT_AFTER = 10_000  # new objects; Python's own 700 are those of a row or two
STEP_SECONDS = 1.0  # between looks at how far the work is

Opening = Callable[
    [EngineOptions, Journal | None, AsyncExitStack, Callable[[Path], None] | None], Coroutine[Any, Any, Engines]
]


def carry_out(
    job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch, *, opening: Opening = open_engines
) -> Summary:
    """Do the work of a job and count it.

    `open_sinks` is called once the first row is known to be good. `opening` opens the engines (the default loads
    models).

    Raises CaigenError; what is finished by then is in the journal.
    """
    summary = Summary(job.command, job.stages, labelled=job.source.labelled, explain=job.explain)
    with ExitStack() as stack:
        job.source.check_beginning()
        reader = _open_reader(job, stack)
        records = iter(reader)
        # wait until the spool drains the pipe, so that who fills it is never held up while a model is loaded
        if reader.spool:
            reader.spool.started.wait()
        # the first record is read before anything is opened: a bad first line leaves no trace, and it decides the
        # models
        first = list(islice(records, 1))
        # closed after the sinks, whatever happens: what was answered is kept
        journal = Journal(job.journal) if job.journal else None
        if journal:
            stack.callback(journal.close)
        execution = Execution(job, open_sinks(stack), summary, watch)
        if first:
            execution.job = _completed(job, first[0], watch)
            _process_all(execution, chain(first, records), journal, opening)
        if journal:
            if journal.damaged:
                summary.notes["journal_damaged"] = journal.damaged  # asked again
            journal.set_meta(COMMAND, job.mark)  # all rows are there; now the files get their names
        for sink in execution.sinks:
            sink.report(summary)
    _count_reading(reader, summary, watch)
    return summary


def _open_reader(job: Job, stack: ExitStack) -> Reader:
    """The reader of a job's source; a pipe is read ahead while a model is loaded, so that it never holds up who fills
    it.
    """
    source = job.source
    spool = None
    if dataclasses.replace(job.engines, roles=roles_asked(job.stages)).local and is_pipe(source.path):
        spool = Spool(source.path)
        stack.callback(spool.close)
    return source.reader(spool=spool)


def _count_reading(reader: Reader, summary: Summary, watch: Watch) -> None:
    """Count the rows that were read, and say why some were skipped."""
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    for remark in reader.remarks:
        watch.say(f"skipped: {remark}")
    for note in reader.notes():
        watch.say(note)


def _completed(job: Job, record: Record, watch: Watch) -> Job:
    """The job with what its first record decides: models where none is named, and prompt settings that fit them.

    Raises CaigenError for a constitution or a model that will not do, before a model is loaded.
    """
    asked = dataclasses.replace(job.engines, roles=roles_asked(job.stages))
    engines, notes = with_makers(asked, record)
    for note in notes:
        watch.say(note)
    # the demo model knows its own short principles and templates only
    fit = adapt_to_demo_model if engines.all_demo else adapt_to_real_model
    by_domain: SettingsByDomain = {domain: fit(settings) for domain, settings in job.settings_by_domain.items()}
    completed = dataclasses.replace(job, engines=engines, settings_by_domain=by_domain)
    _check_constitution(completed, record)
    for note in constitution_notes(settings_for(by_domain, record), record):
        watch.say(note)
    return completed


def _check_constitution(job: Job, record: Record) -> None:
    """Raises ConstitutionError where the stages cannot use the principles, or a round that waits for its revision
    names one that is not there.
    """
    prompt_settings = settings_for(job.settings_by_domain, record)
    constitution = prompt_settings.constitution
    # each use once: critique and revise need the same of a principle
    for use in dict.fromkeys(stage.use for stage in job.stages):
        if use:
            check_use(prompt_settings.principles, use, constitution.ref)
    if "reviser" not in job.engines.roles:
        return
    # only the last round of a candidate can wait for its revision
    for candidate in record.candidates:
        for round_ in candidate.rounds[-1:]:
            if round_.critique and round_.awaits_revision:
                constitution.find(round_.principle)


def _process_all(execution: Execution, records: Iterator[Record], journal: Journal | None, opening: Opening) -> None:
    if execution.job.cluster:
        process_on_ray(execution, records)
        return
    with _collecting_seldom():
        asyncio.run(_process_here(execution, records, journal, opening))


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """Python looks for cycles less often, and not among what is loaded by now, which stays to the end: rows leave few
    cycles, and looking took a twelfth of their time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


async def _process_here(
    execution: Execution, records: Iterator[Record], journal: Journal | None, opening: Opening
) -> None:
    """Process all records with engines of this process."""
    job, summary, watch = execution.job, execution.summary, execution.watch
    async with AsyncExitStack() as stack:
        began = time.monotonic()
        engines = await opening(
            job.engines, journal, stack, lambda path: watch.say(f"waiting for the device: another caigen holds {path}")
        )
        summary.wait_seconds = engines.waited
        summary.load_seconds = time.monotonic() - began - engines.waited
        for note in _judge_notes(job, engines):
            watch.say(note)
        # the clock of generation starts once the models are there
        began = time.monotonic()
        schedule = Schedule()

        def step() -> None:
            summary.generate_seconds = time.monotonic() - began
            watch.step(summary, engines, schedule)

        stack.push_async_callback(_cancel, asyncio.create_task(_step_often(step)))
        limit = at_work(engines.all, job.in_flight)
        reading = execution.noting_progress(records)
        async for record in run(
            reading, process_of(job, engines), at_work=limit, ordered=job.ordered, schedule=schedule
        ):
            execution.finish(record)
            step()
        # engines count for the whole run, and each once, though several roles share it
        for engine in engines.all:
            summary.add(engine)
        if engines.restarts:
            summary.notes["engine_restarted"] = engines.restarts


async def _step_often(step: Callable[[], None]) -> None:
    """A long chain gives no record for minutes: a user is shown all the same how the work goes."""
    while True:
        await asyncio.sleep(STEP_SECONDS)
        step()


async def _cancel(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _judge_notes(job: Job, engines: Engines) -> Iterator[str]:
    """What is known of a judge's accuracy, for each stage that judges; not where it is being measured."""
    for stage in job.stages:
        if stage.judging and not job.source.labelled:
            model = engines["judge"].model
            prompt_settings = next(iter(job.settings_by_domain.values()))
            settings = stage.judging.calibrated_as(stage.settings)
            key = calibrations.judge_key(model, prompt_settings.templates, settings)
            yield calibrations.describe(key, prompt_settings.constitution.ref, model) + stage.judging.caveat
