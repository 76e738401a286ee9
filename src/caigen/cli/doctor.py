"""`caigen doctor`."""

from typing import Annotated

import typer

from caigen.cli import options as o


def doctor(
    endpoint: o.Endpoint = None,
    json: Annotated[bool, typer.Option("--json", help="The findings as JSON on stdout.")] = False,
) -> None:
    """What is installed, which engine would run, and what to do about each fault."""
    from caigen.engines.doctor import examine, show

    findings = examine(endpoint)
    show(findings, as_json=json)
    if any(finding.state == "fault" for finding in findings):
        raise typer.Exit(1)
