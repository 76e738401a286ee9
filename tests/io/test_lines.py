"""Lines have bounds, and what is beyond them is told with its number and never held in memory."""

import gzip
import io
import tracemalloc
from pathlib import Path

import pytest

from caigen.errors import InputError
from caigen.io.lines import MAX_BLANK_LINES, MAX_BRACKETS, MAX_LINE_BYTES, Lines, read_json_lines, read_text_lines
from caigen.io.read import Reader, raw_rows

GOOD = b'{"prompt": "hi"}\n'


class Repeated(io.RawIOBase):
    """A stream of one byte, so many times, then a good line."""

    def __init__(self, byte: bytes, count: int) -> None:
        self._byte, self._left, self._end = byte, count, b"\n" + GOOD

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
        size = min(len(buffer), self._left)
        buffer[:size] = self._byte * size
        self._left -= size
        if not size:
            size = min(len(buffer), len(self._end))
            buffer[:size], self._end = self._end[:size], self._end[size:]
        return size


def test_a_long_line_takes_no_more_memory_than_the_bound() -> None:
    tracemalloc.start()
    try:
        lines = Lines(io.BufferedReader(Repeated(b" ", 8 * MAX_LINE_BYTES), buffer_size=1 << 20), "a")
        rows = list(read_json_lines(lines))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert [(row.number, row.error) for row in rows] == [(1, "a line of more than 32 MiB"), (2, None)]
    assert rows[1].value == {"prompt": "hi"}
    assert peak < 3.5 * MAX_LINE_BYTES


def test_a_line_at_the_bound_is_read() -> None:
    start, end = b'{"prompt": "', b'"}\n'
    line = start + b"a" * (MAX_LINE_BYTES - len(start) - len(end)) + end
    assert next(iter(read_json_lines(Lines(io.BytesIO(line), "a")))).error is None
    longer = line.replace(b"a", b"aa", 1)
    assert next(iter(read_json_lines(Lines(io.BytesIO(longer), "a")))).error == "a line of more than 32 MiB"
    text = b"a" * MAX_LINE_BYTES + b"\nhi\n"
    assert [row.error for row in read_text_lines(Lines(io.BytesIO(text), "a"))] == ["a line of more than 32 MiB", None]


def test_a_packed_line_is_an_error_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "bomb.jsonl.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(GOOD)
        file.write(b'{"prompt": "' + b"a" * (2 * MAX_LINE_BYTES) + b'"}\n' + b'{"prompt": "ho"}\n')
    with pytest.raises(InputError, match=r"bomb\.jsonl\.gz:2: a line of more than 32 MiB"):
        list(Reader(path))
    with pytest.raises(InputError, match=r"bomb\.jsonl\.gz:2: a line of more than 32 MiB"):
        list(raw_rows(str(path)))
    reader = Reader(path, on_error="skip")
    assert [record.prompt[0].content for record in reader] == ["hi", "ho"]
    assert reader.skipped == {"bad_line": 1}


@pytest.mark.parametrize("piece", [b"[],", b"{},"])
def test_a_line_of_too_many_values_is_refused(piece: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"prompt": "hi", "x": [' + piece * MAX_BRACKETS + b"0]}\n")
    with pytest.raises(InputError, match=r"a\.jsonl:1: a line with more than 1,000,000 brackets"):
        list(Reader(path))


def test_packed_line_breaks_end(tmp_path: Path) -> None:
    path = tmp_path / "blank.jsonl.gz"
    path.write_bytes(gzip.compress(GOOD + b"\n" * (3 * MAX_BLANK_LINES), compresslevel=1))
    reader = Reader(path)
    with pytest.raises(InputError, match=rf"blank\.jsonl\.gz:{MAX_BLANK_LINES + 2}: more than 1,000,000 blank lines"):
        list(reader)
    assert reader.read == 1
    fewer = tmp_path / "a.jsonl"
    fewer.write_bytes((b"\n" * (MAX_BLANK_LINES // 4) + GOOD) * 5)
    assert len(list(Reader(fewer))) == 5
