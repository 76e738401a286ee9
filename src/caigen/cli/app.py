"""The `caigen` command: its group, its error lines and exit codes.
Commands are listed in the order of a record's life."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from caigen import __version__
from caigen.cli import bench, exports, looking, records, running
from caigen.cli.config import CheckedCommand, ConfiguredCommand
from caigen.errors import CaigenError
from caigen.text.visible import one_line

RECORD, DATA, LOOKING, RUNNING = "A record's way", "Training data", "Looking", "Running"


@contextmanager
def _visible_usage_errors() -> Iterator[None]:
    """Write out controls in the message of a usage error, which may hold what was typed."""
    try:
        yield
    except TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # that one's message is the help, in lines
            message = getattr(error, "message", None)
            if isinstance(message, str):
                error.message = one_line(message)
        raise


class Group(TyperGroup):
    """Turns caigen's own errors into one line and the exit codes of docs/cli.md; a bug keeps its traceback."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        """Parse the options before the command's name."""
        with _visible_usage_errors():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            with _visible_usage_errors():
                return super().invoke(ctx)
        except CaigenError as error:
            print(one_line(f"error: {error}"), file=sys.stderr)
            raise typer.Exit(1) from error
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(141) from error
        except KeyboardInterrupt as error:
            print("interrupted; the same command again goes on from the journal where there is one", file=sys.stderr)
            raise typer.Exit(130) from error
        except OSError as error:
            if error.filename is None:  # no file that a user named
                raise
            print(one_line(f"error: {os.fsdecode(error.filename)}: {error.strerror}"), file=sys.stderr)
            raise typer.Exit(1) from error


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
