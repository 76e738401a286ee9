"""revision and its source -> the words for what makes the revision unusable: see docs/hygiene.md"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import zip_longest

from caigen.hygiene.languages import RULES
from caigen.hygiene.rules import LONGEST_WHOLE
from caigen.hygiene.words import is_unspaced, loops, normalized, shingles, words
from caigen.records import unfinished

_WHOLE = tuple(rule for rule in RULES if rule.part == "whole")
_ABOUT = re.compile(  # what only a critique says of an answer
    r"\b(?:critique|revision|violates)\b|\b(?:the|this|your|my|last) (?:answer|response|reply|assistant)\b"
    r"|\b(?:die|diese|ihre|deine) antwort\b|\b(?:la|cette|votre|ta) réponse\b|\b(?:la|esta|su|tu) respuesta\b"
    r"|(?:这个|這個|该|該|此|您的|你的)回(?:答|复|覆)|(?:この|その|あなたの)(?:回答|返答)"
)
COPIED = 0.4, 25  # share of a critique's shingles in the revision that is a leak, in a critique of so many or more
SHINGLE = 8  # words in a row shared with the critique, and with nothing in the source
UNSPACED_SHINGLE = 14  # the same in characters


def flags(
    text: str, source: str, *, critique: str = "", request: str = "", finish_reason: str | None = None
) -> tuple[str, ...]:
    """The words for what makes a cleaned revision of `source` unusable; none where it is sound. `request` is the text that
    asked for it.

    Words: those of `records.unfinished` (`truncated`, `loop`, `content_filter`, …), `empty`, `identical`,
    `near_identical`, `meta`, `refuses_task`, `leak`, `loop`.
    """
    broken = unfinished(finish_reason)
    if not text.strip():
        return (broken or "empty",)
    found = [broken] if broken else []
    if text.strip() == source.strip():
        found.append("identical")
    elif all(one == other for one, other in zip_longest(_bare(text), _bare(source))):
        found.append("near_identical")
    found += (
        rule.word for rule in _WHOLE if rule.find(text.strip()) and not rule.pattern.match(source, 0, LONGEST_WHOLE)
    )
    if _leaks(text, source, critique) or _speaks(text, source, request):
        found.append("leak")
    if loops(text) and not loops(source):
        found.append("loop")
    return tuple(dict.fromkeys(found))


# What carries no meaning between two words: sentence marks, quotation marks, emphasis, dashes.
_MARKS = r".,;:!…\"'“”‘’„«»*_`—–\-。，、！；：「」"
_TOKEN = re.compile(
    rf"\d+(?:[{_MARKS}]+(?=\d)\d+)*\s?[^\W\d_]*"  # a number with its marks, and a unit, whose case counts: mW, MW
    rf"|[^\W\d_]+|[+\-–−±](?=\s?[\d.])|[^\w\s{_MARKS}]"  # a word; a sign before a number; any other sign, such as % or an emoji
)


def _bare(text: str) -> Iterator[str]:
    """The tokens of a text that carry meaning, in turn: words without case, numbers, units, signs, symbols."""
    for found in _TOKEN.finditer(normalized(text, "NFC").replace("\ufe0f", "")):
        token = found[0]
        yield token if token[0].isdigit() else token.casefold()


def _leaks(text: str, source: str, critique: str) -> bool:
    """Whether the critique speaks in the revision: its JSON, much of a long one, or its words about the answer itself.

    A wording that the critique proposed and the revision took is no leak.
    """
    if re.match(r'\s{0,40}\{\s{0,40}"(?:text|verdict|quotes)"', text):
        return True
    said, shared = _runs(critique, text, source)
    share, least = COPIED
    return (len(said) >= least and len(shared) > share * len(said)) or _speaks(text, source, critique)


def _speaks(text: str, source: str, other: str) -> bool:
    """Whether a run of words of the critique or the request stands in the revision that speaks of the answer itself."""
    shared = _runs(other, text, source)[1]
    return any(map(_ABOUT.search, (run.replace(" ", "") for run in shared) if is_unspaced(other) else shared))


def _runs(other: str, text: str, source: str) -> tuple[list[str], list[str]]:
    """The runs of words of another text, and those of them that stand in the revision and not in its source."""
    size = UNSPACED_SHINGLE if is_unspaced(other) else SHINGLE
    if not _may_share(other, text, size):
        return [], []
    said = [f" {' '.join(run)} " for run in shingles(other, size)]
    line = _line(text)
    shared = [run for run in said if run in line]
    return said, [run for run in shared if run not in _line(source)]


def _may_share(critique: str, text: str, size: int) -> bool:
    """Whether a run of half so many words of a critique is in a text. Every run of `size` words holds one of the halves that
    stand one after the other, so that few have to be looked for.
    """
    found, half = words(critique), size // 2
    runs = zip(*(found[place::half] for place in range(half)), strict=False)
    return any(f" {' '.join(run)} " in _line(text) for run in runs)


@lru_cache(maxsize=16)
def _line(text: str) -> str:
    """The words of a text in one line."""
    return f" {' '.join(words(text))} "
