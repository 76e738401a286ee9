"""What an OpenAI-compatible server supports: `Request -> path and body of a POST`, and what its refusals teach.

Every server gets the same full request first. A refusal (HTTP 400, 422) that names what it does not take changes one
setting, and the request is sent again.
"""

import re
from dataclasses import dataclass, replace
from typing import Any, Literal

import orjson

from caigen.engines.base import Request, Sampling
from caigen.engines.chat import merge_system_messages

CHOICE_TOKENS_AFTER_THOUGHT = 8  # a choice is one token; behind a thought line breaks may come before it
TOP_LOGPROBS = 20  # the most that OpenAI lists
EFFORT = {"on": "medium", "off": "none"}  # values of `reasoning_effort` for --think

# "response_format is not supported", "json_schema: unknown field"
_ABOUT_SCHEMA = re.compile(r"response_format|response format|json_schema|json_object|guided|structured output")
# "System role not supported", "only user and assistant roles, not system"; not "our safety system"
_ABOUT_SYSTEM = re.compile(
    r"system\W+(?:\w+\W+){0,2}(?:role|message|prompt)|(?:role|message)s?\W+(?:\w+\W+){0,3}system\b"
)
_ABOUT_NEUTRAL = re.compile(r"top_k|min_p|repetition_penalty")
# sampling parameters that vLLM and SGLang else take from the model's generation_config, at values that change nothing
NEUTRAL = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}

Switch = Literal["", "on", "off"]  # what a request says about thinking; empty: nothing


