"""read_prompts: texts, messages, rows and Records from Python -> Records, each under an id of its own."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from caigen.errors import InputError
from caigen.io.messages import ShapeError
from caigen.io.rows import has_id, read_row
from caigen.records import Message, Record

Prompt = str | Sequence[Message] | Mapping[str, Any] | Record


def read_prompts(prompts: Iterable[Prompt]) -> list[Record]:
    """Prompts as Records with ids of their own; equal prompts get `-2`, `-3` and so on behind the id.

    Raises InputError with the prompt's index.
    """
    if isinstance(prompts, str | bytes | Mapping | Record):
        kind = "text" if isinstance(prompts, str) else type(prompts).__name__
        raise InputError(f"prompts: a single {kind}; give a list of prompts")
    records: list[Record] = []
    made: list[int] = []  # the indices of records whose id was made from their content
    ids: set[str] = set()
    # first the ids that the caller gave, which stay as they are
    for index, prompt in enumerate(prompts):
        record, own_id = _read_prompt(prompt, index)
        records.append(record)
        if not own_id:
            made.append(index)
        elif record.id in ids:
            raise InputError(f"prompts[{index}]: duplicate id {record.id!r}")
        else:
            ids.add(record.id)
    # then the others, each under the first id that is free
    counts: Counter[str] = Counter()
    for index in made:
        record = records[index]
        unique = record.id
        while unique in ids:
            counts[record.id] += 1
            unique = f"{record.id}-{counts[record.id] + 1}"
        ids.add(unique)
        records[index] = record.model_copy(update={"id": unique})
    return records


def _read_prompt(prompt: Prompt, index: int) -> tuple[Record, bool]:
    """The Record of a prompt, and whether its id was given.

    Raises InputError.
    """
    if isinstance(prompt, Record):
        return prompt, True
    try:
        row = _row(prompt)
        return read_row(row), has_id(row)
    except ShapeError as error:
        raise InputError(f"prompts[{index}]: {error}") from error


def _row(prompt: str | Sequence[Message] | Mapping[str, Any]) -> dict[str, Any]:
    """A prompt as a row of JSON Lines would spell it.

    Raises ShapeError.
    """
    if isinstance(prompt, str):
        return {"prompt": prompt}
    if isinstance(prompt, Mapping):
        return dict(prompt)
    if isinstance(prompt, bytes) or not isinstance(prompt, Sequence):
        raise ShapeError(f"not a prompt but {type(prompt).__name__}")
    messages = [message.model_dump() if isinstance(message, Message) else message for message in prompt]
    return {"messages": messages}
