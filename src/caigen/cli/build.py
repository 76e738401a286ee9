"""From option groups to a Job and to the settings that it holds."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import typer

from caigen.choices import CONSTITUTION, Think
from caigen.cli.options import (
    AnswerOptions,
    ClusterOptions,
    ComparisonOptions,
    ConstitutionOptions,
    CriticOptions,
    CritiqueOptions,
    FolderOptions,
    GenerationOptions,
    JournaledOutput,
    ModelOptions,
    PrincipleOptions,
    RecordInput,
    RecordOutput,
    RevisionOptions,
    SamplingOptions,
    ScoreOptions,
    SeededThinkOptions,
    ThinkOptions,
)
from caigen.constitution.load import load
from caigen.engines.base import Sampling
from caigen.engines.open import EngineOptions, is_url
from caigen.engines.thoughts import SWITCHES
from caigen.errors import CaigenError
from caigen.job import Job, Source, journal_path
from caigen.runners.ray import Cluster
from caigen.stages.domains import SettingsByDomain, for_every_domain
from caigen.stages.few_shot import load_examples
from caigen.stages.label import Compare, Drawn, LabelSettings
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.score import ScoreSettings
from caigen.stages.templates import Templates


@dataclass(frozen=True)
class Stages:
    """The settings of each stage that a command has, in the order of a record's life; None for a stage that it lacks."""

    sample: SampleSettings | None = None
    critique: Sampling | None = None
    revise: ReviseSettings | None = None
    label: LabelSettings | None = None
    score: ScoreSettings | None = None


@dataclass(frozen=True)
class Targets:
    """What a Job writes: its files, the one that the journal goes with first, and how."""

    files: tuple[Path, ...] = ()
    journal: Path | None = None
    ordered: bool = True
    keep_reasoning: bool = False


def make_job(
    command: str,
    source: Source,
    targets: Targets,
    *,
    engines: EngineOptions,
    prompts: PromptSettings | SettingsByDomain,
    stages: Stages,
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
        stages=tuple(stage(name, settings) for name, settings in vars(stages).items() if settings is not None),
        settings_by_domain=for_every_domain(prompts) if isinstance(prompts, PromptSettings) else prompts,
        targets=targets.files,
        journal=targets.journal,
        in_flight=engines.concurrency,
        ordered=targets.ordered,
        keep_reasoning=targets.keep_reasoning,
        cluster=cluster,
        owner=owner,
        explain=explain,
    )


def record_source(options: RecordInput) -> Source:
    """Which records are read."""
    return Source(options.source, options.on_error, options.take, options.limit)


def record_targets(options: RecordOutput) -> Targets:
    """One file of records and perhaps one of rejects; stdout has no journal unless one is named."""
    files = tuple(path for path in (options.output, options.rejects) if path)
    journal = options.journal or (journal_path(options.output) if options.output else None)
    return Targets(files, journal, ordered=not options.unordered)


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
    )


