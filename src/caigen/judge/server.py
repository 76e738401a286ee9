"""The judge as a server: OpenRLHF's `/get_reward`, `/score`, `/compare`, `/health` and `/metrics` (docs/rewards.md).

The only import of fastapi. All requests share one engine, which batches across them; clients take turns (turns.py).
"""

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import orjson

from caigen.choices import SERVE_HOST, SERVE_PORT
from caigen.engines.base import Sampling, unwrap
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError, RequestError
from caigen.judge.bodies import Body, CompareBody, RewardBody, ScoreBody, read_body
from caigen.judge.guard import Guard, Progress
from caigen.judge.judge import Judge, open_judge
from caigen.judge.listening import make_server
from caigen.judge.queries import Queries
from caigen.judge.rollouts import Text, Unread
from caigen.judge.server_metrics import Metrics, need
from caigen.judge.turns import Caller, Turns
from caigen.judge.unread import Policy, Substitute, violates_of
from caigen.records import Score

MAX_BODY_BYTES = 8 << 20
ARRIVAL_SECONDS = 60.0  # in which a body has arrived
REQUEST_SECONDS = 170.0  # OpenRLHF's client gives up after 180
CLIENT_GONE = 499  # the status that is counted when the client went away
MIN_TEXTS = 2  # asked about at once
WORST_COUNT = 3  # principles that an answer names
Answer = dict[str, Any]


@dataclass(frozen=True)
class Serving:
    """The address of the server, its limits, and how it answers.

    `body` is the most bytes of a request, `rate` the requests a second of one client (0 for no limit), `arrival` the
    seconds in which a body has arrived. A text that is not read within `timeout` seconds has no reward. `unread` is
    what /get_reward answers for a text without a reward: `raise` (an error), `mean` or a number (`judge/unread.py`).
    `queries` finds the prompt in what /get_reward is sent. `sampling` says whether the judge thinks before it answers;
    its other fields are not used.
    """

    host: str = SERVE_HOST
    port: int = SERVE_PORT
    token: str | None = None
    body: int = MAX_BODY_BYTES
    rate: float = 0.0
    timeout: float | None = REQUEST_SECONDS
    arrival: float = ARRIVAL_SECONDS
    unread: Policy = "raise"
    queries: Queries = field(default_factory=Queries)
    sampling: Sampling = field(default_factory=Sampling)


def check(serving: Serving) -> None:
    """Raise CaigenError if another machine could connect without a token, or `unread` is a number JSON cannot write."""
    if not serving.token and not _is_loopback(serving.host):
        raise CaigenError(
            f"--host {serving.host} can be reached from elsewhere: "
            "set --token or CAIGEN_SERVE_TOKEN, or serve on 127.0.0.1"
        )
    if serving.unread == "nan":
        raise CaigenError("--unread nan: JSON has no NaN; say raise, mean or a number")


def serve(serving: Serving, engines: EngineOptions, constitution: str, principles: tuple[str, ...]) -> None:
    """Serve until interrupted; requests in progress are answered first.

    Raises CaigenError.
    """
    check(serving)
    failures: list[CaigenError] = []  # of the judge, which opens inside the server
    progress = Progress()

    @asynccontextmanager
    async def judge_context() -> AsyncIterator[Judge]:
        async with AsyncExitStack() as stack:
            progress.opens_in(asyncio.current_task())
            try:
                judge = await open_judge(
                    stack, engines, constitution=constitution, principles=principles, sampling=serving.sampling
                )
            except CaigenError as error:
                failures.append(error)
                raise
            except asyncio.CancelledError as error:
                if not progress.stopped:
                    raise
                stopped = CaigenError("stopped before the judge was there")
                failures.append(stopped)
                raise stopped from error
            finally:
                progress.opens_in(None)
            yield judge

    server = make_server(application(judge_context, serving, progress), progress, host=serving.host, port=serving.port)
    _run(server, failures)
    if progress.stopped:
        return
    if failures:
        raise failures[0]
    if not server.started:
        raise CaigenError(f"the server did not start on {serving.host}:{serving.port}")


def _run(server: Any, failures: list[CaigenError]) -> None:
    """Run uvicorn's server until it ends."""
    # a user's mistake is one line: uvicorn's traceback of it is not logged
    logging.getLogger("uvicorn.error").addFilter(lambda _: not failures)
    try:
        server.run()
    except SystemExit:  # uvicorn did not start
        if not failures:
            raise


def application(judge_context: Callable[[], Any], serving: Serving, progress: Progress | None = None) -> Any:
    """The FastAPI application; `judge_context()` is an async context manager that gives the judge."""
    fastapi, responses = need("fastapi"), need("fastapi.responses")
    metrics = Metrics()
    numbers = count()

    @asynccontextmanager
    async def lifespan(app: Any) -> AsyncIterator[None]:
        async with judge_context() as judge:
            app.state.handlers = Handlers(judge, serving, metrics)
            yield

    def post(model: type[Body], handle: Callable[[Handlers, Body, Caller], Coroutine[Any, Any, Answer]]) -> Any:
        async def endpoint(request: Any) -> Any:
            # in a thread: thousands of texts take seconds, in which others want an answer
            body = await asyncio.to_thread(read_body, model, await request.body())
            caller = Caller(request.client.host if request.client else "", next(numbers))
            work = handle(request.app.state.handlers, body, caller)
            answer = await _while_connected(request.receive, work)
            status = CLIENT_GONE if answer is None else 200
            return responses.Response(orjson.dumps(answer or {}), media_type="application/json", status_code=status)

        return endpoint

    async def health(request: Any) -> Any:
        return responses.JSONResponse(request.app.state.handlers.health())

    async def metrics_page(request: Any) -> Any:
        return responses.PlainTextResponse(metrics.text())

    app = fastapi.FastAPI(title="caigen", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, limits=serving, metrics=metrics, progress=progress or Progress())
    app.router.add_route("/health", health, methods=["GET"])
    app.router.add_route("/metrics", metrics_page, methods=["GET"])
    app.router.add_route("/score", post(ScoreBody, Handlers.score), methods=["POST"])
    app.router.add_route("/get_reward", post(RewardBody, Handlers.get_reward), methods=["POST"])
    app.router.add_route("/compare", post(CompareBody, Handlers.compare), methods=["POST"])
    return app


