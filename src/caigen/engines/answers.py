"""Read the answer of an OpenAI-compatible server: `JSON -> Completion`. Nothing in the JSON is assumed well-formed."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from caigen.engines.answer_logprobs import choice_logprobs
from caigen.engines.base import MAX_TOKEN_COUNT, Completion, Request
from caigen.engines.failures import as_object, error_message, first_choice
from caigen.errors import RequestError
from caigen.records import Tokens, unfinished
from caigen.text import reasoning
from caigen.text.known_secrets import KnownSecrets

NO_SECRETS = KnownSecrets()
TEXT_FIELDS = ("text", "thinking", "reasoning", "content", "summary")  # where a part of a message keeps its text
# where a message keeps its thought: DeepSeek, vLLM, OpenRouter, Ollama, LiteLLM
THOUGHT_FIELDS = ("reasoning_content", "reasoning", "reasoning_details", "thinking", "thinking_blocks", "thought")
# in a part's type: "thinking", "thought", "reasoning.text"; not "output_text"
_THOUGHT_TYPE = re.compile("think|thought|reason")


class Answer(NamedTuple):
    """A text and the thought that came before it; None if there was none."""

    text: str
    thought: str | None


def read_completion(
    body: Any, request: Request, *, opened: reasoning.Format | None = None, secrets: KnownSecrets = NO_SECRETS
) -> Completion:
    """Read a chat completion or a text completion. `opened` is the format of a thought that the server's template is
    known to open; an answer that repeats one of `secrets` is not kept.

    A refusal is a text with the finish reason `refusal`; an answer without a finish reason has `no_finish_reason`.

    Raises RequestError `bad_answer` if it is neither kind of completion, `choice_not_a_token`.
    """
    try:
        completion = _completion(body, request, opened)
    except (KeyError, IndexError, TypeError, AttributeError, ValueError) as error:
        shown = error_message(secrets.remove_from(body))
        raise RequestError("bad_answer", f"not an OpenAI completion ({error}): {shown}") from error
    if secrets.are_in(completion.text, completion.reasoning, completion.finish_reason):
        raise RequestError("bad_answer", "the answer repeats the API key or a password of the URL")
    return completion


def _completion(body: Any, request: Request, opened: reasoning.Format | None) -> Completion:
    if not isinstance(body, dict):
        raise TypeError("no JSON object")
    choice = first_choice(body["choices"])
    if not isinstance(choice, dict):
        raise TypeError("no choice")
    message = choice.get("message")
    # a chat completion has a message, whose thought may be apart already; a text completion has a text
    if message is not None:
        raw, thought = _message_parts(message)
    else:
        raw, thought = choice["text"], None
    finish_reason = choice.get("finish_reason") or "no_finish_reason"
    if not isinstance(raw, str) or not isinstance(finish_reason, str):
        raise TypeError("wrong types")
    if refusal := _refusal(message):
        # beside a text too: the model broke off and refused
        raw, finish_reason = raw if raw.strip() else refusal, "refusal"
    answer = _split_repeated(raw, thought) if thought else _split_thought(raw, finish_reason, request, opened)
    usage = as_object(body.get("usage"))
    if answer.thought is None and not answer.text.strip() and _thought_is_hidden(usage):
        answer = answer._replace(thought="")  # it thought, and that is all we know
    choices = choice_logprobs(choice.get("logprobs"), answer.text.strip(), request)
    return Completion(answer.text.strip(), finish_reason, _tokens(usage), answer.thought, choices)


def _split_repeated(raw: str, thought: str) -> Answer:
    """The text beside a thought that the server kept apart; some servers leave the thought in the text as well."""
    text, repeated = reasoning.split_thought(raw, unopened=False)
    return Answer(raw if repeated is None else text, thought)


def _message_parts(message: Any) -> tuple[Any, str | None]:
    """Text and thought of a message, if the server keeps them apart: in a field, or in typed parts of the content."""
    content = message.get("content")
    text: Any = content
    thought = ""
    if content is None:
        text = ""
    elif isinstance(content, list | dict):
        texts: dict[bool, list[str]] = {False: [], True: []}  # by whether they are of the thought
        for part in content if isinstance(content, list) else [content]:
            # Gemini marks a part of the thought by a field of its own
            is_thought = part.get("thought") is True or bool(_THOUGHT_TYPE.search(str(part.get("type", ""))))
            texts[is_thought].extend(_texts(part))
        text, thought = "".join(texts[False]), "\n".join(texts[True])
    for name in THOUGHT_FIELDS:
        if not thought.strip():
            thought = "\n".join(_texts(message.get(name)))
    return text, thought.strip() or None


def _refusal(message: Any) -> str:
    """The text of a refusal: in a field of the message, or in parts of its content."""
    parts = [message]
    content = (message or {}).get("content")
    if isinstance(content, list):
        parts += content
    texts = [as_object(part).get("refusal") for part in parts]
    return "".join(text for text in texts if isinstance(text, str)).strip()


def _texts(part: Any) -> Iterator[str]:
    """All texts in a part of a message: a text, a list of parts, or an object with one of the usual fields."""
    if isinstance(part, str):
        yield part
    elif isinstance(part, list):
        for piece in part:
            yield from _texts(piece)
    elif isinstance(part, dict):
        for name in TEXT_FIELDS:
            yield from _texts(part.get(name))


def _split_thought(raw: str, finish_reason: str, request: Request, opened: reasoning.Format | None) -> Answer:
    """Split a text that may hold both answer and thought."""
    # plain text is continued as it is, and JSON that begins at once has no thought before it
    if request.text is not None or (request.schema and raw.lstrip().startswith("{")):
        return Answer(raw, None)
    # a thought with its opening mark in the text
    text, thought = reasoning.split_thought(raw)
    if thought is not None:
        return Answer(text, thought)
    # a thought that the template opened: it ends with the closing mark, or was cut off before that
    cut_off = unfinished(finish_reason) not in (None, "no_finish_reason", "refusal")
    if opened and (reasoning.has_closing_marker(raw, opened) or (cut_off and not request.schema)):
        return Answer(*reasoning.read(reasoning.split_at_markers(raw, opened), opened, opened=True))
    # nothing is known of the template, but the request asked for a thought, so a closing mark ends one
    if request.sampling.think == "on":
        for format_ in reasoning.FORMATS[1:]:
            if reasoning.has_closing_marker(raw, format_):
                pieces = reasoning.split_at_markers(raw, format_)
                return Answer(*reasoning.read(pieces, format_, opened=format_.open not in raw))
    return Answer(text, None)


def _tokens(usage: dict[str, Any]) -> Tokens:
    return Tokens(
        prompt=_count(usage.get("prompt_tokens")),
        cached=_detail(usage, "prompt_tokens_details", "cached_tokens"),
        completion=_count(usage.get("completion_tokens")),
    )


def _thought_is_hidden(usage: dict[str, Any]) -> bool:
    """Whether tokens were spent on a thought that the server does not show."""
    return _detail(usage, "completion_tokens_details", "reasoning_tokens") > 0


def _detail(usage: dict[str, Any], group: str, name: str) -> int:
    """A count within a group of `usage`; 0 if it is not there."""
    return _count(as_object(usage.get(group)).get(name))


def _count(value: Any) -> int:
    """A token count; 0 for anything that cannot be one."""
    is_count = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MAX_TOKEN_COUNT
    return value if is_count else 0
