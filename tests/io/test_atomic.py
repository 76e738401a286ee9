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


def link(partial: Path, other: Path) -> None:
    partial.symlink_to(other)


def hard_link(partial: Path, other: Path) -> None:
    partial.hardlink_to(other)


def pipe(partial: Path, other: Path) -> None:
    os.mkfifo(partial)


def folder(partial: Path, other: Path) -> None:
    partial.mkdir()


@pytest.mark.parametrize("make", [link, hard_link, pipe, folder])
def test_nothing_is_written_where_the_partial_name_leads(make: Callable[[Path, Path], None], tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("keep")
    path = tmp_path / "a.jsonl"
    make(tmp_path / "a.jsonl.partial", other)
    with pytest.raises(CaigenError, match=r"a\.jsonl"):
        write_whole(path, b"new")
    assert other.read_text() == "keep"
    assert not path.exists()


def test_an_output_that_is_a_link_is_refused(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("keep")
    for target in (other, tmp_path / "nowhere"):
        path = tmp_path / f"{target.name}.jsonl"
        path.symlink_to(target)
        with pytest.raises(CaigenError, match=f"is a symbolic link to {target}; name the file itself"):
            write_whole(path, b"new")
        assert path.is_symlink()
    assert other.read_text() == "keep"
    assert not (tmp_path / "nowhere").exists()
    device = tmp_path / "null"
    device.symlink_to("/dev/null")  # a link to a device is fine, as /dev/stdout is one
    OutputFile(device).commit()


def test_a_partial_file_that_was_swapped_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    partial = tmp_path / "a.jsonl.partial"
    write_whole(path, b"old")
    rows = Writer(path)
    rows.write({"a": 1})
    partial.unlink()
    partial.write_text("FAKE")
    with pytest.raises(CaigenError, match="another file took its place while it was written, so it is not renamed"):
        rows.close()
    assert (path.read_text(), partial.read_text()) == ("old", "FAKE")
    output = OutputFile(tmp_path / "b")
    (tmp_path / "b.partial").unlink()
    (tmp_path / "b.partial").write_text("another's")
    output.abandon(keep=False)
    assert (tmp_path / "b.partial").read_text() == "another's"


def test_a_partial_file_that_was_removed_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    rows = Writer(path)
    (tmp_path / "a.jsonl.partial").unlink()
    with pytest.raises(CaigenError, match=r"was removed while it was written, so a\.jsonl is not made"):
        rows.close()
    assert not path.exists()


@pytest.mark.parametrize("name", ["a" * 246 + ".jsonl", "a/" * 2500 + "b", "a" * 5000, "a\0b"])
def test_a_name_that_no_file_can_have_is_one_line(name: str, tmp_path: Path) -> None:
    with pytest.raises(CaigenError, match=r"cannot be written: .*; name another file"):
        write_whole(tmp_path / name, b"x")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_said_with_what_to_do() -> None:
    with pytest.raises(CaigenError, match=r"the disk is full .* make room, then the same command again goes on"):
        with Writer(Path("/dev/full")) as rows:
            rows.write({"a": 1})
