"""Reads what an OpenAI-compatible server answered: `JSON -> Completion`. Nothing in it is taken for well-formed."""

import math
import re
from collections.abc import Iterator
from typing import Any

from caigen.engines.base import Completion, Request, summed
from caigen.errors import RequestError
from caigen.records import Tokens, unfinished
from caigen.text import reasoning

PASSING = {408, 409, 429, 500, 502, 503, 504}  # HTTP statuses of what may be otherwise at the next try
MOST_TOKENS = 1 << 40  # no answer has more; what a server says beyond is not counted
ROUNDING = 1e-3  # a log-probability may be so far above 0
TEXTS = ("text", "thinking", "reasoning", "content", "summary")  # where a part of a message keeps its text
THINKING = re.compile("think|reason")  # in the type of a part
UNSEEN = 0.02  # a word that was not listed may have so much: with more, nothing is known of how it stands to the others
MAY_PASS = re.compile(r"server|timeout|overloaded|unavailable|rate_?limit", re.IGNORECASE)  # in an error's code or type
FILTERS = ("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation")
NO_MONEY = ("insufficient_quota", "insufficient_credits", "billing_hard_limit_reached", "billing_not_active")


def read_completion(answer: Any, request: Request, *, opened: reasoning.Format | None = None) -> Completion:
    """A Completion from a chat completion or a text completion; `opened` is the format of a thought that the server's
    template is known to open.

    A refusal comes as its text with the finish reason `refusal`; an answer without a finish reason has `no_finish_reason`.

    Raises RequestError `bad_answer` where it is neither, `choice_not_a_token`.
    """
    try:
        return _completion(answer, request, opened)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        raise RequestError("bad_answer", f"not an OpenAI completion ({error}): {str(answer)[:200]!r}") from error


def failure(body: Any) -> tuple[int, str] | None:
    """The status and the words of an error that came with HTTP 200, in the body or in its choice; None where there is none."""
    if not isinstance(body, dict):
        return None
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}
    error = body.get("error") or choice.get("error")
    if not error:
        return None
    code = str(error.get("code") or error.get("type")) if isinstance(error, dict) else ""
    if code.isdecimal() and 400 <= int(code) < 600:
        return int(code), words({"error": error})
    return (503 if MAY_PASS.search(code) else 400), words({"error": error})


def words(body: Any) -> str:
    """What a server says in an error's body, on one line of at most 300 characters."""
    found = body.get("error", body) if isinstance(body, dict) else body
    text = found.get("message", found) if isinstance(found, dict) else found
    raw = found.get("metadata", {}) if isinstance(found, dict) else {}
    more = f": {raw['raw']}" if isinstance(raw, dict) and isinstance(raw.get("raw"), str) else ""
    return " ".join(f"{text}{more}".split())[:300]


def marks(body: Any) -> set[str]:
    """The short names in an error's body, such as its code and type."""
    found = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(found, dict):
        return set()
    inner = found.get("innererror")
    inner = inner if isinstance(inner, dict) else {}
    named = {str(value) for value in (found.get("code"), found.get("type"), inner.get("code")) if value}
    metadata = found.get("metadata")
    moderated = isinstance(metadata, dict) and metadata.get("reasons")  # OpenRouter names what its moderation found
    return named | ({"content_filter"} if moderated else set())


def _completion(answer: Any, request: Request, opened: reasoning.Format | None) -> Completion:
    found = answer["choices"]
    choice = next((one for one in found if one.get("index") == 0), found[0])
    message = choice.get("message")
    raw, thought = _said(message) if message is not None else (choice["text"], None)
    finish_reason = choice.get("finish_reason") or "no_finish_reason"
    if not isinstance(raw, str) or not isinstance(finish_reason, str):
        raise TypeError("wrong types")
    if not raw.strip() and (refusal := _refusal(message)):
        raw, finish_reason = refusal, "refusal"
    text, told = _without_thought(raw, finish_reason, request, opened) if not thought else (raw, None)
    told = "" if told is None and not text.strip() and _thought_unseen(answer.get("usage")) else told
    choices = _choices(choice.get("logprobs"), text.strip(), request)
    return Completion(text.strip(), finish_reason, _tokens(answer.get("usage")), thought or told, choices)


def _said(message: Any) -> tuple[Any, str | None]:
    """The text of a message and its thought, where the server keeps them apart: in a field, or in parts of the content."""
    content = message.get("content")
    text, thought = ("" if content is None else content), ""
    if isinstance(content, list):
        kinds = [(part, bool(THINKING.search(str(part.get("type", ""))))) for part in content]
        text = "".join(piece for part, thinks in kinds if not thinks for piece in _texts(part))
        thought = "\n".join(piece for part, thinks in kinds if thinks for piece in _texts(part))
    for field in ("reasoning_content", "reasoning", "reasoning_details"):
        thought = thought.strip() or "\n".join(_texts(message.get(field)))
    return text, thought.strip() or None


