"""An OpenAI-compatible server, `vllm serve` first of all. The only HTTP client of caigen."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import orjson

from caigen.engines import connections
from caigen.engines.answers import FILTERS, NO_MONEY, PASSING, failure, marks, read_completion, words
from caigen.engines.base import Closing, Completion, Request
from caigen.engines.identity import served_identity
from caigen.engines.quirks import ServerQuirks, switched
from caigen.errors import EngineError, RequestError
from caigen.text import reasoning

TRIES = 6
SLOW = 3  # tries that an answer counts for which did not come in time
LESSONS = 9  # requests at most until a server is asked in the manner it takes
PATIENCE = 600.0  # seconds of waiting for a rate limit
WAITS = (0.5, 20.0)  # seconds: before the second try, doubled for each further one, and the longest
CONCURRENCY = 64  # requests at once to a server of which nothing is known
MOST = 512  # to one that says how many wait there
OWN_DEFAULTS = ("vllm", "sglang")  # servers that fill in sampling parameters from the model's generation_config


@dataclass(frozen=True)
class Reply:
    """What a server replied; `body` is its JSON, None where it is none. An error in a body with HTTP 200 is a reply of that
    error's status.
    """

    status: int
    body: Any
    words: str
    pause: float = 0.0  # seconds that the server asks us to wait


@dataclass(frozen=True)
class Opening:
    """The format of the thought that a server's template opens, as it is by itself and where it is switched off."""

    usual: reasoning.Format | None = None
    off: reasoning.Format | None = None


