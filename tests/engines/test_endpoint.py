"""The endpoint engine against real local HTTP servers, `vllm serve` among them."""

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.endpoint import open_endpoint
from caigen.engines.open import DEMO_PATH
from caigen.engines.served_template import render_prompt
from caigen.errors import EngineError, RequestError
from caigen.records import Message
from caigen.stages.requests import CRITIQUE_SCHEMA
from tests.conftest import ROOT, Run
from tests.server import Reply, Server, completion
from tests.vllm_server import vllm_server

REQUEST = Request(
    messages=(Message(role="system", content="Be kind."), Message(role="user", content="hi")), sampling=Sampling(seed=5)
)


def ask(url: str, *requests: Request, model: str | None = None, **options: Any) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        async with await open_endpoint(url, model, waits=(0.01, 0.05), **options) as engine:
            return list(await asyncio.gather(*map(engine.complete, requests or (REQUEST,))))

    return asyncio.run(all_of_them())


def test_what_is_sent_and_read(serve: Callable[[Reply], Server]) -> None:
    server = serve(lambda path, body: (200, completion("hello", reasoning_content="hm")))
    (answer,) = ask(server.url, template_kwargs={"enable_thinking": False})
    assert (answer.text, answer.reasoning, answer.tokens.prompt) == ("hello", "hm", 4)
    path, body = server.asked[0]
    assert path == "/v1/chat/completions"
    assert body["model"] == "m1"
    assert body["seed"] == 5
    assert body["chat_template_kwargs"] == {"enable_thinking": False}
    assert [message["role"] for message in body["messages"]] == ["system", "user"]


def test_plain_text_and_schema(serve: Callable[[Reply], Server]) -> None:
    server = serve(
        lambda path, body: (200, json.dumps({"choices": [{"text": " more", "finish_reason": "length"}]}).encode())
    )
    (answer,) = ask(server.url, Request(text="once"), model="m2")
    assert (answer.text, answer.finish_reason) == ("more", "length")
    assert server.asked[0][0] == "/v1/completions"
    server = serve(lambda path, body: (200, completion("{}")))
    ask(server.url, Request(messages=REQUEST.messages, schema='{"type":"object"}'))
    assert server.asked[0][1]["response_format"]["json_schema"]["schema"] == {"type": "object"}


def test_a_refusal_of_something_else_teaches_nothing(serve: Callable[[Reply], Server]) -> None:
    server = serve(lambda path, body: (400, b'{"error": {"message": "rejected as a result of our safety system"}}'))
    with pytest.raises(RequestError, match="safety system"):
        ask(server.url)
    assert len(server.asked) == 1


@pytest.mark.parametrize("refused", [{"json_schema"}, {"json_schema", "json_object"}])
def test_a_server_that_knows_no_schema_is_asked_without(serve: Callable[[Reply], Server], refused: set[str]) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if body.get("response_format", {}).get("type") in refused:
            return 400, b'{"error": {"message": "response_format is not supported"}}'
        return 200, completion("{}")

    server = serve(reply)
    request = Request(messages=REQUEST.messages, schema='{"type":"object"}')
    assert len(ask(server.url, request)) == 1
    assert len(server.asked) == 1 + len(refused)


def test_a_server_that_takes_no_choice_of_forms_gets_one_form(serve: Callable[[Reply], Server]) -> None:
    """As OpenAI, whose schemas have no `anyOf` at the top; what is asked for then allows all that any form does."""

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if "anyOf" in body["response_format"]["json_schema"]["schema"]:
            return 400, b'{"error": {"message": "Invalid schema for response_format: schema must be of type object"}}'
        return 200, completion("{}")

    server = serve(reply)
    assert len(ask(server.url, Request(messages=REQUEST.messages, schema=CRITIQUE_SCHEMA))) == 1
    schema = server.asked[-1][1]["response_format"]["json_schema"]["schema"]
    assert list(schema["properties"]) == schema["required"] == ["text", "quotes", "verdict", "severity"]
    assert schema["properties"]["verdict"]["enum"] == ["violates", "complies", "unclear"]
    assert (schema["properties"]["severity"]["minimum"], schema["properties"]["severity"]["maximum"]) == (0, 3)
    assert len(server.asked) == 2


def test_a_server_with_another_name_for_the_limit(serve: Callable[[Reply], Server]) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if "max_tokens" in body:
            message = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            return 400, json.dumps({"error": {"message": message}}).encode()
        return 200, completion("ok")

    assert ask(serve(reply).url)[0].text == "ok"


def test_an_answer_is_cut_to_what_the_context_has_room_for(serve: Callable[[Reply], Server]) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if body["max_tokens"] > 96:
            message = "This model's maximum context length is 100 tokens. However, you requested 516 (4 in the messages, 512 in the completion)."  # noqa: E501
            return 400, json.dumps({"error": {"message": message}}).encode()
        return 200, completion("ok")

    server = serve(reply)
    assert ask(server.url)[0].text == "ok"
    assert server.asked[-1][1]["max_tokens"] == 96


