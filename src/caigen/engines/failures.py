"""Read what an OpenAI-compatible server says of an error: `JSON -> status, message, names`."""

import re
from typing import Any, NamedTuple

TRANSIENT_STATUSES = {408, 409, 429, 500, 502, 503, 504}  # HTTP statuses of errors that may be over at the next try
CONTENT_FILTER_NAMES = ("content_filter", "content_policy_violation", "ResponsibleAIPolicyViolation")
NO_CREDIT_NAMES = (
    "insufficient_quota",
    "insufficient_credits",
    "billing_hard_limit_reached",
    "billing_not_active",
)
MAX_MESSAGE_CHARS = 300
# in the code or type of an error that may be over at the next try: "server_error", "rate_limit_exceeded"; not "invalid"
_TRANSIENT_NAME = re.compile(r"server|timeout|overloaded|unavailable|rate_?limit", re.IGNORECASE)


class HiddenError(NamedTuple):
    """An error that came with HTTP 200: the status that it should have had, and its message."""

    status: int
    message: str


def hidden_error(body: Any) -> HiddenError | None:
    """Return the error in a body that came with HTTP 200, at its top or in its first choice; None if there is none."""
    error = as_object(body).get("error") or _first_choice(body).get("error")
    if not error:
        return None
    message = error_message({"error": error})
    fields = as_object(error)
    code = str(fields.get("code") or fields.get("type") or "")
    if code.isdecimal() and 400 <= int(code) < 600:
        return HiddenError(int(code), message)
    if _TRANSIENT_NAME.search(code):
        return HiddenError(503, message)
    return HiddenError(400, message)


def _first_choice(body: Any) -> dict[str, Any]:
    choices = as_object(body).get("choices")
    if not isinstance(choices, list) or not choices:
        return {}
    return as_object(choices[0])


def error_message(body: Any) -> str:
    """Return the message in an error's body, on one line of at most 300 characters."""
    error = as_object(body).get("error", body)
    fields = as_object(error)
    message = fields.get("message", error)
    # OpenRouter passes on what the model's provider said
    provider_message = as_object(fields.get("metadata")).get("raw")
    if isinstance(provider_message, str):
        message = f"{message}: {provider_message}"
    return " ".join(str(message).split())[:MAX_MESSAGE_CHARS]


def error_names(body: Any) -> set[str]:
    """Return the short names in an error's body, such as its code and its type."""
    error = as_object(as_object(body).get("error", body))
    inner = as_object(error.get("innererror"))  # Azure's more precise code
    names = {str(value) for value in (error.get("code"), error.get("type"), inner.get("code")) if value}
    # OpenRouter lists what its moderation objects to, without a code
    if as_object(error.get("metadata")).get("reasons"):
        names.add("content_filter")
    return names


def as_object(value: Any) -> dict[str, Any]:
    """Return a JSON value that should be an object; an empty one if it is something else."""
    return value if isinstance(value, dict) else {}
