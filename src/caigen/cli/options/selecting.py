"""Option groups: which records `show`, `stats` and `filter` read and keep."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated

import typer

from caigen.choices import OnError
from caigen.cli.options.panels import INPUT, SELECTION


class VerdictWord(StrEnum):
    """What `--verdict` may be. (Typer takes a list of an enum's words, but not of a Literal's.)"""

    violates = "violates"
    complies = "complies"
    unclear = "unclear"
    unreadable = "unreadable"
    unusable = "unusable"
    none = "none"


def _complete_flag(incomplete: str) -> Iterator[str]:
    """The flags that begin so, for completion in a shell."""
    from caigen.reasons.table import REASONS

    words = {reason.word for reason in REASONS if reason.kind in ("critique", "revision", "ending")}
    return (word for word in sorted(words) if word.startswith(incomplete))


@dataclass(frozen=True)
class RecordSource:
    """Where records are read."""

    source: Annotated[
        str,
        typer.Argument(
            metavar="RECORDS",
            help="File of records, or the folder of a run; - or nothing: stdin.",
            show_default=False,
        ),
    ] = "-"
    on_error: Annotated[
        OnError, typer.Option(help="A bad line stops the command, or is skipped and counted.", rich_help_panel=INPUT)
    ] = "fail"


@dataclass(frozen=True)
class SelectionOptions:
    """Which records fit. All that is said must hold of one round of one candidate."""

    ids: Annotated[
        list[str],
        typer.Option("--id", help="The record of this id; repeatable.", rich_help_panel=SELECTION, show_default=False),
    ] = field(default_factory=list)
    principle: Annotated[
        list[str],
        typer.Option(
            "--principle",
            metavar="ID",
            help="A round under this principle, ENE-002 or ENE-002@1; repeatable.",
            rich_help_panel=SELECTION,
            show_default=False,
        ),
    ] = field(default_factory=list)
    verdict: Annotated[
        list[VerdictWord],
        typer.Option(
            "--verdict",
            help="A round whose critique says this; unreadable, unusable: it has a flag; repeatable.",
            rich_help_panel=SELECTION,
            show_default=False,
        ),
    ] = field(default_factory=list)
    flag: Annotated[
        list[str],
        typer.Option(
            "--flag",
            help="A flag of its critique or revision, or how its answer ended: leak, critique_truncated; repeatable.",
            autocompletion=_complete_flag,
            rich_help_panel=SELECTION,
            show_default=False,
        ),
    ] = field(default_factory=list)
    failed: Annotated[
        bool,
        typer.Option("--failed/--no-failed", help="Failed records.", rich_help_panel=SELECTION, show_default=False),
    ] = False
    where: Annotated[
        list[str],
        typer.Option(
            "--where",
            metavar="CONDITION",
            help="FIELD=VALUE, or with != > >= < <= or ~ (contains): words>200; repeatable (docs/looking.md).",
            rich_help_panel=SELECTION,
            show_default=False,
        ),
    ] = field(default_factory=list)
    invert: Annotated[
        bool,
        typer.Option(
            "--invert/--no-invert", help="The records that do not fit.", rich_help_panel=SELECTION, show_default=False
        ),
    ] = False


@dataclass(frozen=True)
class ScreenOptions:
    """How wide, and in which colours."""

    width: Annotated[
        int | None, typer.Option(min=40, help="Columns; by default the terminal's, 80 in a pipe.", show_default=False)
    ] = None
    color: Annotated[
        bool | None,
        typer.Option(
            "--color/--no-color",
            help="By default on a terminal, unless NO_COLOR is set; else changed and quoted words are in brackets.",
            show_default=False,
        ),
    ] = None


@dataclass(frozen=True)
class PageOptions(ScreenOptions):
    """How many records are shown, and which."""

    count: Annotated[
        int | None,
        typer.Option("-n", "--count", min=1, help="Records to show; 5, or all of --id.", show_default=False),
    ] = None
    start: Annotated[int, typer.Option("--from", min=1, help="The first one that is shown, of those that fit.")] = 1
    sample: Annotated[
        int | None, typer.Option("--sample", min=1, help="This many, drawn at random.", show_default=False)
    ] = None
    seed: Annotated[int, typer.Option("--seed", help="Another sample.")] = 0