class EndpointEngine(Closing):
    """A model behind `URL/v1/chat/completions` (or `/v1/completions` for plain text).

    `open_endpoint` makes one. Retries with back-off what may pass (429, 5xx, time-outs, lost connections) and nothing else;
    a rate limit is waited for as long as `patience` lasts.
    """

    def __init__(
        self,
        url: str,
        model: str,
        *,
        api_key: str | None,
        capacity: int,
        timeout: float,
        template_kwargs: dict[str, Any] | None,
        revision: str = "",
        waits: tuple[float, float] = WAITS,
        patience: float = PATIENCE,
    ) -> None:
        self.waits, self.patience = waits, patience
        self._base, self.url, self.name, self.capacity = url, public(url), model, capacity
        settings = orjson.dumps(template_kwargs, option=orjson.OPT_SORT_KEYS).decode() if template_kwargs else ""
        self.model = f"{model}{settings}@{self.url}{revision and '?' + revision}"
        self.template_kwargs = template_kwargs or {}
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx.Limits(max_connections=capacity, max_keepalive_connections=capacity)
        self._client = httpx.AsyncClient(
            headers=headers, timeout=httpx.Timeout(timeout, connect=10.0), limits=limits, transport=connections.many()
        )
        self._room = asyncio.Semaphore(capacity)
        self._manner = ServerQuirks()
        self._opening = Opening()
        self._answered = 0.0  # when the server last said anything
        self._succeeded = False  # whether it has answered a request: then its key is right

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError (`too_long`, `refused`, `content_filter`, `rate_limited`, `unreachable`, `bad_answer`),
        EngineError where no request can succeed.
        """
        if request.text is None and request.choices and request.sampling.think != "on" and self._opening.off:
            raise self._cannot_close()
        async with self._room:
            manner, answer = await self._answer(request)
        told = manner.thinks(request)
        try:
            completion = read_completion(
                answer, request, opened=self._opening.off if told == "off" else self._opening.usual
            )
        except RequestError as error:
            raise RequestError(error.kind, f"{self.url}: {error}") from error
        thought_first = completion.reasoning is not None and not completion.text
        if not thought_first or not request.at_once or request.schema or request.sampling.think == "on":
            return completion
        if told == "off":
            raise self._cannot_close()
        self._manner = replace(self._manner, straight=True)  # the first token was a thought's: its model thinks first
        return await self.complete(request)

    async def look(self) -> None:
        """Ask a vLLM server what its chat template opens (`/tokenize`), and have it sample as is asked here."""
        self._manner = replace(self._manner, neutral=True)
        usual, off = (
            await self._prompt(self.template_kwargs),
            await self._prompt(self.template_kwargs | switched(False)),
        )
        self._opening = Opening(_opened(usual), _opened(off))
        if usual is not None and off is not None and usual != off:
            self._manner = replace(self._manner, straight=True)

    async def load(self) -> tuple[int, int] | None:
        """Requests running and waiting at a vLLM server, by its metrics; None where it shows none."""
        try:
            response = await self._client.get(f"{self._base.removesuffix('/v1')}/metrics", timeout=10.0)
        except httpx.HTTPError:
            return None  # whatever is wrong there, requests will say it
        running, waiting = (
            [float(value) for value in re.findall(rf"^vllm:num_requests_{what}(?:{{.*}})? (\S+)$", response.text, re.M)]
            for what in ("running", "waiting")
        )
        return (int(sum(running)), int(sum(waiting))) if running and waiting else None

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _prompt(self, kwargs: dict[str, Any]) -> str | None:
        """The prompt that the server's template makes, spaces evened out; None where the server does not say."""
        asked = {"model": self.name, "messages": [{"role": "user", "content": "x"}], "return_token_strs": True}
        try:
            response = await self._client.post(
                f"{self._base.removesuffix('/v1')}/tokenize",
                json=asked | {"chat_template_kwargs": kwargs},
                timeout=10.0,
            )
            tokens = orjson.loads(response.content)["token_strs"]
            return re.sub("[▁ĠĊ\\s]+", " ", "".join(map(str, tokens)).replace("<0x0A>", " ")).strip()
        except (httpx.HTTPError, orjson.JSONDecodeError, KeyError, TypeError):
            return None  # an older server, or another one

    async def _answer(self, request: Request) -> tuple[ServerQuirks, Any]:
        """The JSON of an answer, and the manner in which it was asked for."""
        manner, max_tokens = self._manner, request.sampling.max_tokens
        for _ in range(LESSONS):
            reply = await self._post(*manner.body(request, self.name, max_tokens, self.template_kwargs))
            if reply.status < 400:
                self._succeeded = True
                # what helped once is how all others are asked
                self._manner = replace(manner, straight=manner.straight or self._manner.straight)
                break
            lesson = manner.lesson(reply.words, request) if reply.status in (400, 422) else {}
            room = _room(reply.words)
            if lesson:
                manner = replace(manner, **lesson)
            elif room and room < max_tokens:
                max_tokens = room
            else:
                break
            if manner.switch == "none" and request.sampling.think != "auto":
                raise EngineError(
                    f"{self.url}: --think {request.sampling.think}: the server takes neither chat_template_kwargs nor "
                    "reasoning_effort; leave it out"
                )
        self._raise_for(reply)
        return manner, reply.body

    async def _post(self, path: str, body: dict[str, Any]) -> Reply:
        wait, longest = self.waits
        began, waited, tries = time.monotonic(), 0.0, 0
        while True:
            pause, limited, gone = 0.0, False, False
            cause: Exception | None = None
            try:
                response = await self._client.post(
                    f"{self._base}{path}", content=orjson.dumps(body), headers={"content-type": "application/json"}
                )
            except httpx.RequestError as error:
                said, cause = f"{type(error).__name__}: {error}".rstrip(": "), error
                gone = not isinstance(error, httpx.ReadTimeout)
                tries += 1 if gone else SLOW
            else:
                self._answered = time.monotonic()
                reply = _reply(response)
                if reply.status not in PASSING or marks(reply.body) & {*NO_MONEY}:
                    return reply
                limited = reply.status == 429
                said, pause = f"HTTP {reply.status}: {reply.words}", reply.pause
                tries += 0 if limited else 1
            pause = max(pause, min(wait, longest) * random.uniform(0.7, 1.3))
            if waited + pause > self.patience:
                kind = "rate_limited" if limited else "unreachable"
                raise RequestError(kind, f"{self.url}: gave up after {waited:.0f} s of waiting: {said}")
            if tries >= TRIES and gone and self._answered < began:
                raise EngineError(
                    f"{self.url}: no answer any more ({said}); run the same command again to go on"
                ) from cause
            if tries >= TRIES:
                raise RequestError("unreachable", f"{self.url}: gave up after {TRIES} tries: {said}") from cause
            await asyncio.sleep(pause)
            waited += pause
            wait *= 2

    def _raise_for(self, reply: Reply) -> None:
        if reply.status < 400:
            if reply.body is None:
                raise RequestError("bad_answer", f"{self.url}: the answer is not JSON: {reply.words[:80]!r}")
            return
        said, named = f"{self.url}: HTTP {reply.status}: {reply.words}", marks(reply.body)
        if reply.status == 402 or named & {*NO_MONEY}:
            raise EngineError(f"{said}; run the same command again to go on once there is credit")
        if named & {*FILTERS}:
            raise RequestError("content_filter", said)
        if reply.status == 401 or (reply.status == 403 and not self._succeeded):
            raise EngineError(f"{said}; set CAIGEN_API_KEY")
        if reply.status == 404:
            raise EngineError(f"{said}; is the model {self.name!r} served there, and is the path of the URL right?")
        too_long = "context length" in reply.words or "max_model_len" in reply.words
        raise RequestError("too_long" if too_long else "refused", said)

    def _cannot_close(self) -> EngineError:
        return EngineError(
            f"{self.url}: {self.name} thinks before it answers and cannot be told not to: use --think on, "
            "and --think-tokens for how long"
        )


