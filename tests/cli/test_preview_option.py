"""`--preview N`: some rows done and shown, a projection for all, and no output but the journal."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from tests.cli.test_try import RULES, reply
from tests.server import Server

Start = Callable[..., Server]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "desk.yaml").write_text(RULES)
    rows = [json.dumps({"prompt": f"Where is order {number}?"}) + "\n" for number in range(40)]
    (tmp_path / "p.jsonl").write_text("".join(rows))
    return tmp_path


def call(server: Server, folder: Path, *arguments: str | Path, command: str = "run", source: str = "p.jsonl") -> Result:
    given = [command, str(folder / source), *map(str, arguments), "--endpoint", server.url, "-m", "m1"]
    if command != "sample":
        given += ["-c", str(folder / "desk.yaml")]
    return CliRunner().invoke(app, given, env={"COLUMNS": "120", "NO_COLOR": "1"})


def test_rows_prompts_results_and_projection(serve: Start, folder: Path) -> None:
    result = call(serve(reply), folder, "--preview", "4", "-o", folder / "out", "--token-prices", "1,10")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("--- row ") == 4
    assert "policy    Where is order" in result.stdout
    assert "[4 tokens in, 2 out]" in result.stdout
    assert "You get a refund." in result.stdout
    assert "has 40 rows. Projected from 4 rows, with 95 % intervals:" in " ".join(result.stdout.split())
    lines = [line.split() for line in result.stdout.splitlines()]
    (cost,) = [line[1] for line in lines if line[:1] == ["cost"]]
    (requests,) = [line[1] for line in lines if line[:1] == ["requests"] and "tokens" not in line]
    # each request has 4 tokens in and 2 out
    assert float(cost) == pytest.approx(int(requests) * (4 * 1 + 2 * 10) / 1e6, abs=5e-5)


def test_nothing_is_written_and_the_run_asks_only_for_the_rest(serve: Start, folder: Path) -> None:
    server, out = serve(reply), folder / "out"
    before = len(call(server, folder, "--preview", "4", "-o", out).stdout) and len(server.asked)
    assert [path.name for path in out.iterdir()] == ["records.jsonl.journal"]
    run = call(server, folder, "-o", out)
    assert run.exit_code == 0, run.output
    assert f"{before} from the journal" in run.stderr
    assert "preview" not in (out / "run.yaml").read_text()
    # and a preview afterwards asks for nothing, and leaves the files and whose they are as they were
    asked = len(server.asked)
    records = (out / "records.jsonl").read_bytes()
    again = call(server, folder, "--preview", "4", "-o", out)
    assert "not known: all answers came from the journal" in again.stdout
    assert call(server, folder, "-o", out).exit_code == 0
    assert len(server.asked) == asked
    assert (out / "records.jsonl").read_bytes() == records


def test_without_a_file_nothing_is_kept(serve: Start, folder: Path) -> None:
    result = call(serve(reply), folder, "--preview", "2", command="critique")
    assert "Nothing was kept: with -o" in result.stdout
    assert {path.name for path in folder.iterdir()} == {"desk.yaml", "p.jsonl"}


@pytest.mark.parametrize("command", ["sample", "critique", "revise", "run"])
def test_every_command_on_records_has_it(serve: Start, folder: Path, command: str) -> None:
    result = call(serve(reply), folder, "--preview", "1", command=command)
    assert result.exit_code == 0, result.output
    assert "no interval from a single row" in " ".join(result.stdout.split())


def test_rows_that_fail_are_told(serve: Start, folder: Path) -> None:
    def failing(path: str, body: dict[str, object]) -> tuple[object, ...]:
        return 400, b'{"error": {"message": "no such thing"}}'

    result = call(serve(failing), folder, "--preview", "2")
    assert result.exit_code == 3
    assert "no such thing" in " ".join(result.stdout.split())


@pytest.mark.parametrize("prices", ["1", "a,b", "1,2,3", "-1,2", "nan,1"])
def test_token_prices_that_are_none(serve: Start, folder: Path, prices: str) -> None:
    server = serve(reply)
    assert call(server, folder, "--preview", "2", f"--token-prices={prices}").exit_code == 2
    assert not server.asked


def test_an_empty_file(serve: Start, folder: Path) -> None:
    (folder / "e.jsonl").write_text("")
    result = call(serve(reply), folder, "--preview", "2", source="e.jsonl")
    assert result.exit_code == 1
    assert "no rows" in result.stderr


def test_a_pipe_does_not_say_how_many_rows_will_come(serve: Start, caigen: Callable[..., Any]) -> None:
    rows = "".join(json.dumps({"prompt": f"p{number}"}) + "\n" for number in range(5))
    done = caigen("sample", "--preview", "2", "--endpoint", serve(reply).url, "-m", "m1", stdin=rows)
    assert "how many rows will come is not known; for 1,000" in " ".join(done.stdout.split())
