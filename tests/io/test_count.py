"""The number of rows of a file, counted without reading them."""

import gzip
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.errors import CaigenError
from caigen.io.count import RowCount, count_rows
from caigen.io.read import Reader

ROWS = b'{"prompt": "a"}\n\n  \n{"prompt": "b"}\r\n{"prompt": "c"}'


@pytest.mark.parametrize(
    ("name", "content", "rows"),
    [
        ("a.jsonl", ROWS, 3),
        ("a.jsonl", b"\xef\xbb\xbf" + ROWS + b"\n", 3),
        ("a.jsonl.gz", gzip.compress(ROWS), 3),
        ("a.txt", b"[one]\n\ntwo\n", 2),
        ("a.jsonl", b'{"prompt": "' + b"x" * 3_000_000 + b'"}\n' * 2, 2),
        ("a.jsonl", b"", None),
        ("a.json", b'[\n{"prompt": "a"},\n{"prompt": "b"}\n]', None),
        ("a.csv", b'prompt\n"of two\nlines"\n', None),
        ("a.jsonl.gz", gzip.compress(ROWS * 1000)[:-20], None),
        ("a.parquet", b"not Parquet", None),
    ],
)
def test_rows_of_a_file(tmp_path: Path, name: str, content: bytes, rows: int | None) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert count_rows(path) == rows
    assert count_rows(path, 2) == (rows and min(rows, 2))


@given(st.lists(st.sampled_from([b'{"prompt": "a"}', b"", b" ", b'"x"', b"\t"])))
def test_as_many_as_are_read(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    path = tmp_path_factory.mktemp("count") / "a.jsonl"
    path.write_bytes(b"\n".join(lines))
    reader = Reader(path, on_error="skip")
    try:
        list(reader)
    except CaigenError:
        pytest.skip("not readable")
    assert (count_rows(path) or 0) == reader.read


def test_what_is_no_file_has_no_known_number(tmp_path: Path) -> None:
    assert count_rows(tmp_path) is None
    assert count_rows(Path("/dev/null")) is None
    for source in ("-", "hf:org/name", str(tmp_path / "none"), "a\0b"):
        assert RowCount(source).value is None


def test_a_file_is_counted_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(ROWS)
    count, until = RowCount(str(path), limit=2), time.monotonic() + 20
    while count.value is None and time.monotonic() < until:
        time.sleep(0.01)
    assert count.value == 2
