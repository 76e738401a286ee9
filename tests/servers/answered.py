"""Behaviours by what a server answers: errors in a 200, finish reasons, thoughts, usage, sizes, secrets."""

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

from tests.servers.behaviour import PROMPTS, Behaviour
from tests.servers.stand_in import ANSWER, PROMISE, REVISED, Call, Handler, Reply, asks_for, completion, sound, words_of

KEY = "sk-canary-51f0a7c3d9"  # an API key that must be nowhere
THOUGHT = "Let me see."
Change = Callable[[Call, dict[str, Any]], Any]  # the body of a good answer -> another body


def changed(change: Change) -> Handler:
    """A good answer with a change."""
    return lambda call: Reply(change(call, completion(call)))


def message(**fields: Any) -> Handler:
    """A good answer with other fields of its message; TEXT in them stands for its text."""

    def post(call: Call) -> Reply:
        body = completion(call)
        text = words_of(call)
        put_in = json.loads(json.dumps(fields).replace('"TEXT"', json.dumps(text)))
        # a text around TEXT, such as a tag before it
        for name, value in put_in.items():
            if isinstance(value, str):
                put_in[name] = value.replace("{TEXT}", text)
        body["choices"][0]["message"] |= put_in
        return Reply(body)

    return post


def choice(**fields: Any) -> Handler:
    """A good answer with other fields of its choice."""
    return lambda call: Reply(completion(call, **fields))


def top(**fields: Any) -> Handler:
    """A good answer with other fields at its top."""
    return changed(lambda call, body: body | fields)


def for_one_row(post: Handler) -> Handler:
    """This behaviour for the second row, and good answers for the others."""
    return lambda call: post(call) if PROMPTS[1] in json.dumps(call.body) else sound(call)


def every_second(post: Handler) -> Handler:
    """This behaviour for every second request, so that a try after it succeeds."""
    return lambda call: post(call) if call.number % 2 else sound(call)


def always(body: Any, status: int = 200, **headers: str) -> Handler:
    return lambda call: Reply(body, status, headers)


def packed(name: str, pack: Callable[[bytes], bytes]) -> Handler:
    """A good answer in a content encoding that nobody asked for."""
    return lambda call: Reply(pack(json.dumps(completion(call)).encode()), 200, {"content-encoding": name})


