"""A file that appears under its name only when it is whole, and that one process at a time writes.

Bytes go to `FILE.partial`, which is renamed to `FILE` at the end. Everything that caigen writes goes through here.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from caigen.errors import CaigenError
from caigen.io.streams import is_device


def partial_of(path: Path) -> Path:
    """The name that a file has until it is whole."""
    return path.with_name(path.name + ".partial")


class OutputFile:
    """An open output: write to `stream`, then `commit` gives the file its name, or `abandon` leaves `FILE.partial`.

    A FIFO or a device (`/dev/null`) is written in place, unbuffered; `partial` is None then. Folders are made. With
    `wait` another process that is writing the same file is waited for.
    Raises OSError if the file cannot be opened, CaigenError if another process is writing it.
    """

    def __init__(self, path: Path, *, wait: bool = False) -> None:
        self.path = path
        self.partial: Path | None = None
        if is_device(path):
            self.stream: BinaryIO = path.open("wb", buffering=0)
        else:
            self.partial = partial_of(path)
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self.stream = _open_locked(self.partial, wait=wait)

    def commit(self) -> None:
        """Finish: flush, then rename `FILE.partial` to `FILE`.

        Raises OSError.
        """
        self.stream.flush()
        if self.partial:
            self.partial.replace(self.path)
        self.stream.close()  # after the rename, since closing gives up the lock

    def abandon(self, *, keep: bool = True) -> None:
        """Close without the rename: a `FILE` of an earlier run stays as it was. `keep=False` removes `FILE.partial`."""
        with suppress(OSError):
            if self.partial and not keep:
                self.partial.unlink()  # before the lock is given up: afterwards it may be another process's file
        with suppress(OSError):
            self.stream.close()


def write_whole(path: Path, content: bytes) -> None:
    """Write a small file at once, waiting for another process that is writing it.

    Raises CaigenError if it cannot be written.
    """
    try:
        output = OutputFile(path, wait=True)
        try:
            output.stream.write(content)
            output.commit()
        except OSError:
            output.abandon()
            raise
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error


def _open_locked(partial: Path, *, wait: bool) -> BinaryIO:
    """An empty file that this process alone writes.

    The lock is on the file itself (flock), so no lock file stays behind; filelock would empty it before it has the
    lock.
    Raises CaigenError if another process holds it and `wait` is false.
    """
    operation = fcntl.LOCK_EX
    if not wait:
        operation |= fcntl.LOCK_NB  # fail at once
    while True:
        stream = partial.open("ab")  # "ab", not "wb": a file that another process is writing must not be emptied
        try:
            fcntl.flock(stream, operation)
        except BlockingIOError as error:
            stream.close()
            raise CaigenError(
                f"{partial}: another caigen is writing it; wait for it, or name another output"
            ) from error
        # Between open and flock the other process may have renamed the file: then the lock is on a finished file, and
        # the next turn of the loop makes a new one.
        with suppress(FileNotFoundError):
            if partial.stat().st_ino == os.fstat(stream.fileno()).st_ino:
                stream.truncate(0)
                return stream
        stream.close()
