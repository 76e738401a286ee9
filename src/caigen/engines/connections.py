"""HTTP connections to one server, in many small pools, with a bound on what comes before an answer.

httpx (0.28, httpcore 1.0) looks at every connection of its pool, some of them several times, whenever a request
begins or ends: 8 ms of CPU for each request over 256 connections, 0.8 ms in pools of four (docs/LOG.md).
"""

import ssl
from collections.abc import AsyncIterator
from typing import Any, cast
from urllib.request import getproxies

import httpcore
import httpx

POOL_CONNECTIONS = 4
# What a server may send before a reply's body: its headers, and any number of `100 Continue` (a flood of them costs
# time for each). The first part of the body comes in the same reads.
MAX_HEAD_BYTES = 256 << 10


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
        self.transport = _BoundedTransport(verify=verify, limits=limits)
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


class _BoundedTransport(httpx.AsyncHTTPTransport):
    """httpx's transport over connections that bound what comes before a reply."""

    def __init__(self, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=verify, limits=limits)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=_BoundedBackend(),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request. Raises httpx.RequestError, RemoteProtocolError for a reply that does not begin."""
        response = await super().handle_async_request(request)
        stream = response.extensions.get("network_stream")
        if isinstance(stream, _BoundedStream):
            stream.in_head = False  # whoever reads the body bounds it
        return response


class _BoundedBackend(httpcore.AnyIOBackend):
    """The network, with streams that count."""

    async def connect_tcp(self, *args: Any, **kwargs: Any) -> httpcore.AsyncNetworkStream:
        return _BoundedStream(await super().connect_tcp(*args, **kwargs))


class _BoundedStream(httpcore.AsyncNetworkStream):
    """A connection; after each request at most MAX_HEAD_BYTES are read until `in_head` is set to False."""

    def __init__(self, stream: httpcore.AsyncNetworkStream) -> None:
        self._stream = stream
        self.in_head, self._size = True, 0

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self._size += len(data)
        if self.in_head and self._size > MAX_HEAD_BYTES:
            raise httpcore.RemoteProtocolError(f"more than {MAX_HEAD_BYTES:,} bytes before the reply's body")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.in_head, self._size = True, 0
        await self._stream.write(buffer, timeout)

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _BoundedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    async def aclose(self) -> None:
        await self._stream.aclose()
