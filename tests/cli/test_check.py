"""`caigen check`: whether a file holds what a trainer takes."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app

ASKED, SAID = [{"role": "user", "content": "Is it safe?"}], [{"role": "assistant", "content": "It is."}]
OTHER = [{"role": "assistant", "content": "It is not."}]
ROWS = {
    "pairs": {"prompt": ASKED, "chosen": SAID, "rejected": OTHER},
    "sft": {"prompt": ASKED, "completion": SAID},
    "prompts": {"prompt": ASKED, "id": "a"},
}


def check(*args: str | Path) -> Result:
    return CliRunner().invoke(app, ["check", *map(str, args)])


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


@pytest.mark.parametrize("kind", ROWS)
def test_the_kind_that_fits_is_found(file: Path, kind: str) -> None:
    file.write_text(json.dumps(ROWS[kind]) + "\n")
    done = check(file)
    assert done.exit_code == 0
    assert done.stderr == f"{file}: trl takes these rows as {kind}\n"


@pytest.mark.parametrize("kind", ROWS)
def test_a_kind_that_is_named_must_fit(file: Path, kind: str) -> None:
    file.write_text(json.dumps(ROWS[kind]) + "\n")
    assert check(file, "--as", kind).exit_code == 0
    for other in ROWS.keys() - {kind}:
        done = check(file, "--as", other)
        assert done.exit_code == 1
        assert done.stderr.startswith(f"{file}: row 1: ")


def test_the_kind_with_the_fewest_faults_is_told(file: Path) -> None:
    good = json.dumps(ROWS["pairs"])
    file.write_text(f"{good}\n{json.dumps(ROWS['sft'])}\n{good}\n")
    done = check(file)
    assert done.exit_code == 1
    assert [line.partition(": row ")[2].partition(":")[0] for line in done.stderr.splitlines()] == ["2"]


def test_a_trainer_that_takes_no_such_rows(file: Path) -> None:
    file.write_text(json.dumps(ROWS["prompts"]) + "\n")
    done = check(file, "--to", "axolotl", "--as", "prompts")
    assert done.exit_code == 2
    assert "axolotl takes no prompts" in " ".join(done.stderr.split())
    assert check(file, "--to", "axolotl").exit_code == 1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    done = check(tmp_path / "none.jsonl")
    assert done.exit_code == 1
    assert "No such file" in done.stderr


def test_the_old_flag_is_gone(file: Path) -> None:
    assert CliRunner().invoke(app, ["export-pairs", "--check", str(file)]).exit_code == 2
