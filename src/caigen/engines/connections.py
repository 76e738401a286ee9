"""HTTP connections to one server, in many small pools.

httpx (0.28, httpcore 1.0) looks at every connection of its pool, some of them several times, whenever a request
begins or ends: 8 ms of CPU for each request over 256 connections, 0.8 ms in pools of four (docs/LOG.md).
"""

import ssl
from collections.abc import AsyncIterator
from typing import cast
from urllib.request import getproxies

import httpx

POOL_CONNECTIONS = 4


def pooled_transport() -> httpx.AsyncBaseTransport | None:
    """Return the transport for `httpx.AsyncClient(transport=…)`: small pools, or None (httpx's own) if the environment
    names a proxy, which only httpx's own transport uses.
    """
    if getproxies():
        return None
    return PooledTransport()


class _Pool:
    """One httpx transport and the number of its requests that are under way."""

    def __init__(self, verify: ssl.SSLContext) -> None:
        limits = httpx.Limits(max_connections=POOL_CONNECTIONS, max_keepalive_connections=POOL_CONNECTIONS)
        self.transport = httpx.AsyncHTTPTransport(verify=verify, limits=limits)
        self.busy = 0  # requests whose response has not been closed


class PooledTransport(httpx.AsyncBaseTransport):
    """Sends each request through the first pool with a free connection, and makes a pool when all are full.

    It sets no limit to the number of pools: the caller limits its requests.
    """

    def __init__(self) -> None:
        self._verify = httpx.create_ssl_context()  # takes 20 ms, so all pools share one
        self.pools: list[_Pool] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; its connection is free again once the response is closed.

        Raises httpx.RequestError.
        """
        pool = self._free_pool()
        pool.busy += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:  # also when the waiting task is cancelled
            pool.busy -= 1
            raise
        # from now on the response holds the connection
        response.stream = _ResponseStream(cast("httpx.AsyncByteStream", response.stream), pool)
        return response

    def _free_pool(self) -> _Pool:
        for pool in self.pools:
            if pool.busy < POOL_CONNECTIONS:
                return pool
        self.pools.append(_Pool(self._verify))
        return self.pools[-1]

    async def aclose(self) -> None:
        """Close all connections."""
        for pool in self.pools:
            await pool.transport.aclose()


class _ResponseStream(httpx.AsyncByteStream):
    """A response's body that counts its request as ended when it is closed, once."""

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
