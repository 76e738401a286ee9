"""Many small pools of connections: full before another is made, free again whatever comes of a request."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress

import httpx
import pytest

from caigen.engines.connections import MAX_HEAD_BYTES, POOL_CONNECTIONS, PooledTransport, pooled_transport
from tests.server import Listening, Quiet, Reply, Server, completion

Start = Callable[[Reply], Server]


def test_pools_are_filled_before_another_is_made_and_used_again(serve: Start) -> None:
    barrier = threading.Barrier(2 * POOL_CONNECTIONS + 1)  # all are at work at once

    def reply(path: str, body: object) -> tuple[int, bytes]:
        barrier.wait(timeout=20)
        return 200, completion("x")

    url = serve(reply).url

    async def work() -> None:
        connections = PooledTransport()
        async with httpx.AsyncClient(transport=connections) as client:
            for _ in range(3):
                asked = (client.post(url, json={}) for _ in range(2 * POOL_CONNECTIONS + 1))
                assert [each.status_code for each in await asyncio.gather(*asked)] == [200] * (2 * POOL_CONNECTIONS + 1)
                assert [pool.busy for pool in connections.pools] == [0, 0, 0]

    asyncio.run(work())


def test_a_place_is_free_after_whatever_happens(serve: Start) -> None:
    refused = serve(lambda path, body: (500, b"no"))
    broken = serve(lambda path, body: (0, b""))
    waiting = threading.Event()
    slow = serve(lambda path, body: (200, completion("x")) if waiting.wait(20) else (500, b""))

    async def work() -> None:
        connections = PooledTransport()
        async with httpx.AsyncClient(transport=connections) as client:
            assert (await client.post(refused.url, json={})).status_code == 500
            with pytest.raises(httpx.RemoteProtocolError):
                await client.post(broken.url, json={})
            with pytest.raises(httpx.ReadTimeout):
                await client.post(slow.url, json={}, timeout=0.1)
            task = asyncio.create_task(client.post(slow.url, json={}))
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            waiting.set()
            async with client.stream("POST", slow.url, json={}) as response:
                assert [pool.busy for pool in connections.pools] == [1]
                assert response.status_code == 200  # and its body is never read
            assert [pool.busy for pool in connections.pools] == [0]

    asyncio.run(work())


def test_a_proxy_of_the_environment_is_left_to_httpx(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    assert isinstance(pooled_transport(), PooledTransport)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert pooled_transport() is None


@pytest.mark.parametrize(
    ("flood", "message"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 20_000, "bytes before the reply's body"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 100_000, "Receive buffer too long"),
    ],
    ids=["100 Continue", "headers"],
)
def test_a_flood_before_the_answer_is_not_read_to_its_end(flood: bytes, message: str) -> None:
    class Handler(Quiet):
        def do_POST(self) -> None:  # noqa: N802 - the name is that of http.server
            self.body()
            with suppress(OSError):
                self.wfile.write(flood)
            self.close_connection = True

    server = Listening(Handler)

    async def work() -> None:
        async with httpx.AsyncClient(transport=PooledTransport()) as client:
            with pytest.raises(httpx.RemoteProtocolError, match=message):
                await client.post(server.url, json={}, timeout=20)

    try:
        asyncio.run(work())
    finally:
        server.close()


def test_a_large_body_is_no_flood(serve: Start) -> None:
    server = serve(lambda path, body: (200, b"x" * (2 * MAX_HEAD_BYTES)))

    async def work() -> None:
        async with httpx.AsyncClient(transport=PooledTransport()) as client:
            for _ in range(2):  # on one connection
                assert len((await client.post(server.url, json={})).content) == 2 * MAX_HEAD_BYTES

    asyncio.run(work())
