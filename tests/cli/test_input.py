"""Options of input: named fields, --check-input, --take, and the look at the first rows before a model is asked."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]


@pytest.fixture
def server(serve: Serve) -> Server:
    return serve(lambda path, body: (200, completion("new")))


def write_rows(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def records(done: "subprocess.CompletedProcess[str]") -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_named_fields_are_read_and_are_part_of_the_command(server: Server, caigen: Run, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "q.jsonl", [{"ask": {"en": "hi"}, "tone": "be kind", "say": "yes"}])
    out = tmp_path / "out.jsonl"
    fields = ("--prompt-field", "ask.en", "--response-field", "say", "--system-field", "tone")
    caigen("sample", rows, *fields, "--endpoint", server.url, "-o", out)
    (record,) = map(json.loads, out.read_text().splitlines())
    assert [turn["content"] for turn in record["prompt"]] == ["be kind", "hi"]
    assert record["candidates"][0]["text"] == "yes"
    options = (tmp_path / "out.jsonl.run.yaml").read_text()
    assert 'prompt-field: "ask.en"\n' in options
    assert "check-input" not in options
    caigen("sample", "--config", tmp_path / "out.jsonl.run.yaml")
    other = ("--prompt-field", "say")
    done = caigen("sample", rows, *other, "--endpoint", server.url, "-o", out, check=1)
    assert "was not written by this same command" in done.stderr


@pytest.mark.parametrize("command", ["sample", "critique", "score", "export-prompts", "export-sft"])
def test_a_named_field_works_for_every_command(server: Server, caigen: Run, tmp_path: Path, command: str) -> None:
    rows = write_rows(tmp_path / "q.jsonl", [{"ask": "hi"}])
    model = () if command.startswith("export") else ("--endpoint", server.url)
    done = caigen(command, rows, "--prompt-field", "ask", *model, check=None)
    assert "read 1 = " in done.stderr
    done = caigen(command, rows, "--prompt-field", "question", *model, check=1)
    assert done.stderr == f'error: {rows}:1: there is no field "question" (--prompt-field); the row has "ask"\n'


def test_a_bad_row_is_said_before_a_model_is_asked(server: Server, caigen: Run, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "q.jsonl", [{"prompt": f"{n}"} for n in range(900)] + [{"prompt": ""}])
    out = tmp_path / "out.jsonl"
    done = caigen("sample", rows, "--endpoint", server.url, "-o", out, check=1)
    assert done.stderr == f"error: {rows}:901: empty prompt\n"
    assert server.asked == []
    assert not list(tmp_path.glob("out*"))
    caigen("sample", rows, "--endpoint", server.url, "--limit", "3")
    done = caigen("sample", rows, "--endpoint", server.url, "--on-error", "skip", "-o", out)
    assert "skipped 1 (bad_line 1)" in done.stderr


def test_check_input_reports_all_of_it(server: Server, caigen: Run, tmp_path: Path) -> None:
    given = [{"prompt": "hi", "tools": [1]}, {"promt": "x"}, {"question": "hi", "answer": "yes"}, {"prompt": ""}]
    rows = write_rows(tmp_path / "q.jsonl", given)
    done = caigen("run", rows, "--check-input", "--endpoint", server.url, "-o", tmp_path / "out", check=1)
    assert done.stdout.splitlines() == [
        f'fault: {rows}:2: not a prompt: the row has "promt"; --prompt-field NAME says which is the prompt; '
        "docs/inputs.md lists what is read",
        f"fault: {rows}:4: empty prompt",
        "form: prompt: 1",
        "form: question: 1",
        f"note: {rows}: 1 row has a field `tools` that was not used",
        f"{rows}: read 4 = good 2 + bad 2; 1 different prompts, 1 rows with an answer",
    ]
    assert server.asked == []
    assert not (tmp_path / "out").exists()
    many = write_rows(tmp_path / "many.jsonl", [{"prompt": ""}] * 120)
    assert "fault: and 20 more\n" in caigen("sample", many, "--check-input", check=1).stdout
    assert "read 1 = good 1 + bad 0" in caigen("sample", "--check-input", stdin='{"prompt": "hi"}\n').stdout
    pairs = write_rows(tmp_path / "p.jsonl", [{"prompt": "q", "chosen": "a", "rejected": "b"}, {"prompt": "q"}])
    assert "p.jsonl:2: not a labelled comparison" in caigen("calibrate", pairs, "--check-input", check=1).stdout


def test_take_applies_or_says_that_it_does_not(server: Server, caigen: Run, tmp_path: Path) -> None:
    safe = {"prompt": "hi", "response_0": "bad", "response_1": "good", "better_response_id": 1}
    rows = write_rows(tmp_path / "p.jsonl", [safe])
    done = caigen("sample", rows, "--take", "rejected", "--endpoint", server.url)
    assert records(done)[0]["candidates"][0]["text"] == "bad"
    rows = write_rows(tmp_path / "q.jsonl", [{"prompt": "hi"}])
    done = caigen("sample", rows, "--take", "rejected", "--endpoint", server.url, check=1)
    assert "q.jsonl:1: --take rejected does not apply: the row has no" in done.stderr
    assert server.asked == []
    made = tmp_path / "made.jsonl"
    caigen("sample", rows, "--endpoint", server.url, "-o", made)
    done = caigen("sample", made, "--take", "rejected", "--endpoint", server.url)
    assert "1 row is a record of caigen, to which --take does not apply" in done.stderr


def test_calibrate_takes_known_preferences_or_says_what_it_needs(server: Server, caigen: Run, tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "h.jsonl", [{"prompt": "hi", "response": "yes", "helpfulness": 4}])
    done = caigen("calibrate", rows, "--endpoint", server.url, check=1)
    assert 'h.jsonl:1: not a labelled comparison but prompt: the row has no "chosen" and "rejected"' in done.stderr
    assert server.asked == []


def test_a_folder_is_read_and_not_written_into(server: Server, caigen: Run, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in "ab":
        write_rows(folder / f"{name}.jsonl", [{"prompt": name}])
    done = caigen("sample", folder, "--endpoint", server.url)
    assert [record["prompt"][0]["content"] for record in records(done)] == ["a", "b"]
    done = caigen("sample", folder, "--endpoint", server.url, "-o", folder / "c.jsonl", check=1)
    assert "lies in the input folder" in done.stderr
    done = caigen("sample", folder, "--endpoint", server.url, "-o", folder / "a.jsonl", check=1)
    assert "error: " in done.stderr
    run = tmp_path / "run"
    run.mkdir()
    write_rows(run / "records.jsonl", [{"prompt": "c"}])
    done = caigen("sample", run, "--endpoint", server.url, "-o", run / "records.jsonl", "--overwrite", check=1)
    assert "is the input too" in done.stderr
    assert "c" in (run / "records.jsonl").read_text()


def test_csv_from_the_first_line_to_a_record(server: Server, caigen: Run, tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text('Question;Topic\n"What is; this?";x\n')
    (record,) = records(caigen("sample", table, "--endpoint", server.url))
    assert (record["prompt"][0]["content"], record["meta"]) == ("What is; this?", {"Topic": "x"})
