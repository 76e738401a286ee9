"""Chat: `messages -> token ids` by a model's own chat template. No second BOS, and no text becomes a control token."""

import copy
import re
import secrets
from collections.abc import Sequence, Set
from typing import Any, Literal, NamedTuple

from caigen.errors import CaigenError, RequestError
from caigen.records import Message
from caigen.text import reasoning

Tail = Literal["", "opened", "closed"]  # whether a rendered prompt ends with an opened or a closed thought

_MARK = secrets.token_hex(8)  # replaces a control token's name while a conversation is rendered; nobody can guess it
_MARK_PATTERN = re.compile(rf"{_MARK}(\d+);")
# Added tokens that steer the model, though their tokenizer does not call them special. Match: `<|fim|>`, `<tool_call>`,
# `</unused3>`. No match: `<table>`, `<|` in the middle of a token.
_STEERING_NAME = re.compile(r"<[|｜].*|</?(?:unused|reserved|extra_id|tool)\w*>")
_ANCHORS = ("\n", ".", "a")  # texts that a tokenizer may keep apart from what follows


class Prompt(NamedTuple):
    """Token ids up to where the assistant speaks, and whether the template has opened or closed a thought there."""

    ids: list[int]
    tail: Tail


class Chat:
    """The chat format of one tokenizer. `kwargs` go to its template, such as `enable_thinking`.

    `format` is how its model writes a thought, None where it is not known to think; `thinks` says that the template
    knows thoughts. `control_names` matches the names of its control tokens, None if there are none.
    """

    def __init__(self, tokenizer: Any, kwargs: dict[str, Any] | None = None) -> None:
        self.tokenizer = tokenizer
        self.kwargs = kwargs or {}
        added = list(getattr(tokenizer, "added_tokens_decoder", {}).values())
        self.template = _template_text(tokenizer, self.kwargs)
        self.format, self.thinks = reasoning.detect(self.template, {token.content for token in added})
        self.control_names = _any_of({token.content for token in added if self._is_control(token)})
        self._backend = _copy_backend(tokenizer)
        self._prepends_space = self._has_prepended_space()
        self._takes_system = self._renders_system()

    def encode_messages(self, messages: Sequence[Message], more: dict[str, Any] | None = None) -> Prompt:
        """Render a conversation and encode it. `more` goes to the template too, beside `kwargs`.

        Raises RequestError where the template refuses the conversation.
        """
        if self._takes_system:
            conversation = [message.model_dump() for message in messages]
        else:
            conversation = merge_system_messages(messages)
        replaced: list[str] = []
        for part in conversation:
            part["content"] = self._mark_names(part["content"], replaced)
        text = self.render(conversation, more)
        return Prompt(self._encode_marked(text, replaced), self._read_tail(text))

    def encode_text(self, text: str) -> list[int]:
        """Token ids of a plain text to continue; the tokenizer's own BOS comes first where it has one."""
        replaced: list[str] = []
        marked = self._mark_names(text, replaced)
        bos = getattr(self.tokenizer, "bos_token_id", None)
        # some tokenizers have a BOS and do not put it in front of a text
        ids = self._encode_marked(marked, replaced)
        if bos is not None and bos in self.tokenizer.encode("")[:1]:
            ids.insert(0, bos)
        return ids

    def render(self, conversation: list[dict[str, str]], more: dict[str, Any] | None = None) -> str:
        """The template's text for a conversation.

        Raises RequestError where the template refuses it.
        """
        settings = self.kwargs | (more or {})
        try:
            text = self.tokenizer.apply_chat_template(
                conversation, tokenize=False, add_generation_prompt=True, **settings
            )
        except Exception as error:  # a template is a program: whatever it raises is about this conversation
            raise RequestError("template", f"the model's chat template refuses the conversation: {error}") from error
        return str(text)

    def encode_after(self, text: str) -> list[int]:
        """Token ids of a text that follows other text: without the space that SentencePiece puts before a text."""
        if self._prepends_space:
            for anchor in _ANCHORS:
                head, whole = self.encode(anchor), self.encode(anchor + text)
                # else the tokenizer joined the anchor with the text: try the next one
                if whole[: len(head)] == head:
                    return whole[len(head) :]
        return self.encode(text)

    def encode(self, text: str) -> list[int]:
        """Token ids without a BOS.

        Calling the Rust tokenizer itself takes a third less time than through transformers, and lets other threads work
        meanwhile.
        """
        if self._backend is not None:
            ids: list[int] = self._backend.encode_batch_fast([text], add_special_tokens=False)[0].ids
        else:
            ids = self.tokenizer.encode(text, add_special_tokens=False)
        return ids

    def _mark_names(self, text: str, replaced: list[str]) -> str:
        """Replace the names of control tokens in a text by numbered marks; the names are added to `replaced`."""
        if self.control_names is None:
            return text

        def replace(match: re.Match[str]) -> str:
            replaced.append(match.group())
            return f"{_MARK}{len(replaced) - 1};"

        return self.control_names.sub(replace, text)

    def _encode_marked(self, text: str, replaced: list[str]) -> list[int]:
        """Token ids of a text with marks; each mark becomes the name that it replaced, spelled out in other tokens."""
        ids: list[int] = []
        # texts and numbers of marks in turn: text, number, text, number, text
        for index, piece in enumerate(_MARK_PATTERN.split(text)):
            is_mark = index % 2 == 1
            if is_mark:
                name = replaced[int(piece)]
                # encoded in two pieces the name cannot become its token
                ids += self._encode_next(name[:1], ids) + self.encode_after(name[1:])
            elif piece:
                ids += self._encode_next(piece, ids)
        return ids

    def _encode_next(self, text: str, before: list[int]) -> list[int]:
        if before:
            return self.encode_after(text)
        return self.encode(text)

    def _is_control(self, token: Any) -> bool:
        """Whether an added token is a control token: a special one, one of the template, or one of thoughts.

        Others, such as Gemma's `<table>`, are words that its model knows.
        """
        name: str = token.content
        if token.special or _STEERING_NAME.fullmatch(name):
            return True
        if self.format and name in self.format.markers:
            return True
        # a name of letters only, such as `user`, stands in many templates as text
        return bool(re.search(r"\W", name)) and name in self.template

    def _has_prepended_space(self) -> bool:
        """Whether the tokenizer puts a space before a text, as SentencePiece does: "x" is `▁x`."""
        ids = self.encode("x")
        return bool(ids) and str(self.tokenizer.convert_ids_to_tokens(ids[:1])[0]).startswith("▁")

    def _read_tail(self, text: str) -> Tail:
        """Whether a rendered prompt ends with an opened or a closed thought."""
        if self.format is None:
            return ""
        text = text.rstrip()
        if text.endswith(self.format.open.rstrip()):
            return "opened"
        if text.endswith((self.format.close, self.format.skip_thought.rstrip())):
            return "closed"
        return ""

    def _renders_system(self) -> bool:
        """Whether the template takes a system message and shows its text; some refuse it, others drop it."""
        if not getattr(self.tokenizer, "chat_template", None):
            return True
        conversation = [{"role": "system", "content": _MARK}, {"role": "user", "content": "x"}]
        try:
            return _MARK in self.render(conversation)
        except RequestError:
            return False


