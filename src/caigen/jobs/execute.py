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
from typing import Any, Protocol

from caigen.constitution import store
from caigen.constitution.format import check_use
from caigen.engines import device, used_models
from caigen.engines.deferred import ModelChangedError
from caigen.engines.journal import COMMAND, Journal
from caigen.engines.open import EngineOptions, Engines, is_url, open_engines
from caigen.engines.schedule import Schedule
from caigen.io import pipes
from caigen.io.atomic import write_whole
from caigen.io.read import Reader
from caigen.io.streams import Spool, is_device, is_pipe
from caigen.jobs.execute_ray import process_on_ray
from caigen.jobs.execution import Execution, Sink, Watch, process_of
from caigen.jobs.job import Job
from caigen.jobs.retrying import RETRIES_FACT, retries_of
from caigen.judge import calibrations
from caigen.provenance import constitution_notes, with_makers
from caigen.records import Record
from caigen.runners.local import at_work, run
from caigen.stages.domains import SettingsByDomain
from caigen.stages.registry import roles_asked
from caigen.stages.resolve import adapt_to_demo_model, adapt_to_real_model, is_bundled, settings_for
from caigen.stages.retry import RETRIES
from caigen.summary import Summary
from caigen.text.secrets import public_url

COLLECT_AFTER = 10_000  # new objects; Python's own 700 are those of a row or two
TOLD_AFTER_SECONDS = 2.0  # of waiting for the first row
STEP_SECONDS = 1.0  # between looks at how far the work is


class Opening(Protocol):
    """Opens the engines of a job, as `open_engines` does."""

    def __call__(
        self,
        options: EngineOptions,
        journal: Journal | None,
        stack: AsyncExitStack,
        waiting: Callable[[Path], None] | None,
        /,
        *,
        opening: Callable[[str], None] | None,
    ) -> Coroutine[Any, Any, Engines]:
        """The engines; `stack` closes them."""
        ...


def carry_out(
    job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch, *, opening: Opening = open_engines
) -> Summary:
    """Do the work of a job and count it.

    `open_sinks` is called once the first row is known to be good. `opening` opens the engines (the default loads
    models).

    Raises CaigenError; what is finished by then is in the journal.
    """
    try:
        return _carry_out(job, open_sinks, watch, opening)
    except ModelChangedError as error:
        # its answers were taken from the journal before the model was opened, and it is another one now
        if not job.targets or is_pipe(job.source.path):
            raise
        watch.say(f"{error.changed}: all is asked anew")
        return _carry_out(job, open_sinks, watch, opening)


def _carry_out(job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch, opening: Opening) -> Summary:
    summary = Summary(job.command, job.stages, labelled=job.source.labelled, explain=job.explain)
    with ExitStack() as stack:
        job.source.check_beginning()
        reader = _open_reader(job, stack)
        records = iter(reader)
        # wait until the spool drains the pipe, so that who fills it is never held up while a model is loaded
        if reader.spool:
            _wait_for_first_byte(reader.spool, watch)
        # the first record is read before anything is opened: a bad first line leaves no trace, and it decides the
        # models
        first = list(islice(records, 1))
        # closed after the sinks, whatever happens: what was answered is kept
        journal = Journal(job.journal) if job.journal else None
        if journal:
            stack.callback(journal.close)
            if kept := journal.count():
                watch.say(f"going on from {journal.path}: {kept:,} {'answer' if kept == 1 else 'answers'} kept")
        execution = Execution(job, open_sinks(stack), summary, watch)
        retries = retries_of(journal, retry=job.retry_failed)
        if first:
            execution.job = _completed(job, first[0], watch)
            with _retrying(retries):
                _process_all(execution, chain(first, records), journal, opening)
        if journal:
            if retries:
                journal.set_meta(RETRIES_FACT, str(retries))
            if journal.damaged:
                summary.notes["journal_damaged"] = journal.damaged  # asked again
            if job.targets:
                journal.set_meta(COMMAND, job.mark)  # all rows are there; now the files get their names
        for sink in execution.sinks:
            sink.report(summary)
    _write_constitution(execution.job)
    _count_reading(reader, summary, watch)
    return summary


