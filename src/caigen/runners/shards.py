"""Shards: the files in which rows go to the workers of a cluster, and in which they come back.

A line that goes out is `index TAB key TAB record`, one that comes back `index TAB key TAB costs TAB record`. The
index is the row's in the input, the key a hash of the record as it went out: a finished row counts only for the same
row.
"""

from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, NamedTuple

import orjson

from caigen.errors import EngineError
from caigen.io.rows import read_row
from caigen.io.write import to_row
from caigen.records import Record

ROWS_PER_FILE = 4096  # of the input


@dataclass(frozen=True)
class Done:
    """When a worker began and ended a row (seconds since 1970), and what it cost."""

    began: float
    ended: float
    costs: list[int]


@dataclass(frozen=True, slots=True)
class Line:
    """A row on its way to a worker."""

    index: int
    key: int
    record: bytes


class Written(NamedTuple):
    """How many rows the input has, and how many of them are not finished and were written for the workers."""

    rows: int
    unfinished: int


@dataclass
class Shards:
    """Where each finished row is in the output shards, by its index; 20 bytes a row."""

    folder: Path
    files: list[Path] = field(default_factory=list)
    keys: "array[int]" = field(default_factory=lambda: array("Q"))
    file_numbers: "array[int]" = field(default_factory=lambda: array("I"))  # from 1; 0 for a row that is not finished
    offsets: "array[int]" = field(default_factory=lambda: array("Q"))

    def add_folder(self, folder: Path) -> None:
        """Take in the whole lines of a folder of shards; a line that was cut off by a kill counts for nothing."""
        for path in sorted(folder.glob("*.jsonl")):
            self.files.append(path)
            offset = 0
            with path.open("rb") as stream:
                for line in stream:
                    if line.endswith(b"\n"):
                        index, key = line.split(b"\t", 2)[:2]
                        self._add(int(index), int(key), offset)
                    offset += len(line)

    def _add(self, index: int, key: int, offset: int) -> None:
        """Note where a row is; of a row that is there twice the later one counts."""
        # rows come in any order: the arrays grow to the highest index so far
        missing = index + 1 - len(self.keys)
        for numbers in (self.keys, self.file_numbers, self.offsets):
            numbers.extend([0] * missing)
        self.keys[index], self.file_numbers[index], self.offsets[index] = key, len(self.files), offset

    def has(self, index: int, key: int) -> bool:
        """Whether the row with this index and key is finished."""
        return index < len(self.keys) and self.keys[index] == key

    def read(self, count: int) -> Iterator[tuple[Record, Done | None]]:
        """The finished rows in the order of the input, and how each was done; None for one that had failed before.

        Raises EngineError where one is missing.
        """
        streams = [path.open("rb") for path in self.files]
        try:
            for index in range(count):
                if index >= len(self.file_numbers) or not self.file_numbers[index]:
                    raise EngineError(
                        f"{self.folder}: row {index} came back from no worker; run the same command again"
                    )
                stream = streams[self.file_numbers[index] - 1]
                stream.seek(self.offsets[index])
                yield _read_line(stream.readline())
        finally:
            for stream in streams:
                stream.close()


def write_shards(records: Iterable[Record], folder: Path, finished: Shards) -> Written:
    """Write the rows that are not finished as text shards for the workers."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = unfinished = 0
    stream: BinaryIO | None = None
    try:
        for index, record in enumerate(records):
            rows += 1
            content = orjson.dumps(to_row(record))
            key = int.from_bytes(blake2b(content, digest_size=8).digest(), "big")
            if finished.has(index, key):
                continue
            # the next file, when the last one is full
            if stream is None or unfinished % ROWS_PER_FILE == 0:
                if stream:
                    stream.close()
                stream = (folder / f"part-{unfinished // ROWS_PER_FILE:05}.txt").open("wb")
            stream.write(b"%d\t%d\t%s\n" % (index, key, content))
            unfinished += 1
    finally:
        if stream:
            stream.close()
    return Written(rows, unfinished)


def read_input_line(text: str) -> Line:
    """A line of an input shard."""
    index, key, record = text.split("\t", 2)
    return Line(int(index), int(key), record.encode())


def output_line(line: Line, record: Record, done: Done | None) -> str:
    """The line of an output shard for a processed row."""
    costs = orjson.dumps([done.began, done.ended, *done.costs] if done else None).decode()
    return "\t".join([str(line.index), str(line.key), costs, orjson.dumps(to_row(record)).decode()])


def _read_line(line: bytes) -> tuple[Record, Done | None]:
    """A line of an output shard."""
    _, _, costs, record = line.split(b"\t", 3)
    spent = orjson.loads(costs)
    done = Done(spent[0], spent[1], spent[2:]) if spent else None
    return read_row(orjson.loads(record)), done
