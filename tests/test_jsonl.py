"""Reading and writing files: every kind of bad file says where and what."""

import gzip
from pathlib import Path

import pytest

from caigen.errors import InputError
from caigen.jsonl import Reader, Writer

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
    ("line", "said"),
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
    ],
)
def test_a_bad_line_names_file_and_line(tmp_path: Path, line: bytes, said: str) -> None:
    path = write(tmp_path / "a.jsonl", GOOD + b"\n" + line + b"\n" + b'{"prompt": "two"}\n')
    with pytest.raises(InputError, match=said) as caught:
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
    ("name", "content", "said"),
    [
        ("a.jsonl.gz", b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n", "Git LFS pointer"),
        ("a.jsonl.gz", GOOD, "named .gz but is not gzip"),
        ("a.jsonl", gzip.compress(GOOD * 1000)[:40], "broken gzip"),
    ],
)
def test_a_file_that_is_not_what_it_seems(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    with pytest.raises(InputError, match=said):
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
