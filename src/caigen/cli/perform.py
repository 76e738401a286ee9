"""Run a Job for a command: check the input and output, show progress, write the summary, set the exit code."""

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from caigen.cli.terminal import Terminal, say
from caigen.errors import FAILED_ROWS

if TYPE_CHECKING:
    from caigen.cli.options import Style, To
    from caigen.execution import Sink
    from caigen.exports.formats import Format, Kind
    from caigen.exports.row_sink import RowSink
    from caigen.exports.shaping import Shaping
    from caigen.job import Job
    from caigen.summary import Summary


def check_stdin(source: str) -> None:
    """Exit 2 where stdin is to be read and is a terminal, or closed."""
    if source == "-" and (sys.stdin is None or sys.stdin.isatty()):
        say("error: nothing to read: name a file, or pipe JSON Lines into caigen")
        raise typer.Exit(2)


def check_name(path: Path | None, option: str = "--output", *, rows: bool = False) -> None:
    """Exit 2 where the name of an output says another format than what is written there."""
    from caigen.io.outputs import misnamed

    if path and (wrong := misnamed(path, rows=rows)):
        raise typer.BadParameter(wrong, param_hint=option)


def records_command(command: str, stages: tuple[str, ...], values: dict[str, Any]) -> None:
    """A command that takes records and gives records."""
    check_stdin(values["source"])
    from caigen.cli.build import build_job
    from caigen.io.record_sink import RecordSink
    from caigen.job import check_targets

    output, rejects = values["output"], values["rejects"]
    check_name(output)
    check_name(rejects, "--rejects")
    job = build_job(command, stages, values, [path for path in (output, rejects) if path])
    summary = summary_path(values["summary"], output)
    check_targets(job, overwrite=values["overwrite"], summary=summary)
    settle(perform(job, lambda stack: [stack.enter_context(RecordSink(output, rejects))], summary))


def settle(summary: "Summary") -> None:
    """Exit 3 where rows failed."""
    if summary.failed:
        raise typer.Exit(FAILED_ROWS)


def perform(job: "Job", open_sinks: "Callable[[ExitStack], Sequence[Sink]]", summary_file: Path | None) -> "Summary":
    """Do a Job and say what came of it."""
    from caigen.execute import carry_out

    with Terminal(job.command) as terminal:
        summary = carry_out(job, open_sinks, terminal)
    if summary_file:
        summary.write(summary_file)
    for line in summary.lines():
        say(line)
    return summary


def export_command(command: str, values: dict[str, Any], open_sink: "Callable[[], RowSink]") -> None:
    """A command that turns records into training rows."""
    from caigen.advice import counted
    from caigen.exports.export import export
    from caigen.exports.row_files import row_files
    from caigen.io import outputs
    from caigen.io.read import Reader

    output: Path | None = values["output"]
    check_name(output, rows=True)
    check_push(values["push_to_hub"], output)
    if values["split"] is not None and output is None:
        raise typer.BadParameter("needs --output: the sides go to two files", param_hint="--split")
    file = summary_path(values["summary"], output)
    files = row_files(output, split=values["split"] is not None)
    outputs.check(
        files, values["source"], overwrite=values["overwrite"], written_by_same_command=lambda: False, summary=file
    )
    reader = Reader(values["source"], on_error=values["on_error"].value, limit=values["limit"])
    summary, said = export(command, reader, open_sink)
    if file:
        summary.write(file)
    for remark in reader.remarks:
        say(f"skipped: {remark}")
    for line in [*reader.notes(), *said, *summary.advice()]:
        say(line)
    say(f"{summary.line()}; {counted(sum(summary.outputs.values()), 'rows')}")
    if values["push_to_hub"] and output:
        push(values["push_to_hub"], output, values)


