"""The `caigen` command: its group, its error lines and exit codes.
Commands are listed in the order of a record's life."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup

from caigen import __version__
from caigen.cli import bench, exports, looking, records, running
from caigen.cli.config import CheckedCommand, ConfiguredCommand
from caigen.errors import FAILED_ROWS, CaigenError
from caigen.io import pipes

RECORD, DATA, LOOKING, RUNNING = "A record's way", "Training data", "Looking", "Running"


class Group(TyperGroup):
    """Turns caigen's own errors into one line and the exit codes of docs/cli.md; a bug keeps its traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command; who reads its output through a pipe can tell how it ended."""
        with _told_to_the_next_command():
            return self._invoke(ctx)

    def _invoke(self, ctx: Any) -> Any:
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


@contextmanager
def _told_to_the_next_command() -> Iterator[None]:
    """Note, for a command that reads this one's stdout, that it runs and how it ended."""
    producer = pipes.announce(pipes.command_of(os.getpid()) or "")
    state: pipes.State = "failed"
    try:
        yield
        state = "done"
    except typer.Exit as error:
        # with failed rows too, all rows are there
        if error.exit_code in (0, FAILED_ROWS):
            state = "done"
        raise
    finally:
        pipes.settle(producer, state)


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


app.command("sample", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.sample)
app.command("critique", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.critique)
app.command("revise", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.revise)
app.command("label", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.label)
app.command("score", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.score)
app.command("run", cls=ConfiguredCommand, rich_help_panel=RECORD)(records.run)
app.command("export-pairs", cls=ConfiguredCommand, rich_help_panel=DATA)(exports.export_pairs)
app.command("export-sft", cls=ConfiguredCommand, rich_help_panel=DATA)(exports.export_sft)
app.command("export-prompts", cls=ConfiguredCommand, rich_help_panel=DATA)(exports.export_prompts)
app.command("check", rich_help_panel=DATA)(exports.check)
app.add_typer(looking.prompts_app, name="prompts", rich_help_panel=LOOKING)
app.command("calibrate", cls=ConfiguredCommand, rich_help_panel=LOOKING)(looking.calibrate)
app.command("demo", cls=CheckedCommand, rich_help_panel=RUNNING)(running.demo)
app.command("doctor", rich_help_panel=RUNNING)(running.doctor)
app.add_typer(bench.app, name="bench", rich_help_panel=RUNNING)
app.command("serve", cls=ConfiguredCommand, rich_help_panel=RUNNING)(running.serve)
