"""What a refusal teaches: `quirks, Refusal -> the quirks to try next`, and the words in which a lesson is told."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from caigen.engines.base import Request
from caigen.engines.quirks import LIMITS, NEUTRAL, SCHEMA_BOUNDS, SCHEMA_KEYWORDS, SCHEMAS, Schema, ServerQuirks
from caigen.engines.refusal import Refusal

COLDEST = 0.01  # a temperature for servers that take none of 0
FEW_LOGPROBS = 5  # where a server says that 20 are too many and not how many it lists
# "response_format is not supported", "json_schema: unknown field"
_ABOUT_SCHEMA = re.compile(
    r"response_?\s?formats?|json_schema|json_object|json (?:mode|output|schema)|guided|structured output"
    r"|output_config|schema:"
)
# the type of the format is refused, whatever its schema
_ABOUT_TYPE = re.compile(
    r"format type|type is unavailable|json_schema\W+is not|support[^.]{0,40}format\W+json_schema|json output"
)
# "System role not supported", "only user and assistant roles, not system"; not "our safety system"
_ABOUT_SYSTEM = re.compile(
    r"system\W+(?:\w+\W+){0,2}(?:role|message|prompt|instruction)|(?:role|message)s?\W+(?:\w+\W+){0,3}system\b"
    r"|developer instruction"
)
_ABOUT_ORDER = re.compile(r"roles? must alternate|must alternate|alternating|consecutive (?:messages|roles|turns)")
_ABOUT_ROLE = re.compile(r"\brole\b|developer|system")
_NOT_TOGETHER = re.compile(r"both|together|only one|not (?:be )?combin|mutually|simultaneous|at the same time")


@dataclass(frozen=True)
class Case:
    """A refused request: what the server was taken to support, what it said, and what it had been sent."""

    quirks: ServerQuirks
    refusal: Refusal
    request: Request
    sent: dict[str, Any]

    def names(self, field: str) -> bool:
        """Whether a field was sent and is named by the refusal."""
        return field in self.sent and self.refusal.names(field)

    def without(self, *fields: str) -> ServerQuirks:
        """The same server, not sent these fields any more."""
        return replace(self.quirks, left_out=self.quirks.left_out | {*fields})


def learn(case: Case) -> ServerQuirks | None:
    """Return the quirks to try after a refusal, one setting changed; None if it is about something else."""
    for lesson in LESSONS:
        learned = lesson(case)
        if learned is not None and learned != case.quirks:
            return learned
    return None


def _limit(case: Case) -> ServerQuirks | None:
    """How the number of tokens is limited: by another name, within bounds, not at all."""
    quirks, text = case.quirks, case.refusal.text
    if quirks.limit == "max_tokens" and re.search(r"use\W+(?:the\W+)?(?:\w+\W+)?max_completion_tokens", text):
        return replace(quirks, limit="max_completion_tokens")
    if not quirks.limit or not case.names(quirks.limit) or "context" in text:
        return None
    sent = case.sent[quirks.limit]
    if case.refusal.about_range:
        return _bounds(quirks, case.refusal.numbers, sent)
    if not case.refusal.about_unknown and quirks.limit not in case.refusal.places:
        return None
    return replace(quirks, limit="max_completion_tokens" if quirks.limit == "max_tokens" else "")


def _bounds(quirks: ServerQuirks, numbers: list[int], sent: int) -> ServerQuirks | None:
    """The bounds of a limit, by the numbers of a refusal beside the one that was sent."""
    above = [number for number in numbers if number > sent]
    below = [number for number in numbers if 1 < number < sent]
    if below:
        return replace(quirks, most_tokens=max(below))
    return replace(quirks, least_tokens=min(above)) if above else None


def _thinking(case: Case) -> ServerQuirks | None:
    """How the server is told about thinking: template arguments, then the reasoning effort, then not at all."""
    quirks, refusal = case.quirks, case.refusal
    if case.names("chat_template_kwargs"):
        if quirks.switch_for(case.request) and quirks.switch == "template":
            return replace(quirks, switch="effort")
        return case.without("chat_template_kwargs")
    if case.names("reasoning_effort"):
        for value in ("minimal", "low"):
            if quirks.effort_off != value and case.sent["reasoning_effort"] == "none" and f"'{value}'" in refusal.text:
                return replace(quirks, effort_off=value)
        return replace(quirks, switch="none")
    # OpenAI, when the thought used up the few tokens of a direct answer
    if case.request.wants_direct_answer and "could not finish the message" in refusal.text:
        return replace(quirks, thinks_first=True)
    return None


def _logprobs(case: Case) -> ServerQuirks | None:
    """How many log-probabilities it lists, or that it gives none."""
    quirks, refusal = case.quirks, case.refusal
    if not case.request.choices or "logprobs" not in refusal.text or "logprobs" not in case.sent:
        return None
    fewer = [number for number in refusal.numbers if 1 < number < quirks.top_logprobs]
    if fewer:
        return replace(quirks, top_logprobs=max(fewer))
    too_many = refusal.about_range or "too many" in refusal.text or str(quirks.top_logprobs) in refusal.text
    if too_many and quirks.top_logprobs > FEW_LOGPROBS:
        return replace(quirks, top_logprobs=FEW_LOGPROBS)
    return replace(quirks, logprobs=False)


def _schema(case: Case) -> ServerQuirks | None:
    """How JSON can be asked for: the next weaker way, or a schema without the keywords that are named."""
    quirks, refusal = case.quirks, case.refusal
    if not case.request.schema or "response_format" not in case.sent:
        return None
    by_name = "response_format" in refusal.places or refusal.names("response_format")
    if quirks.schema == "json_object" and re.search(r"the word\W+json", refusal.text) and not quirks.json_word:
        return replace(quirks, json_word=True)
    sent = orjson.dumps(case.sent["response_format"]).decode()
    named = _named_keywords(refusal, sent)
    if not named and not by_name and not _ABOUT_SCHEMA.search(refusal.text):
        return None
    # the type of the format is refused, not its schema
    if re.search(
        r"format type|type is unavailable|json_schema\W+is not|support[^.]{0,40}format\W+json_schema", refusal.text
    ):
        return replace(quirks, schema="json_object" if quirks.schema != "json_object" else "none")
    if named:
        return replace(quirks, no_keywords=quirks.no_keywords | named)
    if by_name and re.search(r"extra input|unknown|unrecogni|unexpected|extra_forbidden", refusal.text):
        return replace(quirks, schema="none")
    return replace(quirks, schema=_weaker(quirks.schema, sent))


def _named_keywords(refusal: Refusal, sent: str) -> frozenset[str]:
    """The keywords of the schema that was sent which the refusal names."""
    named = set()
    for keyword in SCHEMA_KEYWORDS:
        lower = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", keyword).lower()
        word = re.search(rf"(?<![a-z0-9_]){re.escape(lower)}(?![a-z0-9_])", refusal.text)
        # without it, what a strict server wants is missing
        needed = keyword == "additionalProperties" and "required" in refusal.text
        if f'"{keyword}"' in sent and word and not needed:
            named.add(keyword)
    # a server that knows no lower bound knows no upper one
    for one, other in (("minimum", "maximum"), ("minItems", "maxItems"), ("minLength", "maxLength")):
        if {one, other} & named:
            named |= {one, other}
    return frozenset(named)


def _weaker(schema: Schema, sent: str) -> Schema:
    """The next weaker way: one form for all cases, a schema without bounds, JSON of any form, not at all."""
    if schema == "json_schema" and '"anyOf"' in sent:
        return "one_form"  # OpenAI takes no `anyOf` at the top of a schema
    if schema in ("json_schema", "one_form") and any(f'"{keyword}"' in sent for keyword in SCHEMA_BOUNDS):
        return "bare"
    return "none" if schema == "json_object" else "json_object"


def _roles(case: Case) -> ServerQuirks | None:
    """Which messages its chat template takes: no system message, roles in turn."""
    quirks, text = case.quirks, case.refusal.text
    has_system = any(message["role"] == "system" for message in case.sent.get("messages", []))
    about_order = bool(_ABOUT_ORDER.search(text))
    by_place = {"role", "messages"} & case.refusal.places and _ABOUT_ROLE.search(text)
    if has_system and not quirks.merge_system and (about_order or by_place or _ABOUT_SYSTEM.search(text)):
        return replace(quirks, merge_system=True)
    if about_order:
        return replace(quirks, alternate=True)
    return None


def _sampling(case: Case) -> ServerQuirks | None:
    """Which sampling parameters it takes, and how."""
    quirks, sampling = case.quirks, case.request.sampling
    if case.names("temperature") and case.names("top_p") and _NOT_TOGETHER.search(case.refusal.text):
        return case.without("temperature" if sampling.temperature == 1 and sampling.top_p != 1 else "top_p")
    if case.names("temperature"):
        if not case.refusal.about_range:
            return case.without("temperature")
        # "must be strictly positive": the least that changes little
        return replace(quirks, coldest=COLDEST) if sampling.temperature == 0 and not quirks.coldest else None
    if case.names("top_p"):
        # a bound that leaves out 1 leaves out what does nothing
        return case.without("top_p") if not case.refusal.about_range or sampling.top_p == 1 else None
    if quirks.neutral_sampling and any(case.names(name) for name in NEUTRAL):
        return replace(quirks, neutral_sampling=False)
    return None


def _anything_else(case: Case) -> ServerQuirks | None:
    """A field that it does not know or take is left out; the model and the messages are the question itself."""
    for field in case.sent:
        known = field in ("model", "messages", "prompt", "temperature", "top_p", case.quirks.limit)
        if not known and case.names(field) and (field == "stop" or not case.refusal.about_range):
            return case.without(field)
    return None


LESSONS: tuple[Callable[[Case], ServerQuirks | None], ...] = (
    _thinking,
    _limit,
    _logprobs,
    _schema,
    _roles,
    _sampling,
    _anything_else,
)

# the option that sets a field, for a refusal that teaches nothing
OPTIONS = {
    "temperature": "--temperature",
    "top_p": "--top-p",
    "max_tokens": "--max-tokens",
    "max_completion_tokens": "--max-tokens",
    "seed": "--seed",
    "chat_template_kwargs": "--chat-template-kwarg",
    "reasoning_effort": "--think",
}
_NO_CHAT_MODEL = re.compile(
    r"embedding model|(?:not|cannot|can't|isn't)\b[^.]{0,30}\bchat|model_not_found|unknown model"
)


def named_option(refusal: Refusal, sent: dict[str, Any]) -> str | None:
    """The option that sets the field that a refusal names; None if it names none."""
    for field, option in OPTIONS.items():
        if field in sent and refusal.names(field):
            return option
    if "model" in refusal.places or _NO_CHAT_MODEL.search(refusal.text):
        return "--model"
    return None


_LEFT_OUT = {
    "seed": "it takes no seed: its answers differ from run to run",
    "temperature": "it takes no temperature here: it draws at its own, not at that of --temperature",
    "top_p": "it takes no top_p here: left out",
    "stop": "it takes no stop texts: answers are cut at them here",
    "chat_template_kwargs": "it takes no chat_template_kwargs: --chat-template-kwarg has no effect",
}
_SCHEMAS: dict[Schema, str] = {
    "one_form": "it takes no choice of forms in a JSON schema: one that allows all of them is sent",
    "bare": "it takes no bounds in a JSON schema: sent without",
    "json_object": "it takes no JSON schema: asked for JSON of any form",
    "none": "it takes no response_format: JSON is asked for in words alone",
}


def describe(before: ServerQuirks, after: ServerQuirks) -> list[str]:
    """What was learned between the two, a line for each lesson."""
    lines = []
    for field in sorted(after.left_out - before.left_out):
        lines.append(_LEFT_OUT.get(field, f"it takes no {field}: left out"))
    if new := sorted(after.no_keywords - before.no_keywords):
        lines.append(f"it takes no {', '.join(new)} in a JSON schema: sent without")
    for name in CHANGES:
        if getattr(before, name) != getattr(after, name) and (line := CHANGES[name](before, after)):
            lines.append(line)
    return lines


def _limit_line(before: ServerQuirks, after: ServerQuirks) -> str:
    instead = f"{after.limit} is sent" if after.limit else "answers are as long as the server lets them"
    return f"it takes no {before.limit}: {instead}"


def _switch_line(before: ServerQuirks, after: ServerQuirks) -> str:
    field = "chat_template_kwargs" if before.switch == "template" else "reasoning_effort"
    return f"it takes no {field} to switch thinking"


# what is said of a setting that changed, by its name
CHANGES: dict[str, Callable[[ServerQuirks, ServerQuirks], str]] = {
    "schema": lambda _, after: _SCHEMAS.get(after.schema, ""),
    "json_word": lambda _, after: "it wants the word JSON in the prompt: added where it is not there",
    "limit": _limit_line,
    "most_tokens": lambda _, after: f"it takes at most {after.most_tokens} for --max-tokens",
    "top_logprobs": lambda _, after: f"it lists at most {after.top_logprobs} log-probabilities",
    "logprobs": lambda *_: "it gives no log-probabilities: letters are counted in sampled answers",
    "merge_system": lambda *_: "it takes no system message: its text is put before the first user message",
    "alternate": lambda *_: "it takes roles in turn: messages of one role that follow each other are joined",
    "neutral_sampling": lambda *_: (
        f"it takes no {', '.join(NEUTRAL)}: those of the model's generation_config may apply"
    ),
    "coldest": lambda _, after: f"it takes no temperature of 0: {after.coldest} is sent",
    "switch": _switch_line,
}


def differing(quirks: ServerQuirks, request: Request) -> set[str]:
    """The settings of a request that the server does not follow, by the names of the protocol."""
    sampling = request.sampling
    names = set()
    if "temperature" in quirks.left_out and sampling.temperature != 1:
        names.add("temperature")
    if quirks.coldest and sampling.temperature < quirks.coldest:
        names.add("temperature")
    if "top_p" in quirks.left_out and sampling.top_p != 1:
        names.add("top_p")
    if "seed" in quirks.left_out and sampling.seed is not None and sampling.temperature > 0:
        names.add("seed")
    if not request.choices and (not quirks.limit or (quirks.most_tokens or sampling.max_tokens) < sampling.max_tokens):
        names.add("max_tokens")
    if "chat_template_kwargs" in quirks.left_out and request.text is None:
        names.add("chat_template_kwargs")
    return names


def joined(one: ServerQuirks, other: ServerQuirks) -> ServerQuirks:
    """What two requests that were under way together have learned, the later one (`other`) over the earlier."""
    return replace(
        other,
        left_out=one.left_out | other.left_out,
        no_keywords=one.no_keywords | other.no_keywords,
        merge_system=one.merge_system or other.merge_system,
        alternate=one.alternate or other.alternate,
        thinks_first=one.thinks_first or other.thinks_first,
        logprobs=one.logprobs and other.logprobs,
        top_logprobs=min(one.top_logprobs, other.top_logprobs),
        schema=max(one.schema, other.schema, key=SCHEMAS.index),
        limit=max(one.limit, other.limit, key=LIMITS.index),
        json_word=one.json_word or other.json_word,
        neutral_sampling=one.neutral_sampling and other.neutral_sampling,
        coldest=max(one.coldest, other.coldest),
    )
