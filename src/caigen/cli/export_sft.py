"""`caigen export-sft`."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caigen.cli import options as o
from caigen.cli.perform import check_critiques, check_rows, check_stdin, export_command, format_of, shaping_of

if TYPE_CHECKING:
    from caigen.exports.sinks import SftSink, SpanSink

SFT = "SFT rows"


def export_sft(
    source: o.Input = "-",
    output: o.Output = None,
    what: Annotated[
        o.What,
        typer.Option(
            help="Answers as revised, critiques (why a text breaks a principle), or both; "
            "spans: token labels for a classifier, from what critiques quote.",
            rich_help_panel=SFT,
        ),
    ] = o.What.revisions,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="With --what spans: whose tokens, a folder or a hub name.", rich_help_panel=SFT
        ),
    ] = None,
    which: Annotated[
        o.Which, typer.Option("--rounds", help="Revisions of all rounds (paper 3.1), or the last.", rich_help_panel=SFT)
    ] = o.Which.all,
    only_revised: Annotated[
        bool, typer.Option("--only-revised", help="Leave out answers that were never revised.", rich_help_panel=SFT)
    ] = False,
    to: o.ToOption = o.To.trl,
    split: o.Split = None,
    split_by: o.SplitByOption = o.SplitBy.prompt,
    keep_reasoning: o.KeepReasoning = False,
    constitution: o.ConstitutionName = None,
    style: o.StyleOption = o.Style.chat,
    templates: o.TemplateFolder = None,
    decontaminate: o.Decontaminate = [],  # noqa: B006
    push_to_hub: o.PushToHub = None,
    private: o.Private = True,
    check: o.Check = None,
    on_error: o.OnErrorOption = o.OnError.fail,
    limit: o.Limit = None,
    overwrite: o.Overwrite = False,
    summary: o.SummaryFile = None,
) -> None:
    """Rows for supervised fine-tuning: prompt and completion, as chat messages (plain text with --style plain)."""
    values = locals()
    if check_rows(check, to, "spans" if what == o.What.spans else "sft"):
        return
    if what != o.What.spans and tokenizer is not None:
        raise typer.BadParameter("goes with --what spans alone", param_hint="--tokenizer")
    if what == o.What.spans and tokenizer is None:
        raise typer.BadParameter("spans are labelled for one tokenizer: name it with --tokenizer", param_hint="--what")
    if what in (o.What.critiques, o.What.both):
        check_critiques(to, style)
    check_stdin(source)
    export_command("export-sft", values, _spans(values) if what == o.What.spans else _texts(values))


def _texts(values: dict[str, Any]) -> "Callable[[], SftSink]":
    from caigen.cli.build import build_prompt_settings
    from caigen.exports.sinks import SftSink

    what = values["what"]
    prompt_settings = build_prompt_settings(values | {"seed": 0})
    settings_by_domain = {"": replace(prompt_settings, follow=prompt_settings.follow and what != o.What.revisions)}
    return lambda: SftSink(
        values["output"],
        what.value,
        settings_by_domain,
        which=values["which"].value,
        split=values["split"],
        split_by=values["split_by"].value,
        keep_reasoning=values["keep_reasoning"],
        only_revised=values["only_revised"],
        shaping=shaping_of(values["to"], "sft", values["output"], values["decontaminate"]),
    )


def _spans(values: dict[str, Any]) -> "Callable[[], SpanSink]":
    from caigen.exports.sinks import SpanSink
    from caigen.exports.tokenizer import load_tokenizer

    def opened() -> SpanSink:
        shaping = shaping_of(values["to"], "spans", values["output"], values["decontaminate"])
        tokenizer = load_tokenizer(values["tokenizer"], plain=values["style"] == o.Style.plain)
        split_by = values["split_by"].value
        return SpanSink(values["output"], tokenizer, split=values["split"], split_by=split_by, shaping=shaping)

    format_of(values["to"], "spans")
    return opened
