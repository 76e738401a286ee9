"""The HTTP client of a model server: POST with retries, GET and POST without. Knows nothing of completions.

What may be over at the next try is tried again with exponential back-off: HTTP 429 and 5xx, time-outs and lost
connections.
"""

import asyncio
import random
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

import httpx
import orjson

from caigen.engines.address import Address
from caigen.engines.connections import pooled_transport
from caigen.engines.failures import (
    MAX_MESSAGE_CHARS,
    NO_CREDIT_NAMES,
    TRANSIENT_STATUSES,
    error_message,
    error_names,
    hidden_error,
)
from caigen.engines.model_list import ModelList, read_models
from caigen.errors import EngineError, RequestError
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


@dataclass(frozen=True)
class Reply:
    """What a server replied. `body` is its JSON, None if it is not JSON; `message` the error's text, for a person.

    An error in the body of an HTTP 200 is a reply with that error's status.
    """

    status: int
    body: Any
    message: str
    pause: float = 0.0  # seconds that the server asks us to wait


class _Miss(NamedTuple):
    """A try that failed and may succeed later."""

    reason: str
    tries: int  # how many tries it counts as
    pause: float = 0.0  # seconds that the server asks us to wait
    rate_limited: bool = False
    lost: bool = False  # there was no connection, rather than an error or an answer that came too late
    cause: httpx.RequestError | None = None


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
    credentials. `query` goes with every request; for Azure (`azure`) the key has a header of its own.

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
        self.waits, self.patience, self.timeout = waits, patience, timeout
        self._query = f"?{query}" if query else ""
        self._client = httpx.AsyncClient(
            headers=_authorization(api_key, azure=azure),
            timeout=httpx.Timeout(timeout, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=max_connections, max_keepalive_connections=max_connections),
            transport=pooled_transport(),
        )
        self._last_reply = 0.0  # when the server last replied to any request
        self.last_answer = 0.0  # when it last replied with something else than an error

    async def post(self, path: str, body: dict[str, Any]) -> Reply:
        """POST JSON and return the reply, which may be an error that another try would not change.

        Raises RequestError (`rate_limited`, `unreachable`) when the tries are used up, EngineError if the server no
        longer replies to any request.
        """
        content = orjson.dumps(body)
        first_pause, longest_pause = self.waits
        spent = _Spent(time.monotonic(), first_pause)
        while True:
            outcome = await self._try_in_time(path, content)
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
        outcome = await self._try_in_time(path, orjson.dumps(body))
        return outcome.status if isinstance(outcome, Reply) else None

    async def _try_in_time(self, path: str, content: bytes) -> Reply | _Miss:
        """Send a request once; an answer whose last byte has not come in time is a miss, however it drips."""
        try:
            async with asyncio.timeout(self.timeout):
                return await self._try(path, content)
        except TimeoutError:
            return _Miss(f"no whole answer within {self.timeout:g} s (--timeout)", TRIES_PER_TIMEOUT)

    async def _try(self, path: str, content: bytes) -> Reply | _Miss:
        """Send a request once."""
        try:
            response = await self._client.post(
                f"{self.url}{path}{self._query}", content=content, headers={"content-type": "application/json"}
            )
        except httpx.ReadTimeout as error:
            return _Miss(_describe(error), TRIES_PER_TIMEOUT, cause=error)
        except httpx.RequestError as error:
            return _Miss(_describe(error), 1, lost=True, cause=error)
        self._last_reply = time.monotonic()
        reply = _read_reply(response)
        if reply.status not in TRANSIENT_STATUSES or error_names(reply.body) & {*NO_CREDIT_NAMES}:
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
        try:
            if body is None:
                response = await self._client.get(url, timeout=PROBE_SECONDS)
            else:
                response = await self._client.post(url, json=body, timeout=PROBE_SECONDS)
        except httpx.HTTPError:
            return None  # if the server is gone, the next request will say so
        return response.content

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
        shown, url = public_url(address.base), address.url("/models")
        try:
            async with httpx.AsyncClient(
                headers=_authorization(api_key, azure=address.azure), timeout=timeout
            ) as client:
                response = await client.get(url)
        except httpx.ReadTimeout:
            return ModelList(reason=f"did not list its models within {timeout:g} s"), address
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EngineError(f"{shown}: no answer ({type(error).__name__}: {error}); is the server up?") from error
        if not response.is_redirect:
            break
        address = _redirected(address, str(response.next_request.url if response.next_request else ""))
    return _model_list(response), address


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


def _model_list(response: httpx.Response) -> ModelList:
    """The list in a reply, or why there is none."""
    status = response.status_code
    if response.is_success and (models := read_models(response.content)) is not None:
        return ModelList(models)
    if response.is_success:
        return ModelList(reason=f"HTTP {status}, its list of models cannot be read: {response.text[:80]!r}")
    hint = "; set CAIGEN_API_KEY" if status in (401, 403) else ""
    return ModelList(reason=f"HTTP {status} for its list of models: {_read_reply(response).message}{hint}")


def _authorization(api_key: str | None, *, azure: bool = False) -> dict[str, str]:
    """The header with the key; Azure takes a key in a header of its own, and only a token (`eyJ…`) as a bearer's."""
    if not api_key:
        return {}
    if azure and not api_key.startswith("eyJ"):
        return {"api-key": api_key}
    return {"authorization": f"Bearer {api_key}"}


def _describe(error: httpx.RequestError) -> str:
    return f"{type(error).__name__}: {error}".rstrip(": ")


def _read_reply(response: httpx.Response) -> Reply:
    pause = _retry_after(response)
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        text = " ".join((response.text or response.reason_phrase).split())[:MAX_MESSAGE_CHARS]
        return Reply(response.status_code, None, text, pause)
    error = hidden_error(body) if response.is_success else None
    if error:
        return Reply(error.status, body, error.message, pause)
    return Reply(response.status_code, body, error_message(body), pause)


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks us to wait (RFC 9110, 10.2.3: a number or a date); 0 if it does not say."""
    value = response.headers.get("retry-after", "0").strip()
    if value.isdecimal():
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return 0.0
