"""What trainers made, before it is judged: prompts, last answers, thoughts; nothing is guessed."""

import json
from typing import Any

import pytest

from caigen.errors import CaigenError
from caigen.judge.rollouts import Text, Unread, answer_of, messages_of, prompt_in, text_of
from caigen.records import Message
from caigen.text.reasoning import FORMATS, Format

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


MISSING = '"prompt" is missing or empty: give a text, or messages of which the last is the user\'s'
NEITHER = '"prompt" is neither a text nor a list of messages'
HI = (Message(role="user", content="Hi"),)


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("", "empty prompt"),
        (None, MISSING),
        ([], MISSING),
        ((), MISSING),
        (7, NEITHER),
        (
            {"role": "user", "content": "Hi"},
            '"prompt" is an object, neither a text nor a list of messages; --prompt-field prompt.role; --prompt-field '
            "prompt.content",
        ),
        ("a\ud800", "the prompt holds what UTF-8 cannot write"),
        ([{"role": "user", "content": "a\ud800"}], "the prompt holds what UTF-8 cannot write"),
        ("a\0", "the prompt holds a NUL character"),
        ([ASKED, CALL, TOOL], "prompt[1]: content is not a text"),
        # ends with the assistant: what would be judged?
        ([ASKED, said("It is warm.")], "the prompt does not end with a user message"),
        ([{"role": "user", "content": None}], "prompt[0]: content is not a text"),
        ([{"role": "user"}], "prompt[0] is not a message: needs role and content"),
        ([7], "prompt[0] is not a message: needs role and content"),
    ],
)
def test_a_prompt_that_cannot_be_read_has_a_reason(prompt: object, said: str) -> None:
    assert text_of(prompt, "Hello") == Unread("bad_prompt", said)
    with pytest.raises(CaigenError) as caught:
        messages_of(prompt)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("answer", "reason", "said"),
    [
        (None, "no_answer", "the completion has no text of the assistant"),
        (7, "no_answer", "the completion has no text of the assistant"),
        ("", "no_answer", "the answer is empty"),
        (" \n", "no_answer", "the answer is empty"),
        ("<think>and on", "only_thought", "the answer is a thought"),
        ("a\0b", "not_text", "the answer holds a NUL character"),
        ("a\ud800b", "not_text", "the answer holds half of a surrogate pair"),
    ],
)
def test_what_cannot_be_judged_has_a_reason_and_its_prompt(answer: object, reason: str, said: str) -> None:
    assert text_of("Hi", answer) == Unread(reason, said, prompt=HI)


@pytest.mark.parametrize("format_", FORMATS, ids=lambda format_: format_.name)
def test_a_thought_that_the_template_began(format_: Format) -> None:
    for end in ("", "\n", " \n\n"):
        rendered = f"User: Hi\n{format_.open}{end}"
        assert text_of("Hi", "and on and on", rendered=rendered) == Unread(
            "only_thought", "the answer is a thought", prompt=HI
        )
        answer = f"and on{format_.close}{format_.between}It helps."
        assert text_of("Hi", answer, rendered=rendered) == Text(HI, "It helps.")


@pytest.mark.parametrize(
    ("id", "expected"), [("r1", "r1"), (7, "7"), (0, "0"), ("", None), (None, None), (["r1"], None), (1.5, None)]
)
def test_the_id_of_a_text(id: object, expected: str | None) -> None:
    assert text_of("Hi", "It helps.", id=id) == Text(HI, "It helps.", expected)


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
