"""A model on an OpenAI-compatible server, `vllm serve` first of all: `Request -> Completion` over HTTP."""

import asyncio
import re
from dataclasses import dataclass, replace
from typing import Any

import orjson

from caigen.engines.answers import read_completion
from caigen.engines.base import BaseEngine, Completion, Request
from caigen.engines.failures import CONTENT_FILTER_NAMES, NO_CREDIT_NAMES, error_names
from caigen.engines.http_client import (
    BACKOFF_SECONDS,
    PATIENCE_SECONDS,
    HttpClient,
    Reply,
    list_models,
)
from caigen.engines.identity import served_identity
from caigen.engines.limit import ServerLoad
from caigen.engines.lost_server import explaining_loss
from caigen.engines.quirks import ServerQuirks, thinking_kwargs
from caigen.errors import EngineError, RequestError
from caigen.text import reasoning
from caigen.text.secrets import public_url

MAX_ADAPTATIONS = 9  # requests in all until one is sent in the way that a server takes
DEFAULT_CONCURRENCY = 64  # requests at once to a server that does not tell its load
MAX_CONCURRENCY = 512  # requests at once to a server that does
ANSWER_SECONDS = 600.0
# owners of servers that fill in sampling parameters from the model's generation_config
OWNERS_WITH_OWN_SAMPLING = ("vllm", "sglang")


@dataclass(frozen=True)
class TemplateThoughts:
    """The format of the thought that a server's chat template opens: by default, and with thinking switched off."""

    default: reasoning.Format | None = None
    off: reasoning.Format | None = None


