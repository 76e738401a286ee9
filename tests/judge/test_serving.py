"""The judge as a server: what it answers is what `score` says off line, and nothing is made up for what it cannot
say.
"""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from caigen.constitution.load import load
from caigen.engines.base import Completion, Request
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.judge.judge import Judge
from caigen.judge.queries import Queries
from caigen.judge.server import Serving, application, check
from caigen.records import Candidate, Message, Record
from caigen.stages.requests import PromptSettings
from caigen.stages.score import ScoreSettings, score
from caigen.stages.templates import Templates
from tests.conftest import Run
from tests.stages.test_score import promises, yes

PROMPT, BAD, GOOD = "What works?", "This always works.", "This often works."


@pytest.fixture(scope="module")
def judge(engine: VLLMEngine) -> Judge:
    """The demo model as a judge of two rules."""
    own = PromptSettings(constitution=load("demo-general"), templates=Templates.load(demo=True))
    return Judge(engine, replace(own, only=("GEN-001", "GEN-002")))


def client(judge: Judge, **serving: Any) -> TestClient:
    """The application without a socket."""

    @asynccontextmanager
    async def opened():  # type: ignore[no-untyped-def]
        yield judge

    return TestClient(application(opened, Serving(**serving)), raise_server_exceptions=False)


@contextmanager
def served(judge: Judge, parser: Literal["h11", "httptools"], **serving: Any) -> Iterator[str]:
    """The application on a socket of its own; gives its URL."""
    app = client(judge, **serving).app
    server = uvicorn.Server(uvicorn.Config(app, port=0, http=parser, ws="none", log_level="warning"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture
def scripted() -> Judge:
    """A judge that finds broken promises in texts with `always`."""
    return Judge(ScriptedEngine(promises), PromptSettings(constitution=load("general"), templates=Templates.load()))


def off_line(judge: Judge, texts: list[str]) -> list[float | None]:
    """What `caigen score` says of them."""
    record = Record(
        id="r", prompt=(Message(role="user", content=PROMPT),), candidates=tuple(Candidate(text=text) for text in texts)
    )
    scored = asyncio.run(score(record, judge.engine, judge.prompt_settings, ScoreSettings()))
    return [candidate.scores[0].reward for candidate in scored.candidates]


def test_the_server_says_what_score_says(judge: Judge) -> None:
    expected = off_line(judge, [BAD, GOOD])
    with client(judge) as http:
        items = [{"prompt": PROMPT, "response": text} for text in (BAD, GOOD)]
        found = http.post("/score", json={"items": items}).json()["scores"]
        assert [one["reward"] for one in found] == pytest.approx(expected, abs=1e-3)
        assert set(found[0]["violates"]) == {"GEN-001@1", "GEN-002@1"}
        assert len(found[0]["worst"]) == 2
        alone = http.post("/score", json=items[0]).json()["scores"]
        assert alone[0]["reward"] == pytest.approx(expected[0], abs=1e-3)
        health = http.get("/health").json()
        assert health["model"].startswith("demo@")
        assert "caigen_texts_total 3.0" in http.get("/metrics").text


def openrlhf(*texts: str, **more: Any) -> dict[str, Any]:
    """What OpenRLHF posts: prompts and queries as rendered."""
    prompt = f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"
    queries = [f"{prompt}{text}<|im_end|>" for text in texts]
    return {"query": queries, "prompts": [prompt] * len(texts), "labels": [""] * len(texts), **more}


def test_openrlhf_asks_with_rendered_texts(scripted: Judge) -> None:
    with client(scripted) as http:
        found = http.post("/get_reward", json=openrlhf(BAD, GOOD)).json()
        assert found["rewards"] == found["scores"] == pytest.approx(off_line(scripted, [BAD, GOOD]))
        assert found["extra_logs"]["violates/GEN-001@1"] == [0.9, 0.1]
        assert found["extra_logs"]["unread"] == [0, 0]
        empty = http.post("/get_reward", json={"query": [], "prompts": [], "labels": []}).json()
        assert empty["rewards"] == empty["scores"] == empty["extra_logs"]["unread"] == []
        for body in ({"query": ["<|user|>Hi</s><|assistant|>This often works.</s>"]}, openrlhf(GOOD, labels=[None])):
            assert len(http.post("/get_reward", json=body).json()["rewards"]) == 1


def test_openrlhf_prompts_by_label(scripted: Judge) -> None:
    with client(scripted, queries=Queries({"r1": (Message(role="user", content=PROMPT),)})) as http:
        body = openrlhf(BAD, labels=["r1"])
        assert http.post("/get_reward", json=body).json()["rewards"] == pytest.approx(off_line(scripted, [BAD]))
        body["prompts"] = ["<|other|>What else?"]
        assert "prompt_not_in_query" in http.post("/get_reward", json=body).json()["error"]


def test_compare(scripted: Judge, judge: Judge) -> None:
    with client(judge) as http:
        found = http.post("/compare", json={"prompt": PROMPT, "a": BAD, "b": GOOD, "principle": "GEN-001"}).json()
        assert set(found) >= {"p_a", "orders", "status", "principle"}
        gone = http.post("/compare", json={"prompt": PROMPT, "a": BAD, "b": GOOD, "principle": "GEN-999"})
        assert gone.status_code == 422
        assert "has no principle GEN-999" in gone.json()["error"]


@pytest.mark.parametrize(
    ("path", "body", "said"),
    [
        ("/score", {"items": [{"prompt": PROMPT}]}, "response"),
        ("/score", {"items": 5}, '"items" is a list'),
        ("/score", {"items": ["x"]}, "an item is an object"),
        ("/score", {"prompt": [], "response": "x"}, "is missing or empty"),
        ("/score", {"prompt": [{"role": "user"}], "response": "x"}, "role and content"),
        ("/score", {"prompt": "", "response": "x"}, "empty prompt"),
        ("/score", {"prompt": PROMPT, "response": ["x"]}, '"response" is needed'),
        ("/score", {"prompt": PROMPT, "response": "a\0b"}, "NUL"),
        ("/score", {"prompt": "a\0b", "response": "x"}, "NUL"),
        ("/score", {"prompt": [{"role": "assistant", "content": "x"}], "response": "x"}, "end with a user message"),
        ("/score", {"prompt": [{"role": "tool", "content": "x"}], "response": "x"}, "role 'tool'"),
        ("/score", {"messages": [{"role": "user", "content": "x"}]}, "is missing or empty"),
        ("/get_reward", {"query": ["a"], "prompts": ["a", "b"]}, "of one length"),
        ("/get_reward", {"query": ["a", "b"], "prompts": ["a", "b"], "labels": ["x"]}, "of one length"),
        ("/get_reward", {"query": ["a", "b"], "prompts": ["a"]}, "of one length"),
        ("/get_reward", {"query": [1], "prompts": ["a"]}, "a list of texts"),
        ("/get_reward", {"query": "a", "prompts": "a", "labels": ""}, '"query" is a list'),
        ("/get_reward", {"query": ["a"], "prompts": "a"}, '"prompts" is a list'),
        ("/get_reward", {"query": ["a"], "prompts": ["a"], "labels": {"a": 1}}, '"labels" is a list'),
        ("/get_reward", {"query": None}, '"query" is a list'),
        ("/get_reward", {"query": ["a\0"], "prompts": ["a"]}, "NUL"),
        ("/get_reward", {"model": "m", "messages": ["Hi. Hello."]}, '"query" is needed'),  # LLaMA-Factory's body
        ("/compare", {"prompt": PROMPT, "a": "x"}, "is needed"),
        ("/compare", {"prompt": PROMPT, "a": BAD, "b": f" {BAD}\n", "principle": "GEN-001"}, "the same text"),
        ("/compare", {"a": BAD, "b": GOOD, "principle": "GEN-001"}, "is missing or empty"),
        ("/compare", {"prompt": PROMPT, "a": BAD, "b": GOOD, "principle": 5}, '"principle" is needed'),
    ],
)
def test_bad_requests_are_said(scripted: Judge, path: str, body: dict[str, Any], said: str) -> None:
    with client(scripted) as http:
        answer = http.post(path, json=body)
        assert answer.status_code == 422
        assert said in answer.json()["error"]


HALF = rb'"a\ud800b"'


@pytest.mark.parametrize(
    ("path", "body"),
    [
        *((path, body) for path in ("/score", "/get_reward", "/compare") for body in (
            b"{half", b"", b"[1]", b"null", b'"x"', b"\xff", b'{"items": NaN}', b"[" * 100_000, HALF, b"[" + HALF + b"]"
        )),
        ("/score", b'{"prompt": %s, "response": "x"}' % HALF),
        ("/score", b'{"prompt": [{"role": "user", "content": %s}], "response": "x"}' % HALF),
        ("/score", b'{"prompt": "Hi", "response": %s}' % HALF),
        ("/get_reward", b'{"query": [%s], "prompts": ["a"], "labels": [""]}' % HALF),
        ("/get_reward", b'{"query": ["a"], "prompts": ["a"], "labels": [%s]}' % HALF),
        ("/compare", b'{"prompt": "Hi", "a": %s, "b": "x", "principle": "GEN-001"}' % HALF),
        ("/compare", b'{"prompt": "Hi", "a": "y", "b": "x", "principle": %s}' % HALF),
    ],
)  # fmt: skip
def test_what_is_no_json_is_said(scripted: Judge, path: str, body: bytes) -> None:
    with client(scripted) as http:
        answer = http.post(path, content=body)
        # JSON of another kind is a shape that is not served
        assert answer.status_code == (422 if body in (b"[1]", b"null", b'"x"') else 400)
        assert "JSON" in answer.json()["error"]
        assert http.post("/score", json={"prompt": PROMPT, "response": GOOD}).status_code == 200


def test_who_may_come_in(scripted: Judge) -> None:
    with client(scripted, token="secret") as http:
        item = {"prompt": PROMPT, "response": GOOD}
        assert http.post("/score", json=item).status_code == 401
        assert http.post("/score", json=item, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert http.post("/score", json=item, headers={"authorization": "Bearer secret"}).status_code == 200
        assert http.get("/health").status_code == 200
        assert http.get("/metrics").status_code == 401
        for given, status in (
            ({"headers": {"authorization": "bearer secret"}}, 200),
            ({"auth": ("x", "secret")}, 200),  # as a client sends http://x:secret@host
            ({"params": {"token": "secret"}}, 200),
            ({"headers": {"authorization": "secret"}}, 401),
            ({"headers": {"authorization": "Basic secret"}}, 401),
            ({"headers": {"authorization": "Basic !!"}}, 401),
            ({"headers": {"authorization": "Digest secret"}}, 401),
            ({"auth": ("secret", "x")}, 401),
            ({"params": {"token": "wrong"}}, 401),
            ({"params": {"token": ""}}, 401),
        ):
            answer = http.post("/score", json=item, **given)
            assert answer.status_code == status, given
            assert "secret" not in answer.text
        assert "secret" not in http.get("/metrics?token=secret").text
    for host, token in (("0.0.0.0", None), ("example.org", None)):
        with pytest.raises(CaigenError, match="can be reached from elsewhere"):
            check(Serving(host=host, token=token))
    check(Serving(host="0.0.0.0", token="x"))
    check(Serving(host="::1"))


def test_large_and_frequent_requests(scripted: Judge) -> None:
    with client(scripted, body=1000) as http:
        large = http.post("/score", json={"prompt": PROMPT, "response": "x" * (50 << 20)})
        assert large.status_code == 413
    with client(scripted, rate=2.0) as http:
        statuses = [http.post("/score", json={"prompt": PROMPT, "response": GOOD}).status_code for _ in range(6)]
        assert statuses[:2] == [200, 200]
        assert 429 in statuses


def test_a_body_is_taken_no_further_than_its_limit(scripted: Judge) -> None:
    taken, sent = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal taken
        taken += 400
        return {"type": "http.request", "body": b"x" * 400, "more_body": True}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/score", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(client(scripted, body=1000).app(scope, receive, send))
    assert sent[0]["status"] == 413
    assert sent[1]["body"] == b'{"error":"a body has at most 1000 bytes"}'
    assert taken == 1200


@pytest.mark.parametrize(
    ("message", "statuses"),
    [({"type": "http.request", "body": b"x", "more_body": True}, [408]), ({"type": "http.disconnect"}, [])],
)
def test_a_body_that_does_not_arrive(scripted: Judge, message: dict[str, Any], statuses: list[int]) -> None:
    sent, given = [], [message]

    async def receive() -> dict[str, Any]:
        return given.pop() if given else await asyncio.Future()

    async def send(answer: dict[str, Any]) -> None:
        sent.append(answer)

    scope = {"type": "http", "method": "POST", "path": "/score", "headers": [], "query_string": b"", "root_path": ""}
    asyncio.run(client(scripted, arrival=0.2).app(scope, receive, send))
    assert [answer["status"] for answer in sent if "status" in answer] == statuses


@pytest.mark.parametrize("parser", ["h11", "httptools"])
def test_bodies_without_a_length(scripted: Judge, parser: Literal["h11", "httptools"]) -> None:
    pytest.importorskip(parser)
    with served(scripted, parser, body=1000) as url, httpx.Client(base_url=url, trust_env=False) as http:
        large = http.post("/score", content=(b"x" * (1 << 20) for _ in range(50)))
        assert (large.status_code, large.json()) == (413, {"error": "a body has at most 1000 bytes"})
        small = json.dumps({"prompt": PROMPT, "response": GOOD}).encode()
        chunks = (small[n : n + 9] for n in range(0, len(small), 9))
        assert http.post("/score", content=chunks, headers={"content-type": "application/json"}).status_code == 200
        assert 'caigen_requests_total{path="/score",status="413"} 1.0' in http.get("/metrics").text


def troubled(request: Any) -> Any:
    """Answers of a judge that fails in every way."""
    text = request.messages[0].content
    if "too much" in text:
        raise RequestError("too_long", "the prompt has 9000 tokens")
    if "stop" in text:
        raise EngineError("the engine stopped")
    if "half" in text and "Do not promise" in text:
        return yes(0.1, mass=0.1)
    return yes(0.1, mass=0.1) if "unreadable" in text else yes(0.1)


@pytest.fixture
def unsure() -> Judge:
    return Judge(ScriptedEngine(troubled), PromptSettings(constitution=load("general"), templates=Templates.load()))


def test_what_cannot_be_judged_has_no_reward(unsure: Judge) -> None:
    with client(unsure) as http:
        items = [{"prompt": PROMPT, "response": text} for text in ("fine", "too much", "unreadable", "half")]
        found = http.post("/score", json={"items": items}).json()["scores"]
        assert [one["reward"] for one in found] == [0.9, None, None, None]
        assert found[1]["error"] == "too_long"
        assert found[3]["unread"] == ["GEN-001@1"]
        empty = [{"prompt": PROMPT, "response": text} for text in ("", "<think>on and on", "fine")]
        found = http.post("/score", json={"items": empty}).json()["scores"]
        assert [(one["reward"], one.get("error")) for one in found] == [
            (None, "no_answer"),
            (None, "only_thought"),
            (0.9, None),
        ]
        assert http.post("/score", json={"prompt": PROMPT, "response": "stop"}).status_code == 503
        numbers = http.get("/metrics").text
        assert 'caigen_texts_unread_total{reason="unread"} 2.0' in numbers
        assert 'caigen_texts_unread_total{reason="too_long"} 1.0' in numbers


@pytest.mark.parametrize("text", ["unreadable", "half", "too much", ""])
def test_openrlhf_gets_an_error_or_the_number_that_was_asked_for(unsure: Judge, text: str) -> None:
    with client(unsure) as http:
        answer = http.post("/get_reward", json=openrlhf(text))
        assert answer.status_code == 422
        assert "no reward" in answer.json()["error"]
    with client(unsure, unread=0.25) as http:
        assert http.post("/get_reward", json=openrlhf("fine", text)).json()["rewards"] == [0.9, 0.25]
    with client(unsure, unread="mean") as http:
        assert "no text was read yet" in http.post("/get_reward", json=openrlhf(text)).json()["error"]
        found = [http.post("/get_reward", json=openrlhf(one)).json() for one in ("fine", text)]
        assert [one["rewards"] for one in found] == [[0.9], [0.9]]
        assert [one["extra_logs"]["unread"] for one in found] == [[0], [1]]
        assert set(found[0]["extra_logs"]) == set(found[1]["extra_logs"])  # else OpenRLHF stops
        assert all(isinstance(p, float) for one in found for row in one["extra_logs"].values() for p in row)


class Silent(ScriptedEngine):
    """Never answers what has `slow` in it; `waiting` is how many requests do."""

    waiting = 0

    async def complete(self, request: Request) -> Completion:
        if "slow" in request.messages[0].content:
            self.waiting += 1
            try:
                await asyncio.Event().wait()
            finally:
                self.waiting -= 1
        return await super().complete(request)


def test_nothing_more_is_asked_for_a_client_that_has_gone() -> None:
    engine = Silent(troubled)
    judge = Judge(engine, PromptSettings(constitution=load("general"), templates=Templates.load()))
    with served(judge, "h11") as url, httpx.Client(base_url=url, trust_env=False) as http:
        with pytest.raises(httpx.ReadTimeout):
            http.post("/score", json={"prompt": PROMPT, "response": "slow"}, timeout=1)
        until = time.monotonic() + 20
        while engine.waiting and time.monotonic() < until:
            time.sleep(0.01)
        assert engine.waiting == 0
        assert http.post("/score", json={"prompt": PROMPT, "response": "fine"}).json()["scores"][0]["reward"] == 0.9
        assert 'caigen_requests_total{path="/score",status="499"} 1.0' in http.get("/metrics").text


def test_a_request_ends_at_its_deadline() -> None:
    judge = Judge(Silent(troubled), PromptSettings(constitution=load("general"), templates=Templates.load()))
    with client(judge, timeout=0.5) as http:
        items = [{"prompt": PROMPT, "response": text} for text in ("fine", "slow")]
        found = http.post("/score", json={"items": items}).json()["scores"]
        assert [one["reward"] for one in found] == [0.9, None]
        assert found[1]["error"] == "timeout"
        for path, body in (
            ("/get_reward", openrlhf("slow")),
            ("/compare", {"prompt": PROMPT, "a": "slow", "b": "x", "principle": "GEN-001"}),
        ):
            answer = http.post(path, json=body)
            assert answer.status_code == 503
            assert "within 0.5 seconds" in answer.json()["error"]
        assert 'caigen_texts_unread_total{reason="timeout"} 2.0' in http.get("/metrics").text


def test_serve_says_what_is_wrong(caigen: Run, tmp_path: Path) -> None:
    assert "can be reached from elsewhere" in caigen("serve", "--host", "0.0.0.0", check=1).stderr
    for options, why in (
        (("--unread", "maybe"), "raise, mean, or a number"),
        (("--unread", "nan"), "JSON has no NaN"),
        (("--prompts", tmp_path / "none.jsonl"), "none.jsonl"),
        (("--policy-tokenizer", tmp_path / "none"), "cannot be loaded"),
    ):
        assert why in caigen("serve", *options, check=1).stderr
    switches = ("--think", "off", "--chat-template-kwarg", "enable_thinking=true")
    assert "--think off and --chat-template-kwarg" in caigen("serve", *switches, check=1).stderr


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (("--constitution", "healthcare", "--principle", "HLT-001"), "healthcare@1.0.0 has no principle HLT-001"),
        (("--endpoint", "http://127.0.0.1:9"), "is the server up?"),
    ],
)
def test_what_stops_the_server_before_it_listens_is_one_line(caigen: Run, options: tuple[str, ...], why: str) -> None:
    first, error = caigen("serve", *options, check=1).stderr.splitlines()
    assert first.startswith("serving on ")
    assert error.startswith("error: ")
    assert why in error
