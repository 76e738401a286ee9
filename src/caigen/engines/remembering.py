"""An engine that remembers: sends only requests that the journal has no answer to, and keeps the answers there."""

import dataclasses
import hashlib
import math
from typing import Any

import orjson

from caigen.engines.base import MAX_TOKEN_COUNT, SHORT_ANSWER_TOKENS, Completion, Engine, Request, Sampling, Wrapper
from caigen.engines.journal import Ended, Journal
from caigen.errors import RequestError
from caigen.records import Message, Tokens, unfinished

MAX_ANSWER_CHARS = 1 << 26  # with the thought; SQLite refuses a billion bytes, which would end the run
MAX_UNWRITTEN = 8192  # answers that wait for the disk
# every field of a request shapes its answer, so all are in the key; messages and sampling are taken apart below
REQUEST_FIELDS = tuple(
    field.name for field in dataclasses.fields(Request) if field.name not in ("messages", "sampling")
)
SAMPLING_FIELDS = tuple(field.name for field in dataclasses.fields(Sampling))
MESSAGE_FIELDS = tuple(Message.model_fields)


class RememberingEngine(Wrapper):
    """An engine around an engine, with a journal, or without (None).

    `sent` counts requests to the engine, `cached` those that the journal answered, `tokens` those of the requests sent.
    """

    def __init__(self, engine: Engine, journal: Journal | None) -> None:
        super().__init__(engine)
        self.journal = journal
        self.sent = self.cached = 0
        self.tokens = Tokens()

    async def complete(self, request: Request) -> Completion:
        """Return the answer in the journal, or the engine's answer, which is then kept there.

        Raises RequestError `bad_answer` if the engine's answer is not what a `Completion` must be; it is not kept.
        Raises CaigenError when the journal can no longer be read or written.
        """
        if not self.journal:
            return await self._send(request)
        key, any_limit_key = request_key(self.model, request), key_for_any_limit(self.model, request)
        earlier = _read(self.journal, key) or _read_of_other_limit(self.journal, self.model, request, any_limit_key)
        if earlier:
            self.cached += 1
            return earlier
        completion = await self._send(request)
        ended = None
        if any_limit_key and _ended_itself(request, completion):
            ended = Ended(any_limit_key, request.sampling.max_tokens)
        return await _keep(self.journal, key, completion, ended)

    async def _send(self, request: Request) -> Completion:
        """The engine's answer, checked and counted."""
        self.sent += 1
        completion = await self.engine.complete(request)
        if fault := _fault(completion):
            raise RequestError("bad_answer", f"{self.model}: {fault}")
        self._count(completion.tokens)
        return completion

    def _count(self, tokens: Tokens) -> None:
        self.tokens = Tokens(
            prompt=self.tokens.prompt + tokens.prompt,
            cached=self.tokens.cached + tokens.cached,
            completion=self.tokens.completion + tokens.completion,
        )


def request_key(model: str, request: Request) -> str:
    """Hash of the model and of everything in the request (32 hex digits)."""
    return _hash(_content(model, request))


def key_for_any_limit(model: str, request: Request) -> str | None:
    """The same without `max_tokens`: of requests whose answers differ at most in where they are cut off.

    None where the limit changes more than that: it shares the room with the thought that `think: on` asks for, it
    says how many tokens `ignore_eos` gives, and a short answer leaves no room for a thought.
    """
    sampling = request.sampling
    if sampling.think == "on" or sampling.ignore_eos or sampling.max_tokens <= SHORT_ANSWER_TOKENS:
        return None
    content = _content(model, request)
    content["sampling"]["max_tokens"] = "any"
    return _hash(content)


