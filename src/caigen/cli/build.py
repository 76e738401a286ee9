"""From option groups to a Job: what is read and written, which engines are asked, on which machines."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from caigen.choices import ANSWER_SECONDS
from caigen.cli.options import (
    ClusterOptions,
    FolderOptions,
    InputOptions,
    JournaledOutput,
    LoadOptions,
    ModelOptions,
    RecordInput,
    RecordOutput,
)
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError
from caigen.io.columns import Columns
from caigen.jobs.job import Job, Source, journal_path
from caigen.runners.ray import Cluster
from caigen.stages.domains import SettingsByDomain, for_every_domain
from caigen.stages.registry import Stage
from caigen.stages.requests import PromptSettings


@dataclass(frozen=True)
class Targets:
    """What a Job writes: its files, the one that the journal goes with first, and how."""

    files: tuple[Path, ...] = ()
    journal: Path | None = None
    ordered: bool = True
    keep_reasoning: bool = False
    retry_failed: bool = False
    rejects: tuple[Path, ...] = ()


def make_job(
    command: str,
    source: Source,
    targets: Targets,
    *,
    engines: EngineOptions,
    prompts: PromptSettings | SettingsByDomain,
    stages: Sequence[Stage],
    cluster: Cluster | None = None,
    owner: str | None = None,
    explain: bool = True,
) -> Job:
    """The Job of a command; `prompts` are the settings for all records, or those of each value of their `domain`.

    `owner` and `explain` as in Job.
    """
    return Job(
        command=command,
        source=source,
        engines=engines,
        stages=tuple(stages),
        settings_by_domain=for_every_domain(prompts) if isinstance(prompts, PromptSettings) else prompts,
        targets=targets.files,
        journal=targets.journal,
        in_flight=engines.concurrency,
        ordered=targets.ordered,
        keep_reasoning=targets.keep_reasoning,
        cluster=cluster,
        owner=owner,
        explain=explain,
        retry_failed=targets.retry_failed,
        rejects=targets.rejects,
    )


def source_of(options: InputOptions) -> Source:
    """Which rows are read, and how."""
    return Source(
        options.source,
        options.on_error,
        take=options.take if isinstance(options, RecordInput) else "none",
        limit=options.limit,
        labelled=options.labelled,
        columns=Columns(options.prompt_field, options.response_field, options.system_field),
    )


def record_targets(options: RecordOutput) -> Targets:
    """One file of records and perhaps one of rejects; stdout has no journal unless one is named."""
    files = tuple(path for path in (options.output, options.rejects) if path)
    journal = options.journal or (journal_path(options.output) if options.output else None)
    return Targets(
        files,
        journal,
        ordered=not options.unordered,
        retry_failed=options.retry_failed,
        rejects=(options.rejects,) if options.rejects else (),
    )


def journaled_targets(options: JournaledOutput) -> Targets:
    """One file; stdout has no journal unless one is named."""
    if options.output is None:
        return Targets(journal=options.journal)
    return Targets((options.output,), options.journal or journal_path(options.output))


def folder_targets(options: FolderOptions, files: Sequence[Path]) -> Targets:
    """The files of a folder and perhaps one of rejects; the journal lies beside the first."""
    rejects = (options.rejects,) if options.rejects else ()
    return Targets(
        (*files, *rejects),
        options.journal or journal_path(files[0]),
        ordered=not options.unordered,
        keep_reasoning=options.keep_reasoning,
        retry_failed=options.retry_failed,
        rejects=rejects,
    )


def engine_options(
    model: LoadOptions,
    *,
    critic: str | None = None,
    reviser: str | None = None,
    judge: str | None = None,
    stop_loops: bool = False,
) -> EngineOptions:
    """The engines that the model options name, and other models for single roles.

    Raises CaigenError.
    """
    return EngineOptions(
        model=model.model,
        endpoint=model.endpoint or None,
        critic=critic,
        reviser=reviser,
        judge=judge,
        api_key=os.environ.get("CAIGEN_API_KEY"),
        args=key_values(model.engine_arg, "--engine-arg"),
        template_kwargs=key_values(model.chat_template_kwarg, "--chat-template-kwarg"),
        concurrency=model.in_flight,
        data_parallel=model.data_parallel,
        stall=model.stall,
        stop_loops=stop_loops,
        timeout=model.timeout if isinstance(model, ModelOptions) else ANSWER_SECONDS,
        tokenizer=model.tokenizer,
    )


def cluster_of(options: ClusterOptions, output: Path | None) -> Cluster | None:
    """The Ray cluster that carries the rows; None for this process.

    Raises CaigenError where there is no file beside which its shards could lie.
    """
    if options.runner == "local":
        return None
    if not output:
        raise CaigenError("--runner ray writes shards beside its output: name it with --output")
    return Cluster(options.ray_address, options.workers, options.worker_cpus, options.worker_gpus)


def key_values(entries: list[str], option: str) -> dict[str, Any]:
    """`key=value` entries; a value that is JSON is read as such.

    Raises CaigenError.
    """
    values: dict[str, Any] = {}
    for entry in entries:
        key, equals, value = entry.partition("=")
        if not equals or not key:
            raise CaigenError(f"{option} {entry}: needs KEY=VALUE")
        try:
            values[key.replace("-", "_")] = orjson.loads(value)
        except orjson.JSONDecodeError:
            values[key.replace("-", "_")] = {"True": True, "False": False}.get(value, value)
    return values
