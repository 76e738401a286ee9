"""A conversation out of the text that a chat template made of it: by the policy's own template, or by well-known marks."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caigen.engines.open import path_of
from caigen.errors import CaigenError, needs
from caigen.records import Message, Role

_MARK = secrets.token_hex(6)  # stands for a message while a template shows what it writes around it


@dataclass(frozen=True)
class Family:
    """The marks of one kind of chat template, as patterns: what begins a text, a turn of each role, and ends a turn."""

    begin: str
    system: str
    user: str
    assistant: str
    end: str


NEVER = r"(?!)"
FAMILIES = (
    Family(  # <|im_start|>user\nHi<|im_end|>\n
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
        "<bos>", NEVER, r"<start_of_turn>user\n", r"<start_of_turn>model\n", "<end_of_turn>"
    ),
    Family(  # Zephyr, Phi: <|user|>\nHi</s>\n<|assistant|>\n
        r"<s>|<\|bos\|>", r"<\|system\|>\n?", r"<\|user\|>\n?", r"<\|assistant\|>\n?", r"</s>|<\|end\|>"
    ),
    Family("<s>", NEVER, r"(?:<s>)?\s*\[INST\]", r"\[/INST\]", "</s>"),  # Llama 2, Mistral: [INST] Hi [/INST]
    Family("<｜begin▁of▁sentence｜>", NEVER, "<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"),  # DeepSeek
)
MARKED = re.compile(  # a text with any of these was written by a template
    r"<\|[^|<>\s]{1,40}\|>|<｜[^｜<>\s]{1,40}｜>|<(?:start|end)_of_turn>|\[/?INST\]|<</?SYS>>|\A<(?:s|bos)>"
)
ENDS = (r"<\|[^|<>\s]{1,40}\|>", r"<｜[^｜<>\s]{1,40}｜>", "</s>", "<eos>", "<end_of_turn>", "<pad>")
_SYSTEM_INSIDE = re.compile(r"<<SYS>>\n(.*?)\n<</SYS>>\s*", re.DOTALL)  # Llama 2
THOUGHT = re.compile(r"(?:<think>\s*(?:</think>\s*)?)?")  # what a template may write after the assistant's header
Turns = tuple[Message, ...]


def without_end(text: str, tokens: Sequence[str] = ()) -> str:
    """An answer without the control tokens that end it; those in its middle stay."""
    marks = "|".join([*ENDS, *(re.escape(token) for token in tokens if token)])
    return re.sub(rf"(?:\s*(?:{marks}))+\s*\Z", "", text).strip()


def parse_prompt(text: str) -> Turns | None:
    """The messages of a rendered prompt by well-known marks; None where they do not fit."""
    turns = _turns(text)
    if turns and turns[-1].role == "assistant" and THOUGHT.fullmatch(turns[-1].content):
        turns = turns[:-1]  # the header that asks for the answer
    return turns if turns and turns[-1].role == "user" else None


def parse_whole(text: str) -> tuple[Turns, str] | None:
    """The prompt and the answer of a whole rendered text; None where more than one turn could be the answer."""
    turns = _turns(without_end(text)) or ()
    first = next((n for n, turn in enumerate(turns) if turn.role == "assistant"), None)
    return (turns[:-1], turns[-1].content) if turns and first == len(turns) - 1 else None


def _turns(text: str) -> Turns | None:
    return next((turns for family in FAMILIES if (turns := _by_family(family, text))), None)


def _by_family(family: Family, text: str) -> Turns | None:
    """All messages of a text; None unless it consists of turns of this family and nothing else."""
    text = re.sub(rf"\A(?:{family.begin})", "", text)
    header = re.compile(rf"(?P<system>{family.system})|(?P<user>{family.user})|(?P<assistant>{family.assistant})")
    found = list(header.finditer(text))
    if not found:
        return None
    turns: list[Message] = []
    before = text[: found[0].start()].strip()
    if before and "<｜" not in family.user:
        return None
    if before:  # DeepSeek writes the system message without a mark
        turns.append(Message(role="system", content=before))
    for place, match in enumerate(found):
        stop = found[place + 1].start() if place + 1 < len(found) else len(text)
        content = re.sub(rf"(?:\s*(?:{family.end}))+\s*\Z", "", text[match.end() : stop]).strip()
        inside = _SYSTEM_INSIDE.match(content) if match["user"] and place == 0 else None
        if inside:
            turns.append(Message(role="system", content=inside[1].strip()))
            content = content[inside.end() :].strip()
        if re.search(family.end, content):
            return None
        turns.append(Message(role=_role(match), content=content))
    return tuple(turns) if _in_turn(turns) else None


def _role(match: re.Match[str]) -> Role:
    return "system" if match["system"] else "user" if match["user"] else "assistant"


def _in_turn(turns: Sequence[Message]) -> bool:
    """Whether a system message may come first, then user and assistant speak in turn."""
    rest = turns[1:] if turns[0].role == "system" else turns
    return bool(rest) and all(turn.role == ("assistant" if n % 2 else "user") for n, turn in enumerate(rest))


class PolicyTemplate:
    """The chat template of the model that is trained; its tokenizer is not used for anything else."""

    def __init__(self, tokenizer: Any, kwargs: dict[str, Any] | None = None) -> None:
        self._tokenizer, self._kwargs = tokenizer, kwargs or {}
        self.ends: tuple[str, ...] = tuple(getattr(tokenizer, "all_special_tokens", ()))

    def render(self, turns: Sequence[Message]) -> str | None:
        """The prompt as the trainer renders it; None where the template refuses it."""
        try:
            shown = self._tokenizer.apply_chat_template(
                [turn.model_dump() for turn in turns], tokenize=False, add_generation_prompt=True, **self._kwargs
            )
        except Exception:  # a template is a program: whatever it raises is about this conversation
            return None
        return str(shown)

    def parse(self, text: str) -> Turns | None:
        """The messages of a rendered prompt: those that, rendered again, give the very same text; None where none do.

        Of two readings the one whose messages are free of marks is taken, then the one without a system message, since some
        templates write one of their own.
        """
        found = []
        for system in (False, True):
            around = self._around(system)
            turns = _cut(text, around, system=system) if around else None
            if turns and self.render(turns) == text:
                found.append(turns)
        return min(found, key=lambda turns: any(MARKED.search(turn.content) for turn in turns), default=None)

    def _around(self, system: bool) -> list[str] | None:
        """What the template writes before, between and after the messages of [system,] user, assistant, user."""
        roles: list[Role] = [*(("system",) if system else ()), "user", "assistant", "user"]
        marks = [f"{_MARK}{n}" for n in range(len(roles))]
        shown = self.render([Message(role=role, content=mark) for role, mark in zip(roles, marks, strict=True)])
        pieces: list[str] = []
        for mark in marks:
            before, found, shown = (shown or "").partition(mark)
            if not found:
                return None
            pieces.append(before)
        return [*pieces, shown or ""]


def _cut(text: str, around: list[str], *, system: bool) -> Turns | None:
    """The messages between what a template writes around them (`_around`)."""
    *heads, to_assistant, to_user, tail = around
    if not (text.startswith(heads[0]) and text.endswith(tail)) or not to_assistant or not to_user:
        return None
    rest = text[len(heads[0]) : len(text) - len(tail)]
    turns: list[Message] = []
    if system:
        said, found, rest = rest.partition(heads[1])
        if not found:
            return None
        turns.append(Message(role="system", content=said))
    role: Role = "user"
    while True:
        said, found, rest = rest.partition(to_assistant if role == "user" else to_user)
        turns.append(Message(role=role, content=said))
        if not found:
            return tuple(turns) if role == "user" else None
        role = "assistant" if role == "user" else "user"


def load_template(name: str) -> PolicyTemplate:
    """The chat template of a model of the Hugging Face hub, of a folder, or `demo`.

    Raises CaigenError where `transformers` is missing, or the tokenizer cannot be loaded or has no chat template.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise needs("spans", f"policy tokenizer {name}: needs the transformers package", error) from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(path_of(name))
    except Exception as error:  # it may raise anything: network, names, formats
        said = (str(error).strip().splitlines() or ["no message"])[0]
        raise CaigenError(f"policy tokenizer {name}: cannot be loaded: {type(error).__name__}: {said}") from error
    if not getattr(tokenizer, "chat_template", None):
        raise CaigenError(f"policy tokenizer {name}: has no chat template; name the model that is trained")
    return PolicyTemplate(tokenizer)
