"""Reading and writing files: every kind of bad file says where and what."""

import datetime
import functools
import gzip
import uuid
from decimal import Decimal
from pathlib import Path

import orjson
import pytest

from caigen.errors import InputError
from caigen.io.cells import CellError, json_row
from caigen.io.read import Reader, raw_rows
from caigen.io.write import Writer

GOOD = b'{"prompt": "one"}\n'


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def prompts(path: Path, **options: object) -> list[str]:
    return [record.prompt[-1].content for record in Reader(path, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content",
    [
        GOOD + b'{"prompt": "two"}',
        b"\xef\xbb\xbf" + GOOD + b'\r\n{"prompt": "two"}\r\n',
        GOOD + b"\n\n" + b'{"prompt": "two"}\n',
    ],
    ids=["no final newline", "BOM and CRLF", "blank lines"],
)
def test_reads(tmp_path: Path, content: bytes) -> None:
    assert prompts(write(tmp_path / "a.jsonl", content)) == ["one", "two"]
    assert prompts(write(tmp_path / "a.jsonl.gz", gzip.compress(content))) == ["one", "two"]


def test_a_text_file_is_one_prompt_a_line(tmp_path: Path) -> None:
    assert prompts(write(tmp_path / "a.txt", "eins\n\nzwei \u00fc\n".encode())) == ["eins", "zwei \u00fc"]


def test_an_escaped_nul_is_a_character(tmp_path: Path) -> None:
    assert prompts(write(tmp_path / "a.jsonl", b'{"prompt": "a\\u0000b"}\n')) == ["a\x00b"]
    with pytest.raises(InputError, match=r"a\.txt:2: not UTF-8"):
        prompts(write(tmp_path / "a.txt", b"one\n\xff\n"))


def test_an_empty_file_has_no_rows(tmp_path: Path) -> None:
    assert prompts(write(tmp_path / "a.jsonl", b"")) == []
    assert prompts(write(tmp_path / "b.jsonl.gz", b"")) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{not json", "not JSON"),
        (b'{"prompt": "\xff\xfe"}', "not UTF-8"),
        (b'{"prompt": "\\ud800"}', "not JSON"),
        (b'{"prompt": "a\x00b"}', "not JSON"),
        (b'{"prompt": NaN}', "not JSON"),
        (b"null", "not a JSON object"),
        (b'{"other": 1}', "not a prompt"),
        (b'{"prompt": ""}', "empty prompt"),
        (b"[" * 100_000, "not JSON"),
        (b'{"prompt": "a", "prompt": "b"}', "the key 'prompt' is there twice"),
        (b'{"prompt": "a", "x": [{"k" :1, "k"\t: 2}]}', "the key 'k' is there twice"),
        (b'{"prompt": "a \\": b", "id": 1, "id": 1}', "the key 'id' is there twice"),
    ],
)
def test_a_bad_line_names_file_and_line(tmp_path: Path, line: bytes, message: str) -> None:
    path = write(tmp_path / "a.jsonl", GOOD + b"\n" + line + b"\n" + b'{"prompt": "two"}\n')
    with pytest.raises(InputError, match=message) as caught:
        prompts(path)
    assert str(caught.value).startswith(f"{path}:3: ")
    reader = Reader(path, on_error="skip")
    assert [r.prompt[-1].content for r in reader] == ["one", "two"]
    assert (reader.read, reader.skipped) == (3, {"bad_line": 1})


def test_duplicate_ids(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"id": "x", "prompt": "one"}\n{"id": "x", "prompt": "two"}\n')
    with pytest.raises(InputError, match=r":2: duplicate id 'x'"):
        prompts(path)
    assert prompts(path, on_error="skip") == ["one"]


def test_numbered_ids_leave_given_ids_alone(tmp_path: Path) -> None:
    (first,) = Reader(write(tmp_path / "a.jsonl", GOOD))
    given = b'{"id": "%s-2", "prompt": "two"}\n' % first.id.encode()
    path = write(tmp_path / "b.jsonl", given + GOOD * 3)
    assert [record.id for record in Reader(path)] == [f"{first.id}-2", first.id, f"{first.id}-3", f"{first.id}-4"]
    late = write(tmp_path / "c.jsonl", GOOD * 2 + given)
    with pytest.raises(InputError, match=rf":3: duplicate id '{first.id}-2'"):
        prompts(late)


def test_ids_that_are_null_are_none(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        b'{"id": null, "prompt": "one"}\n' * 2 + b'{"id": 12345678901234567890123, "prompt": "x"}\n',
    )
    with pytest.raises(InputError, match=r":3: .*64 bits"):
        prompts(path)
    assert len({record.id for record in Reader(path, on_error="skip")}) == 2


def test_the_same_prompt_twice_without_ids_gets_two_ids(tmp_path: Path) -> None:
    ids = [record.id for record in Reader(write(tmp_path / "a.jsonl", GOOD * 3))]
    assert len(set(ids)) == 3


