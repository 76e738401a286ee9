"""`FILE.partial`: what is written before a file is whole, by one process at a time."""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from caigen.errors import CaigenError


def claimed(partial: Path) -> BinaryIO:
    """A file opened for this process alone and emptied. The lock is on the file itself, so no lock file stays behind
    (filelock's would be emptied before it is locked).

    Raises CaigenError where another process holds it.
    """
    while True:
        stream = partial.open("ab")
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            stream.close()
            raise CaigenError(
                f"{partial}: another caigen is writing it; wait for it, or name another output"
            ) from error
        with suppress(FileNotFoundError):
            if partial.stat().st_ino == os.fstat(stream.fileno()).st_ino:
                stream.truncate(0)
                return stream
        stream.close()  # the other process gave it its name between our two calls
