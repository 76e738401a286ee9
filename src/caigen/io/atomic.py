"""A file that appears under its name only when it is whole, and that one process at a time writes.

Bytes go to `FILE.partial`, which is renamed to `FILE` at the end. Everything that caigen writes goes through here.
"""

import errno
import fcntl
import os
import stat
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
        check_name(path)
        if is_device(path):
            self.stream: BinaryIO = path.open("wb", buffering=0)
        else:
            self.partial = partial_of(path)
            self.partial.parent.mkdir(parents=True, exist_ok=True)
            self.stream = _open_locked(self.partial, wait=wait)
            opened = os.fstat(self.stream.fileno())
            self._place = (opened.st_dev, opened.st_ino)  # kept: a wrapper of the stream may close it first

    def commit(self) -> None:
        """Finish: flush, then rename `FILE.partial` to `FILE`.

        Raises OSError, and CaigenError if `FILE.partial` is not the file any more that was written.
        """
        self.stream.flush()
        if self.partial:
            try:
                self._check_partial(self.partial)
            except CaigenError:
                self.stream.close()
                raise
            self.partial.replace(self.path)
        self.stream.close()  # after the rename, since closing gives up the lock

    def _check_partial(self, partial: Path) -> None:
        """Raises CaigenError if the file was removed or replaced while it was written: nothing is renamed then."""
        try:
            found = partial.lstat()
        except FileNotFoundError as error:
            raise CaigenError(
                f"{partial}: was removed while it was written, so {self.path.name} is not made; "
                "give the same command again"
            ) from error
        if (found.st_dev, found.st_ino) != self._place:
            raise CaigenError(
                f"{partial}: another file took its place while it was written, so it is not renamed; "
                "move it away and give the same command again"
            )

    def abandon(self, *, keep: bool = True) -> None:
        """Close without the rename: a `FILE` of an earlier run stays as it was. `keep=False` removes `FILE.partial`."""
        with suppress(OSError, CaigenError):
            if self.partial and not keep:
                self._check_partial(self.partial)
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
        raise CaigenError(f"{path}: cannot be written: {reason(error)}") from error


def check_name(path: Path) -> None:
    """Raises CaigenError if a file cannot be made under a name, or is a symbolic link: a link could lead anywhere.

    A link to a device, such as `/dev/stdout`, passes. So do links among the folders: the user named them.
    """
    try:
        if path.is_symlink() and not is_device(path):
            raise CaigenError(f"{path}: is a symbolic link to {path.readlink()}; name the file itself")
        partial = partial_of(path)
        with suppress(FileNotFoundError):
            if stat.S_ISLNK(partial.lstat().st_mode):
                raise CaigenError(f"{partial}: is no plain file; remove it, or name another output")
    except (OSError, ValueError) as error:  # too long, a null byte, a file where a folder should be
        problem = getattr(error, "strerror", None) or error
        raise CaigenError(f"{path}: cannot be written: {problem}; name another file") from error


def reason(error: OSError) -> str:
    """Why a file cannot be written; of a full disk also what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk is full ({error.strerror}); make room, then the same command again goes on"
    return error.strerror or str(error)


def _open_own(partial: Path) -> BinaryIO:
    """Open a file for appending without following a link: a file that another process is writing must not be emptied.

    Raises OSError, CaigenError if the name leads to another file or to what is no file.
    """
    # O_NONBLOCK: a pipe under this name would wait for its reader
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
    try:
        stream = os.fdopen(os.open(partial, flags, 0o666), "ab")
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.EMLINK, errno.ENXIO):  # a link, or a pipe without reader
            raise CaigenError(f"{partial}: is no plain file; remove it, or name another output") from error
        raise
    found = os.fstat(stream.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        stream.close()
        raise CaigenError(
            f"{partial}: is no plain file, or has a second name (hard link); remove it, or name another output"
        )
    return stream


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
        stream = _open_own(partial)
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
