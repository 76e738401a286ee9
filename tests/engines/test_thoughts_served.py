"""Reasoning models behind a server: where it puts their thoughts, how it is told to think, what it answers when it
goes wrong.
"""

import asyncio
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.endpoint import open_endpoint
from caigen.errors import EngineError, RequestError
from caigen.records import Message, Record
from caigen.stages.critique import critique
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from tests.conftest import Run
from tests.server import Server, completion

Serve = Callable[..., Server]
ASKED = Request(messages=(Message(role="user", content="How much is 2 + 2?"),))
LETTERS = Request(messages=ASKED.messages, choices=("A", "B"), sampling=Sampling(max_tokens=1, temperature=0.0))
SCHEMA = Request(messages=ASKED.messages, schema='{"type":"object"}')
ANSWER, REVISED, THOUGHT = "The answer is 4. It is so.", "The answer is 4, as two and two is.", "First, 2 plus 2."
CRITIQUE = json.dumps({"text": "It is short.", "quotes": ["It is"], "verdict": "violates", "severity": 1})
FINAL = "<|start|>assistant<|channel|>final<|message|>"
FIELDS: dict[str, Callable[[str], dict[str, Any]]] = {
    "reasoning_content": lambda text: {"content": text, "reasoning_content": THOUGHT},
    "reasoning": lambda text: {"content": text, "reasoning": THOUGHT},
    "details": lambda text: {"content": text, "reasoning_details": [{"type": "reasoning.text", "text": THOUGHT}]},
    "parts": lambda text: {
        "content": [
            {"type": "thinking", "thinking": [{"type": "text", "text": THOUGHT}]},
            {"type": "text", "text": text},
        ]
    },
    "tags": lambda text: {"content": f"<think>\n{THOUGHT}\n</think>\n\n{text}"},
    "unopened": lambda text: {"content": f"{THOUGHT}\n</think>\n\n{text}"},
    "mistral": lambda text: {"content": f"[THINK]{THOUGHT}[/THINK]{text}"},
    "seed": lambda text: {"content": f"<seed:think>{THOUGHT}</seed:think>{text}"},
    "harmony": lambda text: {"content": f"<|channel|>analysis<|message|>{THOUGHT}<|end|>{FINAL}{text}"},
    "bare-harmony": lambda text: {"content": f"analysis{THOUGHT}assistantfinal{text}"},
    "wrapped": lambda text: {"content": f"<think>{THOUGHT}</think><response>{text}</response>"},
}


def ask(url: str, *requests: Request, **options: Any) -> list[Completion]:
    """Answers one after the other."""

    async def all_of_them() -> list[Completion]:
        async with await open_endpoint(url, None, waits=(0.01, 0.02), **options) as engine:
            return [await engine.complete(request) for request in requests]

    return asyncio.run(all_of_them())


def told(message: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"choices": [{"message": message, "finish_reason": "stop", **more}]}).encode()


def with_letters(message: dict[str, Any], *tokens: str) -> bytes:
    top = [{"token": "A", "logprob": math.log(0.2)}, {"token": "B", "logprob": math.log(0.7)}]
    content = [{"token": token, "top_logprobs": top if token == "B" else []} for token in tokens]
    return told(message, logprobs={"content": content})


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("think", ["auto", "on", "off"])
def test_stages_keep_thoughts_apart(serve: Serve, field: str, think: Any, prompt_settings: PromptSettings) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        last = body["messages"][-1]["content"]
        text = CRITIQUE if "response_format" in body else REVISED if "revised answer" in last else ANSWER
        off = body.get("chat_template_kwargs", {}).get("enable_thinking") is False
        return 200, told({"content": text} if off else FIELDS[field](text))

    async def whole(url: str) -> Record:
        sampling = Sampling(think=think)
        async with await open_endpoint(url, None) as engine:
            record = await sample(Record(id="r", prompt=ASKED.messages), engine, SampleSettings(sampling=sampling))
            record = await critique(record, engine, prompt_settings, sampling)
            settings = ReviseSettings(sampling=sampling, critic_sampling=sampling)
            return await revise(record, engine, engine, prompt_settings, settings)

    (candidate,) = asyncio.run(whole(serve(reply).url)).candidates
    critiqued, revision = candidate.rounds[0].critique, candidate.rounds[0].revision
    assert critiqued
    assert revision
    assert (candidate.text, revision.text, critiqued.quotes) == (ANSWER, REVISED, ("It is",))
    thought = None if think == "off" else THOUGHT
    assert (candidate.reasoning, critiqued.reasoning, revision.reasoning) == (thought, thought, thought)


def test_a_judge_that_thinks_first_is_told_not_to_and_that_is_remembered(serve: Serve) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if body.get("chat_template_kwargs") == {"enable_thinking": False, "thinking": False}:
            return 200, with_letters({"content": "B"}, "B")
        return 200, told({"content": None, "reasoning_content": "Okay"}, finish_reason="length")

    server = serve(reply)
    first, second = ask(server.url, LETTERS, LETTERS)
    assert first.choices == second.choices == {"A": math.log(0.2), "B": math.log(0.7)}
    assert len(server.asked) == 3


