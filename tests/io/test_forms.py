"""Rows as other data sets, tools and servers write them: what becomes prompt, answer and meta."""

from typing import Any

import pytest

from caigen.io.columns import Columns
from caigen.io.forms import FORMS
from caigen.io.messages import ShapeError
from caigen.io.rows import read_named_row, read_row

HI = [{"from": "human", "value": "hi"}]
USER, SAID = {"role": "user", "content": "hi"}, {"role": "assistant", "content": "yes"}
PARTS = [{"type": "input_text", "text": "h"}, {"type": "text", "text": "i"}]

# form, row, turns of the prompt, answer
ROWS: list[tuple[str, dict[str, Any], list[str], str | None]] = [
    ("ShareGPT", {"conversations": HI}, ["user"], None),
    ("ShareGPT", {"conversations": [*HI, {"from": "gpt", "value": "yes"}]}, ["user"], "yes"),
    ("ShareGPT", {"conversations": [{"from": "system", "value": "be kind"}, *HI]}, ["system", "user"], None),
    ("ShareGPT", {"conversations": HI, "system": "be kind"}, ["system", "user"], None),
    ("conversation", {"conversation": [USER, SAID]}, ["user"], "yes"),
    ("Alpaca", {"instruction": "hi", "input": "", "output": "yes"}, ["user"], "yes"),
    ("Alpaca", {"instruction": "hi"}, ["user"], None),
    ("Alpaca", {"instruction": "hi", "context": "", "response": "yes"}, ["user"], "yes"),
    (
        "Alpaca",
        {"instruction": "hi", "history": [["one", "two"]], "system": "s"},
        ["system", "user", "assistant", "user"],
        None,
    ),
    ("self-instruct", {"instruction": "hi", "instances": [{"input": "", "output": "yes"}]}, ["user"], "yes"),
    ("UltraFeedback", {"instruction": "hi", "completions": [{"response": "a", "overall_score": 1}]}, ["user"], None),
    ("question", {"question": "hi", "answer": "yes"}, ["user"], "yes"),
    ("question", {"Question": "hi", " Answer": "yes"}, ["user"], "yes"),
    ("question", {"question": "hi", "answers": ["yes"]}, ["user"], "yes"),
    ("question", {"question": "hi", "answer": 2, "choices": ["a", "b"]}, ["user"], None),
    ("question", {"system_prompt": "be kind", "question": "hi", "response": "yes"}, ["system", "user"], "yes"),
    ("query", {"query": "hi", "response": "yes"}, ["user"], "yes"),
    ("problem", {"problem": "hi", "solution": "yes"}, ["user"], "yes"),
    ("input/output", {"input": "hi", "output": "yes"}, ["user"], "yes"),
    ("inputs/targets", {"inputs": "hi", "targets": "yes"}, ["user"], "yes"),
    ("AdvBench", {"goal": "hi", "target": "Sure, here is"}, ["user"], None),
    ("HHH", {"input": "hi", "target_scores": {"a": 1, "b": 0}}, ["user"], None),
    ("model-written evaluation", {"question": "hi", "answer_matching_behavior": " (A)"}, ["user"], None),
    ("PKU-SafeRLHF", {"prompt": "hi", "response_0": "a", "response_1": "b", "better_response_id": 1}, ["user"], None),
    ("prompt", {"prompt": "hi", "response": "yes", "helpfulness": 4, "verbosity": 1}, ["user"], "yes"),
    ("prompt", {"prompt": "a\n<extra_id_1>Assistant\nb\n<extra_id_1>User\nhi"}, ["user", "assistant", "user"], None),
    ("prompt", {"prompt": "Human: a\n\nAssistant: b\n\nHuman: hi\n\nAssistant:"}, ["user", "assistant", "user"], None),
    ("prompt", {"prompt": '[{"role": "user", "content": "hi"}]'}, ["user"], None),
    ("prompt", {"Prompt": "hi", "Response": "yes"}, ["user"], "yes"),
    (
        "OpenAI batch",
        {"custom_id": "a", "body": {"messages": [{"role": "developer", "content": "be kind"}, USER]}},
        ["system", "user"],
        None,
    ),
    ("OpenAI batch", {"custom_id": "a", "body": {"messages": [{"role": "user", "content": PARTS}]}}, ["user"], None),
    ("OpenAI batch", {"body": {"model": "m", "input": "hi", "instructions": "be kind"}}, ["system", "user"], None),
    ("OpenAI batch", {"body": {"model": "m", "input": [{"role": "user", "content": PARTS}]}}, ["user"], None),
    ("Responses API", {"model": "m", "input": "hi"}, ["user"], None),
    ("Anthropic batch", {"custom_id": "a", "params": {"system": "s", "messages": [USER]}}, ["system", "user"], None),
    (
        "OpenAI preference",
        {"input": {"messages": [USER]}, "preferred_output": [], "non_preferred_output": []},
        ["user"],
        None,
    ),
]


@pytest.mark.parametrize(("form", "row", "turns", "answer"), ROWS)
def test_what_becomes_prompt_and_answer(form: str, row: dict[str, Any], turns: list[str], answer: str | None) -> None:
    named = read_named_row(row)
    assert named.form == form
    assert [turn.role for turn in named.record.prompt] == turns
    assert named.record.prompt[-1].content == "hi"
    assert [candidate.text for candidate in named.record.candidates] == ([] if answer is None else [answer])


