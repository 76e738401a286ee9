"""A trainer's rollout -> Text (a prompt and an answer to judge), or Unread with the reason why it cannot be judged.

Nothing is guessed: an answer that cannot be told apart from its prompt or from the thought before it gets no reward.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from caigen.errors import CaigenError
from caigen.io.messages import ShapeError
from caigen.io.rows import read_row
from caigen.records import Message, Score
from caigen.text import reasoning


@dataclass(frozen=True)
class Text:
    """An answer to a prompt; `id` is the id of its record if the trainer sent it."""

    prompt: tuple[Message, ...]
    answer: str
    id: str | None = None


@dataclass(frozen=True)
class Unread:
    """Why a text has no reward: `reason` is a short word for counting, `message` a sentence.

    `score` holds the principles that were read, if the judge was asked; `prompt` the prompt, if it could be read.
    """

    reason: str
    message: str
    score: Score | None = None
    prompt: tuple[Message, ...] = ()


def text_of(prompt: Any, answer: object, *, id: object = None, rendered: str = "") -> Text | Unread:
    """A prompt (a string or messages) and an answer as a `Text`, without the answer's thought.

    `rendered` is the prompt as the policy's chat template wrote it, if known: the template may have opened the thought.
    """
    try:
        messages = messages_of(prompt)
    except CaigenError as error:
        return Unread("bad_prompt", str(error))
    if not isinstance(answer, str):
        return Unread("no_answer", "the completion has no text of the assistant", prompt=messages)
    if fault := encoding_fault(answer):
        return Unread("not_text", f"the answer {fault}", prompt=messages)
    response, thought = _split_thought(answer, rendered)
    if not response.strip():
        if thought:
            return Unread("only_thought", "the answer is a thought", prompt=messages)
        return Unread("no_answer", "the answer is empty", prompt=messages)
    record_id = str(id) if isinstance(id, str | int) and id != "" else None
    return Text(messages, answer if thought is None else response, record_id)


def _split_thought(answer: str, rendered: str) -> tuple[str, str | None]:
    """The response and the thought before it (None if there is none). The one place where rewards tell them apart."""
    # a prompt that ends with an opening marker: the answer begins inside the thought
    for format_ in reasoning.FORMATS:
        if rendered.rstrip().endswith(format_.open.rstrip()):
            return reasoning.read(reasoning.split_at_markers(answer, format_), format_, opened=True)
    return reasoning.split_thought(answer)


def messages_of(prompt: Any) -> tuple[Message, ...]:
    """A prompt as messages, read as `caigen score` reads it: a string, or messages that end with the user's.

    Raises CaigenError.
    """
    if prompt is None or (not isinstance(prompt, str) and not prompt):
        raise CaigenError('"prompt" is missing or empty: give a text, or messages of which the last is the user\'s')
    # read_row takes rows as they come from JSON
    if not isinstance(prompt, str) and isinstance(prompt, Sequence):
        prompt = [message.model_dump() if isinstance(message, Message) else message for message in prompt]
    try:
        messages = read_row({"prompt": prompt, "response": "-"}).prompt
    except ShapeError as error:
        raise CaigenError(str(error)) from error
    except (ValueError, TypeError) as error:
        raise CaigenError("the prompt holds what UTF-8 cannot write") from error
    for message in messages:
        if fault := encoding_fault(message.content):
            raise CaigenError(f"the prompt {fault}")
    return messages


def prompt_in(value: object) -> Any:
    """The messages of a prompt that was sent as JSON (`export-prompts --to verl`); any other value as it is."""
    if not isinstance(value, str) or not value.startswith("["):
        return value
    try:
        messages = json.loads(value)
    except ValueError:
        return value  # a text that begins with a bracket
    # a text may be a JSON list by chance: "[1, 2]"
    is_messages = messages and all(isinstance(message, dict) for message in messages)
    return messages if is_messages else value


def answer_of(completion: object) -> str | None:
    """The last text of the assistant in a completion; None if there is none, as in a mere tool call."""
    if isinstance(completion, str):
        return completion
    if not isinstance(completion, Sequence):
        return None
    # the last one with words: what comes before calls of tools is not the answer
    for message in reversed(completion):
        if isinstance(message, Mapping) and message.get("role", "assistant") == "assistant":
            text = _content_text(message.get("content"))
            if text and text.strip():
                return text
    return None


def encoding_fault(text: str) -> str | None:
    """Why a string cannot be shown to a model, as the end of a sentence; None for a usual string."""
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None


def _content_text(content: object) -> str | None:
    """The text of a message's content, a string or a list of text parts; None if a part has no text (an image)."""
    if isinstance(content, str):
        return content
    if not isinstance(content, Sequence):
        return None
    texts = [part.get("text") if isinstance(part, Mapping) else None for part in content]
    if not all(isinstance(text, str) for text in texts):
        return None
    return "".join(text for text in texts if text)
