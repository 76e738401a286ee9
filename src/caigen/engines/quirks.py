"""How a server wants to be asked: `Request -> body of a POST`, and what is learned from its refusals."""

import re
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from caigen.engines.base import Request
from caigen.engines.chat import merge_system_messages

SHORT = 8  # tokens of an answer of one word behind a thought
EFFORT = {"on": "medium", "off": "none"}  # OpenAI's words for it

_ABOUT_SCHEMA = re.compile(r"response_format|response format|json_schema|json_object|guided|structured output")
_ABOUT_SYSTEM = re.compile(
    r"system\W+(?:\w+\W+){0,2}(?:role|message|prompt)|(?:role|message)s?\W+(?:\w+\W+){0,3}system\b"
)
_ABOUT_NEUTRAL = re.compile(r"top_k|min_p|repetition_penalty")
# what vLLM and SGLang would else take from the model's generation_config, though nobody asked for it
NEUTRAL = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}


@dataclass(frozen=True)
class ServerQuirks:
    """How a server wants to be asked. `switch` is how it is told whether to think; `straight` that its model thinks first
    unless told otherwise; `neutral` that it takes sampling parameters from the model's own settings unless they are sent.
    """

    schema: Literal["json_schema", "one_form", "json_object", "none"] = "json_schema"
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    merge_system: bool = False
    logprobs: bool = True
    switch: Literal["template", "effort", "none"] = "template"
    straight: bool = False
    neutral: bool = False

    def lesson(self, refusal: str, request: Request) -> dict[str, Any]:
        """What to do otherwise after a refusal; empty where it was not about the manner."""
        said = refusal.lower()
        if self.limit == "max_tokens" and re.search(r"use '?max_completion_tokens", said):
            return {"limit": "max_completion_tokens"}
        if self.neutral and _ABOUT_NEUTRAL.search(said):
            return {"neutral": False}
        if self.thinks(request) and self.switch == "template" and "chat_template_kwargs" in said:
            return {"switch": "effort"}
        if self.thinks(request) and self.switch == "effort" and "reasoning_effort" in said:
            return {"switch": "none"}
        if (
            request.at_once and not self.straight and "could not finish the message" in said
        ):  # OpenAI: it was still thinking
            return {"straight": True}
        if request.schema and self.schema != "none" and _ABOUT_SCHEMA.search(said):
            return {"schema": self._less(request.schema)}
        if self.logprobs and request.choices and "logprobs" in said:
            return {"logprobs": False}
        if not self.merge_system and _ABOUT_SYSTEM.search(said) and any(m.role == "system" for m in request.messages):
            return {"merge_system": True}
        return {}

    def _less(self, schema: str) -> str:
        """The next way to ask for JSON: in one form for all cases, as JSON of any form, not at all."""
        if self.schema == "json_schema" and "anyOf" in orjson.loads(schema):
            return "one_form"  # OpenAI takes no choice of forms at the top of a schema
        return "none" if self.schema == "json_object" else "json_object"

    def thinks(self, request: Request) -> Literal["", "on", "off"]:
        """What the server is told about thinking; empty where nothing."""
        think = request.sampling.think
        if request.text is not None or think == "auto":
            return "off" if self.straight and request.at_once and request.text is None else ""
        return think

    def body(
        self, request: Request, model: str, max_tokens: int, template_kwargs: dict[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The path and the JSON that ask for a completion; `max_tokens` are of the answer."""
        asked = request.sampling
        limit = max_tokens
        if request.choices:
            limit = SHORT if asked.think == "on" else 1
        body: dict[str, Any] = {
            "model": model,
            self.limit: limit + (asked.think_tokens if asked.think == "on" else 0),
            "temperature": asked.temperature,
            "top_p": asked.top_p,
            **(NEUTRAL if self.neutral else {}),
        }
        if asked.seed is not None and asked.temperature > 0:
            body["seed"] = asked.seed
        if asked.stop:
            body["stop"] = list(asked.stop)
        if request.choices and self.logprobs:
            body |= {"logprobs": True, "top_logprobs": 20}
        body |= self._format(request)
        if request.text is not None:
            return "/completions", body | {"prompt": request.text}
        turns = (
            merge_system_messages(request.messages)
            if self.merge_system
            else [turn.model_dump() for turn in request.messages]
        )
        return "/chat/completions", body | self._thinking(request, template_kwargs) | {"messages": turns}

    def _format(self, request: Request) -> dict[str, Any]:
        if not request.schema or self.schema == "none":
            return {}
        if self.schema == "json_object":
            return {"response_format": {"type": "json_object"}}
        asked = orjson.loads(request.schema)
        schema = {"name": "answer", "schema": one_form(asked) if self.schema == "one_form" else asked, "strict": True}
        return {"response_format": {"type": "json_schema", "json_schema": schema}}

    def _thinking(self, request: Request, template_kwargs: dict[str, Any]) -> dict[str, Any]:
        told = self.thinks(request)
        kwargs = template_kwargs | (switched(told == "on") if told and self.switch == "template" else {})
        effort = {"reasoning_effort": EFFORT[told]} if told and self.switch == "effort" else {}
        return effort | ({"chat_template_kwargs": kwargs} if kwargs else {})


def switched(on: bool) -> dict[str, Any]:
    """Both of the names that most chat templates have for their switch; a template reads the one it knows."""
    return {"enable_thinking": on, "thinking": on}


def one_form(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema whose forms (`anyOf`) are joined to one that allows what any of them allows; their fields have the same names."""
    forms = schema.get("anyOf")
    if not forms:
        return schema
    fields = {name: _joined([form["properties"][name] for form in forms]) for name in forms[0]["properties"]}
    return {**forms[0], "properties": fields}


def _joined(fields: list[dict[str, Any]]) -> dict[str, Any]:
    """One field that allows what any of several does: all words of their lists, the widest bounds of their numbers."""
    joined = dict(fields[0])
    if "enum" in joined:
        joined["enum"] = list(dict.fromkeys(word for field in fields for word in field["enum"]))
    for bound, widest in (("minimum", min), ("maximum", max)):
        if bound in joined:
            joined[bound] = widest(field[bound] for field in fields)
    return joined
