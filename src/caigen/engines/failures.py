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
    if not isinstance(body, dict):
        return None
    error = body.get("error") or _first_choice(body).get("error")
    if not error:
        return None
    message = error_message({"error": error})
    code = str(error.get("code") or error.get("type")) if isinstance(error, dict) else ""
    if code.isdecimal() and 400 <= int(code) < 600:
        return HiddenError(int(code), message)
    return HiddenError(503 if _TRANSIENT_NAME.search(code) else 400, message)


def _first_choice(body: dict[str, Any]) -> dict[str, Any]:
    choices = body.get("choices")
    if isinstance(choices, list) and choices and isinstance(choices[0], dict):
        return choices[0]
    return {}


def error_message(body: Any) -> str:
    """Return the message in an error's body, on one line of at most 300 characters."""
    error = body.get("error", body) if isinstance(body, dict) else body
    message = error
    if isinstance(error, dict):
        message = error.get("message", error)
        # OpenRouter passes on what the model's provider said
        metadata = error.get("metadata", {})
        if isinstance(metadata, dict) and isinstance(metadata.get("raw"), str):
            message = f"{message}: {metadata['raw']}"
    return " ".join(str(message).split())[:MAX_MESSAGE_CHARS]


def error_names(body: Any) -> set[str]:
    """Return the short names in an error's body, such as its code and its type."""
    error = body.get("error", body) if isinstance(body, dict) else {}
    if not isinstance(error, dict):
        return set()
    inner = error.get("innererror")
    inner = inner if isinstance(inner, dict) else {}
    names = {str(value) for value in (error.get("code"), error.get("type"), inner.get("code")) if value}
    # OpenRouter lists what its moderation objects to, without a code
    metadata = error.get("metadata")
    if isinstance(metadata, dict) and metadata.get("reasons"):
        names.add("content_filter")
    return names
