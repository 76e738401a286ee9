"""Read the answer of an OpenAI-compatible server: `JSON -> Completion`. Nothing in the JSON is assumed well-formed."""

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from caigen.engines.base import MAX_TOKEN_COUNT, Completion, Request, sum_by_word
from caigen.engines.failures import as_object
from caigen.errors import RequestError
from caigen.records import Tokens, unfinished
from caigen.text import reasoning

MAX_LOGPROB = 1e-3  # rounding may lift a log-probability so far above 0
MAX_UNLISTED = 0.02  # a word that the server does not list may have this probability at most to count as 0
TEXT_FIELDS = ("text", "thinking", "reasoning", "content", "summary")  # where a part of a message keeps its text
THOUGHT_FIELDS = ("reasoning_content", "reasoning", "reasoning_details")  # where a message keeps its thought
_THOUGHT_TYPE = re.compile("think|reason")  # in a part's type: "thinking", "reasoning.text"; not "output_text"


class Answer(NamedTuple):
    """A text and the thought that came before it; None if there was none."""

    text: str
    thought: str | None


class ListedToken(NamedTuple):
    """One of the likeliest tokens at a position, as the server lists it. `logprob` may be anything."""

    token: str
    logprob: Any


def read_completion(body: Any, request: Request, *, opened: reasoning.Format | None = None) -> Completion:
    """Read a chat completion or a text completion. `opened` is the format of a thought that the server's template is
    known to open.

    A refusal is a text with the finish reason `refusal`; an answer without a finish reason has `no_finish_reason`.

    Raises RequestError `bad_answer` if it is neither kind of completion, `choice_not_a_token`.
    """
    try:
        return _completion(body, request, opened)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise RequestError("bad_answer", f"not an OpenAI completion ({error}): {str(body)[:200]!r}") from error


def _completion(body: Any, request: Request, opened: reasoning.Format | None) -> Completion:
    choice = _first_choice(body["choices"])
    message = choice.get("message")
    # a chat completion has a message, whose thought may be apart already; a text completion has a text
    if message is not None:
        raw, thought = _message_parts(message)
    else:
        raw, thought = choice["text"], None
    finish_reason = choice.get("finish_reason") or "no_finish_reason"
    if not isinstance(raw, str) or not isinstance(finish_reason, str):
        raise TypeError("wrong types")
    if not raw.strip() and (refusal := _refusal(message)):
        raw, finish_reason = refusal, "refusal"
    answer = Answer(raw, thought)
    if not thought:
        answer = _split_thought(raw, finish_reason, request, opened)
    usage = as_object(body.get("usage"))
    if answer.thought is None and not answer.text.strip() and _thought_is_hidden(usage):
        answer = answer._replace(thought="")  # it thought, and that is all we know
    choices = _choice_logprobs(choice.get("logprobs"), answer.text.strip(), request)
    return Completion(answer.text.strip(), finish_reason, _tokens(usage), answer.thought, choices)


def _first_choice(choices: Any) -> Any:
    """The choice with index 0; the first one if none says so."""
    for choice in choices:
        if choice.get("index") == 0:
            return choice
    return choices[0]


def _message_parts(message: Any) -> tuple[Any, str | None]:
    """Text and thought of a message, if the server keeps them apart: in a field, or in typed parts of the content."""
    content = message.get("content")
    text: Any = content
    thought = ""
    if content is None:
        text = ""
    elif isinstance(content, list):
        texts: dict[bool, list[str]] = {False: [], True: []}  # by whether they are of the thought
        for part in content:
            is_thought = bool(_THOUGHT_TYPE.search(str(part.get("type", ""))))
            texts[is_thought].extend(_texts(part))
        text, thought = "".join(texts[False]), "\n".join(texts[True])
    for name in THOUGHT_FIELDS:
        if not thought.strip():
            thought = "\n".join(_texts(message.get(name)))
    return text, thought.strip() or None


def _refusal(message: Any) -> str:
    """The text of a refusal: in a field of the message, or in parts of its content."""
    parts = [message]
    content = (message or {}).get("content")
    if isinstance(content, list):
        parts += content
    texts = [as_object(part).get("refusal") for part in parts]
    return "".join(text for text in texts if isinstance(text, str)).strip()


