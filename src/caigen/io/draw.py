"""draw: a source, N -> N Records spread over it, and how many rows it has

Lines of a plain file are counted without being parsed. Other sources are read as rows, up to a limit. A pipe gives its
first rows and does not say how many will come.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO

from caigen.choices import OnError, Take
from caigen.errors import InputError
from caigen.hashing import uniform
from caigen.io.read import Reader
from caigen.io.streams import STDIN, is_pipe
from caigen.records import Record

CHUNK_BYTES = 1 << 20
MAX_READ_ROWS = 50_000  # of a source that must be parsed to be counted
LINE_SUFFIXES = (".jsonl", ".ndjson", ".txt")


@dataclass(frozen=True)
class Drawn:
    """Rows of a source. `total` is how many it has, None where that is not known; `least` how many it has at least."""

    records: list[Record]
    total: int | None
    least: int = 0


def draw(
    source: str, count: int, *, on_error: OnError = "fail", take: Take = "none", limit: int | None = None
) -> Drawn:
    """Draw `count` rows: one at a drawn place of each of `count` equal parts of the first `limit` rows.

    The same rows come again for the same number of rows. They have the ids that they have in the whole file, except
    those whose content came before.

    Raises InputError for a drawn row that cannot be read.
    """
    if source == STDIN or is_pipe(source):
        return Drawn(list(islice(Reader(source, on_error=on_error, take=take, limit=limit), count)), None)
    if _has_plain_lines(source):
        chunks = list(_lines_by_chunk(Path(source)))
        total = sum(chunks) if limit is None else min(sum(chunks), limit)
        lines = _lines_at(Path(source), chunks, _picks(total, count))
        return Drawn(_records(source, lines, on_error, take), total)
    records = list(islice(Reader(source, on_error=on_error, take=take, limit=limit), MAX_READ_ROWS + 1))
    is_whole = len(records) <= MAX_READ_ROWS
    least = min(len(records), MAX_READ_ROWS)
    return Drawn([records[index] for index in _picks(least, count)], least if is_whole else None, least)


def _picks(total: int, count: int) -> list[int]:
    """The indices of the rows that are drawn, in order."""
    if total <= count:
        return list(range(total))
    edges = [total * part // count for part in range(count + 1)]
    return [low + int(uniform("preview", total, low) * (high - low)) for low, high in pairwise(edges)]


def _has_plain_lines(source: str) -> bool:
    """Whether a source is a file with a row in each line, that is not compressed."""
    path = Path(source)
    if path.suffix not in LINE_SUFFIXES or not path.is_file():
        return False
    with path.open("rb") as stream:
        head = stream.read(4)
    return path.suffix == ".txt" or head.removeprefix(b"\xef\xbb\xbf").startswith(b"{")


def _lines_by_chunk(path: Path) -> Iterator[int]:
    """The number of lines that end in each chunk of a file; a last line without an end counts too."""
    last = b"\n"
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            last = chunk[-1:]
            yield chunk.count(b"\n")
    if last != b"\n":
        yield 1


def _lines_at(path: Path, chunks: Sequence[int], picks: Sequence[int]) -> dict[int, bytes]:
    """The lines with these indices, by index."""
    found: dict[int, bytes] = {}
    with path.open("rb") as stream:
        before = 0  # lines that end before the chunk
        wanted = iter(picks)
        pick = next(wanted, None)
        for number, ending in enumerate(chunks):
            while pick is not None and pick < before + ending:
                # the first line of a chunk began in an earlier one
                found[pick] = _line(stream, number * CHUNK_BYTES, pick - before)
                pick = next(wanted, None)
            before += ending
    return found


def _line(stream: BinaryIO, start: int, index: int) -> bytes:
    """The line that ends as number `index` of those that end after `start`."""
    begin = start
    while begin > 0:  # look for the end of the line before
        begin = max(0, begin - CHUNK_BYTES)
        stream.seek(begin)
        position = stream.read(start - begin).rfind(b"\n")
        if position >= 0:
            begin += position + 1
            break
    stream.seek(begin)
    for _ in range(index):
        stream.readline()
    return stream.readline()


def _records(source: str, lines: dict[int, bytes], on_error: OnError, take: Take) -> list[Record]:
    """The records of some lines of a file; an error names the line in the whole file."""
    with TemporaryDirectory(prefix="caigen-") as folder:
        path = Path(folder) / Path(source).name
        path.write_bytes(b"\n".join(line.rstrip(b"\r\n") for line in lines.values()))
        try:
            return list(Reader(str(path), on_error=on_error, take=take))
        except InputError as error:
            raise InputError(_with_own_line(str(error), str(path), source, list(lines))) from error


def _with_own_line(message: str, path: str, source: str, indices: Sequence[int]) -> str:
    rest = message.removeprefix(f"{path}:")
    number, colon, what = rest.partition(":")
    if rest == message or not number.isdecimal() or not 0 < int(number) <= len(indices):
        return message.replace(path, source)
    return f"{source}:{indices[int(number) - 1] + 1}{colon}{what}"