def _hash(content: dict[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:32]


def _content(model: str, request: Request) -> dict[str, Any]:
    content: dict[str, Any] = {name: getattr(request, name) for name in REQUEST_FIELDS}
    content["model"] = model
    content["messages"] = [[getattr(message, name) for name in MESSAGE_FIELDS] for message in request.messages]
    content["sampling"] = {name: getattr(request.sampling, name) for name in SAMPLING_FIELDS}
    return content


def _read_of_other_limit(
    journal: Journal, model: str, request: Request, any_limit_key: str | None
) -> Completion | None:
    """The answer to the same request with another `max_tokens`, if it ended by itself within this one."""
    if any_limit_key is None:
        return None
    known = journal.get_limit(any_limit_key)
    for limit in (known,) if known is not None else journal.older_limits:
        if limit == request.sampling.max_tokens:
            continue
        other = dataclasses.replace(request, sampling=dataclasses.replace(request.sampling, max_tokens=limit))
        completion = _read(journal, request_key(model, other))
        if completion and _fits(request, completion, limit):
            return completion
    return None


def _fits(request: Request, completion: Completion, limit: int) -> bool:
    """Whether an answer that was given under another limit is what the model says under the request's own."""
    if request.choices:
        return True  # one token, whatever the limit
    # a server that counts no tokens leaves the length unknown: it is at most the limit of then
    length = completion.tokens.completion or limit
    return _ended_itself(request, completion) and length <= request.sampling.max_tokens


def _ended_itself(request: Request, completion: Completion) -> bool:
    """Whether the model ended its answer: with more room it would have been the same."""
    if request.choices:
        return True
    return completion.finish_reason is not None and unfinished(completion.finish_reason) is None


def _read(journal: Journal, key: str) -> Completion | None:
    """The completion that a journal has under a key; an entry that is not one is replaced by the next answer."""
    encoded = journal.get(key)
    if encoded is None:
        return None
    completion = _decode(encoded)
    if completion is None:
        journal.reject(key)
    return completion


async def _keep(journal: Journal, key: str, completion: Completion, ended: Ended | None) -> Completion:
    """Keep an answer and return what the journal has, so that it and the records say the same.

    That is another answer if the same request was sent twice at once, and the other came first.
    """
    if earlier := _read(journal, key):
        return earlier
    journal.put(key, _encode(completion), ended)
    await journal.wait_for_disk(MAX_UNWRITTEN)  # a slow disk slows the run down, so that memory stays bounded
    if journal.alone:
        return completion
    # another process may have answered the same meanwhile: only the disk says who came first
    await journal.wait_until_written(key)
    return _read(journal, key) or completion


def _fault(completion: Completion) -> str | None:
    """What is wrong with an answer; None if it is what `Completion` says, and can be written as UTF-8."""
    spent = completion.tokens
    if not _is_text(completion.text):
        return f"the answer is no text: {completion.text!r:.60}"
    if not all(text is None or _is_text(text) for text in (completion.finish_reason, completion.reasoning)):
        values = f"{completion.finish_reason!r:.60}, {completion.reasoning!r:.60}"
        return f"the finish reason or the thought is no text: {values}"
    if len(completion.text) + len(completion.reasoning or "") > MAX_ANSWER_CHARS:
        return f"an answer of more than {MAX_ANSWER_CHARS:,} characters"
    # `type(…) is int`, since True is an int too
    if not all(type(n) is int and 0 <= n < MAX_TOKEN_COUNT for n in (spent.prompt, spent.cached, spent.completion)):
        return f"{spent!r:.80} are no counts of tokens"
    if not all(_is_text(word) and type(value) in (int, float) for word, value in completion.choices.items()):
        return f"{completion.choices!r:.80} are no log-probabilities by word"
    return None


def _is_text(value: object) -> bool:
    """Whether a value is a text that can be written as UTF-8: half of a surrogate pair cannot."""
    if not isinstance(value, str):
        return False
    try:
        return value.isascii() or bool(value.encode())
    except UnicodeEncodeError:
        return False


def _encode(completion: Completion) -> bytes:
    spent = completion.tokens
    # JSON has no infinity and no NaN: they are written as texts, which `float` reads
    choices = {word: p if math.isfinite(p) else str(p) for word, p in completion.choices.items()}
    return orjson.dumps(
        [
            completion.text,
            completion.finish_reason,
            [spent.prompt, spent.cached, spent.completion],
            completion.reasoning,
            choices,
        ]
    )


def _decode(encoded: bytes) -> Completion | None:
    """The completion that was encoded; None for anything else."""
    try:
        text, finish_reason, (prompt, cached, spent), reasoning, logprobs = orjson.loads(encoded)
        # without validation, which costs time and would change types: `_fault` checks them
        tokens = Tokens.model_construct(prompt=prompt, cached=cached, completion=spent)
        choices = {word: float(p) for word, p in logprobs.items()}
    except (ValueError, TypeError, AttributeError):
        return None
    completion = Completion(text, finish_reason, tokens, reasoning, choices)
    if _fault(completion):
        return None
    return completion