def streamed(call: Call) -> Reply:
    """The events of a stream, though none was asked for."""
    text = words_of(call)
    deltas = [{"role": "assistant", "content": ""}, {"content": text[:9]}, {"content": text[9:]}]
    events = [{"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas]
    events.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events] + ["data: [DONE]\n\n"]
    return Reply("".join(lines).encode(), 200, {"content-type": "text/event-stream"})


def cut_stream(call: Call) -> Reply:
    """A stream that breaks off."""
    return Reply(streamed(call).body.partition(b'"finish_reason": "stop"')[0], 200)


def only_for_answers(post: Handler) -> Handler:
    """This behaviour for answers, and good critiques and revisions."""
    return lambda call: post(call) if asks_for(call) == "answer" else sound(call)


def other_choices(*indices: int | None) -> Handler:
    """Choices with these indices; the one that counts has the good answer."""

    def change(call: Call, body: dict[str, Any]) -> Any:
        good = body["choices"][0]
        other = good | {"message": {"role": "assistant", "content": "Another choice."}}
        counts = indices.index(0) if 0 in indices else 0
        choices = [(good if number == counts else other) | {"index": index} for number, index in enumerate(indices)]
        return body | {"choices": choices}

    return changed(change)


def echo(body: Callable[[str], Any], status: int = 400) -> Handler:
    """A reply that repeats the Authorization header."""
    return lambda call: Reply(body(call.headers.get("authorization", "")), status)


def done(post: Handler, **more: Any) -> Behaviour:
    """All rows are done, with the usual texts."""
    return Behaviour(post, **more)


def fails(kind: str, post: Handler, *says: str) -> Behaviour:
    """One row of three fails, for this reason."""
    return Behaviour(for_one_row(post), code=3, done=2, failed=1, kinds=(kind,), says=says)


def cut_off(post: Handler, *says: str) -> Behaviour:
    """Texts that are not whole: rows are done, and there is no pair."""
    return Behaviour(post, texts=None, says=("pairs.jsonl 0", *says))


def ends(post: Handler, *says: str) -> Behaviour:
    """The run ends at once with one line."""
    return Behaviour(post, code=1, done=0, texts=None, says=says, most=3, seconds=20.0)


def provider_error(message: str, **fields: Any) -> dict[str, Any]:
    return {"error": {"message": message} | fields}


SPEAKS = "The tag </think> ends a thought. This always cures a cold."
AZURE = {
    "error": {
        "message": "The response was filtered due to the prompt triggering the content management policy.",
        "code": "content_filter",
        "innererror": {"code": "ResponsibleAIPolicyViolation"},
    }
}
MODERATED = {"error": {"message": "Input was flagged", "code": 403, "metadata": {"reasons": ["violence"]}}}
HALF = ANSWER[: ANSWER.index(PROMISE) + len(PROMISE)]

ANSWERED: dict[str, Behaviour] = {
    # the text, in parts and beside a thought
    "parts": done(message(content=[{"type": "text", "text": "TEXT"}])),
    "parts_output_text": done(message(content=[{"type": "output_text", "text": "TEXT"}])),
    "part_alone": done(message(content={"type": "text", "text": "TEXT"})),
    "parts_thinking": done(
        message(
            content=[
                {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
                {"type": "text", "text": "TEXT"},
            ]
        )
    ),
    "parts_thought_flag": done(message(content=[{"text": THOUGHT, "thought": True}, {"text": "TEXT"}])),
    "reasoning_content": done(message(reasoning_content=THOUGHT)),
    "reasoning": done(message(reasoning=THOUGHT)),
    "reasoning_list": done(message(reasoning=[{"text": THOUGHT}])),
    "reasoning_object": done(message(reasoning={"content": THOUGHT})),
    "reasoning_number": done(message(reasoning=7, reasoning_content=True)),
    "reasoning_details": done(message(reasoning_details=[{"type": "reasoning.text", "text": THOUGHT}])),
    "thinking": done(message(thinking=THOUGHT)),
    "thinking_blocks": done(message(thinking_blocks=[{"type": "thinking", "thinking": THOUGHT}])),
    "think_tags": done(message(content="<think>\nLet me see.\n</think>\n\n{TEXT}")),
    "think_tag_unopened": done(message(content="Let me see.\n</think>\n\n{TEXT}")),
    "harmony": done(
        message(
            content="<|channel|>analysis<|message|>Let me see.<|end|>"
            "<|start|>assistant<|channel|>final<|message|>{TEXT}"
        )
    ),
    "thought_twice": done(message(reasoning_content=THOUGHT, content="<think>Let me see.</think>{TEXT}")),
    "speaks_of_a_tag": Behaviour(
        lambda call: Reply(completion(call, SPEAKS)) if asks_for(call) == "answer" else sound(call),
        texts=(SPEAKS, REVISED),
    ),
    # around the text
    "several_choices": done(other_choices(0, 1, 2)),
    "choices_out_of_order": done(other_choices(2, 1, 0)),
    "no_index": done(other_choices(None)),
    "usage_absurd": done(top(usage={"prompt_tokens": -80_000_000_000, "completion_tokens": 9 * 10**18})),
    "usage_texts": done(top(usage={"prompt_tokens": "many", "completion_tokens": [1]})),
    "usage_list": done(top(usage=[7])),
    "usage_null": done(top(usage=None)),
    "stop_in_capitals": done(choice(finish_reason="STOP")),
    "end_turn": done(choice(finish_reason="end_turn")),
    "no_error": done(top(error=None)),
    "nan_beside": done(lambda call: Reply(json.dumps(completion(call) | {"score": float("nan")}).encode())),
    "byte_order_mark": done(lambda call: Reply(b"\xef\xbb\xbf" + json.dumps(completion(call)).encode())),
    "stream": done(streamed),
    "gzip": done(packed("gzip", gzip.compress)),
    "deflate": done(packed("deflate", zlib.compress)),
    # errors that pass
    "error_in_200": done(every_second(always(provider_error("upstream", code=502)))),
    "error_in_choice": done(
        every_second(choice(finish_reason="error", error={"code": 502, "message": "lost"}, message={"content": ""}))
    ),
    "error_text_in_200": done(every_second(always({"error": "rate limit reached, try again later"}))),
    "overloaded_529": done(every_second(always(provider_error("overloaded", type="overloaded_error"), 529))),
    "web_page_524": done(every_second(always(b"<html>A timeout occurred</html>", 524))),
    "quota_a_minute": done(
        every_second(always(provider_error("You exceeded your current quota. Please retry in 0.1s."), 429))
    ),
    # one row fails
    "finish_number": fails("bad_answer", choice(finish_reason=7)),
    "finish_list": fails("bad_answer", choice(finish_reason=["stop"])),
    "content_number": fails("bad_answer", message(content=7)),
    "message_text": fails("bad_answer", choice(message="x")),
    "choices_object": fails("bad_answer", top(choices={"0": {"message": {"content": "x"}}})),
    "choices_empty": fails("bad_answer", top(choices=[])),
    "choices_null": fails("bad_answer", top(choices=None)),
    "choice_null": fails("bad_answer", top(choices=[None])),
    "web_page": fails("bad_answer", always(b"<html><body>Sign in</body></html>"), "a web page"),
    "empty_body": fails("bad_answer", always(b""), "an empty body"),
    "null": fails("bad_answer", always(b"null")),
    "broken_json": fails("bad_answer", lambda call: Reply(json.dumps(completion(call))[:60].encode()), "cut off"),
    "deep_json": fails("bad_answer", always(b"[" * 100_000)),
    "surrogate": fails("bad_answer", lambda call: Reply(b'{"choices": [{"message": {"content": "\\ud800"}}]}')),
    "no_content": fails("empty", message(content=None)),
    "tool_call_alone": fails(
        "tool_calls", choice(message={"content": None, "tool_calls": []}, finish_reason="tool_calls")
    ),
    "filtered_whole": fails("content_filter", choice(message={"role": "assistant"}, finish_reason="content_filter")),
    "error_that_stays": fails(
        "refused", always(provider_error("no such parameter", code="invalid")), "no such parameter"
    ),
    "detail_in_200": fails("refused", always({"detail": "not allowed here"}), "not allowed here"),
    "message_in_200": fails("refused", always({"success": False, "message": "not for you"}), "not for you"),
    "redirect": fails("refused", always(b"", 302, location="https://login.example/"), "redirects"),
    "filter_of_azure": fails("content_filter", always(AZURE, 400), "content management policy"),
    "moderated": fails("content_filter", always(MODERATED, 403), "Input was flagged"),
    "content_risk": fails("content_filter", always(provider_error("Content Exists Risk"), 400)),
    "huge": fails("bad_answer", lambda call: Reply(completion(call, "x" * (9 << 20))), "a reply of more than"),
    "gzip_bomb": fails(
        "bad_answer", always(gzip.compress(b" " * (256 << 20)), **{"content-encoding": "gzip"}), "unpacks to more than"
    ),
    "zstd": fails("bad_answer", packed("zstd", bytes), "which was not asked for"),
    "gzip_that_is_none": fails("bad_answer", packed("gzip", bytes), "says it is gzip and is not"),
    # not whole
    "length": cut_off(choice(finish_reason="length")),
    "max_tokens_in_capitals": cut_off(choice(finish_reason="MAX_TOKENS")),
    "content_filter": cut_off(choice(finish_reason="content_filter")),
    "abort": cut_off(choice(finish_reason="abort")),
    "error_reason": cut_off(choice(finish_reason="error")),
    "tool_calls": cut_off(choice(finish_reason="tool_calls")),
    "no_finish_reason": cut_off(choice(finish_reason=None)),
    "unknown_reason": cut_off(choice(finish_reason="recitation")),
    "stream_cut_off": cut_off(cut_stream),
    "refusal": cut_off(only_for_answers(choice(message={"content": None, "refusal": "I cannot."}))),
    "refusal_beside_text": cut_off(message(refusal="I cannot go on.")),
    # no further request can be answered
    "quota": ends(
        always(provider_error("You exceeded your current quota", code="insufficient_quota"), 429),
        "once there is credit",
    ),
    "credits": ends(always(provider_error("Insufficient credits", code=402), 402), "once there is credit"),
    "credits_in_200": ends(always(provider_error("Insufficient credits", code=402)), "once there is credit"),
    "credit_balance": ends(
        always(provider_error("Your credit balance is too low to access the API", type="invalid_request_error"), 400),
        "once there is credit",
    ),
    "quota_by_its_words": ends(always(provider_error("You exceeded your current quota"), 429), "once there is credit"),
}
