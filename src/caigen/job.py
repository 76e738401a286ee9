"""One command that asks a model: read, carry, write, count. What the CLI's options come to."""

import asyncio
import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from caigen import __version__
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.errors import CaigenError
from caigen.journal import Journal
from caigen.jsonl import STDIN, OnError, Reader, Spool, is_pipe
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

COMMAND = "command"  # the journal's fact that says whose it is
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

    `briefs` holds one brief under `""`, or one per value of the rows' `domain` field. `targets` are the files it writes.
    """

    command: str
    source: Source
    engines: EngineOptions
    stages: tuple[str, ...]
    briefs: dict[str, Brief]
    sampling: SampleSettings = field(default_factory=SampleSettings)
    revising: ReviseSettings = field(default_factory=ReviseSettings)
    targets: tuple[Path, ...] = ()
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
            self.engines.args,
            self.engines.template_kwargs,
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


def check_targets(job: Job, *, overwrite: bool) -> None:
    """Raises CaigenError where a file is in the way that another command wrote, or one file would be written twice."""
    for path in job.targets:
        if path.is_dir():
            raise CaigenError(f"{path}: is a directory; name a file")
    if len({path.absolute() for path in job.targets}) < len(job.targets):
        raise CaigenError(f"{job.targets[0]}: is named for two outputs; name two files")
    there = [path for path in job.targets if path.is_file()]
    if overwrite or not there or (not is_pipe(job.source.path) and written_by(job.journal) == job.fingerprint()):
        return
    raise CaigenError(f"{there[0]}: exists and was not written by this same command; --overwrite replaces it")


def written_by(path: Path | None) -> str | None:
    """The fingerprint of the command that a journal belongs to."""
    if path is None or not path.is_file():
        return None
    journal = Journal(path)
    try:
        return journal.fact(COMMAND)
    finally:
        journal.close()


def journal_path(output: Path) -> Path | None:
    """Where the journal of an output file lies; a pipe or a device has none."""
    return output.with_name(output.name + ".journal") if output.is_file() or not output.exists() else None


def carry_out(job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch) -> Summary:
    """Do the work; `open_sinks` is called once the first row is known to be good.

    Raises CaigenError; what is finished by then is in the journal.
    """
    source = job.source
    spool = Spool(source.path) if job.engines.local and is_pipe(source.path) else None
    reader = Reader(source.path, on_error=source.on_error, take=source.take, limit=source.limit, spool=spool)
    summary = Summary(job.command)
    records = iter(reader)
    if spool:
        spool.started.wait()
    first = list(islice(records, 1))
    with ExitStack() as stack:
        if spool:
            stack.callback(spool.close)
        journal = Journal(job.journal) if job.journal else None
        if journal:
            stack.callback(journal.close)
            _claim(journal, job, stack)
        sinks = open_sinks(stack)
        if first:
            engines = _engines_of(job.engines, first[0], watch)
            followed = dataclasses.replace(job, engines=engines)
            _check_constitution(job.briefs, first[0], watch)
            asyncio.run(_carry_all(followed, chain(first, records), sinks, journal, summary, watch))
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    for remark in reader.remarks:
        watch.say(f"skipped: {remark}")
    return summary


def _claim(journal: Journal, job: Job, stack: ExitStack) -> None:
    """Note whose journal it is: at once, or (where files of another command are replaced) when they have been."""

    def note(kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            journal.note(COMMAND, job.fingerprint())

    if any(path.is_file() for path in job.targets):
        stack.push(note)
    else:
        note(None)


def _check_constitution(briefs: Mapping[str, Brief], record: Record, watch: Watch) -> None:
    """What is wrong with the constitution is said before a model is loaded."""
    found, made = brief_of(briefs, record).constitution, record.provenance
    if made and made.constitution == found.ref and made.constitution_sha256 not in (None, found.sha256):
        watch.say(
            f"warning: {found.ref} is not as it was when the records were made; raise its version when it changes"
        )


def _engines_of(options: EngineOptions, record: Record, watch: Watch) -> EngineOptions:
    """Where no model is named: those that made the records, as in `critique --model M | revise`; else the demo model.

    Raises CaigenError for a server: records from elsewhere must not say where keys and data go.
    """
    if options.model is None and options.endpoint is None:
        made = record.provenance.models if record.provenance else {}
        spelled = made.get("reviser") or made.get("policy") or made.get("critic") or ""
        name, _, where = spelled.rpartition("@")
        critic = made.get("critic", spelled)
        if _is_url(where) or _is_url(critic.rpartition("@")[2]):
            raise CaigenError(f"the records were made at a server ({spelled}): name it with --endpoint")
        if name:
            options = dataclasses.replace(options, model=name)
            if not options.demo:
                watch.say(f"note: no --model named, so this is {name}, which made the records")
        if options.critic is None and critic != spelled:
            options = dataclasses.replace(options, critic=critic.rpartition("@")[0])
            watch.say(f"note: no --critic-model named, so this is {options.critic}")
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


def _is_url(text: str) -> bool:
    return text.startswith(("http://", "https://"))


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
