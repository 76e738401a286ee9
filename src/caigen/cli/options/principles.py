"""Option groups: the constitution, its principles, and the rounds of critique and revision."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer

from caigen.choices import Select, Style
from caigen.cli.completion import complete_name
from caigen.cli.options.panels import MODEL, PRINCIPLES
from caigen.recipes import DEFAULT, RecipeName

StyleOption = Annotated[
    Style,
    typer.Option(
        help="How critiques are requested. chat: as the next turn; transcript: the chat quoted in one message; "
        "plain: the paper's text format, for base models.",
        rich_help_panel=PRINCIPLES,
    ),
]


ConstitutionName = Annotated[
    str | None,
    typer.Option(
        "--constitution",
        "-c",
        autocompletion=complete_name,
        help="Shipped name or file; by default the one the records were made under, else general.",
        rich_help_panel=PRINCIPLES,
    ),
]
PrincipleIds = Annotated[
    list[str],
    typer.Option(
        "--principle",
        metavar="ID",
        help="Only this principle; repeatable.",
        rich_help_panel=PRINCIPLES,
        show_default=False,
    ),
]


@dataclass(frozen=True)
class ServedPrinciples:
    """Which constitution, and which of its principles; all where none is named."""

    constitution: ConstitutionName = None
    principle: PrincipleIds = field(default_factory=list)


@dataclass(frozen=True)
class ConstitutionOptions:
    """Which constitution, and which texts put it to a model."""

    constitution: ConstitutionName = None
    templates: Annotated[
        Path | None,
        typer.Option(
            "--templates", help="Folder with texts that replace the shipped ones.", rich_help_panel=PRINCIPLES
        ),
    ] = None


@dataclass(frozen=True)
class PrincipleOptions(ConstitutionOptions):
    """The same, and which of its principles; all where none is named."""

    principle: PrincipleIds = field(default_factory=list)


@dataclass(frozen=True)
class CritiqueOptions(PrincipleOptions):
    """How the principle of a round is chosen, and how its critique is asked for."""

    select: Annotated[
        Select,
        typer.Option(
            help="Principle of a round: drawn, in turn, or each one once in file order.", rich_help_panel=PRINCIPLES
        ),
    ] = "random"
    with_replacement: Annotated[
        bool,
        typer.Option(
            "--with-replacement/--no-with-replacement",
            show_default=False,
            help="A principle may be drawn again.",
            rich_help_panel=PRINCIPLES,
        ),
    ] = DEFAULT.with_replacement
    style: StyleOption = "chat"
    plain: Annotated[
        bool,
        typer.Option(
            "--plain/--no-plain",
            show_default=False,
            help="Critiques in prose, without verdict or spans.",
            rich_help_panel=PRINCIPLES,
        ),
    ] = DEFAULT.plain
    few_shot: Annotated[
        Path | None,
        typer.Option(help="JSON list of worked examples for critique and revision.", rich_help_panel=PRINCIPLES),
    ] = None
    recipe: Annotated[RecipeName, typer.Option(help="paper: as in arXiv:2212.08073.", rich_help_panel=PRINCIPLES)] = (
        "default"
    )


@dataclass(frozen=True)
class RevisionOptions:
    """How many rounds there are, which texts are revised, and by which model."""

    rounds: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Critique and revision rounds in all; by default 1, 4 with --recipe paper, one per principle "
            "with --select "
            "all.",
            rich_help_panel=PRINCIPLES,
        ),
    ] = DEFAULT.rounds
    always_revise: Annotated[
        bool,
        typer.Option(
            "--always-revise/--no-always-revise",
            show_default=False,
            help="Revise what complies too.",
            rich_help_panel=PRINCIPLES,
        ),
    ] = DEFAULT.always_revise
    critique: Annotated[
        bool,
        typer.Option(
            "--critique/--no-critique",
            help="Write a critique before each revision; --no-critique: revise from the principle alone (paper 3.5).",
            rich_help_panel=PRINCIPLES,
        ),
    ] = True
    reviser_model: Annotated[
        str | None, typer.Option(help="Another model for revisions: a name, or URL#name.", rich_help_panel=MODEL)
    ] = None
