"""Who else has a file open: every process that does holds a shared lock on a file beside it.

Open file description locks (fcntl(2), Linux) belong to the open file, not to the process: two journals of one process
see each other, and a lock ends with its holder, also when that is killed.
"""

import fcntl
import os
import struct
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

HAS_OFD_LOCKS = hasattr(fcntl, "F_OFD_GETLK")
FLOCK_FORMAT = "hhqqi4x"  # struct flock: type, whence, start, length, process


class Presence:
    """Says, on a lock file, that somebody is here, until `leave`.

    Raises OSError if the lock file cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self._stream = _open_locked(path)

    @property
    def alone(self) -> bool:
        """Whether nobody else is here now; False also where the system cannot tell."""
        if not HAS_OFD_LOCKS:
            return False
        return _lock(self._stream, fcntl.F_OFD_GETLK, fcntl.F_WRLCK) == fcntl.F_UNLCK

    def leave(self) -> None:
        """Give up the lock; the last one removes the file."""
        with suppress(OSError):  # the folder may be gone
            if self.alone:
                Path(self._stream.name).unlink(missing_ok=True)
        self._stream.close()


def _open_locked(path: Path) -> BinaryIO:
    """Open a file with a shared lock on it."""
    while True:
        stream = path.open("a+b")
        if HAS_OFD_LOCKS:
            _lock(stream, fcntl.F_OFD_SETLKW, fcntl.F_RDLCK)
        # whoever left last may have removed the file between the two calls above; then the lock is on nothing
        with suppress(FileNotFoundError):
            if path.stat().st_ino == os.fstat(stream.fileno()).st_ino:
                return stream
        stream.close()


def _lock(stream: BinaryIO, command: int, kind: int) -> int:
    """Set a lock on a whole file, or ask for one; returns the kind of lock that is in its way, F_UNLCK if none is."""
    request = struct.pack(FLOCK_FORMAT, kind, os.SEEK_SET, 0, 0, 0)
    conflict: int = struct.unpack_from("h", fcntl.fcntl(stream, command, request))[0]
    return conflict