def test_a_judge_that_cannot_be_told_ends_the_run_with_a_line(serve: Serve) -> None:
    server = serve(lambda path, body: (200, told({"content": "<think>"}, finish_reason="length")))
    with pytest.raises(EngineError, match="m1 thinks before it answers and cannot be told not to: use --think on"):
        ask(server.url, LETTERS)
    assert len(server.asked) == 2


def test_a_model_that_was_still_thinking_is_asked_with_less_effort(serve: Serve) -> None:
    """As OpenAI's API answers, which knows no chat_template_kwargs."""

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if "chat_template_kwargs" in body:
            return 400, b'{"error": {"message": "Unknown parameter: chat_template_kwargs"}}'
        if body.get("reasoning_effort") != "none":
            return 400, b'{"error": {"message": "Could not finish the message because max_tokens was reached."}}'
        return 200, with_letters({"content": "B"}, "B")

    server = serve(reply)
    assert [set(answer.choices) for answer in ask(server.url, LETTERS, LETTERS)] == [{"A", "B"}] * 2
    assert len(server.asked) == 4


def test_letters_behind_a_thought(serve: Serve) -> None:
    server = serve(lambda path, body: (200, with_letters({"content": "B", "reasoning": "B or A"}, "A", "B", "\n", "B")))
    on = Request(messages=ASKED.messages, choices=("A", "B"), sampling=Sampling(think="on", think_tokens=300))
    (answer,) = ask(server.url, on)
    assert answer.choices == {"A": math.log(0.2), "B": math.log(0.7)}
    assert (answer.text, answer.reasoning) == ("B", "B or A")
    _, body = server.asked[0]
    assert body["max_tokens"] == 308
    assert body["chat_template_kwargs"] == {"enable_thinking": True, "thinking": True}


def test_the_thought_has_room_beside_the_answer(serve: Serve) -> None:
    server = serve(lambda path, body: (200, completion("ok")))
    ask(server.url, Request(messages=ASKED.messages, sampling=Sampling(max_tokens=50, think="on", think_tokens=100)))
    ask(server.url, Request(messages=ASKED.messages, sampling=Sampling(max_tokens=50)))
    assert [body["max_tokens"] for _, body in server.asked] == [150, 50]
    assert "chat_template_kwargs" not in server.asked[1][1]


def test_a_server_that_knows_efforts_only(serve: Serve) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if "chat_template_kwargs" in body:
            return 400, b'{"error": {"message": "Unrecognized request argument supplied: chat_template_kwargs"}}'
        return 200, completion("ok")

    server = serve(reply)
    off = Request(messages=ASKED.messages, sampling=Sampling(think="off"))
    ask(server.url, off, off)
    assert [body.get("reasoning_effort") for _, body in server.asked] == [None, "none", "none"]


def test_a_server_without_any_switch(serve: Serve) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        name = next((name for name in ("chat_template_kwargs", "reasoning_effort") if name in body), None)
        return (
            (400, json.dumps({"error": {"message": f"unknown {name}"}}).encode()) if name else (200, completion("ok"))
        )

    with pytest.raises(EngineError, match="--think off: the server takes neither"):
        ask(serve(reply).url, Request(messages=ASKED.messages, sampling=Sampling(think="off")))


def vllm(tails: tuple[list[str], list[str]], answers: Callable[[dict[str, Any]], bytes]) -> Any:
    """A `vllm serve`: its prompt by itself and with the switch off."""

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if path == "/tokenize":
            off = body["chat_template_kwargs"].get("enable_thinking") is False
            return 200, json.dumps({"token_strs": tails[off]}).encode()
        return 200, answers(body)

    return reply


QWEN = (["<|im_start|>", "assistant", "Ċ"], ["<|im_start|>", "assistant", "Ċ", "<think>", "ĊĊ", "</think>", "ĊĊ"])
R1 = (["<｜Assistant｜>", "<think>", "Ċ"],) * 2


def test_a_vllm_server_says_what_its_template_does(serve: Serve) -> None:
    server = serve(vllm(QWEN, lambda body: with_letters({"content": "B"}, "B")), "vllm")
    ask(server.url, LETTERS, SCHEMA, ASKED)
    letters, schema, plain = (body for path, body in server.asked if path != "/tokenize")
    assert (
        letters["chat_template_kwargs"]
        == schema["chat_template_kwargs"]
        == {"enable_thinking": False, "thinking": False}
    )
    assert "chat_template_kwargs" not in plain


def test_a_template_that_always_opens_a_thought(serve: Serve) -> None:
    def answers(body: dict[str, Any]) -> bytes:
        return (
            told({"content": "Okay, 2 and"}, finish_reason="length")
            if body["max_tokens"] > 1
            else told({"content": "Okay"})
        )

    server = serve(vllm(R1, answers), "vllm")
    (cut,) = ask(server.url, ASKED)
    assert (cut.text, cut.reasoning, cut.finish_reason) == ("", "Okay, 2 and", "length")
    with pytest.raises(EngineError, match="use --think on"):
        ask(server.url, LETTERS)


