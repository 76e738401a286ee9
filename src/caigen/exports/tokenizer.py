"""A conversation to token ids, with offsets into its answer, by a named tokenizer of the Hugging Face hub or of a folder."""

import hashlib
import secrets
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from caigen.engines.open import path_of
from caigen.errors import CaigenError
from caigen.exports.tokens import within
from caigen.records import Message
from caigen.stages.templates import plain_text

_MARK = secrets.token_hex(8)  # stands for the answer while a template shows where it goes


@dataclass(frozen=True)
class Encoded:
    """Token ids of a whole conversation, and where each token lies in its answer; tokens outside of it have no width."""

    ids: list[int]
    offsets: list[tuple[int, int]]


class OffsetTokenizer:
    """A fast tokenizer under its name. With `plain`, or where it has no chat template, a conversation is the paper's plain
    text.
    """

    def __init__(self, tokenizer: Any, name: str, *, plain: bool = False) -> None:
        self.name = name
        self._tokenizer = tokenizer
        self._plain = plain or not getattr(tokenizer, "chat_template", None)
        told = f"{tokenizer.backend_tokenizer.to_str()}\x1f{'' if self._plain else tokenizer.chat_template}"
        self.sha256 = hashlib.sha256(told.encode()).hexdigest()

    def encode(self, prompt: Sequence[Message], answer: str, reasons: Counter[str]) -> Encoded | None:
        """The conversation as one text, cut into tokens at once: an answer's first token depends on what stands before it.

        None, with a counted reason, where the chat template refuses it or writes the answer otherwise than it stands. Raises
        CaigenError where templates cannot be filled in here.
        """
        if self._plain:
            before = f"{plain_text(prompt)}\n\nAssistant: "
            return self._encode(before + answer, len(before), len(before) + len(answer))
        turns = [message.model_dump() for message in prompt]
        try:
            shown = self._render([*turns, {"role": "assistant", "content": _MARK}])
            text = self._render([*turns, {"role": "assistant", "content": answer}])
        except ImportError as error:
            raise CaigenError(
                f"tokenizer {self.name}: its chat template needs {error.name or 'jinja2'} ({error}): pip install 'caigen[spans]'"
            ) from error
        except Exception:  # a template is a program: whatever else it raises is about this conversation
            reasons["template_refused"] += 1
            return None
        before, _, after = shown.partition(_MARK)
        for kept in (answer, answer.strip()):  # many templates trim
            if text == before + kept + after:
                return self._encode(text, len(before), len(before) + len(kept), answer.find(kept))
        reasons["template_changed_text"] += 1
        return None

    def _render(self, turns: list[dict[str, str]]) -> str:
        return str(self._tokenizer.apply_chat_template(turns, tokenize=False))

    def _encode(self, text: str, begin: int, end: int, first_place: int = 0) -> Encoded:
        """A template has written its special tokens already; a plain text gets those that the tokenizer adds."""
        made = self._tokenizer(
            text, add_special_tokens=self._plain, return_offsets_mapping=True, truncation=False, verbose=False
        )
        return Encoded(made["input_ids"], within(made["offset_mapping"], begin, end, first_place))


def load_tokenizer(name: str, *, plain: bool = False) -> OffsetTokenizer:
    """The tokenizer of a folder, of the hub, or `demo`.

    Raises CaigenError where `transformers` is missing, the tokenizer cannot be loaded, or it gives no offsets.
    """
    tokenizer = read_tokenizer(name)
    if not getattr(tokenizer, "is_fast", False):
        raise CaigenError(f"tokenizer {name}: gives no offsets; name one that has a tokenizer.json")
    return OffsetTokenizer(tokenizer, name, plain=plain)


def read_tokenizer(name: str) -> Any:
    """The `transformers` tokenizer of a folder, of the hub, or `demo`.

    Raises CaigenError where `transformers` is missing or the tokenizer cannot be loaded.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise CaigenError(
            f"tokenizer {name}: needs the transformers package ({error}): pip install 'caigen[spans]'"
        ) from error
    try:
        return AutoTokenizer.from_pretrained(path_of(name))
    except Exception as error:  # it may raise anything: network, names, formats
        said = (str(error).strip().splitlines() or ["no message"])[0]
        raise CaigenError(f"tokenizer {name}: cannot be loaded: {type(error).__name__}: {said}") from error
