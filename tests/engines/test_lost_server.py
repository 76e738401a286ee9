"""A vLLM server that went away with seeds on: what to do about it is said, and no row after row fails for it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.engines.base import Request, Sampling
from caigen.engines.lost_server import explaining_loss, loss_advice
from caigen.errors import EngineError, RequestError
from tests.server import Server

Start = Callable[..., Server]
DEAD = "EngineCore encountered an issue. See stack trace (above) for the root cause."
SEEDED = Request(sampling=Sampling(seed=1))


@pytest.mark.parametrize(
    ("message", "owner", "seeded", "advised"),
    [
        ("http://x: no answer any more (ConnectError)", "vllm", True, True),
        ("http://x: no answer any more (ConnectError)", "vllm", False, False),
        ("http://x: no answer any more (ConnectError)", "sglang", True, False),
        (f"HTTP 500: {DEAD}", "vllm", True, True),
        ("HTTP 500: RuntimeError: CPU Generator does not use offset", "", True, True),
        ("HTTP 503: busy", "vllm", True, False),
        ("HTTP 402: no credit", "vllm", True, False),
    ],
)
def test_what_is_known(message: str, owner: str, seeded: bool, advised: bool) -> None:
    assert ("--no-enable-chunked-prefill" in loss_advice(message, owner, seeded=seeded)) == advised


def test_a_dead_engine_ends_the_run() -> None:
    with pytest.raises(EngineError, match="--no-enable-chunked-prefill"):
        with explaining_loss("vllm", SEEDED):
            raise RequestError("unreachable", f"HTTP 500: {DEAD}")


def test_other_errors_stay_as_they_are() -> None:
    error = RequestError("refused", "HTTP 400: no")
    with pytest.raises(RequestError) as caught:
        with explaining_loss("vllm", SEEDED):
            raise error
    assert caught.value is error


def test_a_command_says_it_once(serve: Start, tmp_path: Path) -> None:
    def dying(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        return (500, json.dumps({"error": {"message": DEAD}}).encode()) if "tokenize" not in path else (404, b"{}")

    prompts = tmp_path / "p.jsonl"
    prompts.write_text('{"prompt": "a"}\n{"prompt": "b"}\n')
    server = serve(dying, "vllm")
    result = CliRunner().invoke(app, ["sample", str(prompts), "--endpoint", server.url])
    assert result.exit_code == 1
    assert result.stderr.count("--no-enable-chunked-prefill") == 1
