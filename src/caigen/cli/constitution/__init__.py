"""The commands on constitutions: each has a file of its own group, and stands here in the order of a rule's life."""

import typer

from caigen.cli.config import CheckedCommand
from caigen.cli.constitution import writing

WRITE = "Write and check"

constitution_app = typer.Typer(no_args_is_help=True, help="Write, check and measure constitutions.")

constitution_app.command("new", cls=CheckedCommand, rich_help_panel=WRITE)(writing.new)
constitution_app.command("check", cls=CheckedCommand, rich_help_panel=WRITE)(writing.check)
constitution_app.command("list", cls=CheckedCommand, rich_help_panel=WRITE)(writing.list_)