async def open_endpoint(
    url: str,
    model: str | None,
    *,
    api_key: str | None = None,
    capacity: int | None = None,
    timeout: float = 600.0,
    template_kwargs: dict[str, Any] | None = None,
    waits: tuple[float, float] = WAITS,
    patience: float = PATIENCE,
) -> EndpointEngine:
    """Connect to a server; without a model name the first one it serves is taken. `timeout` is in seconds per answer,
    `waits` the first and the longest pause before another try, `patience` how long a rate limit is waited for in all.
    A URL without a path gets `/v1`.

    Raises EngineError when the server does not answer or does not serve the model.
    """
    base = url.rstrip("/")
    base = base if base.partition("://")[2].count("/") else f"{base}/v1"
    shown = public(base)
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=15.0) as client:
            response = await client.get(f"{base}/models")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EngineError(f"{shown}: no answer ({type(error).__name__}: {error}); is the server up?") from error
    if response.status_code in (401, 403):
        raise EngineError(f"{shown}: HTTP {response.status_code}: {_reply(response).words}; set CAIGEN_API_KEY")
    try:
        told = {str(entry["id"]): entry for entry in orjson.loads(response.content)["data"]}
        owners = {name: entry.get("owned_by") for name, entry in told.items()}
        served = list(told)
    except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(
            f"{shown}: HTTP {response.status_code}, not an OpenAI-compatible server: {response.text[:80]!r}"
        ) from error
    if model is not None and served and model not in served:
        raise EngineError(f"{shown}: does not serve {model!r}; it serves {', '.join(served[:8])}")
    if model is None and not served:
        raise EngineError(f"{shown}: serves no model; name one with --model")
    name = model or served[0]
    engine = EndpointEngine(
        base,
        name,
        api_key=api_key,
        capacity=capacity or CONCURRENCY,
        timeout=timeout,
        template_kwargs=template_kwargs,
        revision=served_identity(told.get(name, {})),
        waits=waits,
        patience=patience,
    )
    if owners.get(engine.name) in OWN_DEFAULTS:
        await engine.look()
    return engine


def _opened(prompt: str | None) -> reasoning.Format | None:
    """The format of a thought that is open at the end of a prompt."""
    return next((known for known in reasoning.FORMATS if prompt and prompt.endswith(known.open.strip())), None)


def _room(message: str) -> int:
    """How many completion tokens a refusal leaves room for; 0 where it is not about that."""
    context = re.search(r"maximum context length is (\d+)", message)
    prompt = re.search(r"\((\d+) in the (?:messages|prompt)|has (\d+) input tokens", message)
    return max(0, int(context[1]) - int(prompt[1] or prompt[2])) if context and prompt else 0


def public(url: str) -> str:
    """A URL without name and password, as it goes into records and messages; what is no URL stays."""
    scheme, found, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else url


def _reply(response: httpx.Response) -> Reply:
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        text = " ".join((response.text or response.reason_phrase).split())[:300]
        return Reply(response.status_code, None, text, _retry_after(response))
    if response.is_success and (inside := failure(body)):
        return Reply(inside[0], body, inside[1], _retry_after(response))
    return Reply(response.status_code, body, words(body), _retry_after(response))


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks us to wait (RFC 9110, 10.2.3: a number or a date); 0 where it does not say."""
    said = response.headers.get("retry-after", "0").strip()
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return 0.0