def test_a_form_stands_before_those_whose_fields_it_has() -> None:
    for index, form in enumerate(FORMS):
        for earlier in FORMS[:index]:
            assert not set(earlier.needs) <= set(form.needs), f"{form.name} is never reached, behind {earlier.name}"


def test_the_input_of_an_instruction_is_below_it() -> None:
    record = read_row({"instruction": "Put it in one word.", "input": "The sea is wide.", "output": "Sea."})
    assert record.prompt[0].content == "Put it in one word.\n\nThe sea is wide."
    assert record.meta == {}


def test_what_is_left_goes_to_meta() -> None:
    row = {"prompt": "hi", "response_0": "a", "response_1": "b", "better_response_id": 1, "is_response_0_safe": True}
    assert read_row(row).meta == {key: value for key, value in row.items() if key != "prompt"}
    assert read_row({"goal": "hi", "target": "Sure"}).meta == {"target": "Sure"}


@pytest.mark.parametrize(
    ("row", "unused", "sides"),
    [
        ({"question": "hi", "answer": 2, "choices": ["a"]}, ("answer", "choices"), ()),
        ({"goal": "hi", "target": "Sure"}, ("target",), ()),
        ({"prompt": "hi", "Images": ["x"], "images": []}, ("Images",), ()),
        ({"instruction": "hi", "instances": [{"output": "a"}, {"output": "b"}]}, ("instances",), ()),
        (
            {"prompt": "hi", "response_0": "a", "response_1": "b", "better_response_id": 1},
            (),
            ("response_0", "response_1"),
        ),
        ({"chosen": [USER, SAID], "rejected": [USER, SAID]}, (), ("chosen", "rejected")),
    ],
)
def test_data_that_is_not_used_is_named(row: dict[str, Any], unused: tuple[str, ...], sides: tuple[str, ...]) -> None:
    named = read_named_row(row)
    assert (named.unused, named.unused_sides) == (unused, sides)
    if sides and "prompt" in row:
        assert read_named_row(row, take="chosen").unused_sides == ()


NESTED = {"ask": {"text": "hi", "turns": [USER, SAID]}, "out": [{"say": "yes"}], "role": "be kind", "a.b": "dotted"}


@pytest.mark.parametrize(
    ("row", "columns", "turns", "answer"),
    [
        (NESTED, Columns(prompt="ask.text"), ["hi"], None),
        (NESTED, Columns(prompt="ask.turns"), ["hi"], "yes"),
        (NESTED, Columns("ask.text", "out.0.say", "role"), ["be kind", "hi"], "yes"),
        (NESTED, Columns("a.b"), ["dotted"], None),
        ({"prompt": "hi", "gold": "yes"}, Columns(response="gold"), ["hi"], "yes"),
        ({"prompt": "hi", "response": {"text": "yes"}}, Columns(response="response.text"), ["hi"], "yes"),
        ({"prompt": "hi", "response": "no", "gold": ["yes"]}, Columns(response="gold"), ["hi"], "yes"),
        ({"prompt": "hi", "gold": None}, Columns(response="gold"), ["hi"], None),
        (
            {"messages": [{"role": "system", "content": "old"}, USER], "s": "new"},
            Columns(system="s"),
            ["new", "hi"],
            None,
        ),
        ({"text": "hi"}, Columns(prompt="text"), ["hi"], None),
        ({"prompt": "other", "ask": "hi"}, Columns(prompt="ask"), ["hi"], None),
    ],
)
def test_named_fields(row: dict[str, Any], columns: Columns, turns: list[str], answer: str | None) -> None:
    record = read_row(row, columns=columns)
    assert [turn.content for turn in record.prompt] == turns
    assert [candidate.text for candidate in record.candidates] == ([] if answer is None else [answer])


@pytest.mark.parametrize(
    ("row", "columns", "message"),
    [
        ({"prompt": "hi"}, Columns(prompt="ask"), 'no field "ask" .--prompt-field.; the row has "prompt"'),
        ({"prompt": "hi"}, Columns(response="gold"), 'no field "gold" .--response-field.'),
        ({"prompt": "hi", "gold": 4}, Columns(response="gold"), '"gold" .--response-field. is not a text'),
        ({"prompt": "hi", "s": [1]}, Columns(system="s"), '"s" .--system-field. is not a text'),
        ({"ask": None}, Columns(prompt="ask"), '"ask" .--prompt-field. is null'),
        ({"ask": [1]}, Columns(prompt="ask.1"), 'no field "ask.1"'),
    ],
)
def test_named_fields_that_do_not_do(row: dict[str, Any], columns: Columns, message: str) -> None:
    with pytest.raises(ShapeError, match=message):
        read_row(row, columns=columns)


def test_take_never_falls_back_to_another_answer() -> None:
    for row in ({"prompt": "hi", "response": "yes"}, {"messages": [USER]}, {"prompt": "hi", "chosen": "a"}):
        with pytest.raises(ShapeError, match="--take rejected does not apply"):
            read_row(row, take="rejected")
    with pytest.raises(ShapeError, match="neither answer is preferred"):
        read_row({"prompt": "hi", "response_1": "a", "response_2": "b", "preference_strength": 0}, take="chosen")