@contextmanager
def _retrying(retries: int) -> Iterator[None]:
    """Stages draw so many times more often what cannot be used."""
    token = RETRIES.set(retries)
    try:
        yield
    finally:
        RETRIES.reset(token)


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


def _wait_for_first_byte(spool: Spool, watch: Watch) -> None:
    """Wait until a pipe brings something or ends; who waits for long is told for whom."""
    if spool.started.wait(TOLD_AFTER_SECONDS):
        return
    if producer := pipes.producer_of_stdin():
        watch.say(f"waiting for the stage before ({producer})")
    else:
        watch.say("waiting for the first row")
    spool.started.wait()


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
    constitution = settings_for(by_domain, record).constitution
    if not is_bundled(constitution):
        store.keep(constitution)  # a later stage of the pipe may begin at once
        completed = dataclasses.replace(completed, constitutions=(constitution,))
    for note in constitution_notes(settings_for(by_domain, record), record):
        watch.say(note)
    return completed


def _write_constitution(job: Job) -> None:
    """Write a constitution of the user's beside the records, which only name it; a file of the user's stays."""
    for constitution in job.constitutions:
        path = store.beside(job.targets[0]) if job.targets else None
        if path is None or job.source.labelled or is_device(job.targets[0]):
            return
        if not path.exists() or path.read_bytes().startswith(store.HEAD.encode()):
            write_whole(path, store.text_of(constitution).encode())


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
        engines = await _open(execution, journal, opening, stack)
        used_models.keep(engines.models, job.engines)
        _tell_notes(engines, watch)
        for note in _judge_notes(job, engines):
            watch.say(note)
        began = time.monotonic()
        opened_before = engines.waited + engines.load_seconds
        schedule = Schedule()
        watch.step(summary, engines, schedule)

        def step() -> None:
            summary.wait_seconds, summary.load_seconds = engines.waited, engines.load_seconds
            # the time until an engine was there that was opened late is none of generation
            opened_late = engines.waited + engines.load_seconds - opened_before
            summary.generate_seconds = max(0.0, time.monotonic() - began - opened_late)
            _tell_notes(engines, watch)
            watch.step(summary, engines, schedule)

        # also where an error ends the work: what was learned may be the reason
        stack.callback(_tell_notes, engines, watch)
        stack.push_async_callback(_cancel, asyncio.create_task(_step_often(step)))
        limit = at_work(engines.all, job.in_flight)
        reading = execution.noting_progress(records)
        async for record in run(
            reading, process_of(job, engines), at_work=limit, ordered=job.ordered, schedule=schedule
        ):
            execution.finish(record)
            step()
        step()
        # engines count for the whole run, and each once, though several roles share it
        for engine in engines.all:
            summary.add(engine)
        if engines.restarts:
            summary.notes["engine_restarted"] = engines.restarts


async def _open(execution: Execution, journal: Journal | None, opening: Opening, stack: AsyncExitStack) -> Engines:
    """The engines of a job; a user is told each second what is being waited for."""
    watch = execution.watch
    doing = ""

    def wait_for(path: Path) -> None:
        nonlocal doing
        doing = "waiting for the device"
        watch.say(f"waiting for the device: {pipes.describe_holder(device.holder_of(path))}")

    def open_model(name: str) -> None:
        nonlocal doing
        doing = f"connecting to {public_url(name)}" if is_url(name) else f"loading {name}"
        watch.tell(doing)

    telling = asyncio.create_task(_step_often(lambda: watch.tell(doing)))
    try:
        return await opening(execution.job.engines, journal, stack, wait_for, opening=open_model)
    finally:
        await _cancel(telling)


def _tell_notes(engines: Engines, watch: Watch) -> None:
    for note in engines.take_notes():
        watch.say(note)


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