def engine_options(
    model: ModelOptions,
    *,
    critic: str | None = None,
    reviser: str | None = None,
    judge: str | None = None,
    stop_loops: bool = False,
) -> EngineOptions:
    """The engines that the model options name, and other models for single roles.

    Raises CaigenError.
    """
    endpoint = model.endpoint or None
    if endpoint and not is_url(endpoint):
        raise CaigenError(f"--endpoint {endpoint}: begin with http:// or https://")
    return EngineOptions(
        model=model.model,
        endpoint=endpoint,
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


def constitution_settings(options: ConstitutionOptions, seed: int = 0) -> PromptSettings:
    """How a constitution is put to a model; where none is named, each record's own is followed.

    Raises CaigenError.
    """
    return PromptSettings(
        constitution=load(options.constitution or CONSTITUTION),
        templates=Templates.load(options.templates),
        seed=seed,
        follow=options.constitution is None,
    )


def principle_settings(options: PrincipleOptions, seed: int) -> PromptSettings:
    """The same for those principles that are named; a record's own constitution need not have them, so it is not followed.

    Raises CaigenError for a principle that the constitution lacks.
    """
    settings = constitution_settings(options, seed)
    only = tuple(settings.constitution.find(ref).id for ref in options.principle)
    return replace(settings, only=only, follow=settings.follow and not only)


def critique_settings(options: CritiqueOptions, seed: int) -> PromptSettings:
    """The same, with how principles are chosen and critiques asked for.

    Raises CaigenError.
    """
    return replace(
        principle_settings(options, seed),
        style=options.style,
        free_text=options.plain,
        select=options.select,
        with_replacement=options.with_replacement,
        examples=load_examples(options.few_shot) if options.few_shot else (),
    )


def sampling_of(options: SamplingOptions, model: ModelOptions) -> Sampling:
    """How the tokens of a text are drawn.

    Raises CaigenError where the chat template is told another thing about thoughts.
    """
    sampling = Sampling(max_tokens=options.max_tokens, temperature=options.temperature, top_p=options.top_p)
    return thinking(options, model, sampling)


def thinking(options: ThinkOptions, model: ModelOptions, sampling: Sampling | None = None) -> Sampling:
    """The same sampling, or the library's own, with whether the model thinks first.

    Raises CaigenError where the chat template is told another thing.
    """
    check_thinking(options.think, model, "--think")
    return replace(sampling or Sampling(), think=options.think, think_tokens=options.think_tokens)


def check_thinking(think: Think | None, model: ModelOptions, option: str) -> None:
    """Raises CaigenError where a template's own switch says whether the model thinks, and the option does too."""
    switches = {name for name, *_ in SWITCHES}
    own = sorted(switches & set(key_values(model.chat_template_kwarg, "--chat-template-kwarg")))
    if think not in (None, "auto") and own:
        raise CaigenError(
            f"{option} {think} and --chat-template-kwarg {own[0]} both say whether the model thinks; leave one out"
        )


def sample_settings(options: SamplingOptions, model: ModelOptions, *, plain: bool) -> SampleSettings:
    """How prompts are answered; `plain` continues a text in place of a chat."""
    candidates = options.candidates if isinstance(options, AnswerOptions) else 1
    return SampleSettings(candidates, sampling_of(options, model), options.seed, plain=plain)


def critic_sampling(critic: CriticOptions, model: ModelOptions, sampling: Sampling) -> Sampling:
    """How the tokens of critiques are drawn: as those of other texts, but for what is named for the critic.

    Raises CaigenError where the chat template is told another thing about thoughts.
    """
    check_thinking(critic.critic_think, model, "--critic-think")
    return replace(
        sampling,
        max_tokens=critic.critique_tokens,
        think=critic.critic_think or sampling.think,
        think_tokens=critic.critic_think_tokens or sampling.think_tokens,
    )


def critique_stages(
    sampling: GenerationOptions, critic: CriticOptions, model: ModelOptions, *, prompts: PromptSettings
) -> Stages:
    """The stages of `critique`: prompts are answered, answers criticised.

    Raises CaigenError.
    """
    return Stages(
        sample=sample_settings(sampling, model, plain=prompts.style == "plain"),
        critique=critic_sampling(critic, model, sampling_of(sampling, model)),
    )


def revise_stages(
    sampling: GenerationOptions,
    critic: CriticOptions,
    model: ModelOptions,
    *,
    prompts: PromptSettings,
    revision: RevisionOptions,
) -> Stages:
    """The stages of `revise` and `run`: prompts are answered, answers are criticised and revised.

    Without a number of rounds there is one, or one for each principle where all are taken in file order.

    Raises CaigenError.
    """
    rounds = revision.rounds
    if rounds is None:
        rounds = len(prompts.principles) if prompts.select == "all" else 1
    drawn = sampling_of(sampling, model)
    settings = ReviseSettings(
        rounds=rounds,
        always=revision.always_revise,
        critique=revision.critique,
        sampling=drawn,
        critic_sampling=critic_sampling(critic, model, drawn),
    )
    return Stages(sample=sample_settings(sampling, model, plain=prompts.style == "plain"), revise=settings)


def label_settings(options: ComparisonOptions, compare: Compare, sampling: Sampling) -> LabelSettings:
    """How a judge compares; exits 2 where the options make no sense."""
    low, high = options.clamp
    if not 0 <= low <= high <= 1:
        raise typer.BadParameter("two numbers, 0 <= LOW <= HIGH <= 1", param_hint="--clamp")
    return LabelSettings(
        compare=compare,
        principles=_principles_per_label(options.principles_per_label),
        orders=1 if options.orders == 1 else 2,
        min_mass=options.min_mass,
        tie=options.tie,
        samples=options.samples,
        cot=options.cot,
        cot_samples=options.cot_samples,
        clamp=options.clamp,
        sampling=sampling,
    )


def _principles_per_label(text: str) -> Drawn:
    """How many principles are drawn for a pair: a number from 1, `rounds`, or None for `all`."""
    if text == "rounds":
        return "rounds"
    if text == "all":
        return None
    if not (text.isdecimal() and int(text)):
        raise typer.BadParameter("a number from 1, rounds, or all", param_hint="--principles-per-label")
    return int(text)


def score_settings(options: ScoreOptions, model: ModelOptions, sampling: SeededThinkOptions) -> ScoreSettings:
    """How a judge scores."""
    return ScoreSettings(options.texts, options.min_mass, options.samples, options.scale, thinking(sampling, model))


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
