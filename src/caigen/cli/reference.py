"""docs/cli.md, made of each command's `--help`."""

import typer.rich_utils
from typer.testing import CliRunner

from caigen.cli.app import app

WIDTH = 100
HEAD = """# Commands

Made of `caigen COMMAND --help` by `make docs`; a test holds it up to date.

Data goes to stdout or to files, everything else to stderr. Exit codes:

| code | meaning |
|---|---|
| 0 | every row is done |
| 1 | an error that you can put right: one line says what, where and what next |
| 2 | wrong usage |
| 3 | finished, but some rows failed: they are in the output with `status: failed`, or in `--rejects` |
| 130 | interrupted; the journal is intact |
| 141 | the reader of the pipe went away; the journal is intact |
"""


def command_names() -> list[str]:
    """All commands in the order of `caigen --help`, those of a group as `GROUP COMMAND`."""
    single = [command.name for command in app.registered_commands if command.name]
    grouped = [
        f"{group.name} {command.name or getattr(command.callback, '__name__', '')}"
        for group in app.registered_groups
        if group.typer_instance
        for command in group.typer_instance.registered_commands
    ]
    return [*single, *grouped]


def reference() -> str:
    """The whole page."""
    typer.rich_utils.MAX_WIDTH = WIDTH
    parts = [HEAD]
    for name in command_names():
        shown = CliRunner().invoke(
            app,
            [*name.split(), "--help"],
            prog_name="caigen",
            env={"COLUMNS": str(WIDTH), "NO_COLOR": "1", "TERM": "dumb"},
        )
        text = "\n".join(line.rstrip() for line in shown.output.strip().splitlines())
        parts.append(f"## caigen {name}\n\n```\n{text}\n```\n")
    return "\n".join(parts)
