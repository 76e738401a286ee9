"""A parsed row of input -> Record: its own records as they are, other rows by their shape (shapes.py)."""

import hashlib
from typing import Any

import orjson
from pydantic import ValidationError

from caigen.errors import first_error
from caigen.io.cells import MAX_LEVELS
from caigen.io.messages import ShapeError, check_prompt, split_thought
from caigen.io.shapes import SHAPES, Take
from caigen.records import SCHEMA, Candidate, Message, Record

ID_FIELDS = ("id", "custom_id")
MESSAGE_FIELDS = ("prompt", "messages", "chosen", "rejected", "completion")  # fields that may hold messages
DATA_FIELDS = (  # fields whose names say that they are data
    *("system", "system_prompt", "instruction", "input", "output", "completion", "response", "answer"),
    *("chosen", "rejected", "messages", "conversations", "history", "tools", "functions", "images"),
)
CALL_FIELDS = ("tool_calls", "function_call")  # fields of a message that call tools
NEEDS = 'needs "prompt", "messages", "chosen" and "rejected", or a caigen record'


def read_row(row: object, *, take: Take = "none") -> Record:
    """The Record of one parsed row. `take` names the side of a preference row that becomes the candidate.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    if _is_record(row):
        return _read_record(row)
    if _is_deeper(row, MAX_LEVELS):
        raise ShapeError(f"nested deeper than {MAX_LEVELS} levels")
    fields = dict(row)
    own_id = _pop_id(fields)
    for needed, read_shape in SHAPES.items():
        if any(fields.get(name) is None for name in needed):
            continue
        messages, answer = read_shape(fields, take)
        prompt = check_prompt(messages)
        candidates: tuple[Candidate, ...] = ()
        if answer is not None:
            candidates = (_candidate(answer),)
        return Record(id=own_id or content_id(prompt, answer), prompt=prompt, candidates=candidates, meta=fields)
    raise ShapeError(f"not a prompt: {NEEDS}")


def unused_fields(row: object, record: Record) -> list[str]:
    """The fields of a row that look like data and are not in its Record's prompt and candidates; none for a record."""
    if not isinstance(row, dict) or _is_record(row):
        return []
    names = [name for name in DATA_FIELDS if record.meta.get(name)]
    messages = _all_messages(row)
    for name in CALL_FIELDS:
        if any(message.get(name) for message in messages):
            names.append(name)
    return names


def _all_messages(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Every message of a row, from all fields that may hold some."""
    holder = row
    if isinstance(row.get("body"), dict):  # a request of an OpenAI batch file
        holder = row["body"]
    messages: list[dict[str, Any]] = []
    for name in MESSAGE_FIELDS:
        value = holder.get(name)
        if isinstance(value, list):
            messages += [part for part in value if isinstance(part, dict)]
    return messages


def content_id(prompt: tuple[Message, ...], answer: str | None) -> str:
    """An id made from the content, the same on every run: 16 hexadecimal digits."""
    parts: list[Any] = [[message.role, message.content] for message in prompt]
    return hashlib.sha256(orjson.dumps([*parts, answer])).hexdigest()[:16]


def has_id(row: dict[str, Any]) -> bool:
    """Whether a row brings its own id."""
    return any(row.get(name) not in (None, "") for name in ID_FIELDS)


def _pop_id(fields: dict[str, Any]) -> str | None:
    """Take the row's own id out of its fields; None if it has none."""
    for name in ID_FIELDS:
        value = fields.get(name)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ShapeError(f'"{name}" is neither a text nor an integer of 64 bits')
        del fields[name]
        return str(value)
    return None


def _is_record(row: dict[str, Any]) -> bool:
    """Whether a row says that it is a record of caigen, of this version or of another."""
    return str(row.get("schema")).startswith("caigen.")


def _read_record(row: dict[str, Any]) -> Record:
    if row["schema"] != SCHEMA:
        raise ShapeError(f"schema {row['schema']!r} is not one this caigen reads ({SCHEMA})")
    if _is_deeper(row.get("meta"), MAX_LEVELS):
        raise ShapeError(f"not a caigen record: meta: nested deeper than {MAX_LEVELS} levels")
    try:
        return Record.model_validate(row)
    except ValidationError as error:
        raise ShapeError(f"not a caigen record: {first_error(error)}") from error


def _is_deeper(value: object, levels: int) -> bool:
    """Whether a value is nested deeper than so many levels."""
    if levels == 0:
        return True
    if isinstance(value, dict):
        return any(_is_deeper(part, levels - 1) for part in value.values())
    if isinstance(value, list):
        return any(_is_deeper(part, levels - 1) for part in value)
    return False


def _candidate(answer: str) -> Candidate:
    """An answer, with the thought in it kept apart."""
    text, thought = split_thought(answer)
    return Candidate(text=text, reasoning=thought)
