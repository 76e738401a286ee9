"""flags: revision, the text that it revises -> words that say why the revision cannot be used (docs/hygiene.md)"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest

from caigen.hygiene.languages import RULES
from caigen.hygiene.rules import LONGEST_WHOLE
from caigen.hygiene.words import is_unspaced, loops, normalized, shingles, words
from caigen.records import unfinished

_WHOLE = tuple(rule for rule in RULES if rule.part == "whole")
# Words that speak of an answer, as only a critique does: "the critique", "your answer", "diese Antwort".
_ABOUT = re.compile(
    r"\b(?:critique|revision|violates)\b|\b(?:the|this|your|my|last) (?:answer|response|reply|assistant)\b"
    r"|\b(?:die|diese|ihre|deine) antwort\b|\b(?:la|cette|votre|ta) réponse\b|\b(?:la|esta|su|tu) respuesta\b"
    r"|(?:这个|這個|该|該|此|您的|你的)回(?:答|复|覆)|(?:この|その|あなたの)(?:回答|返答)"
)
# A revision leaks its critique if it has this share of the critique's shingles, in a critique of at least this many.
LEAK_SHARE, MIN_SHINGLES = 0.4, 25
SHINGLE_WORDS = 8  # words in a row that are compared as one
SHINGLE_CHARACTERS = 14  # the same in scripts without spaces


def flags(
    text: str, source: str, *, critique: str = "", request: str = "", finish_reason: str | None = None
) -> tuple[str, ...]:
    """The flags of a cleaned revision of `source`, each once; none for a usable revision.

    `critique` and `request` are the texts that asked for it. Flags are those of `records.unfinished` (`truncated`,
    `loop`, `content_filter`, …), `empty`, `identical`, `near_identical`, `meta`, `refuses_task`, `leak`, `loop`.
    """
    cut_off = unfinished(finish_reason)
    if not text.strip():
        return (cut_off or "empty",)
    flags = []
    if cut_off:
        flags.append(cut_off)
    if text.strip() == source.strip():
        flags.append("identical")
    elif all(token == other for token, other in zip_longest(_tokens(text), _tokens(source))):
        flags.append("near_identical")
    for rule in _WHOLE:
        # A phrase that the source has too belongs to the answer.
        if rule.find(text.strip()) and not rule.pattern.match(source, 0, LONGEST_WHOLE):
            flags.append(rule.word)
    if _leaks(text, source, critique) or _repeats_talk(text, source, request):
        flags.append("leak")
    if loops(text) and not loops(source):
        flags.append("loop")
    return tuple(dict.fromkeys(flags))


# Characters without meaning of their own between two words: sentence marks, quotation marks, emphasis, dashes.
_MARKS = r".,;:!…\"'“”‘’„«»*_`—–\-。，、！；：「」"
_TOKEN = re.compile(
    rf"\d+(?:[{_MARKS}]+(?=\d)\d+)*\s?[^\W\d_]*"  # a number with its marks, and a unit, whose case counts: mW, MW
    # a word; a sign before a number; any other sign, such as % or an emoji
    rf"|[^\W\d_]+|[+\-–−±](?=\s?[\d.])|[^\w\s{_MARKS}]"
)


def _tokens(text: str) -> Iterator[str]:
    """The tokens of a text that carry meaning, in turn: words without case, numbers, units, signs, symbols."""
    # U+FE0F only chooses how an emoji is drawn.
    for match in _TOKEN.finditer(normalized(text, "NFC").replace("\ufe0f", "")):
        token = match[0]
        yield token if token[0].isdigit() else token.casefold()


def _leaks(text: str, source: str, critique: str) -> bool:
    """Whether a revision repeats its critique: the JSON, much of a long critique, or its words about the answer.

    A wording that the critique proposed and the revision took is no leak.
    """
    if re.match(r'\s{0,40}\{\s{0,40}"(?:text|verdict|quotes)"', text):
        return True
    runs, shared = _shared_runs(critique, text, source)
    is_copied = len(runs) >= MIN_SHINGLES and len(shared) > LEAK_SHARE * len(runs)
    return is_copied or _repeats_talk(text, source, critique)


def _repeats_talk(text: str, source: str, other: str) -> bool:
    """Whether a revision repeats a run of words of its critique or request (`other`) that speaks of the answer."""
    shared = _shared_runs(other, text, source)[1]
    # The patterns for scripts without spaces know none between two characters.
    if is_unspaced(other):
        shared = [run.replace(" ", "") for run in shared]
    return any(map(_ABOUT.search, shared))


def _shared_runs(other: str, text: str, source: str) -> tuple[list[str], list[str]]:
    """All runs of words of another text, and those that stand in the revision and not in its source."""
    size = SHINGLE_CHARACTERS if is_unspaced(other) else SHINGLE_WORDS
    if not _may_share(other, text, size):
        return [], []
    runs, here, before = shingles(other, size), _known_shingles(text, size), _known_shingles(source, size)
    shared = [run for run in runs if run in here and run not in before]
    return [_line(run) for run in runs], [_line(run) for run in shared]


def _may_share(critique: str, text: str, size: int) -> bool:
    """Whether a text can share a run of `size` words with a critique; a quick look before all runs are compared.

    The critique is cut into pieces of half that size. Every run holds one whole piece, so if none is in the text, no
    run is.
    """
    critique_words, half = words(critique), size // 2
    pieces = zip(*(critique_words[start::half] for start in range(half)), strict=False)
    known = _known_shingles(text, half)
    return any(piece in known for piece in pieces)


@lru_cache(maxsize=16)
def _known_shingles(text: str, size: int) -> set[tuple[str, ...]]:
    """The shingles of a text that several others are compared with: looked up in a set, however long both are."""
    return shingles(text, size)


def _line(run: tuple[str, ...]) -> str:
    """A run of words as a text, with a space at both ends."""
    return f" {' '.join(run)} "
