"""`run.yaml`: the options of a command beside its output, with which it does the same work again."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]
PROMPTS = "".join(json.dumps({"id": f"p{n}", "prompt": f"What helps in case {n}?"}) + "\n" for n in range(3))
FAULT = '{"text":"It promises.","quotes":["always"],"verdict":"violates","severity":2}'
# journals and times differ from run to run
CHANGING = (".journal", "summary.json")


def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    """Answers that always promise, critiques that say so, revisions that do not."""
    if "response_format" in body:
        return 200, completion(FAULT)
    revision = "Write the revised answer" in body["messages"][-1]["content"]
    return 200, completion("Tea may help." if revision else "Tea always helps.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with three prompts."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.jsonl").write_text(PROMPTS)
    return tmp_path


def invoke(*args: str | Path, check: int = 0) -> Result:
    done = CliRunner().invoke(app, [str(arg) for arg in args])
    assert done.exit_code == check, done.output
    return done


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a folder that must not change."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith(CHANGING)}


def test_a_run_file_does_the_same_work_again(folder: Path, serve: Serve) -> None:
    server = serve(reply)
    flags = [
        "--recipe",
        "paper",
        "--rounds",
        "2",
        "--no-plain",
        "--seed",
        "5",
        "--principle",
        "GEN-001",
        "--limit",
        "2",
    ]
    invoke("run", "p.jsonl", "-o", "out", "--endpoint", server.url, "--model", "m1", *flags)
    first, requests = contents(folder / "out"), len(server.asked)
    assert {"records.jsonl", "pairs.jsonl", "sft.jsonl", "critique_sft.jsonl", "run.yaml"} <= first.keys()
    assert len(first["records.jsonl"].splitlines()) == 2

    # the same command, told by its file: the journal knows every answer, and nothing is in the way
    again = invoke("run", "--config", "out/run.yaml")
    assert len(server.asked) == requests
    assert "; 0 requests sent, " in again.stderr
    assert contents(folder / "out") == first

    # with nothing but the file everything is asked and written again
    shutil.move("out/run.yaml", "kept.yaml")
    shutil.rmtree("out")
    invoke("run", "--config", "kept.yaml")
    assert len(server.asked) == 2 * requests
    assert contents(folder / "out") == first


def test_the_run_file_is_no_part_of_the_command(folder: Path, serve: Serve) -> None:
    """Flags and files give the same command: no --overwrite is needed, whichever came first."""
    server = serve(reply)
    flags = ("p.jsonl", "-o", "out", "--endpoint", server.url, "--model", "m1")
    (folder / "c.yaml").write_text(f"input: p.jsonl\noutput: out\nendpoint: {server.url}\nmodel: m1\n")
    invoke("run", "--config", "c.yaml")
    first = contents(folder / "out")
    invoke("run", *flags)
    (folder / "out" / "run.yaml").unlink()
    invoke("run", *flags)
    assert contents(folder / "out") == first
    changed = invoke("run", *flags, "--seed", "1", check=1)
    assert "exists and was not written by this same command" in changed.stderr
    assert contents(folder / "out") == first


def test_overwrite_is_not_kept(folder: Path, serve: Serve) -> None:
    server = serve(reply)
    invoke("sample", "p.jsonl", "-o", "a.jsonl", "--endpoint", server.url, "--model", "m1", "--overwrite")
    assert "overwrite" not in (folder / "a.jsonl.run.yaml").read_text()
    assert "seed: 0" in (folder / "a.jsonl.run.yaml").read_text()


def test_every_command_on_records_leaves_its_options_beside_a_file(folder: Path, serve: Serve) -> None:
    server = serve(reply)
    source = "p.jsonl"
    for command in ("sample", "critique", "revise", "label", "score"):
        output = f"{command}.jsonl"
        invoke(command, source, "-o", output, "--endpoint", server.url, "--model", "m1")
        written, run_file = (folder / output).read_bytes(), (folder / f"{output}.run.yaml").read_bytes()
        invoke(command, "--config", f"{output}.run.yaml")
        assert (folder / output).read_bytes() == written
        assert (folder / f"{output}.run.yaml").read_bytes() == run_file
        source = output


def test_stdout_has_no_run_file(folder: Path, serve: Serve) -> None:
    invoke("sample", "p.jsonl", "--endpoint", serve(reply).url, "--model", "m1")
    assert [path.name for path in folder.iterdir()] == ["p.jsonl"]


def test_bad_input_leaves_no_run_file(folder: Path, serve: Serve) -> None:
    (folder / "p.jsonl").write_text("{broken\n")
    invoke("sample", "p.jsonl", "-o", "a.jsonl", "--endpoint", serve(reply).url, "--model", "m1", check=1)
    assert not (folder / "a.jsonl.run.yaml").exists()


def test_secrets_are_not_written(folder: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_API_KEY", "s3cret")
    url = serve(reply).url.replace("http://", "http://alice:pa55@")
    secrets = ("--engine-arg", "hf_token=hf_abc", "--engine-arg", 'hf_overrides={"api_key": "xyz"}')
    kept = ("--engine-arg", "max_num_batched_tokens=512")
    critic = ("--critic-model", f"{url}/v1#m2")
    invoke("run", "p.jsonl", "-o", "out", "--endpoint", url, "--model", "m1", *critic, *secrets, *kept)
    text = (folder / "out" / "run.yaml").read_text()
    for secret in ("s3cret", "alice", "pa55", "hf_abc", "xyz"):
        assert secret not in text
    for name in (
        "credentials of endpoint",
        "credentials of critic-model",
        "engine-arg hf_token",
        "engine-arg hf_overrides",
    ):
        assert f"# left out: {name}\n" in text
    assert 'engine-arg: ["max_num_batched_tokens=512"]\n' in text
    assert "/v1#m2" in text


def test_a_file_of_that_name_is_not_replaced(folder: Path, serve: Serve) -> None:
    flags = ("p.jsonl", "-o", "a.jsonl", "--endpoint", serve(reply).url, "--model", "m1")
    (folder / "a.jsonl.run.yaml").write_text("precious: true\n")
    assert "a.jsonl.run.yaml: exists and holds no options of caigen" in invoke("sample", *flags, check=1).stderr
    assert not (folder / "a.jsonl").exists()
    assert (folder / "a.jsonl.run.yaml").read_text() == "precious: true\n"
    invoke("sample", *flags, "--overwrite")
    assert (folder / "a.jsonl.run.yaml").read_text().startswith("# the options of caigen")


def test_no_other_output_may_be_the_run_file(folder: Path, serve: Serve) -> None:
    flags = ("p.jsonl", "-o", "a.jsonl", "--endpoint", serve(reply).url, "--summary", "a.jsonl.run.yaml")
    assert (
        "a.jsonl.run.yaml: is where the options of the command go too; name another file"
        in invoke("sample", *flags, check=1).stderr
    )


def test_a_failed_command_leaves_the_older_run_file(folder: Path, serve: Serve) -> None:
    """It gets its name when the records do: it always says how the records beside it were made."""
    flags = ("p.jsonl", "-o", "out", "--model", "m1", "--endpoint")
    invoke("run", *flags, serve(reply).url, "--rounds", "1")
    first = contents(folder / "out")
    broken = serve(lambda path, body: (401, b"{}")).url
    invoke("run", *flags, broken, "--rounds", "2", "--overwrite", check=1)
    after = contents(folder / "out")
    assert after["run.yaml"] == first["run.yaml"]
    assert after["records.jsonl"] == first["records.jsonl"]


def test_a_failed_command_leaves_no_run_file(folder: Path, serve: Serve) -> None:
    broken = serve(lambda path, body: (401, b"{}")).url
    invoke("sample", "p.jsonl", "-o", "a.jsonl", "--model", "m1", "--endpoint", broken, check=1)
    assert not list(folder.glob("*run.yaml*"))


@pytest.mark.parametrize(
    ("flag", "name", "use"),
    [
        ("--rejects", "out/README.md", "the data card"),
        ("--rejects", "out/../out/run.yaml", "where the options of the command go"),
        ("--summary", "out/../out/run.yaml", "where the options of the command go"),
        ("--summary", "link/sft.jsonl", "another output"),
        ("--journal", "link/run.yaml", "where the options of the command go"),
        ("--rejects", "out/records.jsonl.partial", "another output while it is written"),
        ("--summary", "link/../p.jsonl", "the input"),
    ],
)
def test_no_output_may_be_a_file_of_the_run(flag: str, name: str, use: str, folder: Path, serve: Serve) -> None:
    """By whatever path it is named; such a command would hang, or write over its own files."""
    (folder / "out").mkdir()
    (folder / "link").symlink_to("out")
    server = serve(reply)
    done = invoke("run", "p.jsonl", "-o", "out", "--endpoint", server.url, "--model", "m1", flag, name, check=1)
    assert f"error: {name}: is {use} too; name another file" in done.stderr
    assert not server.asked
    assert not list((folder / "out").iterdir())


def test_the_summary_of_an_export_is_no_file_of_the_export(folder: Path, serve: Serve) -> None:
    invoke("revise", "p.jsonl", "-o", "r.jsonl", "--endpoint", serve(reply).url, "--model", "m1")
    export = ("export-sft", "r.jsonl", "-o", "s.jsonl", "--to", "llama-factory", "--summary")
    assert "README.md: is the data card too" in invoke(*export, "README.md", check=1).stderr
    assert "is a file of llama-factory too" in invoke(*export, "./x/../dataset_info.json", check=1).stderr
    assert not (folder / "s.jsonl").exists()


def test_a_folder_in_the_place_of_the_card_is_told_at_once(folder: Path, serve: Serve) -> None:
    (folder / "out" / "README.md").mkdir(parents=True)
    server = serve(reply)
    done = invoke("run", "p.jsonl", "-o", "out", "--endpoint", server.url, "--model", "m1", check=1)
    assert "error: out/README.md: cannot be written: Is a directory" in done.stderr
    assert not server.asked


@pytest.mark.parametrize("command", ["sample", "run"])
def test_a_file_name_that_is_no_utf_8(command: str, folder: Path, serve: Serve) -> None:
    """It is read and written as any other, and the run file names it."""
    source, out = os.fsdecode(b"caf\xe9.jsonl"), os.fsdecode(b"out\xe9")
    shutil.move("p.jsonl", source)
    server = serve(reply)
    invoke(command, source, "-o", out, "--endpoint", server.url, "--model", "m1")
    run_file = folder / out / "run.yaml" if command == "run" else folder / f"{out}.run.yaml"
    assert 'input: "caf\\udce9.jsonl"\n' in run_file.read_text("utf-8")
    requests = len(server.asked)
    invoke(command, "--config", run_file)
    assert len(server.asked) == requests


def test_a_text_that_is_no_utf_8_is_wrong_usage(folder: Path) -> None:
    for option in ("--model", "--principle", "--judge-model"):
        done = invoke("label", "p.jsonl", option, os.fsdecode(b"caf\xe9"), check=2)
        assert option in done.stderr
        assert "is not UTF-8" in done.stderr


def test_rows_need_a_name_in_utf_8(folder: Path) -> None:
    """Their data card names them."""
    done = invoke("export-sft", "p.jsonl", "-o", os.fsdecode(b"caf\xe9.jsonl"), check=1)
    assert "is not UTF-8, so the data card cannot name it" in done.stderr
    assert [path.name for path in folder.iterdir()] == ["p.jsonl"]
