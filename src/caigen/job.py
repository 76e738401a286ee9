"""One command that asks a model: read, carry, write, count. What the CLI's options come to."""

import asyncio
import dataclasses
import gc
import json
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any, Protocol

from caigen.constitution.format import Use, check_use
from caigen.engines.http_client import public_url
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, Engines, is_url, open_engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import Schedule
from caigen.errors import CaigenError, ConstitutionError
from caigen.io import outputs
from caigen.io.read import OnError, Reader
from caigen.io.shapes import Take
from caigen.io.streams import STDIN, Spool, is_device, is_pipe
from caigen.judge import calibrations
from caigen.provenance import made_under, provenance_of
from caigen.records import Provenance, Record
from caigen.runners import ray
from caigen.runners.local import Process, at_work, run
from caigen.runners.pipeline import Stage, process
from caigen.stages.critique import critique
from caigen.stages.label import LabelSettings, label
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import adapt_to_demo_model, adapt_to_real_model, is_demo_constitution, settings_for
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.score import ScoreSettings, score
from caigen.summary import NOWHERE, Reached, Summary, costs_of, reached

USES: dict[str, Use] = {"critique": "critique", "revise": "critique", "label": "label", "score": "score"}
COLLECT_AFTER = 10_000  # new objects; Python's own 700 are those of a row or two
TICK = 1.0  # seconds between looks at how far the work is
COMMAND = "command"  # the journal's fact that says whose it is
DEMO_NOTE = "note: no --model named, so this is the bundled demo model, a toy of 2.4 M parameters that knows only its own small world"


@dataclass(frozen=True)
class Source:
    """What is read, and what a bad line does."""

    path: str = STDIN
    on_error: OnError = "fail"
    take: Take = "none"
    limit: int | None = None
    labelled: bool = False  # comparisons whose answer is known


@dataclass(frozen=True)
class Job:
    """A command's whole work; with a `cluster` Ray carries it. `stages` names what is done, of `sample`, `critique`, `revise`, `label`, `score`.

    `briefs` holds one brief under `""`, or one per value of the rows' `domain` field. `targets` are the files it writes.
    """

    command: str
    source: Source
    engines: EngineOptions
    stages: tuple[str, ...]
    settings_by_domain: dict[str, PromptSettings]
    sampling: SampleSettings = field(default_factory=SampleSettings)
    revising: ReviseSettings = field(default_factory=ReviseSettings)
    labelling: LabelSettings = field(default_factory=LabelSettings)
    scoring: ScoreSettings = field(default_factory=ScoreSettings)
    targets: tuple[Path, ...] = ()
    journal: Path | None = None
    in_flight: int | None = None
    ordered: bool = True
    keep_reasoning: bool = False
    cluster: ray.Cluster | None = None

    def fingerprint(self) -> str:
        """What makes it the same command when it is given again."""
        engines = {
            "model": self.engines.model,
            "endpoint": public_url(self.engines.endpoint or ""),
            "critic": public_url(self.engines.critic or ""),
            "args": self.engines.args,
            "template_kwargs": self.engines.template_kwargs,
            **({"stop_loops": True} if self.engines.stop_loops else {}),
        }
        source = dataclasses.asdict(self.source) | {"path": str(Path(self.source.path).absolute())}
        targets = [str(path.absolute()) for path in self.targets]
        settings_by_domain = {
            name: _hashes(prompt_settings) for name, prompt_settings in self.settings_by_domain.items()
        }
        settings = [
            dataclasses.asdict(self.sampling),
            dataclasses.asdict(self.revising),
            dataclasses.asdict(self.labelling),
            dataclasses.asdict(self.scoring),
            self.keep_reasoning,
        ]
        content = [self.command, source, targets, engines, self.stages, settings_by_domain, settings]
        return json.dumps(content, sort_keys=True, default=str)


class Sink(Protocol):
    """Whoever takes finished records."""

    def take(self, record: Record) -> object:
        """Take one record."""
        ...

    def report(self, summary: Summary) -> None:
        """Say at the end what was written."""
        ...


class Watch(Protocol):
    """Whoever is told how the work goes."""

    def say(self, text: str) -> None:
        """A line for the user."""
        ...

    def tell(self, text: str) -> None:
        """How far it is; said now and then."""
        ...

    def step(self, summary: Summary, engines: Engines, flow: Schedule) -> None:
        """A record is finished, or some time has passed."""
        ...


def check_targets(job: Job, *, overwrite: bool, summary: Path | None = None) -> None:
    """Raises CaigenError where a file is in the way; what stdin or a pipe gave is never known to be the same."""

    def ours() -> bool:
        again = job.source.path != STDIN and not is_pipe(job.source.path)
        return again and written_by(job.journal) == job.fingerprint()

    outputs.check(
        job.targets,
        job.source.path,
        overwrite=overwrite,
        written_by_same_command=ours,
        summary=summary,
        journal=job.journal,
    )


def written_by(path: Path | None) -> str | None:
    """The fingerprint of the command that a journal belongs to."""
    if path is None or not path.is_file():
        return None
    journal = Journal(path)
    try:
        return journal.get_meta(COMMAND)
    finally:
        journal.close()


