"""Spans of a text -> labels of its tokens. Arithmetic alone: knows no tokenizer and no record.

Offsets are a tokenizer's: `(start, end)` of each token in code points, end exclusive. Byte-level tokens may have the space
before a word in theirs; the tokens of one emoji have all the same; one of no width stands for nothing in the text.
"""

from collections.abc import Iterable, Sequence

Offsets = Sequence[tuple[int, int]]

IGNORED = -100  # the label that a loss leaves out (torch.nn.CrossEntropyLoss, ignore_index)
WIDE = 0.6  # share of a text, in code points, above which a span says nothing of single tokens


def is_wide(start: int, end: int, text: str) -> bool:
    """Whether a span takes up too much of a text to label tokens by."""
    return end - start > WIDE * len(text)


def within(offsets: Offsets, begin: int, end: int, first_place: int = 0) -> list[tuple[int, int]]:
    """Offsets into a text as offsets into its part `begin:end`, whose first character has the place `first_place`.

    A token across the border is cut there; one outside has no width.
    """
    cut = ((max(start, begin), min(stop, end)) for start, stop in offsets)
    shift = first_place - begin
    return [(start + shift, stop + shift) if start < stop else (0, 0) for start, stop in cut]


def touched(text: str, offsets: Offsets, start: int, end: int) -> list[int]:
    """Places of the tokens that share at least one character with a span, whitespace not counted."""
    return [place for place, (first, last) in enumerate(offsets) if text[max(first, start) : min(last, end)].strip()]


def token_labels(offsets: Offsets, faulty: Iterable[int], unsure: Iterable[int] = ()) -> list[int]:
    """A label for each token: 1 where it is `faulty`, IGNORED where it is `unsure` or has no width, else 0."""
    labels = [0 if start < end else IGNORED for start, end in offsets]
    for place in unsure:
        labels[place] = IGNORED
    for place in faulty:
        labels[place] = 1
    return labels
