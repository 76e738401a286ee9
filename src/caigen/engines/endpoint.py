"""An OpenAI-compatible server, `vllm serve` first of all. The only HTTP client of caigen."""

import asyncio
import random
import re
import time
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
import orjson

from caigen import reasoning
from caigen.engines import connections
from caigen.engines.base import Closing, Completion, Request, summed
from caigen.engines.chat import merged
from caigen.errors import EngineError, RequestError
from caigen.records import Tokens

TRIES = 6
SLOW = 3  # tries that an answer counts for which did not come in time
LESSONS = 6  # requests at most until a server is asked in the manner it takes
PATIENCE = 600.0  # seconds of waiting for a rate limit
WAITS = (0.5, 20.0)  # seconds: before the second try, doubled for each further one, and the longest
RETRIED = {408, 409, 429, 500, 502, 503, 504}
CONCURRENCY = 64  # requests at once to a server of which nothing is known
MOST = 512  # to one that says how many wait there

_ABOUT_SCHEMA = re.compile(r"response_format|response format|json_schema|json_object|guided|structured output")
_ABOUT_SYSTEM = re.compile(
    r"system\W+(?:\w+\W+){0,2}(?:role|message|prompt)|(?:role|message)s?\W+(?:\w+\W+){0,3}system\b"
)


