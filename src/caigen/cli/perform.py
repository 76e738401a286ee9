"""Run a Job for a command: check the input and output, show progress, write the summary, set the exit code."""

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from caigen.cli.options import FolderOptions, RecordOutput
from caigen.cli.terminal import Terminal, is_terminal, say
from caigen.errors import FAILED_ROWS, INTERRUPTED

if TYPE_CHECKING:
    from caigen.jobs.execution import Sink
    from caigen.jobs.job import Job
    from caigen.summary import Summary

OpenSinks = Callable[[ExitStack], "Sequence[Sink]"]


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


def check_files(source: str, output: RecordOutput) -> None:
    """Exit 2 where a command on records has nothing to read, or would write records to a file of another format."""
    check_stdin(source)
    check_name(output.output)
    check_name(output.rejects, "--rejects")


def write_records(job: "Job", output: RecordOutput) -> None:
    """Do a Job that writes records to one file or stdout, its options beside them; exit 3 where rows failed.

    Raises CaigenError.
    """
    from caigen.cli.run_file import run_file_beside
    from caigen.io.record_sink import RecordSink

    summary = summary_path(output.summary, output.output)
    work_on(
        job,
        output,
        lambda stack: [stack.enter_context(RecordSink(output.output, output.rejects))],
        summary=summary,
        run_file=run_file_beside(output.output),
    )


def work_on(
    job: "Job",
    output: RecordOutput | FolderOptions,
    open_sinks: OpenSinks,
    *,
    summary: Path | None,
    run_file: Path | None,
    side_files: Mapping[Path, str] | None = None,
) -> None:
    """Do a Job once its files are checked, and write its options; exit 3 where rows failed.

    `side_files`: what else is written beside the outputs, as in `outputs.check_side_files`.

    Raises CaigenError.
    """
    from caigen.cli.config import INPUTS
    from caigen.cli.run_file import RunFile, changed_options, check_run_file
    from caigen.io import outputs
    from caigen.jobs.finished import is_finished, note_finished
    from caigen.jobs.job import check_targets
    from caigen.jobs.retrying import plan_retry

    if output.preview:
        from caigen.cli.previewing import preview_job

        preview_job(job, output)
        return
    if job.retry_failed:
        retry = plan_retry(job)
        say(retry.line())
        if not retry.rows:
            return
    # on one machine the journal answers for what is done; workers of a cluster have none
    if job.cluster and not output.overwrite and is_finished(job):
        say(f"nothing to do: {job.targets[0]} is complete; --overwrite makes it anew")
        return
    check_targets(job, overwrite=output.overwrite, summary=summary, changed=lambda: changed_options(run_file))
    beside = dict(side_files or {})
    if run_file:
        beside[run_file] = "where the options of the command go"
    written = [path for path in (*job.targets, job.journal, summary) if path]
    # `--config` of the run file does the same work again, and writes the same run file
    also_read = {path: use for path, use in INPUTS.get().items() if not (run_file and same_file(path, run_file))}
    outputs.check_side_files(beside, written, job.source.path, also_read=also_read)
    check_run_file(run_file, overwrite=output.overwrite)

    def open_all(stack: ExitStack) -> "Sequence[Sink]":
        """Called once the first row is known to be good."""
        written = stack.enter_context(RunFile(run_file, job.command))  # entered first, so it is closed last
        sinks = open_sinks(stack)
        written.open()
        return sinks

    done = perform(job, open_all, summary, shown=[*beside, *([summary] if summary else [])])
    if job.cluster:
        note_finished(job)
    settle(done)


def same_file(path: Path, other: Path) -> bool:
    """Whether two names are one file that exists."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def settle(summary: "Summary") -> None:
    """Exit 3 where rows failed."""
    if summary.failed:
        raise typer.Exit(FAILED_ROWS)


def perform(job: "Job", open_sinks: OpenSinks, summary_file: Path | None, *, shown: Sequence[Path] = ()) -> "Summary":
    """Do a Job, write its summary, and print what was written, its notes and its last line.

    `shown` are the files beside the targets that the user is told of.
    """
    from caigen.cli.ending import files_lines, interrupted, next_lines
    from caigen.io.count import RowCount
    from caigen.jobs.execute import carry_out

    rows = RowCount(job.source.path, job.source.limit)
    try:
        with Terminal(job.command, rows) as terminal:
            summary = carry_out(job, open_sinks, terminal)
    except KeyboardInterrupt as error:
        say(interrupted(job))
        raise typer.Exit(INTERRUPTED) from error
    if summary_file:
        summary.write(summary_file)
    lines = [*summary.advice(), *files_lines(job, summary, shown), summary.line(), *summary.judge_lines()]
    if is_terminal(sys.stdout):  # a pipe or a log is read by a program, or later
        lines += next_lines(job, summary)
    for line in lines:
        say(line)
    return summary


def summary_path(named: Path | None, output: Path | None) -> Path | None:
    """Where the summary goes: the named file, else beside a file output."""
    from caigen.io.streams import is_device

    if named or not output or is_device(output):
        return named
    return output.with_name(f"{output.name}.summary.json")
