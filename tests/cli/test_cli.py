"""The command line: what it imports, what it says to bad input, exit codes. None of these loads a model."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.cli.showing import show_findings
from caigen.engines.doctor import Finding
from caigen.engines.journal import Journal
from tests.conftest import ROOT, Run, environment

EXAMPLES = ROOT / "examples" / "general.jsonl"
COMMANDS = ["sample", "critique", "revise", "run", "export-pairs", "export-sft", "demo", "doctor", "bench"]
HEAVY = {"vllm", "torch", "transformers", "ray", "httpx", "orjson"}


@pytest.mark.parametrize("command", [[], *[[name] for name in COMMANDS]])
def test_help_imports_nothing_heavy(command: list[str]) -> None:
    start = f"import sys; sys.argv = ['caigen', *{command}, '--help']; from caigen.cli.app import app"
    code = f"{start}\ntry: app()\nexcept SystemExit: pass\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment())
    loaded = set(eval(done.stdout.splitlines()[-1]))
    assert loaded & HEAVY == set()
    assert "Usage" in done.stdout


def test_version_and_wrong_usage(caigen: Run) -> None:
    assert caigen("--version").stdout.strip().count(".") == 2
    assert "No such command" in caigen("nonesuch", check=2).stderr
    assert "--rounds" in caigen("revise", EXAMPLES, "--rounds", "x", check=2).stderr
    assert "--output" in caigen("export-pairs", EXAMPLES, "--split", "0.9", check=2).stderr


@pytest.mark.parametrize("command", ["sample", "critique", "revise", "run", "export-pairs", "export-sft"])
def test_stdin_that_is_a_terminal(command: str) -> None:
    master, slave = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "caigen", command],
        stdin=slave,
        capture_output=True,
        text=True,
        timeout=60,
        env=environment(),
    )
    os.close(master)
    os.close(slave)
    assert done.returncode == 2
    assert done.stderr == "error: nothing to read: name a file, or pipe JSON Lines into caigen\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"{broken\n", "error: {path}:1: not JSON: "),
        (
            b"How do I bake bread?\n",
            "error: {path}:1: not JSON: unexpected character, expected a JSON value: line 1 column 1 (char 0)"
            "; plain text, one prompt a line, is read from a file named .txt",
        ),
        (
            b'{"x": 1}\n',
            'error: {path}:1: not a prompt: the row has "x"; --prompt-field NAME',
        ),
        (b'{"prompt": " "}\n', "error: {path}:1: empty prompt"),
        (
            b'{"messages": [{"role": "bot", "content": "x"}]}\n',
            "error: {path}:1: the prompt does not end with a user message",
        ),
        (b"version https://git-lfs.github.com/spec/v1\n", "error: {path}: is a Git LFS pointer"),
    ],
)
def test_bad_input_is_one_line_and_exit_1_before_any_model_loads(
    caigen: Run, tmp_path: Path, content: bytes, said: str
) -> None:
    path = tmp_path / "p.jsonl"
    path.write_bytes(content)
    done = caigen("critique", path, "-o", tmp_path / "out.jsonl", check=1)
    assert done.stdout == ""
    (line,) = [line for line in done.stderr.splitlines() if not line.startswith("note: ")]
    assert line.startswith(said.format(path=path))
    assert not (tmp_path / "out.jsonl").exists()


def test_files_that_are_not_there(caigen: Run, tmp_path: Path) -> None:
    assert "No such file" in caigen("critique", tmp_path / "none.jsonl", check=1).stderr
    assert "is a directory" in caigen("critique", tmp_path, check=1).stderr
    assert (
        "give a path or one of: finance" in caigen("critique", EXAMPLES, "--constitution", "nonesuch", check=1).stderr
    )
    assert "has no principle GEN-099" in caigen("critique", EXAMPLES, "--principle", "GEN-099", check=1).stderr
    assert "needs KEY=VALUE" in caigen("critique", EXAMPLES, "--engine-arg", "x", check=1).stderr
    assert "is a directory; name a file" in caigen("critique", EXAMPLES, "-o", tmp_path, check=1).stderr


@pytest.mark.parametrize("command", [["critique"], ["revise"], ["export-pairs"], ["export-sft"]])
def test_nothing_in_nothing_out(caigen: Run, tmp_path: Path, command: list[str]) -> None:
    summary = tmp_path / "s.json"
    done = caigen(*command, "-", "--summary", summary, stdin=None)  # /dev/null
    assert done.stdout == ""
    counts = json.loads(summary.read_text())
    assert (counts["read"], counts["done"], counts["failed"], counts["skipped"]) == (0, 0, 0, 0)
    assert "read 0 = done 0 + failed 0 + skipped 0" in done.stderr


def test_run_on_an_empty_file_writes_every_file(caigen: Run, tmp_path: Path) -> None:
    (tmp_path / "p.jsonl").touch()
    caigen("run", tmp_path / "p.jsonl", "-o", tmp_path / "out")
    for name in ("records.jsonl", "pairs.jsonl", "sft.jsonl", "critique_sft.jsonl"):
        assert (tmp_path / "out" / name).read_bytes() == b""
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["read"] == 0


def test_output_that_exists_is_not_written_over(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    out.write_text("precious")
    for command in ("critique", "export-pairs"):
        assert "--overwrite replaces it" in caigen(command, EXAMPLES, "-o", out, check=1).stderr
        assert out.read_text() == "precious"
    records = tmp_path / "records.jsonl"
    records.write_text('{"prompt": "x", "response": "y"}\n')
    caigen("export-pairs", records, "-o", out, "--overwrite")
    assert out.read_text() == ""


def test_a_journal_of_another_version(caigen: Run, tmp_path: Path) -> None:
    import sqlite3

    journal = tmp_path / "j"
    Journal(journal).close()
    base = sqlite3.connect(journal)
    base.execute("PRAGMA user_version=99")
    base.close()
    assert "journal of format 99" in caigen("critique", EXAMPLES, "--journal", journal, check=1).stderr


def test_no_space_left(caigen: Run, demo: Path) -> None:
    code = f"{sys.executable} -m caigen export-pairs {demo / 'records.jsonl'} > /dev/full"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment())
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_may_not_grow(demo: Path, tmp_path: Path) -> None:
    code = f"ulimit -f 1; {sys.executable} -m caigen export-pairs {demo / 'records.jsonl'} --pairing all -o {tmp_path / 'out.jsonl'}"  # noqa: E501
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment())
    assert done.returncode == 1, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out.jsonl").exists()


def test_the_reader_of_the_pipe_goes_away(demo: Path) -> None:
    records = demo / "records.jsonl"
    much = f"for i in 1 2 3 4 5 6 7 8; do sed s/-0/-$i/ {records}; done"
    code = f"{much} | {sys.executable} -m caigen export-sft --on-error skip | head -1; echo ${{PIPESTATUS[1]}}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment())
    assert done.stdout.splitlines()[-1] == "141"
    assert "Traceback" not in done.stderr


def test_unknown_models_are_one_line(caigen: Run) -> None:
    done = caigen("critique", EXAMPLES, "--model", "/none/such", check=1)
    assert done.stderr.splitlines()[-1].startswith("error: model /none/such does not load")


def test_settings_that_no_engine_takes_are_one_line(caigen: Run) -> None:
    prompts = ROOT / "examples" / "contracts.jsonl"
    assert "--in-flight" in caigen("sample", prompts, "--in-flight", 0, check=2).stderr
    unknown = caigen("sample", prompts, "--engine-arg", "max_modellen=5", check=1).stderr.strip().splitlines()
    assert "no such engine argument; did you mean max_model_len?" in unknown[-1]
    refused = caigen("sample", prompts, "--engine-arg", "max_model_len=9999999", check=1).stderr.strip().splitlines()
    assert refused[-1].startswith("error: model demo does not load: ")


def test_an_endpoint_that_is_down(caigen: Run) -> None:
    done = caigen("critique", EXAMPLES, "--endpoint", "http://127.0.0.1:9/v1", check=1)
    assert "is the server up?" in done.stderr


def test_one_row_is_a_row(tmp_path: Path) -> None:
    for count, said in ((1, "1 row"), (2, "2 rows")):
        (tmp_path / "p.txt").write_text("".join(f"Question {n}?\n" for n in range(count)))
        done = CliRunner().invoke(app, ["export-prompts", str(tmp_path / "p.txt")])
        assert done.stderr.endswith(f"; {said}\n")


def test_a_long_path_is_whole_in_doctors_table(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = "/" + "/".join(f"folder-{n}" for n in range(9))
    show_findings(
        [Finding("demo model", "ok", path), Finding("engine", "absent", "none", "pip install it")], as_json=False
    )
    assert path in "".join(capsys.readouterr().err.split())


def test_doctor(caigen: Run) -> None:
    findings = json.loads(caigen("doctor", "--json").stdout)
    found = {finding["what"]: finding["state"] for finding in findings}
    assert found["engine"] == found["demo model"] == found["vllm"] == "ok"
    assert "engine" in caigen("doctor").stderr
    assert "fault" in caigen("doctor", "--endpoint", "http://127.0.0.1:9", check=1).stderr


@pytest.mark.parametrize("ending", ["parquet", "csv", "json", "arrow", "txt", "parquet.gz"])
def test_an_output_whose_name_says_another_format_is_refused(caigen: Run, tmp_path: Path, ending: str) -> None:
    """Before a model is loaded: what comes out is JSON Lines."""
    out = tmp_path / f"out.{ending}"
    for command, option in (
        ("sample", "--output"),
        ("critique", "--rejects"),
        ("score", "--output"),
        ("run", "--rejects"),
    ):
        said = " ".join(caigen(command, EXAMPLES, option, out, "--model", "none", check=2).stderr.split())
        assert "as JSON Lines: name a file" in said
        assert option in said
    if ending in ("csv", "arrow", "parquet.gz"):  # rows may be Parquet, and a trainer reads JSON Lines in a .json
        said = " ".join(caigen("export-prompts", EXAMPLES, "-o", out, check=2).stderr.split())
        assert "JSON Lines or Parquet: name a file" in said
    assert not list(tmp_path.iterdir())
