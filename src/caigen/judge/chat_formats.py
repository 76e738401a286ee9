"""Rendered text -> messages: undo a chat template, either the policy's own or one of the well-known families."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caigen.engines.open import path_of
from caigen.errors import CaigenError, needs
from caigen.records import Message, Role

Messages = tuple[Message, ...]
PLACEHOLDER = secrets.token_hex(6)  # stands for a message's content while a template shows what it writes around it


@dataclass(frozen=True)
class Family:
    """The markers of one family of chat templates, as regular expressions.

    `begin` may start a text, `system`, `user` and `assistant` are the headers of messages, `end` closes a message.
    """

    begin: str
    system: str
    user: str
    assistant: str
    end: str


NEVER_MATCHES = r"(?!)"
# behind each family: a message as its template writes it
FAMILIES = (
    Family(  # ChatML: <|im_start|>user\nHi<|im_end|>\n
        "",
        r"<\|im_start\|>system\n",
        r"<\|im_start\|>user\n",
        r"<\|im_start\|>assistant\n",
        r"<\|im_end\|>",
    ),
    Family(  # Llama 3: <|start_header_id|>user<|end_header_id|>\n\nHi<|eot_id|>
        r"<\|begin_of_text\|>",
        r"<\|start_header_id\|>system<\|end_header_id\|>\n\n",
        r"<\|start_header_id\|>user<\|end_header_id\|>\n\n",
        r"<\|start_header_id\|>assistant<\|end_header_id\|>\n\n",
        r"<\|eot_id\|>",
    ),
    Family(  # Gemma: <start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n
        "<bos>", NEVER_MATCHES, r"<start_of_turn>user\n", r"<start_of_turn>model\n", "<end_of_turn>"
    ),
    Family(  # Zephyr, Phi: <|user|>\nHi</s>\n<|assistant|>\n
        r"<s>|<\|bos\|>", r"<\|system\|>\n?", r"<\|user\|>\n?", r"<\|assistant\|>\n?", r"</s>|<\|end\|>"
    ),
    Family("<s>", NEVER_MATCHES, r"(?:<s>)?\s*\[INST\]", r"\[/INST\]", "</s>"),  # Llama 2, Mistral: [INST] Hi [/INST]
    Family(  # DeepSeek: <｜User｜>Hi<｜Assistant｜>
        "<｜begin▁of▁sentence｜>", NEVER_MATCHES, "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"
    ),
)
# a text with any of these was written by a template
MARKED = re.compile(
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>\s]{1,40}｜>|<(?:start|end)_of_turn>|\[/?INST\]|<</?SYS>>|\A<(?:s|bos)>"
)
END_MARKERS = (r"<\|[^|<>\s]{1,40}\|>", r"<｜[^｜<>\s]{1,40}｜>", "</s>", "<eos>", "<end_of_turn>", "<pad>")
# Llama 2 writes the system message inside the first user message
_SYSTEM_IN_USER = re.compile(r"<<SYS>>\n(.*?)\n<</SYS>>\s*", re.DOTALL)
# what a template may write after the assistant's header: an open thought, an empty one, or nothing
EMPTY_THOUGHT = re.compile(r"(?:<think>\s*(?:</think>\s*)?)?")


def without_end(text: str, tokens: Sequence[str] = ()) -> str:
    """An answer without the control tokens at its end; those in its middle stay."""
    markers = "|".join([*END_MARKERS, *(re.escape(token) for token in tokens if token)])
    return re.sub(rf"(?:\s*(?:{markers}))+\s*\Z", "", text).strip()


def parse_prompt(text: str) -> Messages | None:
    """The messages of a rendered prompt, read by the markers of the families; None if none of them fits."""
    messages = _parse(text)
    if messages and messages[-1].role == "assistant" and EMPTY_THOUGHT.fullmatch(messages[-1].content):
        messages = messages[:-1]  # the header that asks for the answer
    if messages and messages[-1].role == "user":
        return messages
    return None


def parse_whole(text: str) -> tuple[Messages, str] | None:
    """Prompt and answer of a rendered conversation; None if more than one message could be the answer."""
    messages = _parse(without_end(text)) or ()
    answers = [index for index, message in enumerate(messages) if message.role == "assistant"]
    if answers != [len(messages) - 1]:
        return None
    return messages[:-1], messages[-1].content


def _parse(text: str) -> Messages | None:
    """The messages of a text by the first family that fits."""
    for family in FAMILIES:
        if messages := _parse_by_family(family, text):
            return messages
    return None


def _parse_by_family(family: Family, text: str) -> Messages | None:
    """All messages of a text; None unless it consists of messages of this family and nothing else."""
    text = re.sub(rf"\A(?:{family.begin})", "", text)
    header = re.compile(rf"(?P<system>{family.system})|(?P<user>{family.user})|(?P<assistant>{family.assistant})")
    headers = list(header.finditer(text))
    if not headers:
        return None
    messages: list[Message] = []
    if before := text[: headers[0].start()].strip():
        if "<｜" not in family.user:
            return None
        messages.append(Message(role="system", content=before))  # DeepSeek writes it without a marker
    # a message goes from its header to the next one
    stops = [*(match.start() for match in headers[1:]), len(text)]
    for match, stop in zip(headers, stops, strict=True):
        content = re.sub(rf"(?:\s*(?:{family.end}))+\s*\Z", "", text[match.end() : stop]).strip()
        if match is headers[0] and match["user"] and (system := _SYSTEM_IN_USER.match(content)):
            messages.append(Message(role="system", content=system[1].strip()))
            content = content[system.end() :].strip()
        if re.search(family.end, content):
            return None  # an end marker in the middle: this is not one message
        messages.append(Message(role=_role_of(match), content=content))
    return tuple(messages) if _alternates(messages) else None


def _role_of(header: re.Match[str]) -> Role:
    """The role that a header names."""
    if header["system"]:
        return "system"
    return "user" if header["user"] else "assistant"


def _alternates(messages: Sequence[Message]) -> bool:
    """Whether user and assistant alternate, user first, after at most one system message."""
    dialogue = messages[1:] if messages[0].role == "system" else messages
    roles = [message.role for message in dialogue]
    return bool(roles) and roles == [("user", "assistant")[index % 2] for index in range(len(roles))]


class PolicyTemplate:
    """The chat template of the model in training; its tokenizer is not used for anything else."""

    def __init__(self, tokenizer: Any, kwargs: dict[str, Any] | None = None) -> None:
        self._tokenizer, self._kwargs = tokenizer, kwargs or {}
        self.end_tokens: tuple[str, ...] = tuple(getattr(tokenizer, "all_special_tokens", ()))

    def render(self, messages: Sequence[Message]) -> str | None:
        """The prompt as the trainer renders it; None if the template refuses it."""
        rows = [message.model_dump() for message in messages]
        try:
            text = self._tokenizer.apply_chat_template(rows, tokenize=False, add_generation_prompt=True, **self._kwargs)
        except Exception:  # a template is a program: whatever it raises is about this conversation
            return None
        return str(text)

    def parse(self, text: str) -> Messages | None:
        """The messages of a rendered prompt; None unless they give the very same text when rendered again.

        Of two readings the one whose messages are free of markers is taken, then the one without a system message,
        since some templates write one of their own.
        """
        readings = []
        for system in (False, True):
            frame = self._frame(system=system)
            messages = _cut(text, frame, system=system) if frame else None
            if messages and self.render(messages) == text:
                readings.append(messages)
        return min(readings, key=_has_markers, default=None)

    def _frame(self, *, system: bool) -> list[str] | None:
        """The pieces that the template writes around [system,] user, assistant, user messages; None if it drops one."""
        roles: list[Role] = ["user", "assistant", "user"]
        if system:
            roles.insert(0, "system")
        # render placeholders as contents, then cut the text at each of them
        placeholders = [f"{PLACEHOLDER}{index}" for index in range(len(roles))]
        messages = [Message(role=role, content=name) for role, name in zip(roles, placeholders, strict=True)]
        rest = self.render(messages) or ""
        pieces: list[str] = []
        for placeholder in placeholders:
            piece, separator, rest = rest.partition(placeholder)
            if not separator:
                return None
            pieces.append(piece)
        return [*pieces, rest]


def _has_markers(messages: Messages) -> bool:
    """Whether any content holds a marker of a template, so that it was cut in the wrong place."""
    return any(MARKED.search(message.content) for message in messages)


def _cut(text: str, frame: list[str], *, system: bool) -> Messages | None:
    """The messages of a text, cut out between the pieces of `PolicyTemplate._frame`; None if they do not fit."""
    *heads, before_assistant, before_user, tail = frame
    if not (text.startswith(heads[0]) and text.endswith(tail)) or not before_assistant or not before_user:
        return None
    rest = text[len(heads[0]) : len(text) - len(tail)]
    messages: list[Message] = []
    if system:
        content, separator, rest = rest.partition(heads[1])
        if not separator:
            return None
        messages.append(Message(role="system", content=content))
    # user and assistant alternate; the piece before the next message ends this one, and the last is the user's
    role: Role = "user"
    while True:
        content, separator, rest = rest.partition(before_assistant if role == "user" else before_user)
        messages.append(Message(role=role, content=content))
        if not separator:
            return tuple(messages) if role == "user" else None
        role = "assistant" if role == "user" else "user"


def load_template(name: str) -> PolicyTemplate:
    """The chat template of a model: a name on the Hugging Face hub, a folder, or `demo`.

    Raises CaigenError if `transformers` is missing, the tokenizer cannot be loaded, or it has no chat template.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise needs("spans", f"policy tokenizer {name}: needs the transformers package", error) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(path_of(name))
    except Exception as error:  # it may raise anything: network, names, formats
        reason = (str(error).strip().splitlines() or ["no message"])[0]
        raise CaigenError(f"policy tokenizer {name}: cannot be loaded: {type(error).__name__}: {reason}") from error
    if not getattr(tokenizer, "chat_template", None):
        raise CaigenError(f"policy tokenizer {name}: has no chat template; name the model that is trained")
    return PolicyTemplate(tokenizer)
