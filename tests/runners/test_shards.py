"""Shards: which rows go out, where the finished ones are, and that none is missing without a word."""

import json
from pathlib import Path

import pytest

from caigen.errors import EngineError
from caigen.records import Message, Record
from caigen.runners.shards import ROWS_PER_FILE, Done, Shards, Written, output_line, read_input_line, write_shards


def row(name: str) -> bytes:
    return json.dumps({"schema": "caigen.record/1", "id": name, "prompt": [{"role": "user", "content": "x"}]}).encode()


def record(name: str) -> Record:
    return Record(id=name, prompt=(Message(role="user", content="x"),))


def test_only_whole_lines_of_shards_count(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"0\t7\t[5.5,6.5,1,0,3,0,2]\t" + row("a") + b"\n2\t9\tnull\t" + row("c")[:20])
    (tmp_path / "b.jsonl").write_bytes(b"1\t8\tnull\t" + row("b") + b"\n")
    shards = Shards(tmp_path)
    shards.add_folder(tmp_path)
    assert [shards.has(index, key) for index, key in ((0, 7), (0, 8), (1, 8), (2, 9))] == [True, False, True, False]
    assert [(record.id, done) for record, done in shards.read(2)] == [
        ("a", Done(5.5, 6.5, [1, 0, 3, 0, 2])),
        ("b", None),
    ]
    with pytest.raises(EngineError, match="row 2 came back from no worker"):
        list(shards.read(3))


def finish(source: Path, out: Path, only: set[int] | None = None) -> None:
    """What workers do: each line of the input shards becomes a line of an output shard."""
    out.mkdir()
    for path in source.glob("*.txt"):
        lines = [read_input_line(line) for line in path.read_text("utf-8").splitlines()]
        answered = [
            output_line(line, record(f"r{line.index}"), Done(1.0, 2.0, [line.index, 0, 0, 0, 0]))
            for line in lines
            if only is None or line.index in only
        ]
        (out / f"{path.stem}.jsonl").write_text("".join(line + "\n" for line in answered), "utf-8")


def test_what_is_finished_is_not_written_again(tmp_path: Path) -> None:
    records = [record(f"r{number}") for number in range(ROWS_PER_FILE + 3)]
    shards = Shards(tmp_path)
    assert write_shards(records, tmp_path / "in", shards) == Written(len(records), len(records))
    assert len(list((tmp_path / "in").iterdir())) == 2
    finish(tmp_path / "in", tmp_path / "out-1", only={0, 2, ROWS_PER_FILE + 1})
    shards.add_folder(tmp_path / "out-1")
    other = record("r2").model_copy(update={"meta": {"new": 1}})  # what came back for another row counts for nothing
    assert write_shards([records[0], records[1], other], tmp_path / "again", shards) == Written(3, 2)
    finish(tmp_path / "again", tmp_path / "out-2")
    shards.add_folder(tmp_path / "out-2")
    read = list(shards.read(3))
    assert [done.id for done, _ in read] == ["r0", "r1", "r2"]
    assert [how and how.costs[0] for _, how in read] == [0, 1, 2]