class Handlers:
    """A method for each path: body -> answer."""

    def __init__(self, judge: Judge, serving: Serving, metrics: Metrics) -> None:
        self.judge, self._serving, self._metrics = judge, serving, metrics
        self._substitute = Substitute(serving.unread)
        self._turns = Turns(self._most_texts)

    def health(self) -> Answer:
        """Which judge answers."""
        return {
            "status": "ok",
            "model": self.judge.engine.model,
            "constitution": self.judge.prompt_settings.constitution.ref,
        }

    async def score(self, body: ScoreBody, caller: Caller) -> Answer:
        """A reward with its probabilities for each item; the reward is null if there is none."""
        readings = await self._read(await asyncio.to_thread(body.texts), caller)
        return {"scores": [_score_answer(reading) for reading in readings]}

    async def get_reward(self, body: RewardBody, caller: Caller) -> Answer:
        """OpenRLHF's remote reward: a number for each query, never null.

        Raises RequestError for a text without a reward, unless `Serving.unread` names a number for it.
        """
        missing = [None] * len(body.query)
        # absent lists stand for a missing value of each query
        columns = body.query, body.prompts or missing, body.labels or missing
        texts = await asyncio.to_thread(self._serving.queries.texts, *columns)
        readings = await self._read(texts, caller)
        rewards = self._substitute.numbers([text.prompt for text in texts], readings)
        return {"rewards": rewards, "scores": rewards, "extra_logs": self._logs(readings)}

    async def compare(self, body: CompareBody, caller: Caller) -> Answer:
        """The comparison of two texts under a principle.

        Raises RequestError `timeout`.
        """
        try:
            async with asyncio.timeout(self._serving.timeout), self._turns.turn(caller):
                comparison = await self.judge.compare(body.prompt, body.a, body.b, body.principle)
        except TimeoutError as error:
            raise RequestError("timeout", f"not compared within {self._serving.timeout or 0:g} seconds") from error
        self._metrics.texts.inc(2)
        return comparison.model_dump(exclude_none=True, exclude={"a", "b"})

    async def _read(self, texts: Sequence[Text | Unread], caller: Caller) -> list[Score | Unread]:
        """The judge's readings, counted in the metrics."""
        self._metrics.texts.inc(len(texts))
        readings = await self.judge.read(texts, timeout=self._serving.timeout, turn=lambda: self._turns.turn(caller))
        for reading in readings:
            if isinstance(reading, Unread):
                self._metrics.unread.labels(reading.reason).inc()
        return readings

    def _most_texts(self) -> int:
        """How many texts are asked about at once: enough for twice the requests that the engine works on, so that it
        stays full while the last ones of a text are answered.
        """
        limiter = unwrap(self.judge.engine, ConcurrencyLimiter)
        requests = limiter.max_running if limiter else self.judge.engine.capacity
        return max(MIN_TEXTS, -(-2 * requests // len(self.judge.prompt_settings.principles)))

    def _logs(self, readings: Sequence[Score | Unread]) -> dict[str, list[float]]:
        """OpenRLHF's `extra_logs`: for each principle a number a text, and `unread`, 1 for a text without a reward.

        OpenRLHF stops when a key is missing for some texts, so a mean stands for a probability that was not read. A
        principle that was never read has no key.
        """
        logs: dict[str, list[float]] = {}
        for principle in self.judge.prompt_settings.principles:
            mean = self._substitute.violates(principle.ref)
            column = [violates_of(reading).get(principle.ref, mean) for reading in readings]
            numbers = [p for p in column if p is not None]
            if len(numbers) == len(column):
                logs[f"violates/{principle.ref}"] = numbers
        logs["unread"] = [float(isinstance(reading, Unread)) for reading in readings]
        return logs


async def _while_connected(receive: Callable[[], Awaitable[Any]], work: Coroutine[Any, Any, Answer]) -> Answer | None:
    """The answer of `work`; when the client goes away, `work` is cancelled and the answer is None."""
    task = asyncio.create_task(work)
    # the body is read, so the next message is the client's disconnect
    gone = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
        return await task if task.done() else None
    finally:
        task.cancel()
        gone.cancel()


def _score_answer(reading: Score | Unread) -> Answer:
    """One text in the answer of /score."""
    if isinstance(reading, Unread):
        if reading.score is None:
            return {"reward": None, "error": reading.reason, "message": reading.message}
        reading = reading.score
    violates = reading.violates
    worst = sorted(violates, key=lambda principle: -violates[principle])[:WORST_COUNT]
    return {"reward": reading.reward, "violates": violates, "unread": list(reading.unread), "worst": worst}


def _is_loopback(host: str) -> bool:
    """Whether only this machine can connect to an address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
