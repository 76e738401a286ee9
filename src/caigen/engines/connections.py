"""Connections to one server in many small pools.

httpx (0.28, httpcore 1.0) looks at every connection of its pool, some of them several times, whenever a request begins or
ends: 8 ms of CPU for each request over 256 connections, 0.8 ms in pools of four (docs/LOG.md).
"""

import ssl
from collections.abc import AsyncIterator
from typing import cast
from urllib.request import getproxies

import httpx

EACH = 4  # connections of a pool


def many() -> httpx.AsyncBaseTransport | None:
    """For `httpx.AsyncClient(transport=…)`; None, which is httpx's own, where the environment names a proxy."""
    return None if getproxies() else Connections()


class _Pool:
    def __init__(self, verify: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=EACH, max_keepalive_connections=EACH)
        self.transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits)
        self.busy = 0  # requests whose answers are not read to the end


class Connections(httpx.AsyncBaseTransport):
    """As many pools as there are requests at once, the first ones full before another is made. It sets no bound: whoever
    asks does.
    """

    def __init__(self) -> None:
        self._verify = httpx.create_ssl_context()  # 20 ms, so one for all
        self.pools: list[_Pool] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """The answer; its place is free once it is closed."""
        pool = next((pool for pool in self.pools if pool.busy < EACH), None)
        if pool is None:
            pool = _Pool(self._verify)
            self.pools.append(pool)
        pool.busy += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            pool.busy -= 1
            raise
        response.stream = _Answer(cast("httpx.AsyncByteStream", response.stream), pool)
        return response

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self.pools:
            await pool.transport.aclose()


class _Answer(httpx.AsyncByteStream):
    """The body of an answer, which gives its place back when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, pool: _Pool) -> None:
        self._stream, self._pool = stream, pool
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._stream:
            yield part

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            self._pool.busy -= 1
        await self._stream.aclose()
