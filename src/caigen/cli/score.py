"""`caigen score`."""

from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.perform import records_command


def score(
    source: o.Input = "-",
    output: o.Output = None,
    texts: Annotated[
        o.Which, typer.Option("--texts", help="All texts of each candidate, or the last.", rich_help_panel=o.JUDGE)
    ] = o.Which.last,
    scale: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10,
            help="Rate from 1 to so many (direct RLAIF) instead of asking Yes or No.",
            rich_help_panel=o.JUDGE,
        ),
    ] = None,
    samples: o.JudgeSamples = 16,
    min_mass: o.MinMass = 0.5,
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
    think: o.ThinkOption = o.Think.auto,
    think_tokens: o.ThinkTokens = 2048,
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
    """A reward for each text: how likely it breaks each principle, by the judge's log-probabilities, and what that comes to."""
    records_command("score", ("score",), locals())