def test_servers_that_fill_in_sampling_are_sent_neutral_values(serve: Serve) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if path == "/tokenize":
            return 404, b"{}"
        return (
            (400, b'{"error": {"message": "top_k: unknown"}}')
            if refusing and "top_k" in body
            else (200, completion("ok"))
        )

    refusing = False
    server = serve(reply, "vllm")
    ask(server.url, ASKED)
    sent = server.asked[-1][1]
    assert (sent["top_k"], sent["min_p"], sent["repetition_penalty"]) == (-1, 0.0, 1.0)
    refusing = True
    assert ask(server.url, ASKED, ASKED)[1].text == "ok"
    assert "top_k" not in server.asked[-1][1]
    plain = serve(reply)
    ask(plain.url, ASKED)
    assert not {"top_k", "min_p", "repetition_penalty"} & set(plain.asked[-1][1])


PASSES = {"error": {"message": "Provider returned error", "code": 502}}


@pytest.mark.parametrize(
    "first", [PASSES, {"choices": [{**PASSES, "message": {"content": ""}, "finish_reason": "error"}]}]
)
def test_an_error_inside_200_is_tried_again_where_it_may_pass(serve: Serve, first: dict[str, Any]) -> None:
    replies = iter([(200, json.dumps(first).encode()), (200, completion("ok"))])
    assert ask(serve(lambda path, body: next(replies)).url, ASKED)[0].text == "ok"


@pytest.mark.parametrize(
    ("status", "error", "kind"),
    [
        (200, {"message": "model says no", "code": "invalid"}, "refused"),
        (400, {"message": "the content management policy", "code": "content_filter"}, "content_filter"),
        (400, {"message": "policy", "innererror": {"code": "ResponsibleAIPolicyViolation"}}, "content_filter"),
        (403, {"message": "flagged", "code": 403, "metadata": {"reasons": ["violence"]}}, "content_filter"),
    ],
)
def test_what_is_about_one_row_fails_it_alone_in_the_providers_words(
    serve: Serve, status: int, error: dict[str, Any], kind: str
) -> None:
    server = serve(lambda path, body: (status, json.dumps({"error": error}).encode()))
    with pytest.raises(RequestError, match=str(error["message"])) as caught:
        ask(server.url, ASKED)
    assert caught.value.kind == kind
    assert len(server.asked) == 1


def test_a_403_after_answers_is_about_its_row(serve: Serve) -> None:
    replies = iter([(200, completion("ok")), (403, b'{"error": {"message": "not this one"}}')])
    with pytest.raises(RequestError, match="not this one"):
        ask(serve(lambda path, body: next(replies)).url, ASKED, ASKED)
    with pytest.raises(EngineError, match="CAIGEN_API_KEY"):
        ask(serve(lambda path, body: (403, b"{}")).url, ASKED)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (
            429,
            {"message": "You exceeded your current quota", "type": "insufficient_quota", "code": "insufficient_quota"},
        ),
        (402, {"message": "Insufficient credits", "code": 402}),
        (200, {"message": "Insufficient credits", "code": 402}),
    ],
)
def test_no_credit_ends_the_run_at_once(serve: Serve, status: int, error: dict[str, Any]) -> None:
    server = serve(lambda path, body: (status, json.dumps({"error": error}).encode()))
    with pytest.raises(EngineError, match=rf"{error['message']}; run the same command again"):
        ask(server.url, ASKED)
    assert len(server.asked) == 1


def test_each_role_thinks_as_it_is_told(serve: Serve, caigen: Run, tmp_path: Path) -> None:
    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        last = body["messages"][-1]["content"]
        return 200, completion(
            CRITIQUE if "response_format" in body else REVISED if "revised answer" in last else ANSWER
        )

    server = serve(reply)
    options = ("--think", "on", "--think-tokens", 100, "--critic-think", "off", "--max-tokens", 50)
    caigen(
        "run",
        "-",
        "--endpoint",
        server.url,
        "-o",
        tmp_path / "out",
        *options,
        stdin='{"prompt": "How much is 2 + 2?"}\n',
    )
    told = [body.get("chat_template_kwargs", {}).get("enable_thinking") for _, body in server.asked]
    assert told == [True, False, True]
    assert [body["max_tokens"] for _, body in server.asked][::2] == [150, 150]


def test_two_switches_that_may_contradict_are_refused(caigen: Run) -> None:
    told = ("--think", "off", "--chat-template-kwarg", "enable_thinking=true")
    done = caigen("sample", "-", "--endpoint", "http://127.0.0.1:9", *told, stdin='{"prompt": "x"}\n', check=1)
    assert "--think off and --chat-template-kwarg enable_thinking both say" in done.stderr
