"""What a command does to files that are there, to pipes, and with what records say of their makers."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caigen.constitution.load import load
from caigen.engines.open import EngineOptions, Engines
from caigen.engines.schedule import Schedule
from caigen.io.read import Reader
from caigen.io.streams import Spool
from caigen.jobs.execute import carry_out
from caigen.jobs.execution import Unwatched
from caigen.jobs.job import Job, Source
from caigen.stages.domains import for_every_domain
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates
from caigen.summary import Summary
from tests.conftest import Run, environment
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]
PROMPT = '{"id": "a", "prompt": "hi"}\n'


@pytest.fixture
def url(serve: Serve) -> str:
    """A server that answers each request with the last word it was sent."""
    return serve(lambda path, body: (200, completion("said " + body["messages"][-1]["content"][-20:]))).url


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text(PROMPT)
    return path


def start(*args: str | Path, **more: Any) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "caigen", *map(str, args)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), **more)


def test_the_same_command_again_replaces_its_own_output_only(caigen: Run, url: str, prompts: Path) -> None:
    out = prompts.with_name("out.jsonl")
    caigen("sample", prompts, "--endpoint", url, "-o", out)
    assert "0 requests sent, 1 from the journal" in caigen("sample", prompts, "--endpoint", url, "-o", out).stderr
    for other in (["--seed", 1], ["--chat-template-kwarg", "enable_thinking=false"]):
        done = caigen("sample", prompts, "--endpoint", url, "-o", out, *other, check=1)
        assert "exists and was not written by this same command" in done.stderr
    done = caigen("sample", prompts, "--endpoint", url, "-o", out, "--chat-template-kwarg", "a=1", "--overwrite")
    assert "1 requests sent, 0 from the journal" in done.stderr


def test_a_named_journal_resumes_too(caigen: Run, url: str, prompts: Path) -> None:
    args = [
        "sample",
        prompts,
        "--endpoint",
        url,
        "-o",
        prompts.with_name("o.jsonl"),
        "--journal",
        prompts.with_name("j"),
    ]
    caigen(*args)
    assert "0 requests sent, 1 from the journal" in caigen(*args).stderr


def test_other_input_on_stdin_is_not_the_same_command(caigen: Run, url: str, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    caigen("sample", "--endpoint", url, "-o", out, stdin=PROMPT)
    before = out.read_text()
    assert "--overwrite replaces it" in caigen("sample", "--endpoint", url, "-o", out, stdin=PROMPT, check=1).stderr
    assert out.read_text() == before


def test_no_file_of_a_folder_is_written_over(caigen: Run, url: str, prompts: Path) -> None:
    folder = prompts.parent
    (folder / "pairs.jsonl").write_text("precious")
    (folder / "bad.jsonl").write_text("precious")
    run = ["run", prompts, "--endpoint", url]
    assert f"{folder / 'pairs.jsonl'}: exists" in caigen(*run, "-o", folder, check=1).stderr
    assert "bad.jsonl: exists" in caigen(*run, "-o", folder / "x", "--rejects", folder / "bad.jsonl", check=1).stderr
    assert (
        "prompts.jsonl: exists and was not written by this same command" in caigen("demo", "-o", folder, check=1).stderr
    )
    assert (folder / "pairs.jsonl").read_text() == (folder / "bad.jsonl").read_text() == "precious"
    assert prompts.read_text() == PROMPT


def test_one_file_for_two_outputs(caigen: Run, url: str, prompts: Path) -> None:
    out = prompts.with_name("o")
    done = caigen("sample", prompts, "--endpoint", url, "-o", out, "--rejects", out, check=1)
    assert f"{out}: is another output too" in done.stderr
    done = caigen("sample", prompts, "--endpoint", url, "-o", out, "--summary", prompts, check=1)
    assert f"{prompts}: is the input too" in done.stderr
    caigen("sample", prompts, "--endpoint", url, "-o", out, "--summary", out, check=1)
    assert prompts.read_text() == PROMPT


def test_sidecars_and_summaries_are_not_written_over(caigen: Run, url: str, prompts: Path) -> None:
    records, rows = prompts.with_name("r.jsonl"), prompts.with_name("x.jsonl")
    caigen("sample", prompts, "--endpoint", url, "-o", records)
    for name in ("x.provenance.jsonl", "x.jsonl.summary.json"):
        prompts.with_name(name).write_text("precious")
        assert "exists and" in caigen("export-pairs", records, "-o", rows, check=1).stderr
        assert prompts.with_name(name).read_text() == "precious"
        prompts.with_name(name).unlink()
    assert not list(prompts.parent.glob("*.partial"))
    assert "No such file" in caigen("export-pairs", prompts.with_name("none"), "-o", rows, check=1).stderr
    assert not list(prompts.parent.glob("*.partial"))


def test_a_journal_is_a_file_of_its_own(caigen: Run, url: str, prompts: Path) -> None:
    out = prompts.with_name("o.jsonl")
    args = ["sample", prompts, "--endpoint", url, "-o", out, "--journal"]
    assert f"{prompts}: is the input too" in caigen(*args, prompts, check=1).stderr
    assert f"{out}: is another output too" in caigen(*args, out, check=1).stderr


def test_no_space_for_the_journal(url: str, prompts: Path) -> None:
    command = f"{sys.executable} -m caigen sample {prompts} --endpoint {url} -o {prompts.with_name('o.jsonl')}"
    code = f"ulimit -f 4; {command}"
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment(), check=False)
    assert done.returncode == 1, done.stderr
    assert "o.jsonl.journal: " in done.stderr
    assert "Traceback" not in done.stderr
    assert not prompts.with_name("o.jsonl").exists()


def test_another_output_with_the_same_journal(caigen: Run, url: str, prompts: Path) -> None:
    journal, other = prompts.with_name("j"), prompts.with_name("other.jsonl")
    other.write_text("precious")
    args = ["sample", prompts, "--endpoint", url, "--journal", journal, "-o"]
    caigen(*args, prompts.with_name("o.jsonl"))
    assert "exists and" in caigen(*args, other, check=1).stderr
    assert other.read_text() == "precious"


def test_a_folder_that_is_a_file(caigen: Run, url: str, prompts: Path) -> None:
    assert "cannot be written" in caigen("run", prompts, "--endpoint", url, "-o", prompts, check=1).stderr


def test_two_processes_on_one_output(serve: Serve, caigen: Run, prompts: Path) -> None:
    others_were_told = threading.Event()

    def slowly(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        others_were_told.wait(60)
        return 200, completion("late")

    out = prompts.with_name("out.jsonl")
    args = ["sample", prompts, "--endpoint", serve(slowly).url, "-o", out]
    with start(*args) as first:
        partial = prompts.with_name("out.jsonl.partial")
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not partial.exists():
            time.sleep(0.05)
        assert "another caigen is writing it" in caigen(*args, check=1).stderr
        assert "another caigen is writing it" in caigen(*args, "--seed", 5, check=1).stderr
        others_were_told.set()
        assert first.wait(60) == 0
    assert [record.candidates[0].text for record in Reader(out)] == ["late"]


class Onlooker(Unwatched):
    """Keeps how many rows were done at each step; `looked` is set by the first."""

    def __init__(self) -> None:
        self.done: list[int] = []
        self.looked = threading.Event()

    def step(self, summary: Summary, engines: Engines, flow: Schedule) -> None:
        self.done.append(summary.done)
        self.looked.set()


def test_whoever_looks_on_is_told_before_the_first_row_is_done(serve: Serve, prompts: Path) -> None:
    watch = Onlooker()

    def slowly(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        watch.looked.wait(20)
        return 200, completion("late")

    prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load())
    engines = EngineOptions(endpoint=serve(slowly).url)
    job = Job("sample", Source(str(prompts)), engines, (stage("sample"),), for_every_domain(prompt_settings))
    assert carry_out(job, lambda stack: [], watch).done == 1
    assert (watch.done[0], watch.done[-1]) == (0, 1)


def test_devices_and_pipes_are_written_to_as_they_are(caigen: Run, url: str, prompts: Path) -> None:
    caigen("sample", prompts, "--endpoint", url, "-o", "/dev/null")
    assert not Path("/dev/null").is_file()
    fifo = prompts.with_name("fifo")
    os.mkfifo(fifo)
    reader = subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE)
    caigen("sample", prompts, "--endpoint", url, "-o", fifo)
    said, _ = reader.communicate(timeout=30)
    assert json.loads(said)["id"] == "a"
    assert fifo.is_fifo()


def test_gzip_goes_both_ways(caigen: Run, url: str, prompts: Path) -> None:
    packed = prompts.with_name("out.jsonl.gz")
    caigen("sample", prompts, "--endpoint", url, "-o", packed)
    assert packed.read_bytes().startswith(b"\x1f\x8b")
    assert [record.id for record in Reader(packed)] == ["a"]


def test_skipped_lines_are_told(caigen: Run, url: str, prompts: Path) -> None:
    prompts.write_text("{broken\n" + PROMPT + '{"x": 1}\n')
    done = caigen("sample", prompts, "--endpoint", url, "--on-error", "skip")
    assert f"skipped: {prompts}:1: not JSON" in done.stderr
    assert f"skipped: {prompts}:3: not a prompt" in done.stderr
    assert "read 3 = done 1 + failed 0 + skipped 2 (bad_line 2)" in done.stderr


def test_a_limit_does_not_wait_for_a_row_more(url: str) -> None:
    with start("sample", "--endpoint", url, "--limit", "1", stdin=subprocess.PIPE) as process:
        assert process.stdin
        process.stdin.write(PROMPT.encode())
        process.stdin.flush()
        assert process.wait(30) == 0


def test_an_error_while_stdin_is_open_is_one_line(serve: Serve) -> None:
    url = serve(lambda path, body: (401, b"no")).url
    with start("sample", "--endpoint", url, "--model", "m1", stdin=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stderr
        process.stdin.write(PROMPT.encode())
        process.stdin.flush()
        assert process.wait(30) == 1
        errors = [line for line in process.stderr.read().decode().splitlines() if not line.startswith("note: ")]
        assert len(errors) == 1


def test_records_do_not_say_where_keys_and_data_go(serve: Serve, caigen: Run, tmp_path: Path) -> None:
    server = serve(lambda path, body: (200, completion("mine now")))
    row = {
        "schema": "caigen.record/1", "id": "a", "prompt": [{"role": "user", "content": "hi"}], "status": "done",
        "candidates": [{"text": "yes"}], "provenance": {"caigen": "0", "models": {"policy": f"m@{server.url}/v1"}},
    }  # fmt: skip
    (tmp_path / "r.jsonl").write_text(json.dumps(row) + "\n")
    done = caigen("revise", tmp_path / "r.jsonl", check=1, CAIGEN_API_KEY="secret")
    assert f"were made at a server (m@{server.url}/v1): name it with --endpoint" in done.stderr
    assert server.asked == []


def record(constitution: str, sha256: str, principle: str) -> dict[str, Any]:
    waiting = {"principle": principle, "critique": {"text": "bad", "verdict": "violates", "severity": 1}}
    return {
        "schema": "caigen.record/1", "id": principle, "prompt": [{"role": "user", "content": "hi"}], "status": "done",
        "candidates": [{"text": "yes", "rounds": [waiting]}],
        "provenance": {"caigen": "0", "constitution": constitution, "constitution_sha256": sha256, "models": {"policy": "old"}},  # noqa: E501
    }  # fmt: skip


def test_a_row_of_another_constitution_fails_alone(caigen: Run, url: str, tmp_path: Path) -> None:
    legal, healthcare = load("legal"), load("healthcare")
    made = [record(legal.ref, legal.sha256, "LEG-001@1"), record(healthcare.ref, healthcare.sha256, "HC-001@1")]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    args = ["revise", tmp_path / "r.jsonl", "--no-critique", "--endpoint", url]
    named = caigen(*args, "--constitution", "legal", check=3)
    assert "(read:constitution 1)" in named.stderr
    one, other = (json.loads(line) for line in named.stdout.splitlines())
    assert one["provenance"]["models"]["policy"] == "old"  # who answered, not who revised
    assert one["provenance"]["models"]["reviser"].startswith("m1@")
    assert "legal@1.0.0 has no principle HC-001@1" in other["error"]["message"]
    followed = caigen(*args)
    assert [json.loads(line)["provenance"]["constitution"] for line in followed.stdout.splitlines()] == [
        legal.ref,
        healthcare.ref,
    ]
    wrong = caigen(*args, "--constitution", "finance", check=1)
    assert "finance@1.0.0 has no principle LEG-001@1" in wrong.stderr


def test_a_subset_of_principles_is_the_same_constitution(caigen: Run, url: str, prompts: Path) -> None:
    out = prompts.with_name("r.jsonl")
    caigen(
        "revise",
        prompts,
        "--no-critique",
        "--constitution",
        "legal",
        "--principle",
        "LEG-002",
        "--endpoint",
        url,
        "-o",
        out,
    )
    again = caigen("revise", out, "--no-critique", "--rounds", 2, "--endpoint", url)
    assert "warning" not in again.stderr
    rounds = json.loads(again.stdout)["candidates"][0]["rounds"]
    assert rounds[0]["principle"] == "LEG-002@1"
    assert rounds[1]["principle"].startswith("LEG-")


def test_an_endpoint_is_a_url(caigen: Run, prompts: Path) -> None:
    assert "http://localhost:1/v1: no answer" in caigen("sample", prompts, "--endpoint", "localhost:1", check=1).stderr
    assert "begin with http:// or https://" in caigen("sample", prompts, "--endpoint", "ftp://a/v1", check=1).stderr


def test_a_constitution_that_changed_is_told(caigen: Run, url: str, tmp_path: Path) -> None:
    row = {
        "schema": "caigen.record/1", "id": "a", "prompt": [{"role": "user", "content": "hi"}], "status": "done",
        "candidates": [{"text": "yes"}],
        "provenance": {"caigen": "0", "constitution": "general@1.0.0", "constitution_sha256": "0" * 64},
    }  # fmt: skip
    (tmp_path / "r.jsonl").write_text(json.dumps(row) + "\n")
    args = ["revise", tmp_path / "r.jsonl", "--no-critique", "--endpoint", url, "--model", "m1"]
    assert "warning: general@1.0.0 is not as it was" in caigen(*args, "--constitution", "general").stderr


def test_select_all_is_a_round_for_each_principle(caigen: Run, url: str, prompts: Path) -> None:
    done = caigen("revise", prompts, "--select", "all", "--no-critique", "--constitution", "legal", "--endpoint", url)
    rounds = json.loads(done.stdout)["candidates"][0]["rounds"]
    assert [turn["principle"] for turn in rounds][:2] == ["LEG-001@1", "LEG-002@1"]
    assert len(rounds) >= 8


def test_stdin_and_stdout_that_are_closed(prompts: Path) -> None:
    for code, said in (
        (f"{sys.executable} -m caigen sample <&-", "error: nothing to read"),
        (f"{sys.executable} -m caigen export-pairs {prompts} >&-", "error: stdout is closed"),
    ):
        done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, env=environment(), check=False)
        assert done.stderr.startswith(said), done.stderr
        assert done.stderr.count("\n") == 1


def test_a_fifo_as_input_never_holds_up_who_fills_it(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    rows = "".join(json.dumps({"id": f"r{n}", "prompt": "x" * 2000, "response": "y"}) + "\n" for n in range(200))
    spool = Spool(str(fifo))
    fifo.write_text(rows)  # returns only when somebody has read more than a pipe holds
    assert len(list(Reader(str(fifo), spool=spool))) == 200
    spool.close()
