"""Behaviours by what a server is asked: parameters it refuses, model lists, addresses, deadlines, going away."""

import re
from collections.abc import Callable
from typing import Any

from tests.servers.behaviour import PROMPTS, Behaviour
from tests.servers.stand_in import MODEL, Call, Handler, Reply, asks_for, completion, error, fixed, listing, sound

Refused = Callable[[Call], bool]
SYSTEM = {"role": "system", "content": "You are a cook."}
WITH_SYSTEM = (
    [SYSTEM, {"role": "user", "content": PROMPTS[0]}],
    [
        SYSTEM,
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello!"},
        {"role": "user", "content": PROMPTS[1]},
    ],
    PROMPTS[2],
)


def refuses(when: Refused, message: Any, status: int = 400, **fields: Any) -> Handler:
    """Sound, but for requests that it refuses."""
    return lambda call: error(message, status, **fields) if when(call) else sound(call)


def has(*names: str) -> Refused:
    """Whether a request has all these fields."""
    return lambda call: all(name in call.body for name in names)


def forbids(name: str) -> Handler:
    """A server that checks its requests with pydantic and knows no field of this name."""
    detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted", "input": 1}]
    return lambda call: Reply({"detail": detail}, 422) if name in call.body else sound(call)


def mistral_seed(call: Call) -> Reply:
    detail = [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "Extra inputs are not permitted"}]
    return error({"detail": detail}, 422) if "seed" in call.body else sound(call)


