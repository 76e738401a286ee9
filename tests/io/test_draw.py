"""Rows are drawn over the whole of a source, and counted without being parsed where they are lines."""

import gzip
import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.errors import InputError
from caigen.io import draw as module
from caigen.io.draw import draw


def prompts(path: Path, count: int) -> Path:
    path.write_text("".join(json.dumps({"prompt": f"prompt {n}"}) + "\n" for n in range(count)))
    return path


def texts(path: Path, count: int, limit: int | None = None) -> list[str]:
    return [record.prompt[-1].content for record in draw(str(path), count, limit=limit).records]


def test_one_row_of_each_part(tmp_path: Path) -> None:
    path = prompts(tmp_path / "p.jsonl", 1000)
    drawn = draw(str(path), 10)
    assert drawn.total == 1000
    numbers = [int(record.prompt[-1].content.split()[1]) for record in drawn.records]
    assert [number // 100 for number in numbers] == list(range(10))
    assert numbers != [number * 100 for number in range(10)]
    assert [record.id for record in drawn.records] == [record.id for record in draw(str(path), 10).records]


def test_ids_are_those_of_the_whole_file(tmp_path: Path) -> None:
    from caigen.io.read import Reader

    path = prompts(tmp_path / "p.jsonl", 50)
    assert {record.id for record in draw(str(path), 5).records} <= {record.id for record in Reader(str(path))}


@pytest.mark.parametrize(("count", "limit", "number"), [(10, None, 3), (10, 2, 2), (1, None, 1), (3, None, 3)])
def test_no_more_rows_than_there_are(tmp_path: Path, count: int, limit: int | None, number: int) -> None:
    path = prompts(tmp_path / "p.jsonl", 3)
    assert len(texts(path, count, limit)) == number
    assert draw(str(path), count, limit=limit).total == (limit or 3)


def test_limit_bounds_where_rows_come_from(tmp_path: Path) -> None:
    path = prompts(tmp_path / "p.jsonl", 1000)
    assert all(int(text.split()[1]) < 20 for text in texts(path, 5, limit=20))


def test_compressed_rows_are_read(tmp_path: Path) -> None:
    plain = prompts(tmp_path / "p.jsonl", 20)
    packed = tmp_path / "q.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert draw(str(packed), 4).total == 20
    assert texts(packed, 4) == texts(plain, 4)


def test_a_source_that_is_too_long_to_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packed = tmp_path / "q.jsonl.gz"
    packed.write_bytes(gzip.compress(prompts(tmp_path / "p.jsonl", 20).read_bytes()))
    monkeypatch.setattr(module, "MAX_READ_ROWS", 10)
    drawn = draw(str(packed), 4)
    assert (drawn.total, drawn.least, len(drawn.records)) == (None, 10, 4)


def test_an_error_names_the_line_of_the_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_text('{"prompt": "a"}\n{"prompt": ""}\n{"prompt": "c"}\n')
    with pytest.raises(InputError, match=r"p\.jsonl:2: "):
        draw(str(path), 3)


def test_a_million_lines_are_counted_in_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(b'{"prompt": "How do I do it?"}\n' * 1_000_000)
    began = time.monotonic()
    assert draw(str(path), 3).total == 1_000_000
    assert time.monotonic() - began < 1.0


@given(st.lists(st.integers(0, 40), min_size=1, max_size=30), st.integers(1, 12), st.booleans())
def test_lines_across_chunks(lengths: list[int], count: int, ends: bool) -> None:
    """Whatever the lengths of lines and chunks, the lines found are those at their indices."""
    from tempfile import TemporaryDirectory

    lines = [f"{number}:".encode() + b"x" * length for number, length in enumerate(lengths)]
    usual = module.CHUNK_BYTES
    try:
        module.CHUNK_BYTES = 16
        with TemporaryDirectory() as folder:
            path = Path(folder) / "p.txt"
            path.write_bytes(b"\n".join(lines) + (b"\n" if ends else b""))
            chunks = list(module._lines_by_chunk(path))
            assert sum(chunks) == len(lines)
            picks = module._picks(len(lines), count)
            found = module._lines_at(path, chunks, picks)
    finally:
        module.CHUNK_BYTES = usual
    assert {number: line.rstrip(b"\n") for number, line in found.items()} == {n: lines[n] for n in picks}
