"""The commands that run something else than a step on records: `demo`, `doctor`, `serve`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from caigen.cli.groups import grouped
from caigen.cli.options import (
    Endpoint,
    Folder,
    LoadOptions,
    Overwrite,
    Seed,
    ServedPrinciples,
    ServerOptions,
    ThinkOptions,
)
from caigen.cli.perform import perform
from caigen.cli.run import SUMMARY, folder_files, folder_sinks
from caigen.cli.showing import show_findings
from caigen.cli.terminal import say


def demo(
    *,
    output: Folder = Path("caigen-demo"),
    prompts: Annotated[int, typer.Option(min=1, max=256, help="How many of the example prompts.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, max=4, help="Rounds of critique and revision.")] = 3,
    seed: Seed = 0,
    overwrite: Overwrite = False,
) -> None:
    """The whole loop on the bundled model and the example prompts; ends with one chain and where everything lies."""
    from caigen.cli import build
    from caigen.demo.show import settings_by_domain, show, write_prompts
    from caigen.engines.base import Sampling
    from caigen.engines.open import EngineOptions
    from caigen.io.outputs import check
    from caigen.io.streams import STDIN
    from caigen.jobs.job import Source, journal_path
    from caigen.looking.screen import Screen
    from caigen.stages.registry import stage
    from caigen.stages.revise import ReviseSettings
    from caigen.stages.sample import SampleSettings

    source, summary, files = output / "prompts.jsonl", output / SUMMARY, folder_files(output)
    sampling = Sampling(max_tokens=256, temperature=0.7)
    job = build.make_job(
        "demo",
        Source(str(source)),
        build.Targets(tuple(files), journal_path(files[0])),
        engines=EngineOptions(),
        prompts=settings_by_domain(seed),
        stages=[
            stage("sample", SampleSettings(1, sampling, seed)),
            stage("revise", ReviseSettings(rounds=rounds, sampling=sampling, critic_sampling=sampling)),
        ],
        owner="demo",  # another demo, with other settings, may replace its files
        explain=False,
    )
    check(
        [source, *files], STDIN, overwrite=overwrite, written_by_same_command=lambda: job.wrote_targets, summary=summary
    )
    write_prompts(source, prompts)
    perform(job, lambda stack: folder_sinks(stack, output, None, job.settings_by_domain), summary)
    show(output, rounds, Screen(file=sys.stderr))


def doctor(
    model: Annotated[
        str | None,
        typer.Option("--model", "-m", help="Also whether this model can be reached; its weights are not loaded."),
    ] = None,
    endpoint: Endpoint = None,
    json: Annotated[
        bool, typer.Option("--json/--no-json", show_default=False, help="The findings as JSON on stdout.")
    ] = False,
) -> None:
    """What is installed, which engine would run, and what to do about each fault."""
    from caigen.engines.doctor import examine

    findings = examine(endpoint, model)
    show_findings(findings, as_json=json)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


@grouped
def serve(*, server: ServerOptions, principles: ServedPrinciples, model: LoadOptions, think: ThinkOptions) -> None:
    """Rewards online: /get_reward (OpenRLHF), /score, /compare, /health, /metrics.
    Ctrl-C ends it; what is not answered within two seconds is refused.
    """
    from dataclasses import replace

    from caigen.choices import CONSTITUTION
    from caigen.cli import build, settings
    from caigen.judge.queries import open_queries
    from caigen.judge.server import Serving, check
    from caigen.judge.server import serve as run
    from caigen.judge.unread import policy_of

    serving = Serving(
        server.host,
        server.port,
        server.token,
        server.max_body << 20,
        server.rate,
        server.timeout,
        unread=policy_of(server.unread),
    )
    engines, sampling = build.engine_options(model), settings.thinking(think, model)
    check(serving)
    queries = open_queries(server.prompts, server.policy_tokenizer)
    serving = replace(serving, sampling=sampling, queries=queries)
    say(f"serving on http://{server.host}:{server.port} once the model is loaded; Ctrl-C ends it")
    try:
        run(serving, engines, principles.constitution or CONSTITUTION, tuple(principles.principle))
    except KeyboardInterrupt:  # while the server was being made; later it ends by itself
        raise typer.Exit(130) from None
