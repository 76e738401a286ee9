"""Option groups: which preference pairs and SFT rows an export makes."""

from dataclasses import dataclass
from typing import Annotated

import typer

from caigen.choices import Pairing, SftRows, Which
from caigen.cli.options.files import KeepReasoning
from caigen.cli.options.panels import PAIRS, SFT


@dataclass(frozen=True)
class PairOptions:
    """Which texts pair, and how different they must be."""

    pairing: Annotated[
        Pairing,
        typer.Option(
            help="Which texts of a record pair, the better one chosen. first-last: a candidate's last text over its "
            "first; adjacent: each revision over the text it revised; all: each revision over every earlier text; "
            "labeled: the text that a judge preferred in `label`; best-worst: the highest reward over the lowest.",
            rich_help_panel=PAIRS,
        ),
    ] = "first-last"
    verified: Annotated[
        bool,
        typer.Option(
            "--verified/--no-verified",
            show_default=False,
            help="Only revisions that the judge prefers (after label).",
            rich_help_panel=PAIRS,
        ),
    ] = False
    min_margin: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Least margin: 2 P - 1 of the judge's probability P, or the difference of two rewards.",
            rich_help_panel=PAIRS,
        ),
    ] = 0.0
    with_margin: Annotated[
        bool,
        typer.Option(
            "--with-margin/--no-with-margin",
            show_default=False,
            help="A column `margin`, for reward models.",
            rich_help_panel=PAIRS,
        ),
    ] = False
    min_change: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Least share of words that differ: 1 - similarity.", rich_help_panel=PAIRS),
    ] = 0.0
    max_similarity: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Greatest similarity: words in common, 0 to 1.", rich_help_panel=PAIRS),
    ] = 1.0
    keep_reasoning: KeepReasoning = False


@dataclass(frozen=True)
class SftOptions:
    """What SFT rows teach."""

    what: Annotated[
        SftRows,
        typer.Option(
            help="Answers as revised, critiques (why a text breaks a principle), or both; "
            "spans: token labels for a classifier, from what critiques quote.",
            rich_help_panel=SFT,
        ),
    ] = "revisions"
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="With --what spans: whose tokens, a folder or a hub name.", rich_help_panel=SFT
        ),
    ] = None
    which: Annotated[
        Which, typer.Option("--rounds", help="Revisions of all rounds (paper 3.1), or the last.", rich_help_panel=SFT)
    ] = "all"
    only_revised: Annotated[
        bool,
        typer.Option(
            "--only-revised/--no-only-revised",
            show_default=False,
            help="Leave out answers that were never revised.",
            rich_help_panel=SFT,
        ),
    ] = False
    keep_reasoning: KeepReasoning = False
