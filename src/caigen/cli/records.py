"""The commands that act on records: `sample`, `critique`, `revise`, `label`, `score`, `run`."""

from dataclasses import replace
from typing import Annotated

import typer

from caigen.choices import CONSTITUTION, Compare
from caigen.cli.groups import grouped
from caigen.cli.options import (
    AnswerOptions,
    ClusterOptions,
    ComparisonOptions,
    ConstitutionOptions,
    CriticOptions,
    CritiqueOptions,
    FolderOptions,
    GenerationOptions,
    ModelOptions,
    PrincipleOptions,
    RecordInput,
    RecordOutput,
    RevisionOptions,
    SamplingOptions,
    ScoreOptions,
    SeededThinkOptions,
    StyleOption,
)
from caigen.cli.options.panels import JUDGE
from caigen.cli.perform import check_files, check_name, check_stdin, work_on, write_records
from caigen.cli.run import RUN_FILE, SUMMARY, folder_files, folder_side_files, folder_sinks
from caigen.cli.terminal import say


def note_equal_answers(options: AnswerOptions) -> None:
    """Print a note where several answers are asked of a greedy model."""
    if options.candidates > 1 and options.temperature == 0:
        say(
            f"note: with --temperature 0 the {options.candidates} answers to a prompt are equal, so the model "
            f"is asked for one"
        )


@grouped
def sample(
    *,
    source: RecordInput,
    output: RecordOutput,
    style: StyleOption = "chat",
    model: ModelOptions,
    sampling: AnswerOptions,
    cluster: ClusterOptions,
) -> None:
    """Answer each prompt n times."""
    note_equal_answers(sampling)
    check_files(source.source, output)
    from caigen.cli import build, settings
    from caigen.stages.registry import stage

    prompts = settings.constitution_settings(ConstitutionOptions(constitution=CONSTITUTION), sampling.seed)
    job = build.make_job(
        "sample",
        build.source_of(source),
        build.record_targets(output),
        engines=build.engine_options(model, stop_loops=sampling.stop_loops),
        prompts=replace(prompts, style=style),
        stages=[stage("sample", settings.sample_settings(sampling, model, plain=style == "plain"))],
        cluster=build.cluster_of(cluster, output.output),
    )
    write_records(job, output)


@grouped
def critique(
    *,
    source: RecordInput,
    output: RecordOutput,
    principles: CritiqueOptions,
    model: ModelOptions,
    critic: CriticOptions,
    sampling: GenerationOptions,
    cluster: ClusterOptions,
) -> None:
    """Criticise the latest text of each record under a principle; prompts are answered first."""
    check_files(source.source, output)
    from caigen.cli import build, settings

    prompts = settings.critique_settings(principles, sampling.seed)
    job = build.make_job(
        "critique",
        build.source_of(source),
        build.record_targets(output),
        engines=build.engine_options(model, critic=critic.critic_model, stop_loops=sampling.stop_loops),
        prompts=prompts,
        stages=settings.critique_stages(sampling, critic, model, prompts=prompts),
        cluster=build.cluster_of(cluster, output.output),
    )
    write_records(job, output)


@grouped
def revise(
    *,
    source: RecordInput,
    output: RecordOutput,
    revision: RevisionOptions,
    principles: CritiqueOptions,
    model: ModelOptions,
    critic: CriticOptions,
    sampling: GenerationOptions,
    cluster: ClusterOptions,
) -> None:
    """Revise each text over rounds of critique and revision; what is missing before that is made first."""
    check_files(source.source, output)
    from caigen.cli import build, settings

    prompts = settings.critique_settings(principles, sampling.seed)
    job = build.make_job(
        "revise",
        build.source_of(source),
        build.record_targets(output),
        engines=build.engine_options(
            model, critic=critic.critic_model, reviser=revision.reviser_model, stop_loops=sampling.stop_loops
        ),
        prompts=prompts,
        stages=settings.revise_stages(sampling, critic, model, prompts=prompts, revision=revision),
        cluster=build.cluster_of(cluster, output.output),
    )
    write_records(job, output)


@grouped
def label(
    *,
    source: RecordInput,
    output: RecordOutput,
    compare: Annotated[
        Compare,
        typer.Option(
            help="First and last text of each candidate, the candidates' last texts, or every two texts.",
            rich_help_panel=JUDGE,
        ),
    ] = "first-last",
    judge: ComparisonOptions,
    principles: PrincipleOptions,
    model: ModelOptions,
    sampling: SamplingOptions,
    cluster: ClusterOptions,
) -> None:
    """Compare texts of each record under principles, in both orders, by the judge's log-probabilities."""
    check_files(source.source, output)
    from caigen.cli import build, settings
    from caigen.stages.registry import stage

    job = build.make_job(
        "label",
        build.source_of(source),
        build.record_targets(output),
        engines=build.engine_options(model, judge=judge.judge_model),
        prompts=settings.principle_settings(principles, sampling.seed),
        stages=[stage("label", settings.label_settings(judge, compare, settings.sampling_of(sampling, model)))],
        cluster=build.cluster_of(cluster, output.output),
    )
    write_records(job, output)


@grouped
def score(
    *,
    source: RecordInput,
    output: RecordOutput,
    judge: ScoreOptions,
    principles: PrincipleOptions,
    model: ModelOptions,
    sampling: SeededThinkOptions,
    cluster: ClusterOptions,
) -> None:
    """Reward each text: how likely it breaks each principle, summed by severity, by the judge's log-probabilities."""
    check_files(source.source, output)
    from caigen.cli import build, settings
    from caigen.stages.registry import stage

    job = build.make_job(
        "score",
        build.source_of(source),
        build.record_targets(output),
        engines=build.engine_options(model, judge=judge.judge_model),
        prompts=settings.principle_settings(principles, sampling.seed),
        stages=[stage("score", settings.score_settings(judge, model, sampling))],
        cluster=build.cluster_of(cluster, output.output),
    )
    write_records(job, output)


@grouped
def run(
    *,
    source: RecordInput,
    output: FolderOptions,
    revision: RevisionOptions,
    principles: CritiqueOptions,
    model: ModelOptions,
    critic: CriticOptions,
    sampling: AnswerOptions,
    cluster: ClusterOptions,
) -> None:
    """Answer, criticise, revise and export with one engine load: records, pairs, SFT rows, summary, run.yaml."""
    check_stdin(source.source)
    check_name(output.rejects, "--rejects")
    note_equal_answers(sampling)
    from caigen.cli import build, settings

    prompts = settings.critique_settings(principles, sampling.seed)
    folder = output.output
    job = build.make_job(
        "run",
        build.source_of(source),
        build.folder_targets(output, folder_files(folder)),
        engines=build.engine_options(
            model, critic=critic.critic_model, reviser=revision.reviser_model, stop_loops=sampling.stop_loops
        ),
        prompts=prompts,
        stages=settings.revise_stages(sampling, critic, model, prompts=prompts, revision=revision),
        cluster=build.cluster_of(cluster, folder),
    )
    work_on(
        job,
        output,
        lambda stack: folder_sinks(
            stack, folder, output.rejects, job.settings_by_domain, keep_reasoning=output.keep_reasoning
        ),
        summary=output.summary or folder / SUMMARY,
        run_file=folder / RUN_FILE,
        side_files=folder_side_files(folder),
    )
