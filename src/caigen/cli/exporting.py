"""Run an export for a command, and check first whether the trainer takes such rows."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from caigen.choices import Kind, Style, To
from caigen.cli.options import ExportOptions, InputOptions, OutputOptions
from caigen.cli.perform import check_name, summary_path
from caigen.cli.terminal import say
from caigen.cli.upload import check_push, push

if TYPE_CHECKING:
    from caigen.exports.formats import Format
    from caigen.exports.row_sink import RowSink
    from caigen.exports.shaping import Shaping


def export_command(
    command: str,
    source: InputOptions,
    output: OutputOptions,
    options: ExportOptions,
    *,
    open_sink: "Callable[[], RowSink]",
) -> None:
    """Turn records into training rows, write the summary, and upload the files where that is wanted.

    Raises CaigenError; exits 2 for options that make no sense together.
    """
    from caigen.advice import counted
    from caigen.cli.build import source_of
    from caigen.cli.config import INPUTS
    from caigen.exports.export import export
    from caigen.exports.row_files import row_files, side_files
    from caigen.io import outputs

    path = output.output
    check_name(path, rows=True)
    check_push(options.push_to_hub, path)
    if options.split is not None and path is None:
        raise typer.BadParameter("needs --output: the sides go to two files", param_hint="--split")
    summary_file = summary_path(output.summary, path)
    files = row_files(path, split=options.split is not None)
    outputs.check(
        files, source.source, overwrite=output.overwrite, written_by_same_command=lambda: False, summary=summary_file
    )
    outputs.check_side_files(
        side_files(path, to=options.to),
        [*files, *([summary_file] if summary_file else [])],
        source.source,
        also_read=INPUTS.get(),
    )
    reader = source_of(source).reader()
    summary, row_notes = export(command, reader, open_sink)
    if summary_file:
        summary.write(summary_file)
    for remark in reader.remarks:
        say(f"skipped: {remark}")
    for line in [*reader.notes(), *row_notes, *summary.advice()]:
        say(line)
    say(f"{summary.line()}; {counted(sum(summary.outputs.values()), 'rows')}")
    if options.push_to_hub and path:
        push(options.push_to_hub, path, options)


def shaping_of(to: To, kind: Kind, output: Path | None, evaluations: Sequence[Path]) -> "Shaping":
    """The trainer that rows are for, and the evaluation sets that they must not hold.

    Raises CaigenError, and exits 2 where the trainer takes no such rows.
    """
    from caigen.exports.decontaminate import Evaluations
    from caigen.exports.shaping import Shaping
    from caigen.io.read import Reader

    form = format_of(to, kind)
    if form.parquet and not (output and output.suffix == ".parquet"):
        raise typer.BadParameter(f"{to} reads Parquet: name a file that ends in .parquet", param_hint="--output")
    if not evaluations:
        return Shaping(to, None)
    return Shaping(to, Evaluations(record for path in evaluations for record in Reader(path)))


def format_of(to: To, kind: Kind) -> "Format":
    """The trainer's format; exits 2 where it takes no such rows."""
    from caigen.exports.formats import FORMATS

    if kind not in FORMATS[to].rows:
        able = ", ".join(name for name, form in FORMATS.items() if kind in form.rows)
        raise typer.BadParameter(f"{to} takes no {kind}; these do: {able}", param_hint="--to")
    return FORMATS[to]


def check_margin(to: To) -> None:
    """Exit 2 where the trainer reads no margin of a pair: it would be dropped without a word."""
    from caigen.exports.formats import FORMATS

    if not FORMATS[to].margin:
        able = ", ".join(name for name, form in FORMATS.items() if form.margin)
        raise typer.BadParameter(f"{to} reads no margin; these do: {able}", param_hint="--with-margin")


def check_critiques(to: To, style: Style) -> None:
    """Exit 2 if the trainer would also learn the criticised text of a critique row.

    With the style `chat` that text is an earlier answer of the conversation; other styles quote it in one message.
    """
    from caigen.exports.formats import FORMATS

    if format_of(to, "sft").learns == "every" and style == "chat":
        able = ", ".join(name for name, form in FORMATS.items() if "sft" in form.rows and form.learns != "every")
        raise typer.BadParameter(
            f"{to} learns every answer of a conversation, the criticised one too: use --what revisions, "
            f"--style transcript, or one of {able}",
            param_hint="--what",
        )


def faults_of(file: Path, to: To, kind: Kind | None) -> tuple[Kind, list[str]]:
    """What is wrong with a file for a trainer, read as rows of a kind; where none is named, of the kind that fits best.

    Raises CaigenError; exits 2 where the trainer takes no such rows.
    """
    from caigen.exports.check import find_faults
    from caigen.io.read import raw_rows

    kinds: list[Kind] = [kind] if kind else list(format_of_any(to).rows)
    found: dict[Kind, list[str]] = {}
    for each in kinds:
        format_of(to, each)
        found[each] = find_faults(raw_rows(str(file)), to, each)
        if not found[each]:
            return each, []
    best = min(found, key=lambda each: len(found[each]))
    return best, found[best]


def format_of_any(to: To) -> "Format":
    """The trainer's format, whatever the kind of the rows."""
    from caigen.exports.formats import FORMATS

    return FORMATS[to]
