"""Files of every kind: read as they are, or refused in one line that says what they are."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.errors import InputError
from caigen.io.documents import split_values
from caigen.io.lines import BYTE_ORDER_MARK
from caigen.io.read import Reader, raw_rows

TWO = [{"prompt": "one"}, {"prompt": "two\u00fc", "note": 'a "}]" inside'}]
LINES = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in TWO).encode()


def prompts(path: Path, **options: Any) -> list[str]:
    return [record.prompt[-1].content for record in Reader(path, **options)]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def zstd(content: bytes) -> bytes:
    import pyarrow

    sink = pyarrow.BufferOutputStream()
    with pyarrow.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return bytes(sink.getvalue())


COMPRESS = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstd}
CSV = b'id,prompt\n1,one\n2,"two\xc3\xbc"\n'
CONTENTS = {
    "a.jsonl": LINES,
    "b.json": json.dumps(TWO).encode(),
    "c.json": json.dumps(TWO, indent=2).encode(),
    "d.json": json.dumps({"version": 1, "data": TWO}).encode(),
    "e.json": json.dumps({"version": 1, "examples": TWO}, indent=2).encode(),
    "f.json": "\n".join(json.dumps(row, indent=2) for row in TWO).encode(),
    "g.txt": "one\ntwo\u00fc\n".encode(),
    "h.txt": LINES,
    "i.txt": json.dumps(TWO, indent=1).encode(),
    "j.csv": CSV,
    "k.tsv": CSV.replace(b",", b"\t"),
    "l.csv": CSV.replace(b",", b";"),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_every_kind_of_file(tmp_path: Path, name: str) -> None:
    expected = ["one", "two\u00fc"]
    assert prompts(write(tmp_path / name, CONTENTS[name])) == expected
    assert prompts(write(tmp_path / name, BYTE_ORDER_MARK + CONTENTS[name])) == expected
    assert prompts(write(tmp_path / name, CONTENTS[name].decode().encode("utf-16"))) == expected
    for ending, compress in COMPRESS.items():
        assert prompts(write(tmp_path / f"{name}{ending}", compress(CONTENTS[name]))) == expected


@pytest.mark.parametrize("ending", COMPRESS)
def test_broken_compression_is_no_end_of_file(tmp_path: Path, ending: str) -> None:
    rows = b"".join(b'{"prompt": "%d"}\n' % number for number in range(20_000))
    whole = COMPRESS[ending](rows)
    assert len(prompts(write(tmp_path / f"a.jsonl{ending}", whole + whole[:0]))) == 20_000
    with pytest.raises(InputError, match="broken"):
        prompts(write(tmp_path / f"a.jsonl{ending}", whole[: len(whole) * 3 // 4]))
    with pytest.raises(InputError, match=f"is named {ending} but is not"):
        prompts(write(tmp_path / f"b.jsonl{ending}", LINES))


def archive(kind: str) -> bytes:
    buffer = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(buffer, "w") as file:
            file.writestr("a.jsonl", LINES)
    else:
        with tarfile.open(fileobj=buffer, mode="w") as tar:
            info = tarfile.TarInfo("a.jsonl")
            info.size = len(LINES)
            tar.addfile(info, io.BytesIO(LINES))
    return buffer.getvalue()


def arrow(kind: str) -> bytes:
    import pyarrow

    table = pyarrow.Table.from_pylist(TWO)
    sink = pyarrow.BufferOutputStream()
    new = pyarrow.ipc.new_file if kind == "file" else pyarrow.ipc.new_stream
    with new(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (archive("zip"), r"is a zip or Excel file"),
        (archive("tar"), "is a tar archive"),
        (gzip.compress(archive("tar")), "is a tar archive"),
        (pickle.dumps(TWO), "is a Python pickle"),
        (arrow("file"), "is an Arrow file"),
        (arrow("stream"), "is an Arrow stream"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "is a Git LFS pointer"),
        (b"<!DOCTYPE html><html></html>", "is a web page"),
        (LINES.decode().encode("utf-16-le"), "UTF-16 is read if it begins with a byte-order mark"),
        (b'{"prompt": "caf\xe9"}\n', "not UTF-8: .*iconv -f WINDOWS-1252"),
        (b'["one", "two"]', r":1: a JSON array of texts: write rows such as"),
        (b'["one",\n "two"]', r":1: a JSON array of texts"),
        (b"[1, 2]", "values that are no objects"),
        (b'[{"prompt": "one"},\n {"prompt": "tw', r":2: the JSON that begins here has no end: the file is cut"),
        (b'[{"prompt": "one"}]\n{"prompt": "two"}\n', r":2: more after the end"),
        (b'[{"prompt": "one"},\n\n {"prompt": ""}]', r":3: empty prompt"),
        (b'[{"prompt": "one"},\n {"prompt": "a", "prompt": "b"}]', r":2: the key 'prompt' is there twice"),
        (b'[{"prompt": "one"},\n {"prompt": NaN}]', r":2: not JSON"),
        (
            b'{\n "data": [\n  {"prompt": "one"},\n  {"promt": "x"}\n ]\n}',
            r':1: data\[1\]: not a prompt: the row has "promt"',
        ),
        (b'{\n "prompt": "a"\n}\n}', "a closing bracket with no opening one"),
        (b'{"name": "x", "values": [1]}\n', 'the row has "name", "values"'),
    ],
)
def test_what_is_refused_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        prompts(write(tmp_path / "a.json", content))
    assert "\n" not in str(caught.value)


def test_parquet_is_known_by_its_first_bytes(tmp_path: Path) -> None:
    import pyarrow.parquet

    path = tmp_path / "a.bin"
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(TWO), path)
    assert prompts(path) == ["one", "two\u00fc"]
    with pytest.raises(InputError, match="is Parquet, which is read from a file of its own"):
        prompts(write(tmp_path / "a.parquet.gz", gzip.compress(path.read_bytes())))
    with pytest.raises(InputError, match="Git LFS pointer"):
        prompts(write(tmp_path / "b.parquet", b"version https://git-lfs.github.com/spec/v1\n"))
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        prompts(write(tmp_path / "c.parquet", LINES))


@pytest.mark.parametrize(
    ("first", "is_json"),
    [
        ("[INST] hi", False),
        ("{name}, write a letter", False),
        ('["a", "b"] is what in Python?', False),
        ('{"a": 1} is what in YAML?', False),
        ("[1, 2, 3]", False),
        ('"quoted"', False),
        ('{"prompt": "hi"}', True),
        ('[{"prompt": "hi"}]', True),
    ],
)
def test_a_text_file_that_begins_with_a_bracket(tmp_path: Path, first: str, is_json: bool) -> None:
    path = write(tmp_path / "a.txt", first.encode())
    reader = Reader(path)
    assert [record.prompt[0].content for record in reader] == ["hi" if is_json else first]
    assert reader.notes() == ([f"note: {path}: is named .txt and holds JSON, so it is read as JSON"] if is_json else [])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"prompt,prompt\na,b\n", ":1: has two columns 'prompt'"),
        (b"prompt,\na,b\n", ":1: a column of the header has no name"),
        (b"prompt,note\na\n", ":2: 1 cells, but the header has 2"),
        (b"prompt,note\na,b,c\n", ":2: 3 cells, but the header has 2"),
        (b'prompt,note\n"a\nb",c\n"d,e\n', ":4: not CSV: unexpected end of data"),
        (b'prompt,note\n"a\nb",c\n,d\n', r':4: not a prompt: the row has "prompt", "note"'),
        (b"How are you?\n", "none"),
        (b"prompt\ncaf\xe9\n", "not UTF-8"),
    ],
)
def test_tables(tmp_path: Path, content: bytes, message: str) -> None:
    path = write(tmp_path / "a.csv", content)
    if message == "none":
        assert prompts(path) == []
        return
    with pytest.raises(InputError, match=message):
        prompts(path)


def test_cells_of_a_table(tmp_path: Path) -> None:
    content = b'Prompt,Response,messages\r\n"a ""b"",\nc",,\r\n\r\nd,e,\r\n'
    (first, second) = Reader(write(tmp_path / "a.csv", content))
    assert first.prompt[0].content == 'a "b",\nc'
    assert first.candidates == ()
    assert (second.prompt[0].content, second.candidates[0].text) == ("d", "e")
    row = b'messages\n"[{""role"": ""user"", ""content"": ""hi""}]"\n'
    assert prompts(write(tmp_path / "b.csv", row)) == ["hi"]
    choice = b"prompt,response_0,response_1,better_response_id\nq,a,b,1\n"
    (record,) = Reader(write(tmp_path / "c.csv", choice), take="chosen")
    assert record.candidates[0].text == "b"


def test_a_folder_of_shards_is_read_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("part-2.jsonl", "part-0.jsonl.gz", "part-1.jsonl", "README.md", ".hidden.jsonl", "x.provenance.jsonl"):
        content = b'{"prompt": "%s"}\n' % name.encode()
        write(tmp_path / name, gzip.compress(content) if name.endswith(".gz") else content)
    reader = Reader(tmp_path)
    names = ["part-0.jsonl.gz", "part-1.jsonl", "part-2.jsonl"]
    assert [record.prompt[0].content for record in reader] == names
    assert reader.notes() == [
        f"note: {tmp_path}: its 3 files are read in the order of their names, {tmp_path}/part-0.jsonl.gz first"
    ]
    write(tmp_path / "part-1.jsonl", b'{"id": "a", "prompt": "x"}\n{"prompt": ""}\n')
    with pytest.raises(InputError, match=r"part-1\.jsonl:2: empty prompt"):
        prompts(tmp_path)


def test_a_folder_of_a_run_gives_its_records(tmp_path: Path) -> None:
    write(tmp_path / "records.jsonl", LINES)
    write(tmp_path / "pairs.jsonl", b"{}\n")
    reader = Reader(tmp_path)
    assert len(list(reader)) == 2
    assert reader.notes() == [f"note: {tmp_path}: {tmp_path}/records.jsonl is read"]


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], r"is a directory without records\.jsonl or files of rows"),
        (["README.md"], r"is a directory without records\.jsonl"),
        (["a.jsonl", "b.csv"], r"files of several kinds \(\.jsonl, \.csv\)"),
        (["train-0.jsonl", "test-0.jsonl"], "files of test and train; name one of its files"),
        (["data.arrow"], "Arrow files of Dataset.save_to_disk"),
    ],
)
def test_folders_that_are_refused(tmp_path: Path, names: list[str], message: str) -> None:
    for name in names:
        write(tmp_path / name, LINES)
    with pytest.raises(InputError, match=message):
        prompts(tmp_path)


def test_raw_rows_reads_the_same_files(tmp_path: Path) -> None:
    assert list(raw_rows(str(write(tmp_path / "c.json", CONTENTS["c.json"])))) == TWO


def test_bad_rows_of_an_array_are_counted(tmp_path: Path) -> None:
    rows = [{"prompt": "one"}, {"prompt": ""}, {"prompt": "two"}]
    reader = Reader(write(tmp_path / "a.json", json.dumps(rows, indent=1).encode()), on_error="skip")
    assert [record.prompt[0].content for record in reader] == ["one", "two"]
    assert (reader.read, reader.skipped) == (3, {"bad_line": 1})


json_values = st.recursive(
    st.none() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(
    rows=st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=3), max_size=5),
    indent=st.sampled_from([None, 0, 2]),
    size=st.integers(1, 40),
    in_array=st.booleans(),
)
def test_an_array_is_cut_into_its_rows(rows: list[Any], indent: int | None, size: int, in_array: bool) -> None:
    if in_array:
        text = json.dumps(rows, indent=indent).encode()
    else:
        text = "\n".join(json.dumps(row, indent=indent) for row in rows).encode()
    stream = io.BytesIO(text)
    pieces = list(split_values(lambda _: stream.read(size), "x.json"))
    assert [json.loads(piece.text) for piece in pieces] == rows
    lines = text.split(b"\n")
    for piece in pieces:  # the line is the one on which the row begins
        assert piece.text.split(b"\n")[0] in lines[piece.line - 1]
