"""The HTTP client of a model server: POST with retries, GET and POST without. Knows nothing of completions.

What may be over at the next try is tried again with exponential back-off: HTTP 429 and 5xx, time-outs and lost
connections.
"""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import httpx
import orjson

from caigen.engines.address import Address
from caigen.engines.connections import pooled_transport
from caigen.engines.failures import NO_CREDIT, error_names, is_transient, one_line
from caigen.engines.model_list import ModelList, read_models
from caigen.engines.replies import MAX_REPLY_BYTES, Reply, ReplyError, read_bytes, read_reply
from caigen.errors import EngineError, RequestError
from caigen.text.known_secrets import KnownSecrets, secrets_of_url
from caigen.text.secrets import parse_url, public_url

MAX_TRIES = 6
TRIES_PER_TIMEOUT = 3  # an answer that did not come in time has cost as much as several tries
PATIENCE_SECONDS = 600.0  # of waiting for a rate limit
BACKOFF_SECONDS = (0.5, 20.0)  # before the second try, doubled for each further one, and the longest
JITTER = (0.7, 1.3)  # factors of a pause, so that requests that failed together do not come back together
CONNECT_SECONDS = 10.0
PROBE_SECONDS = 10.0  # for a question beside the requests, without retries
MODELS_SECONDS = 15.0
MAX_REDIRECTS = 3
REDIRECTS = (301, 302, 303, 307, 308)


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
    lost_since: float | None = None  # since when each try found no connection


class HttpClient:
    """A client of the server at `url`, such as `http://gpu:8000/v1`. `shown` is the URL in messages, without
    credentials; `secrets` are those that the server is sent. `query` goes with every request; for Azure (`azure`) the
    key has a header of its own.

    `timeout` is in seconds for each answer, from the request to its last byte; `waits` are the first and the longest
    pause between tries, `patience` limits the pauses of one request in all.
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
        query: str = "",
        azure: bool = False,
    ) -> None:
        self.url, self.shown = url, public_url(url)
        self.secrets = KnownSecrets([api_key, *secrets_of_url(url)])
        self.waits, self.patience, self.timeout = waits, patience, timeout
        self._query = f"?{query}" if query else ""
        self._client = httpx.AsyncClient(
            headers=_headers(api_key, azure=azure),
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
            transport=pooled_transport(),
        )
        self._last_reply = 0.0  # when the server last replied to any request
        self.last_answer = 0.0  # when it last replied with something else than an error

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
                if outcome.status < 300:
                    self.last_answer = time.monotonic()
                return outcome
            spent.tries += outcome.tries
            spent.lost_since = (spent.lost_since or time.monotonic()) if outcome.lost else None
            # exponential back-off, or longer if the server says so
            backoff = min(spent.backoff, longest_pause) * random.uniform(*JITTER)
            pause = max(outcome.pause, backoff)
            self._check_limits(outcome, spent, pause)
            await asyncio.sleep(pause)
            spent.waited += pause
            spent.backoff *= 2

    async def try_once(self, path: str, body: dict[str, Any]) -> int | None:
        """POST JSON once; returns the HTTP status, None if there was no reply."""
        outcome = await self._try(path, orjson.dumps(body), MAX_REPLY_BYTES)
        return outcome.status if isinstance(outcome, Reply) else None

    async def _try(self, path: str, content: bytes, limit: int) -> Reply | _Miss:
        """Send a request once."""
        request = self._client.build_request(
            "POST", f"{self.url}{path}{self._query}", content=content, headers={"content-type": "application/json"}
        )
        try:
            status, headers, content = await _send(self._client, request, self.timeout, limit)
        except (httpx.ReadTimeout, TimeoutError) as error:
            reason = f"no whole answer within {self.timeout:g} s (--timeout)"
            return _Miss(reason, TRIES_PER_TIMEOUT, cause=error)
        except httpx.RequestError as error:
            return _Miss(self.secrets.remove(_describe(error)), 1, lost=True, cause=error)
        except ReplyError as error:
            self._last_reply = time.monotonic()
            raise RequestError("bad_answer", self.secrets.remove(f"{self.shown}: {error}")) from error
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
        if spent.lost_since and self._last_reply < spent.lost_since:
            # no request of this run had a reply since this one lost its connection: the server has gone
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


async def list_models(
    address: Address, api_key: str | None, *, timeout: float = MODELS_SECONDS
) -> tuple[ModelList, Address]:
    """Return the models that a server lists (GET /v1/models), and its address: another one where it redirects.

    Raises EngineError if it does not reply, or redirects to another host.
    """
    for _ in range(MAX_REDIRECTS):
        shown, secrets = public_url(address.base), KnownSecrets([api_key, *secrets_of_url(address.base)])
        try:
            async with httpx.AsyncClient(headers=_headers(api_key, azure=address.azure), timeout=timeout) as client:
                request = client.build_request("GET", address.url("/models"))
                status, headers, content = await _send(client, request, timeout)
        except (httpx.ReadTimeout, TimeoutError):
            return ModelList(reason=f"did not list its models within {timeout:g} s"), address
        except (httpx.HTTPError, httpx.InvalidURL, ReplyError) as error:
            reason = secrets.remove(f"{type(error).__name__}: {error}".rstrip(": "))
            raise EngineError(f"{shown}: no answer ({reason}); is the server up?") from error
        target = headers.get("location", "") if status in REDIRECTS else ""
        if not target:
            break
        address = _redirected(address, str(request.url.join(target)))
    return _model_list(read_reply(status, headers, content, secrets), content, secrets), address


def _redirected(address: Address, target: str) -> Address:
    """The address to which a server redirects its list of models.

    Raises EngineError for another host: it would get the key.
    """
    before, after = parse_url(address.base), parse_url(target)
    if before.hostname != after.hostname or not after.path.endswith("/models"):
        raise EngineError(f"{public_url(address.base)}: redirects to {public_url(target)}; name that server yourself")
    netloc = after.netloc
    if "@" in before.netloc:
        netloc = before.netloc.rpartition("@")[0] + "@" + netloc
    base = f"{after.scheme}://{netloc}{after.path.removesuffix('/models')}"
    return replace(address, base=base)


def _model_list(reply: Reply, content: bytes, secrets: KnownSecrets) -> ModelList:
    """The list in a reply, or why there is none."""
    status = reply.status
    if status < 300:
        if (models := read_models(content)) is not None:
            return ModelList(models)
        beginning = secrets.remove(content[:2000].decode(errors="replace"))[:80]
        return ModelList(reason=f"HTTP {status}, its list of models cannot be read: {beginning!r}")
    hint = "; set CAIGEN_API_KEY" if status in (401, 403) else ""
    return ModelList(reason=f"HTTP {status} for its list of models: {reply.message}{hint}")


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


def _headers(api_key: str | None, *, azure: bool = False) -> dict[str, str]:
    """Headers of each request. Azure takes a key in a header of its own, and only a token (`eyJ…`) as a bearer's.

    The size of what is packed is known only when it is unpacked: nothing shall be.
    """
    headers = {"accept-encoding": "identity"}
    if api_key and azure and not api_key.startswith("eyJ"):
        headers["api-key"] = api_key
    elif api_key:
        headers["authorization"] = f"Bearer {api_key}"
    return headers


def _describe(error: httpx.RequestError) -> str:
    return one_line(f"{type(error).__name__}: {error}".rstrip(": "))
