"""Options as run files and `--show-config` hold them."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.cli.secrets import without_secrets
from caigen.cli.values import Value
from tests.server import Reply, Server, completion


@pytest.mark.parametrize(
    ("key", "value", "kept", "left_out"),
    [
        ("token", "x", None, ["token"]),
        ("engine-arg", ["hf_token = X", "a=1"], ["a=1"], ["engine-arg hf_token"]),
        ("engine-arg", "x=http://[bad", None, ["engine-arg x"]),
        ("engine-arg", 'o={"a": 1, "authToken": "x"}', 'o={"a": 1}', ["engine-arg o"]),
        ("engine-arg", "bos_token=<s>", "bos_token=<s>", []),
        ("engine-arg", "sort_key=a", "sort_key=a", []),
        ("endpoint", "u:s3cret@host/v1", None, ["credentials of endpoint"]),
        ("judge-model", "u:s3cret@host/v1", None, ["credentials of judge-model"]),
        ("endpoint", "http://[::1/v1", "http://…", ["credentials of endpoint"]),
        ("endpoint", "http://u:p@h/v1?a=1&sig=x", "http://h/v1?a=1", ["credentials of endpoint"]),
        ("endpoint", "http://h/v1?a=1", "http://h/v1?a=1", []),
        ("model", "llama3:8b", "llama3:8b", []),
        ("output", "runs/token=3/out.jsonl", "runs/token=3/out.jsonl", []),
        ("input", "a:b@c.jsonl", "a:b@c.jsonl", []),
        ("rounds", 3, 3, []),
    ],
)
def test_what_is_left_out(key: str, value: Value, kept: Value, left_out: list[str]) -> None:
    assert without_secrets(key, value) == (kept, left_out)


def test_a_broken_url_is_shown_and_refused_in_one_line() -> None:
    flags = ["sample", "p.jsonl", "--endpoint", "http://u:s3cret#1@[::1/v1", "--engine-arg", "x=http://[bad"]
    shown = CliRunner().invoke(app, [*flags, "--show-config"])
    assert shown.exit_code == 0, shown.output
    assert "s3cret" not in shown.output
    refused = CliRunner().invoke(app, flags)
    assert (refused.exit_code, refused.stderr.strip().count("\n")) == (1, 0)
    assert "endpoint: the URL cannot be read" in refused.stderr
    assert "s3cret" not in refused.stderr


def test_no_file_holds_a_secret_and_another_token_is_the_same_command(
    tmp_path: Path, serve: Callable[[Reply], Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("p.jsonl").write_text('{"id": "a", "prompt": "hi"}\n')
    url = serve(lambda path, body: (200, completion("said"))).url
    command = ["sample", "p.jsonl", "-o", "o.jsonl", "--endpoint", url, "--model", "m1", "--engine-arg", "dtype=auto"]
    overrides = ['hf_overrides={"api_key": "T0PSECRET", "rope": 1}', 'other={"rope": 1, "token": "T0PSECRET"}']

    def sample(*args: str) -> None:
        done = CliRunner().invoke(app, list(args))
        assert done.exit_code == 0, done.output

    sample(*command, "--engine-arg", "hf_token=T0PSECRET", *(part for o in overrides for part in ("--engine-arg", o)))
    assert sqlite3.connect("o.jsonl.journal").execute("select count(*) from sqlite_master").fetchone()[0]
    for path in tmp_path.iterdir():
        assert b"T0PSECRET" not in path.read_bytes(), path
    sample("sample", "--config", "o.jsonl.run.yaml")  # without --overwrite
    sample(*command, "--engine-arg", "hf_token=new", *(part for o in overrides for part in ("--engine-arg", o)))


def test_doctor_shows_no_password(serve: Callable[[Reply], Server]) -> None:
    url = serve(lambda path, body: (200, completion("said"))).url
    done = CliRunner().invoke(app, ["doctor", "--endpoint", url.replace("http://", "http://u:s3cret@")])
    assert f"{url} serves m1" in " ".join(done.output.split())
    assert "s3cret" not in done.output
    for broken in ("u:s3cret@host/v1", "http://u:s3cret#1@[::1/v1", "http://u:s3cret#1@host/v1"):
        done = CliRunner().invoke(app, ["doctor", "--endpoint", broken])
        assert done.exit_code == 1
        assert "s3cret" not in done.output