def _refusal(message: Any) -> str:
    """Why a model would not answer, in its words: a field of the message, or a part of its content."""
    content = (message or {}).get("content")
    parts = [message, *content] if isinstance(content, list) else [message]
    told = [part.get("refusal") for part in parts if isinstance(part, dict)]
    return "".join(said for said in told if isinstance(said, str)).strip()


def _texts(part: Any) -> Iterator[str]:
    """All texts in a part of a message, whatever it is: a text, a list of parts, or an object with one of the known fields."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for piece in part:
            yield from _texts(piece)
    elif isinstance(part, dict):
        for field in TEXTS:
            yield from _texts(part.get(field))


def _without_thought(
    raw: str, finish_reason: str, request: Request, opened: reasoning.Format | None
) -> tuple[str, str | None]:
    """(answer, thought) of a text in which they are together."""
    if request.text is not None or (request.schema and raw.lstrip().startswith("{")):
        return raw, None
    text, thought = reasoning.split_thought(raw)
    if thought is not None:
        return text, thought
    broken_off = unfinished(finish_reason) not in (None, "no_finish_reason", "refusal")
    if opened and (reasoning.has_closing_marker(raw, opened) or (broken_off and not request.schema)):
        return reasoning.read(reasoning.split_at_markers(raw, opened), opened, opened=True)
    asked = next((known for known in reasoning.FORMATS[1:] if reasoning.has_closing_marker(raw, known)), None)
    if asked and request.sampling.think == "on":  # a thought was asked for: the template may have opened it
        return reasoning.read(reasoning.split_at_markers(raw, asked), asked, opened=asked.open not in raw)
    return text, None


def _tokens(usage: Any) -> Tokens:
    usage = usage if isinstance(usage, dict) else {}
    details = usage.get("prompt_tokens_details")
    return Tokens(
        prompt=_count(usage.get("prompt_tokens")),
        cached=_count(details.get("cached_tokens") if isinstance(details, dict) else 0),
        completion=_count(usage.get("completion_tokens")),
    )


def _thought_unseen(usage: Any) -> bool:
    """Whether tokens were spent on a thought that the server keeps to itself."""
    details = usage.get("completion_tokens_details") if isinstance(usage, dict) else None
    return isinstance(details, dict) and _count(details.get("reasoning_tokens")) > 0


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_TOKENS else 0


def _choices(logprobs: Any, text: str, request: Request) -> dict[str, float]:
    """Log-probabilities of the words asked for, as the token that the answer begins with; none where the server lists so few
    tokens that one of the words may be likely and not listed.

    Raises RequestError `choice_not_a_token` where what looks like one word may be the beginning of another, as 1 of 10.
    """
    content = logprobs.get("content") if isinstance(logprobs, dict) else None
    if not request.choices or not isinstance(content, list):
        return {}
    place = _begin(content, text) if request.sampling.think == "on" else 0
    top = content[place].get("top_logprobs") if place is not None and place < len(content) else None
    told = [(str(entry.get("token")), entry.get("logprob")) for entry in top or [] if isinstance(entry, dict)]
    found = summed(
        (token, float(value))
        for token, value in told
        if token.strip() in request.choices and isinstance(value, int | float) and _logprob(value)
    )
    for word in request.choices:
        if word not in found and any(word.startswith(other) for other in found):
            raise RequestError(
                "choice_not_a_token",
                f"the server may cut {word!r} in two, and then gives the probability of its beginning",
            )
    missing = any(word not in found for word in request.choices)
    return {} if missing and _unlisted([value for _, value in told]) > UNSEEN else found


def _unlisted(listed: list[Any]) -> float:
    """The most that a token can have which is not among the likeliest: no more than the least of them, nor than they leave."""
    known = [math.exp(value) for value in listed if isinstance(value, int | float) and value <= ROUNDING]
    return min(1 - sum(known), min(known)) if known else 1.0


def _logprob(value: float) -> bool:
    return math.isfinite(value) and value <= ROUNDING


def _begin(content: list[Any], text: str) -> int | None:
    """The place of the token that the answer behind a thought begins with."""
    tail = ""
    for place in range(len(content) - 1, -1, -1):
        token = str(content[place].get("token", ""))
        tail = token + tail
        if text and token.strip() and tail.lstrip().startswith(text):
            return place
    return None
