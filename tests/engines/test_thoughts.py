"""Template families x what a stage asks x how it is to think: each cell is right, or refused with a line."""

import asyncio
import copy
import json
import math
from dataclasses import replace

import pytest

from caigen.engines.base import Completion, Engine, Request, Sampling, Think
from caigen.engines.chat import Chat
from caigen.engines.choice_tokens import ChoiceTokens
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.thoughts import Thoughts
from caigen.errors import CaigenError
from caigen.records import Message, Record
from caigen.stages.critique import critique
from caigen.stages.label import LabelSettings, label
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.score import ScoreSettings, score
from tests.families import FAMILIES, THINKING, Family, tokenizer_of

THOUGHT, ANSWER, REVISED = "First, 2 plus 2.", "The answer is 4. It is </b>so.", "The answer is 4, as two and two is."
CRITIQUE = json.dumps({"text": "It is short.", "quotes": ["It is"], "verdict": "violates", "severity": 1})
ASKED = Request(messages=(Message(role="user", content="How much is 2 + 2?"),))
by_name = pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)


def thoughts(family: Family, **settings: bool) -> Thoughts:
    return Thoughts(Chat(tokenizer_of(family)), family.name, **settings)


def ending(family: Family, request: Request) -> str:
    made = thoughts(family)
    return str(made.chat.tokenizer.decode(made.plan(request).ids))


def engine(family: Family, think: Think) -> ScriptedEngine:
    """A model of the family: it thinks where its prompt opens a thought, or by habit; a word or JSON that is asked
    for while it would think comes out as nonsense, as it does of real models.
    """
    made = thoughts(family)
    chat, format_ = made.chat, made.format

    def written(prompt: str, answer: str) -> str:
        if made.chat.thinks and format_ and prompt.rstrip().endswith(format_.open.rstrip()):
            return THOUGHT + family.close + answer
        closed = format_ and prompt.rstrip().endswith(
            (format_.close, (format_.close + format_.between).rstrip(), format_.skip_thought.rstrip())
        )
        return answer if family.habit is None or closed else family.habit + THOUGHT + family.close + answer

    def script(request: Request) -> Completion:
        request = replace(request, sampling=replace(request.sampling, think=think))
        plan, thought = made.plan(request), None
        ids = plan.ids
        answer = CRITIQUE if request.schema else REVISED if "revised answer" in request.messages[-1].content else ANSWER
        if plan.first:
            said = THOUGHT + family.close.partition(format_.close)[0] + format_.close if format_ else ""
            token, text = made.end
            told = chat.encode(said)
            assert token is None or told[-1] == token
            _, thought = made.read(told, said.removesuffix(text), opened=True)
            ids = made.answer_ids(plan.ids, told, said.removesuffix(text))
        prompt = str(chat.tokenizer.decode(ids))
        text = written(prompt, answer)
        if text != answer and (request.choices or request.schema):
            return Completion("nonsense", "stop")
        if request.choices:
            good = 0.8 if "(A) " + ANSWER not in request.messages[-1].content else 0.1
            shares = zip(request.choices, (good, 0.9 - good), strict=False)
            return Completion("", "length", choices={word: math.log(share) for word, share in shares})
        shown, own = made.read(chat.encode(text), text, opened=plan.opened and not plan.first)
        return Completion(shown, "stop", reasoning=thought or own)

    return ScriptedEngine(script)


async def asked_for(stage: str, made: Engine, prompt_settings: PromptSettings) -> tuple[Record, str | None]:
    """A record after a stage, and the thought of that stage."""
    record = Record(id="r", prompt=ASKED.messages)
    record = await sample(record, made, SampleSettings())
    (first,) = record.candidates
    assert first.text == ANSWER
    if stage == "sample":
        return record, first.reasoning
    if stage == "critique":
        record = await critique(record, made, prompt_settings, Sampling())
        found = record.candidates[0].rounds[0].critique
        assert found
        assert (found.verdict, found.quotes) == ("violates", ("It is",))
        return record, found.reasoning
    record = await revise(record, made, made, prompt_settings, ReviseSettings())
    revision = record.candidates[0].rounds[0].revision
    assert revision
    assert revision.text == REVISED
    if stage == "label":
        record = await label(record, made, prompt_settings, LabelSettings(tie=0.0))
        assert record.comparisons
        assert {one.status for one in record.comparisons} <= {"decided", "order_flip", "tie"}
    if stage == "score":
        record = await score(record, made, prompt_settings, ScoreSettings())
        assert record.candidates[0].scores[0].reward is not None
    return record, revision.reasoning


@by_name
@pytest.mark.parametrize("think", ["auto", "on", "off"])
@pytest.mark.parametrize("stage", ["sample", "critique", "revise", "label", "score"])
def test_each_cell_is_right_or_refused(
    family: Family, stage: str, think: Think, prompt_settings: PromptSettings
) -> None:
    if think == "on" and family.on is None:
        with pytest.raises(CaigenError, match=rf"--think on: the chat template of {family.name} has no thought format"):
            asyncio.run(asked_for(stage, engine(family, think), prompt_settings))
        return
    _, thought = asyncio.run(asked_for(stage, engine(family, think), prompt_settings))
    thinks = think == "on" or (think == "auto" and family.habit is not None and stage != "critique")
    assert thought == (THOUGHT if thinks else None)


@by_name
def test_where_generation_begins(family: Family) -> None:
    off = replace(ASKED, sampling=Sampling(think="off"))
    spaced = family.off.replace("\n<|channel>thought", "\n<|channel> thought")
    for request in (off, replace(ASKED, choices=("A", "B")), replace(ASKED, schema="{}")):
        assert ending(family, request).replace("> model", ">model").endswith(spaced)
    assert ending(family, ASKED).replace("> model", ">model").replace("> thought", ">thought").endswith(family.auto)


