"""Whether a command is done already, for workers that keep no journal: its files are as they were when it ended."""

import json
from pathlib import Path

from caigen import __version__
from caigen.engines.journal import Journal
from caigen.io.streams import STDIN, is_device, is_pipe
from caigen.jobs.job import Job, written_by

FINISHED = "finished"  # under this name a journal keeps how the files were


def note_finished(job: Job) -> None:
    """Keep, in the journal, how the input and the outputs of a finished command are."""
    if job.journal and job.journal.is_file() and (stamp := _stamp(job)):
        journal = Journal(job.journal)
        journal.set_meta(FINISHED, stamp)
        journal.close()


def is_finished(job: Job) -> bool:
    """Whether this same command has ended, and neither its input nor its outputs have changed since."""
    stamp = _stamp(job)
    if not stamp or job.journal is None or not job.journal.is_file() or written_by(job.journal) != job.mark:
        return False
    journal = Journal(job.journal)
    try:
        return journal.get_meta(FINISHED) == stamp
    finally:
        journal.close()


def _stamp(job: Job) -> str | None:
    """Sizes and times of the input and of all outputs; None where one of them is no file that can be compared."""
    if job.source.path == STDIN or is_pipe(job.source.path) or not job.targets:
        return None
    stamps = []
    for path in (Path(job.source.path), *job.targets):
        if is_device(path):
            return None
        try:
            found = path.stat()
        except OSError:
            return None
        stamps.append([str(path.absolute()), found.st_size, found.st_mtime_ns])
    return json.dumps([__version__, stamps])
