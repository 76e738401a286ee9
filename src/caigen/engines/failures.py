"""Read what an OpenAI-compatible server says of an error: `JSON -> status, message, names`.

Servers put errors in many places: OpenAI's `error` object, a text there, FastAPI's `detail`, a list of `errors`, a bare
`message`, with the right HTTP status or with 200.
"""

import re
import reprlib
from collections.abc import Iterator
from typing import Any, NamedTuple

MAX_MESSAGE_CHARS = 300
CONTENT_FILTER, NO_CREDIT = "content_filter", "no_credit"  # names that `error_names` adds, whatever the server's word

# HTTP statuses of errors that may be over at the next try; beside them all from 500 on but these
_TRANSIENT_STATUSES = {408, 409, 425, 429}
_LASTING_STATUSES = {501, 505, 511}  # not implemented, HTTP version, a network that wants a login
# in the code or type of an error that may be over at the next try: "server_error", "rate_limit_exceeded"; not "invalid"
_TRANSIENT_NAME = re.compile(r"server|timeout|overload|unavailable|rate_?limit|throttl", re.IGNORECASE)
# the same in a message without a code: "Too many requests", "the model is overloaded", "please try again later"
_TRANSIENT_MESSAGE = re.compile(
    r"rate.?limit|too many requests|overloaded|temporarily|try again|timed? ?out|unavailable", re.IGNORECASE
)
_CONTENT_FILTER_NAMES = re.compile(
    r"content_?filter|content_?policy|ResponsibleAI|data_?inspection_?failed|moderation_blocked|sensitive_words|"
    r"prohibited_content|guardrail_intervened",
    re.IGNORECASE,
)
# Azure, OpenAI, DeepSeek, Alibaba, Bedrock. Match: "triggering Azure OpenAI's content management policy", "Content
# Exists Risk"; no match: "content is too long", "the policy of this key"
_CONTENT_FILTER_MESSAGE = re.compile(
    r"content management policy|content exists risk|safety system|usage polic(?:y|ies)|inappropriate content"
    r"|(?:blocked|flagged|filtered|rejected) (?:by|for|due to|because of)\b.{0,60}(?:safety|content|moderation|policy)"
    r"|requires moderation",
    re.IGNORECASE,
)
_NO_CREDIT_NAMES = re.compile(
    r"insufficient_?(?:quota|credit|balance|funds)|billing_(?:hard_limit_reached|not_active)|arrearage"
    r"|quota_exhausted|payment_required|billing_error",
    re.IGNORECASE,
)
# OpenAI, Anthropic, DeepSeek, OpenRouter, Google. Match: "Your credit balance is too low", "Insufficient Balance"
_NO_CREDIT_MESSAGE = re.compile(
    r"exceeded your current quota|credit balance is (?:too low|negative)"
    r"|(?:insufficient|not enough) (?:credit|balance|fund)|out of credits?|requires more credits"
    r"|no (?:more )?credits?\b|billing hard limit|not active, please check your billing|key limit exceeded",
    re.IGNORECASE,
)
# "Please try again in 20s", "retry after 7 seconds", "retry in 34.07s": a limit that passes, not a missing credit
_RETRY_IN = re.compile(r"(?:retry|again) (?:in|after) ([\d.]+) ?(ms|s|m)?", re.IGNORECASE)
_UNIT_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0}
_SHORT = reprlib.Repr()
_SHORT.maxdict, _SHORT.maxlist, _SHORT.maxlevel, _SHORT.maxstring = 8, 8, 5, 200


class HiddenError(NamedTuple):
    """An error that came with HTTP 200: the status that it should have had, and its message."""

    status: int
    message: str


def is_transient(status: int) -> bool:
    """Whether an HTTP status may be another one at the next try."""
    return status in _TRANSIENT_STATUSES or (status >= 500 and status not in _LASTING_STATUSES)


def hidden_error(body: Any) -> HiddenError | None:
    """Return the error in a body that came with HTTP 200: at its top, in its choice, or in place of choices; None if
    there is none.
    """
    error = _error_in(body)
    if not error:
        return None
    message = error_message({"error": error})
    fields = as_object(error)
    code = str(fields.get("code") or fields.get("status") or fields.get("type") or "")
    if code.isdecimal() and 400 <= int(code) < 600:
        return HiddenError(int(code), message)
    if _TRANSIENT_NAME.search(code) or (not code and _TRANSIENT_MESSAGE.search(message)):
        return HiddenError(503, message)
    return HiddenError(400, message)


