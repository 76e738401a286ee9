"""The commands that make training data of records, or look at it: `export-pairs`, `export-sft`, `export-prompts`,
`check`."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from caigen.choices import Kind, Style, What
from caigen.cli.exporting import check_critiques, check_margin, export_command, faults_of, format_of, shaping_of
from caigen.cli.groups import grouped
from caigen.cli.options import (
    ConstitutionOptions,
    ExportOptions,
    InputOptions,
    OutputOptions,
    PairOptions,
    SftOptions,
    StyleOption,
    ToOption,
)
from caigen.cli.options.panels import INPUT
from caigen.cli.perform import check_stdin
from caigen.cli.terminal import say

if TYPE_CHECKING:
    from caigen.exports.row_sink import RowSink
    from caigen.exports.sinks import PairSink, PromptSink


@grouped
def export_pairs(*, source: InputOptions, output: OutputOptions, pairs: PairOptions, options: ExportOptions) -> None:
    """Preference pairs (TRL rows): the revised text preferred to the one before, or what a judge prefers."""
    if pairs.with_margin and not pairs.verified and pairs.pairing not in ("labeled", "best-worst"):
        raise typer.BadParameter("needs --verified, or --pairing labeled or best-worst", param_hint="--with-margin")
    if pairs.with_margin:
        check_margin(options.to)
    check_stdin(source.source)
    from caigen.exports.pairs import PairSettings
    from caigen.exports.sinks import PairSink

    settings = PairSettings(pairs.pairing, pairs.min_change, pairs.max_similarity, pairs.verified, pairs.min_margin)

    def open_sink() -> "PairSink":
        return PairSink(
            output.output,
            settings,
            split=options.split,
            split_by=options.split_by,
            keep_reasoning=pairs.keep_reasoning,
            with_margin=pairs.with_margin,
            shaping=shaping_of(options.to, "pairs", output.output, options.decontaminate),
        )

    export_command("export-pairs", source, output, options, open_sink=open_sink)


@grouped
def export_sft(
    *,
    source: InputOptions,
    output: OutputOptions,
    rows: SftOptions,
    options: ExportOptions,
    principles: ConstitutionOptions,
    style: StyleOption = "chat",
) -> None:
    """Rows for supervised fine-tuning: prompt and completion, as chat messages (plain text with --style plain)."""
    if rows.what != "spans" and rows.tokenizer is not None:
        raise typer.BadParameter("goes with --what spans alone", param_hint="--tokenizer")
    if rows.what in ("critiques", "both"):
        check_critiques(options.to, style)
    check_stdin(source.source)
    path = output.output
    if rows.what == "spans":
        open_sink = _open_spans(path, rows, options, plain=style == "plain")
    else:
        open_sink = _open_texts(path, rows, options, what=rows.what, principles=principles, style=style)
    export_command("export-sft", source, output, options, open_sink=open_sink)


def _open_texts(
    path: Path | None,
    rows: SftOptions,
    options: ExportOptions,
    *,
    what: What,
    principles: ConstitutionOptions,
    style: Style,
) -> "Callable[[], RowSink]":
    """What opens the file of prompts and completions."""
    from caigen.cli.settings import constitution_settings
    from caigen.exports.sinks import SftSink

    prompts = replace(constitution_settings(principles), style=style)
    if what == "revisions":  # no critique is asked for again, so the constitution does not matter
        prompts = replace(prompts, follow=False)
    return lambda: SftSink(
        path,
        what,
        {"": prompts},
        which=rows.which,
        split=options.split,
        split_by=options.split_by,
        keep_reasoning=rows.keep_reasoning,
        only_revised=rows.only_revised,
        shaping=shaping_of(options.to, "sft", path, options.decontaminate),
    )


def _open_spans(path: Path | None, rows: SftOptions, options: ExportOptions, *, plain: bool) -> "Callable[[], RowSink]":
    """What opens the file of token labels; exits 2 where no tokenizer is named, or the trainer takes no such rows."""
    from caigen.exports.sinks import SpanSink
    from caigen.exports.tokenizer import load_tokenizer

    name = rows.tokenizer
    if name is None:
        raise typer.BadParameter("spans are labelled for one tokenizer: name it with --tokenizer", param_hint="--what")
    format_of(options.to, "spans")

    def open_sink() -> SpanSink:
        shaping = shaping_of(options.to, "spans", path, options.decontaminate)
        tokenizer = load_tokenizer(name, plain=plain)
        return SpanSink(path, tokenizer, split=options.split, split_by=options.split_by, shaping=shaping)

    return open_sink


@grouped
def export_prompts(*, source: InputOptions, output: OutputOptions, options: ExportOptions) -> None:
    """Prompts for reinforcement learning, each once."""
    check_stdin(source.source)
    from caigen.exports.sinks import PromptSink

    def open_sink() -> "PromptSink":
        shaping = shaping_of(options.to, "prompts", output.output, options.decontaminate)
        return PromptSink(output.output, split=options.split, split_by=options.split_by, shaping=shaping)

    export_command("export-prompts", source, output, options, open_sink=open_sink)


def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Training rows: JSON Lines or Parquet.")],
    to: ToOption = "trl",
    kind: Annotated[
        Kind | None,
        typer.Option("--as", help="What the rows are; by default the kind that fits.", rich_help_panel=INPUT),
    ] = None,
) -> None:
    """Say whether a file holds what a trainer takes; exit 1 where it does not."""
    kind, faults = faults_of(file, to, kind)
    for fault in faults:
        say(f"{file}: {fault}")
    if faults:
        raise typer.Exit(1)
    say(f"{file}: {to} takes these rows as {kind}")
