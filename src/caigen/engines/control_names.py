"""Names of control tokens in texts for a server: `Request -> Request` in which they are only text, and back.

A server fills texts into its chat template and reads the whole as tokens, so that `<|im_end|>` in a text would end the
message there. A word joiner (U+2060, no width) behind the first character keeps such a name readable, and no tokenizer
takes it for the token. What the model copies of it is put right in its answer.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from caigen.engines.base import Completion, Request
from caigen.engines.chat import Chat
from caigen.engines.http_client import HttpClient
from caigen.engines.served_template import is_control_token
from caigen.errors import CaigenError, EngineError, needs

JOINER = "\u2060"
_ESCAPED_JOINER = "\\u2060"  # as JSON writes it
# What looks like a control token of a chat model. Match: `<|im_end|>`, `<｜User｜>`, `</s>`, `[INST]`,
# `<end_of_turn>`. No match: `<table>`, `[1]`, `a <| b`.
SUSPECT = re.compile(
    r"<[|｜][^|｜<>\s]{1,40}[|｜]>|<\|[\w-]{1,40}>|</?s>|<(?:bos|eos|pad|unk|mask|sop|eop)>"
    r"|</?(?:start|end)_of_(?:turn|image|text)>|</?(?:think|thought|tool_call|tool_response|seed:\w+)>"
    r"|<(?:unused|reserved|extra_id)_?\d{1,4}>|\[/?(?:INST|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS|THINK)\]"
    r"|<</?SYS>>|\[gMASK\]"
)

UNKNOWN_NAMES = (
    "texts hold names of control tokens, such as <|im_end|>, and go to the server as they are; --tokenizer NAME of the "
    "model keeps them text"
)


def masked(name: str) -> str:
    """The name of a control token as text that is none: `<|x|>` with a word joiner behind `<`."""
    return name[:1] + JOINER + name[1:]


def names_in(request: Request, pattern: re.Pattern[str]) -> set[str]:
    """The names in a request's texts that match."""
    texts = [message.content for message in request.messages] + [request.text or ""]
    return {match.group() for text in texts for match in pattern.finditer(text)}


def mask(request: Request, names: Iterable[str]) -> Request:
    """The request with each of these names masked."""
    # longest first: a name may be a part of another
    ordered = sorted(names, key=len, reverse=True)
    messages = tuple(
        message.model_copy(update={"content": _mask(message.content, ordered)}) for message in request.messages
    )
    return replace(request, messages=messages, text=None if request.text is None else _mask(request.text, ordered))


def unmask(completion: Completion, names: Iterable[str]) -> Completion:
    """The completion with the names as they were in the request."""
    text, thought = completion.text, completion.reasoning
    for name in names:
        for joiner in (JOINER, _ESCAPED_JOINER):
            copied = name[:1] + joiner + name[1:]
            text = text.replace(copied, name)
            thought = thought.replace(copied, name) if thought else thought
    return replace(completion, text=text, reasoning=thought)


def _mask(text: str, names: list[str]) -> str:
    for name in names:
        text = text.replace(name, masked(name))
    return text


def control_names(tokenizer: str) -> re.Pattern[str]:
    """A pattern that matches the names of a tokenizer's control tokens; `tokenizer` is a folder or a name on the hub.

    Raises EngineError if it does not load.
    """
    try:
        loaded = _load(tokenizer)
    except ImportError as error:
        raise needs("spans", f"--tokenizer {tokenizer} cannot be loaded", error) from error
    except CaigenError:
        raise
    except Exception as error:  # whatever a library of the hub raises is about this name
        reason = " ".join(str(error).split())[:200]
        raise EngineError(f"--tokenizer {tokenizer} does not load: {reason}") from error
    # a pattern that matches nothing, where the tokenizer has no control token
    return Chat(loaded).control_names or re.compile(r"(?!)")


def _load(tokenizer: str) -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(tokenizer)


class ControlNames:
    """Which names in a request are control tokens of the server's model.

    `pattern` matches those of a tokenizer that the user named. Without one a vLLM server is asked about names that look
    like control tokens.
    """

    def __init__(self, client: HttpClient, model: str, pattern: re.Pattern[str] | None) -> None:
        self._client, self._model, self._pattern = client, model, pattern
        self._known: dict[str, bool | None] = {}  # whether a name is a control token; None: the server does not tell

    async def find(self, request: Request) -> tuple[set[str], str]:
        """The control names in a request, and words for the user about names of which it is not known; else empty."""
        if self._pattern:
            return names_in(request, self._pattern), ""
        suspects = names_in(request, SUSPECT)
        for name in suspects - {*self._known}:
            self._known[name] = await is_control_token(self._client, self._model, name)
        if any(self._known[name] is None for name in suspects):
            return {name for name in suspects if self._known[name]}, UNKNOWN_NAMES
        return {name for name in suspects if self._known[name]}, ""