def reasoner(call: Call) -> Reply:
    """Takes neither temperature nor top_p, and names one at a time; wants another name for the limit."""
    for name in ("temperature", "top_p"):
        if name in call.body:
            return error(f"Unsupported parameter: '{name}' is not supported with this model.", param=name)
    if "max_tokens" in call.body:
        return error("'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
    return sound(call)


def takes_only_known(call: Call) -> Reply:
    """A strict server: one unknown field after the other is refused."""
    unknown = {*call.body} - {"model", "messages", "max_tokens"}
    if unknown:
        return error(f"Unrecognized request argument supplied: {min(unknown)}", param=None)
    return sound(call)


def no_schema_bounds(call: Call) -> Reply:
    for keyword in ("minimum", "maximum", "anyOf", "additionalProperties"):
        if f'"{keyword}"' in call.schema:
            return error(f"Invalid JSON schema: unsupported keyword '{keyword}'", param="response_format")
    return sound(call)


def wants_the_word(call: Call) -> Reply:
    if call.form == "json_schema":
        return error("Response format json_schema is not supported by this model.")
    if call.form and not any("json" in turn["content"].lower() for turn in call.body["messages"]):
        return error("'messages' must contain the word 'json' to use 'response_format' of type 'json_object'.")
    return sound(call)


def fails_to_generate(call: Call) -> Reply:
    """Now and then its own model writes no JSON."""
    if call.form and call.number % 2:
        return error("Failed to validate JSON. Please adjust your prompt.", code="json_validate_failed")
    return sound(call)


def never_generates(call: Call) -> Reply:
    """Its model never writes JSON when it is forced to."""
    return (
        error("Failed to validate JSON.", code="json_validate_failed", failed_generation="")
        if call.form
        else sound(call)
    )


def roles_in_turn(call: Call) -> Reply:
    roles = [turn["role"] for turn in call.body["messages"]]
    if any(role != ("user", "assistant")[number % 2] for number, role in enumerate(roles)):
        return error("Conversation roles must alternate user/assistant/user/assistant/...", type="BadRequestError")
    return sound(call)


def greedy_is_cold(call: Call) -> Reply:
    return error("`temperature` must be strictly positive") if call.body["temperature"] <= 0 else sound(call)


def cuts_at_4000(call: Call) -> Reply:
    if call.body["max_tokens"] > 4000:
        return error("max_tokens is too large: this model supports at most 4000 completion tokens", param="max_tokens")
    return sound(call)


def goes_away(after: int) -> Handler:
    """Hangs up without a word after so many answers."""
    return lambda call: sound(call) if call.number <= after else Reply(status=0)


def dies(call: Call) -> Reply:
    """An engine that fails at its first batch, behind a server that is there a little longer."""
    return Reply({"error": {"message": "EngineCore died"}}, 500) if call.number <= 3 else Reply(status=0)


def one_is_moderated(call: Call) -> Reply:
    """HTTP 403 for one prompt, and for no other."""
    whole = str(call.body["messages"])
    return error("Your input was flagged", 403) if PROMPTS[0] in whole else sound(call)


def drips(call: Call) -> Reply:
    return Reply(completion(call), drip=0.2)


def drips_once(call: Call) -> Reply:
    return Reply(completion(call), drip=0.2) if call.number == 1 else sound(call)


def azure(call: Call) -> Reply:
    """Azure's classic form: key and version in their own places."""
    right = call.query.get("api-version") == "2024-06-01" and call.headers.get("api-key") == "k"
    if not right or "authorization" in call.headers or call.path != "/openai/deployments/gpt4/chat/completions":
        return error("Access denied due to invalid subscription key or wrong API endpoint.", 401)
    return sound(call)


def only_named(name: str) -> Handler:
    """Knows one model."""
    return refuses(lambda call: call.body["model"] != name, "The model does not exist.", 404)


def takes_no_lists(call: Call) -> Reply:
    return error("This is an embedding model and cannot chat", param="model")


def behind_a_query(call: Call) -> Reply:
    return sound(call) if call.query.get("tenant") == "7" else error("which tenant?", 401)


def echoes_control_tokens(call: Call) -> Reply:
    """Says what it reads as tokens: a name of a control token in a text would end the message there."""
    if re.search(r"<\|im_(?:start|end)\|>", str(call.body["messages"])):
        return error("two turns of one message")
    if asks_for(call) == "answer":
        return Reply(completion(call, call.text))
    return sound(call)


CHOSEN = "no --model named, so this is"
GONE = "run the same command again to go on"
MODELS = {"get": listing("a-model", "b-model", "c-model")}

PARAMETERS: dict[str, Behaviour] = {
    "sound": Behaviour(most=9),
    "seed_forbidden_in_a_message": Behaviour(mistral_seed, says=("it takes no seed",)),
    "seed_forbidden_in_a_detail": Behaviour(forbids("seed"), says=("it takes no seed",)),
    "neither_temperature_nor_top_p": Behaviour(
        reasoner, says=("it takes no temperature", "max_completion_tokens is sent")
    ),
    "temperature_of_one_only": Behaviour(
        refuses(
            lambda call: call.body.get("temperature", 1) != 1,
            "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) is supported.",
        ),
        says=("it takes no temperature",),
    ),
    "temperature_or_top_p": Behaviour(
        refuses(
            has("temperature", "top_p"), "`temperature` and `top_p` cannot both be specified. Please use only one."
        ),
        says=("it takes no top_p",),
        silent=("Traceback", "it takes no temperature"),
    ),
    "nothing_but_what_it_knows": Behaviour(takes_only_known, says=("it takes no seed", "it takes no temperature")),
    "greedy_must_be_above_zero": Behaviour(greedy_is_cold, options=("--temperature", "0"), says=("0.01 is sent",)),
    "max_tokens_has_a_bound": Behaviour(cuts_at_4000, options=("--max-tokens", "9000"), says=("at most 4000",)),
    "stop_is_forbidden": Behaviour(forbids("stop")),
    "no_limit_at_all": Behaviour(
        lambda call: (
            forbids("max_tokens")(call) if "max_tokens" in call.body else forbids("max_completion_tokens")(call)
        )
    ),
    "temperature_out_of_range": Behaviour(
        refuses(lambda call: call.body["temperature"] > 1, "temperature: must be less than or equal to 1"),
        options=("--temperature", "1.7"),
        code=1,
        done=0,
        says=("change --temperature",),
        most=3,
    ),
    "template_arguments_unknown": Behaviour(
        refuses(has("chat_template_kwargs"), "Unknown parameter: 'chat_template_kwargs'."),
        options=("--chat-template-kwarg", "date=today"),
        says=("it takes no chat_template_kwargs",),
    ),
}
SCHEMAS: dict[str, Behaviour] = {
    "no_bounds_in_schemas": Behaviour(no_schema_bounds, says=("in a JSON schema: sent without",)),
    "no_minimum_for_integers": Behaviour(
        refuses(
            lambda call: "minimum" in call.schema,
            "output.schema: For 'integer' type, properties maximum, minimum are not supported",
        ),
        says=("it takes no maximum, minimum",),
    ),
    "no_response_format": Behaviour(
        refuses(has("response_format"), "this model does not support Json Output."), says=("in words alone",)
    ),
    "response_format_is_extra": Behaviour(forbids("response_format"), says=("in words alone",)),
    "json_object_alone": Behaviour(
        refuses(lambda call: call.form == "json_schema", "This response_format type is unavailable now"),
        says=("JSON of any form",),
        silent=("Traceback", "in words alone"),
    ),
    "wants_the_word_json": Behaviour(wants_the_word),
    "json_fails_now_and_then": Behaviour(fails_to_generate, silent=("Traceback", "in words alone")),
    "json_always_fails": Behaviour(never_generates),
    "strict_is_unknown": Behaviour(
        refuses(
            lambda call: '"strict"' in call.schema,
            "Unknown parameter: 'response_format.json_schema.strict'.",
            param="response_format.json_schema.strict",
        ),
        says=("it takes no strict in a JSON schema",),
    ),
}
ROLES: dict[str, Behaviour] = {
    "no_system_role": Behaviour(
        refuses(lambda call: call.body["messages"][0]["role"] == "system", "System role not supported"),
        prompts=WITH_SYSTEM,
        says=("it takes no system message",),
    ),
    "roles_must_alternate": Behaviour(roles_in_turn, prompts=WITH_SYSTEM, says=("it takes no system message",)),
    "role_refused_by_place": Behaviour(
        refuses(
            lambda call: call.body["messages"][0]["role"] == "system",
            "Unsupported value: 'messages[0].role' does not support 'system' with this model.",
            param="messages[0].role",
        ),
        prompts=WITH_SYSTEM,
        says=("it takes no system message",),
    ),
}
LISTS: dict[str, Behaviour] = {
    "bare_array": Behaviour(get=fixed([{"id": MODEL, "type": "chat"}]), options=("--model", MODEL)),
    "list_under_models": Behaviour(get=fixed({"models": [{"name": MODEL}]})),
    "list_by_name": Behaviour(only_named(MODEL), fixed({"data": [{"name": MODEL}]})),
    "list_of_words": Behaviour(only_named(MODEL), fixed([MODEL])),
    "prefixed": Behaviour(
        get=listing(f"models/{MODEL}"), options=("--model", MODEL), silent=("Traceback", "does not list")
    ),
    "latest": Behaviour(
        get=listing(f"{MODEL}:latest"), options=("--model", MODEL), silent=("Traceback", "does not list")
    ),
    "variant_not_listed": Behaviour(
        get=listing(MODEL), options=("--model", f"{MODEL}:nitro"), says=(f"does not list {MODEL}:nitro",)
    ),
    "no_such_list": Behaviour(get=fixed({"error": "no"}, 404), options=("--model", MODEL)),
    "list_needs_rights": Behaviour(get=fixed({"error": "no"}, 401), options=("--model", MODEL)),
    "list_not_allowed": Behaviour(get=fixed({"error": "no"}, 405), options=("--model", MODEL)),
    "list_not_built": Behaviour(get=fixed({"error": "no"}, 501), options=("--model", MODEL)),
    "list_is_a_page": Behaviour(get=fixed(b"<html>hello</html>"), options=("--model", MODEL)),
    "no_list_no_name": Behaviour(
        get=fixed({"error": "no"}, 404), code=1, done=0, says=("name a model with --model",), most=0
    ),
    "empty_list": Behaviour(get=listing(), code=1, done=0, says=("name one with --model",), most=0),
    "embedding_first": Behaviour(
        only_named(MODEL), listing("text-embed-3", MODEL, "chat-2"), says=(f"{CHOSEN} {MODEL}", "text-embed-3")
    ),
    "embedding_by_type": Behaviour(
        only_named(MODEL), fixed({"data": [{"id": "x", "type": "embeddings"}, {"id": MODEL, "type": "llm"}]})
    ),
    "embeddings_alone": Behaviour(
        get=listing("text-embed-3", "my-reranker"), code=1, done=0, says=("text-embed-3",), most=0
    ),
    "several_listed": Behaviour(only_named("a-model"), **MODELS, says=(f"{CHOSEN} a-model", "b-model, c-model")),
    "many_listed": Behaviour(
        get=listing(*(f"m{n}" for n in range(30))), code=1, done=0, says=("serves 30 models",), most=0
    ),
    "listed_model_cannot_chat": Behaviour(takes_no_lists, code=1, done=0, says=("change --model",), most=3),
    "model_not_served": Behaviour(
        only_named(MODEL),
        options=("--model", "other"),
        code=1,
        done=0,
        says=("does not list other", "'other' served there"),
    ),
    "list_moved": Behaviour(
        get=lambda call: (
            Reply(status=301, headers={"location": "/v1/models"}) if call.path != "/v1/models" else listing(MODEL)(call)
        ),
        url="/api",
        anywhere=True,
    ),
}
ADDRESSES: dict[str, Behaviour] = {
    "pasted_chat_url": Behaviour(url="/v1/chat/completions", most=9),
    "pasted_completions_url": Behaviour(url="/v1/completions"),
    "pasted_models_url": Behaviour(url="/v1/models"),
    "slash_behind": Behaviour(url="/v1/"),
    "no_path": Behaviour(url="/"),
    "with_a_query": Behaviour(behind_a_query, url="/v1/chat/completions?tenant=7"),
    "without_scheme": Behaviour(options=("--endpoint", "SERVER/v1")),
    "host_and_port": Behaviour(options=("--endpoint", "SERVER")),
    "critic_without_scheme": Behaviour(options=("--critic-model", f"SERVER/v1#{MODEL}")),
    "azure_classic": Behaviour(
        azure,
        fixed({"error": {"code": "404"}}, 404),
        url="/openai/deployments/gpt4?api-version=2024-06-01",
        environment={"CAIGEN_API_KEY": "k"},
        anywhere=True,
    ),
    "azure_pasted": Behaviour(
        azure,
        url="/openai/deployments/gpt4/chat/completions?api-version=2024-06-01",
        environment={"CAIGEN_API_KEY": "k"},
        anywhere=True,
    ),
    "azure_without_version": Behaviour(
        azure, url="/openai/deployments/gpt4", code=1, done=0, says=("api-version",), anywhere=True, most=0
    ),
    "wrong_path": Behaviour(url="/nothing", options=("--model", MODEL), code=1, done=0, says=("path of the URL",)),
}
ENDS: dict[str, Behaviour] = {
    "away_from_the_start": Behaviour(goes_away(0), code=1, done=0, says=(GONE,), seconds=60),
    "away_in_the_middle": Behaviour(goes_away(4), code=1, done=0, says=(GONE,), seconds=60),
    "engine_dies": Behaviour(dies, code=1, done=0, says=(GONE,), seconds=60),
    "busy_for_ever": Behaviour(fixed({"error": "no capacity"}, 503), code=1, done=0, says=(GONE,), seconds=60),
    "drips_for_ever": Behaviour(
        drips, options=("--timeout", "1"), code=1, done=0, says=("--timeout", GONE), seconds=30
    ),
    "one_drips": Behaviour(drips_once, options=("--timeout", "1.5"), seconds=30),
    "one_is_moderated": Behaviour(one_is_moderated, code=3, done=2, failed=1, kinds=("refused",)),
    "key_is_wrong": Behaviour(fixed({"error": "bad key"}, 403), code=1, done=0, says=("CAIGEN_API_KEY",)),
    "all_refused_alike": Behaviour(
        fixed({"error": {"message": "we are closed today"}}, 400),
        prompts=tuple(f"{PROMPTS[0]} {n}" for n in range(40)),
        code=1,
        done=0,
        says=("were all refused so",),
    ),
    "control_tokens_unknown": Behaviour(prompts=("What is <|im_end|>?", *PROMPTS[1:]), says=("--tokenizer",)),
}

ASKED: dict[str, Behaviour] = PARAMETERS | SCHEMAS | ROLES | LISTS | ADDRESSES | ENDS
