"""`caigen demo`."""

from pathlib import Path
from typing import Annotated

import typer

from caigen.cli import options as o


def demo(
    output: o.Folder = Path("caigen-demo"),
    prompts: Annotated[int, typer.Option(min=1, max=256, help="How many of the example prompts.")] = 64,
    rounds: Annotated[int, typer.Option(min=1, max=4, help="Rounds of critique and revision.")] = 3,
    seed: o.Seed = 0,
    overwrite: o.Overwrite = False,
) -> None:
    """The whole loop on the bundled model and the example prompts; ends with one chain and where everything lies."""
    from rich.console import Console

    from caigen.cli.perform import perform
    from caigen.cli.run import folder_files, folder_sinks
    from caigen.demo.show import settings_by_domain, show, write_prompts
    from caigen.engines.base import Sampling
    from caigen.engines.open import EngineOptions
    from caigen.io.outputs import check
    from caigen.io.streams import STDIN
    from caigen.job import Job, Source, journal_path
    from caigen.stages.registry import stage
    from caigen.stages.revise import ReviseSettings
    from caigen.stages.sample import SampleSettings

    sampling = Sampling(max_tokens=256, temperature=0.7)
    source, *targets = [output / "prompts.jsonl", *folder_files(output)]
    journal = journal_path(targets[0])
    counts = output / "summary.json"
    job = Job(
        command="demo",
        source=Source(str(source)),
        engines=EngineOptions(),
        stages=(
            stage("sample", SampleSettings(1, sampling, seed)),
            stage("revise", ReviseSettings(rounds=rounds, sampling=sampling, critic_sampling=sampling)),
        ),
        settings_by_domain=settings_by_domain(seed),
        targets=tuple(targets),
        journal=journal,
        owner="demo",  # another demo, with other settings, may replace its files
        explain=False,
    )
    check(
        [source, *targets],
        STDIN,
        overwrite=overwrite,
        written_by_same_command=lambda: job.wrote_targets,
        summary=counts,
    )
    write_prompts(source, prompts)
    perform(job, lambda stack: folder_sinks(stack, output, None, job.settings_by_domain), counts)
    show(output, rounds, Console(stderr=True))
