"""The shapes of input row that caigen understands, but its own records: each has a reader that gives a Conversation.

`SHAPES` is the registry: the fields a row must have, and its reader. To add a shape, add an entry. A reader takes the
fields that it uses out of `fields`; what is left goes to the record's `meta`.
"""

from collections.abc import Callable
from typing import Any

from caigen.choices import Take as Take
from caigen.io.messages import Conversation, ShapeError, parse_hh, parse_messages, split_answer
from caigen.records import Message

Fields = dict[str, Any]

SYSTEM_FIELDS = ("system", "system_prompt")


def _read_prompt(fields: Fields, take: Take) -> Conversation:
    """`prompt`: a text or messages, with the answer beside it, or at its end."""
    prompt = fields.pop("prompt")
    if isinstance(prompt, str):
        messages = [Message(role="user", content=prompt)]
    else:
        messages = parse_messages(prompt, "prompt")
    answer = _pop_answer(fields, messages, take)
    messages = _with_system(fields, messages)
    if answer is None and not isinstance(prompt, str):
        return split_answer(messages)  # messages may end with the answer
    return Conversation(messages, answer)


def _read_messages(fields: Fields, take: Take) -> Conversation:
    """`messages`: a prompt, with an answer if they end with the assistant."""
    return split_answer(_with_system(fields, parse_messages(fields.pop("messages"), "messages")))


def _read_preference(fields: Fields, take: Take) -> Conversation:
    """`chosen` and `rejected`, two whole conversations: the messages that both begin with are the prompt."""
    sides = {side: _parse_dialogue(fields.pop(side), side) for side in ("chosen", "rejected")}
    shared = _count_shared(sides["chosen"], sides["rejected"])
    prompt = sides["chosen"][:shared]
    while prompt and prompt[-1].role != "user":  # both answers may begin with the same message
        prompt.pop()
    if not prompt:
        raise ShapeError('"chosen" and "rejected" share no prompt')
    if take == "none":
        return Conversation(prompt)
    rest = sides[take][len(prompt) :]
    if not rest or rest[0].role != "assistant" or not rest[0].content.strip():
        raise ShapeError(f"{take!r} has no answer to the shared prompt")
    return Conversation(prompt, rest[0].content)


def _read_batch(fields: Fields, take: Take) -> Conversation:
    """`body`: a request of an OpenAI batch file, whose other settings go to `meta`."""
    body = fields.pop("body")
    if not isinstance(body, dict) or "messages" not in body:
        raise ShapeError('"body" has no "messages"')
    for key in ("method", "url"):
        fields.pop(key, None)
    fields.update({key: value for key, value in body.items() if key != "messages"})
    return split_answer(parse_messages(body["messages"], "body.messages"))


def _parse_dialogue(value: object, side: str) -> list[Message]:
    if isinstance(value, str):
        return parse_hh(value)
    if isinstance(value, list):
        return parse_messages(value, side)
    raise ShapeError('"chosen" and "rejected" must be hh-rlhf dialogues (strings) or lists of messages')


def _count_shared(chosen: list[Message], rejected: list[Message]) -> int:
    """How many messages two conversations share at the beginning."""
    count = 0
    for one, other in zip(chosen, rejected, strict=False):
        if one != other:
            break
        count += 1
    return count


def _pop_answer(fields: Fields, prompt: list[Message], take: Take) -> str | None:
    """The answer in a field beside the prompt: the field that `take` names, else `response`, else `completion`."""
    if take != "none" and fields.get(take) is not None:
        return _parse_side(fields.pop(take), prompt, take)
    response = fields.pop("response", None)
    if response is not None:
        if not isinstance(response, str) or not response.strip():
            raise ShapeError('"response" is not a text')
        return response
    completion = _completion_text(fields.get("completion"))
    if completion is not None:
        del fields["completion"]
    return completion


def _completion_text(completion: object) -> str | None:
    """The text of `completion`: a text, or one message of the assistant. None for all else, which stays in `meta`."""
    if isinstance(completion, list) and len(completion) == 1 and isinstance(completion[0], dict):
        message = completion[0]
        completion = message.get("role") == "assistant" and message.get("content")
    if not isinstance(completion, str) or not completion.strip():
        return None
    return completion


def _parse_side(value: object, prompt: list[Message], take: Take) -> str:
    """The answer in `chosen` or `rejected` beside a prompt: a text, a message, or a conversation that ends with it."""
    if isinstance(value, str) and value.strip():
        return value
    if not isinstance(value, list):
        value = [value]
    messages = parse_messages(value, take)
    before = _without_system(messages[:-1])
    if before and before != _without_system(prompt):
        raise ShapeError(f'"{take}" goes on from another prompt than "prompt"')
    if messages[-1].role != "assistant" or not messages[-1].content.strip():
        raise ShapeError(f'"{take}" does not end with an answer')
    return messages[-1].content


def _without_system(messages: list[Message]) -> list[Message]:
    return [message for message in messages if message.role != "system"]


def _with_system(fields: Fields, messages: list[Message]) -> list[Message]:
    """The messages, after the system message of a field of its own; a system message that is there already wins."""
    for name in SYSTEM_FIELDS:
        system = fields.get(name)
        if isinstance(system, str) and system.strip() and messages[0].role != "system":
            del fields[name]
            return [Message(role="system", content=system), *messages]
    return messages


# fields that a row must have -> its reader; the first that fits is taken
SHAPES: dict[tuple[str, ...], Callable[[Fields, Take], Conversation]] = {
    ("prompt",): _read_prompt,
    ("messages",): _read_messages,
    ("chosen", "rejected"): _read_preference,
    ("body",): _read_batch,
}
