"""Open what a user names as input: a file, stdin, a pipe, gzip. A pipe can be read ahead into a spool."""

import io
import os
import stat
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from caigen.errors import CaigenError, InputError
from caigen.io.file_kinds import decompressed

STDIN = "-"
CHUNK_BYTES = 1 << 16


class Spool:
    """Copies a pipe into a temporary file as fast as it comes, so that the process that fills the pipe never waits.

    `started` is set at the first byte or at the end of the pipe: a command must not take the device before the command
    that feeds it has had its turn.
    """

    def __init__(self, source: str = STDIN) -> None:
        self._source = source
        self.started = threading.Event()
        self._grown = threading.Condition()  # guards the three fields below
        self._size = 0
        self._done = False
        self._failure: OSError | None = None
        self._file = tempfile.TemporaryFile(prefix="caigen-stdin-")  # noqa: SIM115
        threading.Thread(target=self._copy, name="caigen-stdin", daemon=True).start()

    def _copy(self) -> None:
        """Copy until the end of the pipe; an error is kept for the reader. Runs in its own thread."""
        try:
            with _open_bytes(self._source) as pipe:
                while chunk := pipe.read(CHUNK_BYTES):
                    os.pwrite(self._file.fileno(), chunk, self._size)
                    with self._grown:
                        self._size += len(chunk)
                        self._grown.notify_all()
                    self.started.set()
        except OSError as error:
            self._failure = error
        with self._grown:
            self._done = True
            self._grown.notify_all()
        self.started.set()

    def close(self) -> None:
        """Close the temporary file; before the end of the pipe it stays open until the process ends."""
        if self._done:
            self._file.close()

    def stream(self) -> BinaryIO:
        """A stream of the pipe's bytes from the beginning: those in the file, then the rest as it comes."""
        return io.BufferedReader(_SpoolStream(self))

    def read_at(self, offset: int, size: int) -> bytes:
        """At most `size` bytes at an offset, waiting until there are some; empty at the end of the pipe.

        Raises CaigenError if the pipe could not be read or the temporary file not be written.
        """
        with self._grown:
            self._grown.wait_for(lambda: self._size > offset or self._done)
            if self._failure:
                raise CaigenError(f"{self._source}: cannot be spooled: {self._failure.strerror}")
            available = self._size - offset  # 0 at the end of the pipe: pread then gives no byte
        return os.pread(self._file.fileno(), min(size, available), offset)


class _SpoolStream(io.RawIOBase):
    """A spool as a readable stream."""

    def __init__(self, spool: Spool) -> None:
        self._spool, self._offset = spool, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._spool.read_at(self._offset, len(buffer))
        buffer[: len(data)] = data
        self._offset += len(data)
        return len(data)


@contextmanager
def open_source(source: str, spool: Spool | None = None) -> Iterator[BinaryIO]:
    """The bytes of a file, or of stdin for `-`, decompressed and as UTF-8. A spool is read instead if there is one.

    Raises InputError for a file that is not there, is a directory, or is not what its name says.
    """
    name = "stdin" if source == STDIN else source
    with ExitStack() as stack:
        if spool:
            stream = spool.stream()
        elif source == STDIN:
            # not sys.stdin: a reader thread that waits in its buffer would abort the interpreter's exit
            stream = cast("BinaryIO", io.BufferedReader(_open_bytes(source)))
        else:
            stream = stack.enter_context(_open_file(source))
        yield decompressed(stream, name)


def is_pipe(source: str) -> bool:
    """Whether a source is a pipe, a FIFO or the like, which another process may be filling."""
    if source == STDIN:
        return not stat.S_ISREG(os.fstat(0).st_mode)
    return is_device(Path(source)) and not Path(source).is_dir()


def is_device(path: Path) -> bool:
    """Whether a path exists and is no regular file: a FIFO, `/dev/null`. A name that no file can have is none."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def _open_bytes(source: str) -> io.FileIO:
    if source == STDIN:
        return io.FileIO(0, closefd=False)
    return io.FileIO(source)


def _open_file(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except IsADirectoryError as error:
        raise InputError(f"{source}: is a directory; name a .jsonl, .jsonl.gz or .txt file in it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