def test_a_line_of_10_mb(tmp_path: Path) -> None:
    assert len(prompts(write(tmp_path / "a.jsonl", b'{"prompt": "' + b"x" * 10_000_000 + b'"}'))[0]) == 10_000_000


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.jsonl.gz", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("a.jsonl.gz", GOOD, "named .gz but is not gzip"),
        ("a.jsonl", gzip.compress(GOOD * 1000)[:40], "broken gzip"),
    ],
)
def test_a_file_that_is_not_what_it_seems(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prompts(write(tmp_path / name, content))


def test_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a directory"):
        prompts(tmp_path)
    with pytest.raises(InputError, match="No such file"):
        prompts(tmp_path / "none.jsonl")


def test_hh_rlhf_whole(shared_data: Path) -> None:
    records = list(Reader(shared_data / "hh-rlhf-harmless-1200.jsonl.gz"))
    assert len(records) == 1200
    assert sum(len(record.prompt) > 1 for record in records) > 700
    with pytest.raises(InputError, match="Git LFS pointer"):
        prompts(shared_data / "hh-rlhf-lfs-pointer.jsonl.gz")


def test_a_file_appears_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "out.jsonl"
    with Writer(path) as rows:
        rows.write({"a": 1})
        assert not path.exists()
    assert path.read_bytes() == b'{"a":1}\n'
    with pytest.raises(RuntimeError), Writer(path) as rows:
        rows.write({"a": 2})
        raise RuntimeError
    assert path.read_bytes() == b'{"a":1}\n'


def test_a_quote_before_a_colon_is_no_key(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", b'{"prompt": "say \\"x\\": y, \\": z", "m": {"prompt": 1}}\n')
    assert prompts(path) == ['say "x": y, ": z']
    assert list(raw_rows(str(path))) == [{"prompt": 'say "x": y, ": z', "m": {"prompt": 1}}]
    twice = write(tmp_path / "b.jsonl", GOOD + b'{"a": 1, "a": 2}\n')
    with pytest.raises(InputError, match=r"b\.jsonl:2: the key 'a' is there twice"):
        list(raw_rows(str(twice)))


def test_fields_that_were_not_used_are_said_once_a_file(tmp_path: Path) -> None:
    row = {"prompt": "hi", "chosen": "a", "rejected": "b", "tools": [1]}
    path = write(tmp_path / "a.jsonl", orjson.dumps(row) + b"\n" + GOOD + orjson.dumps(row) + b"\n")
    reader = Reader(path)
    list(reader)
    assert reader.notes() == [
        f"note: {path}: 2 rows have a field `chosen` that was not used; --take says which of the two is the answer",
        f"note: {path}: 2 rows have a field `rejected` that was not used; --take says which of the two is the answer",
        f"note: {path}: 2 rows have a field `tools` that was not used",
    ]
    reader = Reader(path, take="rejected", on_error="skip")
    assert [len(record.candidates) for record in reader] == [1, 1]
    assert "--take rejected does not apply" in reader.remarks[0]
    assert reader.notes() == [f"note: {path}: 2 rows have a field `tools` that was not used"]


CELLS = {
    "bytes": b"\xff\x00",
    "a value of the type Decimal": Decimal("1.5"),
    "a duration": datetime.timedelta(seconds=3),
    "NaN": float("nan"),
    "an infinite number": float("inf"),
}


@pytest.mark.parametrize("message", CELLS)
def test_a_row_of_a_table_that_no_line_could_hold(tmp_path: Path, message: str) -> None:
    import pyarrow.parquet

    path = tmp_path / "a.parquet"
    rows = [{"prompt": "one", "more": None}, {"prompt": "two", "more": {"x": [CELLS[message]]}}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    with pytest.raises(InputError, match=rf'a\.parquet:2: the field "more\.x" holds {message}, which JSON cannot say'):
        prompts(path)
    reader = Reader(path, on_error="skip")
    assert [record.prompt[0].content for record in reader] == ["one"]
    assert reader.skipped == {"bad_line": 1}
    assert message in reader.remarks[0]


def test_what_a_table_may_hold(tmp_path: Path) -> None:
    now, name = datetime.datetime(2026, 1, 2, 3, 4), uuid.UUID(int=7)
    row = {"prompt": "hi", "when": now, "day": now.date(), "at": now.time(), "name": name, "n": 2**63, "l": (1, None)}
    made = json_row(row)
    assert made == {
        "prompt": "hi",
        "when": "2026-01-02T03:04:00",
        "day": "2026-01-02",
        "at": "03:04:00",
        "name": str(name),
        "n": 2**63,
        "l": [1, None],
    }
    assert orjson.loads(orjson.dumps(made)) == made


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        (2**64, "an integer of more than 64 bits"),
        (1j, "a value of the type complex"),
        ({1: 2}, "a value of the type dict"),
        ("\ud800", "is not Unicode"),
        (functools.reduce(lambda inner, _: [inner], range(200), 0), "nested deeper than 100 levels"),
    ],
)
def test_other_cells_that_are_no_json(cell: object, message: str) -> None:
    with pytest.raises(CellError, match=message):
        json_row({"prompt": "hi", "more": cell})


def test_two_columns_of_one_name(tmp_path: Path) -> None:
    import pyarrow.parquet

    table = pyarrow.Table.from_arrays([pyarrow.array(["a"]), pyarrow.array(["b"])], names=["prompt", "prompt"])
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    with pytest.raises(InputError, match="has two columns 'prompt'"):
        prompts(tmp_path / "a.parquet")
