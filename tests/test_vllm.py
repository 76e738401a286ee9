"""The real engine on the demo model."""

import asyncio
import math
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.records import Message
from caigen.stages.prompts import CRITIQUE_SCHEMA

ASKED = Request(
    messages=(Message(role="user", content="How do I help my sister with baking bread this week?"),),
    sampling=Sampling(max_tokens=80, seed=3),
)


def ask(engine: VLLMEngine, *requests: Request) -> list[Completion]:
    async def all_of_them() -> list[Completion]:
        return list(await asyncio.gather(*map(engine.complete, requests)))

    return asyncio.run(all_of_them())


def test_answers_with_counts(engine: VLLMEngine) -> None:
    (answer,) = ask(engine, ASKED)
    assert "bread" in answer.text
    assert answer.finish_reason == "stop"
    assert answer.tokens.prompt > 10
    assert 5 < answer.tokens.completion <= 80


def test_seeds_repeat_and_differ_whatever_runs_beside(engine: VLLMEngine) -> None:
    alone = ask(engine, ASKED)[0].text
    crowd = ask(engine, *[replace(ASKED, sampling=Sampling(max_tokens=80, seed=n)) for n in range(40)])
    assert crowd[3].text == alone
    assert len({answer.text for answer in crowd}) > 20


def test_structured_output_is_compact_json(engine: VLLMEngine) -> None:
    asked = Request(
        messages=(Message(role="user", content="Say anything."),),
        sampling=Sampling(max_tokens=200, seed=1),
        schema=CRITIQUE_SCHEMA,
    )
    (answer,) = ask(engine, asked)
    assert answer.text.startswith('{"text":"')


def test_choices_come_with_log_probabilities(engine: VLLMEngine) -> None:
    (answer,) = ask(engine, replace(ASKED, choices=("A", "B")))
    assert set(answer.choices) == {"A", "B"}
    assert 0 < sum(map(math.exp, answer.choices.values())) <= 1.0001
    with pytest.raises(RequestError, match="not one"):
        ask(engine, replace(ASKED, choices=("an impossibly long word",)))


def test_plain_text_and_stops(engine: VLLMEngine) -> None:
    (answer,) = ask(engine, Request(text="Here is", sampling=Sampling(max_tokens=40, seed=1, stop=(".",))))
    assert "." not in answer.text


def test_a_continued_conversation_finds_its_prefix(engine: VLLMEngine) -> None:
    turns = (*ASKED.messages, Message(role="assistant", content="Here are some thoughts on baking bread. " * 5))
    first = replace(ASKED, messages=(*turns, Message(role="user", content="Go on.")))
    more = replace(
        ASKED,
        messages=(*first.messages, Message(role="assistant", content="Well."), Message(role="user", content="And?")),
    )
    ask(engine, first)
    (answer,) = ask(engine, more)
    assert answer.tokens.cached >= 32


def test_a_prompt_beyond_the_context_fails_alone_with_both_lengths(engine: VLLMEngine) -> None:
    long = replace(ASKED, messages=(Message(role="user", content="bread " * 9000),))

    async def both() -> list[object]:
        return list(await asyncio.gather(engine.complete(long), engine.complete(ASKED), return_exceptions=True))

    failed, answer = asyncio.run(both())
    assert isinstance(failed, RequestError)
    assert failed.kind == "too_long"
    assert re.search(rf"has \d{{4,}} tokens, the model's context {engine.max_model_len}$", str(failed))
    assert isinstance(answer, Completion)


def test_max_tokens_is_length(engine: VLLMEngine) -> None:
    (answer,) = ask(engine, replace(ASKED, sampling=Sampling(max_tokens=3, seed=1)))
    assert (answer.finish_reason, answer.tokens.completion) == ("length", 3)


def test_models_and_arguments_that_do_not_exist(engine: VLLMEngine) -> None:
    with pytest.raises(CaigenError, match="no such engine argument; did you mean max_model_len"):
        VLLMEngine("demo", args={"max_modellen": 3})
    with pytest.raises(EngineError, match="model /nonesuch/model does not load"):
        VLLMEngine("/nonesuch/model")


def test_a_schema_where_the_template_opens_a_thought(engine: VLLMEngine) -> None:
    """The thought is closed at once: the grammar would bind it, and an answer inside a thought cannot be read."""
    template = engine.chat.tokenizer.chat_template + "{% if add_generation_prompt %}<think>{% endif %}"
    engine.chat.kwargs["chat_template"] = template
    try:
        asked = replace(ASKED, schema=CRITIQUE_SCHEMA, sampling=Sampling(max_tokens=200, seed=1))
        assert engine.prepare(ASKED).opened
        assert not engine.prepare(asked).opened
        (answer,) = ask(engine, asked)
        assert answer.text.startswith('{"text":"')
    finally:
        del engine.chat.kwargs["chat_template"]


def test_a_refused_request_fails_alone(engine: VLLMEngine) -> None:
    with pytest.raises(RequestError, match="top_p") as caught:
        ask(engine, replace(ASKED, sampling=Sampling(top_p=0.0)))
    assert caught.value.kind == "refused"
    with pytest.raises(RequestError) as caught:
        ask(engine, replace(ASKED, schema='{"type": "object", "properties": 5}'))
    assert caught.value.kind == "refused"
    assert ask(engine, ASKED)[0].text


ALONE = "import asyncio; from caigen.engines.base import *; from caigen.engines.vllm import VLLMEngine; from caigen.engines.open import DEMO_PATH; "


def in_a_process_of_its_own(code: str) -> str:
    """What a program with an engine of its own printed on stderr, whether or not it failed."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + code], capture_output=True, text=True, timeout=200, check=False
    )
    return done.stderr + done.stdout


def test_a_text_that_repeats_itself_is_ended() -> None:
    ask = "asyncio.run(engine.complete(Request(text='x ' * 300, sampling=Sampling(max_tokens=400, temperature=0.0))))"
    said = in_a_process_of_its_own(
        f"engine = VLLMEngine(str(DEMO_PATH), stop_loops=True); answer = {ask}; print(answer.finish_reason, answer.tokens)"
    )
    assert "repetition prompt=600" in said
    assert int(said.rpartition("completion=")[2]) < 100


def test_the_engine_says_nothing_on_stdout() -> None:
    imports = "import asyncio; from caigen.engines.vllm import VLLMEngine; from caigen.engines.open import DEMO_PATH"
    code = f"{imports}; asyncio.run(VLLMEngine(str(DEMO_PATH)).close())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=200, check=True)
    assert done.stdout == b""
