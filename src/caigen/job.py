"""One command that asks a model: read, carry, write, count. What the CLI's options come to."""

import asyncio
import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from caigen import __version__
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.errors import CaigenError
from caigen.journal import Journal
from caigen.jsonl import STDIN, OnError, Reader, Spool
from caigen.pipeline import Stage, carry
from caigen.records import Provenance, Record
from caigen.runners.local import run
from caigen.shapes import Take
from caigen.stages.briefs import brief_of
from caigen.stages.critique import critique
from caigen.stages.prompts import Brief
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.summary import Summary

DEMO_NOTE = "note: no --model named, so this is the bundled demo model, a toy of 2.4 M parameters that knows only its own small world"


@dataclass(frozen=True)
class Source:
    """What is read, and what a bad line does."""

    path: str = STDIN
    on_error: OnError = "fail"
    take: Take = "none"
    limit: int | None = None


@dataclass(frozen=True)
class Job:
    """A command's whole work. `stages` names what is done, of `sample`, `critique`, `revise`.

    `briefs` holds one brief under `""`, or one per value of the rows' `domain` field.
    """

    command: str
    source: Source
    engines: EngineOptions
    stages: tuple[str, ...]
    briefs: dict[str, Brief]
    sampling: SampleSettings = field(default_factory=SampleSettings)
    revising: ReviseSettings = field(default_factory=ReviseSettings)
    journal: Path | None = None
    in_flight: int | None = None
    ordered: bool = True

    def fingerprint(self) -> str:
        """What makes it the same command when it is given again."""
        briefs = {
            name: [brief.constitution.sha256, brief.templates.sha256, _plain(brief)]
            for name, brief in self.briefs.items()
        }
        content: list[Any] = [
            self.command,
            dataclasses.asdict(self.source),
            self.engines.model,
            self.engines.endpoint,
            self.engines.critic,
        ]
        content += [self.stages, briefs, dataclasses.asdict(self.sampling), dataclasses.asdict(self.revising)]
        return json.dumps(content, sort_keys=True, default=str)


class Sink(Protocol):
    """Whoever takes finished records."""

    def take(self, record: Record) -> object:
        """Take one record."""
        ...


class Watch(Protocol):
    """Whoever is told how the work goes."""

    def say(self, text: str) -> None:
        """A line for the user."""
        ...

    def step(self, summary: Summary, engines: Engines) -> None:
        """A record is finished."""
        ...


def check_output(path: Path, fingerprint: str, *, overwrite: bool) -> None:
    """Raises CaigenError where a file is in the way that another command wrote."""
    if path.is_dir():
        raise CaigenError(f"{path}: is a directory; name a file")
    if overwrite or not path.exists():
        return
    kept = journal_path(path)
    if kept.is_file():
        journal = Journal(kept)
        try:
            if journal.fact("command") == fingerprint:
                return
        finally:
            journal.close()
    raise CaigenError(f"{path}: exists and was not written by this same command; --overwrite replaces it")


def journal_path(output: Path) -> Path:
    """Where the journal of an output file lies."""
    return output.with_name(output.name + ".journal")


def carry_out(job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch) -> Summary:
    """Do the work; `open_sinks` is called once the first row is known to be good.

    Raises CaigenError; what is finished by then is in the journal.
    """
    spool = Spool() if job.source.path == STDIN and job.engines.local else None
    source = job.source
    reader = Reader(source.path, on_error=source.on_error, take=source.take, limit=source.limit, spool=spool)
    summary = Summary(job.command)
    records = iter(reader)
    if spool:
        spool.started.wait()
    first = list(islice(records, 1))
    with ExitStack() as stack:
        journal = Journal(job.journal) if job.journal else None
        if journal:
            stack.callback(journal.close)
            journal.note("command", job.fingerprint())
        sinks = open_sinks(stack)
        if first:
            engines = _engines_of(job.engines, first[0], watch)
            followed = dataclasses.replace(job, engines=engines)
            brief_of(job.briefs, first[0])  # a constitution that is missing is said before a model is loaded
            asyncio.run(_carry_all(followed, chain(first, records), sinks, journal, summary, watch))
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    return summary


def _engines_of(options: EngineOptions, record: Record, watch: Watch) -> EngineOptions:
    """Where no model is named: the one that made the records, as in `critique --model M | revise`; else the demo model."""
    if options.model is None and options.endpoint is None:
        made = record.provenance.models if record.provenance else {}
        name, _, where = (made.get("reviser") or made.get("policy") or made.get("critic") or "").partition("@")
        if where.startswith(("http://", "https://")):
            options = dataclasses.replace(options, endpoint=where, model=name)
        elif name:
            options = dataclasses.replace(options, model=name)
        if name and not options.demo:
            watch.say(f"note: no --model named, so this is {name}, which made the records")
    if options.demo and options.model is None:
        watch.say(DEMO_NOTE)
    return options


async def _carry_all(
    job: Job, records: Iterator[Record], sinks: Sequence[Sink], journal: Journal | None, summary: Summary, watch: Watch
) -> None:
    async with AsyncExitStack() as stack:
        begun = time.monotonic()
        engines = await open_engines(
            job.engines, journal, stack, lambda path: watch.say(f"waiting for the device: another caigen holds {path}")
        )
        summary.load_seconds = time.monotonic() - begun
        begun = time.monotonic()
        provenances: dict[str, Provenance] = {}

        async def way(record: Record) -> Record:
            brief = brief_of(job.briefs, record)
            ref = brief.constitution.ref
            if ref not in provenances:
                provenances[ref] = _provenance(job, brief, engines)
            return await carry(record, _stages(job, brief, engines), provenances[ref])

        def told(source: Iterator[Record]) -> Iterator[Record]:
            for record in source:
                if record.status == "failed":
                    before.add(record.id)
                yield record

        before: set[str] = set()
        in_flight = job.in_flight or max(engine.capacity for engine in engines.all)
        async for record in run(told(records), way, in_flight=in_flight, ordered=job.ordered):
            summary.count(record, failed_before=record.id in before)
            for sink in sinks:
                sink.take(record)
            summary.generate_seconds = time.monotonic() - begun
            watch.step(summary, engines)
        for engine in engines.all:
            summary.add(engine)


def _stages(job: Job, brief: Brief, engines: Engines) -> list[Stage]:
    ways: dict[str, Stage] = {
        "sample": ("sample", lambda record: sample(record, engines.policy, job.sampling)),
        "critique": ("critique", lambda record: critique(record, engines.critic, brief, job.revising.critic_sampling)),
        "revise": ("revise", lambda record: revise(record, engines.policy, engines.critic, brief, job.revising)),
    }
    return [ways[name] for name in job.stages]


def _provenance(job: Job, brief: Brief, engines: Engines) -> Provenance:
    """What this command adds; `carry` lays it over what the record says already."""
    judged = "critique" in job.stages or "revise" in job.stages
    models = {"policy": engines.policy.model} if "sample" in job.stages else {}
    models |= {"critic": engines.critic.model} if judged else {}
    models |= {"reviser": engines.policy.model} if "revise" in job.stages else {}
    return Provenance(
        caigen=__version__,
        constitution=brief.constitution.ref if judged else None,
        constitution_sha256=brief.constitution.sha256 if judged else None,
        models=models,
        seed=brief.seed,
        templates_sha256=brief.templates.sha256 if judged else None,
    )


def _plain(brief: Brief) -> list[Any]:
    return [
        brief.style,
        brief.free_text,
        brief.select,
        brief.with_replacement,
        [e.model_dump() for e in brief.examples],
        brief.seed,
        brief.follow,
    ]
