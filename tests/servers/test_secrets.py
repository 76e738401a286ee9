"""What a server repeats of a key or a password comes to no file and no terminal, in whatever spelling."""

import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from tests.servers.stand_in import Call, Handler, Reply, StandIn, completion, listing

KEY = "sk/canary+51f0a7&c3d9<x>"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in capitals": str.upper,
    "for a URL": lambda text: quote(text, safe=""),
    "for HTML": html.escape,
    "as JSON in JSON": lambda text: json.dumps(json.dumps(text)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 for a URL": lambda text: base64.urlsafe_b64encode(b"x" + text.encode()).decode(),
    "hexadecimal": lambda text: text.encode().hex(),
}


def all_that_is_left(post: Handler, folder: Path, *, user: str = "", key: str | None = KEY) -> str:
    """What a run of two rows says and writes; the server may also see credentials in its URL."""
    (folder / "in.jsonl").write_text('{"prompt": "Does tea help?"}\n{"prompt": "Is rice safe?"}\n')
    server = StandIn(post, listing("m1"))
    try:
        url = server.url.replace("http://", f"http://{user}")
        command = ["run", str(folder / "in.jsonl"), "--endpoint", url, "-o", str(folder / "out")]
        done = CliRunner().invoke(app, command, env={"CAIGEN_API_KEY": key})
    finally:
        server.close()
    assert server.calls
    files = [path.read_bytes().decode("latin-1") for path in folder.rglob("*") if path.is_file()]
    return "\n".join([done.output, *files])


def secrets_in(text: str, *secrets: str) -> list[str]:
    """Which spellings of secrets are in a text."""
    found = []
    for secret in secrets:
        for name, spell in SPELLINGS.items():
            if spell(secret).lower().strip('"') in text.lower():
                found.append(name)
    return found


def echoing(status: int, spell: Callable[[str], str], *, padding: int = 0) -> Handler:
    """An error that repeats the Authorization header, behind so many other characters."""

    def post(call: Call) -> Reply:
        said = "x" * padding + " you sent " + spell(call.headers["authorization"].partition(" ")[2])
        return Reply({"error": {"message": said}}, status)

    return post


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("status", [200, 400, 401])
def test_an_error_that_repeats_the_key(status: int, spelling: str, tmp_path: Path) -> None:
    left = all_that_is_left(echoing(status, SPELLINGS[spelling]), tmp_path)
    assert "you sent" in left
    assert secrets_in(left, KEY) == []


@pytest.mark.parametrize("padding", range(270, 300, 3))
def test_no_part_of_a_key_is_left_where_a_message_is_cut(padding: int, tmp_path: Path) -> None:
    left = all_that_is_left(echoing(400, str, padding=padding), tmp_path)
    assert KEY[:8] not in left


@pytest.mark.parametrize(
    "reply",
    [
        lambda sent, call: Reply(f"<html>{sent}</html>".encode()),
        lambda sent, call: Reply(f"{{{sent}".encode()),
        lambda sent, call: Reply({"choices": {"x": sent}}),
        lambda sent, call: Reply({sent: "x", "choices": []}),
        lambda sent, call: Reply({"detail": [{"loc": ["headers"], "input": sent}]}, 422),
        lambda sent, call: Reply(b"", 302, {"location": f"http://127.0.0.1/?x={quote(sent)}"}),
        lambda sent, call: Reply(completion(call, f"Your key is {sent}.")),
        lambda sent, call: Reply(
            completion(call, message={"content": [{"type": "text", "text": sent[:12]}, {"text": sent[12:]}]})
        ),
        lambda sent, call: Reply(completion(call, message={"content": "x", "reasoning": sent})),
        lambda sent, call: Reply(completion(call, finish_reason=sent)),
        lambda sent, call: Reply(completion(call), 200, {"content-encoding": sent[7:]}),
    ],
    ids=["page", "broken", "shape", "name", "detail", "redirect", "answer", "parts", "thought", "reason", "encoding"],
)
def test_whatever_repeats_the_key(reply: Callable[[str, Call], Reply], tmp_path: Path) -> None:
    left = all_that_is_left(lambda call: reply(call.headers["authorization"], call), tmp_path)
    assert "failed 2" in left or "name the URL that it redirects to" in left
    assert secrets_in(left, KEY) == []


def test_an_error_that_repeats_a_password_of_the_url(tmp_path: Path) -> None:
    def post(call: Call) -> Reply:
        basic = call.headers["authorization"]
        return Reply({"error": {"message": f"{basic} {base64.b64decode(basic.partition(' ')[2]).decode()}"}}, 400)

    left = all_that_is_left(post, tmp_path, user="me:s3cret-p4ss@", key=None)
    assert "failed 2" in left
    assert secrets_in(left, "s3cret-p4ss", "me:s3cret-p4ss") == []


def test_a_placeholder_for_a_key_may_stand_in_an_answer(tmp_path: Path) -> None:
    left = all_that_is_left(lambda call: Reply(completion(call, "Ask ollama.")), tmp_path, key="ollama")
    assert "Ask ollama." in left
