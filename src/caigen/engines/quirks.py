"""What an OpenAI-compatible server supports: `Request -> path and body of a POST`.

Every server gets the same full request first. A refusal that names what it does not take changes one setting
(lessons.py), and the request is sent again.
"""

from dataclasses import dataclass
from typing import Any, Literal, get_args

import orjson

from caigen.engines.base import Request
from caigen.engines.chat import merge_system_messages

CHOICE_TOKENS_AFTER_THOUGHT = 8  # a choice is one token; behind a thought line breaks may come before it
TOP_LOGPROBS = 20  # the most that OpenAI lists
# sampling parameters that vLLM and SGLang else take from the model's generation_config, at values that change nothing
NEUTRAL = {"top_k": -1, "min_p": 0.0, "repetition_penalty": 1.0}
# keywords without which a schema still says which fields there are, and of which type
SCHEMA_BOUNDS = (
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "pattern",
    "format", "minItems", "maxItems", "uniqueItems", "const", "default", "title", "description", "$schema",
)  # fmt: skip
SCHEMA_KEYWORDS = (*SCHEMA_BOUNDS, "additionalProperties", "anyOf", "oneOf", "allOf", "enum", "strict")
JSON_WORD = "Answer in JSON."

# from what says most of the answer to what says nothing
Schema = Literal["json_schema", "one_form", "bare", "json_object", "none"]
Limit = Literal["max_tokens", "max_completion_tokens", ""]
SCHEMAS: tuple[Schema, ...] = get_args(Schema)
LIMITS: tuple[Limit, ...] = get_args(Limit)
Switch = Literal["", "on", "off"]  # what a request says about thinking; empty: nothing


