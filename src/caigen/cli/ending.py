"""What a user reads when a command ends: which files hold what, what to give next, and what an interrupted one kept."""

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from caigen.advice import counted

if TYPE_CHECKING:
    from caigen.jobs.job import Job
    from caigen.summary import Summary

# the commands that go on with what a command wrote; FILE stands for its records, FOLDER for where they are
NEXT = {
    "sample": ("caigen show FILE", "caigen revise FILE -o revised.jsonl"),
    "critique": ("caigen show FILE", "caigen stats FILE", "caigen revise FILE -o revised.jsonl"),
    "revise": ("caigen show FILE", "caigen stats FILE", "caigen export-pairs FILE -o pairs.jsonl"),
    "label": ("caigen stats FILE", "caigen export-pairs FILE --pairing labeled -o pairs.jsonl"),
    "score": ("caigen stats FILE", "caigen export-pairs FILE --pairing best-worst -o pairs.jsonl"),
    "run": ("caigen show FOLDER", "caigen stats FOLDER", "caigen label FILE -o labelled.jsonl"),
}


def files_lines(job: "Job", summary: "Summary", shown: Sequence[Path] = ()) -> Iterator[str]:
    """Where the files are, with the rows of each; `shown` are files beside them.

    A command in a pipe has written no file, and one without `explain` tells of its files itself.
    """
    if not job.explain or not summary.files:
        return
    yield _files_line(summary.files, shown)
    if summary.failed and not summary.done:
        yield f"nothing was made: {summary.failed:,} of {summary.failed:,} rows failed"


def next_lines(job: "Job", summary: "Summary") -> Iterator[str]:
    """The commands that go on with the files, a line each; none where nothing was made."""
    if not job.explain or not summary.files or not summary.done:
        return
    records = next(iter(summary.files))
    places = {"FILE": shlex.quote(str(records)), "FOLDER": shlex.quote(str(records.parent))}
    head = "next: "
    for command in NEXT.get(job.command, ()):
        yield head + _filled(command, places)
        head = " " * len(head)


def _filled(command: str, places: Mapping[str, str]) -> str:
    """A command with the words FILE and FOLDER replaced."""
    return " ".join(places.get(word, word) for word in command.split())


def _files_line(files: Mapping[Path, int], shown: Sequence[Path]) -> str:
    """`in out/: records.jsonl 30 rows, pairs.jsonl 1 row; beside them summary.json, run.yaml`."""
    folder = next(iter(files)).parent

    def name(path: Path) -> str:
        return path.name if path.parent == folder else str(path)

    rows = ", ".join(f"{name(path)} {counted(count, 'rows', separated=True)}" for path, count in files.items())
    beside = f"; beside them {', '.join(map(name, shown))}" if shown else ""
    return f"in {folder}/: {rows}{beside}"


def interrupted(job: "Job") -> str:
    """What an interrupted command has kept, and how it goes on."""
    from caigen.engines.journal import Journal

    again = "the same command again"
    if job.cluster:
        return f"interrupted; {again} goes on with the rows that the workers have finished"
    if not job.journal or not job.journal.is_file():
        return f"interrupted; nothing was kept: {again} begins anew (-o FILE keeps answers in a journal)"
    journal = Journal(job.journal)
    try:
        kept = journal.count()
    finally:
        journal.close()
    answers = f"{counted(kept, 'answers', separated=True)} {'is' if kept == 1 else 'are'}"
    return f"interrupted; {answers} kept in {job.journal}: {again} goes on from there"
