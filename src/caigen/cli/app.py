"""The `caigen` command: its group, its error lines and exit codes. Commands are listed in the order of a record's life."""

import os
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from caigen import __version__
from caigen.cli import (
    bench,
    calibrate,
    critique,
    demo,
    doctor,
    export_pairs,
    export_prompts,
    export_sft,
    label,
    prompts,
    revise,
    run,
    sample,
    score,
    serve,
)
from caigen.errors import CaigenError

RECORD, DATA, LOOKING, RUNNING = "A record's way", "Training data", "Looking", "Running"


class Group(TyperGroup):
    """Turns caigen's own errors into one line and the exit codes of docs/cli.md; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except CaigenError as error:
            print(f"error: {error}", file=sys.stderr)
            raise typer.Exit(1) from error
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(141) from error
        except KeyboardInterrupt as error:
            print("interrupted; the same command again goes on from the journal where there is one", file=sys.stderr)
            raise typer.Exit(130) from error


app = typer.Typer(
    cls=Group,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Critique-and-revise data from a written constitution: JSON Lines in, JSON Lines out.",
)


def _version(shown: bool) -> None:
    if shown:
        print(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    """Critique-and-revise data from a written constitution: JSON Lines in, JSON Lines out."""


app.command("sample", rich_help_panel=RECORD)(sample.sample)
app.command("critique", rich_help_panel=RECORD)(critique.critique)
app.command("revise", rich_help_panel=RECORD)(revise.revise)
app.command("label", rich_help_panel=RECORD)(label.label)
app.command("score", rich_help_panel=RECORD)(score.score)
app.command("run", rich_help_panel=RECORD)(run.run)
app.command("export-pairs", rich_help_panel=DATA)(export_pairs.export_pairs)
app.command("export-sft", rich_help_panel=DATA)(export_sft.export_sft)
app.command("export-prompts", rich_help_panel=DATA)(export_prompts.export_prompts)
app.add_typer(prompts.app, name="prompts", rich_help_panel=LOOKING)
app.command("calibrate", rich_help_panel=LOOKING)(calibrate.calibrate)
app.command("demo", rich_help_panel=RUNNING)(demo.demo)
app.command("doctor", rich_help_panel=RUNNING)(doctor.doctor)
app.add_typer(bench.app, name="bench", rich_help_panel=RUNNING)
app.command("serve", rich_help_panel=RUNNING)(serve.serve)
