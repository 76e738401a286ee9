"""What a person reads on a terminal: a request to a model, and the figures of a judge."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from caigen.cli.terminal import say
from caigen.text.visible import visible

if TYPE_CHECKING:
    from caigen.engines.doctor import Finding
    from caigen.preview import StageRequest

STATE_MARKS = {"ok": "[green]ok[/]", "absent": "[yellow]absent[/]", "fault": "[red]fault[/]"}


def shown_request(record_id: str, asked: "StageRequest", rendered: str | None) -> str:
    """One request as text: a heading, then each message under its role;
    or the text that a chat template makes of it.
    """
    request = asked.request
    lines = [f"=== {record_id} · {asked.stage} ==="]
    if rendered is not None:
        lines.append(rendered)
    elif request.text is not None:
        lines.append(request.text)
    else:
        lines += [f"--- {message.role} ---\n{message.content}" for message in request.messages]
    if request.schema:
        lines.append(f"--- JSON schema of the reply ---\n{request.schema}")
    if request.choices:
        lines.append(f"--- words whose probability is read ---\n{', '.join(request.choices)}")
    return visible("\n".join(lines) + "\n")


def print_calibration(calibration: dict[str, Any]) -> None:
    """Print the figures of a judge as a table, and a warning where a trivial judge does as well."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    judge = calibration["judge"]
    table = Table(title=Text(visible(f"judge {judge['key']}: {judge['model']}")))
    for heading in ("", "decided", "accuracy (95 %)", "longer wins", "prefers longer", "order flips", "ECE"):
        table.add_column(heading, justify="left" if not heading else "right")
    table.add_row("all", *_cells(calibration["figures"]))
    for principle, figures in calibration["figures"]["principles"].items():
        table.add_row(Text(visible(principle)), *_cells(figures))
    Console(stderr=True).print(table)
    if calibration["warning"]:
        say(f"warning: this judge is no better than a trivial one: {calibration['warning']}")


def _cells(figures: dict[str, Any]) -> list[str]:
    """One row of the table; what could not be computed is empty."""
    accuracy = ""
    if figures["accuracy"] is not None:
        low, high = figures["accuracy_interval"]
        accuracy = f"{figures['accuracy']:.3f} ({low:.3f} to {high:.3f})"
    cells = [f"{figures['decided']} of {figures['comparisons']}", accuracy]
    shares = (
        figures["baselines"]["longer_wins"],
        figures["prefers_longer"],
        figures["order_flips"],
        figures["expected_calibration_error"],
    )
    for share in shares:
        cells.append("" if share is None else f"{share:.3f}")
    return cells


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
        table.add_row(
            finding.what, STATE_MARKS[finding.state], escape(visible(finding.found)), escape(visible(finding.remedy))
        )
    Console(stderr=True).print(table)
