"""The judge as a server: OpenRLHF's `/get_reward`, `/score`, `/compare`, `/health` and `/metrics` (docs/rewards.md).

The only import of fastapi and uvicorn. All requests share one engine, which batches across them.
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson

from caigen.engines.base import Sampling
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError, RequestError
from caigen.judge.guard import Guard
from caigen.judge.judge import Judge, open_judge
from caigen.judge.queries import Queries
from caigen.judge.rollouts import Text, Unread, messages_of, text_of, unwritable
from caigen.judge.server_metrics import Metrics, need
from caigen.judge.unread import Policy, Substitute, violates_of
from caigen.records import Score

BODY = 8 << 20  # bytes
ARRIVAL = 60.0  # seconds in which a body has arrived
AT_ONCE = 4096  # texts of one request
TIMEOUT = 170.0  # seconds of one request; OpenRLHF's client gives up after 180
GONE = 499  # the status that is counted where the client went away
Body = dict[str, Any]


@dataclass(frozen=True)
class Serving:
    """Where and for whom; `rate` is requests a second of one client, 0 without limit.

    A text that is not read within `timeout` seconds has no reward. `unread` is what /get_reward says of a text without one:
    `raise` (an error), `mean` or a number (`caigen.judge.unread`). `queries` finds the prompt in what /get_reward is sent.
    Of `sampling` is taken whether the judge thinks first.
    """

    host: str = "127.0.0.1"
    port: int = 8790
    token: str | None = None
    body: int = BODY
    rate: float = 0.0
    timeout: float | None = TIMEOUT
    arrival: float = ARRIVAL
    unread: Policy = "raise"
    queries: Queries = field(default_factory=Queries)
    sampling: Sampling = field(default_factory=Sampling)


def check(serving: Serving) -> None:
    """Raises CaigenError where the address is not of this machine alone and no token is asked for, or an unread text would
    be answered with what JSON cannot write.
    """
    if not serving.token and not _loopback(serving.host):
        raise CaigenError(
            f"--host {serving.host} can be reached from elsewhere: set --token or CAIGEN_SERVE_TOKEN, or serve on 127.0.0.1"
        )
    if serving.unread == "nan":
        raise CaigenError("--unread nan: JSON has no NaN; say raise, mean or a number")


def serve(serving: Serving, engines: EngineOptions, constitution: str, principles: tuple[str, ...]) -> None:
    """Serve until interrupted; requests at work are answered first.

    Raises CaigenError.
    """
    check(serving)
    uvicorn = need("uvicorn")
    stopped: list[CaigenError] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[Judge]:
        async with AsyncExitStack() as stack:
            try:
                judge = await open_judge(
                    stack, engines, constitution=constitution, principles=principles, sampling=serving.sampling
                )
            except CaigenError as error:
                stopped.append(error)
                raise
            yield judge

    config = uvicorn.Config(
        application(opened, serving),
        host=serving.host,
        port=serving.port,
        log_level="warning",
        timeout_graceful_shutdown=30,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    logging.getLogger("uvicorn.error").addFilter(lambda _: not stopped)  # a user's mistake is one line, no traceback
    try:
        server.run()
    except SystemExit:  # uvicorn's way to say that it did not start
        if not stopped:
            raise
    if stopped:
        raise stopped[0]
    if not server.started:
        raise CaigenError(f"the server did not start on {serving.host}:{serving.port}")


def application(opened: Callable[[], Any], serving: Serving) -> Any:
    """The FastAPI application; `opened()` is a context that gives the judge."""
    fastapi, responses = need("fastapi"), need("fastapi.responses")
    metrics = Metrics()

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with opened() as judge:
            app.state.desk = Handlers(judge, serving, metrics)
            yield

    def posted(answer: Callable[[Handlers, Body], Coroutine[Any, Any, Body]]) -> Callable[[Any], Awaitable[Any]]:
        async def endpoint(request: Any) -> Any:
            work = answer(request.app.state.desk, _body(await request.body()))
            said = await _while_there(request.receive, work)
            return responses.Response(
                orjson.dumps(said), media_type="application/json", status_code=200 if said else GONE
            )

        return endpoint

    async def health(request: Any) -> Any:
        return responses.JSONResponse(request.app.state.desk.health())

    async def numbers(request: Any) -> Any:
        return responses.PlainTextResponse(metrics.text())

    app = fastapi.FastAPI(title="caigen", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, limits=serving, metrics=metrics)
    app.router.add_route("/health", health, methods=["GET"])
    app.router.add_route("/metrics", numbers, methods=["GET"])
    for path, answer in {
        "/score": Handlers.score,
        "/get_reward": Handlers.get_reward,
        "/compare": Handlers.compare,
    }.items():
        app.router.add_route(path, posted(answer), methods=["POST"])
    return app


class Handlers:
    """What each path answers."""

    def __init__(self, judge: Judge, serving: Serving, metrics: Metrics) -> None:
        self.judge, self._serving, self._metrics = judge, serving, metrics
        self._substitute = Substitute(serving.unread)

    def health(self) -> Body:
        """Which judge answers."""
        return {
            "status": "ok",
            "model": self.judge.engine.model,
            "constitution": self.judge.prompt_settings.constitution.ref,
        }

    async def score(self, body: Body) -> Body:
        """`{"prompt", "response"}`, or `items` of such; null for a text without a reward."""
        found = await self._read([_item(item) for item in _listed(body.get("items", [body]), "items")])
        return {"scores": [_told(one) for one in found]}

    async def get_reward(self, body: Body) -> Body:
        """OpenRLHF's remote reward: `query` with `prompts`, both as rendered, and `labels`; lists may be empty. Without null.

        Raises RequestError for a text without a reward, unless `Serving.unread` names a number for it.
        """
        if "query" not in body:
            raise CaigenError('"query" is needed, a list of texts (POST /score takes "prompt" and "response")')
        queries = _texts(body["query"], "query")
        prompts: list[Any] = _texts(body.get("prompts") or [], "prompts") or [None] * len(queries)
        labels = _listed(body.get("labels") or [], "labels") or [None] * len(queries)
        if not len(queries) == len(prompts) == len(labels):
            raise CaigenError("query, prompts and labels are lists of one length")
        texts = self._serving.queries.texts(queries, prompts, labels)
        found = await self._read(texts)
        rewards = self._substitute.numbers([text.prompt for text in texts], found)
        return {"rewards": rewards, "scores": rewards, "extra_logs": self._logs(found)}

    async def compare(self, body: Body) -> Body:
        """`{"prompt", "a", "b", "principle"}`."""
        prompt = messages_of(body.get("prompt"))
        a, b, principle = (_text(body.get(name), name) for name in ("a", "b", "principle"))
        try:
            async with asyncio.timeout(self._serving.timeout):
                one = await self.judge.compare(prompt, a, b, principle)
        except TimeoutError as error:
            raise RequestError("timeout", f"not compared within {self._serving.timeout or 0:g} seconds") from error
        self._metrics.texts.inc(2)
        return one.model_dump(exclude_none=True, exclude={"a", "b"})

    async def _read(self, texts: list[Text | Unread]) -> list[Score | Unread]:
        self._metrics.texts.inc(len(texts))
        found = await self.judge.read(texts, timeout=self._serving.timeout)
        for one in found:
            if isinstance(one, Unread):
                self._metrics.unread.labels(one.reason).inc()
        return found

    def _logs(self, found: list[Score | Unread]) -> dict[str, list[float]]:
        """One number for each text under each principle, since OpenRLHF stops where a key is missing for some: the mean of
        what was read stands for what was not, and `unread` is 1 there.
        """
        logs: dict[str, list[float]] = {}
        for rule in self.judge.prompt_settings.principles:
            usual = self._substitute.violates(rule.ref)
            row = [violates_of(one).get(rule.ref, usual) for one in found]
            if all(p is not None for p in row):
                logs[f"violates/{rule.ref}"] = [p for p in row if p is not None]
        return logs | {"unread": [float(isinstance(one, Unread)) for one in found]}


async def _while_there(receive: Callable[[], Awaitable[Any]], work: Coroutine[Any, Any, Body]) -> Body:
    """What the work comes to; it is given up, and nothing comes of it, when the client goes away."""
    task, gone = asyncio.create_task(work), asyncio.ensure_future(receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else {}
    finally:
        task.cancel()
        gone.cancel()


def _body(raw: bytes) -> Body:
    """A JSON object; orjson takes no NaN and no half of a surrogate pair."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise CaigenError(f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise CaigenError("the body is not a JSON object")
    return body