def test_neither_passwords_nor_settings_are_forgotten_in_the_name(serve: Callable[[Reply], Server]) -> None:
    async def name(url: str, **options: Any) -> str:
        async with await open_endpoint(url, None, **options) as engine:
            return engine.model

    url = serve(lambda path, body: (200, b"")).url
    secret = url.replace("://", "://me:secret@")
    assert asyncio.run(name(secret)) == asyncio.run(name(url)) == f"m1@{url}/v1"
    refusing = serve(lambda path, body: (400, b"no")).url.replace("://", "://me:secret@")
    with pytest.raises(RequestError) as caught:
        ask(refusing)
    assert "secret" not in str(caught.value)
    assert asyncio.run(name(url, template_kwargs={"a": 1})) != asyncio.run(name(url, template_kwargs={"a": 2}))


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (400, b'{"error": {"message": "maximum context length is 8"}}', "too_long", "context length"),
        (400, b'{"error": {"message": "no"}}', "refused", "HTTP 400: no"),
        (200, b'{"choices": [', "bad_answer", "not JSON"),
        (200, b"", "bad_answer", "not JSON"),
        (200, b'{"choices": []}', "bad_answer", "not an OpenAI completion"),
    ],
)
def test_what_fails_one_row_at_once(
    serve: Callable[[Reply], Server], status: int, body: bytes, kind: str, message: str
) -> None:
    server = serve(lambda path, request: (status, body))
    with pytest.raises(RequestError, match=message) as caught:
        ask(server.url, Request(messages=REQUEST.messages[1:]))
    assert caught.value.kind == kind
    assert len(server.asked) == 1


@pytest.mark.parametrize(("status", "message"), [(401, "CAIGEN_API_KEY"), (404, "is the model 'm1' served")])
def test_what_fails_everything(serve: Callable[[Reply], Server], status: int, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        ask(serve(lambda path, body: (status, b"no")).url)


def test_a_server_whose_template_refuses_system_messages(serve: Callable[[Reply], Server]) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        refused = any(message["role"] == "system" for message in body["messages"])
        return (400, b'{"error": {"message": "System role not supported"}}') if refused else (200, completion("ok"))

    server = serve(reply)
    assert ask(server.url)[0].text == "ok"
    assert server.asked[-1][1]["messages"] == [{"role": "user", "content": "Be kind.\n\nhi"}]


def test_connections_are_bounded(serve: Callable[[Reply], Server]) -> None:
    running, most, lock = 0, 0, threading.Lock()

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.02)
        with lock:
            running -= 1
        return 200, completion("ok")

    assert len(ask(serve(reply).url, *[REQUEST] * 40, capacity=5)) == 40
    assert most == 5


def test_no_server_no_model(serve: Callable[[Reply], Server]) -> None:
    with pytest.raises(EngineError, match="is the server up"):
        ask("http://127.0.0.1:9")
    with pytest.raises(EngineError, match="is the model 'x' served there"):
        ask(serve(lambda path, body: (404, b"{}")).url, model="x")


@pytest.fixture(scope="module")
def vllm_serve(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The server behind `vllm serve`, with the demo model."""
    log = tmp_path_factory.mktemp("serve") / "log"
    structured = ("--structured-outputs-config", '{"backend":"xgrammar","disable_any_whitespace":true}')
    with vllm_server(DEMO_PATH, "demo", log, *structured, threads=2) as url:
        yield url


def test_a_real_server_says_how_many_wait_and_others_do_not(vllm_serve: str, serve: Callable[[Reply], Server]) -> None:
    async def load(url: str) -> tuple[int, int] | None:
        async with await open_endpoint(url, None) as engine:
            long = Request(text="Here", sampling=Sampling(max_tokens=300, temperature=1.5))
            tasks = [asyncio.create_task(engine.complete(long)) for _ in range(60)] if url == vllm_serve else []
            server_load = await engine.load()
            for _ in range(100):
                if server_load and sum(server_load) >= 40:
                    break
                await asyncio.sleep(0.05)
                server_load = await engine.load() if tasks else server_load
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            return server_load

    server_load = asyncio.run(load(vllm_serve))
    assert server_load
    running, waiting = server_load
    assert running <= 32
    assert running + waiting >= 40
    assert asyncio.run(load(serve(lambda path, body: (200, b"")).url)) is None


def test_revise_against_a_real_vllm_serve(vllm_serve: str, caigen: Run, tmp_path: Path) -> None:
    examples = ROOT / "examples" / "healthcare.jsonl"
    out = tmp_path / "out.jsonl"
    command = (
        *("revise", examples, "--limit", 12, "--rounds", 2),
        *("--constitution", "demo-healthcare", "--endpoint", vllm_serve, "-o", out),
    )
    done = caigen(*command)
    assert "read 12 = done 12 + failed 0 + skipped 0" in done.stderr
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert all(len(row["candidates"][0]["rounds"]) == 2 for row in rows)
    assert rows[0]["provenance"]["models"]["policy"].startswith("demo@http://127.0.0.1")
    again = caigen(*command)
    assert "0 requests sent," in again.stderr


def test_a_real_vllm_serve_says_what_its_template_does_and_takes_neutral_sampling(vllm_serve: str) -> None:
    async def probe() -> tuple[str | None, Completion]:
        async with await open_endpoint(vllm_serve, None) as engine:
            letters = Request(messages=REQUEST.messages, choices=("A", "B"), sampling=Sampling(temperature=0.0))
            return await render_prompt(engine._client, engine.name, {}), await engine.complete(letters)

    prompt, answer = asyncio.run(probe())
    assert prompt
    assert prompt.endswith("<|assistant|>")
    assert answer.finish_reason == "length"
    assert answer.tokens.completion == 1