@dataclass(frozen=True)
class ServerQuirks:
    """What a server supports.

    `schema` is how JSON is asked for: by a schema, by one of one form, by one without bounds, by `json_object`, in
    words alone; `no_keywords` are keywords that its schemas must not have. `limit` names the field that limits the
    tokens, empty for none, and `least_tokens` and `most_tokens` what it takes there. `merge_system` puts the system
    message into the user's first message, `alternate` joins messages of one role that follow each other.
    `top_logprobs` is how many it lists. `switch` is how it is told whether to think: template arguments, OpenAI's
    reasoning effort (`effort_off` is its value for no thought), or not at all. `thinks_first` says that its model
    thinks before it answers unless told otherwise. With `neutral_sampling` it fills in sampling parameters from the
    model's own settings unless they are sent. `default_of_one` says that temperature and top_p are 1 where they are
    not sent. `left_out` are fields that it does not take. `coldest` is sent for a temperature of 0.
    """

    schema: Schema = "json_schema"
    no_keywords: frozenset[str] = frozenset()
    json_word: bool = False
    limit: Limit = "max_tokens"
    least_tokens: int = 1
    most_tokens: int | None = None
    merge_system: bool = False
    alternate: bool = False
    logprobs: bool = True
    top_logprobs: int = TOP_LOGPROBS
    switch: Literal["template", "effort", "none"] = "template"
    effort_off: str = "none"
    thinks_first: bool = False
    neutral_sampling: bool = False
    default_of_one: bool = False
    left_out: frozenset[str] = frozenset()
    coldest: float = 0.0

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
        body: dict[str, Any] = {"model": model}
        if self.limit:
            body[self.limit] = self._token_limit(request, max_tokens)
        body |= self._sampling_fields(request)
        if request.choices and self.logprobs:
            body |= self._logprob_fields(request)
        if request.schema and self.schema != "none":
            body["response_format"] = self._response_format(request.schema)
        if request.text is not None:
            return "/completions", self._without_left_out(body) | {"prompt": request.text}
        body |= self._thinking_fields(request, template_kwargs)
        return "/chat/completions", self._without_left_out(body) | {"messages": self._messages(request)}

    def _without_left_out(self, body: dict[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in body.items() if name not in self.left_out}

    def _token_limit(self, request: Request, max_tokens: int) -> int:
        """How many tokens may be generated: the answer's, one for a choice, and with `on` those of the thought."""
        limit = 1 if request.choices else max_tokens
        if request.sampling.think == "on":
            answer_tokens = CHOICE_TOKENS_AFTER_THOUGHT if request.choices else max_tokens
            limit = answer_tokens + request.sampling.think_tokens
        limit = max(limit, self.least_tokens)
        return limit if self.most_tokens is None else min(limit, self.most_tokens)

    def _sampling_fields(self, request: Request) -> dict[str, Any]:
        sampling = request.sampling
        temperature = max(sampling.temperature, self.coldest)
        fields: dict[str, Any] = {"temperature": temperature, "top_p": sampling.top_p}
        if self.default_of_one:
            fields = {name: value for name, value in fields.items() if value != 1}
        if sampling.seed is not None and sampling.temperature > 0:
            fields["seed"] = sampling.seed
        if sampling.stop:
            fields["stop"] = list(sampling.stop)
        return fields | NEUTRAL if self.neutral_sampling else fields

    def _logprob_fields(self, request: Request) -> dict[str, Any]:
        if request.text is not None:
            return {"logprobs": self.top_logprobs}  # a number in completions of plain text
        return {"logprobs": True, "top_logprobs": self.top_logprobs}

    def _messages(self, request: Request) -> list[dict[str, str]]:
        messages = list(request.messages)
        conversation = [message.model_dump() for message in messages]
        if self.merge_system:
            conversation = merge_system_messages(messages)
        if self.alternate:
            conversation = _join_same_roles(conversation)
        wants_word = self.json_word and self.schema == "json_object" and bool(request.schema)
        if wants_word and not any("json" in message["content"].lower() for message in conversation):
            last = conversation[-1]
            conversation[-1] = last | {"content": f"{last['content']}\n\n{JSON_WORD}"}
        return conversation

    def _response_format(self, schema_text: str) -> dict[str, Any]:
        if self.schema == "json_object":
            return {"type": "json_object"}
        schema = orjson.loads(schema_text)
        if self.schema != "json_schema" or "anyOf" in self.no_keywords:
            schema = join_forms(schema)
        removed = {*self.no_keywords}
        if self.schema == "bare":
            removed |= {*SCHEMA_BOUNDS}
        if removed:
            schema = without_keywords(schema, removed)
        named: dict[str, Any] = {"name": "answer", "schema": schema, "strict": True}
        if "strict" in self.no_keywords:
            del named["strict"]
        return {"type": "json_schema", "json_schema": named}

    def _thinking_fields(self, request: Request, template_kwargs: dict[str, Any]) -> dict[str, Any]:
        """The user's template arguments, and what the server is told about thinking."""
        switch = self.switch_for(request)
        fields: dict[str, Any] = {}
        if switch and self.switch == "effort":
            fields["reasoning_effort"] = "medium" if switch == "on" else self.effort_off
        if switch and self.switch == "template":
            template_kwargs = template_kwargs | thinking_kwargs(switch == "on")
        if template_kwargs:
            fields["chat_template_kwargs"] = template_kwargs
        return fields


def _join_same_roles(conversation: list[dict[str, str]]) -> list[dict[str, str]]:
    """Messages of one role that follow each other become one, with an empty line between their texts."""
    joined: list[dict[str, str]] = []
    for message in conversation:
        if joined and joined[-1]["role"] == message["role"]:
            joined[-1] = message | {"content": f"{joined[-1]['content']}\n\n{message['content']}"}
        else:
            joined.append(message)
    return joined


def thinking_kwargs(on: bool) -> dict[str, Any]:
    """Template arguments that switch thinking on or off, by both usual names; a template reads the one it knows."""
    return {"enable_thinking": on, "thinking": on}


def without_keywords(schema: Any, keywords: set[str]) -> Any:
    """A JSON schema without these keywords; a field that has the name of one stays."""
    if isinstance(schema, list):
        return [without_keywords(part, keywords) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept: dict[str, Any] = {}
    for name, value in schema.items():
        if name == "properties" and isinstance(value, dict):
            kept[name] = {field: without_keywords(part, keywords) for field, part in value.items()}
        elif name not in keywords:
            kept[name] = without_keywords(value, keywords)
    return kept


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
