"""Reading: what a form gives for a row, and how the two answers of a preference row are told apart."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from caigen.io.messages import ShapeError, parse_conversation, parse_messages
from caigen.records import Message

Fields = dict[str, Any]
Side = Literal["chosen", "rejected"]
SIDES: tuple[Side, Side] = ("chosen", "rejected")


class Reading(NamedTuple):
    """The prompt and the answer of a row.

    `side` gives the text of the chosen or of the rejected answer, where the row has both, and raises ShapeError where
    one cannot be read; `side_fields` are the fields that hold them. `no_sides` says why a row has none of them,
    where that is not plain.
    """

    messages: list[Message]
    answer: str | None = None
    side: Callable[[Side], str] | None = None
    side_fields: tuple[str, ...] = ()
    no_sides: str = 'the row has no "chosen" and "rejected"'


def parse_side(value: object, prompt: list[Message], side: str) -> str:
    """The text of an answer beside a prompt: a text, a message, or a conversation that ends with it.

    Raises ShapeError.
    """
    if isinstance(value, str) and value.strip():
        messages = parse_conversation(value, side)
        if len(messages) == 1:
            return value
    else:
        messages = parse_messages(value if isinstance(value, list) else [value], side)
    before = without_system(messages[:-1])
    if before and before != without_system(prompt):
        raise ShapeError(f'"{side}" goes on from another prompt than "prompt"')
    return last_answer(messages, side)


def last_answer(messages: list[Message], field: str) -> str:
    """The text of the last message.

    Raises ShapeError if it is not the assistant's, or is empty.
    """
    if messages[-1].role != "assistant" or not messages[-1].content.strip():
        raise ShapeError(f'"{field}" does not end with an answer')
    return messages[-1].content


def without_system(messages: list[Message]) -> list[Message]:
    """The messages of the user and the assistant."""
    return [message for message in messages if message.role != "system"]


def text_or_none(value: object) -> str | None:
    """A text that says something; None for all else."""
    return value if isinstance(value, str) and value.strip() else None
