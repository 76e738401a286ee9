"""What commands say of rows that they cannot use, or do not use as a whole."""

import json
from collections.abc import Callable
from pathlib import Path

from tests.conftest import Run
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]


def test_a_cell_that_json_cannot_say_is_found_before_a_model_is_asked(
    serve: Serve, caigen: Run, tmp_path: Path
) -> None:
    import pyarrow.parquet

    path = tmp_path / "p.parquet"
    rows = [{"prompt": "one", "image": b"\xff\xd8"}, {"prompt": "two", "image": None}]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), path)
    server = serve(lambda path, body: (200, completion("yes")))
    done = caigen("sample", path, "--endpoint", server.url, check=1)
    assert done.stderr.count("\n") == 1
    assert f'error: {path}:1: the field "image" holds bytes' in done.stderr
    assert server.asked == []
    done = caigen("sample", path, "--endpoint", server.url, "--on-error", "skip")
    assert [json.loads(line)["prompt"][0]["content"] for line in done.stdout.splitlines()] == ["two"]
    assert "read 2 = done 1 + failed 0 + skipped 1 (bad_line 1)" in done.stderr


def test_fields_that_are_not_used_are_said_once(serve: Serve, caigen: Run, tmp_path: Path) -> None:
    path = tmp_path / "p.jsonl"
    row = {"prompt": "hi", "chosen": "yes", "rejected": "no", "tools": [{"name": "f"}]}
    path.write_text("".join(json.dumps(row | {"id": number}) + "\n" for number in range(3)))
    server = serve(lambda path, body: (200, completion("new")))
    for args in (("sample", path, "--endpoint", server.url), ("export-prompts", path)):
        notes = [line for line in caigen(*args).stderr.splitlines() if line.startswith(f"note: {path}: 3 rows")]
        assert [note.split("`")[1] for note in notes] == ["chosen", "rejected", "tools"]
    asked = len(server.asked)
    done = caigen("sample", path, "--endpoint", server.url, "--take", "rejected")
    assert {json.loads(line)["candidates"][0]["text"] for line in done.stdout.splitlines()} == {"no"}
    assert "rejected" not in done.stderr
    assert len(server.asked) == asked