@dataclass(frozen=True)
class ServerQuirks:
    """What a server supports.

    `switch` is how it is told whether to think: template arguments, OpenAI's reasoning effort, or not at all.
    `thinks_first` says that its model thinks before it answers unless told otherwise. With `neutral_sampling` it
    fills in sampling parameters from the model's own settings unless they are sent. `merge_system` puts the system
    message into the user's first message.
    """

    schema: Literal["json_schema", "one_form", "json_object", "none"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    merge_system: bool = False
    logprobs: bool = True
    switch: Literal["template", "effort", "none"] = "template"
    thinks_first: bool = False
    neutral_sampling: bool = False

    def learn(self, refusal: str, request: Request) -> "ServerQuirks | None":
        """Return the quirks to try after a refusal, one setting changed; None if it is about something else."""
        message = refusal.lower()
        if self.limit == "max_tokens" and re.search(r"use '?max_completion_tokens", message):
            return replace(self, limit="max_completion_tokens")
        if self.neutral_sampling and _ABOUT_NEUTRAL.search(message):
            return replace(self, neutral_sampling=False)
        return self._learn_thinking(message, request) or self._learn_format(message, request)

    def _learn_thinking(self, message: str, request: Request) -> "ServerQuirks | None":
        """How the server is told about thinking: template arguments, then the reasoning effort, then not at all."""
        if self.switch_for(request):
            if self.switch == "template" and "chat_template_kwargs" in message:
                return replace(self, switch="effort")
            if self.switch == "effort" and "reasoning_effort" in message:
                return replace(self, switch="none")
        # OpenAI, when the thought used up the few tokens of a direct answer
        if request.wants_direct_answer and not self.thinks_first and "could not finish the message" in message:
            return replace(self, thinks_first=True)
        return None

    def _learn_format(self, message: str, request: Request) -> "ServerQuirks | None":
        """Which parts of request and answer the server knows: JSON schema, log-probabilities, system role."""
        if request.schema and self.schema != "none" and _ABOUT_SCHEMA.search(message):
            return replace(self, schema=self._weaker_schema(request.schema))
        if self.logprobs and request.choices and "logprobs" in message:
            return replace(self, logprobs=False)
        has_system = any(part.role == "system" for part in request.messages)
        if not self.merge_system and has_system and _ABOUT_SYSTEM.search(message):
            return replace(self, merge_system=True)
        return None

    def _weaker_schema(self, schema: str) -> Literal["one_form", "json_object", "none"]:
        """The next weaker way to ask for JSON: one form for all cases, JSON of any form, not at all."""
        if self.schema == "json_schema" and "anyOf" in orjson.loads(schema):
            return "one_form"  # OpenAI takes no `anyOf` at the top of a schema
        return "none" if self.schema == "json_object" else "json_object"

    def switch_for(self, request: Request) -> Switch:
        """Return what a request tells the server about thinking: `on`, `off`, or nothing (empty)."""
        if request.text is not None:
            return ""  # a plain text goes through no chat template
        if request.sampling.think != "auto":
            return request.sampling.think
        return "off" if self.thinks_first and request.wants_direct_answer else ""

    def body(
        self, request: Request, *, model: str, max_tokens: int, template_kwargs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Return the path and the JSON body that ask for a completion of at most `max_tokens`, its thought apart."""
        body: dict[str, Any] = {"model": model, self.limit: _token_limit(request, max_tokens)}
        body |= _sampling_fields(request.sampling)
        if self.neutral_sampling:
            body |= NEUTRAL
        if request.choices and self.logprobs:
            body |= {"logprobs": True, "top_logprobs": TOP_LOGPROBS}
        if request.schema and self.schema != "none":
            body["response_format"] = self._response_format(request.schema)
        if request.text is not None:
            return "/completions", body | {"prompt": request.text}
        body |= self._thinking_fields(request, template_kwargs)
        if self.merge_system:
            body["messages"] = merge_system_messages(request.messages)
        else:
            body["messages"] = [message.model_dump() for message in request.messages]
        return "/chat/completions", body

    def _response_format(self, schema_text: str) -> dict[str, Any]:
        if self.schema == "json_object":
            return {"type": "json_object"}
        schema = orjson.loads(schema_text)
        if self.schema == "one_form":
            schema = join_forms(schema)
        return {"type": "json_schema", "json_schema": {"name": "answer", "schema": schema, "strict": True}}

    def _thinking_fields(self, request: Request, template_kwargs: dict[str, Any]) -> dict[str, Any]:
        """The user's template arguments, and what the server is told about thinking."""
        switch = self.switch_for(request)
        fields: dict[str, Any] = {}
        if switch and self.switch == "effort":
            fields["reasoning_effort"] = EFFORT[switch]
        if switch and self.switch == "template":
            template_kwargs = template_kwargs | thinking_kwargs(switch == "on")
        if template_kwargs:
            fields["chat_template_kwargs"] = template_kwargs
        return fields


def _token_limit(request: Request, max_tokens: int) -> int:
    """How many tokens the server may generate: the answer's, one for a choice, and with `on` those of the thought."""
    if request.sampling.think == "on":
        answer_tokens = CHOICE_TOKENS_AFTER_THOUGHT if request.choices else max_tokens
        return answer_tokens + request.sampling.think_tokens
    return 1 if request.choices else max_tokens


def _sampling_fields(sampling: Sampling) -> dict[str, Any]:
    fields: dict[str, Any] = {"temperature": sampling.temperature, "top_p": sampling.top_p}
    if sampling.seed is not None and sampling.temperature > 0:
        fields["seed"] = sampling.seed
    if sampling.stop:
        fields["stop"] = list(sampling.stop)
    return fields


def thinking_kwargs(on: bool) -> dict[str, Any]:
    """Template arguments that switch thinking on or off, by both usual names; a template reads the one it knows."""
    return {"enable_thinking": on, "thinking": on}


def join_forms(schema: dict[str, Any]) -> dict[str, Any]:
    """Join the forms of a schema (`anyOf`), all with the same fields, to one that allows what any of them allows."""
    forms = schema.get("anyOf")
    if not forms:
        return schema
    properties = {}
    for name in forms[0]["properties"]:
        properties[name] = _join_fields([form["properties"][name] for form in forms])
    return {**forms[0], "properties": properties}


def _join_fields(fields: list[dict[str, Any]]) -> dict[str, Any]:
    """One field that allows what any of several allows: all words of their lists, their widest bounds."""
    joined = dict(fields[0])
    if "enum" in joined:
        words: dict[str, None] = {}  # keeps the order, drops what is there twice
        for field in fields:
            words.update(dict.fromkeys(field["enum"]))
        joined["enum"] = list(words)
    for bound, widest in (("minimum", min), ("maximum", max)):
        if bound in joined:
            joined[bound] = widest(field[bound] for field in fields)
    return joined
