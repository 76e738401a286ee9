"""The judge as a server: OpenRLHF's `/get_reward`, `/score`, `/compare`, `/health` and `/metrics`.

The only import of fastapi, uvicorn and prometheus_client. All requests share one engine, which batches across them.
"""

import asyncio
import hmac
import ipaddress
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.judge import Judge, messages_of, open_judge
from caigen.records import Score
from caigen.rewards import split_queries

BODY = 8 << 20  # bytes
AT_ONCE = 4096  # texts of one request


@dataclass(frozen=True)
class Serving:
    """Where and for whom; `rate` is requests a second of one client, 0 without limit."""

    host: str = "127.0.0.1"
    port: int = 8790
    token: str | None = None
    body: int = BODY
    rate: float = 0.0


def check(serving: Serving) -> None:
    """Raises CaigenError where the address is not of this machine alone and no token is asked for."""
    if not serving.token and not _loopback(serving.host):
        raise CaigenError(
            f"--host {serving.host} can be reached from elsewhere: set --token or CAIGEN_SERVE_TOKEN, or serve on 127.0.0.1"
        )


def serve(serving: Serving, engines: EngineOptions, constitution: str, principles: tuple[str, ...]) -> None:
    """Serve until interrupted; requests at work are answered first.

    Raises CaigenError.
    """
    check(serving)
    uvicorn = _need("uvicorn")

    @asynccontextmanager
    async def opened() -> AsyncIterator[Judge]:
        async with AsyncExitStack() as stack:
            yield await open_judge(stack, engines, constitution=constitution, principles=principles)

    config = uvicorn.Config(
        application(opened, serving),
        host=serving.host,
        port=serving.port,
        log_level="warning",
        timeout_graceful_shutdown=30,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    server.run()
    if not server.started:
        raise CaigenError(f"the server did not start on {serving.host}:{serving.port}")


def application(opened: Callable[[], Any], serving: Serving) -> Any:
    """The FastAPI application; `opened()` is a context that gives the judge."""
    fastapi = _need("fastapi")
    metrics = _Metrics()

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with opened() as judge:
            app.state.judge = judge
            yield

    app = fastapi.FastAPI(title="caigen", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(_Door, serving=serving, metrics=metrics)
    desk = _Desk(app, metrics)
    for path, shown in {"/health": desk.health, "/metrics": desk.metrics}.items():
        app.add_api_route(path, shown, methods=["GET"])
    for path, asked in {"/score": desk.score, "/get_reward": desk.get_reward, "/compare": desk.compare}.items():
        app.add_api_route(path, asked, methods=["POST"])
    return app


class _Desk:
    """What each path answers."""

    def __init__(self, app: Any, metrics: "_Metrics") -> None:
        self._app, self._metrics = app, metrics

    @property
    def judge(self) -> Judge:
        found: Judge = self._app.state.judge
        return found

    async def health(self) -> dict[str, Any]:
        """Which judge answers."""
        return {"status": "ok", "model": self.judge.engine.model, "constitution": self.judge.brief.constitution.ref}

    async def metrics(self) -> Any:
        """Prometheus' text."""
        return _need("fastapi.responses").PlainTextResponse(self._metrics.text())

    async def score(self, body: dict[str, Any]) -> dict[str, Any]:
        """`{"prompt", "response"}`, or `items` of such."""
        items = _listed(body.get("items", [body]), "items")
        found = await self._all([_item(item) for item in items])
        return {"scores": [_told(one) for one in found]}

    async def get_reward(self, body: dict[str, Any]) -> dict[str, Any]:
        """OpenRLHF's remote reward: `query` with `prompts`, both as rendered; lists may be empty."""
        queries = _listed(body.get("query", []), "query")
        prompts = _listed(body.get("prompts") or [""] * len(queries), "prompts")
        if len(prompts) != len(queries) or not all(isinstance(text, str) for text in [*queries, *prompts]):
            raise CaigenError("query and prompts are lists of texts of one length")
        told, said = split_queries(queries, prompts)
        found = await self._all([(prompt or " ", text) for prompt, text in zip(told, said, strict=True)])
        read = [one if isinstance(one, Score) else None for one in found]
        rewards = [one.reward if one else None for one in read]
        rules = [rule.ref for rule in self.judge.brief.principles]
        logs = {f"violates/{rule}": [one.violates.get(rule) if one else None for one in read] for rule in rules}
        return {"rewards": rewards, "scores": rewards, "extra_logs": logs}

    async def compare(self, body: dict[str, Any]) -> dict[str, Any]:
        """`{"prompt", "a", "b", "principle"}`."""
        if not all(isinstance(body.get(name), str) and body[name].strip() for name in ("a", "b", "principle")):
            raise CaigenError('"a", "b" and "principle" are needed, each a text')
        one = await self.judge.compare(messages_of(body.get("prompt")), body["a"], body["b"], body["principle"])
        self._metrics.texts.inc(2)
        return one.model_dump(exclude_none=True, exclude={"a", "b"})

    async def _all(self, items: list[tuple[Any, str]]) -> list[Score | RequestError]:
        async def one(prompt: Any, text: str) -> Score | RequestError:
            try:
                return await self.judge.score(prompt, text)
            except RequestError as error:
                return error

        self._metrics.texts.inc(len(items))
        return list(await asyncio.gather(*(one(*item) for item in items)))


def _item(item: Any) -> tuple[Any, str]:
    if not isinstance(item, dict) or not isinstance(item.get("response"), str):
        raise CaigenError('an item has a "prompt" and a "response", which is a text')
    return messages_of(item.get("prompt")), item["response"]


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > AT_ONCE:
        raise CaigenError(f'"{name}" is a list of at most {AT_ONCE}')
    return value


def _told(one: Score | RequestError) -> dict[str, Any]:
    if isinstance(one, RequestError):
        return {"reward": None, "error": one.kind, "message": str(one)}
    worst = sorted(one.violates, key=lambda rule: -one.violates[rule])
    return {"reward": one.reward, "violates": one.violates, "unread": list(one.unread), "worst": worst[:3]}


Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]


class _Door:
    """Who may come in, how large and how often; errors of caigen as JSON. A plain ASGI middleware, so bodies are bounded while
    they arrive.
    """

    def __init__(self, app: Any, serving: Serving, metrics: "_Metrics") -> None:
        self.app, self.serving, self.metrics = app, serving, metrics
        self._left: dict[str, tuple[float, float]] = defaultdict(lambda: (max(1.0, serving.rate), time.monotonic()))

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, path = time.monotonic(), scope["path"]
        refused = self._refused(scope)
        if refused:
            await _answer(send, *refused)
            self.metrics.count(path, refused[0], time.monotonic() - began)
            return
        status = 200

        async def seen(message: dict[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, _first(await _whole(receive, self.serving.body), receive), seen)
        except _TooLargeError as error:
            status = 413
            await _answer(send, 413, str(error))
        except EngineError as error:
            status = 503
            await _answer(send, 503, str(error))
        except CaigenError as error:
            status = 422
            await _answer(send, 422, str(error))
        self.metrics.count(path, status, time.monotonic() - began)

    def _refused(self, scope: dict[str, Any]) -> tuple[int, str] | None:
        headers = {key.lower(): value for key, value in scope["headers"]}
        if self.serving.token and scope["path"] != "/health":
            given = headers.get(b"authorization", b"").removeprefix(b"Bearer ")
            if not hmac.compare_digest(given, self.serving.token.encode()):
                return 401, "the token is missing or wrong: send Authorization: Bearer TOKEN"
        length = headers.get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.serving.body:
            return 413, str(_TooLargeError(self.serving.body))
        return self._too_often(str((scope.get("client") or ("",))[0])) if self.serving.rate else None

    def _too_often(self, client: str) -> tuple[int, str] | None:
        """A bucket of one second's requests for each client, filled at the rate."""
        left, since = self._left[client]
        now = time.monotonic()
        left = min(max(1.0, self.serving.rate), left + (now - since) * self.serving.rate)
        self._left[client] = (left - 1 if left >= 1 else left, now)
        return None if left >= 1 else (429, f"more than {self.serving.rate:g} requests a second")


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


class _Metrics:
    def __init__(self) -> None:
        self._library = _need("prometheus_client")
        self._registry = self._library.CollectorRegistry()
        labels = ("path", "status")
        self.requests = self._library.Counter(
            "caigen_requests", "Requests by path and status.", labels, registry=self._registry
        )
        self.seconds = self._library.Histogram(
            "caigen_request_seconds", "Seconds to an answer.", ("path",), registry=self._registry
        )
        self.texts = self._library.Counter("caigen_texts", "Texts judged.", registry=self._registry)

    def count(self, path: str, status: int, seconds: float) -> None:
        known = path if path in ("/get_reward", "/score", "/compare", "/health", "/metrics") else "other"
        self.requests.labels(known, str(status)).inc()
        self.seconds.labels(known).observe(seconds)

    def text(self) -> str:
        found: bytes = self._library.generate_latest(self._registry)
        return found.decode()


async def _answer(send: Send, status: int, said: str) -> None:
    import orjson

    headers = [(b"content-type", b"application/json")] + ([(b"retry-after", b"1")] if status == 429 else [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps({"error": said})})


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _need(name: str) -> Any:
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise CaigenError(f"caigen serve needs {name} ({error}): pip install 'caigen[serve]'") from error
