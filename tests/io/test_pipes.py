"""A command tells whether the command that filled its pipe has finished, though JSON Lines do not say it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from caigen.io import pipes
from tests.conftest import environment
from tests.server import Reply, Server, completion

CAIGEN = [sys.executable, "-m", "caigen"]
pytestmark = pytest.mark.process


def shell(command: str, tmp_path: Path, timeout: float = 60) -> tuple[list[int], str, str]:
    """The exit codes of the stages of a pipe, what its last one wrote, and the lines of all on stderr."""
    script = f'{command}; echo "${{PIPESTATUS[@]}}" > {tmp_path}/codes'
    env = environment(TMPDIR=str(tmp_path), CAIGEN=" ".join(CAIGEN))
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=timeout, env=env, cwd=tmp_path, check=False
    )
    codes = [int(code) for code in (tmp_path / "codes").read_text().split()]
    return codes, done.stdout, done.stderr


@pytest.fixture
def records(tmp_path: Path) -> Path:
    """Three records, the third line of which is broken."""
    rows = [{"id": f"r{n}", "prompt": f"What is bread {n}?"} for n in range(2)]
    (tmp_path / "good.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "bad.jsonl").write_text((tmp_path / "good.jsonl").read_text() + "{\n")
    return tmp_path


@pytest.fixture
def url(serve: Callable[[Reply], Server]) -> Iterator[str]:
    yield serve(lambda path, body: (200, completion("A whole answer about bread and ovens."))).url


def test_rows_of_a_stage_that_failed_midway_are_not_taken_for_all(records: Path, url: str) -> None:
    model = f"--endpoint {url} --model m1"
    codes, _, errors = shell(f"$CAIGEN sample bad.jsonl {model} | $CAIGEN sample -n 2 {model} -o out.jsonl", records)
    assert codes == [1, 1]
    assert "the stage before (caigen sample, pid" in errors
    assert "no row came in" in errors  # the first 1,000 rows are read before any is done
    assert not (records / "out.jsonl").exists()


def test_the_end_of_the_first_stage_reaches_the_last(records: Path, url: str) -> None:
    model = f"--endpoint {url} --model m1"
    codes, _, errors = shell(
        f"$CAIGEN sample nowhere.jsonl {model} | $CAIGEN critique {model} | $CAIGEN export-pairs", records
    )
    assert codes == [1, 1, 1]
    assert "the stage before (caigen critique, pid" in errors


def test_a_stage_that_ended_well_is_complete_also_without_a_row(records: Path, url: str) -> None:
    model = f"--endpoint {url} --model m1"
    codes, _, errors = shell(f"$CAIGEN sample good.jsonl --limit 0 {model} | $CAIGEN export-pairs", records)
    assert codes == [0, 0], errors
    codes, _, errors = shell(f"$CAIGEN sample good.jsonl {model} | $CAIGEN sample -n 2 {model} -o out.jsonl", records)
    assert codes == [0, 0], errors
    assert len((records / "out.jsonl").read_text().splitlines()) == 2


def test_rows_that_failed_do_not_make_a_failed_stage(records: Path, serve: Callable[[Reply], Server]) -> None:
    refusing = serve(lambda path, body: (400, b'{"error": {"message": "no"}}')).url
    codes, _, errors = shell(
        f"$CAIGEN sample good.jsonl --endpoint {refusing} --model m1 | $CAIGEN export-pairs", records
    )
    assert codes == [3, 0], errors


@pytest.mark.parametrize("before", ["cat /dev/null", "$CAIGEN sample nowhere.jsonl | tee x", "false", "$CAIGEN --nope"])
@pytest.mark.parametrize("after", ["export-pairs", "revise --endpoint URL --model m1"])
def test_nothing_from_a_pipe_is_an_error(records: Path, url: str, before: str, after: str) -> None:
    codes, out, errors = shell(f"{before} | $CAIGEN {after.replace('URL', url)}", records)
    assert codes[-1] == 1, errors
    assert "error: stdin: nothing came in" in errors or "ended without finishing" in errors
    assert out == ""


def test_an_empty_file_is_no_error(records: Path) -> None:
    codes, _, _ = shell("$CAIGEN export-pairs < /dev/null", records)
    assert codes == [0]


def test_rows_of_another_program_are_complete(records: Path, url: str) -> None:
    codes, _, errors = shell(f"cat good.jsonl | $CAIGEN sample --endpoint {url} --model m1", records)
    assert codes == [0, 0], errors


def test_a_stage_that_was_killed_has_not_finished(records: Path, serve: Callable[[Reply], Server]) -> None:
    def slow(path: str, body: dict[str, object]) -> tuple[int, bytes]:
        time.sleep(0.2 if "bread 0" in json.dumps(body) else 20)
        return 200, completion("A whole answer about bread and ovens.")

    url = serve(slow).url
    env = environment(TMPDIR=str(records))
    model = ["--endpoint", url, "--model", "m1"]
    first = subprocess.Popen(
        [*CAIGEN, "sample", "good.jsonl", *model],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=env,
        cwd=records,
    )
    last = subprocess.Popen(
        [*CAIGEN, "export-sft"],
        stdin=first.stdout,
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=env,
        cwd=records,
    )
    assert first.stdout
    first.stdout.close()
    time.sleep(4)
    first.send_signal(signal.SIGKILL)
    _, errors = last.communicate(timeout=60)
    first.wait()
    assert last.returncode == 1, errors
    assert f"the stage before (caigen sample, pid {first.pid}) ended without finishing" in errors.decode()


def test_who_waits_for_long_is_told_for_whom(records: Path, serve: Callable[[Reply], Server]) -> None:
    def slow(path: str, body: dict[str, object]) -> tuple[int, bytes]:
        time.sleep(4)
        return 200, completion("A whole answer about bread and ovens.")

    model = f"--endpoint {serve(slow).url} --model m1"
    # the second stage would load a model, so it reads the pipe ahead
    codes, _, errors = shell(f"$CAIGEN sample good.jsonl {model} | $CAIGEN sample --model /no/such/model", records)
    assert "waiting for the stage before (caigen sample, pid" in errors
    assert codes[1] == 1


@contextmanager
def pipe_to_itself() -> Iterator[None]:
    """A pipe from this process's stdout to its own stdin."""
    saved = os.dup(0), os.dup(1)
    reading, writing = os.pipe()
    os.dup2(reading, 0)
    os.dup2(writing, 1)
    try:
        yield
    finally:
        os.dup2(saved[0], 0)
        os.dup2(saved[1], 1)
        for descriptor in (*saved, reading, writing):
            os.close(descriptor)