class EndpointEngine(BaseEngine):
    """A model behind `URL/v1/chat/completions` (or `/v1/completions` for plain text); `open_endpoint` makes one.

    It learns from refusals what the server supports (quirks.py), and then asks all further requests in that way.
    """

    def __init__(
        self,
        client: HttpClient,
        model: str,
        *,
        capacity: int,
        template_kwargs: dict[str, Any] | None = None,
        revision: str = "",
    ) -> None:
        self.url, self.name, self.capacity = client.shown, model, capacity
        self.template_kwargs = template_kwargs or {}
        self.model = _full_name(model, self.url, self.template_kwargs, revision)
        self._client = client
        self._slots = asyncio.Semaphore(capacity)
        self._quirks = ServerQuirks()
        self._thoughts = TemplateThoughts()
        self.owner = ""  # whom the server says its models are owned by, such as vllm
        self._succeeded = False  # whether it has answered a request: then its key is right

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError (`too_long`, `refused`, `content_filter`, `rate_limited`, `unreachable`, `bad_answer`,
        `choice_not_a_token`), EngineError if no request can succeed.
        """
        may_think = request.sampling.think == "on"
        if request.text is None and request.choices and not may_think and self._thoughts.off:
            raise self._cannot_stop_thinking()
        async with self._slots:
            with explaining_loss(self.owner, request):
                quirks, body = await self._ask(request)
        switch = quirks.switch_for(request)
        opened = self._thoughts.off if switch == "off" else self._thoughts.default
        completion = self._read(body, request, opened)
        # a thought that stands where a direct answer was wanted, or used up its tokens
        only_thought = completion.reasoning is not None and not completion.text
        if not only_thought or not request.wants_direct_answer or request.schema or may_think:
            return completion
        if switch == "off":
            raise self._cannot_stop_thinking()
        # the model thinks by default: ask again, and from now on, with thinking switched off
        self._quirks = replace(self._quirks, thinks_first=True)
        return await self.complete(request)

    def _read(self, body: Any, request: Request, opened: reasoning.Format | None) -> Completion:
        try:
            return read_completion(body, request, opened=opened)
        except RequestError as error:
            raise RequestError(error.kind, f"{self.url}: {error}") from error

    async def _ask(self, request: Request) -> tuple[ServerQuirks, Any]:
        """Send a request, again in another way for each refusal that teaches one.

        Returns the quirks it was sent with and the JSON of the answer.
        """
        quirks, max_tokens = self._quirks, request.sampling.max_tokens
        for _ in range(MAX_ADAPTATIONS):
            path, body = quirks.body(
                request, model=self.name, max_tokens=max_tokens, template_kwargs=self.template_kwargs
            )
            reply = await self._client.post(path, body)
            if reply.status < 400:
                self._succeeded = True
                # all further requests are sent in the way that worked; another one may have learned this meanwhile
                thinks_first = quirks.thinks_first or self._quirks.thinks_first
                self._quirks = replace(quirks, thinks_first=thinks_first)
                break
            # change one thing: how the server is asked, or how long the answer may be
            room = _room_in_context(reply.message)
            if reply.status in (400, 422) and (learned := quirks.learn(reply.message, request)):
                quirks = learned
            elif room and room < max_tokens:
                max_tokens = room
            else:
                break
            self._check_switch(quirks, request)
        self._raise_for_error(reply)
        return quirks, reply.body

    async def probe_template(self) -> None:
        """Ask a vLLM server what its chat template opens (`/tokenize`); have it use no sampling settings of its own."""
        self._quirks = replace(self._quirks, neutral_sampling=True)
        default = await self._render_prompt(self.template_kwargs)
        off = await self._render_prompt(self.template_kwargs | thinking_kwargs(False))
        self._thoughts = TemplateThoughts(_open_thought(default), _open_thought(off))
        # a template with a switch belongs to a model that thinks by default
        if default is not None and off is not None and default != off:
            self._quirks = replace(self._quirks, thinks_first=True)

    async def _render_prompt(self, kwargs: dict[str, Any]) -> str | None:
        """The prompt that the server's template makes of a short message, with single spaces; None if unknown."""
        body = {
            "model": self.name,
            "messages": [{"role": "user", "content": "x"}],
            "return_token_strs": True,
            "chat_template_kwargs": kwargs,
        }
        content = await self._client.probe("/tokenize", body)
        if content is None:
            return None
        try:
            tokens = orjson.loads(content)["token_strs"]
            prompt = "".join(map(str, tokens))
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return None  # an older server, or another kind
        # tokenizers write a space as ▁ or Ġ, and a line break as Ċ or <0x0A>
        return re.sub("[▁ĠĊ\\s]+", " ", prompt.replace("<0x0A>", " ")).strip()

    async def load(self) -> ServerLoad | None:
        """Return how many requests run and wait at a vLLM server, by its metrics; None if it shows none."""
        content = await self._client.probe("/metrics")
        if content is None:
            return None
        metrics = content.decode(errors="replace")
        running, waiting = _gauge(metrics, "running"), _gauge(metrics, "waiting")
        if running is None or waiting is None:
            return None
        return ServerLoad(running, waiting)

    async def close(self) -> None:
        """Close the connections."""
        await self._client.close()

    def _check_switch(self, quirks: ServerQuirks, request: Request) -> None:
        """Raises EngineError if the user sets --think and the server knows no way to be told so."""
        if quirks.switch == "none" and request.sampling.think != "auto":
            raise EngineError(
                f"{self.url}: --think {request.sampling.think}: the server takes neither chat_template_kwargs nor "
                "reasoning_effort; leave it out"
            )

    def _raise_for_error(self, reply: Reply) -> None:
        """Raises RequestError or EngineError for a reply that is an error, or no JSON."""
        if reply.status < 400:
            if reply.body is None:
                raise RequestError("bad_answer", f"{self.url}: the answer is not JSON: {reply.message[:80]!r}")
            return
        message, names = f"{self.url}: HTTP {reply.status}: {reply.message}", error_names(reply.body)
        if reply.status == 402 or names & {*NO_CREDIT_NAMES}:
            raise EngineError(f"{message}; run the same command again to go on once there is credit")
        if names & {*CONTENT_FILTER_NAMES}:
            raise RequestError("content_filter", message)
        # a server may also answer 403 to one request that it does not allow
        if reply.status == 401 or (reply.status == 403 and not self._succeeded):
            raise EngineError(f"{message}; set CAIGEN_API_KEY")
        if reply.status == 404:
            raise EngineError(f"{message}; is the model {self.name!r} served there, and is the path of the URL right?")
        if "context length" in reply.message or "max_model_len" in reply.message:
            raise RequestError("too_long", message)
        raise RequestError("refused", message)

    def _cannot_stop_thinking(self) -> EngineError:
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
    timeout: float = ANSWER_SECONDS,
    template_kwargs: dict[str, Any] | None = None,
    waits: tuple[float, float] = BACKOFF_SECONDS,
    patience: float = PATIENCE_SECONDS,
) -> EndpointEngine:
    """Connect to a server; without a model name the first model that it serves is used. `timeout` is in seconds for
    each answer, `waits` are the first and the longest pause between tries, `patience` limits the pauses of a request
    in all. A URL without a path gets `/v1`.

    Raises EngineError if the server does not reply or does not serve the model.
    """
    base = url.rstrip("/")
    if "/" not in base.partition("://")[2]:
        base += "/v1"
    models = await list_models(base, api_key)
    name = _choose_model(models, model, public_url(base))
    capacity = capacity or DEFAULT_CONCURRENCY
    client = HttpClient(
        base, api_key=api_key, max_connections=capacity, timeout=timeout, waits=waits, patience=patience
    )
    described = models.get(name, {})
    engine = EndpointEngine(
        client,
        name,
        capacity=capacity,
        template_kwargs=template_kwargs,
        revision=served_identity(described),
    )
    engine.owner = str(described.get("owned_by") or "")
    if engine.owner in OWNERS_WITH_OWN_SAMPLING:
        await engine.probe_template()
    return engine


