"""`caigen calibrate`."""

from contextlib import ExitStack
from typing import Annotated, Any

import typer

from caigen.cli import options as o
from caigen.cli.perform import check_stdin, perform, settle, summary_path
from caigen.cli.terminal import say


def calibrate(
    source: o.Input = "-",
    output: o.Output = None,
    demo: Annotated[
        int | None,
        typer.Option(min=1, help="Instead of INPUT: so many comparisons of the demo world.", rich_help_panel=o.IN),
    ] = None,
    held_out: Annotated[
        bool,
        typer.Option(
            "--held-out",
            help="With --demo: pairs of topic and principle that training never showed.",
            rich_help_panel=o.IN,
        ),
    ] = False,
    principles_per_label: o.PrinciplesPerLabel = None,
    cot: o.Cot = False,
    cot_samples: o.CotSamples = 1,
    clamp: o.Clamp = (0.4, 0.6),
    samples: o.JudgeSamples = 16,
    min_mass: o.MinMass = 0.5,
    tie: o.Tie = None,
    recipe: o.JudgeRecipe = o.Recipe.default,
    constitution: o.ConstitutionName = None,
    principle: o.PrincipleIds = [],  # noqa: B006
    templates: o.TemplateFolder = None,
    model: o.Model = None,
    endpoint: o.Endpoint = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
    chat_template_kwarg: o.TemplateArg = [],  # noqa: B006
    in_flight: o.InFlight = None,
    data_parallel: o.DataParallel = None,
    stall: o.Stall = 600.0,
    max_tokens: o.MaxTokens = 512,
    think: o.ThinkOption = o.Think.auto,
    think_tokens: o.ThinkTokens = 2048,
    temperature: o.Temperature = None,
    top_p: o.TopP = 1.0,
    seed: o.Seed = 0,
    on_error: o.OnErrorOption = o.OnError.fail,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
    journal: o.JournalFile = None,
) -> None:
    """Measure a judge on comparisons whose answer is known, beside the baselines it must beat; `label` shows what came of it."""
    values = locals()
    if demo is None:
        check_stdin(source)
    from caigen.cli.build import build_job, check_judge
    from caigen.job import check_targets
    from caigen.judge.calibrate import CalibrationSink

    check_judge(values)
    targets = [output] if output else []
    file = summary_path(summary, output)
    with ExitStack() as stack:
        if demo is not None:
            values["source"] = _demo(stack, demo, held_out=held_out)
        job = build_job("calibrate", ("label",), values, targets, labelled=True)
        check_targets(job, overwrite=overwrite, summary=file)
        sink = CalibrationSink(
            next(iter(job.settings_by_domain.values())).templates, job.stage("label").settings, output
        )
        done = perform(job, lambda _: [sink], file)
    if sink.calibration:
        _show(sink.calibration)
    settle(done)


def _show(found: dict[str, Any]) -> None:
    """The figures as a table, and a warning where a trivial judge does as well."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"judge {found['judge']['key']}: {found['judge']['model']}")
    for heading in ("", "decided", "accuracy (95 %)", "longer wins", "prefers longer", "order flips", "ECE"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, of in {"all": found["figures"], **found["figures"]["principles"]}.items():
        low, high = of["accuracy_interval"]
        share = "" if of["accuracy"] is None else f"{of['accuracy']:.3f} ({low:.3f} to {high:.3f})"
        told = of["baselines"]["longer_wins"], of["prefers_longer"], of["order_flips"], of["expected_calibration_error"]
        figures = ["" if value is None else f"{value:.3f}" for value in told]
        table.add_row(name, f"{of['decided']} of {of['comparisons']}", share, *figures)
    Console(stderr=True).print(table)
    if found["warning"]:
        say(f"warning: this judge is no better than a trivial one: {found['warning']}")


def _demo(stack: ExitStack, count: int, *, held_out: bool) -> str:
    from pathlib import Path
    from tempfile import TemporaryDirectory

    from caigen.demo.truth import comparisons
    from caigen.io.write import Writer

    path = Path(stack.enter_context(TemporaryDirectory(prefix="caigen-"))) / "truth.jsonl"
    with Writer(path) as rows:
        for row in comparisons(count, held_out=held_out):
            rows.write(row)
    return str(path)
