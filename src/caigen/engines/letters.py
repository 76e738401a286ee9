"""Which tokens an answer of one word may be, in any tokenizer's spelling."""

from collections.abc import Callable
from typing import Any

from caigen.errors import RequestError

BEHIND = ("", " ", "\n")  # what a word may follow; a tokenizer may spell it differently behind each
MOST = 16  # tokens of one word, for vLLM takes no more than 128 in a request


class Letters:
    """Finds the tokens that spell a word; `encode` gives token ids without special tokens."""

    def __init__(self, tokenizer: Any, name: str, encode: Callable[[str], list[int]]) -> None:
        self.name = name
        self._tokenizer, self._encode = tokenizer, encode
        self._known: dict[str, list[int]] = {}
        self.words: dict[int, str] = {}  # the word that a token spells, of those that were asked for

    def ids(self, word: str) -> list[int]:
        """All tokens that spell the word with or without spaces: SentencePiece has `▁A` and `A`, and behind a line break a
        model says the second, which no encoding of the word alone shows.

        Raises RequestError `choice_not_a_token`.
        """
        if word not in self._known:
            self._known[word] = self._search(word)
            self.words |= dict.fromkeys(self._known[word], word)
        if not self._known[word]:
            raise RequestError(
                "choice_not_a_token", f"{word!r} is {len(self._encode(word))} tokens of {self.name}, not one"
            )
        return self._known[word]

    def _search(self, word: str) -> list[int]:
        found = [ids[-1] for before in BEHIND if (ids := self._after(before, word))]
        # a vocabulary writes a space as one sign, such as `▁` or `Ġ`, and ASCII as it is
        entries = self._tokenizer.get_vocab().items()
        found += [key for token, key in entries if word in token and len(token) <= len(word) + 2]
        return [key for key in dict.fromkeys(found) if self._spells(key, word)][:MOST]

    def _after(self, before: str, word: str) -> list[int]:
        """What a word adds to the tokens before it, where that is one token."""
        head, whole = self._encode(before), self._encode(before + word)
        added = whole[len(head) :] if whole[: len(head)] == head else whole
        return added if len(added) == 1 else []

    def _spells(self, key: int, word: str) -> bool:
        return str(self._tokenizer.decode([key])).strip() == word