def _choose_model(models: dict[str, dict[str, Any]], name: str | None, shown: str) -> str:
    """The name asked for, or the first one served.

    Raises EngineError if the server does not serve it. A server that lists no model may still serve one by name.
    """
    if name is not None and models and name not in models:
        raise EngineError(f"{shown}: does not serve {name!r}; it serves {', '.join(list(models)[:8])}")
    if name:
        return name
    if not models:
        raise EngineError(f"{shown}: serves no model; name one with --model")
    return next(iter(models))


def _full_name(model: str, url: str, template_kwargs: dict[str, Any], revision: str) -> str:
    """`MODEL@URL`, with the template arguments and the revision, since both shape the answers."""
    arguments = query = ""
    if template_kwargs:
        arguments = orjson.dumps(template_kwargs, option=orjson.OPT_SORT_KEYS).decode()
    if revision:
        query = f"?{revision}"
    return f"{model}{arguments}@{url}{query}"


def _gauge(metrics: str, state: str) -> int | None:
    """The sum of vLLM's gauge of requests in a state over all its engines; None if it is not among the metrics.

    `vllm:num_requests_running{engine="0",model_name="m"} 3.0` gives 3 for `running`.
    """
    values = re.findall(rf"^vllm:num_requests_{state}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE)
    return int(sum(map(float, values))) if values else None


def _open_thought(prompt: str | None) -> reasoning.Format | None:
    """The format of the thought that is open at the end of a prompt."""
    for format_ in reasoning.FORMATS:
        if prompt and prompt.endswith(format_.open.strip()):
            return format_
    return None


def _room_in_context(message: str) -> int:
    """How many completion tokens a refusal says there is room for; 0 if it is about something else.

    "maximum context length is 100 tokens. However, you requested 516 (4 in the messages, 512 in the completion)"
    gives 96.
    """
    context = re.search(r"maximum context length is (\d+)", message)
    prompt = re.search(r"\((\d+) in the (?:messages|prompt)|has (\d+) input tokens", message)
    if not context or not prompt:
        return 0
    return max(0, int(context[1]) - int(prompt[1] or prompt[2]))
