"""A conversation -> token ids with offsets into its answer, by a tokenizer of the Hugging Face hub or of a folder."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caigen.engines.open import path_of
from caigen.errors import CaigenError, needs
from caigen.exports.tokens import within
from caigen.records import Message
from caigen.stages.templates import plain_text

_PLACEHOLDER = secrets.token_hex(8)  # stands for the answer, to see where a template puts it


@dataclass(frozen=True)
class Encoded:
    """Token ids of a whole conversation, and each token's offsets in its answer; tokens outside have no width."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class OffsetTokenizer:
    """A fast tokenizer and its name.

    With `plain`, or if the tokenizer has no chat template, a conversation is the paper's plain text.
    """

    def __init__(self, tokenizer: Any, name: str, *, plain: bool = False) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._plain = plain or not getattr(tokenizer, "chat_template", None)
        identity = f"{tokenizer.backend_tokenizer.to_str()}\x1f"  # the template is a part of it where it is used
        if not self._plain:
            identity += tokenizer.chat_template
        self.sha256 = hashlib.sha256(identity.encode()).hexdigest()

    def encode(self, prompt: Sequence[Message], answer: str, reasons: Counter[str]) -> Encoded | None:
        """Encode a conversation as one text: an answer's first token depends on what stands before it.

        None, with a counted reason, if the chat template refuses the conversation or changes the answer.
        Raises CaigenError if a library that fills in templates is missing.
        """
        if self._plain:
            before = f"{plain_text(prompt)}\n\nAssistant: "
            return self._encode(before + answer, len(before), len(before) + len(answer))
        messages = [message.model_dump() for message in prompt]
        try:
            marked = self._render([*messages, {"role": "assistant", "content": _PLACEHOLDER}])
            text = self._render([*messages, {"role": "assistant", "content": answer}])
        except ImportError as error:
            library = error.name or "jinja2"
            raise needs("spans", f"tokenizer {self.name}: its chat template needs {library}", error) from error
        except Exception:  # a template is a program: whatever else it raises is about this conversation
            reasons["template_refused"] += 1
            return None
        # What the template writes around the placeholder it must write around the answer too; else the answer's place
        # in the text is unknown.
        before, _, after = marked.partition(_PLACEHOLDER)
        for written in (answer, answer.strip()):  # many templates strip the answer
            if text == before + written + after:
                return self._encode(text, len(before), len(before) + len(written), answer.find(written))
        reasons["template_changed_text"] += 1
        return None

    def _render(self, messages: list[dict[str, str]]) -> str:
        return str(self._tokenizer.apply_chat_template(messages, tokenize=False))

    def _encode(self, text: str, begin: int, end: int, first_index: int = 0) -> Encoded:
        """Encode a text whose part `begin:end` is the answer from its character `first_index` on.

        Special tokens are added to plain text alone: a template has written its own already.
        """
        encoding = self._tokenizer(
            text, add_special_tokens=self._plain, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return Encoded(encoding["input_ids"], within(encoding["offset_mapping"], begin, end, first_index))


def load_tokenizer(name: str, *, plain: bool = False) -> OffsetTokenizer:
    """The tokenizer of a folder, of the hub, or `demo`.

    Raises CaigenError if `transformers` is missing, the tokenizer cannot be loaded, or it gives no offsets.
    """
    tokenizer = read_tokenizer(name)
    if not getattr(tokenizer, "is_fast", False):
        raise CaigenError(f"tokenizer {name}: gives no offsets; name one that has a tokenizer.json")
    return OffsetTokenizer(tokenizer, name, plain=plain)


def read_tokenizer(name: str) -> Any:
    """The `transformers` tokenizer of a folder, of the hub, or `demo`.

    Raises CaigenError if `transformers` is missing or the tokenizer cannot be loaded.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise needs("spans", f"tokenizer {name}: needs the transformers package", error) from error
    try:
        return AutoTokenizer.from_pretrained(path_of(name))
    except Exception as error:  # it may raise anything: network, names, formats
        message = next(iter(str(error).strip().splitlines()), "no message")
        raise CaigenError(f"tokenizer {name}: cannot be loaded: {type(error).__name__}: {message}") from error
