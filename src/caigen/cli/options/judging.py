"""Option groups: how a judge compares or scores texts, and how `caigen serve` answers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from caigen.choices import (
    CLAMP,
    JUDGE_SAMPLES,
    MIN_MASS,
    SERVE_BODY_MEGABYTES,
    SERVE_HOST,
    SERVE_PORT,
    SERVE_SECONDS,
    Which,
)
from caigen.cli.options.panels import JUDGE, MODEL, OPENRLHF, SERVER
from caigen.recipes import DEFAULT, RecipeName


@dataclass(frozen=True)
class JudgeOptions:
    """Which model judges, and when its answer counts."""

    judge_model: Annotated[
        str | None, typer.Option(help="Another model as the judge: a name, or URL#name.", rich_help_panel=MODEL)
    ] = None
    samples: Annotated[
        int,
        typer.Option(
            "--samples",
            min=1,
            help="Answers, for each order, of a judge that gives no log-probabilities.",
            rich_help_panel=JUDGE,
        ),
    ] = JUDGE_SAMPLES
    min_mass: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Ignore a judgement if the total probability of the allowed answers is below this.",
            rich_help_panel=JUDGE,
        ),
    ] = MIN_MASS


@dataclass(frozen=True)
class ComparisonOptions(JudgeOptions):
    """How a judge compares two texts."""

    principles_per_label: Annotated[
        str,
        typer.Option(
            metavar="K",
            help="Principles that a pair is judged under. rounds: the principles used in the rounds between the two "
            "texts, else one random; K: K random ones (1 with --recipe paper); all.",
            rich_help_panel=JUDGE,
        ),
    ] = DEFAULT.principles_per_label
    cot: Annotated[
        bool,
        typer.Option(
            "--cot/--no-cot", show_default=False, help="The judge reasons before it decides.", rich_help_panel=JUDGE
        ),
    ] = False
    cot_samples: Annotated[
        int,
        typer.Option(min=1, help="With --cot: how many reasonings; their answers are averaged.", rich_help_panel=JUDGE),
    ] = 1
    clamp: Annotated[
        tuple[float, float],
        typer.Option(help="With --cot: the least and the greatest probability.", rich_help_panel=JUDGE),
    ] = CLAMP
    tie: Annotated[
        float,
        typer.Option(
            min=0.0,
            max=0.5,
            help="A probability nearer to one half than this is a tie; 0 with --recipe paper.",
            rich_help_panel=JUDGE,
        ),
    ] = DEFAULT.tie
    orders: Annotated[
        int,
        typer.Option(
            min=1,
            max=2,
            help="Show each pair in both orders (2), or in one that is drawn (1, as with --recipe paper).",
            rich_help_panel=JUDGE,
        ),
    ] = DEFAULT.orders
    recipe: Annotated[
        RecipeName,
        typer.Option(
            "--recipe",
            help="paper: as in arXiv:2212.08073, 4.1, each pair in one order, under one drawn principle, "
            "every label soft.",
            rich_help_panel=JUDGE,
        ),
    ] = "default"


@dataclass(frozen=True)
class ScoreOptions(JudgeOptions):
    """How a judge scores single texts."""

    texts: Annotated[
        Which, typer.Option("--texts", help="All texts of each candidate, or the last.", rich_help_panel=JUDGE)
    ] = "last"
    scale: Annotated[
        int | None,
        typer.Option(
            min=2,
            max=10,
            help="Rate from 1 to this number (direct RLAIF) instead of asking Yes or No.",
            rich_help_panel=JUDGE,
        ),
    ] = None


@dataclass(frozen=True)
class ServerOptions:
    """Where `caigen serve` listens, to whom, and how it answers OpenRLHF."""

    host: Annotated[
        str, typer.Option(help="Address; any but this machine's own needs a token.", rich_help_panel=SERVER)
    ] = SERVE_HOST
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port.", rich_help_panel=SERVER)] = SERVE_PORT
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CAIGEN_SERVE_TOKEN",
            help="Asked of every client, as a bearer token, as http://x:TOKEN@HOST or as ?token=TOKEN.",
            rich_help_panel=SERVER,
        ),
    ] = None
    max_body: Annotated[int, typer.Option(min=1, help="Megabytes of one request at most.", rich_help_panel=SERVER)] = (
        SERVE_BODY_MEGABYTES
    )
    rate: Annotated[
        float, typer.Option(min=0.0, help="Requests a second of one client; 0 is no limit.", rich_help_panel=SERVER)
    ] = 0.0
    timeout: Annotated[
        float,
        typer.Option(
            min=1.0,
            help="Time limit of one request, in seconds; texts not scored by then get no reward.",
            rich_help_panel=SERVER,
        ),
    ] = SERVE_SECONDS
    prompts: Annotated[
        Path | None,
        typer.Option(help="File of export-prompts: prompts are looked up by label.", rich_help_panel=OPENRLHF),
    ] = None
    policy_tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Model that is trained: its chat template takes prompts apart.",
            rich_help_panel=OPENRLHF,
        ),
    ] = None
    unread: Annotated[
        str,
        typer.Option(
            metavar="raise|mean|NUMBER", help="What a text without a reward is answered with.", rich_help_panel=OPENRLHF
        ),
    ] = "raise"
