"""The HTTP client of a model server: POST with retries, GET and POST without. Knows nothing of completions.

What may be over at the next try is tried again with exponential back-off: HTTP 429 and 5xx, time-outs and lost
connections.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Any, NamedTuple

import httpx
import orjson

from caigen.engines.connections import pooled_transport
from caigen.engines.failures import NO_CREDIT, error_names, is_transient, one_line
from caigen.engines.replies import MAX_REPLY_BYTES, Reply, ReplyError, decode, read_bytes, read_reply
from caigen.errors import EngineError, RequestError
from caigen.text.known_secrets import KnownSecrets, secrets_of_url
from caigen.text.secrets import public_url

MAX_TRIES = 6
TRIES_PER_TIMEOUT = 3  # an answer that did not come in time has cost as much as several tries
PATIENCE_SECONDS = 600.0  # of waiting for a rate limit
BACKOFF_SECONDS = (0.5, 20.0)  # before the second try, doubled for each further one, and the longest
JITTER = (0.7, 1.3)  # factors of a pause, so that requests that failed together do not come back together
CONNECT_SECONDS = 10.0
PROBE_SECONDS = 10.0  # for a question beside the requests, without retries
MODELS_SECONDS = 15.0


class _Miss(NamedTuple):
    """A try that failed and may succeed later."""

    reason: str
    tries: int  # how many tries it counts as
    pause: float = 0.0  # seconds that the server asks us to wait
    rate_limited: bool = False
    lost: bool = False  # there was no connection, rather than an error or an answer that came too late
    cause: Exception | None = None


@dataclass
class _Spent:
    """What the tries of one request have cost: `backoff` is the next pause, `waited` the seconds of all pauses."""

    began: float
    backoff: float
    tries: int = 0
    waited: float = 0.0


class HttpClient:
    """A client of the server at `url`, such as `http://gpu:8000/v1`. `shown` is the URL in messages, without
    credentials; `secrets` are those that the server is sent.

    `timeout` is in seconds for each whole answer; `waits` are the first and the longest pause between tries, `patience`
    limits the pauses of one request in all.
    """

    def __init__(
        self,
        url: str,
        *,
        api_key: str | None,
        max_connections: int,
        timeout: float,
        waits: tuple[float, float] = BACKOFF_SECONDS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.url, self.shown = url, public_url(url)
        self.secrets = KnownSecrets([api_key, *secrets_of_url(url)])
        self.waits, self.patience, self._timeout = waits, patience, timeout
        self._client = httpx.AsyncClient(
            headers=_headers(api_key),
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
            transport=pooled_transport(),
        )
        self._last_reply = 0.0  # when the server last replied to any request

    async def post(self, path: str, body: dict[str, Any], *, limit: int = MAX_REPLY_BYTES) -> Reply:
        """POST JSON and return the reply, which may be an error that another try would not change. At most `limit`
        bytes of it are read.

        Raises RequestError (`rate_limited`, `unreachable`) when the tries are used up, `bad_answer` for a reply that is
        not read; EngineError if the server no longer replies to any request.
        """
        content = orjson.dumps(body)
        first_pause, longest_pause = self.waits
        spent = _Spent(time.monotonic(), first_pause)
        while True:
            outcome = await self._try(path, content, limit)
            if isinstance(outcome, Reply):
                return outcome
            spent.tries += outcome.tries
            # exponential back-off, or longer if the server says so
            backoff = min(spent.backoff, longest_pause) * random.uniform(*JITTER)
            pause = max(outcome.pause, backoff)
            self._check_limits(outcome, spent, pause)
            await asyncio.sleep(pause)
            spent.waited += pause
            spent.backoff *= 2

    async def _try(self, path: str, content: bytes, limit: int) -> Reply | _Miss:
        """Send a request once."""
        request = self._client.build_request(
            "POST", f"{self.url}{path}", content=content, headers={"content-type": "application/json"}
        )
        try:
            status, headers, content = await _send(self._client, request, self._timeout, limit)
        except (httpx.ReadTimeout, TimeoutError) as error:
            return _Miss(f"ReadTimeout: no whole answer within {self._timeout:g} s", TRIES_PER_TIMEOUT, cause=error)
        except httpx.RequestError as error:
            return _Miss(self.secrets.remove(_describe(error)), 1, lost=True, cause=error)
        except ReplyError as error:
            self._last_reply = time.monotonic()
            raise RequestError("bad_answer", f"{self.shown}: {error}") from error
        self._last_reply = time.monotonic()
        reply = read_reply(status, headers, content, self.secrets)
        if not is_transient(reply.status) or NO_CREDIT in error_names(reply.body):
            return reply
        reason = f"HTTP {reply.status}: {reply.message}"
        if reply.status == 429:  # limited by patience alone
            return _Miss(reason, 0, reply.pause, rate_limited=True)
        return _Miss(reason, 1, reply.pause)

    def _check_limits(self, miss: _Miss, spent: _Spent, pause: float) -> None:
        """Raises RequestError or EngineError if there is no further try after the pause."""
        if spent.waited + pause > self.patience:
            kind = "rate_limited" if miss.rate_limited else "unreachable"
            raise RequestError(kind, f"{self.shown}: gave up after {spent.waited:.0f} s of waiting: {miss.reason}")
        if spent.tries < MAX_TRIES:
            return
        if miss.lost and self._last_reply < spent.began:
            # no request of this run had a reply since this one began: the server has gone
            raise EngineError(
                f"{self.shown}: no answer any more ({miss.reason}); run the same command again to go on"
            ) from miss.cause
        message = f"{self.shown}: gave up after {MAX_TRIES} tries: {miss.reason}"
        raise RequestError("unreachable", message) from miss.cause

    async def probe(self, path: str, body: dict[str, Any] | None = None) -> bytes | None:
        """GET a path beside `/v1`, or POST JSON to it; returns what came back, None if nothing did."""
        url = f"{self.url.removesuffix('/v1')}{path}"
        request = self._client.build_request("GET" if body is None else "POST", url, json=body, timeout=PROBE_SECONDS)
        try:
            _, _, content = await _send(self._client, request, PROBE_SECONDS)
        except (httpx.HTTPError, TimeoutError, ReplyError):
            return None  # if the server is gone, the next request will say so
        return content

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def list_models(url: str, api_key: str | None) -> dict[str, dict[str, Any]]:
    """Return what a server says of each model that it serves, by name (GET /v1/models).

    Raises EngineError if it does not reply, refuses the key, or replies with something else.
    """
    shown, secrets = public_url(url), KnownSecrets([api_key, *secrets_of_url(url)])
    try:
        async with httpx.AsyncClient(headers=_headers(api_key), timeout=MODELS_SECONDS) as client:
            request = client.build_request("GET", f"{url}/models")
            status, headers, content = await _send(client, request, MODELS_SECONDS)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ReplyError) as error:
        reason = secrets.remove(f"{type(error).__name__}: {error}".rstrip(": "))
        raise EngineError(f"{shown}: no answer ({reason}); is the server up?") from error
    reply = read_reply(status, headers, content, secrets)
    if reply.status in (401, 403):
        raise EngineError(f"{shown}: HTTP {reply.status}: {reply.message}; set CAIGEN_API_KEY")
    try:
        models = {str(entry["id"]): dict(entry) for entry in secrets.remove_from(decode(content))["data"]}
    except (KeyError, TypeError, ValueError) as error:
        beginning = secrets.remove(content[:2000].decode(errors="replace"))[:80]
        raise EngineError(f"{shown}: HTTP {status}, not an OpenAI-compatible server: {beginning!r}") from error
    return models


async def _send(
    client: httpx.AsyncClient, request: httpx.Request, seconds: float, limit: int = MAX_REPLY_BYTES
) -> tuple[int, httpx.Headers, bytes]:
    """Status, headers and unpacked content of the reply to a request, of at most `limit` bytes.

    Raises httpx.HTTPError, TimeoutError if it is not there whole after so many seconds, ReplyError.
    """
    async with asyncio.timeout(seconds):
        response = await client.send(request, stream=True)
        try:
            return (
                response.status_code,
                response.headers,
                await read_bytes(response.aiter_raw(), response.headers, limit),
            )
        finally:
            await response.aclose()


def _headers(api_key: str | None) -> dict[str, str]:
    """Headers of each request. The size of what is packed is known only when it is unpacked: nothing shall be."""
    headers = {"accept-encoding": "identity"}
    if api_key:
        headers["authorization"] = f"Bearer {api_key}"
    return headers


def _describe(error: httpx.RequestError) -> str:
    return one_line(f"{type(error).__name__}: {error}".rstrip(": "))
