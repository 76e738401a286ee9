"""A parsed row of input -> Record: its own records as they are, other rows by their form (forms.py)."""

import hashlib
from typing import Any, NamedTuple

import orjson
from pydantic import ValidationError

from caigen.choices import Take
from caigen.errors import first_error
from caigen.io import columns as named
from caigen.io.cells import MAX_LEVELS
from caigen.io.columns import Columns
from caigen.io.forms import form_of, spelled_as_known
from caigen.io.messages import ShapeError, check_prompt, split_thought
from caigen.io.preferences import read_beside
from caigen.io.reading import SIDES, Fields, Reading
from caigen.records import SCHEMA, Candidate, Message, Record

ID_FIELDS = ("id", "custom_id")
MESSAGE_FIELDS = ("prompt", "messages", "conversations", "chosen", "rejected", "completion")  # may hold messages
DATA_FIELDS = frozenset(  # fields whose names say that they are data
    [
        *("system", "system_prompt", "instruction", "instructions", "input", "output", "context", "completion"),
        *("response", "responses", "answer", "answers", "solution", "target", "targets", "target_scores", "choices"),
        *("chosen", "rejected", "messages", "conversations", "conversation", "history", "instances", "completions"),
        *("tools", "functions", "image", "images", "audio", "audios", "video", "videos", "documents"),
        *("chosen_response", "rejected_response", "answer_matching_behavior", "answer_not_matching_behavior"),
        *("continuation", "text", "query", "question"),
    ]
)
CALL_FIELDS = ("tool_calls", "function_call")  # fields of a message that call tools
RECORD_FORM = "caigen record"
NAMED_FORM = "named fields"
NO_COLUMNS = Columns()


class ReadRow(NamedTuple):
    """A row's Record, the name of its form, the fields that look like data and were not used, and its two answers.

    `unused_sides` are those of the fields that hold a chosen and a rejected answer of which none was taken.
    """

    record: Record
    form: str
    unused: tuple[str, ...] = ()
    unused_sides: tuple[str, ...] = ()


def read_row(row: object, *, take: Take = "none", columns: Columns = NO_COLUMNS) -> Record:
    """The Record of one parsed row. `take` names the side of a preference row that becomes the candidate.

    Raises ShapeError.
    """
    return read_named_row(row, take=take, columns=columns).record


def read_named_row(row: object, *, take: Take = "none", columns: Columns = NO_COLUMNS) -> ReadRow:
    """The Record of one parsed row, and what is to be said of the row.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    if is_record(row):
        return ReadRow(_read_record(row), RECORD_FORM)
    fields, own_id = start(row)
    form, reading = read_fields(fields, columns)
    answer = reading.answer
    if take != "none":
        if reading.side is None:
            raise ShapeError(f"--take {take} does not apply: {reading.no_sides}")
        answer = reading.side(take)
        for name in reading.side_fields:
            if name == take:
                fields.pop(name, None)
    prompt = check_prompt(reading.messages)
    candidates = () if answer is None else (candidate(answer),)
    record = Record(id=own_id or content_id(prompt, answer), prompt=prompt, candidates=candidates, meta=fields)
    sides = reading.side_fields if reading.side else ()
    unused = _unused(row, fields, (*sides, *SIDES) if sides else ())
    return ReadRow(record, form, unused, sides if take == "none" else ())


def read_fields(fields: Fields, columns: Columns = NO_COLUMNS) -> tuple[str, Reading]:
    """The name of the form and the prompt and answers of a row; what it uses is taken out of `fields`.

    Raises ShapeError.
    """
    row = dict(fields)
    for name in columns.hidden(fields):
        del fields[name]
    if columns.prompt:
        form, reading = NAMED_FORM, named.read_prompt(row, columns.prompt)
        fields.pop(columns.prompt, None)
    else:
        form, reading = _read_form(fields)
    if columns.response:
        reading = reading._replace(answer=named.read_response(row, columns.response))
    if columns.system:
        reading = reading._replace(messages=named.with_system(row, reading.messages, columns.system))
    return form, read_beside(fields, reading)


def _read_form(fields: Fields) -> tuple[str, Reading]:
    """The name of a row's form and what it gives; names in other capitals are tried where no form fits.

    Raises ShapeError.
    """
    try:
        form = form_of(fields)
    except ShapeError:
        known = spelled_as_known(fields)
        if known.keys() == fields.keys():
            raise
        fields.clear()
        fields.update(known)
        form = form_of(fields)
    return form.name, form.read(fields)


def start(row: dict[str, Any]) -> tuple[Fields, str | None]:
    """The fields of a row without its id, and the id, None if it has none.

    Raises ShapeError.
    """
    if _is_deeper(row, MAX_LEVELS):
        raise ShapeError(f"nested deeper than {MAX_LEVELS} levels")
    fields = dict(row)
    return fields, _pop_id(fields)


def unused_fields(row: object, record: Record) -> list[str]:
    """The fields of a row that look like data and are not in its Record's prompt and candidates; none for a record."""
    if not isinstance(row, dict) or is_record(row):
        return []
    return list(_unused(row, record.meta, ()))


def _unused(row: dict[str, Any], meta: dict[str, Any], known: tuple[str, ...]) -> tuple[str, ...]:
    """The fields that look like data and were not used, but those in `known`."""
    names = [name for name, value in meta.items() if value and name not in known and name.lower() in DATA_FIELDS]
    calls = {name for message in _all_messages(row) for name in CALL_FIELDS if message.get(name)}
    return (*names, *sorted(calls))


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


def is_record(row: dict[str, Any]) -> bool:
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


def candidate(answer: str) -> Candidate:
    """An answer, with the thought in it kept apart."""
    text, thought = split_thought(answer)
    return Candidate(text=text, reasoning=thought)