@dataclass(frozen=True)
class Manner:
    """How a server wants to be asked; learned from its refusals."""

    schema: Literal["json_schema", "json_object", "none"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    merge_system: bool = False
    logprobs: bool = True

    def lesson(self, refusal: str, request: Request) -> dict[str, Any]:
        """What to do otherwise after a refusal; empty where it was not about the manner."""
        said = refusal.lower()
        if self.limit == "max_tokens" and re.search(r"use '?max_completion_tokens", said):
            return {"limit": "max_completion_tokens"}
        if request.schema and self.schema != "none" and _ABOUT_SCHEMA.search(said):
            return {"schema": "json_object" if self.schema == "json_schema" else "none"}
        if self.logprobs and request.choices and "logprobs" in said:
            return {"logprobs": False}
        if not self.merge_system and _ABOUT_SYSTEM.search(said) and any(m.role == "system" for m in request.messages):
            return {"merge_system": True}
        return {}


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
        waits: tuple[float, float] = WAITS,
        patience: float = PATIENCE,
    ) -> None:
        self.waits, self.patience = waits, patience
        self._base, self.url, self.name, self.capacity = url, public(url), model, capacity
        settings = orjson.dumps(template_kwargs, option=orjson.OPT_SORT_KEYS).decode() if template_kwargs else ""
        self.model = f"{model}{settings}@{self.url}"
        self.template_kwargs = template_kwargs or {}
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx.Limits(max_connections=capacity, max_keepalive_connections=capacity)
        self._client = httpx.AsyncClient(
            headers=headers, timeout=httpx.Timeout(timeout, connect=10.0), limits=limits, transport=connections.many()
        )
        self._room = asyncio.Semaphore(capacity)
        self._manner = Manner()
        self._answered = 0.0  # when the server last said anything

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError (`too_long`, `refused`, `rate_limited`, `unreachable`, `bad_answer`), EngineError where no
        request can succeed.
        """
        async with self._room:
            answer = await self._answer(request)
        try:
            return _completion(answer, request.choices)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise RequestError(
                "bad_answer", f"{self.url}: the answer is not an OpenAI completion: {orjson.dumps(answer)[:120]!r}"
            ) from error

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

    async def _answer(self, request: Request) -> Any:
        manner, max_tokens = self._manner, request.sampling.max_tokens
        for _ in range(LESSONS):
            response = await self._post(*self._body(request, manner, max_tokens))
            if response.is_success:
                self._manner = manner  # what helped once is how all others are asked
                break
            message = _message(response)
            lesson = manner.lesson(message, request) if response.status_code in (400, 422) else {}
            room = _room(message)
            if lesson:
                manner = replace(manner, **lesson)
            elif room and room < max_tokens:
                max_tokens = room
            else:
                break
        self._raise_for(response)
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise RequestError(
                "bad_answer", f"{self.url}: the answer is not JSON: {response.content[:80]!r}"
            ) from error

    async def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        wait, longest = self.waits
        began, waited, tries = time.monotonic(), 0.0, 0
        while True:
            pause, limited, failure = 0.0, False, None
            try:
                response = await self._client.post(
                    f"{self._base}{path}", content=orjson.dumps(body), headers={"content-type": "application/json"}
                )
            except httpx.RequestError as error:
                said, failure = f"{type(error).__name__}: {error}".rstrip(": "), error
                tries += SLOW if isinstance(error, httpx.ReadTimeout) else 1
            else:
                self._answered = time.monotonic()
                if response.status_code not in RETRIED:
                    return response
                limited = response.status_code == 429
                said, pause = f"HTTP {response.status_code}: {_message(response)}", _retry_after(response)
                tries += 0 if limited else 1
            pause = max(pause, min(wait, longest) * random.uniform(0.7, 1.3))
            if waited + pause > self.patience:
                kind = "rate_limited" if limited else "unreachable"
                raise RequestError(kind, f"{self.url}: gave up after {waited:.0f} s of waiting: {said}")
            gone = failure is not None and not isinstance(failure, httpx.ReadTimeout)
            if tries >= TRIES and gone and self._answered < began:
                raise EngineError(
                    f"{self.url}: no answer any more ({said}); run the same command again to go on"
                ) from failure
            if tries >= TRIES:
                raise RequestError("unreachable", f"{self.url}: gave up after {TRIES} tries: {said}") from failure
            await asyncio.sleep(pause)
            waited += pause
            wait *= 2

    def _body(self, request: Request, manner: "Manner", max_tokens: int) -> tuple[str, dict[str, Any]]:
        asked = request.sampling
        body: dict[str, Any] = {
            "model": self.name,
            manner.limit: 1 if request.choices else max_tokens,
            "temperature": asked.temperature,
            "top_p": asked.top_p,
        }
        if asked.seed is not None and asked.temperature > 0:
            body["seed"] = asked.seed
        if asked.stop:
            body["stop"] = list(asked.stop)
        if request.schema and manner.schema == "json_schema":
            schema = {"name": "answer", "schema": orjson.loads(request.schema), "strict": True}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif request.schema and manner.schema == "json_object":
            body["response_format"] = {"type": "json_object"}
        if request.choices and manner.logprobs:
            body |= {"logprobs": True, "top_logprobs": 20}
        if request.text is not None:
            return "/completions", body | {"prompt": request.text}
        turns = (
            merged(request.messages) if manner.merge_system else [message.model_dump() for message in request.messages]
        )
        if self.template_kwargs:
            body["chat_template_kwargs"] = self.template_kwargs
        return "/chat/completions", body | {"messages": turns}

    def _raise_for(self, response: httpx.Response) -> None:
        if response.is_success:
            return
        message = _message(response)
        if response.status_code in (401, 403):
            raise EngineError(f"{self.url}: HTTP {response.status_code}: {message}; set CAIGEN_API_KEY")
        if response.status_code == 404:
            raise EngineError(
                f"{self.url}: HTTP 404: {message}; is the model {self.name!r} served there, and is the path of the URL right?"
            )
        kind = "too_long" if "context length" in message or "max_model_len" in message else "refused"
        raise RequestError(kind, f"{self.url}: HTTP {response.status_code}: {message}")


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
        raise EngineError(f"{shown}: HTTP {response.status_code}: {_message(response)}; set CAIGEN_API_KEY")
    try:
        served = [str(entry["id"]) for entry in orjson.loads(response.content)["data"]]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise EngineError(
            f"{shown}: HTTP {response.status_code}, not an OpenAI-compatible server: {response.text[:80]!r}"
        ) from error
    if model is not None and served and model not in served:
        raise EngineError(f"{shown}: does not serve {model!r}; it serves {', '.join(served[:8])}")
    if model is None and not served:
        raise EngineError(f"{shown}: serves no model; name one with --model")
    return EndpointEngine(
        base,
        model or served[0],
        api_key=api_key,
        capacity=capacity or CONCURRENCY,
        timeout=timeout,
        template_kwargs=template_kwargs,
        waits=waits,
        patience=patience,
    )


def _completion(answer: Any, wanted: tuple[str, ...] = ()) -> Completion:
    choice = answer["choices"][0]
    message = choice.get("message") or {}
    raw = message.get("content") if message else choice["text"]
    text, thought = reasoning.split(raw or "")
    usage = answer.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    tokens = Tokens(
        prompt=usage.get("prompt_tokens") or 0,
        cached=details.get("cached_tokens") or 0,
        completion=usage.get("completion_tokens") or 0,
    )
    thought = message.get("reasoning_content") or message.get("reasoning") or thought
    return Completion(text, choice.get("finish_reason"), tokens, thought, _choices(choice, wanted))


def _choices(choice: Any, wanted: tuple[str, ...]) -> dict[str, float]:
    """Raises RequestError `choice_not_a_token` where what looks like one word may be the beginning of another, as 1 of 10."""
    first = ((choice.get("logprobs") or {}).get("content") or [{}])[0]
    found = summed(
        (entry["token"], float(entry["logprob"]))
        for entry in first.get("top_logprobs") or []
        if entry["token"].strip() in wanted
    )
    for word in wanted:
        if word not in found and any(word.startswith(other) for other in found):
            raise RequestError(
                "choice_not_a_token",
                f"the server may cut {word!r} in two, and then gives the probability of its beginning",
            )
    return found


def _room(message: str) -> int:
    """How many completion tokens a refusal leaves room for; 0 where it is not about that."""
    context = re.search(r"maximum context length is (\d+)", message)
    prompt = re.search(r"\((\d+) in the (?:messages|prompt)|has (\d+) input tokens", message)
    return max(0, int(context[1]) - int(prompt[1] or prompt[2])) if context and prompt else 0


def public(url: str) -> str:
    """A URL without name and password, as it goes into records and messages; what is no URL stays."""
    scheme, found, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if found else url


def _message(response: httpx.Response) -> str:
    try:
        body = orjson.loads(response.content)
        found = body.get("error", body) if isinstance(body, dict) else body
        text = found.get("message", found) if isinstance(found, dict) else found
    except orjson.JSONDecodeError:
        text = response.text or response.reason_phrase
    return " ".join(str(text).split())[:300]


def _retry_after(response: httpx.Response) -> float:
    """Seconds that the server asks us to wait (RFC 9110, 10.2.3: a number or a date); 0 where it does not say."""
    said = response.headers.get("retry-after", "0").strip()
    if said.isdecimal():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except ValueError:
        return 0.0