def check_template(tokenizer: Any, model: str) -> None:
    """Raises CaigenError where a model has no chat template."""
    if not getattr(tokenizer, "chat_template", None):
        raise CaigenError(
            f"model {model} has no chat template: it is a base model; use --style plain, or an instruct model"
        )


def merge_system_messages(messages: Sequence[Message]) -> list[dict[str, str]]:
    """Messages as dicts, each system message put in front of the next user message, for templates that refuse it."""
    conversation: list[dict[str, str]] = []
    waiting: list[str] = []  # system messages before the next user message
    for message in messages:
        if message.role == "system":
            waiting.append(message.content)
        elif message.role == "user" and waiting:
            conversation.append({"role": "user", "content": "\n\n".join([*waiting, message.content])})
            waiting = []
        else:
            conversation.append(message.model_dump())
    return conversation


def _any_of(names: Set[str]) -> re.Pattern[str] | None:
    """A pattern that matches any of the names; None without names."""
    if not names:
        return None
    # longest first: a name may begin with another
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))


def _copy_backend(tokenizer: Any) -> Any:
    """A copy of the Rust tokenizer without its truncation and padding; None where there is no Rust tokenizer."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if not hasattr(backend, "encode_batch_fast"):
        return None
    copied: Any = copy.deepcopy(backend)
    copied.no_truncation()
    copied.no_padding()
    return copied


def _template_text(tokenizer: Any, kwargs: dict[str, Any]) -> str:
    """The text of the chat template; all of them where a tokenizer has several by name."""
    template = kwargs.get("chat_template") or getattr(tokenizer, "chat_template", None) or ""
    if isinstance(template, dict):
        return "\n".join(map(str, template.values()))
    return str(template)
