"""Rewards on line: as a function of TRL, verl and OpenRLHF, and from the server; all the same as `score` off line."""

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

from caigen.constitution.model import load
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.exports.formats import verl_prompt
from caigen.judge import Judge
from caigen.records import Candidate, Message, Record
from caigen.rewards import ConstitutionReward, split_queries
from caigen.serve import Serving, application, check
from caigen.stages.prompts import Brief, Templates
from caigen.stages.score import ScoreSettings, score
from tests.conftest import Run
from tests.test_score import promises, yes

PROMPT, BAD, GOOD = "What works?", "This always works.", "This often works."


@pytest.fixture(scope="module")
def judge(engine: VLLMEngine) -> Judge:
    """The demo model as a judge of two rules."""
    own = Brief(constitution=load("demo-general"), templates=Templates.load(demo=True))
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
    return Judge(ScriptedEngine(promises), Brief(constitution=load("general"), templates=Templates.load()))


def off_line(judge: Judge, texts: list[str]) -> list[float | None]:
    """What `caigen score` says of them."""
    record = Record(
        id="r", prompt=(Message(role="user", content=PROMPT),), candidates=tuple(Candidate(text=text) for text in texts)
    )
    scored = asyncio.run(score(record, judge.engine, judge.brief, ScoreSettings()))
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


def test_openrlhf_asks_with_rendered_texts(scripted: Judge) -> None:
    with client(scripted) as http:
        prompt = f"<|im_start|>user\n{PROMPT}<|im_end|>\n<|im_start|>assistant\n"
        body = {
            "query": [f"{prompt}{text}<|im_end|>" for text in (BAD, GOOD)],
            "prompts": [prompt] * 2,
            "labels": ["", ""],
        }
        found = http.post("/get_reward", json=body).json()
        assert found["rewards"] == found["scores"] == pytest.approx(off_line(scripted, [BAD, GOOD]))
        assert found["extra_logs"]["violates/GEN-001@1"] == [0.9, 0.1]
        assert http.post("/get_reward", json={"query": [], "prompts": [], "labels": []}).json()["rewards"] == []


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
        ("/score", {"prompt": [], "response": "x"}, "prompt is empty"),
        ("/score", {"prompt": [{"role": "user"}], "response": "x"}, "role and content"),
        ("/get_reward", {"query": ["a"], "prompts": ["a", "b"]}, "of one length"),
        ("/get_reward", {"query": [1], "prompts": ["a"]}, "of one length"),
        ("/compare", {"prompt": PROMPT, "a": "x"}, "are needed"),
    ],
)
def test_bad_requests_are_said(scripted: Judge, path: str, body: dict[str, Any], said: str) -> None:
    with client(scripted) as http:
        answer = http.post(path, json=body)
        assert answer.status_code == 422
        assert said in answer.json()["error"]
        assert http.post(path, content=b"{half").status_code == 422
        assert http.post(path, json=[1]).status_code == 422


def test_who_may_come_in(scripted: Judge) -> None:
    with client(scripted, token="secret") as http:
        item = {"prompt": PROMPT, "response": GOOD}
        assert http.post("/score", json=item).status_code == 401
        assert http.post("/score", json=item, headers={"authorization": "Bearer wrong"}).status_code == 401
        assert http.post("/score", json=item, headers={"authorization": "Bearer secret"}).status_code == 200
        assert http.get("/health").status_code == 200
        assert http.get("/metrics").status_code == 401
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


def test_what_cannot_be_judged_has_no_reward() -> None:
    def refuse(request: Any) -> Any:
        if "too much" in request.messages[0].content:
            raise RequestError("too_long", "the prompt has 9000 tokens")
        if "unreadable" in request.messages[0].content:
            return yes(0.1, mass=0.1)
        if "stop" in request.messages[0].content:
            raise EngineError("the engine stopped")
        return yes(0.1)

    judge = Judge(ScriptedEngine(refuse), Brief(constitution=load("general"), templates=Templates.load()))
    with client(judge) as http:
        items = [{"prompt": PROMPT, "response": text} for text in ("fine", "too much", "unreadable")]
        found = http.post("/score", json={"items": items}).json()["scores"]
        assert [one["reward"] for one in found] == [0.9, None, None]
        assert found[1]["error"] == "too_long"
        assert http.post("/score", json={"prompt": PROMPT, "response": "stop"}).status_code == 503


def test_texts_out_of_rendered_queries() -> None:
    prompt = "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>"
    assert split_queries([prompt + "Hello<|eot_id|></s>"], [prompt]) == (["user\n\n\nHi"], ["Hello"])


@pytest.mark.timeout(300)
def test_as_a_function_of_each_trainer(judge: Judge) -> None:
    reward = ConstitutionReward("general", principles=("GEN-001", "GEN-002"))
    try:
        expected = off_line(judge, [BAD, GOOD])
        logged: dict[str, float] = {}
        assert reward([PROMPT] * 2, [BAD, GOOD], log_metric=logged.__setitem__) == pytest.approx(expected, abs=1e-3)
        assert set(logged) == {"violates/GEN-001@1", "violates/GEN-002@1"}
        chat = [[{"role": "user", "content": PROMPT}]] * 2, [[{"role": "assistant", "content": t}] for t in (BAD, GOOD)]
        assert asyncio.run(reward.rewards(*chat)) == pytest.approx(expected, abs=1e-3)
        row = verl_prompt({"prompt": chat[0][0], "id": "r"})[0]
        verl = reward.compute_score(row["data_source"], GOOD, "", row["extra_info"])
        assert verl["score"] == pytest.approx(expected[1], abs=1e-3)
        rlhf = reward.reward_func([PROMPT + BAD, PROMPT + GOOD], [PROMPT] * 2, ["", ""])
        assert rlhf["rewards"].tolist() == pytest.approx(expected, abs=1e-3)
        with pytest.raises(CaigenError):
            reward.compute_score("x", GOOD, "", None)
    finally:
        reward.close()


def test_serve_says_what_is_wrong(caigen: Run, tmp_path: Path) -> None:
    assert "can be reached from elsewhere" in caigen("serve", "--host", "0.0.0.0", check=1).stderr