@pytest.mark.parametrize(
    ("changed", "pid", "known", "failed"),
    [
        (0, None, True, False),  # it runs
        (0, 2**22 + 7, True, True),  # it is gone
        (-3600, 2**22 + 7, False, None),  # an earlier pipe of the same inode
        (-3600, None, True, False),  # it runs since an hour
    ],
)
def test_an_earlier_pipe_of_the_same_inode_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: float, pid: int | None, known: bool, failed: bool | None
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pipe_to_itself():
        assert pipes.announce("sample")
        (path,) = (tmp_path / f"caigen-{os.getuid()}" / "pipes").iterdir()
        content = json.loads(path.read_text())
        content["changed"] += changed
        content["pid"] = pid or content["pid"]
        path.write_text(json.dumps(content))
        producer = pipes.producer_of_stdin()
        assert (producer is not None) == known
        if producer:
            assert pipes.has_failed(producer) == failed


@pytest.mark.parametrize(
    "content", ["", "[]", "{}", '{"command": 1}', "\0", "7", '"text"', '{"pid": "x", "command": ""}']
)
def test_a_damaged_note_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pipe_to_itself():
        pipes.announce("sample")
        (path,) = (tmp_path / f"caigen-{os.getuid()}" / "pipes").iterdir()
        path.write_text(content)
        assert pipes.producer_of_stdin() is None


def test_the_command_of_a_process_is_named_without_its_options() -> None:
    sleeping = subprocess.Popen([*CAIGEN, "bench", "script", "--help"], stdout=subprocess.DEVNULL)
    assert pipes.command_of(sleeping.pid) in ("bench", None)
    sleeping.wait()
    assert pipes.command_of(2**22 + 7) is None
