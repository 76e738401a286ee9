"""`caigen export-pairs`."""

from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.perform import check_margin, check_rows, check_stdin, export_command, shaping_of

PAIRS = "Pairs"


def export_pairs(
    source: o.Input = "-",
    output: o.Output = None,
    pairing: Annotated[
        o.Pairing,
        typer.Option(
            help="A revision over what it revised (first and last text, neighbours, every two); what a judge compared; the "
            "best over the worst score.",
            rich_help_panel=PAIRS,
        ),
    ] = o.Pairing.first_last,
    verified: Annotated[
        bool,
        typer.Option("--verified", help="Only revisions that the judge prefers (after label).", rich_help_panel=PAIRS),
    ] = False,
    min_margin: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Least 2 P - 1, or difference of rewards.", rich_help_panel=PAIRS),
    ] = 0.0,
    with_margin: Annotated[
        bool,
        typer.Option("--with-margin", help="A column `margin`, for reward models.", rich_help_panel=PAIRS),
    ] = False,
    min_change: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Least share of words that differ: 1 - similarity.", rich_help_panel=PAIRS),
    ] = 0.0,
    max_similarity: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Greatest similarity: words in common, 0 to 1.", rich_help_panel=PAIRS),
    ] = 1.0,
    to: o.ToOption = o.To.trl,
    split: o.Split = None,
    split_by: o.SplitByOption = o.SplitBy.prompt,
    keep_reasoning: o.KeepReasoning = False,
    decontaminate: o.Decontaminate = [],  # noqa: B006
    push_to_hub: o.PushToHub = None,
    private: o.Private = True,
    check: o.Check = None,
    on_error: o.OnErrorOption = o.OnError.fail,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
) -> None:
    """Preference pairs (TRL rows): the revised text preferred to the one before, or what a judge prefers."""
    if with_margin and not verified and pairing not in (o.Pairing.labeled, o.Pairing.best_worst):
        raise typer.BadParameter("needs --verified, or --pairing labeled or best-worst", param_hint="--with-margin")
    if with_margin:
        check_margin(to)
    if check_rows(check, to, "pairs"):
        return
    check_stdin(source)
    from caigen.exports.pairs import PairSettings
    from caigen.exports.sinks import PairSink

    settings = PairSettings(pairing.value, min_change, max_similarity, verified, min_margin)
    export_command(
        "export-pairs",
        locals(),
        lambda: PairSink(
            output,
            settings,
            split=split,
            split_by=split_by.value,
            keep_reasoning=keep_reasoning,
            with_margin=with_margin,
            shaping=shaping_of(to, "pairs", output, decontaminate),
        ),
    )
