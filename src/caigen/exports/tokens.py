"""Spans of a text -> labels of its tokens. Arithmetic alone: knows no tokenizer and no record.

Offsets are a tokenizer's: `(start, end)` of each token in code points, end exclusive. The offsets of a byte-level token
may include the space before the word; all tokens of one emoji have the same offsets; a token of no width stands for
nothing in the text.
"""

from collections.abc import Iterable, Sequence

Offsets = Sequence[tuple[int, int]]

IGNORED = -100  # the label that a loss leaves out (torch.nn.CrossEntropyLoss, ignore_index)
MAX_SPAN_SHARE = 0.6  # share of a text, in code points, above which a span says nothing about single tokens


def is_wide(start: int, end: int, text: str) -> bool:
    """Whether a span takes up too much of a text to label tokens by."""
    return end - start > MAX_SPAN_SHARE * len(text)


def within(offsets: Offsets, begin: int, end: int, first_index: int = 0) -> list[tuple[int, int]]:
    """Offsets into a text -> offsets into its part `begin:end`, whose first character gets the index `first_index`.

    A token across the border is cut there; a token outside has no width.
    """
    shift = first_index - begin
    inside = []
    for start, stop in offsets:
        cut_start, cut_stop = max(start, begin), min(stop, end)
        if cut_start < cut_stop:
            inside.append((cut_start + shift, cut_stop + shift))
        else:
            inside.append((0, 0))
    return inside


def touched(text: str, offsets: Offsets, start: int, end: int) -> list[int]:
    """Indexes of the tokens that share at least one character with a span, whitespace not counted."""
    indexes = []
    for index, (token_start, token_end) in enumerate(offsets):
        shared = text[max(token_start, start) : min(token_end, end)]
        if shared.strip():
            indexes.append(index)
    return indexes


def token_labels(offsets: Offsets, faulty: Iterable[int], unsure: Iterable[int] = ()) -> list[int]:
    """A label for each token: 1 if it is `faulty`, IGNORED if it is `unsure` or has no width, else 0."""
    labels = [0 if start < end else IGNORED for start, end in offsets]
    for index in unsure:
        labels[index] = IGNORED
    for index in faulty:  # after the unsure ones: a token that is both is faulty
        labels[index] = 1
    return labels
