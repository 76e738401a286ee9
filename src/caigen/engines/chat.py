"""Messages to token ids through a model's own chat template: no second BOS, and no text becomes a control token."""

import copy
import re
import secrets
from collections.abc import Sequence
from typing import Any, Literal

from caigen.errors import CaigenError, RequestError
from caigen.records import Message
from caigen.text import reasoning

Tail = Literal["", "opened", "closed"]  # whether a rendered prompt ends with an opened or a closed thought

_MARK = secrets.token_hex(8)  # stands for a control token's name while a conversation is rendered; nobody can write it
# added tokens that are made to steer, though their tokenizer does not call them special: `<|fim|>`, `<tool_call>`; not `<table>`
_STEERS = re.compile(r"<[|｜].*|</?(?:unused|reserved|extra_id|tool)\w*>")
_ANCHORS = ("\n", ".", "a")


class Chat:
    """The chat format of one tokenizer. `kwargs` go to its template, such as `enable_thinking`.

    `format` is how its model writes a thought, None where it is not known to think; `thinks` says that the template knows of
    thoughts.
    """

    def __init__(self, tokenizer: Any, kwargs: dict[str, Any] | None = None) -> None:
        self.tokenizer = tokenizer
        self.kwargs = kwargs or {}
        added = getattr(tokenizer, "added_tokens_decoder", {}).values()
        self.template = _template_text(tokenizer, self.kwargs)
        self.format, self.thinks = reasoning.detect(self.template, {token.content for token in added})
        names = sorted({token.content for token in added if self._steers(token)}, key=len, reverse=True)
        self._control = re.compile("|".join(map(re.escape, names))) if names else None
        backend = getattr(tokenizer, "backend_tokenizer", None)
        self._fast = copy.deepcopy(backend) if hasattr(backend, "encode_batch_fast") else None
        if self._fast is not None:
            self._fast.no_truncation()
            self._fast.no_padding()
        self._spaced = self._puts_a_space()
        self._system = self._takes_system()

    def ids(self, messages: Sequence[Message], more: dict[str, Any] | None = None) -> tuple[list[int], Tail]:
        """Token ids up to where the assistant speaks, and whether the template has begun or ended a thought for it.
        `more` goes to the template too.

        Raises RequestError where the template refuses the conversation.
        """
        turns = [message.model_dump() for message in messages] if self._system else merged(messages)
        found: list[str] = []
        if self._control:
            for turn in turns:
                turn["content"] = self._control.sub(lambda match: _mark(found, match.group()), turn["content"])
        text = self.render(turns, more)
        return self._encode(text, found), self._tail(text)

    def text_ids(self, text: str) -> list[int]:
        """Token ids of a plain text to continue; the tokenizer's own BOS comes first where it has one."""
        found: list[str] = []
        marked = self._control.sub(lambda match: _mark(found, match.group()), text) if self._control else text
        bos = getattr(self.tokenizer, "bos_token_id", None)
        head = [bos] if bos is not None and bos in self.tokenizer.encode("")[:1] else []
        return head + self._encode(marked, found)

    def render(self, turns: list[dict[str, str]], more: dict[str, Any] | None = None) -> str:
        """The template's text for a conversation.

        Raises RequestError where the template refuses it.
        """
        settings = self.kwargs | (more or {})
        try:
            text = self.tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **settings)
        except Exception as error:  # a template is a program: whatever it raises is about this conversation
            raise RequestError("template", f"the model's chat template refuses the conversation: {error}") from error
        return str(text)

    def _encode(self, text: str, found: list[str]) -> list[int]:
        ids: list[int] = []
        for place, piece in enumerate(re.split(rf"{_MARK}(\d+);", text) if found else [text]):
            if place % 2:  # a control token's name inside somebody's text: in two pieces it stays text
                name = found[int(piece)]
                ids += (self.behind(name[:1]) if ids else self.plain(name[:1])) + self.behind(name[1:])
            elif piece:
                ids += self.behind(piece) if ids else self.plain(piece)
        return ids

    def behind(self, text: str) -> list[int]:
        """Token ids of a text that goes on behind others, without the space that SentencePiece puts before the first."""
        for anchor in _ANCHORS if self._spaced else ():
            head, whole = self.plain(anchor), self.plain(anchor + text)
            if whole[: len(head)] == head:
                return whole[len(head) :]
        return self.plain(text)

    def plain(self, text: str) -> list[int]:
        """Token ids without a BOS. The Rust tokenizer itself costs a third less than through transformers, and lets other
        threads work meanwhile.
        """
        if self._fast is not None:
            found: list[int] = self._fast.encode_batch_fast([text], add_special_tokens=False)[0].ids
            return found
        ids: list[int] = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _steers(self, token: Any) -> bool:
        """Whether an added token is a control token: special ones, those of the template, those of thoughts. Others, such as
        Gemma's `<table>`, are words that its model knows.
        """
        known = self.format.markers if self.format else ()
        name: str = token.content
        written = bool(re.search(r"\W", name)) and name in self.template
        return bool(token.special or written or name in known or _STEERS.fullmatch(name))

    def _puts_a_space(self) -> bool:
        ids = self.plain("x")
        return bool(ids) and str(self.tokenizer.convert_ids_to_tokens(ids[:1])[0]).startswith("▁")

    def _tail(self, text: str) -> Tail:
        if self.format is None:
            return ""
        text = text.rstrip()
        if text.endswith(self.format.open.rstrip()):
            return "opened"
        return "closed" if text.endswith((self.format.close, self.format.skip_thought.rstrip())) else ""

    def _takes_system(self) -> bool:
        if not getattr(self.tokenizer, "chat_template", None):
            return True
        turns = [{"role": "system", "content": _MARK}, {"role": "user", "content": "x"}]
        try:
            return _MARK in self.render(turns)
        except RequestError:
            return False


def _template_text(tokenizer: Any, kwargs: dict[str, Any]) -> str:
    template = kwargs.get("chat_template") or getattr(tokenizer, "chat_template", None) or ""
    return "\n".join(map(str, template.values())) if isinstance(template, dict) else str(template)


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