def journal_path(output: Path) -> Path | None:
    """Where the journal of an output file lies; a pipe or a device has none."""
    return None if is_device(output) else output.with_name(output.name + ".journal")


Opening = Callable[
    [EngineOptions, Journal | None, AsyncExitStack, Callable[[Path], None] | None], Coroutine[Any, Any, Engines]
]


def carry_out(
    job: Job, open_sinks: Callable[[ExitStack], Sequence[Sink]], watch: Watch, *, opening: Opening = open_engines
) -> Summary:
    """Do the work; `open_sinks` is called once the first row is known to be good, and `opening` gives the engines.

    Raises CaigenError; what is finished by then is in the journal.
    """
    source = job.source
    spool = Spool(source.path) if job.engines.local and is_pipe(source.path) else None
    reader = Reader(
        source.path,
        on_error=source.on_error,
        take=source.take,
        labelled=source.labelled,
        limit=source.limit,
        spool=spool,
    )
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
        sinks = open_sinks(stack)
        if first:
            engines = _engines_of(job.engines, first[0], watch)
            followed = dataclasses.replace(
                job, engines=engines, settings_by_domain=_settings_for_engines(engines, job.settings_by_domain)
            )
            _check_constitution(followed.settings_by_domain, first[0], job.stages, watch)
            rows = chain(first, records)
            if job.cluster:
                _carry_on_ray(followed, rows, sinks, summary, watch)
            else:
                with _seldom_collecting():
                    asyncio.run(_carry_all(followed, rows, sinks, journal, summary, watch, opening))
        if journal:
            if journal.damaged:
                summary.notes["journal_damaged"] = journal.damaged  # asked again
            journal.set_meta(COMMAND, job.fingerprint())  # all rows are there; now the files get their names
        for sink in sinks:
            sink.report(summary)
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    for remark in reader.remarks:
        watch.say(f"skipped: {remark}")
    for note in reader.notes():
        watch.say(note)
    return summary


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Python looks for cycles less often, and not among what is loaded by now, which stays to the end: rows leave few cycles,
    and looking took a twelfth of their time.
    """
    usual = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER, *usual[1:])
    try:
        yield
    finally:
        gc.set_threshold(*usual)
        gc.unfreeze()


def _settings_for_engines(
    engines: EngineOptions, settings_by_domain: Mapping[str, PromptSettings]
) -> dict[str, PromptSettings]:
    """The briefs as the engines need them: the demo model knows its own short rules and templates only."""
    fit = adapt_to_demo_model if engines.all_demo else adapt_to_real_model
    return {domain: fit(prompt_settings) for domain, prompt_settings in settings_by_domain.items()}


def _check_constitution(
    settings_by_domain: Mapping[str, PromptSettings], record: Record, stages: Sequence[str], watch: Watch
) -> None:
    """What is wrong with the constitution is said before a model is loaded."""
    prompt_settings, made = settings_for(settings_by_domain, record), record.provenance
    found = prompt_settings.constitution
    if (
        prompt_settings.for_real
        and prompt_settings.follow
        and made
        and str(made.constitution).startswith("demo-")
        and not is_demo_constitution(found)
    ):
        watch.say(
            f"note: the records were made under {made.constitution}, the demo model's short rules; now it is {found.ref}"
        )
    for use in dict.fromkeys(USES[stage] for stage in stages if stage in USES):
        check_use(prompt_settings.principles, use, found.ref)
    for candidate in record.candidates if "revise" in stages else ():
        for turn in candidate.rounds[-1:]:
            if turn.critique and turn.awaits_revision:
                found.find(turn.principle)
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
        if is_url(where) or is_url(critic.rpartition("@")[2]):
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
    job: Job,
    records: Iterator[Record],
    sinks: Sequence[Sink],
    journal: Journal | None,
    summary: Summary,
    watch: Watch,
    opening: Opening,
) -> None:
    async with AsyncExitStack() as stack:
        begun = time.monotonic()
        engines = await opening(
            job.engines, journal, stack, lambda path: watch.say(f"waiting for the device: another caigen holds {path}")
        )
        summary.wait_seconds = engines.waited
        summary.load_seconds = time.monotonic() - begun - engines.waited
        _say_of_judge(job, engines, watch)
        begun = time.monotonic()
        way = _way(job, engines)

        before: dict[str, Reached] = {}
        flow = Schedule()

        def step() -> None:
            summary.generate_seconds = time.monotonic() - begun
            watch.step(summary, engines, flow)

        stack.push_async_callback(_ended, asyncio.create_task(_now_and_then(step)))
        async for record in run(
            _noted(records, before), way, at_work=at_work(engines.all, job.in_flight), ordered=job.ordered, flow=flow
        ):
            summary.count(record, before.pop(record.id, NOWHERE))
            for sink in sinks:
                sink.take(record)
            step()
        for engine in engines.all:
            summary.add(engine)
        if engines.restarts:
            summary.notes["engine_restarted"] = engines.restarts


async def _now_and_then(step: Callable[[], None]) -> None:
    """A long chain gives no row for minutes: whoever looks on is told all the same."""
    while True:
        await asyncio.sleep(TICK)
        step()


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def _noted(records: Iterator[Record], before: dict[str, Reached]) -> Iterator[Record]:
    """Records as they are read; how far each had come is kept under its id until it is counted, if it had come anywhere."""
    for record in records:
        far = reached(record)
        if far != NOWHERE:
            before[record.id] = far
        yield record


def _say_of_judge(job: Job, engines: Engines, watch: Watch) -> None:
    """A judge whose accuracy nobody measured is named as such."""
    if job.command != "calibrate" and {"label", "score"} & set(job.stages):
        prompt_settings = next(iter(job.settings_by_domain.values()))
        key = calibrations.judge_key(engines.policy.model, prompt_settings.templates, job.labelling)
        about = "" if "label" in job.stages else " (of comparisons; how far scores are right is not measured)"
        watch.say(calibrations.describe(key, prompt_settings.constitution.ref, engines.policy.model) + about)


def _way(job: Job, engines: Engines) -> Process:
    known: dict[str, Provenance] = {}  # by constitution: what every record made under it says

    async def way(record: Record) -> Record:
        try:
            prompt_settings = settings_for(job.settings_by_domain, record)
            ref = prompt_settings.constitution.ref
            under = known[ref] = known.get(ref) or made_under(prompt_settings)
            account = partial(provenance_of, under, engines.policy.model, engines.critic.model)
            return await process(record, _stages(job, _told(prompt_settings, record, job), engines), account)
        except ConstitutionError as error:
            return record.failed("read", "constitution", str(error))

    return way


def _told(prompt_settings: PromptSettings, record: Record, job: Job) -> PromptSettings:
    """A labelled comparison may name the principle that tells its texts apart.

    Raises ConstitutionError where there is no such.
    """
    named = record.meta.get("principle") if job.source.labelled else None
    return (
        dataclasses.replace(prompt_settings, only=(prompt_settings.constitution.find(str(named)).id,))
        if named
        else prompt_settings
    )


async def open_way(job: Job) -> ray.Opened:
    """What a worker does: engines of its own, kept until it ends, and for each record a way that counts its costs."""
    engines = await open_engines(job.engines, None, AsyncExitStack(), None)

    def make() -> tuple[Process, Callable[[], list[int]]]:
        policy = RememberingEngine(engines.policy, None)
        critic = policy if engines.critic is engines.policy else RememberingEngine(engines.critic, None)
        counted = Engines(policy, critic)
        return _way(job, counted), lambda: [sum(costs) for costs in zip(*map(costs_of, counted.all), strict=True)]

    return make, at_work(engines.all, job.in_flight)


def _carry_on_ray(job: Job, records: Iterator[Record], sinks: Sequence[Sink], summary: Summary, watch: Watch) -> None:
    """The same work by the workers of a Ray cluster; the shards lie beside the first target."""
    if job.cluster is None or not job.targets:
        raise CaigenError("--runner ray writes shards beside its output: name a file with --output")
    folder = job.targets[0].with_name(job.targets[0].name + ".shards")
    _claim_shards(folder, job.fingerprint())
    begun, first, last = time.time(), float("inf"), 0.0

    def look(done: int) -> None:
        watch.tell(f"{done} rows in shards")

    before: dict[str, Reached] = {}
    for record, done in ray.run(_noted(records, before), partial(open_way, job), job.cluster, folder, look):
        summary.count(record, before.pop(record.id, NOWHERE))
        if done:
            summary.spend(done.costs)
            if done.began >= begun:  # not in an earlier run of the same command
                first, last = min(first, done.began), max(last, done.ended)
        for sink in sinks:
            sink.take(record)
    summary.generate_seconds = max(0.0, last - first)
    summary.load_seconds = first - begun if last else 0.0


def _claim_shards(folder: Path, fingerprint: str) -> None:
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


def _stages(job: Job, prompt_settings: PromptSettings, engines: Engines) -> list[Stage]:
    ways: dict[str, Stage] = {
        "sample": ("sample", lambda record: sample(record, engines.policy, job.sampling)),
        "critique": (
            "critique",
            lambda record: critique(record, engines.critic, prompt_settings, job.revising.critic_sampling),
        ),
        "revise": (
            "revise",
            lambda record: revise(record, engines.policy, engines.critic, prompt_settings, job.revising),
        ),
        "label": ("label", lambda record: label(record, engines.policy, prompt_settings, job.labelling)),
        "score": ("score", lambda record: score(record, engines.policy, prompt_settings, job.scoring)),
    }
    return [ways[name] for name in job.stages]


def _hashes(prompt_settings: PromptSettings) -> list[Any]:
    settings = {key.name: getattr(prompt_settings, key.name) for key in dataclasses.fields(prompt_settings)}
    del settings["constitution"], settings["templates"]
    return [prompt_settings.constitution.sha256, prompt_settings.templates.sha256, settings]
