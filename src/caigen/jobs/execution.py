"""Execution: a job at work. What both ways of running it, on this machine and on a cluster, have in common."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from caigen.engines.open import Engines
from caigen.engines.schedule import Schedule
from caigen.errors import ConstitutionError
from caigen.jobs.job import Job
from caigen.provenance import made_under, provenance_of
from caigen.records import Provenance, Record
from caigen.runners.local import Process
from caigen.runners.pipeline import process, steps_of
from caigen.stages.progress import NOTHING_DONE, Progress, progress_of
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import settings_for
from caigen.summary import Summary


class Sink(Protocol):
    """Takes finished records."""

    def take(self, record: Record) -> object:
        """Take one record."""
        ...

    def report(self, summary: Summary) -> None:
        """Add to the summary, at the end, what was written."""
        ...


class Watch(Protocol):
    """Shows a user how the work goes."""

    def say(self, text: str) -> None:
        """Show a line."""
        ...

    def tell(self, text: str) -> None:
        """Show how far the work is; called often."""
        ...

    def step(self, summary: Summary, engines: Engines, schedule: Schedule, /) -> None:
        """Note that a record is finished, or that some time has passed."""
        ...


class Unwatched:
    """A Watch that shows nothing."""

    def say(self, text: str) -> None:
        """Show nothing."""

    def tell(self, text: str) -> None:
        """Show nothing."""

    def step(self, summary: Summary, engines: Engines, schedule: Schedule, /) -> None:
        """Show nothing."""


@dataclass
class Execution:
    """One job at work: where its records go, what is counted, and who looks on.

    `before` keeps, by id, how far each record at work had come when it was read; records that had come nowhere are
    left out.
    """

    job: Job
    sinks: Sequence[Sink]
    summary: Summary
    watch: Watch
    before: dict[str, Progress] = field(default_factory=dict)

    def noting_progress(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records as they are read; how far each had come is kept until it is finished."""
        for record in records:
            progress = progress_of(record)
            # most records are bare prompts; keeping nothing of them saves memory
            if progress != NOTHING_DONE:
                self.before[record.id] = progress
            yield record

    def finish(self, record: Record) -> None:
        """Count a processed record and give it to the sinks."""
        self.summary.count(record, self.before.pop(record.id, NOTHING_DONE))
        for sink in self.sinks:
            sink.take(record)


def process_of(job: Job, engines: Engines) -> Process:
    """The function that takes one record through all stages of a job."""
    under: dict[str, Provenance] = {}  # by constitution: what all records made under it say
    models = engines.models

    async def process_record(record: Record) -> Record:
        try:
            prompt_settings = settings_for(job.settings_by_domain, record)
            ref = prompt_settings.constitution.ref
            # hashing a constitution costs more than all else here, so each is described once
            if ref not in under:
                under[ref] = made_under(prompt_settings)
            steps = steps_of(job.stages, engines.by_role, _with_named_principle(prompt_settings, record, job))

            def account(before: Record, after: Record) -> Provenance:
                # what a server does not take is learned while it is asked, so it is looked up at the end
                left_out = engines.left_out
                return provenance_of(
                    before, after, under=under[ref], stages=job.stages, models=models, left_out=left_out
                )

            return await process(record, steps, account)
        except ConstitutionError as error:
            return record.failed("read", "constitution", str(error))

    return process_record


def _with_named_principle(prompt_settings: PromptSettings, record: Record, job: Job) -> PromptSettings:
    """The prompt settings for a record; a labelled comparison may name the principle that tells its texts apart.

    Raises ConstitutionError where there is no such principle.
    """
    named = record.meta.get("principle") if job.source.labelled else None
    if not named:
        return prompt_settings
    return dataclasses.replace(prompt_settings, only=(prompt_settings.constitution.find(str(named)).id,))
