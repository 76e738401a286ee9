"""explain: a reason word -> its rows of the table, also for words made of two, such as `critique_truncated`"""

from dataclasses import replace
from difflib import get_close_matches

from caigen.reasons.table import REASONS, Kind, Reason

UNKNOWN = "it ended for this reason, by the server's own word"
# what stands before a word -> in which kinds of words it is looked up
_PARTS: dict[str, tuple[Kind, ...]] = {
    "answer_": ("ending", "tries"),
    "critique_": ("critique", "ending", "tries"),
    "revision_": ("revision", "ending", "tries"),
    "text_": ("ending",),
    "cleaned_": ("cleaned",),
    "label_": ("comparison",),
}


def explain(word: str) -> list[Reason]:
    """What a word of a record, a summary or a data card means, once for each kind of word that it is; empty if unknown.

    `pairs.jsonl: unrevised` (a note on a file) and `revise:unreachable` (a stage and its failure) are understood too.
    """
    word = word.rpartition(": ")[2].strip()
    stage, colon, kind = word.partition(":")
    if colon:
        return [replace(reason, word=word) for reason in _lookup(kind, ("failure", "ending"))[:1] if stage]
    exact = [reason for reason in REASONS if reason.word == word]
    if exact:
        return exact
    for prefix, kinds in _PARTS.items():
        if word.startswith(prefix):
            return [replace(reason, word=word) for reason in _lookup(word.removeprefix(prefix), kinds)[:1]]
    return []


def meaning(word: str, part: str = "") -> str:
    """What a word means, of an `answer`, a `critique` or a `revision` where `part` says so.

    Words that are not in the table are finish reasons, as the server sent them.
    """
    found = _lookup(word, _PARTS[f"{part}_"]) if part else explain(word)
    return found[0].meaning if found else UNKNOWN


def sentence(word: str) -> str:
    """What a word means, and what to do about it."""
    found = explain(word)
    return with_action(found[0]) if found else UNKNOWN


def with_action(reason: Reason) -> str:
    """The meaning of a row, and the action if there is one."""
    return f"{reason.meaning}. To do: {reason.action}" if reason.action else reason.meaning


def nearest(word: str, *, cutoff: float = 0.6) -> list[str]:
    """The words of the table that are spelt nearly like one that is not in it, at most three; `cutoff` is difflib's."""
    return get_close_matches(word.rpartition(": ")[2].rpartition(":")[2].lower(), spellings(), 3, cutoff)


def spellings() -> list[str]:
    """All words, with each beginning that they may have."""
    words = dict.fromkeys(reason.word for reason in REASONS)
    for prefix, kinds in _PARTS.items():
        words |= dict.fromkeys(f"{prefix}{reason.word}" for reason in REASONS if reason.kind in kinds)
    return list(words)


def _lookup(word: str, kinds: tuple[Kind, ...]) -> list[Reason]:
    """The rows for a word, the kinds in their order."""
    return [reason for kind in kinds for reason in REASONS if reason.kind == kind and reason.word == word]
