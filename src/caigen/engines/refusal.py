"""What a server's refusal (HTTP 400, 422) says: `JSON of the error -> Refusal`, its words and the fields it names."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

MAX_DEPTH = 8  # of an error's JSON
MAX_TEXT_CHARS = 4000
# Fields of an error that hold the server's words. Others may repeat the request, whose words say nothing.
TEXT_FIELDS = frozenset(
    ["message", "msg", "detail", "details", "error", "errors", "code", "type", "param", "reason", "raw", "metadata"]
)
_SPACED = r"[\"'`´‘’“”\[({<]*"  # quotation marks around a name
# Words before the name of a refused field: "Unsupported parameter: 'seed'", "unrecognized request argument supplied:
# seed". No match: "the seed of a plant".
_BEFORE = (
    r"(?:un(?:supported|known|recogni[sz]ed|expected)|invalid|extra|additional|supplied|arguments?|parameters?|param"
    r"|fields?|propert(?:y|ies)|keywords?|inputs?|options?|values?|specify|does not (?:support|accept|allow|take)"
    r"|not support(?:ed|ing)?)"
)
# between the name and those after it: "seed is", "temperature: this field has"
_LINK = (
    r"(?:is|are|was|does|do|to|be|with|has|have|this|the|parameters?|fields?|values?|arguments?|options?"
    r"|propert(?:y|ies)|inputs?)"
)
# Words after it: "seed is not supported", "top_p: extra inputs are not permitted"
_AFTER = (
    r"(?:not\b|unsupported|unknown|unrecogni[sz]ed|unexpected|invalid|forbidden|extra|only\b|must\b|cannot|can't|should"
    r"|doesn't|isn't|deprecated|exceeds?|greater|less|too\b|out of)"
)

_UNKNOWN = re.compile(
    r"not support|unsupported|unknown|unrecogni|unexpected|forbid|not permitted|not allowed|only the default"
)
_RANGE = re.compile(
    r"between|range|(?:less|greater|larger) than|at (?:most|least)|[<>]|m(?:ax|in)imum|must be|should be|positive"
    r"|too large"
)


@dataclass(frozen=True)
class Refusal:
    """A refusal's words in small letters, and the fields that it names by their place in the request."""

    text: str
    places: frozenset[str] = frozenset()

    def names(self, field: str) -> bool:
        """Whether it is about a field of the request: by its place, or by its name among words of refusal."""
        if field in self.places:
            return True
        name = re.escape(field)
        # a name with an underscore is no word of a language, and one in quotation marks is a name
        if "_" in field and re.search(rf"(?<![a-z0-9_]){name}(?![a-z0-9_])", self.text):
            return True
        if re.search(rf"[\"'`‘“]{name}[\"'`’”]", self.text):
            return True
        before = rf"{_BEFORE}\W{{1,4}}(?:[\w-]+\W+){{0,2}}?{_SPACED}{name}(?![a-z0-9_])"
        after = rf"(?<![a-z0-9_]){name}(?![a-z0-9_])[^\w.;!?]{{1,4}}(?:{_LINK}[^\w.;!?]+){{0,4}}?{_AFTER}"
        return bool(re.search(before, self.text) or re.search(after, self.text))

    @property
    def numbers(self) -> list[int]:
        """The whole numbers in it."""
        return [int(digits) for digits in re.findall(r"(?<![\w.-])\d{1,18}(?![\w]|\.\d)", self.text)]

    @property
    def failed_generation(self) -> bool:
        """Whether the server refuses what its model wrote, not what it was asked: another try may be better."""
        return bool(
            re.search(r"json_validate_failed|failed to (?:validate|generate) json|failed_generation", self.text)
        )

    @property
    def about_unknown(self) -> bool:
        """Whether a field or its value is not known there or not taken."""
        return bool(_UNKNOWN.search(self.text))

    @property
    def about_range(self) -> bool:
        """Whether it is about a value, not about the field: the field is known there."""
        return bool(_RANGE.search(self.text)) and not self.about_unknown


def read_refusal(body: Any, message: str) -> Refusal:
    """The refusal in an error's JSON; `message` is its text where it is no JSON."""
    words: list[str] = [message]
    places: set[str] = set()
    for kind, text in _strings(body, 0):
        (words.append if kind == "text" else places.add)(text)
    text = _snake_case(" ".join(" ".join(dict.fromkeys(words)).split()))[:MAX_TEXT_CHARS]
    return Refusal(text, frozenset(_snake_case(place) for place in places))


def _snake_case(text: str) -> str:
    """`topLogprobs` -> `top_logprobs`, all in small letters."""
    return re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", text).lower()


def _strings(value: Any, depth: int) -> Iterator[tuple[str, str]]:
    """The server's words (`text`), and the parts of the places that it names (`place`)."""
    if depth > MAX_DEPTH:
        return
    if isinstance(value, str):
        yield "text", value
        if value[:1] in ("{", "["):  # a provider's own error, passed on as text
            yield from _strings(_parsed(value), depth + 1)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part, depth + 1)
    elif isinstance(value, dict):
        yield from _fields(value, depth)


def _fields(value: dict[str, Any], depth: int) -> Iterator[tuple[str, str]]:
    for name, part in value.items():
        if name == "loc" and isinstance(part, list):
            yield from (("place", str(step)) for step in part)
        elif name == "param" and isinstance(part, str):
            # `response_format.json_schema.schema`, `messages[0].role`
            yield from (("place", step) for step in re.split(r"[.\[\]/]+", part) if step)
        elif name in TEXT_FIELDS:
            yield from _strings(part, depth + 1)


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
