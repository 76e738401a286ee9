"""The shapes of input line that caigen understands, each turned into a Record.

`read_row` tries them in the order of `SHAPES`; fields that a shape does not use go to `meta`.
"""

import hashlib
import re
from collections.abc import Callable
from typing import Any, Literal

import orjson
from pydantic import ValidationError

from caigen.io.cells import DEEPEST
from caigen.records import SCHEMA, Candidate, Message, Record, Role
from caigen.text import reasoning

Take = Literal["none", "chosen", "rejected"]
ROLES = ("system", "user", "assistant")
IDS = ("id", "custom_id")
SYSTEM = ("system", "system_prompt")
TURNS = ("prompt", "messages", "chosen", "rejected", "completion")  # fields that may hold messages
DATA = (  # fields whose names say that they are data
    *("system", "system_prompt", "instruction", "input", "output", "completion", "response", "answer"),
    *("chosen", "rejected", "messages", "conversations", "history", "tools", "functions", "images"),
)
CALLS = ("tool_calls", "function_call")  # fields of a message that call tools
NEEDS = 'needs "prompt", "messages", "chosen" and "rejected", or a caigen record'
_HH_TURN = re.compile(r"(?:^|\n\n)(Human|Assistant):[ \t]?")


class ShapeError(ValueError):
    """A line that is none of the accepted shapes; the message says what is missing."""


def read_row(row: object, *, take: Take = "none") -> Record:
    """One parsed line as a Record; `take` picks the answer of a preference line that becomes the candidate.

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
        if all(rest.get(key) is not None for key in needed):
            messages, answer = read(rest, take)
            prompt = _checked(messages)
            candidates = () if answer is None else (_candidate(answer),)
            return Record(id=name or content_id(prompt, answer), prompt=prompt, candidates=candidates, meta=rest)
    raise ShapeError(f"not a prompt: {NEEDS}")


def unused(row: object, record: Record) -> list[str]:
    """The fields of a line that look like data and are not in its Record's prompt and candidates; of a caigen record none."""
    if not isinstance(row, dict) or str(row.get("schema")).startswith("caigen."):
        return []
    body = row.get("body")
    held = [(body if isinstance(body, dict) else row).get(key) for key in TURNS]
    turns = [turn for turns in held if isinstance(turns, list) for turn in turns if isinstance(turn, dict)]
    return [name for name in DATA if record.meta.get(name)] + [
        name for name in CALLS if any(turn.get(name) for turn in turns)
    ]


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
    if _deep(row.get("meta"), DEEPEST):
        raise ShapeError(f"not a caigen record: meta: nested deeper than {DEEPEST} levels")
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
    text, thought = reasoning.split_thought(said)
    if thought is not None and not text:
        raise ShapeError("an answer is a thought and nothing else")
    return text, thought


def _from_preference(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    """hh-rlhf's dialogues, or whole conversations of messages: the turns that both share are the prompt."""
    turns = {side: _dialogue(rest.pop(side), side) for side in ("chosen", "rejected")}
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
    if answer is None or answer.role != "assistant" or not answer.content.strip():
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


def _dialogue(value: object, side: str) -> list[Message]:
    if isinstance(value, str):
        return parse_hh(value)
    if isinstance(value, list):
        return _messages(value, side)
    raise ShapeError('"chosen" and "rejected" must be hh-rlhf dialogues (strings) or lists of messages')


def _from_prompt(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    prompt = rest.pop("prompt")
    asked = [Message(role="user", content=prompt)] if isinstance(prompt, str) else _messages(prompt, "prompt")
    answer = _answer(rest, asked, take)
    asked = _with_system(rest, asked)
    return (asked, answer) if answer is not None or isinstance(prompt, str) else _split(asked)


def _from_messages(rest: dict[str, Any], take: Take) -> tuple[list[Message], str | None]:
    return _split(_with_system(rest, _messages(rest.pop("messages"), "messages")))


def _answer(rest: dict[str, Any], asked: list[Message], take: Take) -> str | None:
    """The answer that stands beside a prompt: what `take` names, else `response`, else `completion` where it is a text or
    one message of the assistant.
    """
    if take != "none" and rest.get(take) is not None:
        return _side(rest.pop(take), asked, take)
    if (answer := rest.get("response")) is not None:
        if not isinstance(answer, str) or not answer.strip():
            raise ShapeError('"response" is not a text')
        return str(rest.pop("response"))
    rest.pop("response", None)
    completion = rest.get("completion")
    if isinstance(completion, list) and len(completion) == 1 and isinstance(completion[0], dict):
        completion = completion[0].get("content") if completion[0].get("role") == "assistant" else None
    if not isinstance(completion, str) or not completion.strip():
        return None  # whatever it is, it stays in meta, and `unused` names it
    del rest["completion"]
    return completion


def _side(value: object, asked: list[Message], take: Take) -> str:
    """The answer that `chosen` or `rejected` gives to a prompt: a text, a message, or a conversation that ends with it."""
    if isinstance(value, str) and value.strip():
        return value
    turns = _messages(value if isinstance(value, list) else [value], take)
    before = [turn for turn in turns[:-1] if turn.role != "system"]
    if before and before != [turn for turn in asked if turn.role != "system"]:
        raise ShapeError(f'"{take}" goes on from another prompt than "prompt"')
    if turns[-1].role != "assistant" or not turns[-1].content.strip():
        raise ShapeError(f'"{take}" does not end with an answer')
    return turns[-1].content


def _with_system(rest: dict[str, Any], messages: list[Message]) -> list[Message]:
    """The messages after the system message that a field of its own holds; one that is there already stays alone."""
    for name in SYSTEM:
        told = rest.get(name)
        if isinstance(told, str) and told.strip() and messages[0].role != "system":
            del rest[name]
            return [Message(role="system", content=told), *messages]
    return messages


Reader = Callable[[dict[str, Any], Take], tuple[list[Message], str | None]]
SHAPES: dict[tuple[str, ...], Reader] = {
    ("prompt",): _from_prompt,
    ("messages",): _from_messages,
    ("chosen", "rejected"): _from_preference,
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
