"""Who may come in, how large, how long and how often; errors of caigen as JSON.

A plain ASGI middleware, so bodies are bounded while they arrive.
"""

import asyncio
import base64
import binascii
import hmac
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from urllib.parse import parse_qs

import orjson

from caigen.errors import CaigenError, EngineError, RequestError
from caigen.judge.server_metrics import Metrics

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
BUSY = ("timeout", "unreachable", "busy")  # reasons of a request that may come again


class Limits(Protocol):
    """What the door asks for: a token, bytes of a body, seconds in which it arrives, and requests a second of one client
    (0 without limit).
    """

    @property
    def token(self) -> str | None: ...

    @property
    def body(self) -> int: ...

    @property
    def arrival(self) -> float: ...

    @property
    def rate(self) -> float: ...


class Guard:
    """An application behind its limits."""

    def __init__(self, app: Any, limits: Limits, metrics: Metrics) -> None:
        self.app, self.limits, self.metrics = app, limits, metrics
        self._left: dict[str, tuple[float, float]] = defaultdict(lambda: (max(1.0, limits.rate), time.monotonic()))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, path, status = time.monotonic(), scope["path"], 200

        async def seen(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        refused = self._refused(scope)
        if refused:
            await _answer(seen, *refused)
        else:
            await self._let_in(scope, receive, seen)
        self.metrics.count(path, status, time.monotonic() - began)

    async def _let_in(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        try:
            body = await asyncio.wait_for(_whole(receive, self.limits.body), self.limits.arrival)
        except _TooLargeError as error:
            await _answer(send, 413, str(error))
            return
        except TimeoutError:
            await _answer(send, 408, f"the body did not arrive within {self.limits.arrival:g} seconds")
            return
        if body["type"] == "http.disconnect":
            return  # nobody is there to be answered
        try:
            await self.app(scope, _first(body, receive), send)
        except EngineError as error:
            await _answer(send, 503, str(error))
        except RequestError as error:
            await _answer(send, 503 if error.kind in BUSY else 422, str(error))
        except CaigenError as error:
            await _answer(send, 422, str(error))

    def _refused(self, scope: dict[str, Any]) -> tuple[int, str] | None:
        headers = {key.lower(): value for key, value in scope["headers"]}
        if self.limits.token and scope["path"] != "/health":
            given = tokens(headers, scope.get("query_string", b""))
            if not any(hmac.compare_digest(one, self.limits.token.encode()) for one in given):
                return (
                    401,
                    "the token is missing or wrong: send Authorization: Bearer TOKEN, http://x:TOKEN@HOST or ?token=",
                )
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limits.body:
            return 413, str(_TooLargeError(self.limits.body))
        return self._too_often(str((scope.get("client") or ("",))[0])) if self.limits.rate else None

    def _too_often(self, client: str) -> tuple[int, str] | None:
        """A bucket of one second's requests for each client, filled at the rate."""
        left, since = self._left[client]
        now = time.monotonic()
        left = min(max(1.0, self.limits.rate), left + (now - since) * self.limits.rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        return None if left >= 1 else (429, f"more than {self.limits.rate:g} requests a second")


def tokens(headers: Mapping[bytes, bytes], query: bytes) -> list[bytes]:
    """The tokens that a request brings: `Bearer TOKEN`; the password of `Basic`, which a client without headers of its own
    sends for `http://x:TOKEN@host`; `?token=TOKEN`.
    """
    scheme, _, given = headers.get(b"authorization", b"").partition(b" ")
    found = [one.encode() for one in parse_qs(query.decode("latin-1")).get("token", [])]
    if scheme.lower() == b"bearer":
        found.append(given.strip())
    if scheme.lower() == b"basic":
        try:
            found.append(base64.b64decode(given.strip(), validate=True).partition(b":")[2])
        except binascii.Error:
            return found
    return found


class _TooLargeError(Exception):
    """A body of more bytes than are allowed."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a body has at most {limit} bytes")


async def _whole(receive: Receive, limit: int) -> dict[str, Any]:
    """The body of a request as one message; no more of it is taken than the limit and one chunk. Where the client leaves
    before its end, that message.

    Raises _TooLargeError. The application would turn it into a 400, so the body is read before it is asked.
    """
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return message
        body += message.get("body", b"")
        if len(body) > limit:
            raise _TooLargeError(limit)
        if not message.get("more_body", False):
            return {"type": "http.request", "body": bytes(body), "more_body": False}


def _first(message: dict[str, Any], receive: Receive) -> Receive:
    """A `receive` that gives one message, then what comes."""
    waiting = [message]

    async def given() -> dict[str, Any]:
        return waiting.pop() if waiting else await receive()

    return given


async def _answer(send: Send, status: int, said: str) -> None:
    headers = [(b"content-type", b"application/json")] + ([(b"retry-after", b"1")] if status == 429 else [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"error": said})})
