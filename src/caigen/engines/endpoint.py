"""A model on an OpenAI-compatible server, `vllm serve` first of all: `Request -> Completion` over HTTP."""

import asyncio
import re
import time
from collections import Counter
from dataclasses import replace
from typing import Any

import orjson

from caigen.choices import ANSWER_SECONDS
from caigen.engines.address import read_address
from caigen.engines.answers import read_completion
from caigen.engines.base import BaseEngine, Completion, Request, Sampling
from caigen.engines.control_names import ControlNames, control_names, mask, unmask
from caigen.engines.failures import CONTENT_FILTER, NO_CREDIT, error_names
from caigen.engines.http_client import (
    BACKOFF_SECONDS,
    MODELS_SECONDS,
    PATIENCE_SECONDS,
    HttpClient,
    list_models,
)
from caigen.engines.identity import served_identity
from caigen.engines.lessons import Case, describe, differing, joined, learn, named_option
from caigen.engines.limit import ServerLoad
from caigen.engines.lost_server import explaining_loss
from caigen.engines.model_list import ModelList, choose_model, unlisted_note
from caigen.engines.quirks import ServerQuirks
from caigen.engines.refusal import Refusal, read_refusal
from caigen.engines.replies import MAX_REPLY_BYTES, Reply
from caigen.engines.served_template import TemplateThoughts, read_thoughts
from caigen.errors import EngineError, RequestError
from caigen.records import Message
from caigen.text import reasoning
from caigen.text.secrets import public_url

MAX_ADAPTATIONS = 16  # requests in all until one is sent in the way that a server takes
MAX_REFUSED_ALIKE = 12  # refusals of different requests, with no answer, after which the run ends
GENERATION_TRIES = 2  # of a request whose answer the server could not make into JSON
DEFAULT_CONCURRENCY = 64  # requests at once to a server that does not tell its load
MAX_CONCURRENCY = 512  # requests at once to a server that does
LISTED_TOKENS_BYTES = 4096  # the 20 likeliest tokens in the place of one token, as JSON
# owners of servers that fill in sampling parameters from the model's generation_config
OWNERS_WITH_OWN_SAMPLING = ("vllm", "sglang")
# asked where it is not known whether a server answers anything: short, about nothing
HARMLESS = Request(messages=(Message(role="user", content="Say hello."),), sampling=Sampling(max_tokens=16))


