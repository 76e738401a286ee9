"""Files that mean harm, at the command line: no input is lost, no link is followed, nothing raw is shown."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from tests.conftest import Run
from tests.server import Reply, Server

Serve = Callable[[Reply], Server]
RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
EVIL = "\x1b]0;title\x07\x9b2J\u202e"
ROW = json.dumps({"id": "a", "prompt": "Is it safe?"}) + "\n"


def invoke(*args: str | Path) -> Result:
    """Run a command; a bug's error passes on."""
    return CliRunner().invoke(app, [str(arg) for arg in args], catch_exceptions=False)


def refused(done: Result) -> str:
    """The one line of a command that ended with an error."""
    assert done.exit_code == 1, done.output
    assert done.stderr.startswith("error: "), done.stderr
    assert done.stderr.count("\n") == 1
    assert not RAW.search(done.stderr.removesuffix("\n"))
    return done.stderr


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An input in the working folder, under `real` and under the link to it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    path = Path("real/in.jsonl")
    path.write_text(ROW)
    return path


@pytest.mark.parametrize(
    "spelling", ["real/in.jsonl", "real/../real/in.jsonl", "link/in.jsonl", "hard.jsonl", "soft.jsonl"]
)
def test_no_spelling_overwrites_the_input(spelling: str, source: Path) -> None:
    Path("hard.jsonl").hardlink_to(source)
    Path("soft.jsonl").symlink_to(source)
    endpoint = ("--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--overwrite")
    for options in (["-o", spelling], ["-o", "o.jsonl", "--summary", spelling]):
        refused(invoke("export-prompts", "link/in.jsonl", "--overwrite", *options))
        refused(invoke("sample", "link/in.jsonl", *endpoint, *options))
    for option in ("--journal", "--rejects"):
        refused(invoke("sample", "link/in.jsonl", *endpoint, "-o", "o.jsonl", option, spelling))
    assert source.read_text() == ROW


def test_a_folder_of_a_run_is_not_its_own_input(source: Path) -> None:
    Path("real/records.jsonl").write_text(ROW)
    endpoint = ("--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--overwrite")
    for folder in ("real", "link", "link/../real"):
        for spelling in ("real/../real/records.jsonl", "link/records.jsonl"):
            refused(invoke("run", spelling, *endpoint, "-o", folder))
    assert Path("real/records.jsonl").read_text() == ROW


def test_what_else_is_read_is_not_overwritten(source: Path) -> None:
    evaluation = Path("eval.jsonl")
    evaluation.write_text(ROW)
    Path("again.jsonl").hardlink_to(evaluation)
    said = refused(invoke("export-prompts", source, "--decontaminate", evaluation, "-o", "again.jsonl", "--overwrite"))
    assert "again.jsonl: is an evaluation set too" in said
    rules = Path("rules.yaml")
    rules.write_text("x")
    Path("options.yaml").write_text("seed: 3\n")
    endpoint = ("--endpoint", "http://127.0.0.1:9/v1", "--model", "m", "--overwrite")
    said = refused(
        invoke("sample", source, *endpoint, "--config", "options.yaml", "-o", "o.jsonl", "--journal", "options.yaml")
    )
    assert "options.yaml: is the file of options too" in said
    assert (evaluation.read_text(), rules.read_text()) == (ROW, "x")


@pytest.mark.parametrize("name", ["o.jsonl.partial", "README.md", "o.provenance.jsonl", "o.jsonl.summary.json"])
def test_no_link_is_followed(name: str, source: Path) -> None:
    Path("keep").write_text("")  # an empty README.md would be taken for a card
    Path(name).symlink_to("keep")
    said = refused(
        invoke("export-sft" if "provenance" in name else "export-prompts", source, "-o", "o.jsonl", "--overwrite")
    )
    assert name in said
    assert Path("keep").read_text() == ""


def test_a_dash_is_stdout(source: Path) -> None:
    done = invoke("export-prompts", source, "-o", "-")
    assert json.loads(done.stdout)["id"] == "a"
    assert not Path("-").exists()
    for option in ("--summary", "--journal", "--rejects"):
        done = invoke("sample", source, option, "-")
        assert done.exit_code == 2
        assert "is stdout" in done.output
    assert invoke("run", source, "-o", "-").exit_code == 2


