"""Parsed JSON -> Messages: roles and contents are checked, an answer at the end is split off."""

import re
from typing import NamedTuple

from caigen.records import Message, Role
from caigen.text import reasoning

ROLES = ("system", "user", "assistant")
HH_ROLES: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}

# The start of a turn in an hh-rlhf dialogue: matches "\n\nHuman: Hi", not the "Human:" inside "The Human: a history".
_HH_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):[ \t]?")


class ShapeError(ValueError):
    """A row that has none of the accepted shapes; the message says what is wrong or missing."""


class Conversation(NamedTuple):
    """The messages of a prompt, and the answer to it if there is one."""

    messages: list[Message]
    answer: str | None = None


def parse_messages(value: object, field: str) -> list[Message]:
    """The messages of a JSON list; `field` names it in errors.

    Raises ShapeError.
    """
    if not isinstance(value, list) or not value:
        raise ShapeError(f'"{field}" is neither a text nor a list of messages')
    return [_parse_message(message, f"{field}[{index}]") for index, message in enumerate(value)]


def _parse_message(message: object, where: str) -> Message:
    if not isinstance(message, dict) or "role" not in message or "content" not in message:
        raise ShapeError(f"{where} is not a message: needs role and content")
    role, content = message["role"], message["content"]
    if role not in ROLES:
        raise ShapeError(f"{where}: role {role!r} is not one of {', '.join(ROLES)}")
    if isinstance(content, list) and all(_is_text_part(part) for part in content):
        content = "".join(part["text"] for part in content)
    if not isinstance(content, str):
        raise ShapeError(f"{where}: content is not a text")
    return Message(role=role, content=content)


def _is_text_part(part: object) -> bool:
    """Whether a part of an OpenAI content list has a text, as `{"type": "text", "text": "Hi"}` has."""
    return isinstance(part, dict) and isinstance(part.get("text"), str)


def parse_hh(text: str) -> list[Message]:
    """The messages of an hh-rlhf dialogue, `\\n\\nHuman: ...\\n\\nAssistant: ...`.

    Raises ShapeError if the text does not begin with a turn.
    """
    pieces = _HH_TURN.split(text)  # text before the first turn, then speaker and text of each turn
    if pieces[0].strip() or len(pieces) < 3:
        raise ShapeError("not an hh-rlhf dialogue: it does not begin with '\\n\\nHuman:'")
    turns = zip(pieces[1::2], pieces[2::2], strict=True)
    return [Message(role=HH_ROLES[speaker], content=content.strip()) for speaker, content in turns]


def split_answer(messages: list[Message]) -> Conversation:
    """Split off the last message if it is the assistant's.

    Raises ShapeError if it is empty.
    """
    if messages[-1].role != "assistant":
        return Conversation(messages)
    if not messages[-1].content.strip():
        raise ShapeError("the last message, an answer, is empty")
    return Conversation(messages[:-1], messages[-1].content)


def check_prompt(messages: list[Message]) -> tuple[Message, ...]:
    """The messages of a prompt, earlier answers without the model's thoughts.

    Raises ShapeError if they do not end with a user's message that has a text.
    """
    if not messages or messages[-1].role != "user":
        raise ShapeError("the prompt does not end with a user message")
    if not messages[-1].content.strip():
        raise ShapeError("empty prompt")
    return tuple(_without_thought(message) for message in messages)


def _without_thought(message: Message) -> Message:
    if message.role != "assistant":
        return message
    text, _ = split_thought(message.content)
    return message.model_copy(update={"content": text})


def split_thought(answer: str) -> tuple[str, str | None]:
    """An answer without the thought before it, and the thought, None if there is none.

    Raises ShapeError if there is nothing but a thought.
    """
    text, thought = reasoning.split_thought(answer)
    if thought is not None and not text:
        raise ShapeError("an answer is a thought and nothing else")
    return text, thought
