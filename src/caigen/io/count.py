"""count_rows: the path of a file -> how many rows it has, without reading them; None where that is not cheap to say."""

import gzip
import os
import threading
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from caigen.io.parquet import count_parquet, is_parquet

CHUNK_BYTES = 1 << 20
LINE_STARTS = (b"{", b'"')  # of a line of JSON; an array or a table has rows that are not lines
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def count_rows(path: Path, limit: int | None = None) -> int | None:
    """The rows of a regular file of lines or of Parquet, at most `limit`; None for any other or a broken file."""
    if not path.is_file():
        return None
    try:
        count = count_parquet(path) if is_parquet(str(path)) else _lines(path, limit)
    except (OSError, EOFError, zlib.error, ValueError, ImportError):
        return None  # who reads the file says what is wrong with it
    if count is None or limit is None:
        return count
    return min(count, limit)


def _lines(path: Path, limit: int | None) -> int | None:
    """The lines that are not blank."""
    is_gzip = path.suffix == ".gz"
    name = path.name.removesuffix(".gz")
    with cast("BinaryIO", gzip.open(path) if is_gzip else path.open("rb")) as stream:
        if not name.endswith(".txt"):
            start = stream.read(CHUNK_BYTES).removeprefix(BYTE_ORDER_MARK).lstrip()
            if not start.startswith(LINE_STARTS):
                return None
            stream.seek(0)
        count, blank = 0, True
        # by pieces of lines, since a line may be of any length
        while piece := stream.readline(CHUNK_BYTES):
            blank = blank and not piece.strip()
            if piece.endswith(b"\n"):
                count += not blank
                blank = True
            if limit is not None and count >= limit:
                return limit
        return count + (not blank)


class RowCount:
    """The number of rows of a source, counted in a thread while a model is loaded; `value` is None until it is known.

    A pipe, stdin and a data set of the hub have no known number.
    """

    def __init__(self, source: str, limit: int | None = None) -> None:
        self.value: int | None = None
        if os.path.isfile(source):  # noqa: PTH113 - a source may be any text, such as `hf:NAME`
            threading.Thread(target=self._count, args=(Path(source), limit), name="caigen-count", daemon=True).start()

    def _count(self, path: Path, limit: int | None) -> None:
        self.value = count_rows(path, limit)
