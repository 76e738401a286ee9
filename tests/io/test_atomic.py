"""Files appear whole, under one writer at a time; what is no regular file is written in place."""

import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caigen.errors import CaigenError
from caigen.io.atomic import OutputFile, write_whole
from caigen.io.parquet import ParquetWriter
from caigen.io.read import raw_rows
from caigen.io.write import Writer, write_json


def json_lines(path: Path) -> Any:
    return Writer(path)


def parquet(path: Path) -> Any:
    return ParquetWriter(path, {"a": 1})


@pytest.mark.parametrize(("open_writer", "name"), [(json_lines, "rows.jsonl"), (parquet, "rows.parquet")])
def test_a_second_writer_is_refused(open_writer: Callable[[Path], Any], name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    with open_writer(path) as rows:
        rows.write({"a": 1})
        with pytest.raises(CaigenError, match=rf"{name}\.partial: another caigen is writing it"):
            open_writer(path)
        rows.write({"a": 2})
    assert list(raw_rows(str(path))) == [{"a": 1}, {"a": 2}]
    assert [file.name for file in tmp_path.iterdir()] == [name]
    with open_writer(path) as rows:  # a finished file is free again
        rows.write({"a": 3})
    assert list(raw_rows(str(path))) == [{"a": 3}]


def test_an_abandoned_file_leaves_the_older_one(tmp_path: Path) -> None:
    path = tmp_path / "a"
    write_whole(path, b"old")
    output = OutputFile(path)
    output.stream.write(b"new")
    output.abandon()
    assert path.read_bytes() == b"old"
    write_whole(path, b"whole")  # what the abandoned file held is gone
    assert path.read_bytes() == b"whole"


def test_a_small_file_waits_for_its_other_writer(tmp_path: Path) -> None:
    path = tmp_path / "summary.json"
    first = OutputFile(path)
    other = threading.Thread(target=write_json, args=(path, {"by": "second"}))
    other.start()
    other.join(timeout=0.3)
    assert other.is_alive()
    assert not path.exists()
    first.stream.write(b"first")
    first.commit()
    other.join(timeout=10)
    assert json.loads(path.read_bytes()) == {"by": "second"}


def test_json_goes_into_a_fifo_and_does_not_replace_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append(fifo.read_bytes()))
    reader.start()
    write_json(fifo, {"a": 1})
    reader.join(timeout=10)
    assert read == [b'{\n  "a": 1\n}\n']
    assert fifo.is_fifo()


def test_a_file_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(CaigenError) as caught:
        write_json(tmp_path, {})
    assert str(caught.value) == f"{tmp_path}: cannot be written: Is a directory"


def test_a_parquet_file_has_the_columns_of_its_example(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with ParquetWriter(path, {"a": 1}) as rows:
        with pytest.raises(CaigenError, match="another caigen is writing it"):
            ParquetWriter(path, {"a": 1})
        rows.write({"a": 2})
        with pytest.raises(CaigenError, match="other columns than the file: b"):
            rows.write({"a": 3, "b": 4})
        with pytest.raises(CaigenError, match="other columns than the file: a"):
            rows.write({})
        assert not path.exists()
    assert list(raw_rows(str(path))) == [{"a": 2}]
    with pytest.raises(RuntimeError), ParquetWriter(path, {"a": 1}) as rows:
        raise RuntimeError
    assert list(raw_rows(str(path))) == [{"a": 2}]
