"""What is sent to a server, and what its refusals teach."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from caigen.engines.base import Request, Sampling
from caigen.engines.quirks import ServerQuirks, join_forms
from caigen.records import Message

CHAT = Request(messages=(Message(role="system", content="Be kind."), Message(role="user", content="hi")))
DEFAULT = ServerQuirks()
FORMS = '{"anyOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"enum": ["y", "x"]}}}]}'


def body_of(quirks: ServerQuirks, request: Request, **template_kwargs: Any) -> dict[str, Any]:
    return quirks.body(request, model="m", max_tokens=9, template_kwargs=template_kwargs)[1]


@pytest.mark.parametrize(
    ("quirks", "request_", "refusal", "learned"),
    [
        (DEFAULT, CHAT, "Use 'max_completion_tokens' instead.", {"limit": "max_completion_tokens"}),
        (ServerQuirks(neutral_sampling=True), CHAT, "unknown field min_p", {"neutral_sampling": False}),
        (DEFAULT, CHAT, "System role not supported", {"merge_system": True}),
        (DEFAULT, replace(CHAT, schema="{}"), "response_format is not supported", {"schema": "json_object"}),
        (DEFAULT, replace(CHAT, schema=FORMS), "bad json_schema", {"schema": "one_form"}),
        (ServerQuirks(schema="json_object"), replace(CHAT, schema=FORMS), "bad json_object", {"schema": "none"}),
        (DEFAULT, replace(CHAT, choices=("A",)), "logprobs are not allowed", {"logprobs": False}),
        (DEFAULT, replace(CHAT, choices=("A",)), "Could not finish the message", {"thinks_first": True}),
        (DEFAULT, replace(CHAT, sampling=Sampling(think="off")), "chat_template_kwargs?", {"switch": "effort"}),
        (
            ServerQuirks(switch="effort"),
            replace(CHAT, sampling=Sampling(think="off")),
            "no reasoning_effort",
            {"switch": "none"},
        ),
    ],
)
def test_a_refusal_teaches_one_thing(
    quirks: ServerQuirks, request_: Request, refusal: str, learned: dict[str, Any]
) -> None:
    assert quirks.learn(refusal, request_) == replace(quirks, **learned)
    assert replace(quirks, **learned).learn(refusal, request_) != replace(quirks, **learned)  # nothing is learned twice


@pytest.mark.parametrize(
    "refusal", ["rejected as a result of our safety system", "chat_template_kwargs", "logprobs", "min_p", "json_schema"]
)
def test_a_refusal_of_what_was_not_sent_teaches_nothing(refusal: str) -> None:
    assert DEFAULT.learn(refusal, CHAT) is None


def test_a_request_is_sent_whole() -> None:
    sampling = Sampling(max_tokens=9, temperature=0.5, top_p=0.9, seed=5, stop=("END",))
    assert DEFAULT.body(replace(CHAT, sampling=sampling), model="m", max_tokens=7, template_kwargs={}) == (
        "/chat/completions",
        {
            "model": "m",
            "max_tokens": 7,
            "temperature": 0.5,
            "top_p": 0.9,
            "seed": 5,
            "stop": ["END"],
            "messages": [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "hi"}],
        },
    )


def test_a_plain_text_goes_through_no_template() -> None:
    request = Request(text="once", sampling=Sampling(think="on"))
    path, body = DEFAULT.body(request, model="m", max_tokens=9, template_kwargs={"a": 1})
    assert (path, body["prompt"]) == ("/completions", "once")
    assert not {"messages", "chat_template_kwargs", "reasoning_effort"} & set(body)
    assert DEFAULT.switch_for(request) == ServerQuirks(thinks_first=True).switch_for(request) == ""


def test_greedy_sampling_needs_no_seed() -> None:
    assert "seed" not in body_of(DEFAULT, replace(CHAT, sampling=Sampling(temperature=0.0, seed=5)))


@pytest.mark.parametrize(
    ("choices", "think", "limit"), [((), "off", 9), ((), "on", 109), (("A",), "off", 1), (("A",), "on", 108)]
)
def test_a_choice_is_one_token_and_a_thought_has_its_own(choices: tuple[str, ...], think: Any, limit: int) -> None:
    request = replace(CHAT, choices=choices, sampling=Sampling(think=think, think_tokens=100))
    assert body_of(DEFAULT, request)["max_tokens"] == limit


def test_how_a_server_is_told_not_to_think() -> None:
    request = replace(CHAT, choices=("A",))
    assert "chat_template_kwargs" not in body_of(DEFAULT, request)
    first = ServerQuirks(thinks_first=True)
    assert body_of(first, request, a=1)["chat_template_kwargs"] == {"a": 1, "enable_thinking": False, "thinking": False}
    assert body_of(replace(first, switch="effort"), request)["reasoning_effort"] == "none"
    assert not {"chat_template_kwargs", "reasoning_effort"} & set(body_of(replace(first, switch="none"), request))
    assert body_of(first, CHAT, a=1)["chat_template_kwargs"] == {"a": 1}  # a long answer may have a thought


def test_forms_are_joined() -> None:
    assert join_forms(orjson.loads(FORMS)) == {"properties": {"a": {"enum": ["x", "y"]}}}
    numbers = [{"properties": {"n": {"minimum": low, "maximum": high}}} for low, high in ((1, 3), (0, 2))]
    assert join_forms({"anyOf": numbers}) == {"properties": {"n": {"minimum": 0, "maximum": 3}}}
    assert join_forms({"type": "object"}) == {"type": "object"}
