"""Where outputs are another command's, the message names every option that differs, and what --overwrite keeps."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Run
from tests.server import Reply, Server, completion

CRITIQUE = json.dumps({"text": "Too short.", "quotes": [], "verdict": "violates", "severity": 2})
pytestmark = pytest.mark.process


def reply(path: str, body: dict[str, object]) -> tuple[int, bytes]:
    text = CRITIQUE if "response_format" in body else f"A whole answer {len(json.dumps(body))} about bread."
    return 200, completion(text)


@pytest.fixture
def made(caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path) -> list[str | Path]:
    """A `run` that has been done."""
    (tmp_path / "in.txt").write_text("What is bread?\n")
    url = serve(reply).url
    command = ["run", tmp_path / "in.txt", "--endpoint", url, "--model", "m1", "-o", tmp_path / "out"]
    caigen(*command, "--rounds", "2")
    return command


def test_every_changed_option_is_named(caigen: Run, made: list[str | Path], tmp_path: Path) -> None:
    refused = caigen(*made, "--rounds", "1", "--always-revise", "--critic-model", "http://u:pw@h#m", check=1).stderr
    (line,) = [line for line in refused.splitlines() if line.startswith("error:")]
    assert line.startswith(f"error: {tmp_path}/out/records.jsonl: exists and was not written by this same command: ")
    assert "--rounds 2, now --rounds 1" in line
    assert "no --always-revise, now --always-revise" in line
    assert "no --critic-model, now --critic-model http://h#m" in line
    assert "--model" not in line.replace("--critic-model", "")
    assert "pw" not in line
    assert "--overwrite replaces it and uses again those of the 5 answers in" in line


def test_an_option_without_effect_is_the_same_command(caigen: Run, made: list[str | Path]) -> None:
    caigen(*made, "--rounds", "2", "--in-flight", "3", "--unordered", "--stall", "60")


def test_without_the_options_of_then_the_part_that_differs_is_named(
    caigen: Run, made: list[str | Path], tmp_path: Path
) -> None:
    (tmp_path / "out" / "run.yaml").unlink()
    assert "command: other settings of its stages; --overwrite" in caigen(*made, "--rounds", "1", check=1).stderr


def test_files_of_nobody_are_not_explained(caigen: Run, made: list[str | Path], tmp_path: Path) -> None:
    (tmp_path / "out" / "records.jsonl.journal").unlink()
    refused = caigen(*made, "--rounds", "2", check=1).stderr
    assert "records.jsonl: exists and was not written by this same command; --overwrite replaces it" in refused
