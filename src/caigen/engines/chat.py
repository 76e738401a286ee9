"""Messages to token ids through a model's own chat template: no second BOS, and no text becomes a control token."""

import copy
import re
import secrets
from collections.abc import Sequence
from typing import Any

from caigen.errors import CaigenError, RequestError
from caigen.reasoning import CLOSE
from caigen.records import Message

_MARK = secrets.token_hex(8)  # stands for a control token's name while a conversation is rendered; nobody can write it


class Chat:
    """The chat format of one tokenizer. `kwargs` go to its template, such as `enable_thinking`."""

    def __init__(self, tokenizer: Any, kwargs: dict[str, Any] | None = None) -> None:
        self.tokenizer = tokenizer
        self.kwargs = kwargs or {}
        added = getattr(tokenizer, "added_tokens_decoder", {}).values()
        names = sorted(
            {token.content for token in added if token.special or token.content.startswith("<")}, key=len, reverse=True
        )
        self._control = re.compile("|".join(map(re.escape, names))) if names else None
        backend = getattr(tokenizer, "backend_tokenizer", None)
        self._fast = copy.deepcopy(backend) if hasattr(backend, "encode_batch_fast") else None
        if self._fast is not None:
            self._fast.no_truncation()
            self._fast.no_padding()
        self._system = self._takes_system()

    def ids(self, messages: Sequence[Message]) -> tuple[list[int], bool]:
        """Token ids up to where the assistant speaks, and whether the template has begun a thought for it.

        Raises RequestError where the template refuses the conversation.
        """
        turns = [message.model_dump() for message in messages] if self._system else merged(messages)
        found: list[str] = []
        if self._control:
            for turn in turns:
                turn["content"] = self._control.sub(lambda match: _mark(found, match.group()), turn["content"])
        text = self._render(turns)
        return self._encode(text, found), text.rstrip().endswith("<think>")

    def text_ids(self, text: str) -> list[int]:
        """Token ids of a plain text to continue; the tokenizer's own BOS comes first where it has one."""
        found: list[str] = []
        marked = self._control.sub(lambda match: _mark(found, match.group()), text) if self._control else text
        bos = getattr(self.tokenizer, "bos_token_id", None)
        head = [bos] if bos is not None and bos in self.tokenizer.encode("")[:1] else []
        return head + self._encode(marked, found)

    @property
    def closed_thought(self) -> list[int]:
        """Token ids that end a thought before it was thought."""
        return self._plain(f"\n\n{CLOSE}\n\n")

    def _render(self, turns: list[dict[str, str]]) -> str:
        try:
            text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **self.kwargs)
        except Exception as error:  # a template is a program: whatever it raises is about this conversation
            raise RequestError("template", f"the model's chat template refuses the conversation: {error}") from error
        return str(text)

    def _encode(self, text: str, found: list[str]) -> list[int]:
        ids: list[int] = []
        for place, piece in enumerate(re.split(rf"{_MARK}(\d+);", text) if found else [text]):
            if place % 2:  # a control token's name inside somebody's text: in two pieces it stays text
                name = found[int(piece)]
                ids += self._plain(name[:1]) + self._plain(name[1:])
            elif piece:
                ids += self._plain(piece)
        return ids

    def _plain(self, text: str) -> list[int]:
        """Token ids without a BOS. The Rust tokenizer itself costs a third less than through transformers, and lets other
        threads work meanwhile.
        """
        if self._fast is not None:
            found: list[int] = self._fast.encode_batch_fast([text], add_special_tokens=False)[0].ids
            return found
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _takes_system(self) -> bool:
        if not getattr(self.tokenizer, "chat_template", None):
            return True
        turns = [{"role": "system", "content": _MARK}, {"role": "user", "content": "x"}]
        try:
            return _MARK in self._render(turns)
        except RequestError:
            return False


def check_template(tokenizer: Any, model: str) -> None:
    """Raises CaigenError where a model has no chat template."""
    if not getattr(tokenizer, "chat_template", None):
        raise CaigenError(
            f"model {model} has no chat template: it is a base model; use --style plain, or an instruct model"
        )


def _mark(found: list[str], name: str) -> str:
    found.append(name)
    return f"{_MARK}{len(found) - 1};"


def merged(messages: Sequence[Message]) -> list[dict[str, str]]:
    """System messages put in front of the user message that follows, for templates that refuse them."""
    turns: list[dict[str, str]] = []
    held: list[str] = []
    for message in messages:
        if message.role == "system":
            held.append(message.content)
        elif message.role == "user" and held:
            turns.append({"role": "user", "content": "\n\n".join([*held, message.content])})
            held = []
        else:
            turns.append(message.model_dump())
    return turns
