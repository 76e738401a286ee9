"""`caigen bench`: a command for each benchmark of docs/benchmarks.md."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from caigen.cli import options as o
from caigen.cli.terminal import say

BENCH = "Benchmark"
ANSWERS, START_PROMPTS, RAY_PROMPTS, COMPARISONS = 1_000_000, 64, 512, 512

app = typer.Typer(no_args_is_help=True, help="What caigen costs beside the engine that it drives.")

Repeat = Annotated[
    int, typer.Option(min=1, help="Runs of each arm, in turn; the fastest counts.", rich_help_panel=BENCH)
]
Longest = Annotated[int, typer.Option(min=8, help="Most output tokens.", rich_help_panel=BENCH)]


@app.command()
def flow(
    output: o.Output = None,
    prompts: Annotated[
        list[int],
        typer.Option(
            "--prompts",
            min=1,
            help="Prompts of a run; repeatable, the arms with barriers run with the fewest.",
            rich_help_panel=BENCH,
        ),
    ] = [256, 1024],  # noqa: B006
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of critique and revision.", rich_help_panel=BENCH)] = 3,
    prompt_words: Annotated[
        int,
        typer.Option(
            min=0,
            help="Words added to each prompt; 80 makes prompts as long in tokens as those of hh-rlhf.",
            rich_help_panel=BENCH,
        ),
    ] = 80,
    median: Annotated[int, typer.Option(min=8, help="Median of output tokens.", rich_help_panel=BENCH)] = 48,
    longest: Longest = 256,
    repeat: Repeat = 2,
    shape: Annotated[
        str | None,
        typer.Option(metavar="8b", help="A model of 8 B parameters' shape with dummy weights.", rich_help_panel=BENCH),
    ] = None,
    model: o.Model = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
) -> None:
    """caigen beside the bare engine and clients with barriers: the same requests, sent in different ways.

    On a model of yours: --model build/real-model --engine-arg dtype=float32.
    """
    if shape not in (None, "8b"):
        raise typer.BadParameter("only 8b is known", param_hint="--shape")
    import asyncio
    from tempfile import TemporaryDirectory

    from rich.console import Console

    from caigen.bench.flow import measure
    from caigen.bench.memory import peak_mb
    from caigen.bench.report import figures, tables
    from caigen.bench.workload import Work, records, shape_8b
    from caigen.cli.run import folder_sinks
    from caigen.engines.open import DEMO_PATH

    works = [Work(records(count, words=prompt_words), rounds, median, longest) for count in sorted(prompts)]
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        if shape:
            model = str(shape_8b(DEMO_PATH, Path(folder) / "8b"))
            engine_arg = [*engine_arg, "load_format=dummy"]
        results = asyncio.run(measure(_model(model, engine_arg), works, folder_sinks, say, repeat=repeat))
    summary = figures(results, peak_mb())
    for table in tables(summary):
        Console(stderr=True).print(table)
    say(", ".join(f"{key} {value}" for key, value in summary.items() if isinstance(value, float)))
    _write(output, summary)


@app.command()
def row(
    output: o.Output = None,
    rows: Annotated[
        list[int], typer.Option("--rows", min=1, help="Rows of a run; repeatable.", rich_help_panel=BENCH)
    ] = [1_000, 10_000, 100_000],  # noqa: B006
    words: Annotated[int, typer.Option(min=60, help="Words of an answer.", rich_help_panel=BENCH)] = 300,
) -> None:
    """CPU and memory of a row of `run`, on an engine that answers at once."""
    from caigen.bench.row import costs
    from caigen.cli.run import folder_sinks

    figures = []
    for cost in costs(rows, folder_sinks, words=words, profile=True):
        if parts := cost.get("parts_ms"):
            say("under a profiler, which slows it down: " + ", ".join(f"{name} {ms}" for name, ms in parts.items()))
        else:
            say(
                f"{cost['rows']} rows, answers of {words} words, all files of run: "
                f"{cost['cpu_ms_per_row']} ms CPU a row, {cost['rows_per_second']} rows/s, "
                f"{cost['peak_rss_mb']} MB at most"
            )
        figures.append(cost)
    _write(output, {"row": figures})


@app.command()
def journal(output: o.Output = None) -> None:
    """Open a journal of a million answers again: seconds and memory."""
    from caigen.bench.journal import reopening

    figures = reopening(ANSWERS)
    say(
        f"a journal of {ANSWERS} answers ({figures['file_mb']} MB): open in {figures['reopen_seconds']} s, "
        f"{figures['more_rss_mb']} MB more memory than for one answer"
    )
    _write(output, {"journal": figures})


@app.command()
def start(output: o.Output = None) -> None:
    """`run` on 64 prompts from start to exit: seconds beside loading and generation."""
    from caigen.bench.commands import start as run_once

    figures = run_once(START_PROMPTS)
    say(
        f"run on {START_PROMPTS} prompts: {figures['seconds']} s = "
        f"load {figures['load']} + generate {figures['generate']} + {figures['beyond']}"
    )
    _write(output, {"start": figures})


@app.command()
def ray(output: o.Output = None) -> None:
    """`run --runner ray` with two workers of one CPU beside one worker: tokens a second."""
    from caigen.bench.commands import workers

    figures = workers(RAY_PROMPTS)
    for run in figures["runs"]:
        say(
            f"{run['workers']} Ray workers of one CPU: {run['tokens_per_second']} tok/s, "
            f"{run['generate']} s of {run['seconds']} s"
        )
    say(f"speedup {figures['speedup']}")
    _write(output, {"ray": figures})


@app.command()
def judge(
    output: o.Output = None,
    model: o.Model = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
) -> None:
    """Comparisons a second of a judge that says one letter, and of one that writes its reasons first."""
    import asyncio
    from tempfile import TemporaryDirectory

    from caigen.bench.judge import judging

    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        figures = asyncio.run(judging(_model(model, engine_arg), COMPARISONS, Path(folder)))
    say(f"{COMPARISONS} comparisons, both orders: {figures['letter_per_second']} a second by the letter alone")
    for reasons in figures["reasons"]:
        say(
            f"  after {reasons['tokens']} tokens of reasons: {reasons['per_second']}, "
            f"{reasons['slowdown']} times slower"
        )
    _write(output, {"judge": figures})


@app.command()
def script(
    output: o.Output = None,
    prompts: Annotated[int, typer.Option(min=1, help="Prompts of a run.", rich_help_panel=BENCH)] = 256,
    in_flight: Annotated[
        int, typer.Option(min=1, help="Requests at once, in the script and in caigen.", rich_help_panel=BENCH)
    ] = 64,
    longest: Longest = 256,
    repeat: Annotated[
        int, typer.Option(min=1, help="Runs of each arm, in turn; the medians are compared.", rich_help_panel=BENCH)
    ] = 3,
    endpoint: o.Endpoint = None,
) -> None:
    """`run --endpoint` beside a handwritten script, at a stand-in server or at --endpoint."""
    from caigen.bench.endpoint import Comparison, beside_script
    from caigen.bench.standin import Pace, standing_in
    from caigen.bench.workload import records
    from caigen.cli.run import folder_sinks

    with nullcontext(endpoint) if endpoint else standing_in(Pace(in_flight)) as url:
        comparison = Comparison(url, records(prompts), in_flight=in_flight, longest=longest)
        figures = beside_script(comparison, folder_sinks, say, repeat=repeat)
    say(
        f"rows a second, caigen over the script: {figures['ratio']}; "
        f"with a limit that adapts to the server: {figures['ratio_adaptive']}"
    )
    _write(output, {"script": figures | {"server": endpoint or "stand-in"}})


def _model(model: str | None, engine_arg: list[str]) -> Any:
    """The model that options name, by default the demo model."""
    from caigen.cli.build import key_values
    from caigen.engines.child import Model
    from caigen.engines.open import DEMO, path_of

    name = model or DEMO
    return Model(path_of(name), name, key_values(engine_arg, "--engine-arg"))


def _write(output: Path | None, figures: dict[str, Any]) -> None:
    """Write the figures as JSON if a file is named."""
    if output is None:
        return
    from caigen.io.write import write_json

    write_json(output, figures)
    say(f"bench: {output}")
