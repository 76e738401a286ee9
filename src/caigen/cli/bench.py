"""`caigen bench`."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.terminal import say

BENCH = "Benchmark"
ANSWERS, PROMPTS, RAY_PROMPTS, COMPARISONS = 1_000_000, 64, 512, 512


def bench(
    output: o.Output = None,
    client: Annotated[
        bool, typer.Option("--client", help="Instead: the cost of a row beside the model.", rich_help_panel=BENCH)
    ] = False,
    journal: Annotated[
        bool,
        typer.Option("--journal", help="Instead: opening a journal of a million answers.", rich_help_panel=BENCH),
    ] = False,
    start: Annotated[
        bool,
        typer.Option("--start", help="Instead: `run` on 64 prompts, beside its model.", rich_help_panel=BENCH),
    ] = False,
    ray: Annotated[
        bool,
        typer.Option("--ray", help="Instead: two Ray workers of one CPU against one.", rich_help_panel=BENCH),
    ] = False,
    judge: Annotated[
        bool,
        typer.Option("--judge", help="Instead: comparisons a second, without and with reasons.", rich_help_panel=BENCH),
    ] = False,
    script: Annotated[
        bool,
        typer.Option(
            "--script",
            help="Instead: `run --endpoint` beside a script written by hand, at a stand-in server or at --endpoint.",
            rich_help_panel=BENCH,
        ),
    ] = False,
    places: Annotated[
        int, typer.Option(min=1, help="Requests at once for --script, in both arms.", rich_help_panel=BENCH)
    ] = 64,
    endpoint: o.Endpoint = None,
    prompts: Annotated[
        list[int],
        typer.Option(
            "--prompts",
            min=1,
            help="Prompts of a run; repeatable, the barriers run with the first.",
            rich_help_panel=BENCH,
        ),
    ] = [256, 1024],  # noqa: B006
    rows: Annotated[
        list[int], typer.Option("--rows", min=1, help="Rows for --client; repeatable.", rich_help_panel=BENCH)
    ] = [1_000, 10_000, 100_000],  # noqa: B006
    words: Annotated[int, typer.Option(min=60, help="Words of an answer for --client.", rich_help_panel=BENCH)] = 300,
    rounds: Annotated[int, typer.Option(min=1, help="Rounds of critique and revision.", rich_help_panel=BENCH)] = 3,
    prompt_words: Annotated[
        int,
        typer.Option(
            min=0,
            help="Lengthen prompts by so many words; 80 makes them as long in tokens as those of hh-rlhf.",
            rich_help_panel=BENCH,
        ),
    ] = 80,
    median: Annotated[int, typer.Option(min=8, help="Median of output tokens.", rich_help_panel=BENCH)] = 48,
    longest: Annotated[int, typer.Option(min=8, help="Most output tokens.", rich_help_panel=BENCH)] = 256,
    repeat: Annotated[
        int,
        typer.Option(
            min=1, help="Run what comes near in turn so often; the fastest of each counts.", rich_help_panel=BENCH
        ),
    ] = 2,
    shape: Annotated[
        str | None,
        typer.Option(metavar="8b", help="A model of 8 B parameters' shape with dummy weights.", rich_help_panel=BENCH),
    ] = None,
    model: o.Model = None,
    engine_arg: o.EngineArg = [],  # noqa: B006
) -> None:
    """caigen against the bare engine and against clients with barriers, side by side; or its own cost per row.

    On a model of yours: --model build/real-model --engine-arg dtype=float32.
    """
    if shape not in (None, "8b"):
        raise typer.BadParameter("only 8b is known", param_hint="--shape")
    found: dict[str, object] = {}
    if client:
        found |= _client(rows, words)
    if journal:
        found |= _journal()
    if start:
        found |= _start()
    if ray:
        found |= _ray()
    if judge:
        found |= _judge(model, engine_arg)
    if script:
        found |= _script(endpoint, prompts[0], places, longest, max(3, repeat))
    if not found:
        found = _arms(prompts, rounds, prompt_words, median, longest, shape, model, engine_arg, repeat)
    if output:
        from caigen.io.write import write_json

        write_json(output, found)
        say(f"bench: {output}")


def _client(rows: list[int], words: int) -> dict[str, object]:
    from caigen.bench.client import costs
    from caigen.cli.run import folder_sinks

    found = []
    for cost in costs(rows, folder_sinks, words=words, profile=True):
        if parts := cost.get("parts_ms"):
            say("under a profiler, which slows it down: " + ", ".join(f"{name} {ms}" for name, ms in parts.items()))
        else:
            say(
                f"{cost['rows']} rows, answers of {words} words, all files of run: {cost['cpu_ms_per_row']} ms CPU a row, "
                f"{cost['rows_per_second']} rows/s, {cost['peak_rss_mb']} MB at most"
            )
        found.append(cost)
    return {"client": found}


def _journal() -> dict[str, object]:
    from caigen.bench.journal import reopening

    found = reopening(ANSWERS)
    say(
        f"a journal of {ANSWERS} answers ({found['file_mb']} MB): open in {found['reopen_seconds']} s, "
        f"{found['more_rss_mb']} MB more memory than for one answer"
    )
    return {"journal": found}


def _start() -> dict[str, object]:
    from caigen.bench.commands import start

    found = start(PROMPTS)
    say(
        f"run on {PROMPTS} prompts: {found['seconds']} s = load {found['load']} + generate {found['generate']} + {found['beyond']}"
    )
    return {"start": found}


def _ray() -> dict[str, object]:
    from caigen.bench.commands import workers

    found = workers(RAY_PROMPTS)
    for row in found["runs"]:
        say(
            f"{row['workers']} Ray workers of one CPU: {row['tokens_per_second']} tok/s, {row['generate']} s of {row['seconds']} s"
        )
    say(f"speedup {found['speedup']}")
    return {"ray": found}


def _judge(model: str | None, engine_arg: list[str]) -> dict[str, object]:
    import asyncio
    from tempfile import TemporaryDirectory

    from caigen.bench.judge import judging
    from caigen.cli.build import key_values
    from caigen.engines.child import Model
    from caigen.engines.open import DEMO, path_of

    name = model or DEMO
    loaded = Model(path_of(name), name, key_values(engine_arg, "--engine-arg"))
    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        found = asyncio.run(judging(loaded, COMPARISONS, Path(folder)))
    say(f"{COMPARISONS} comparisons, both orders: {found['letter_per_second']} a second by the letter alone")
    for row in found["reasons"]:
        say(f"  after {row['tokens']} tokens of reasons: {row['per_second']}, {row['speedup']} times slower")
    return {"judge": found}


def _script(endpoint: str | None, prompts: int, places: int, longest: int, repeat: int) -> dict[str, object]:
    from caigen.bench.endpoint import beside_script
    from caigen.bench.standin import Pace, standing_in
    from caigen.bench.workload import records
    from caigen.cli.run import folder_sinks

    with nullcontext(endpoint) if endpoint else standing_in(Pace(places)) as url:
        found = beside_script(url, records(prompts), folder_sinks, say, places=places, repeat=repeat, longest=longest)
    say(f"rows a second, caigen over the script: {found['ratio']}; with places found by itself: {found['ratio_paced']}")
    return {"script": found | {"server": endpoint or "stand-in"}}


def _arms(
    prompts: list[int],
    rounds: int,
    words: int,
    median: int,
    longest: int,
    shape: str | None,
    model: str | None,
    engine_arg: list[str],
    repeat: int,
) -> dict[str, object]:
    import asyncio
    from tempfile import TemporaryDirectory

    from rich.console import Console

    from caigen.bench.arms import Work, measure
    from caigen.bench.memory import peak_mb
    from caigen.bench.report import figures, tables
    from caigen.bench.workload import records, shape_8b
    from caigen.cli.build import key_values
    from caigen.cli.run import folder_sinks
    from caigen.engines.child import Model
    from caigen.engines.open import DEMO, DEMO_PATH, path_of

    args = key_values(engine_arg, "--engine-arg")

    async def all_runs(path: str, name: str) -> dict[str, object]:
        works = [Work(records(count, words=words), rounds, median, longest) for count in sorted(prompts)]
        runs = await measure(Model(path, name, args), works, folder_sinks, say, repeat=repeat)
        return figures(runs, peak_mb())

    with TemporaryDirectory(prefix="caigen-bench-") as folder:
        name = model or DEMO
        path = path_of(name)
        if shape:
            path = name = str(shape_8b(DEMO_PATH, Path(folder) / "8b"))
            args["load_format"] = "dummy"
        found = asyncio.run(all_runs(path, name))
    for table in tables(found):
        Console(stderr=True).print(table)
    say(", ".join(f"{key} {value}" for key, value in found.items() if isinstance(value, float)))
    return found