def test_names_that_no_file_can_have(source: Path) -> None:
    long = "a" * 300
    deep = "a/" * 2500 + "b.jsonl"
    for name in (f"{long}.jsonl", f"{'a' * 242}.jsonl", deep):
        refused(invoke("export-prompts", source, "-o", name))
        refused(invoke("export-prompts", source, "-o", "o.jsonl", "--summary", name, "--overwrite"))
        refused(invoke("sample", source, "-o", "o.jsonl", "--journal", name, "--overwrite"))
    for name in (long, deep):
        refused(invoke("export-prompts", name))
        refused(invoke("sample", source, "--config", name))
        refused(invoke("critique", source, "--constitution", name))


def test_errors_show_no_controls(source: Path) -> None:
    missing = refused(invoke("export-prompts", f"{EVIL}\nthere"))
    assert r"\x1b]0;title\x07\x9b2J\u202e\nthere: cannot be read" in missing
    bad = Path(f"bad{EVIL}.jsonl")
    bad.write_text(json.dumps({"prompt": [{"role": EVIL, "content": "x"}]}))
    assert r"\x1b" in refused(invoke("export-prompts", bad))
    bad.write_text('{"' + EVIL.replace("\x1b", "\\u001b").replace("\x07", "\\u0007") + '": 1, "x": 2}')
    refused(invoke("export-prompts", bad))
    bad.write_text("seed: 3\n" + json.dumps(f"x{EVIL}") + ": 1\n")
    refused(invoke("sample", source, "--config", bad))
    done = invoke("sample", source, f"--{EVIL}")
    assert done.exit_code == 2
    assert not RAW.search(re.sub("\x1b\\[[0-9;]*m", "", done.output))


def test_a_servers_words_reach_no_terminal_and_no_card_raw(
    source: Path, serve: Serve, caigen: Run, tmp_path: Path
) -> None:
    def reply(path: str, body: dict[str, object]) -> tuple[int, bytes]:
        return 400, json.dumps({"error": {"message": f"bad{EVIL}\nline"}}).encode()

    server = serve(reply)
    done = caigen("sample", source, "--endpoint", server.url, "--model", "m1", "-o", "o.jsonl", check=None)
    assert done.returncode in (1, 3)
    assert not RAW.search(done.stderr)

    record = {
        "schema": "caigen.record/1",
        "id": "a",
        "prompt": [{"role": "user", "content": "Is it safe?"}],
        "candidates": [{"text": "It is."}],
        "provenance": {"caigen": "1", "models": {"policy": f"m{EVIL}\n<b>"}, "constitution": f"c{EVIL}"},
    }
    Path("s.jsonl").write_text(json.dumps(record) + "\n")
    assert invoke("export-sft", "s.jsonl", "-o", "sft.jsonl").exit_code == 0
    assert invoke("export-prompts", "s.jsonl", "-o", f"p{EVIL}\n.jsonl").exit_code == 0
    card = Path("README.md").read_text()
    assert not RAW.search(card)
    assert "\n<b>" not in card


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfe caigen-card",
        b"<!-- caigen-card [1] -->",
        b'<!-- caigen-card {"a": 1} -->',
        b'<!-- caigen-card [{"file": "x", "kind": "no", "to": "t", "rows": 1}] -->',
        b"---\nlicense: !!omap 3\n---\n<!-- caigen-card [] -->",
        b"---\n" + b"[" * 5000 + b"\n---\n<!-- caigen-card [] -->",
    ],
)
def test_a_broken_card_is_replaced_or_refused_in_a_line(content: bytes, source: Path) -> None:
    Path("README.md").write_bytes(content)
    done = invoke("export-prompts", source, "-o", "o.jsonl")
    if done.exit_code:
        refused(done)
    else:
        assert "`o.jsonl`" in Path("README.md").read_text()


@pytest.mark.parametrize("content", ["[1]", '"x"', "5", "null", '{"a": 1', '{"o": 3}', "[" * 2000])
def test_a_broken_list_of_data_sets_is_one_line(content: str, source: Path) -> None:
    record = {
        "schema": "caigen.record/1",
        "id": "a",
        "prompt": [{"role": "user", "content": "Is it safe?"}],
        "candidates": [{"text": "It is."}],
    }
    Path("r.jsonl").write_text(json.dumps(record) + "\n")
    Path("dataset_info.json").write_text(content)
    done = invoke("export-sft", "r.jsonl", "-o", "o.jsonl", "--to", "llama-factory")
    if done.exit_code:
        refused(done)
    else:
        assert "o" in json.loads(Path("dataset_info.json").read_text())


def test_a_pipe_named_as_a_card_does_not_hang(source: Path) -> None:
    os.mkfifo("README.md")
    assert invoke("export-prompts", source, "-o", "o.jsonl").exit_code == 0
    assert Path("caigen-card.md").is_file()  # beside what is not caigen's
