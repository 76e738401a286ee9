"""Parsed JSON or dialogue text -> Messages: roles and contents are checked, an answer at the end is split off."""

import re
from typing import NamedTuple

import orjson

from caigen.records import Message, Role
from caigen.text import reasoning

ROLES = ("system", "user", "assistant")
# what other data sets and servers call the three roles
ROLE_NAMES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "human": "user",
    "prompter": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "model": "assistant",
    "bot": "assistant",
}
TOOL_ROLES = ("tool", "function", "function_call", "tool_call", "tool_response", "observation", "ipython")
ROLE_KEYS, CONTENT_KEYS = ("role", "from"), ("content", "value")  # OpenAI's and ShareGPT's names

# The start of a turn in an hh-rlhf dialogue: matches "\n\nHuman: Hi", not the "Human:" inside "The Human: a history".
_HH_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):[ \t]?")
# A text of at least two turns: "Human: Hi\n\nAssistant:"
_HH_TEXT = re.compile(r"\s*Human:.*\n\nAssistant:", re.DOTALL)
# The start of a later turn in HelpSteer: "Hi\n<extra_id_1>Assistant\nHello!\n<extra_id_1>User\nAnd now?"
_EXTRA_TURN = re.compile(r"\n<extra_id_1>(User|Assistant)\n")
# Messages that a table holds as a text: `[{"role": "user", …`, and Python's `[{'from': 'human', …`
_WRITTEN_MESSAGES = re.compile(r"\s*\[\s*\{\s*['\"](?:role|content|from|value)['\"]\s*:")
_SPEAKERS: dict[str, Role] = {"Human": "user", "User": "user", "Assistant": "assistant"}


class ShapeError(ValueError):
    """A row that has none of the accepted forms; the message says what is wrong or missing."""


class Conversation(NamedTuple):
    """The messages of a prompt, and the answer to it if there is one."""

    messages: list[Message]
    answer: str | None = None


def parse_conversation(value: object, field: str) -> list[Message]:
    """The messages of a field that holds a text or a list of messages.

    A text is one message of the user, unless it is a dialogue of hh-rlhf or HelpSteer, or messages written as JSON.
    Raises ShapeError.
    """
    if not isinstance(value, str):
        return parse_messages(value, field)
    if _WRITTEN_MESSAGES.match(value):
        try:
            return parse_messages(orjson.loads(value), field)
        except orjson.JSONDecodeError as error:
            raise ShapeError(f'"{field}" is a text that holds messages but is not JSON; write them as JSON') from error
    if _HH_TEXT.match(value):
        return _without_empty_end(parse_hh(value))
    if _EXTRA_TURN.search(value):
        return _without_empty_end(_parse_turns(["User", *_EXTRA_TURN.split(value)]))
    return [Message(role="user", content=value)]


def parse_messages(value: object, field: str) -> list[Message]:
    """The messages of a JSON list; `field` names it in errors.

    Raises ShapeError.
    """
    if isinstance(value, dict):
        inner = "; ".join(f"--prompt-field {field}.{name}" for name, part in value.items() if isinstance(part, str))
        raise ShapeError(f'"{field}" is an object, neither a text nor a list of messages{inner and f"; {inner}"}')
    if not isinstance(value, list) or not value:
        raise ShapeError(f'"{field}" is neither a text nor a list of messages')
    return [_parse_message(message, f"{field}[{index}]") for index, message in enumerate(value)]


def _parse_message(message: object, where: str) -> Message:
    role_key, content_key = _keys_of(message)
    if not isinstance(message, dict) or not role_key or not content_key:
        raise ShapeError(f"{where} is not a message: needs role and content")
    role, content = message[role_key], message[content_key]
    if role in TOOL_ROLES:
        raise ShapeError(f"{where} is a turn of a tool (role {role!r}), which caigen does not read; leave the row out")
    known = ROLE_NAMES.get(role) if isinstance(role, str) else None
    if known is None:
        raise ShapeError(f"{where}: role {role!r} is not one of {', '.join(ROLES)}")
    return Message(role=known, content=_parse_content(content, where))


def _keys_of(message: object) -> tuple[str | None, str | None]:
    """Under which keys a message holds its role and its content; None for what is missing."""
    if not isinstance(message, dict):
        return None, None
    role = next((key for key in ROLE_KEYS if key in message), None)
    return role, next((key for key in CONTENT_KEYS if key in message), None)


def _parse_content(content: object, where: str) -> str:
    """The text of a content, a text or a list of parts that all have one.

    Raises ShapeError.
    """
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        texts: list[str] = []
        for part in content:
            if not isinstance(part, dict) or not isinstance(part.get("text"), str):
                kind = part.get("type") if isinstance(part, dict) else type(part).__name__
                raise ShapeError(f"{where}: content is not a text: it has a part of the type {kind!r}")
            texts.append(part["text"])
        return "".join(texts)
    raise ShapeError(f"{where}: content is not a text")


def parse_hh(text: str) -> list[Message]:
    """The messages of an hh-rlhf dialogue, `\\n\\nHuman: ...\\n\\nAssistant: ...`.

    Raises ShapeError if the text does not begin with a turn.
    """
    pieces = _HH_TURN.split(text)  # text before the first turn, then speaker and text of each turn
    if pieces[0].strip() or len(pieces) < 3:
        raise ShapeError("not an hh-rlhf dialogue: it does not begin with '\\n\\nHuman:'")
    return _parse_turns(pieces[1:])


def is_dialogue(text: str) -> bool:
    """Whether a text is an hh-rlhf dialogue of at least two turns."""
    return bool(_HH_TEXT.match(text))


def _parse_turns(pieces: list[str]) -> list[Message]:
    """The messages of speakers and texts in turn."""
    turns = zip(pieces[::2], pieces[1::2], strict=True)
    return [Message(role=_SPEAKERS[speaker], content=content.strip()) for speaker, content in turns]


def _without_empty_end(messages: list[Message]) -> list[Message]:
    """The messages of a text that may end with `Assistant:`, where the answer is to be written."""
    if messages[-1].role == "assistant" and not messages[-1].content:
        return messages[:-1]
    return messages


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
