"""`caigen label`."""

from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.perform import records_command


def label(
    source: o.Input = "-",
    output: o.Output = None,
    compare: Annotated[
        o.Compare,
        typer.Option(
            help="First and last text of each candidate, the candidates' last texts, or every two texts.",
            rich_help_panel=o.JUDGE,
        ),
    ] = o.Compare.first_last,
    principles_per_label: o.PrinciplesPerLabel = "1",
    cot: o.Cot = False,
    cot_samples: o.CotSamples = 1,
    clamp: o.Clamp = (0.4, 0.6),
    samples: o.JudgeSamples = 16,
    min_mass: o.MinMass = 0.5,
    tie: o.Tie = 0.02,
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
    take: o.TakeOption = o.Take.none,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
    rejects: o.Rejects = None,
    journal: o.JournalFile = None,
    unordered: o.Unordered = False,
    runner: o.RunnerOption = o.Runner.local,
    ray_address: o.RayAddress = None,
    workers: o.Workers = 1,
    worker_cpus: o.WorkerCpus = 1.0,
    worker_gpus: o.WorkerGpus = 0.0,
) -> None:
    """Compare texts of each record under principles, in both orders, by the judge's log-probabilities."""
    values = locals()
    from caigen.cli.build import check_judge

    check_judge(values)
    records_command("label", ("label",), values)
