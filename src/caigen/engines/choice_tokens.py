"""ChoiceTokens: `word -> token ids`, all tokens that an answer of one word may be, as the tokenizer spells it."""

from collections.abc import Callable
from typing import Any

from caigen.errors import RequestError

PRECEDING_TEXTS = ("", " ", "\n")  # a tokenizer may spell a word differently after each
MAX_WORD_TOKENS = 16  # that spell one word; vLLM takes no more than 128 in a request


class ChoiceTokens:
    """The choices' tokens in one tokenizer; `encode` gives token ids without special tokens, `name` is for messages."""

    def __init__(self, tokenizer: Any, name: str, encode: Callable[[str], list[int]]) -> None:
        self.name = name
        self._tokenizer, self._encode = tokenizer, encode
        self._ids: dict[str, list[int]] = {}  # of the words so far
        self.words: dict[int, str] = {}  # the word that each of these tokens spells

    def ids(self, word: str) -> list[int]:
        """All tokens that spell a word with or without spaces.

        SentencePiece has both `▁A` and `A`; after a line break a model says the second, which no encoding of the word
        alone shows. Raises RequestError `choice_not_a_token`.
        """
        if word not in self._ids:
            self._ids[word] = self._search(word)
            self.words |= dict.fromkeys(self._ids[word], word)
        if not self._ids[word]:
            raise RequestError(
                "choice_not_a_token", f"{word!r} is {len(self._encode(word))} tokens of {self.name}, not one"
            )
        return self._ids[word]

    def _search(self, word: str) -> list[int]:
        """Candidates come from encoding the word and from the vocabulary; those that decode to the word are kept."""
        candidates: list[int] = []
        for preceding in PRECEDING_TEXTS:
            added = self._encode_after(preceding, word)
            if len(added) == 1:
                candidates += added
        # a vocabulary writes a space as one sign, such as `▁` or `Ġ`, and ASCII as it is: `ĠA` may be " A"
        for token, key in self._tokenizer.get_vocab().items():
            if word in token and len(token) <= len(word) + 2:
                candidates.append(key)
        return [key for key in dict.fromkeys(candidates) if self._decode(key) == word][:MAX_WORD_TOKENS]

    def _encode_after(self, preceding: str, word: str) -> list[int]:
        """The tokens that a word adds to the text before it; those of both where they cannot be told apart."""
        head, whole = self._encode(preceding), self._encode(preceding + word)
        if whole[: len(head)] == head:
            return whole[len(head) :]
        return whole

    def _decode(self, key: int) -> str:
        return str(self._tokenizer.decode([key])).strip()