def _error_in(body: Any) -> Any:
    """The error in a body that should have been an answer: an object or a text; None if there is none."""
    fields = as_object(body)
    error = fields.get("error") or as_object(first_choice(fields.get("choices"))).get("error")
    if error is True:  # `{"error": true, "message": …}`
        return fields
    if error:
        return error
    if fields.get("choices") is None and fields:
        # no answer at all: whatever names a reason is the error
        return next(_other_errors(fields), None)
    return None


def _other_errors(fields: dict[str, Any]) -> Iterator[Any]:
    """Errors that are not in the field `error`: `errors`, `detail`, or a message of the body itself."""
    errors = fields.get("errors")
    if isinstance(errors, list) and errors:
        yield errors[0]
    if fields.get("detail"):
        yield fields["detail"]
    if isinstance(fields.get("message") or fields.get("msg"), str):
        yield fields


def first_choice(choices: Any) -> Any:
    """The choice with the index 0 in a list of choices; the first one if none says so, None if there is none."""
    if not isinstance(choices, list) or not choices:
        return None
    for choice in choices:
        if isinstance(choice, dict) and choice.get("index") == 0:
            return choice
    return choices[0]


def error_message(body: Any) -> str:
    """Return the message in an error's body, on one line of at most 300 characters."""
    error = _error_of(body)
    fields = as_object(error)
    message = fields.get("message") or fields.get("msg") or fields.get("detail") or error
    # OpenRouter passes on what the model's provider said
    provider_message = as_object(fields.get("metadata")).get("raw")
    if not isinstance(message, str):
        message = _SHORT.repr(message)  # a body may be large: not all of it is written out
    if isinstance(provider_message, str):
        message = f"{message[:MAX_MESSAGE_CHARS]}: {provider_message}"
    return one_line(message)


def one_line(text: str) -> str:
    """The beginning of a text on one line, at most 300 characters, without control characters."""
    words = " ".join(text[: 10 * MAX_MESSAGE_CHARS].split())
    return "".join(character for character in words if character.isprintable())[:MAX_MESSAGE_CHARS]


def _error_of(body: Any) -> Any:
    """The part of an error's body that says what is wrong; the body itself if no part does."""
    fields = as_object(body)
    error = fields.get("error")
    if error and error is not True:
        return error
    return next(_other_errors(fields), body)


def error_names(body: Any) -> set[str]:
    """Return the short names in an error's body, such as its code and its type.

    `content_filter` is among them if the server objects to what a prompt says, `no_credit` if the account must pay
    before anything is answered again.
    """
    error = as_object(_error_of(body))
    inner = as_object(error.get("innererror"))  # Azure's more precise code
    names = {str(value) for value in (error.get("code"), error.get("type"), inner.get("code")) if value}
    message = error_message(body)
    # OpenRouter lists what its moderation objects to, without a code
    is_moderated = as_object(error.get("metadata")).get("reasons") or _CONTENT_FILTER_MESSAGE.search(message)
    if is_moderated or any(map(_CONTENT_FILTER_NAMES.search, names)):
        names.add(CONTENT_FILTER)
    # Google says "exceeded your current quota" of a limit per minute too, and then when to come back
    is_unpaid = _NO_CREDIT_MESSAGE.search(message) and not retry_seconds(message)
    if is_unpaid or any(map(_NO_CREDIT_NAMES.search, names)):
        names.add(NO_CREDIT)
    return names


def retry_seconds(message: str) -> float:
    """Seconds after which an error's message says to try again; 0 if it does not say."""
    match = _RETRY_IN.search(message)
    try:
        return float(match[1].rstrip(".")) * _UNIT_SECONDS[(match[2] or "s").lower()] if match else 0.0
    except ValueError:  # "1.2.3"
        return 0.0


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON value that should be an object; an empty one if it is something else."""
    return value if isinstance(value, dict) else {}