class EndpointEngine(BaseEngine):
    """A model behind `URL/v1/chat/completions` (or `/v1/completions` for plain text); `open_endpoint` makes one.

    It learns from refusals what the server supports (lessons.py), and then asks all further requests in that way.
    `control` matches the names of control tokens that texts must not become, None if the tokenizer is not known.
    """

    def __init__(
        self,
        client: HttpClient,
        model: str,
        *,
        capacity: int,
        template_kwargs: dict[str, Any] | None = None,
        revision: str = "",
        quirks: ServerQuirks | None = None,
        control: re.Pattern[str] | None = None,
    ) -> None:
        self.url, self.name, self.capacity = client.shown, model, capacity
        self.template_kwargs = template_kwargs or {}
        self.model = _full_name(model, self.url, self.template_kwargs, revision)
        self._client = client
        self._slots = asyncio.Semaphore(capacity)
        self._quirks = quirks or ServerQuirks()
        self._thoughts = TemplateThoughts()
        self.owner = ""  # whom the server says its models are owned by, such as vllm
        self._names = ControlNames(client, model, control)
        self._left_out: set[str] = set()
        self._notes: dict[str, bool] = {}  # lines for the user, and whether they were taken
        self._refused: Counter[str] = Counter()  # refusals, while no request has been answered

    @property
    def left_out(self) -> frozenset[str]:
        """The settings of requests that the server did not take, such as `seed`."""
        return frozenset(self._left_out)

    def take_notes(self) -> list[str]:
        """Return what was learned of the server since the last call, a line each."""
        lines = [line for line, taken in self._notes.items() if not taken]
        self._notes.update(dict.fromkeys(lines, True))
        return lines

    def note(self, line: str) -> None:
        """Keep a line for the user, once."""
        if line:
            self._notes.setdefault(line, False)

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError (`too_long`, `refused`, `content_filter`, `rate_limited`, `unreachable`, `bad_answer`,
        `choice_not_a_token`), EngineError if no request can succeed.
        """
        names, note = await self._names.find(request)
        self.note(f"note: {self.url}: {note}" if note else "")
        if not names:
            return await self._complete(request)
        return unmask(await self._complete(mask(request, names)), names)

    async def _complete(self, request: Request) -> Completion:
        may_think = request.sampling.think == "on"
        if request.text is None and request.choices and not may_think and self._thoughts.off:
            raise self._cannot_stop_thinking()
        async with self._slots:
            with explaining_loss(self.owner, request):
                quirks, body = await self._ask_or_end(request)
        switch = quirks.switch_for(request)
        opened = self._thoughts.off if switch == "off" else self._thoughts.default
        completion = self._read(body, request, opened)
        if "stop" in quirks.left_out:
            completion = _cut_at_stops(completion, request.sampling.stop)
        # a thought that stands where a direct answer was wanted, or used up its tokens
        only_thought = completion.reasoning is not None and not completion.text
        if not only_thought or not request.wants_direct_answer or request.schema or may_think:
            return completion
        if switch == "off":
            raise self._cannot_stop_thinking()
        # the model thinks by default: ask again, and from now on, with thinking switched off
        self._quirks = replace(self._quirks, thinks_first=True)
        return await self._complete(request)

    def _read(self, body: Any, request: Request, opened: reasoning.Format | None) -> Completion:
        try:
            return read_completion(body, request, opened=opened, secrets=self._client.secrets)
        except RequestError as error:
            raise RequestError(error.kind, f"{self.url}: {error}") from error

    async def _ask_or_end(self, request: Request) -> tuple[ServerQuirks, Any]:
        """Send a request. Where it got no answer, find out whether any request gets one.

        Raises EngineError if none does: the server has gone, rather than this request failed.
        """
        began = time.monotonic()
        try:
            return await self._ask(request)
        except RequestError as error:
            if error.kind not in ("unreachable", "rate_limited") or self._client.last_answer > began:
                raise
            if await self._answers_anything():
                raise
            raise EngineError(f"{error}; nothing is answered any more: run the same command again to go on") from error

    async def _answers_anything(self) -> bool:
        """Whether the server answers a harmless request."""
        path, body = self._quirks.body(HARMLESS, model=self.name, max_tokens=16, template_kwargs={})
        began = time.monotonic()
        status = await self._client.try_once(path, body)
        # another request may have been answered meanwhile
        return status in range(200, 300) or self._client.last_answer > began

    async def _ask(self, request: Request) -> tuple[ServerQuirks, Any]:
        """Send a request, again in another way for each refusal that teaches one.

        Returns the quirks it was sent with and the JSON of the answer.
        """
        quirks, max_tokens, generation_tries = self._quirks, request.sampling.max_tokens, 0
        shared = True  # whether the way it is asked holds for other requests too
        for _ in range(MAX_ADAPTATIONS):
            path, body = quirks.body(
                request, model=self.name, max_tokens=max_tokens, template_kwargs=self.template_kwargs
            )
            reply = await self._client.post(path, body, limit=_max_bytes(request, max_tokens))
            if reply.status < 300:
                self._keep(quirks, request, shared=shared)
                break
            if reply.status not in (400, 422):
                break
            refusal = read_refusal(reply.body, reply.message)
            # change one thing: how the server is asked, or how long the answer may be
            room = _room_in_context(reply.message)
            if refusal.failed_generation and request.schema and generation_tries < GENERATION_TRIES:
                generation_tries += 1
            elif refusal.failed_generation and request.schema and quirks.schema != "none":
                quirks, shared = replace(quirks, schema="none"), False
            elif learned := learn(Case(quirks, refusal, request, body)):
                quirks = learned
            elif room and room < max_tokens:
                max_tokens = room
            else:
                self._check_settings(refusal, body, reply)
                break
            self._check_switch(quirks, request)
        await self._raise_for_error(reply)
        return quirks, reply.body

    def _keep(self, quirks: ServerQuirks, request: Request, *, shared: bool) -> None:
        """Ask all further requests in the way that worked, and tell what was learned."""
        self._refused.clear()
        self._left_out |= differing(quirks, request)
        if not shared:
            return
        for line in describe(self._quirks, quirks):
            self.note(f"note: {self.url}: {line}")
        self._quirks = joined(self._quirks, quirks)

    @property
    def _succeeded(self) -> bool:
        """Whether the server has answered a request: then its key is right."""
        return self._client.last_answer > 0

    def _check_settings(self, refusal: Refusal, body: dict[str, Any], reply: Reply) -> None:
        """Raises EngineError if no request has been answered and the refusal is about a setting, or always the same."""
        if self._succeeded:
            return
        message = f"{self.url}: HTTP {reply.status}: {reply.message}"
        if option := named_option(refusal, body):
            raise EngineError(f"{message}; change {option}")
        self._refused[refusal.text] += 1
        if self._refused[refusal.text] >= MAX_REFUSED_ALIKE:
            raise EngineError(f"{message}; the first {MAX_REFUSED_ALIKE} requests were all refused so")

    async def probe_template(self) -> None:
        """Ask a vLLM server what its chat template opens (`/tokenize`); have it use no sampling settings of its own."""
        self._quirks = replace(self._quirks, neutral_sampling=True)
        self._thoughts = await read_thoughts(self._client, self.name, self.template_kwargs)
        # a template with a switch belongs to a model that thinks by default
        if self._thoughts.has_switch:
            self._quirks = replace(self._quirks, thinks_first=True)

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

    async def _raise_for_error(self, reply: Reply) -> None:
        """Raises RequestError or EngineError for a reply that is an error, or no JSON."""
        if reply.status < 300:
            if reply.body is None:
                raise RequestError("bad_answer", f"{self.url}: the answer is not JSON: {reply.message}")
            return
        message, names = f"{self.url}: HTTP {reply.status}: {reply.message}", error_names(reply.body)
        if reply.status == 402 or NO_CREDIT in names:
            raise EngineError(f"{message}; run the same command again to go on once there is credit")
        if CONTENT_FILTER in names:
            raise RequestError("content_filter", message)
        # a server may also answer 403 to one request that it does not allow
        if reply.status == 401 or (reply.status == 403 and not await self._key_is_right()):
            raise EngineError(f"{message}; set CAIGEN_API_KEY")
        if reply.status < 400 and not await self._key_is_right():
            raise EngineError(f"{message}; it redirects: name the URL that it redirects to")
        if reply.status in (404, 405):
            raise EngineError(f"{message}; is the model {self.name!r} served there, and is the path of the URL right?")
        if "context length" in reply.message or "max_model_len" in reply.message:
            raise RequestError("too_long", message)
        raise RequestError("refused", message)

    async def _key_is_right(self) -> bool:
        """Whether the server answers requests with this key: has answered one, or answers a harmless one."""
        return self._succeeded or await self._answers_anything()

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
    tokenizer: str | None = None,
    waits: tuple[float, float] = BACKOFF_SECONDS,
    patience: float = PATIENCE_SECONDS,
) -> EndpointEngine:
    """Connect to a server; without a model name the first chat model that it serves is used. `timeout` is in seconds
    for each answer, `waits` are the first and the longest pause between tries, `patience` limits the pauses of a
    request in all. `tokenizer` names the model's tokenizer, so that texts do not become its control tokens. A URL
    without a path gets `/v1`, and the end of a pasted one (`/chat/completions`) is left out.

    Raises EngineError if the server does not reply, or no model can be chosen.
    """
    address = read_address(url)
    if address.deployment:
        listed = ModelList(reason="an Azure deployment lists no models")
    else:
        listed, address = await list_models(address, api_key, timeout=min(timeout, MODELS_SECONDS))
    shown, name = public_url(address.base), model or address.deployment
    note = unlisted_note(listed, name, shown) if name else ""
    if not name:
        name, note = choose_model(listed, shown)
    control = await asyncio.to_thread(control_names, tokenizer) if tokenizer else None
    capacity = capacity or DEFAULT_CONCURRENCY
    client = HttpClient(
        address.base,
        api_key=api_key,
        max_connections=capacity,
        timeout=timeout,
        waits=waits,
        patience=patience,
        query=address.query,
        azure=address.azure,
    )
    described = listed.described(name)
    engine = EndpointEngine(
        client,
        name,
        capacity=capacity,
        template_kwargs=template_kwargs,
        revision=served_identity(described),
        quirks=ServerQuirks(default_of_one=address.default_of_one),
        control=control,
    )
    engine.note(note)
    engine.owner = str(described.get("owned_by") or "")
    if engine.owner in OWNERS_WITH_OWN_SAMPLING:
        await engine.probe_template()
    return engine


def _cut_at_stops(completion: Completion, stops: tuple[str, ...]) -> Completion:
    """The completion up to the first of these texts, for a server that does not stop there itself."""
    ends = [completion.text.find(stop) for stop in stops if stop in completion.text]
    if not ends:
        return completion
    return replace(completion, text=completion.text[: min(ends)].rstrip(), finish_reason="stop")


def _full_name(model: str, url: str, template_kwargs: dict[str, Any], revision: str) -> str:
    """`MODEL@URL`, with the template arguments and the revision, since both shape the answers."""
    arguments = query = ""
    if template_kwargs:
        arguments = orjson.dumps(template_kwargs, option=orjson.OPT_SORT_KEYS).decode()
    if revision:
        query = f"?{revision}"
    return f"{model}{arguments}@{url}{query}"


def _max_bytes(request: Request, max_tokens: int) -> int:
    """The most bytes of a reply that are read: more where it lists likely tokens for each token of a thought."""
    if not request.choices or request.sampling.think != "on":
        return MAX_REPLY_BYTES
    return MAX_REPLY_BYTES + (request.sampling.think_tokens + max_tokens) * LISTED_TOKENS_BYTES


def _gauge(metrics: str, state: str) -> int | None:
    """The sum of vLLM's gauge of requests in a state over all its engines; None if it is not among the metrics.

    `vllm:num_requests_running{engine="0",model_name="m"} 3.0` gives 3 for `running`.
    """
    values = re.findall(rf"^vllm:num_requests_{state}(?:{{.*}})? (\S+)$", metrics, re.MULTILINE)
    return int(sum(map(float, values))) if values else None


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