def _item(item: Any) -> Text | Unread:
    """A text to judge. An answer without words has no reward, as in training; whatever else is wrong is the client's mistake."""
    if not isinstance(item, dict):
        raise CaigenError('an item is an object with a "prompt" and a "response"')
    prompt, response = messages_of(item.get("prompt")), item.get("response")
    if not isinstance(response, str):
        raise CaigenError('"response" is needed, a text')
    if why := unwritable(response):
        raise CaigenError(f'"response" {why}')
    return text_of(prompt, response, id=item.get("id"))


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise CaigenError(f'"{name}" is needed, a text')
    if why := unwritable(value):
        raise CaigenError(f'"{name}" {why}')
    return value


def _listed(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list) or len(value) > AT_ONCE:
        raise CaigenError(f'"{name}" is a list of at most {AT_ONCE}')
    return value


def _texts(value: Any, name: str) -> list[str]:
    texts = _listed(value, name)
    for text in texts:
        if not isinstance(text, str):
            raise CaigenError(f'"{name}" is a list of texts')
        if why := unwritable(text):
            raise CaigenError(f'a text of "{name}" {why}')
    return texts


def _told(one: Score | Unread) -> Body:
    if isinstance(one, Unread):
        if one.score is None:
            return {"reward": None, "error": one.reason, "message": one.message}
        one = one.score
    worst = sorted(one.violates, key=lambda name: -one.violates[name])
    return {"reward": one.reward, "violates": one.violates, "unread": list(one.unread), "worst": worst[:3]}


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
