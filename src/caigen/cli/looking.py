"""The commands that look at what a model is sent, and at how good a judge is: `prompts show`, `calibrate`."""

from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from caigen.cli.config import ConfiguredCommand
from caigen.cli.groups import grouped
from caigen.cli.options import (
    ComparisonInput,
    ComparisonOptions,
    CritiqueOptions,
    JournaledOutput,
    ModelOptions,
    PrincipleOptions,
    RecordInput,
    SamplingOptions,
    Seed,
)
from caigen.cli.options.panels import INPUT, MODEL
from caigen.cli.perform import check_stdin, perform, settle, summary_path
from caigen.cli.showing import print_calibration, shown_request
from caigen.text.visible import one_line

prompts_app = typer.Typer(no_args_is_help=True, help="The prompts that a model gets.")


class Step(StrEnum):
    """A stage that asks a model. (Typer takes a list of an enum's words, but not of a Literal's.)"""

    sample = "sample"
    critique = "critique"
    revise = "revise"
    label = "label"
    score = "score"


@dataclass(frozen=True)
class ShowOptions:
    """Which prompts are shown, and how."""

    step: Annotated[list[Step], typer.Option("--step", help="Only this stage; repeatable.", show_default=False)] = (
        field(default_factory=list)
    )
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            envvar="CAIGEN_MODEL",
            help="Show the text as this model's chat template writes it; `demo` for the bundled model.",
            rich_help_panel=MODEL,
        ),
    ] = None
    seed: Seed = 0


@dataclass(frozen=True)
class FewRows(RecordInput):
    """Which rows are shown: the first, unless more are asked for."""

    limit: Annotated[int | None, typer.Option(min=1, help="Rows to show.", rich_help_panel=INPUT)] = 1


@prompts_app.command(cls=ConfiguredCommand)
@grouped
def show(*, source: FewRows, principles: CritiqueOptions, shown: ShowOptions) -> None:
    """Print what each stage would send for a row: every message, the JSON schema, the words that are read.
    No model is asked.
    """
    check_stdin(source.source)
    import asyncio

    from caigen.cli.build import source_of
    from caigen.cli.settings import critique_settings
    from caigen.engines.base import Sampling
    from caigen.engines.open import DEMO
    from caigen.preview import as_model_sees, stage_requests
    from caigen.stages.resolve import adapt_to_demo_model, settings_for, with_matching_templates

    settings = critique_settings(principles, shown.seed)
    settings = adapt_to_demo_model(settings) if shown.model == DEMO else with_matching_templates(settings)
    render = as_model_sees(shown.model) if shown.model else None
    for record in source_of(source).reader():
        requests = asyncio.run(stage_requests(record, settings_for({"": settings}, record), Sampling()))
        scores = [request for request in requests if request.stage == Step.score]
        left_out = [] if shown.step else scores[1:]  # they differ in the principle alone
        for request in requests:
            if request not in left_out and (not shown.step or request.stage in shown.step):
                print(shown_request(record.id, request, render(request.request) if render else None))
        if left_out:
            note = f"score: {len(left_out)} more like the last, of other rules: --step score"
            print(f"=== {one_line(record.id)} · {note} ===\n")


@dataclass(frozen=True)
class TruthOptions:
    """Comparisons of the demo world, whose answer is known, in place of a file."""

    demo: Annotated[
        int | None,
        typer.Option(min=1, help="Instead of INPUT: this many comparisons of the demo world.", rich_help_panel=INPUT),
    ] = None
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out/--no-held-out",
            show_default=False,
            help="With --demo: pairs of topic and principle that training never showed.",
            rich_help_panel=INPUT,
        ),
    ] = False


@grouped
def calibrate(
    *,
    source: ComparisonInput,
    output: JournaledOutput,
    truth: TruthOptions,
    judge: ComparisonOptions,
    principles: PrincipleOptions,
    model: ModelOptions,
    sampling: SamplingOptions,
) -> None:
    """Measure a judge on comparisons whose answer is known, beside trivial judges; `label` prints the result."""
    if truth.demo is None:
        check_stdin(source.source)
    from caigen.cli import build, settings
    from caigen.cli.config import INPUTS
    from caigen.demo.show import settings_by_domain
    from caigen.io import outputs
    from caigen.jobs.job import check_targets
    from caigen.judge.calibrate import CalibrationSink
    from caigen.stages.registry import stage

    labels = settings.label_settings(judge, "candidates", settings.sampling_of(sampling, model))
    prompts = settings.principle_settings(principles, sampling.seed)
    summary = summary_path(output.summary, output.output)
    with ExitStack() as stack:
        path = source.source if truth.demo is None else _write_truth(stack, truth.demo, held_out=truth.held_out)
        job = build.make_job(
            "calibrate",
            replace(build.source_of(source), path=path),
            build.journaled_targets(output),
            engines=build.engine_options(model, judge=judge.judge_model),
            prompts=prompts if truth.demo is None else settings_by_domain(sampling.seed),
            stages=[stage("label", labels)],
        )
        check_targets(job, overwrite=output.overwrite, summary=summary)
        written = [path for path in (*job.targets, job.journal, summary) if path]
        outputs.check_side_files({}, written, job.source.path, also_read=INPUTS.get())
        sink = CalibrationSink(next(iter(job.settings_by_domain.values())).templates, labels, output.output)
        done = perform(job, lambda _: [sink], summary)
    if sink.calibration:
        print_calibration(sink.calibration)
    settle(done)


def _write_truth(stack: ExitStack, count: int, *, held_out: bool) -> str:
    """Write comparisons of the demo world to a file that goes with `stack`; gives its path."""
    from caigen.demo.truth import comparisons
    from caigen.io.write import Writer

    path = Path(stack.enter_context(TemporaryDirectory(prefix="caigen-"))) / "truth.jsonl"
    with Writer(path) as rows:
        for row in comparisons(count, held_out=held_out):
            rows.write(row)
    return str(path)
