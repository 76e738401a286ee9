"""The real engine on the demo model."""

import asyncio
import copy
import math
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from tokenizers import AddedToken

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.chat import Chat
from caigen.engines.thoughts import Thoughts
from caigen.engines.vllm import VLLMEngine
from caigen.errors import CaigenError, EngineError, RequestError
from caigen.records import Message
from caigen.stages.requests import CRITIQUE_SCHEMA
from caigen.text.reasoning import Format

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


@contextmanager
def thinking(engine: VLLMEngine, after: str, *, token: bool = True) -> Iterator[None]:
    """The demo model as one that thinks: its template ends with `after`, and a full stop, a token of its own or not,
    ends a thought, since that is what the demo model says of itself.
    """
    before = engine.chat, engine.thoughts
    tokenizer = copy.deepcopy(engine.chat.tokenizer)
    if token:
        tokenizer.add_tokens([AddedToken(".", special=False)])  # a word of its vocabulary: no new token
        assert len(tokenizer) == len(engine.chat.tokenizer)
    chat = Chat(tokenizer, {"chat_template": tokenizer.chat_template + after})
    chat.format, chat.thinks = Format("dots", "<|system|>", ".", "", " "), True
    engine.chat, engine.thoughts = chat, Thoughts(chat, "dots")
    try:
        yield
    finally:
        engine.chat, engine.thoughts = before


OPENED = "{% if add_generation_prompt %}<|system|>{% endif %}"


def test_a_thought_that_the_template_opens_is_closed_for_a_schema_and_for_letters(engine: VLLMEngine) -> None:
    """The grammar would bind it, and no letter is its first token."""
    asked = replace(ASKED, schema=CRITIQUE_SCHEMA, sampling=Sampling(max_tokens=200, seed=1))
    with thinking(engine, OPENED, token=False):
        assert engine.prepare(ASKED).opened
        for closed in (asked, replace(ASKED, choices=("A", "B")), replace(ASKED, sampling=Sampling(think="off"))):
            prepared = engine.prepare(closed)
            assert not prepared.opened
            assert engine.chat.tokenizer.decode(prepared.ids).rstrip().endswith("<|system|>.")
        (answer,) = ask(engine, asked)
        assert answer.text.startswith('{"text":"')
        assert answer.reasoning is None


@pytest.mark.parametrize("token", [True, False])
def test_a_thought_first_and_then_what_was_asked_for(engine: VLLMEngine, token: bool) -> None:
    on = Sampling(max_tokens=120, think="on", think_tokens=60, seed=1)
    with thinking(engine, "", token=token):
        plain, schema, letters = ask(
            engine,
            replace(ASKED, sampling=on),
            replace(ASKED, sampling=on, schema=CRITIQUE_SCHEMA),
            replace(ASKED, sampling=replace(on, max_tokens=1), choices=("A", "B")),
        )
    for answer in (plain, schema, letters):
        assert answer.reasoning
        assert "." not in answer.reasoning  # it ended at the token that ends it
        assert answer.tokens.completion > len(answer.reasoning.split())
    assert plain.text
    assert plain.tokens.prompt == letters.tokens.prompt
    assert schema.text.startswith('{"text":"')
    assert set(letters.choices) == {"A", "B"}
    assert 0 < sum(map(math.exp, letters.choices.values())) <= 1.0001


def test_a_thought_has_its_own_limit_and_is_closed_there(engine: VLLMEngine) -> None:
    on = Sampling(max_tokens=20, temperature=0.0, think="on", think_tokens=3)
    with thinking(engine, OPENED):
        prepared = engine.prepare(replace(ASKED, sampling=on))
        assert (prepared.params.max_tokens, prepared.answer.max_tokens) == (3, 20)
        (answer,) = ask(engine, replace(ASKED, sampling=on))
        long = Message(role="user", content="bread " * (engine.max_model_len - 60))
        crowded = engine.prepare(replace(ASKED, messages=(long,), sampling=replace(on, think_tokens=2048)))
    assert answer.reasoning
    assert answer.tokens.completion <= 3 + 20
    assert answer.text
    assert len(crowded.ids) + crowded.params.max_tokens + crowded.answer.max_tokens < engine.max_model_len


def test_a_model_without_thoughts_refuses_to_think(engine: VLLMEngine) -> None:
    with pytest.raises(CaigenError, match="the chat template of demo has no thought format"):
        ask(engine, replace(ASKED, sampling=Sampling(think="on")))
    assert ask(engine, replace(ASKED, sampling=Sampling(think="off", max_tokens=80, seed=3)))[0].text


def test_a_refused_request_fails_alone(engine: VLLMEngine) -> None:
    with pytest.raises(RequestError, match="top_p") as caught:
        ask(engine, replace(ASKED, sampling=Sampling(top_p=0.0)))
    assert caught.value.kind == "refused"
    with pytest.raises(RequestError) as caught:
        ask(engine, replace(ASKED, schema='{"type": "object", "properties": 5}'))
    assert caught.value.kind == "refused"
    assert ask(engine, ASKED)[0].text


ALONE = "import asyncio; from caigen.engines.base import *; from caigen.engines.vllm import VLLMEngine; from caigen.engines.open import DEMO_PATH; "  # noqa: E501


def in_a_process_of_its_own(code: str) -> str:
    """What a program with an engine of its own printed on stderr, whether or not it failed."""
    done = subprocess.run(
        [sys.executable, "-c", ALONE + code], capture_output=True, text=True, timeout=200, check=False
    )
    return done.stderr + done.stdout


def test_a_text_that_repeats_itself_is_ended() -> None:
    ask = "asyncio.run(engine.complete(Request(text='x ' * 300, sampling=Sampling(max_tokens=400, temperature=0.0))))"
    said = in_a_process_of_its_own(
        f"engine = VLLMEngine(str(DEMO_PATH), stop_loops=True); answer = {ask}; print(answer.finish_reason, answer.tokens)"  # noqa: E501
    )
    assert "repetition prompt=600" in said
    assert int(said.rpartition("completion=")[2]) < 100


def test_the_engine_says_nothing_on_stdout() -> None:
    imports = "import asyncio; from caigen.engines.vllm import VLLMEngine; from caigen.engines.open import DEMO_PATH"
    code = f"{imports}; asyncio.run(VLLMEngine(str(DEMO_PATH)).close())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=200, check=True)
    assert done.stdout == b""
