"""The `caigen` command: its group, its error lines and exit codes.
Commands are listed in the order of a record's life."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import typer
from typer.core import TyperGroup
from typer.exceptions import TyperException

from caigen import __version__
from caigen.cli import bench, constitution, exports, looking, reading, records, running, trying
from caigen.cli.config import CheckedCommand, ConfiguredCommand
from caigen.cli.examples import epilog
from caigen.cli.terminal import say
from caigen.errors import FAILED_ROWS, INTERRUPTED, CaigenError
from caigen.io import pipes
from caigen.text.visible import one_line

RECORD, DATA, LOOKING, RUNNING = "Make records", "Make training data", "Look and check", "Run and serve"


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
        """Run the command; who reads its output through a pipe can tell how it ended."""
        with _told_to_the_next_command():
            return self._invoke(ctx)

    def _invoke(self, ctx: Any) -> Any:
        try:
            with _visible_usage_errors():
                return super().invoke(ctx)
        except CaigenError as error:
            say(_error_text(error))
            raise typer.Exit(1) from error
        except BrokenPipeError as error:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            raise typer.Exit(141) from error
        except KeyboardInterrupt as error:
            say("interrupted")
            raise typer.Exit(INTERRUPTED) from error
        except OSError as error:
            if error.filename is None:  # no file that a user named
                raise
            say(one_line(f"error: {os.fsdecode(error.filename)}: {error.strerror}"))
            raise typer.Exit(1) from error


def _error_text(error: CaigenError) -> str:
    """The line of an error; only the faults of a constitution have a line each."""
    from caigen.constitution.faults import FaultyConstitutionError

    text = f"error: {error}"
    return text if isinstance(error, FaultyConstitutionError) else one_line(text)


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


app.command("try", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("try"))(trying.try_)
app.command("sample", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("sample"))(records.sample)
app.command("critique", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("critique"))(records.critique)
app.command("revise", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("revise"))(records.revise)
app.command("label", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("label"))(records.label)
app.command("score", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("score"))(records.score)
app.command("run", cls=ConfiguredCommand, rich_help_panel=RECORD, epilog=epilog("run"))(records.run)
app.command("export-pairs", cls=ConfiguredCommand, rich_help_panel=DATA, epilog=epilog("export-pairs"))(
    exports.export_pairs
)
app.command("export-sft", cls=ConfiguredCommand, rich_help_panel=DATA, epilog=epilog("export-sft"))(exports.export_sft)
app.command("export-prompts", cls=ConfiguredCommand, rich_help_panel=DATA)(exports.export_prompts)
app.command("check", rich_help_panel=DATA)(exports.check)
app.command("show", cls=ConfiguredCommand, rich_help_panel=LOOKING, epilog=epilog("show"))(reading.show)
app.command("stats", cls=ConfiguredCommand, rich_help_panel=LOOKING, epilog=epilog("stats"))(reading.stats)
app.command("filter", cls=ConfiguredCommand, rich_help_panel=LOOKING, epilog=epilog("filter"))(reading.filter_records)
app.command("reasons", cls=CheckedCommand, rich_help_panel=LOOKING)(reading.reasons)
app.add_typer(constitution.constitution_app, name="constitution", rich_help_panel=LOOKING)
app.add_typer(looking.prompts_app, name="prompts", rich_help_panel=LOOKING)
app.command("calibrate", cls=ConfiguredCommand, rich_help_panel=LOOKING, epilog=epilog("calibrate"))(looking.calibrate)
app.command("demo", cls=CheckedCommand, rich_help_panel=RUNNING)(running.demo)
app.command("doctor", rich_help_panel=RUNNING)(running.doctor)
app.add_typer(bench.app, name="bench", rich_help_panel=RUNNING)
app.command("serve", cls=ConfiguredCommand, rich_help_panel=RUNNING, epilog=epilog("serve"))(running.serve)
