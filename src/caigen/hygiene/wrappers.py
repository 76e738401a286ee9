"""What a whole answer may be wrapped in: JSON, a tag, a code fence, quotation marks."""

import re

import orjson

LONGEST_JSON = 1_000_000  # characters
_KEY = re.compile(
    r"(?:revis|rewrit|answer|response|reply|text|content|output|message|final|antwort|réponse|reponse|respuesta|回答"
    r"|答案|回复|修改|修正)",
    re.I,
)
_TAG = re.compile(
    r"<((?:revis|rewrit|final|new|improved|updated)?\w{0,12}_?(?:answer|response|reply|revision|text|rewrite|output))>",
    re.I,
)
_FENCE = re.compile(r"```(?:text|markdown|md|plaintext)?[ \t]{0,4}\n", re.I)
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"))
_CODE = re.compile(r"(?m)^(?: {4}|\t|\$ |#!|[<{])|[{};=]|=>|\w\(")
_SENTENCE = re.compile(r"[.!?。！？…][*_\"'”’)」]{0,3}$")


def unwrapped(text: str) -> str | None:
    """The text inside what is around the whole of it; None where nothing is, or where it may belong to the answer."""
    for unwrap in (_json, _tag, _fence, _quotes):
        inner = unwrap(text)
        if inner is not None:
            return inner.strip()
    return None


def _json(text: str) -> str | None:
    """The one text of a JSON object, such as {"revision": "…"}; it may stand in a code fence."""
    if text.startswith("```") and text.endswith("```") and text.count("```") == 2:
        text = text[3:-3].removeprefix("json").strip()
    if not (text.startswith("{") and text.endswith("}")) or len(text) > LONGEST_JSON:
        return None
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if len(found) != 1:
        return None
    [(key, value)] = found.items()
    return value if isinstance(value, str) and value.strip() and _KEY.search(key) else None


def _tag(text: str) -> str | None:
    """The text between <revised_answer> and </revised_answer>, or another name of an answer."""
    found = _TAG.match(text)
    closing = f"</{found[1]}>" if found else ""
    if not found or not text.endswith(closing) or text.count(found[0]) > 1:
        return None
    return text[found.end() : -len(closing)]


def _fence(text: str) -> str | None:
    """Prose in a code fence of its own; code, a command or an output keeps its fence."""
    found = _FENCE.match(text)
    if not found or not text.endswith("```") or text.count("```") != 2:
        return None
    inner = text[found.end() : -3].strip()
    return inner if _SENTENCE.search(inner[-8:]) and not _CODE.search(inner) else None


def _quotes(text: str) -> str | None:
    """A text in quotation marks, with none of them inside."""
    for first, last in _QUOTES:
        if len(text) > 2 and text.startswith(first) and text.endswith(last):
            inner = text[1:-1]
            return inner if first not in inner and last not in inner else None
    return None
