"""unwrapped: text -> the answer inside JSON, a tag, a code fence or quotation marks that wrap the whole of it"""

import re

import orjson

LONGEST_JSON = 1_000_000  # characters
# A key of a JSON object that holds an answer: "revision", "final_text".
_KEY = re.compile(
    r"(?:revis|rewrit|answer|response|reply|text|content|output|message|final|antwort|réponse|reponse|respuesta|回答"
    r"|答案|回复|修改|修正)",
    re.I,
)
# "<revised_answer>", "<response>"; no tag of HTML.
_TAG = re.compile(
    r"<((?:revis|rewrit|final|new|improved|updated)?\w{0,12}_?(?:answer|response|reply|revision|text|rewrite|output))>",
    re.I,
)
_FENCE = re.compile(r"```(?:text|markdown|md|plaintext)?[ \t]{0,4}\n", re.I)
_QUOTES = (('"', '"'), ("“", "”"), ("„", "“"), ("«", "»"), ("「", "」"))
# A line of code or of a command: "    return x", "$ ls", "{", "f(x)".
_CODE = re.compile(r"(?m)^(?: {4}|\t|\$ |#!|[<{])|[{};=]|=>|\w\(")
# The end of a sentence, with closing marks after it.
_SENTENCE = re.compile(r"[.!?。！？…][*_\"'”’)」]{0,3}$")


def unwrapped(text: str) -> str | None:
    """The text inside what wraps the whole of it; None without a wrapper, or where it may belong to the answer."""
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
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    if len(content) != 1:
        return None
    [(key, value)] = content.items()
    if isinstance(value, str) and value.strip() and _KEY.search(key):
        return value
    return None


def _tag(text: str) -> str | None:
    """The text between <revised_answer> and </revised_answer>, or another name of an answer."""
    opening = _TAG.match(text)
    if not opening:
        return None
    closing = f"</{opening[1]}>"
    if not text.endswith(closing) or text.count(opening[0]) > 1:
        return None
    return text[opening.end() : -len(closing)]


def _fence(text: str) -> str | None:
    """Prose in a code fence of its own; code, a command or an output keeps its fence."""
    opening = _FENCE.match(text)
    if not opening or not text.endswith("```") or text.count("```") != 2:
        return None
    inner = text[opening.end() : -3].strip()
    # Prose ends with a sentence and has no lines of code.
    if _SENTENCE.search(inner[-8:]) and not _CODE.search(inner):
        return inner
    return None


def _quotes(text: str) -> str | None:
    """The text between a pair of quotation marks, with none of them inside."""
    for first, last in _QUOTES:
        if len(text) > 2 and text.startswith(first) and text.endswith(last):
            inner = text[1:-1]
            # Marks inside belong to two quotations: "One," she said, "two."
            if first in inner or last in inner:
                return None
            return inner
    return None
