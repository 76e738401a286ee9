"""An OpenAI-compatible server, `vllm serve` first of all. The only HTTP client of caigen."""

import asyncio
import random
from typing import Any

import httpx
import orjson

from caigen.engines import reasoning
from caigen.engines.base import Closing, Completion, Request
from caigen.errors import EngineError, RequestError
from caigen.records import Message, Tokens

TRIES = 6
WAITS = (0.5, 20.0)  # seconds: before the second try, doubled for each further one, and the longest
RETRIED = {408, 409, 429, 500, 502, 503, 504}
CONCURRENCY = 64


class EndpointEngine(Closing):
    """A model behind `URL/v1/chat/completions` (or `/v1/completions` for plain text).

    `open_endpoint` makes one. Retries with back-off what may pass (429, 5xx, time-outs, lost connections) and nothing else.
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
    ) -> None:
        self.waits = waits
        self.url, self.name, self.capacity = url, model, capacity
        self.model = f"{model}@{url}"
        self.template_kwargs = template_kwargs or {}
        headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
        limits = httpx.Limits(max_connections=capacity, max_keepalive_connections=capacity)
        self._client = httpx.AsyncClient(headers=headers, timeout=httpx.Timeout(timeout, connect=10.0), limits=limits)
        self._room = asyncio.Semaphore(capacity)
        self._merge_system = False

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError (`too_long`, `refused`, `unreachable`, `bad_answer`), EngineError where no request can succeed.
        """
        async with self._room:
            answer = await self._answer(request)
        try:
            return _completion(answer, request.choices)
        except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
            raise RequestError(
                "bad_answer", f"{self.url}: the answer is not an OpenAI completion: {orjson.dumps(answer)[:120]!r}"
            ) from error

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def _answer(self, request: Request) -> Any:
        path, body = self._body(request)
        response = await self._post(path, body)
        refused = response.status_code == 400 and not self._merge_system and _about_system(response.text, request)
        if refused:
            self._merge_system = True
            response = await self._post(*self._body(request))
        self._raise_for(response)
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError as error:
            raise RequestError(
                "bad_answer", f"{self.url}: the answer is not JSON: {response.content[:80]!r}"
            ) from error

    async def _post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        (wait, longest), last = self.waits, "no answer"
        for attempt in range(TRIES):
            try:
                response = await self._client.post(
                    f"{self.url}{path}", content=orjson.dumps(body), headers={"content-type": "application/json"}
                )
            except (httpx.TransportError, httpx.TimeoutException) as error:
                last = f"{type(error).__name__}: {error}".rstrip(": ")
            else:
                if response.status_code not in RETRIED:
                    return response
                last = f"HTTP {response.status_code}: {_message(response)}"
                wait = max(wait, _retry_after(response))
            if attempt + 1 < TRIES:
                await asyncio.sleep(min(wait, longest) * random.uniform(0.7, 1.3))
                wait *= 2
        raise RequestError("unreachable", f"{self.url}: gave up after {TRIES} tries: {last}")

    def _body(self, request: Request) -> tuple[str, dict[str, Any]]:
        asked = request.sampling
        body: dict[str, Any] = {
            "model": self.name,
            "max_tokens": asked.max_tokens,
            "temperature": asked.temperature,
            "top_p": asked.top_p,
        }
        if asked.seed is not None and asked.temperature > 0:
            body["seed"] = asked.seed
        if asked.stop:
            body["stop"] = list(asked.stop)
        if request.schema:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {"name": "answer", "schema": orjson.loads(request.schema), "strict": True},
            }
        if request.choices:
            body |= {"max_tokens": 1, "logprobs": True, "top_logprobs": 20}
        if request.text is not None:
            return "/completions", body | {"prompt": request.text}
        turns = (
            _merged(request.messages) if self._merge_system else [message.model_dump() for message in request.messages]
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
                f"{self.url}: HTTP 404: {message}; is the model {self.name!r} served there, and does the URL end in /v1?"
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
) -> EndpointEngine:
    """Connect to a server; without a model name the first one it serves is taken. `timeout` is in seconds per answer,
    `waits` the first and the longest pause before another try.

    Raises EngineError when the server does not answer or does not serve the model.
    """
    base = url.rstrip("/")
    base = base if base.endswith("/v1") else f"{base}/v1"
    headers = {"authorization": f"Bearer {api_key}"} if api_key else {}
    try:
        async with httpx.AsyncClient(headers=headers, timeout=15.0) as client:
            response = await client.get(f"{base}/models")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise EngineError(f"{base}: no answer ({type(error).__name__}: {error}); is the server up?") from error
    if response.status_code in (401, 403):
        raise EngineError(f"{base}: HTTP {response.status_code}: {_message(response)}; set CAIGEN_API_KEY")
    try:
        served = [str(entry["id"]) for entry in orjson.loads(response.content)["data"]]
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise EngineError(
            f"{base}: HTTP {response.status_code}, not an OpenAI-compatible server: {response.text[:80]!r}"
        ) from error
    if model is not None and served and model not in served:
        raise EngineError(f"{base}: does not serve {model!r}; it serves {', '.join(served[:8])}")
    if model is None and not served:
        raise EngineError(f"{base}: serves no model; name one with --model")
    return EndpointEngine(
        base,
        model or served[0],
        api_key=api_key,
        capacity=capacity or CONCURRENCY,
        timeout=timeout,
        template_kwargs=template_kwargs,
        waits=waits,
    )


def _completion(answer: Any, wanted: tuple[str, ...] = ()) -> Completion:
    choice = answer["choices"][0]
    message = choice.get("message") or {}
    raw = message.get("content") if message else choice["text"]
    text, thought = reasoning.split(raw or "")
    usage = answer.get("usage") or {}
    details = usage.get("prompt_tokens_details") or {}
    tokens = Tokens(
        prompt=usage.get("prompt_tokens", 0),
        cached=details.get("cached_tokens") or 0,
        completion=usage.get("completion_tokens", 0),
    )
    thought = message.get("reasoning_content") or message.get("reasoning") or thought
    return Completion(text, choice.get("finish_reason"), tokens, thought, _choices(choice, wanted))


def _choices(choice: Any, wanted: tuple[str, ...]) -> dict[str, float]:
    first = ((choice.get("logprobs") or {}).get("content") or [{}])[0]
    return {
        entry["token"]: float(entry["logprob"]) for entry in first.get("top_logprobs") or [] if entry["token"] in wanted
    }


def _merged(messages: tuple[Message, ...]) -> list[dict[str, str]]:
    held = [m.content for m in messages if m.role == "system"]
    turns = [m.model_dump() for m in messages if m.role != "system"]
    turns[0] = turns[0] | {"content": "\n\n".join([*held, turns[0]["content"]])}
    return turns


def _about_system(text: str, request: Request) -> bool:
    return "system" in text.lower() and any(m.role == "system" for m in request.messages)


def _message(response: httpx.Response) -> str:
    try:
        body = orjson.loads(response.content)
        found = body.get("error", body) if isinstance(body, dict) else body
        text = found.get("message", found) if isinstance(found, dict) else found
    except orjson.JSONDecodeError:
        text = response.text or response.reason_phrase
    return " ".join(str(text).split())[:300]


def _retry_after(response: httpx.Response) -> float:
    try:
        return float(response.headers.get("retry-after", 0))
    except ValueError:
        return 0.0
