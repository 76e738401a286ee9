"""What trainers made, before it is judged: prompts, last answers, thoughts; nothing is guessed."""

import json
from typing import Any

import pytest

from caigen.errors import CaigenError
from caigen.records import Message
from caigen.rollouts import Text, Unread, answer_of, messages_of, prompt_in, text_of

ASKED = {"role": "user", "content": "How warm is it?"}
CALL = {"role": "assistant", "content": None, "tool_calls": [{"type": "function", "function": {"name": "f"}}]}
TOOL = {"role": "tool", "content": "12 C"}


def said(content: object) -> dict[str, object]:
    return {"role": "assistant", "content": content}


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        ("It is warm.", "It is warm."),
        ([said("It is warm.")], "It is warm."),
        ([said("I look."), CALL, TOOL, said("It is 12 C.")], "It is 12 C."),
        ([said("It may help."), said(None)], "It may help."),
        ([said("It may help."), TOOL], "It may help."),
        ([said([{"type": "text", "text": "It "}, {"type": "text", "text": "may."}])], "It may."),
        ([said([{"type": "image_url", "image_url": "x"}])], None),
        ([CALL, TOOL], None),
        ([said("")], None),
        ([said(None)], None),
        ([], None),
        (None, None),
        (7, None),
        ([7, "x"], None),
        ([{"content": "It may."}], "It may."),
    ],
)
def test_the_last_text_of_the_assistant(completion: object, expected: str | None) -> None:
    assert answer_of(completion) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("The answer is 4.", "The answer is 4."),
        ("  The answer is 4.\n", "  The answer is 4.\n"),  # as `caigen score` reads it
        ("<think>It never fails.</think>\n\nThe answer is 4.", "The answer is 4."),
        ("It never fails.\n</think>\n\nThe answer is 4.", "The answer is 4."),
    ],
)
def test_a_thought_is_not_part_of_the_answer(answer: str, expected: str) -> None:
    text = text_of("What is 2 + 2?", answer)
    assert isinstance(text, Text)
    assert text.answer == expected


@pytest.mark.parametrize(
    ("prompt", "answer", "reason"),
    [
        ("Hi", None, "no_answer"),
        ("Hi", 7, "no_answer"),
        ("Hi", "", "no_answer"),
        ("Hi", " \n", "no_answer"),
        ("Hi", "<think>and on", "only_thought"),
        ("Hi", "a\0b", "not_text"),
        ("Hi", "a\ud800b", "not_text"),
        ("", "Hello", "bad_prompt"),
        (None, "Hello", "bad_prompt"),
        ([], "Hello", "bad_prompt"),
        (7, "Hello", "bad_prompt"),
        ("a\ud800", "Hello", "bad_prompt"),
        ([{"role": "user", "content": "a\ud800"}], "Hello", "bad_prompt"),
        ("a\0", "Hello", "bad_prompt"),
        ([ASKED, CALL, TOOL], "Hello", "bad_prompt"),
        ([ASKED, said("It is warm.")], "Hello", "bad_prompt"),  # ends with the assistant: what would be judged?
        ([{"role": "user", "content": None}], "Hello", "bad_prompt"),
        ([{"role": "user"}], "Hello", "bad_prompt"),
        ([7], "Hello", "bad_prompt"),
    ],
)
def test_what_cannot_be_judged_has_a_reason(prompt: object, answer: object, reason: str) -> None:
    found = text_of(prompt, answer)
    assert isinstance(found, Unread)
    assert found.reason == reason
    assert found.message


def test_a_thought_that_the_template_began() -> None:
    assert text_of("Hi", "and on and on", rendered="User: Hi\n<think>\n").reason == "only_thought"  # type: ignore[union-attr]


def test_prompts_are_read_as_score_reads_them() -> None:
    turns: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief.", "name": None},
        {"role": "user", "content": [{"type": "text", "text": "Hi"}], "tool_calls": None},
    ]
    expected = (Message(role="system", content="Be brief."), Message(role="user", content="Hi"))
    assert messages_of(turns) == messages_of(expected) == expected
    assert messages_of("Hi") == (Message(role="user", content="Hi"),)
    with pytest.raises(CaigenError, match="does not end with a user message"):
        messages_of([ASKED, said("Warm.")])


def test_prompts_that_travelled_as_json() -> None:
    assert prompt_in(json.dumps([ASKED])) == [ASKED]
    assert prompt_in([ASKED]) == [ASKED]
    for text in ("Hi", "[hi] there", "[1, 2]", "[]"):
        assert prompt_in(text) == text
