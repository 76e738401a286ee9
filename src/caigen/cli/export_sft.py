"""`caigen export-sft`."""

from dataclasses import replace
from typing import Annotated

import typer

from caigen.cli import options as o
from caigen.cli.perform import check_rows, check_stdin, export_command, shaping_of

SFT = "SFT rows"


def export_sft(
    source: o.Input = "-",
    output: o.Output = None,
    what: Annotated[
        o.What,
        typer.Option(
            help="Answers as revised, critiques (why a text breaks a principle), or both.", rich_help_panel=SFT
        ),
    ] = o.What.revisions,
    which: Annotated[
        o.Which, typer.Option("--rounds", help="Revisions of all rounds (paper 3.1), or the last.", rich_help_panel=SFT)
    ] = o.Which.all,
    to: o.ToOption = o.To.trl,
    split: o.Split = None,
    keep_reasoning: o.KeepReasoning = False,
    constitution: o.ConstitutionName = None,
    style: o.StyleOption = o.Style.chat,
    templates: o.TemplateFolder = None,
    decontaminate: o.Decontaminate = [],  # noqa: B006
    check: o.Check = None,
    on_error: o.OnErrorOption = o.OnError.fail,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
) -> None:
    """Rows for supervised fine-tuning: prompt and completion, as chat messages (plain text with --style plain)."""
    if check_rows(check, to, "sft"):
        return
    check_stdin(source)
    from caigen.cli.build import build_brief
    from caigen.sinks import SftSink

    brief = build_brief(locals() | {"seed": 0})
    briefs = {"": replace(brief, follow=brief.follow and what != o.What.revisions)}
    export_command(
        "export-sft",
        locals(),
        lambda: SftSink(
            output,
            what.value,
            briefs,
            which=which.value,
            split=split,
            keep_reasoning=keep_reasoning,
            shaping=shaping_of(to, "sft", output, decontaminate),
        ),
    )
