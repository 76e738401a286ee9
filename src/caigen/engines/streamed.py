"""join_events: `data: {…}` events of a server that streams though it was not asked to -> one completion as JSON"""

from typing import Any

import orjson

from caigen.engines.failures import as_object, first_choice

_TEXTS = ("content", "reasoning_content", "reasoning", "refusal")  # fields of a message that arrive in pieces


def join_events(content: bytes) -> dict[str, Any] | None:
    """The completion that a stream of server-sent events adds up to; None if the content is no such stream.

    An error among the events is the answer. A stream that was cut off has no finish reason.
    """
    start = content[:200].lstrip()
    if not start.startswith((b"data:", b"event:", b":", b"id:")):
        return None
    events = _events(content)
    if not events:
        return None
    for event in events:
        if event.get("error"):
            return event
    return _join(events)


def _events(content: bytes) -> list[dict[str, Any]]:
    """The JSON objects of the lines `data: {…}`; what cannot be read ends the stream, as if it were cut off there."""
    events: list[dict[str, Any]] = []
    for line in content.splitlines():
        if not line.startswith(b"data:"):
            continue
        try:
            event = orjson.loads(line.removeprefix(b"data:"))
        except orjson.JSONDecodeError:
            break  # the line `[DONE]`, or half a line
        if isinstance(event, dict):
            events.append(event)
    return events


def _join(events: list[dict[str, Any]]) -> dict[str, Any]:
    texts: dict[str, list[str]] = {name: [] for name in (*_TEXTS, "text")}
    finish_reason, usage = None, None
    logprobs: list[Any] = []
    for event in events:
        choice = as_object(first_choice(event.get("choices")))
        if choice.get("index") not in (0, None):
            continue
        # `message` instead of `delta`: the whole answer in one event
        delta = as_object(choice.get("delta") or choice.get("message"))
        for name in _TEXTS:
            if isinstance(delta.get(name), str):
                texts[name].append(delta[name])
        if isinstance(choice.get("text"), str):
            texts["text"].append(choice["text"])
        tokens = as_object(choice.get("logprobs")).get("content")
        if isinstance(tokens, list):
            logprobs += tokens
        finish_reason = choice.get("finish_reason") or finish_reason
        usage = event.get("usage") or usage
    joined: dict[str, Any] = {"index": 0, "finish_reason": finish_reason}
    if logprobs:
        joined["logprobs"] = {"content": logprobs}
    if texts["text"]:
        joined["text"] = "".join(texts["text"])
    else:
        joined["message"] = {name: "".join(texts[name]) or None for name in _TEXTS}
    return {"choices": [joined], "usage": usage}
