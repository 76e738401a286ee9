"""The shapes of input line that caigen understands, each turned into a Record.

`read_row` tries them in the order of `SHAPES`; fields that a shape does not use go to `meta`.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal

import orjson
from pydantic import ValidationError

from caigen import reasoning
from caigen.records import SCHEMA, Candidate, Message, Record, Role

Take = Literal["none", "chosen", "rejected"]
ROLES = ("system", "user", "assistant")
IDS = ("id", "custom_id")
DEEPEST = 100
NEEDS = 'needs "prompt", "messages", "chosen" and "rejected", or a caigen record'
_HH_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):[ \t]?")


class ShapeError(ValueError):
    """A line that is none of the accepted shapes; the message says what is missing."""


def read_row(row: object, *, take: Take = "none") -> Record:
    """One parsed line as a Record; `take` picks the answer of an hh-rlhf line that becomes the candidate.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    if str(row.get("schema")).startswith("caigen."):
        return _record(row)
    if _deep(row, DEEPEST):
        raise ShapeError(f"nested deeper than {DEEPEST} levels")
    rest = dict(row)
    name = _identity(rest)
    for needed, read in SHAPES.items():
        if all(key in rest for key in needed):
            messages, answer = read(rest, take)
            prompt = _checked(messages)
            candidates = () if answer is None else (_candidate(answer),)
            return Record(id=name or content_id(prompt, answer), prompt=prompt, candidates=candidates, meta=rest)
    raise ShapeError(f"not a prompt: {NEEDS}")


def content_id(prompt: tuple[Message, ...], answer: str | None) -> str:
    """An id made from the content, the same on every run."""
    content = orjson.dumps([[m.role, m.content] for m in prompt] + [answer])
    return hashlib.sha256(content).hexdigest()[:16]


def parse_hh(text: str) -> list[Message]:
    """The turns of an hh-rlhf dialogue.

    Raises ShapeError where the text does not begin with a turn.
    """
    pieces = _HH_TURN.split(text)
    if pieces[0].strip() or len(pieces) < 3:
        raise ShapeError("not an hh-rlhf dialogue: it does not begin with '\\n\\nHuman:'")
    spoken: dict[str, Role] = {"Human": "user", "Assistant": "assistant"}
    return [
        Message(role=spoken[who], content=said.strip()) for who, said in zip(pieces[1::2], pieces[2::2], strict=True)
    ]


def _record(row: dict[str, Any]) -> Record:
    if row["schema"] != SCHEMA:
        raise ShapeError(f"schema {row['schema']!r} is not one this caigen reads ({SCHEMA})")
    try:
        return Record.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise ShapeError(f"not a caigen record: {where}: {first['msg'].lower()}") from error


def has_id(row: dict[str, Any]) -> bool:
    """Whether a line brings its own id."""
    return any(row.get(key) not in (None, "") for key in IDS)


def _identity(rest: dict[str, Any]) -> str | None:
    for key in IDS:
        value = rest.get(key)
        if value is None or value == "":
            continue
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ShapeError(f'"{key}" is neither a text nor an integer of 64 bits')
        del rest[key]
        return str(value)
    return None


def _deep(value: object, left: int) -> bool:
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return left == 0 or any(_deep(part, left - 1) for part in parts)


def _candidate(answer: str) -> Candidate:
    """An answer with the thought in it kept apart."""
    text, thought = _thought_apart(answer)
    return Candidate(text=text, reasoning=thought)


def _thought_apart(said: str) -> tuple[str, str | None]:
    """What an assistant said without the thought before it, and the thought."""
    text, thought = reasoning.apart(said)
    if thought is not None and not text:
        raise ShapeError("an answer is a thought and nothing else")
    return text, thought


def _from_hh(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    chosen, rejected = rest.pop("chosen"), rest.pop("rejected")
    if not isinstance(chosen, str) or not isinstance(rejected, str):
        raise ShapeError('"chosen" and "rejected" must be hh-rlhf dialogues (strings)')
    turns = {"chosen": parse_hh(chosen), "rejected": parse_hh(rejected)}
    shared = 0
    for one, other in zip(turns["chosen"], turns["rejected"], strict=False):
        if one != other:
            break
        shared += 1
    while shared and turns["chosen"][shared - 1].role != "user":
        shared -= 1
    if not shared:
        raise ShapeError('"chosen" and "rejected" share no prompt')
    if take == "none":
        return turns["chosen"][:shared], None
    answer = turns[take][shared] if len(turns[take]) > shared else None
    if answer is None or answer.role != "assistant" or not answer.content:
        raise ShapeError(f"{take!r} has no answer to the shared prompt")
    return turns["chosen"][:shared], answer.content


def _from_batch(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    body = rest.pop("body")
    if not isinstance(body, dict) or "messages" not in body:
        raise ShapeError('"body" has no "messages"')
    for key in ("method", "url"):
        rest.pop(key, None)
    rest.update({key: value for key, value in body.items() if key != "messages"})
    return _split(_messages(body["messages"], "body.messages"))


def _from_prompt(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    prompt, answer = rest.pop("prompt"), rest.pop("response", None)
    if answer is not None and (not isinstance(answer, str) or not answer.strip()):
        raise ShapeError('"response" is not a text')
    if isinstance(prompt, str):
        return [Message(role="user", content=prompt)], answer
    messages = _messages(prompt, "prompt")
    return (messages, answer) if answer is not None else _split(messages)


def _from_messages(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    return _split(_messages(rest.pop("messages"), "messages"))


Reader = Callable[[dict[str, Any], Take], tuple[list[Message], str | None]]
SHAPES: dict[tuple[str, ...], Reader] = {
    ("prompt",): _from_prompt,
    ("messages",): _from_messages,
    ("chosen", "rejected"): _from_hh,
    ("body",): _from_batch,
}


def _messages(value: object, where: str) -> list[Message]:
    if not isinstance(value, list) or not value:
        raise ShapeError(f'"{where}" is neither a text nor a list of messages')
    return [_message(turn, f"{where}[{place}]") for place, turn in enumerate(value)]


def _message(turn: object, where: str) -> Message:
    if not isinstance(turn, dict) or "role" not in turn or "content" not in turn:
        raise ShapeError(f"{where} is not a message: needs role and content")
    role, content = turn["role"], turn["content"]
    if role not in ROLES:
        raise ShapeError(f"{where}: role {role!r} is not one of {', '.join(ROLES)}")
    if isinstance(content, list) and all(isinstance(p, dict) and isinstance(p.get("text"), str) for p in content):
        content = "".join(part["text"] for part in content)
    if not isinstance(content, str):
        raise ShapeError(f"{where}: content is not a text")
    return Message(role=role, content=content)


def _split(messages: list[Message]) -> tuple[list[Message], str | None]:
    if messages[-1].role != "assistant":
        return messages, None
    if not messages[-1].content.strip():
        raise ShapeError("the last message, an answer, is empty")
    return messages[:-1], messages[-1].content


def _checked(messages: list[Message]) -> tuple[Message, ...]:
    if not messages or messages[-1].role != "user":
        raise ShapeError("the prompt does not end with a user message")
    if not messages[-1].content.strip():
        raise ShapeError("empty prompt")
    return tuple(
        turn.model_copy(update={"content": _thought_apart(turn.content)[0]}) if turn.role == "assistant" else turn
        for turn in messages
    )
