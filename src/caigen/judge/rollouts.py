"""What a trainer made, ready to be judged: a prompt and an answer, or the reason why there is nothing to judge.

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
    """An answer to a prompt; `id` is that of its record where the trainer sent it along."""

    prompt: tuple[Message, ...]
    answer: str
    id: str | None = None


@dataclass(frozen=True)
class Unread:
    """Why a text has no reward: a short word that is counted, and a sentence. `score` has the principles that were read,
    `prompt` is there where that much was known of a text which was not judged.
    """

    reason: str
    message: str
    score: Score | None = None
    prompt: tuple[Message, ...] = ()


def text_of(prompt: Any, answer: object, *, id: object = None, rendered: str = "") -> Text | Unread:
    """A prompt (text or messages) and an answer as a `Text`, the answer's thought left out.

    `rendered` is what the policy's chat template made of the prompt, where that is known: it may have begun the thought.
    """
    try:
        turns = messages_of(prompt)
    except CaigenError as error:
        return Unread("bad_prompt", str(error))
    if not isinstance(answer, str):
        return Unread("no_answer", "the completion has no text of the assistant", prompt=turns)
    if why := unwritable(answer):
        return Unread("not_text", f"the answer {why}", prompt=turns)
    spoken, thought = _apart(answer, rendered)
    if not spoken.strip():
        fault = ("only_thought", "the answer is a thought") if thought else ("no_answer", "the answer is empty")
        return Unread(*fault, prompt=turns)
    return Text(
        turns, answer if thought is None else spoken, str(id) if isinstance(id, str | int) and id != "" else None
    )


def _apart(answer: str, rendered: str) -> tuple[str, str | None]:
    """What the policy answered and what it thought before. The one place where rewards tell them apart."""
    for format_ in reasoning.FORMATS:
        if rendered.rstrip().endswith(format_.open.rstrip()):
            return reasoning.read(reasoning.cut(answer, format_), format_, opened=True)
    return reasoning.apart(answer)


def messages_of(prompt: Any) -> tuple[Message, ...]:
    """The messages of a prompt, read as `caigen score` reads them: a text, or messages of which the last is the user's.

    Raises CaigenError.
    """
    if prompt is None or (not isinstance(prompt, str) and not prompt):
        raise CaigenError('"prompt" is missing or empty: give a text, or messages of which the last is the user\'s')
    if not isinstance(prompt, str) and isinstance(prompt, Sequence):
        prompt = [turn.model_dump() if isinstance(turn, Message) else turn for turn in prompt]
    try:
        turns = read_row({"prompt": prompt, "response": "-"}).prompt
    except (ValueError, TypeError) as error:  # ShapeError is a ValueError; TypeError: a text that UTF-8 cannot write
        said = str(error) if isinstance(error, ShapeError) else "the prompt holds what UTF-8 cannot write"
        raise CaigenError(said) from error
    for turn in turns:
        if why := unwritable(turn.content):
            raise CaigenError(f"the prompt {why}")
    return turns


def prompt_in(told: object) -> Any:
    """A prompt that travelled as JSON (`export-prompts --to verl`), or as it is."""
    if isinstance(told, str) and told.startswith("["):
        try:
            found = json.loads(told)
        except ValueError:
            return told  # a text that begins with a bracket
        return found if found and all(isinstance(turn, dict) for turn in found) else told
    return told


def answer_of(completion: object) -> str | None:
    """The last text of the assistant in a completion; None where it has none, as a call of a tool alone."""
    if isinstance(completion, str):
        return completion
    for turn in reversed(completion) if isinstance(completion, Sequence) else ():
        if isinstance(turn, Mapping) and turn.get("role", "assistant") == "assistant":
            text = _joined(turn.get("content"))
            if text and text.strip():
                return text
    return None


def unwritable(text: str) -> str | None:
    """What makes a string no text that a model can be shown; None for a usual one."""
    if "\0" in text:
        return "holds a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError:
        return "holds half of a surrogate pair"
    return None


def _joined(content: object) -> str | None:
    """The text of a content that is a text or a list of parts; parts that are no text (images) leave nothing."""
    if isinstance(content, str):
        return content
    if isinstance(content, Sequence) and all(
        isinstance(p, Mapping) and isinstance(p.get("text"), str) for p in content
    ):
        return "".join(part["text"] for part in content)
    return None
