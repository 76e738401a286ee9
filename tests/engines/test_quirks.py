"""What is sent to a server, and what its refusals teach."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from caigen.engines.base import Request, Sampling
from caigen.engines.lessons import Case, learn
from caigen.engines.quirks import ServerQuirks, join_forms, without_keywords
from caigen.engines.refusal import read_refusal
from caigen.records import Message

CHAT = Request(messages=(Message(role="system", content="Be kind."), Message(role="user", content="hi")))
DEFAULT = ServerQuirks()
FORMS = '{"anyOf": [{"properties": {"a": {"enum": ["x"]}}}, {"properties": {"a": {"enum": ["y", "x"]}}}]}'


def body_of(quirks: ServerQuirks, request: Request, **template_kwargs: Any) -> dict[str, Any]:
    return quirks.body(request, model="m", max_tokens=9, template_kwargs=template_kwargs)[1]


def learned_from(refusal: str, quirks: ServerQuirks, request: Request) -> ServerQuirks | None:
    sent = quirks.body(request, model="m", max_tokens=9, template_kwargs={})[1]
    return learn(Case(quirks, read_refusal({"error": {"message": refusal}}, refusal), request, sent))


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
    expected = replace(quirks, **learned)
    assert learned_from(refusal, quirks, request_) == expected
    assert learned_from(refusal, expected, request_) != expected  # nothing is learned twice


@pytest.mark.parametrize(
    "refusal",
    [
        "rejected as a result of our safety system",
        "chat_template_kwargs",
        "logprobs",
        "min_p",
        "json_schema",
        "Please do not ask how to plant a seed, or at what temperature it grows.",
        "stop it: this is not a question for our safety system",
        "the model says no",
    ],
)
def test_a_refusal_of_what_was_not_sent_teaches_nothing(refusal: str) -> None:
    request = replace(CHAT, sampling=Sampling(seed=5, stop=("END",)))
    assert learned_from(refusal, DEFAULT, request) is None


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


@pytest.mark.parametrize(
    ("refusal", "left"),
    [
        ("Invalid value for 'top_logprobs': must be less than or equal to 5.", 5),
        ("Requested sample logprobs of 20, which is greater than max allowed: 8", 8),
        ("top_logprobs is too large", 5),
        ("Input should be less than or equal to 11 (top_logprobs)", 11),
    ],
)
def test_a_server_that_lists_fewer_log_probabilities_is_asked_for_those(refusal: str, left: int) -> None:
    request = replace(CHAT, choices=("A", "B"))
    learned = learned_from(refusal, DEFAULT, request)
    assert learned == replace(DEFAULT, top_logprobs=left)
    assert body_of(learned, request)["top_logprobs"] == left


def test_a_plain_text_asks_for_log_probabilities_by_their_number() -> None:
    body = body_of(DEFAULT, Request(text="x", choices=("A",)))
    assert body["logprobs"] == 20
    assert "top_logprobs" not in body


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (
            {"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]},
            "seed",
        ),
        ({"message": {"detail": [{"loc": ["body", "top_p"], "msg": "extra"}]}}, "top_p"),
        ({"error": {"message": "no", "param": "messages[0].role"}}, "role"),
        ({"error": {"message": '{"error": {"param": "stop"}}'}}, "stop"),
        ({"error": {"message": 'Invalid JSON payload: Unknown name "topLogprobs"'}}, "top_logprobs"),
        ({"error": {"message": "Unrecognized request argument supplied: seed"}}, "seed"),
        ({"message": "`temperature` is deprecated"}, "temperature"),
    ],
)
def test_a_refusal_names_its_field(body: dict[str, Any], field: str) -> None:
    refusal = read_refusal(body, "")
    assert refusal.names(field)
    assert not refusal.names("presence_penalty")


def test_what_a_refusal_repeats_of_the_request_names_nothing() -> None:
    body = {"detail": [{"loc": ["body", "x"], "msg": "bad", "input": "'seed' is not supported", "ctx": {"a": "seed"}}]}
    assert not read_refusal(body, "").names("seed")


def test_a_field_may_have_the_name_of_a_keyword() -> None:
    schema = {"properties": {"minimum": {"type": "integer", "minimum": 0}}, "required": ["minimum"]}
    assert without_keywords(schema, {"minimum"}) == {
        "properties": {"minimum": {"type": "integer"}},
        "required": ["minimum"],
    }


def test_a_known_service_is_not_sent_its_own_defaults() -> None:
    of_one = ServerQuirks(default_of_one=True)
    assert not {"temperature", "top_p"} & set(body_of(of_one, CHAT))
    warm = replace(CHAT, sampling=Sampling(temperature=0.7, top_p=0.9))
    assert (body_of(of_one, warm)["temperature"], body_of(of_one, warm)["top_p"]) == (0.7, 0.9)
    assert body_of(DEFAULT, CHAT)["top_p"] == 1.0  # others may have another default


def test_forms_are_joined() -> None:
    assert join_forms(orjson.loads(FORMS)) == {"properties": {"a": {"enum": ["x", "y"]}}}
    numbers = [{"properties": {"n": {"minimum": low, "maximum": high}}} for low, high in ((1, 3), (0, 2))]
    assert join_forms({"anyOf": numbers}) == {"properties": {"n": {"minimum": 0, "maximum": 3}}}
    assert join_forms({"type": "object"}) == {"type": "object"}
