"""ASGI middleware in front of the judge: token, size, time and rate of requests; caigen's errors as JSON.

It bounds a body while it arrives, before the application reads it, and reads none before the token is checked. Once the
server is to end it refuses what is still in progress.
"""

import asyncio
import base64
import binascii
import hmac
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qs

import orjson

from caigen.errors import CaigenError, EngineError, RequestError
from caigen.judge.bodies import BodyError
from caigen.judge.server_metrics import POST_PATHS, Metrics

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
RETRYABLE = ("timeout", "unreachable", "busy")  # reasons that may be gone at the next request: 503, else 422


class Limits(Protocol):
    """What the guard checks: a token, bytes of a body, seconds in which it arrives, requests a second of one client.

    A rate of 0 is no limit.
    """

    @property
    def token(self) -> str | None: ...

    @property
    def body(self) -> int: ...

    @property
    def arrival(self) -> float: ...

    @property
    def rate(self) -> float: ...


class _Refusal(NamedTuple):
    """Why a request is not let in."""

    status: int
    message: str


class _Bucket(NamedTuple):
    """Requests that a client may still send, at a time (monotonic seconds)."""

    tokens: float
    time: float


class Progress:
    """What a server is doing: `active` are the tasks of its requests. `stop` breaks all of it off.

    The judge is opened within the server, and that may take minutes: it is broken off as well.
    """

    def __init__(self) -> None:
        self.active: set[asyncio.Task[Any]] = set()
        self.stopped = False
        self._opening: asyncio.Task[Any] | None = None

    def stop(self) -> None:
        """Refuse all requests that are in progress, and those to come."""
        self.stopped = True
        for task in list(self.active):
            task.cancel()

    def opens_in(self, task: "asyncio.Task[Any] | None") -> None:
        """Say which task opens the judge; None once it is open."""
        self._opening = task

    def stop_opening(self) -> None:
        """Give up the opening of the judge. May be called by a signal's handler."""
        self.stopped = True
        if self._opening is not None:
            self._opening.get_loop().call_soon_threadsafe(self._opening.cancel)


