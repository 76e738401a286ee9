"""A slice of `make fuzz`: broken inputs for everything that reads. And the fuzzer notices what goes wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tools.fuzz import __main__ as fuzz
from tools.fuzz.doors import DOORS
from tools.fuzz.forms import forms

REPOSITORY = Path(__file__).parents[1]
INPUTS = 2000


def test_broken_inputs_end_in_one_line() -> None:
    command = [sys.executable, "-m", "tools.fuzz", "--inputs", str(INPUTS), "--seed", "7"]
    path = os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])
    done = subprocess.run(
        command, cwd=REPOSITORY, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    assert f"{INPUTS} inputs, " in done.stdout


def test_every_door_reads_a_form_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAIGEN_HOME", str(tmp_path))
    made = forms(tmp_path)
    assert made.keys() == DOORS.keys()
    for door, each in made.items():
        assert any(_is_read(door, data, tmp_path) for data in each), door


def _is_read(door: str, data: bytes, folder: Path) -> bool:
    """Whether a door reads bytes without an error."""
    try:
        DOORS[door](data, folder)
    except ValueError as error:
        raise AssertionError(door) from error
    except Exception:
        return False
    return True


@pytest.fixture
def alarm() -> None:
    """The handler of the time limit, as in the fuzzer's worker."""
    signal.signal(signal.SIGPROF, fuzz._slow)


@pytest.mark.usefixtures("alarm")
def test_the_fuzzer_notices_faults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def wrong(data: bytes, _: Path) -> None:
        raise KeyError(data)

    def slow(_: bytes, __: Path) -> None:
        while True:
            pass

    def hungry(_: bytes, __: Path) -> None:
        raise MemoryError

    for door, said in ((wrong, "KeyError: b'x'"), (slow, "more than 1 s"), (hungry, "more than 1 GB")):
        monkeypatch.setitem(DOORS, "test", door)
        assert said in (fuzz.read_one(fuzz.Input("test", b"x"), tmp_path) or "")
    monkeypatch.setitem(DOORS, "test", lambda _, __: None)
    assert fuzz.read_one(fuzz.Input("test", b"x"), tmp_path) is None


def test_an_input_is_the_same_at_every_start(tmp_path: Path) -> None:
    made = forms(tmp_path)
    campaign = fuzz.Campaign(100, 3, tuple(door for door in DOORS if door != "journal"))
    first = [fuzz.make_input(number, campaign, made) for number in range(100)]
    assert first == [fuzz.make_input(number, campaign, made) for number in range(100)]
    assert len(set(first)) > 80
