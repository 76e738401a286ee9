"""Columns: the fields that a user names with --prompt-field, --response-field and --system-field -> their values."""

from dataclasses import dataclass
from typing import Any

from caigen.io.forms import ANSWER_FIELDS, SYSTEM_FIELDS, shown_names
from caigen.io.messages import ShapeError, parse_conversation, parse_messages, split_answer
from caigen.io.reading import Fields, Reading, last_answer, text_or_none
from caigen.records import Message


@dataclass(frozen=True)
class Columns:
    """Names of fields; `a.b.0` is the first entry of field `b` of the object in field `a`."""

    prompt: str | None = None
    response: str | None = None
    system: str | None = None

    def hidden(self, fields: Fields) -> list[str]:
        """The fields of a row that its form must not read, since a named field is one of them or lies in it."""
        names = [name for name in (self.response, self.system) if name]
        tops = [name if name in fields else name.split(".")[0] for name in names]
        return [top for top in tops if top in fields and (top in names or top in (*ANSWER_FIELDS, *SYSTEM_FIELDS))]


def read_prompt(row: Fields, name: str) -> Reading:
    """The prompt of a named field: a text or messages, which may end with the answer.

    Raises ShapeError.
    """
    value = _find(row, name, "--prompt-field")
    if value is None:
        raise ShapeError(f'"{name}" (--prompt-field) is null')
    conversation = split_answer(parse_conversation(value, name))
    return Reading(conversation.messages, conversation.answer)


def read_response(row: Fields, name: str) -> str | None:
    """The text of a named field, or of the messages in it; None where it is null.

    Raises ShapeError.
    """
    value = _find(row, name, "--response-field")
    if value is None:
        return None
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str):  # a list of answers
        value = value[0]
    if isinstance(value, list):
        return last_answer(parse_messages(value, name), name)
    text = text_or_none(value)
    if text is None:
        raise ShapeError(f'"{name}" (--response-field) is not a text')
    return text


def with_system(row: Fields, messages: list[Message], name: str) -> list[Message]:
    """The messages after the text of a named field, which takes the place of a system message that is there.

    Raises ShapeError.
    """
    value = _find(row, name, "--system-field")
    if value is None or value == "":
        return messages
    if not isinstance(value, str):
        raise ShapeError(f'"{name}" (--system-field) is not a text')
    rest = messages[1:] if messages[0].role == "system" else messages
    return [Message(role="system", content=value), *rest]


def _find(row: Fields, name: str, option: str) -> Any:
    """The value of a field, or of one inside a field.

    Raises ShapeError where it is not there: a typing error would leave out a whole column without a word.
    """
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            raise ShapeError(f'there is no field "{name}" ({option}); the row has {shown_names(row)}')
    return value