class Guard:
    """Lets requests to an application in or refuses them, and counts both."""

    def __init__(self, app: Any, limits: Limits, metrics: Metrics, progress: Progress) -> None:
        self.app, self.limits, self.metrics, self.progress = app, limits, metrics, progress
        self._buckets: dict[str, _Bucket] = defaultdict(lambda: _Bucket(self._burst, time.monotonic()))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, path, status = time.monotonic(), scope["path"], 200

        async def send_noting_status(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        refusal = self._refusal(scope)
        if refusal:
            await _send_error(send_noting_status, refusal.status, refusal.message)
        else:
            await self._until_stopped(scope, receive, send_noting_status)
        self.metrics.count(path, status, time.monotonic() - began)

    async def _until_stopped(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Answer a request; one that `stop` breaks off is answered with 503."""
        task, began_to_answer = asyncio.current_task(), False

        async def send_noting_start(message: dict[str, Any]) -> None:
            nonlocal began_to_answer
            began_to_answer = True
            await send(message)

        if task is not None:
            self.progress.active.add(task)
        try:
            await self._let_in(scope, receive, send_noting_start)
        except asyncio.CancelledError:
            if not self.progress.stopped or task is None or began_to_answer:
                raise
            task.uncancel()
            await _send_error(send, 503, "the server is being stopped")
        finally:
            if task is not None:
                self.progress.active.discard(task)

    async def _let_in(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """Read the body, then call the application; errors of either become JSON with a status."""
        if scope["method"] != "POST" or scope["path"] not in POST_PATHS:
            # nothing that is sent with it is read
            await self.app(
                scope, _receive_first({"type": "http.request", "body": b"", "more_body": False}, receive), send
            )
            return
        try:
            body = await asyncio.wait_for(_read_body(receive, self.limits.body), self.limits.arrival)
        except _TooLargeError as error:
            await _send_error(send, 413, str(error))
            return
        except TimeoutError:
            await _send_error(send, 408, f"the body did not arrive within {self.limits.arrival:g} seconds")
            return
        if body["type"] == "http.disconnect":
            return  # no client is left to answer
        try:
            await self.app(scope, _receive_first(body, receive), send)
        except EngineError as error:
            await _send_error(send, 503, str(error))
        except RequestError as error:
            await _send_error(send, 503 if error.kind in RETRYABLE else 422, str(error))
        except BodyError as error:
            await _send_error(send, 400, str(error))
        except CaigenError as error:
            await _send_error(send, 422, str(error))

    def _refusal(self, scope: dict[str, Any]) -> _Refusal | None:
        """Why the headers alone are enough to refuse a request; None to let it in."""
        headers = {key.lower(): value for key, value in scope["headers"]}
        # /health is open, for load balancers that have no token
        if self.limits.token and scope["path"] != "/health":
            sent = tokens(headers, scope.get("query_string", b""))
            # compare_digest takes the same time wherever a token differs, so that timing does not reveal it
            if not any(hmac.compare_digest(token, self.limits.token.encode()) for token in sent):
                return _Refusal(
                    401,
                    "the token is missing or wrong: send Authorization: Bearer TOKEN, http://x:TOKEN@HOST or ?token=",
                )
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limits.body:
            return _Refusal(413, str(_TooLargeError(self.limits.body)))
        if self.limits.rate and not self._take_from_bucket(scope):
            return _Refusal(429, f"more than {self.limits.rate:g} requests a second")
        return None

    @property
    def _burst(self) -> float:
        """Requests that a client may send at once: those of one second, and at least one."""
        return max(1.0, self.limits.rate)

    def _take_from_bucket(self, scope: dict[str, Any]) -> bool:
        """Take one request from the client's token bucket; False if the bucket is empty."""
        client = str((scope.get("client") or ("",))[0])
        bucket, now = self._buckets[client], time.monotonic()
        # the bucket fills at the rate, up to the burst
        available = min(self._burst, bucket.tokens + (now - bucket.time) * self.limits.rate)
        allowed = available >= 1
        self._buckets[client] = _Bucket(available - 1 if allowed else available, now)
        return allowed


def tokens(headers: Mapping[bytes, bytes], query: bytes) -> list[bytes]:
    """All tokens that a request brings, in each of three ways.

    `?token=TOKEN`; `Authorization: Bearer TOKEN`; the password of `Authorization: Basic`, which a client that cannot
    set headers sends for `http://x:TOKEN@host`.
    """
    sent = [token.encode() for token in parse_qs(query.decode("latin-1")).get("token", [])]
    scheme, _, credentials = headers.get(b"authorization", b"").partition(b" ")
    if scheme.lower() == b"bearer":
        sent.append(credentials.strip())
    if scheme.lower() == b"basic":
        try:
            _, _, password = base64.b64decode(credentials.strip(), validate=True).partition(b":")
        except binascii.Error:
            return sent
        sent.append(password)
    return sent


class _TooLargeError(Exception):
    """A body of more bytes than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"a body has at most {limit} bytes")


async def _read_body(receive: Receive, limit: int) -> dict[str, Any]:
    """The body of a request as one ASGI message, or the disconnect message if the client leaves before its end.

    At most the limit and one chunk are taken. Raises _TooLargeError. The application would turn that into a 400, so
    the body is read before the application is called.
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


def _receive_first(message: dict[str, Any], receive: Receive) -> Receive:
    """A `receive` that gives this message first, then what the original one gives."""
    queue = [message]

    async def receive_next() -> dict[str, Any]:
        return queue.pop() if queue else await receive()

    return receive_next


async def _send_error(send: Send, status: int, message: str) -> None:
    """Send `{"error": message}`."""
    headers = [(b"content-type", b"application/json")]
    if status == 429:
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"error": message})})