@pytest.mark.parametrize("family", THINKING, ids=lambda family: family.name)
def test_on_opens_a_thought_and_a_long_one_is_closed(family: Family) -> None:
    made = thoughts(family)
    assert made.format
    plan = made.plan(replace(ASKED, sampling=Sampling(think="on")))
    assert plan.first
    text = str(made.chat.tokenizer.decode(plan.ids)).replace("> model", ">model").replace("> thought", ">thought")
    assert text.endswith(family.on or "")
    cut_short = made.answer_ids(plan.ids, made.chat.encode("First, 2"), "First, 2")
    closed = str(made.chat.tokenizer.decode(cut_short[len(plan.ids) :]))
    assert closed.strip().startswith("First, 2")
    assert made.format.close in closed
    assert closed.endswith(made.format.between)


@pytest.mark.parametrize("family", THINKING, ids=lambda family: family.name)
def test_a_thought_that_is_cut_off_leaves_an_empty_answer(family: Family) -> None:
    made = thoughts(family)
    assert made.read(made.chat.encode(THOUGHT), THOUGHT, opened=True) == ("", THOUGHT)


@pytest.mark.parametrize("family", THINKING, ids=lambda family: family.name)
def test_an_answer_that_spells_a_tag_stays_whole(family: Family) -> None:
    made = thoughts(family)
    assert made.format
    said = f"It writes {made.format.open.strip()} and {made.format.close} so."
    ids = [key for sign in said for key in made.chat.encode_after(sign)]  # spelled out: no token of the format is in it
    answer, thought = made.read(ids, said, opened=False)
    assert (answer, thought) == (said, None)


def test_what_a_schema_lets_pass_keeps_its_thought() -> None:
    """With vLLM's reasoning parser the thought comes first and the schema binds behind it."""
    qwq = next(family for family in FAMILIES if family.name == "qwq")
    asked = replace(ASKED, schema="{}")
    assert thoughts(qwq, after_thought=True).plan(asked).opened
    assert not thoughts(qwq).plan(asked).opened


def test_what_cannot_be_handled_is_refused() -> None:
    qwen, llama = FAMILIES[0], next(family for family in FAMILIES if family.name == "llama-3")
    on = Sampling(think="on")
    with pytest.raises(CaigenError, match="a plain text to continue holds no thought"):
        thoughts(qwen).plan(Request(text="Once", sampling=on))
    closing = Thoughts(Chat(tokenizer_of(qwen), {"chat_template": qwen.template + "<think></think>"}), "m")
    with pytest.raises(CaigenError, match="ends the thought before it begins"):
        closing.plan(replace(ASKED, sampling=on))
    assert thoughts(llama).read([], "<think>hm</think>yes", opened=False) == ("yes", "hm")
    plan = "a plan\n</think>\n\nan answer"  # no template of this model opens a thought
    assert thoughts(llama).read([], plan, opened=False) == (plan, None)


def test_a_turn_that_ends_within_the_thought_is_gone_on_with() -> None:
    made = thoughts(FAMILIES[0])
    tokenizer = copy.deepcopy(made.chat.tokenizer)
    tokenizer.eos_token = "<|im_end|>"
    made = Thoughts(Chat(tokenizer), "m")
    ids = made.answer_ids([], [*made.chat.encode("First, 2"), tokenizer.eos_token_id], "First, 2")
    assert tokenizer.decode(ids) == "First, 2\n</think>\n\n"
    ended = made.answer_ids([], made.chat.encode("First, 2\n</think>"), "First, 2\n")
    assert tokenizer.decode(ended) == "First, 2\n</think>\n\n"


@by_name
@pytest.mark.parametrize("word", ["A", "B", "Yes", "No"])
def test_letters_are_found_behind_every_prompt(family: Family, word: str) -> None:
    """What a model of the family would say behind its prompt, alone and behind a line break, is among the tokens."""
    tokenizer = tokenizer_of(family)
    chat = Chat(tokenizer)
    found = ChoiceTokens(tokenizer, family.name, chat.encode).ids(word)
    assert {tokenizer.decode([key]).strip() for key in found} == {word}
    prompt = thoughts(family).plan(replace(ASKED, choices=("A", "B"))).ids
    text = tokenizer.decode(prompt)
    for before in ("", "\n", " "):
        behind = chat.encode_after(before + word)[-1]
        assert behind in found, (text[-20:], before, behind)
    if family.spaces:
        assert len(found) >= 2  # `▁A`, and `A` behind a line break


def test_letters_are_found_by_either_way() -> None:
    """By the vocabulary where no encoding shows them, and by encoding where the vocabulary is in other signs."""
    tokenizer = tokenizer_of(FAMILIES[0])
    chat = Chat(tokenizer)
    assert len(ChoiceTokens(tokenizer, "m", lambda text: []).ids("A")) == 2
    (found,) = ChoiceTokens(tokenizer, "m", chat.encode).ids("是")  # bytes are other signs in this vocabulary
    assert tokenizer.decode([found]).strip() == "是"


def test_a_word_of_several_tokens_is_refused() -> None:
    tokenizer = tokenizer_of(FAMILIES[0])
    with pytest.raises(CaigenError, match=r"'Perhaps' is [2-9] tokens of m, not one"):
        ChoiceTokens(tokenizer, "m", Chat(tokenizer).encode).ids("Perhaps")