def _texts(part: Any) -> Iterator[str]:
    """All texts in a part of a message: a text, a list of parts, or an object with one of the usual fields."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for piece in part:
            yield from _texts(piece)
    elif isinstance(part, dict):
        for name in TEXT_FIELDS:
            yield from _texts(part.get(name))


def _split_thought(raw: str, finish_reason: str, request: Request, opened: reasoning.Format | None) -> Answer:
    """Split a text that may hold both answer and thought."""
    # plain text is continued as it is, and JSON that begins at once has no thought before it
    if request.text is not None or (request.schema and raw.lstrip().startswith("{")):
        return Answer(raw, None)
    # a thought with its opening mark in the text
    text, thought = reasoning.split_thought(raw)
    if thought is not None:
        return Answer(text, thought)
    # a thought that the template opened: it ends with the closing mark, or was cut off before that
    cut_off = unfinished(finish_reason) not in (None, "no_finish_reason", "refusal")
    if opened and (reasoning.has_closing_marker(raw, opened) or (cut_off and not request.schema)):
        return Answer(*reasoning.read(reasoning.split_at_markers(raw, opened), opened, opened=True))
    # nothing is known of the template, but the request asked for a thought, so a closing mark ends one
    if request.sampling.think == "on":
        for format_ in reasoning.FORMATS[1:]:
            if reasoning.has_closing_marker(raw, format_):
                pieces = reasoning.split_at_markers(raw, format_)
                return Answer(*reasoning.read(pieces, format_, opened=format_.open not in raw))
    return Answer(text, None)


def _tokens(usage: dict[str, Any]) -> Tokens:
    return Tokens(
        prompt=_count(usage.get("prompt_tokens")),
        cached=_detail(usage, "prompt_tokens_details", "cached_tokens"),
        completion=_count(usage.get("completion_tokens")),
    )


def _thought_is_hidden(usage: dict[str, Any]) -> bool:
    """Whether tokens were spent on a thought that the server does not show."""
    return _detail(usage, "completion_tokens_details", "reasoning_tokens") > 0


def _detail(usage: dict[str, Any], group: str, name: str) -> int:
    """A count within a group of `usage`; 0 if it is not there."""
    return _count(as_object(usage.get(group)).get(name))


def _count(value: Any) -> int:
    """A token count; 0 for anything that cannot be one."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_TOKEN_COUNT
    return value if is_count else 0


def _choice_logprobs(logprobs: Any, text: str, request: Request) -> dict[str, float]:
    """Log-probabilities of the requested words as the answer's first token; empty if a word that is not listed may be
    likely, since the server lists few tokens.

    Raises RequestError `choice_not_a_token` if a listed word may be the beginning of another, as 1 of 10.
    """
    content = as_object(logprobs).get("content")
    if not request.choices or not isinstance(content, list):
        return {}
    index: int | None = 0
    if request.sampling.think == "on":  # the answer begins behind the thought
        index = _answer_index(content, text)
    listed = _listed_tokens(content, index)
    usable = [(entry.token, float(entry.logprob)) for entry in listed if _is_choice(entry, request.choices)]
    by_word = sum_by_word(usable)
    missing = [word for word in request.choices if word not in by_word]
    for word in missing:
        if any(word.startswith(other) for other in by_word):
            raise RequestError(
                "choice_not_a_token",
                f"the server may cut {word!r} in two, and then gives the probability of its beginning",
            )
    if missing and _max_unlisted(listed) > MAX_UNLISTED:
        return {}
    return by_word


def _listed_tokens(content: list[Any], index: int | None) -> list[ListedToken]:
    """The likeliest tokens at a position, entries that are not objects left out."""
    if index is None or index >= len(content):
        return []
    entries = content[index].get("top_logprobs") or []
    return [ListedToken(str(entry.get("token")), entry.get("logprob")) for entry in entries if isinstance(entry, dict)]


def _is_choice(entry: ListedToken, choices: tuple[str, ...]) -> bool:
    """Whether a listed token is one of the words and has a log-probability that can be one."""
    if entry.token.strip() not in choices or not isinstance(entry.logprob, int | float):
        return False
    return math.isfinite(entry.logprob) and entry.logprob <= MAX_LOGPROB


def _max_unlisted(listed: list[ListedToken]) -> float:
    """The highest probability that a token outside the list can have.

    It is not above the lowest one in the list, and not above what the list leaves.
    """
    probabilities = []
    for _, logprob in listed:
        if isinstance(logprob, int | float) and logprob <= MAX_LOGPROB:
            probabilities.append(math.exp(logprob))
    if not probabilities:
        return 1.0
    return min(1 - sum(probabilities), min(probabilities))


def _answer_index(content: list[Any], text: str) -> int | None:
    """The index of the answer's first token, behind a thought; None if the answer is not at the end of the tokens."""
    tail = ""
    # read backwards: the answer may also be in the thought, and then stands there first
    for index in range(len(content) - 1, -1, -1):
        token = str(content[index].get("token", ""))
        tail = token + tail
        if text and token.strip() and tail.lstrip().startswith(text):
            return index
    return None
