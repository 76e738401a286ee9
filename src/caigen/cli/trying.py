"""`caigen try`: one chain now."""

import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from caigen.cli.groups import grouped
from caigen.cli.options import CriticOptions, CritiqueOptions, GenerationOptions, ModelOptions, Output, PrincipleOptions
from caigen.cli.options.files import Overwrite
from caigen.cli.options.panels import INPUT, PRINCIPLES
from caigen.cli.perform import check_name, check_stdin
from caigen.cli.terminal import Terminal, say
from caigen.errors import FAILED_ROWS

if TYPE_CHECKING:
    from caigen.records import Record


@dataclass(frozen=True)
class TrialOptions:
    """The prompt that is tried."""

    prompt: Annotated[
        str, typer.Argument(metavar="PROMPT", help="The prompt; - or nothing: stdin.", show_default=False)
    ] = "-"
    response: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="An answer to be criticised, instead of the model's.", rich_help_panel=INPUT),
    ] = None
    rounds: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Revisions at most; by default one under each rule that the answer breaks.",
            rich_help_panel=PRINCIPLES,
        ),
    ] = None
    output: Output = None
    overwrite: Overwrite = False


@grouped
def try_(
    *,
    trial: TrialOptions,
    principles: PrincipleOptions,
    model: ModelOptions,
    critic: CriticOptions,
    sampling: GenerationOptions,
) -> None:
    """Answer one prompt, ask every rule about the answer, and revise it under those that it breaks.
    Prints the chain; writes nothing without -o.
    """
    check_stdin(trial.prompt)
    check_name(trial.output)
    from caigen.cli import build, settings
    from caigen.cli.trial_text import show_trial
    from caigen.io.outputs import check
    from caigen.io.streams import STDIN
    from caigen.jobs.execute import carry_out
    from caigen.jobs.job import Source
    from caigen.looking.screen import Screen
    from caigen.stages.registry import stage
    from caigen.stages.revise import ReviseSettings
    from caigen.trial import Trial, trial_stage

    prompt = _prompt(trial.prompt)
    if trial.output:
        check([trial.output], STDIN, overwrite=trial.overwrite, written_by_same_command=lambda: False)
    drawn = settings.sampling_of(sampling, model)
    revising = ReviseSettings(sampling=drawn, critic_sampling=settings.critic_sampling(critic, model, drawn))
    asked = CritiqueOptions(
        constitution=principles.constitution, templates=principles.templates, principle=principles.principle
    )
    result = Trial()
    with TemporaryDirectory(prefix="caigen-") as folder, Terminal("try") as terminal:
        job = build.make_job(
            "try",
            Source(_write(Path(folder), prompt, trial.response)),
            build.Targets(),
            engines=build.engine_options(model, critic=critic.critic_model, stop_loops=sampling.stop_loops),
            prompts=settings.critique_settings(asked, sampling.seed),
            stages=[
                stage("sample", settings.sample_settings(sampling, model, plain=False)),
                trial_stage(result, revising, trial.rounds),
            ],
        )
        carry_out(job, lambda _: [result], terminal)
    show_trial(result, Screen())
    if trial.output and result.record:
        _keep(result.record, trial.output)
    if problem := result.problem:
        say(f"try: failed: {' '.join(problem.split())}")
        raise typer.Exit(FAILED_ROWS)


def _prompt(argument: str) -> str:
    """The prompt, read from stdin for `-`; exits 2 for an empty one."""
    prompt = argument
    if argument == "-":
        prompt = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    elif len(argument) < 1000 and Path(argument).is_file():
        say(f"note: {argument} is a file here; its name is tried as the prompt. `caigen run FILE --preview 3` reads it")
    if not prompt.strip():
        say("error: the prompt is empty")
        raise typer.Exit(2)
    return prompt.strip()


def _write(folder: Path, prompt: str, response: str | None) -> str:
    """Write the prompt as a file of one row; gives its path."""
    import orjson

    row = {"id": "try", "prompt": prompt} | ({} if response is None else {"response": response})
    path = folder / "try.jsonl"
    path.write_bytes(orjson.dumps(row))
    return str(path)


def _keep(record: "Record", path: Path) -> None:
    """Write the record to a file of its own."""
    from caigen.io.record_sink import RecordSink

    with RecordSink(path) as sink:
        sink.take(record)