def check_push(repo: str | None, output: Path | None) -> None:
    """Exit 2 where there is nothing to upload or no such name on the hub; raises CaigenError where nobody could upload."""
    if repo is None:
        return
    from caigen.io import hub
    from caigen.io.streams import is_device

    if output is None or str(output) == "-" or is_device(output):
        raise typer.BadParameter("needs --output: a file to upload", param_hint="--push-to-hub")
    if not hub.is_repository(repo):
        raise typer.BadParameter(f"{repo} is not ORG/NAME as the hub takes it", param_hint="--push-to-hub")
    hub.check_login()


def push(repo: str, output: Path, values: dict[str, Any]) -> None:
    """Upload what an export wrote and say where it is now.

    Raises CaigenError, which names the files that are kept here.
    """
    from caigen.errors import CaigenError
    from caigen.exports.publish import publish
    from caigen.exports.row_files import export_files

    files = export_files(output, split=values["split"] is not None, to=values["to"].value)
    try:
        url = publish(repo, files, private=values["private"])
    except CaigenError as error:
        raise CaigenError(f"{error}; kept here: {', '.join(map(str, files))}") from error
    say(f"{url}: {', '.join(file.name for file in files)}, with their data card")


def shaping_of(to: "To", kind: "Kind", output: Path | None, evaluations: Sequence[Path]) -> "Shaping":
    """The trainer that rows are for, and the evaluation sets that they must not hold.

    Raises CaigenError, and exits 2 where the trainer takes no such rows.
    """
    from caigen.exports.decontaminate import Evaluations
    from caigen.exports.shaping import Shaping
    from caigen.io.read import Reader

    form = format_of(to, kind)
    if form.parquet and not (output and output.suffix == ".parquet"):
        raise typer.BadParameter(f"{to} reads Parquet: name a file that ends in .parquet", param_hint="--output")
    known = Evaluations(record for path in evaluations for record in Reader(path)) if evaluations else None
    return Shaping(to.value, known)


def format_of(to: "To", kind: "Kind") -> "Format":
    """The trainer's format; exits 2 where it takes no such rows."""
    from caigen.exports.formats import FORMATS

    if kind not in FORMATS[to.value].rows:
        able = ", ".join(name for name, form in FORMATS.items() if kind in form.rows)
        raise typer.BadParameter(f"{to.value} takes no {kind}; these do: {able}", param_hint="--to")
    return FORMATS[to.value]


def check_margin(to: "To") -> None:
    """Exit 2 where the trainer reads no margin of a pair: it would be dropped without a word."""
    from caigen.exports.formats import FORMATS

    if not FORMATS[to.value].margin:
        able = ", ".join(name for name, form in FORMATS.items() if form.margin)
        raise typer.BadParameter(f"{to.value} reads no margin; these do: {able}", param_hint="--with-margin")


def check_critiques(to: "To", style: "Style") -> None:
    """Exit 2 where a trainer would learn the criticised text too: it is an earlier answer of the conversation, unless the
    critic was shown it inside one message.
    """
    from caigen.exports.formats import FORMATS

    if format_of(to, "sft").learns == "every" and style.value == "chat":
        able = ", ".join(name for name, form in FORMATS.items() if "sft" in form.rows and form.learns != "every")
        raise typer.BadParameter(
            f"{to.value} learns every answer of a conversation, the criticised one too: use --what revisions, "
            f"--style transcript, or one of {able}",
            param_hint="--what",
        )


def check_rows(file: Path | None, to: "To", kind: "Kind") -> bool:
    """With `--check` say what is wrong with a file, and exit 1 where anything is; False where none is named."""
    if file is None:
        return False
    from caigen.exports.check import find_faults
    from caigen.io.read import raw_rows

    format_of(to, kind)
    found = find_faults(raw_rows(str(file)), to.value, kind)
    for fault in found:
        say(f"{file}: {fault}")
    if found:
        raise typer.Exit(1)
    say(f"{file}: {to.value} takes these rows as {kind}")
    return True


def summary_path(named: Path | None, output: Path | None) -> Path | None:
    """Where the summary goes: the named file, else beside a file output."""
    from caigen.io.streams import is_device

    if named or not output or is_device(output):
        return named
    return output.with_name(f"{output.name}.summary.json")
