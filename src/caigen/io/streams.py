"""Open whatever a user names as input: a file, stdin, a pipe, gzip. A pipe can be read ahead into a spool."""

import gzip
import io
import os
import stat
import tempfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from caigen.errors import CaigenError, InputError

LFS_POINTER = b"version https://git-lfs"


STDIN = "-"


class Spool:
    """Takes a pipe into a temporary file at once, so that the process before us in it is never held up.

    `started` is set at the first byte or at the end: a stage must not take the device before the stage
    that feeds it has had its turn.
    """

    def __init__(self, source: str = STDIN) -> None:
        self._source = source
        self.started = threading.Event()
        self._grown = threading.Condition()
        self._done = False
        self._failure: OSError | None = None
        self._file = tempfile.TemporaryFile(prefix="caigen-stdin-")  # noqa: SIM115
        self._size = 0
        threading.Thread(target=self._copy, name="caigen-stdin", daemon=True).start()

    def _copy(self) -> None:
        try:
            with _bytes_of(self._source) as pipe:
                while chunk := pipe.read(1 << 16):
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
        """Let go of the temporary file; where the pipe is not at its end, the end of the process does it."""
        if self._done:
            self._file.close()

    def stream(self) -> BinaryIO:
        """What came in so far and, as it comes, the rest."""
        return io.BufferedReader(_SpoolStream(self))

    def read_at(self, place: int, size: int) -> bytes:
        """Bytes at a place, waiting for them; empty at the end of the pipe.

        Raises CaigenError when the pipe could not be taken in.
        """
        with self._grown:
            self._grown.wait_for(lambda: self._size > place or self._done)
            if self._failure:
                raise CaigenError(f"{self._source}: cannot be spooled: {self._failure.strerror}")
            available = self._size - place
        return os.pread(self._file.fileno(), min(size, available), place) if available else b""


class _SpoolStream(io.RawIOBase):
    def __init__(self, spool: Spool) -> None:
        self._spool, self._place = spool, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._spool.read_at(self._place, len(buffer))
        buffer[: len(data)] = data
        self._place += len(data)
        return len(data)


class Lines:
    """Non-blank lines of a byte stream without a byte-order mark; `number` is that of the last one."""

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.number = 0

    def __iter__(self) -> Iterator[bytes]:
        for number, raw in enumerate(self._raw(), 1):
            self.number = number
            line = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            if line.strip():
                yield line

    def _raw(self) -> Iterator[bytes]:
        try:
            yield from self._stream
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self._name}: broken gzip after line {self.number}: {error}") from error


@contextmanager
def open_source(source: str, spool: Spool | None = None) -> Iterator[BinaryIO]:
    """A file, or stdin for `-`, unpacked where it is gzip.

    Raises InputError for what is not there, not a file, or not what its name says.
    """
    with ExitStack() as stack:
        if spool:
            stream = spool.stream()
        elif source == STDIN:
            # not sys.stdin: a reader thread that waits in its buffer would abort the interpreter's exit
            stream = cast("BinaryIO", io.BufferedReader(_bytes_of(source)))
        else:
            stream = stack.enter_context(_file(source))
        yield _unpacked(stream, "stdin" if source == STDIN else source, stack)


def is_pipe(source: str) -> bool:
    """Whether a source is a pipe, a FIFO or the like, which some other process may be filling."""
    if source == STDIN:
        return not stat.S_ISREG(os.fstat(0).st_mode)
    return is_device(Path(source)) and not Path(source).is_dir()


def is_device(path: Path) -> bool:
    """Whether a path is there and no regular file: a FIFO, `/dev/null`."""
    return path.exists() and not path.is_file()


def _bytes_of(source: str) -> io.FileIO:
    return io.FileIO(0, closefd=False) if source == STDIN else io.FileIO(source)


def _file(source: str) -> BinaryIO:
    try:
        return Path(source).open("rb")
    except IsADirectoryError as error:
        raise InputError(f"{source}: is a directory; name a .jsonl, .jsonl.gz or .txt file in it") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{source}: cannot be read: {getattr(error, 'strerror', None) or error}") from error


def _unpacked(stream: BinaryIO, name: str, stack: ExitStack) -> BinaryIO:
    buffered = cast("io.BufferedReader", stream)
    head = buffered.peek(len(LFS_POINTER))
    if head.startswith(LFS_POINTER):
        raise InputError(f"{name}: is a Git LFS pointer, not the data; fetch it with `git lfs pull`")
    if head.startswith(b"\x1f\x8b"):
        return cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=buffered)))
    if name.endswith(".gz") and head:
        raise InputError(f"{name}: is named .gz but is not gzip")
    return buffered
