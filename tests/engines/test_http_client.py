"""Retries and questions without retries, against a real local HTTP server."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

import pytest

from caigen.engines import http_client
from caigen.engines.address import Address
from caigen.engines.http_client import HttpClient, list_models
from caigen.engines.model_list import ModelList
from caigen.errors import EngineError, RequestError
from tests.server import Listening, Quiet, Reply, Server

Start = Callable[[Reply], Server]
OK = (200, b'{"answer": 1}')


def post(url: str, *, times: int = 1, timeout: float = 60.0, **options: Any) -> http_client.Reply:
    """The last reply to the same request, sent so many times one after the other."""

    async def work() -> http_client.Reply:
        client = HttpClient(
            f"{url}/v1", api_key=None, max_connections=4, timeout=timeout, waits=(0.01, 0.05), **options
        )
        try:
            for _ in range(times):
                reply = await client.post("/completions", {"prompt": "x"})
        finally:
            await client.close()
        return reply

    return asyncio.run(work())


def test_a_reply_is_read(serve: Start) -> None:
    server = serve(lambda path, body: OK)
    assert post(server.url) == http_client.Reply(200, {"answer": 1})
    assert server.asked == [("/v1/completions", {"prompt": "x"})]
    not_json = serve(lambda path, body: (200, b"no  json"))
    assert post(not_json.url) == http_client.Reply(200, None, "no json")
    hidden = serve(lambda path, body: (200, b'{"error": {"message": "too much", "code": 413}}'))
    assert post(hidden.url).status == 413


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(serve: Start, status: int) -> None:
    replies = iter([(status, b"busy"), (status, b"busy"), OK])
    assert post(serve(lambda path, body: next(replies)).url).body == {"answer": 1}


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422, 501])
def test_what_another_try_would_not_change_is_not_tried_again(serve: Start, status: int) -> None:
    server = serve(lambda path, body: (status, b'{"error": {"message": "no"}}'))
    reply = post(server.url)
    assert (reply.status, reply.message, len(server.asked)) == (status, "no", 1)


def test_a_limit_for_want_of_credit_is_not_tried_again(serve: Start) -> None:
    server = serve(lambda path, body: (429, b'{"error": {"message": "pay", "code": "insufficient_quota"}}'))
    assert (post(server.url, patience=1.0).status, len(server.asked)) == (429, 1)


@pytest.mark.parametrize(
    ("status", "kind", "message"),
    [(503, "unreachable", "gave up after 6 tries"), (429, "rate_limited", "gave up after 1 s of waiting")],
)
def test_a_server_that_stays_busy_fails_the_row(serve: Start, status: int, kind: str, message: str) -> None:
    server = serve(lambda path, body: (status, b'{"error": {"message": "slow down"}}'))
    with pytest.raises(RequestError, match=f"{message}: HTTP {status}: slow down") as caught:
        post(server.url, patience=1.0)
    assert caught.value.kind == kind
    assert len(server.asked) == 6 if status == 503 else len(server.asked) > 6


def test_a_rate_limit_is_waited_for_as_long_as_the_server_says(serve: Start) -> None:
    replies = iter([(429, b"", "1"), (429, b"", formatdate(time.time() + 4, usegmt=True)), (*OK, "")])
    server = serve(lambda path, body: next(replies))
    began = time.monotonic()
    assert post(server.url).status == 200
    assert 2.5 < time.monotonic() - began < 10


def test_a_server_may_not_make_us_wait_for_ever(serve: Start) -> None:
    with pytest.raises(RequestError, match="gave up after 0 s of waiting: HTTP 503"):
        post(serve(lambda path, body: (503, b"later", "86400")).url, patience=1.0)


def test_one_slow_row_does_not_stop_the_run(serve: Start) -> None:
    def reply_late(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        time.sleep(1)
        return OK

    server = serve(reply_late)
    with pytest.raises(RequestError, match=r"gave up after 6 tries: no whole answer within 0\.2 s") as caught:
        post(server.url, timeout=0.2)
    assert caught.value.kind == "unreachable"
    assert len(server.asked) == 2  # each counts as three tries


def test_a_server_that_goes_away_stops_the_run(serve: Start) -> None:
    replies = iter([OK])
    server = serve(lambda path, body: next(replies, (0, b"")))
    with pytest.raises(EngineError, match="no answer any more"):
        post(server.url, times=2)
    assert len(server.asked) == 7


def test_a_probe_is_sent_once_and_never_fails(serve: Start) -> None:
    async def probe(url: str, body: dict[str, Any] | None) -> bytes | None:
        client = HttpClient(url, api_key=None, max_connections=1, timeout=5.0)
        content = await client.probe("/tokenize", body)
        await client.close()
        return content

    server = serve(lambda path, body: (503, b"busy"))
    assert asyncio.run(probe(f"{server.url}/v1", {"x": 1})) == b"busy"
    assert server.asked == [("/tokenize", {"x": 1})]
    assert asyncio.run(probe("http://127.0.0.1:9/v1", {"x": 1})) is None
    assert asyncio.run(probe("http://127.0.0.1:9/v1", None)) is None


def listed(url: str) -> ModelList:
    return asyncio.run(list_models(Address(url), None))[0]


def test_models_are_listed_with_what_is_said_of_them(serve: Start) -> None:
    models = listed(f"{serve(lambda path, body: OK).url}/v1")
    assert models == ModelList({"m1": {"id": "m1"}, "m2": {"id": "m2"}})


@pytest.mark.parametrize(
    ("status", "content", "reason"),
    [
        *(
            (200, content, "HTTP 200, its list of models cannot be read")
            for content in (b"hello", b'{"data": 7}', b"[7]")
        ),
        *((404, content, "HTTP 404 for its list of models") for content in (b"", b'{"data": [7]}')),
        (401, b'{"error": {"message": "no key"}}', "HTTP 401 for its list of models: no key; set CAIGEN_API_KEY"),
        (403, b"", "HTTP 403 for its list of models: Forbidden; set CAIGEN_API_KEY"),
    ],
)
def test_what_is_no_list_of_models_has_a_reason(status: int, content: bytes, reason: str) -> None:
    with replying(status, content) as url:
        models = listed(url)
    assert not models.models
    assert models.reason.startswith(reason)


def test_a_redirect_to_another_host_gets_no_key() -> None:
    with (
        replying(302, b"", "http://elsewhere.example/v1/models") as url,
        pytest.raises(EngineError, match="redirects to"),
    ):
        listed(url)


@contextmanager
def replying(status: int, content: bytes, location: str = "") -> Iterator[str]:
    """The URL of a server that replies so to every GET."""

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802 - the name is that of http.server
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            if location:
                self.send_header("location", location)
            self.end_headers()
            self.wfile.write(content)

    server = Listening(Handler)
    try:
        yield f"{server.url}/v1"
    finally:
        server.close()
