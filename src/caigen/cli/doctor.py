"""`caigen doctor`."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from caigen.cli import options as o

if TYPE_CHECKING:
    from caigen.engines.doctor import Finding

STATE_MARKS = {"ok": "[green]ok[/]", "absent": "[yellow]absent[/]", "fault": "[red]fault[/]"}


def doctor(
    endpoint: o.Endpoint = None,
    json: Annotated[bool, typer.Option("--json", help="The findings as JSON on stdout.")] = False,
) -> None:
    """What is installed, which engine would run, and what to do about each fault."""
    from caigen.engines.doctor import examine

    findings = examine(endpoint)
    show_findings(findings, as_json=json)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)


def show_findings(findings: "Sequence[Finding]", *, as_json: bool) -> None:
    """Print findings as a table on stderr, or as JSON on stdout."""
    import orjson
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    if as_json:
        print(orjson.dumps([asdict(finding) for finding in findings], option=orjson.OPT_INDENT_2).decode())
        return
    table = Table("", "", box=None, header_style="bold")
    for name in ("found", "what to do"):
        table.add_column(name, overflow="fold")  # a long path goes on in the next line
    for finding in findings:
        table.add_row(finding.what, STATE_MARKS[finding.state], escape(finding.found), escape(finding.remedy))
    Console(stderr=True).print(table)
