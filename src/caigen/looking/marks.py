"""Text of a record -> rich Text with its changes and quotes marked: by colour, or by brackets where there is none."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from caigen.looking.line import single_spaced
from caigen.records import Span
from caigen.text.changes import Piece, changes
from caigen.text.visible import visible

CONTEXT = 40  # characters on either side of a quote
STYLES = {"kept": "", "removed": "red strike", "added": "green"}
BRACKETS = {"removed": ("[-", "-]"), "added": ("{+", "+}")}
QUOTE_STYLE = "bold red"
QUOTE_BRACKETS = ("[[", "]]")


@dataclass(frozen=True)
class Marks:
    """How words are marked: in colour, or as `[-removed-]`, `{+added+}`, `[[quoted]]`."""

    colour: bool

    def difference(self, before: str, after: str) -> Text:
        """A revision with the words that went and those that came."""
        pieces = changes(before, after)
        if pieces is None:
            return Text(f"(too long to be compared) {visible(after)}")
        text = Text()
        for number, piece in enumerate(pieces):
            follower = pieces[number + 1].change if number + 1 < len(pieces) else None
            self._append(text, piece, follower)
        text.rstrip()
        return text

    def _append(self, text: Text, piece: Piece, follower: str | None) -> None:
        words = piece.text.rstrip()
        space = piece.text[len(words) :]
        if piece.change == "removed" and follower == "added":
            space = " " if self.colour else ""  # the words that come in its place stand right behind
        shown = visible(words)
        if piece.change == "kept" or not words:
            text.append(shown)
        elif self.colour:
            text.append(shown, STYLES[piece.change])
        else:
            left, right = BRACKETS[piece.change]
            text.append(f"{left}{shown}{right}")
        text.append(space)

    def quoted(self, answer: str, spans: Sequence[Span]) -> Text:
        """A text with the words marked that critiques quote of it; those that overlap are marked as one."""
        text, end = Text(), 0
        for start, stop in _merged(answer, spans):
            text.append(visible(answer[end:start]))
            self._quote(text, visible(answer[start:stop]))
            end = stop
        text.append(visible(answer[end:]))
        text.rstrip()
        return text

    def in_context(self, answer: str, span: Span) -> Text:
        """A quote with some words around it, in one line."""
        start, end = max(0, span.start - CONTEXT), span.end + CONTEXT
        before, after = answer[start : span.start], answer[span.end : end]
        # whole words only; what has no spaces is cut anywhere
        if start and " " in before:
            before = before.partition(" ")[2]
        if end < len(answer) and " " in after:
            after = after.rpartition(" ")[0]
        before, after = single_spaced(before), single_spaced(after)
        text = Text("… " if start else "")
        text.append(before + (" " if answer[span.start - 1 : span.start].isspace() else ""), "dim")
        self._quote(text, single_spaced(answer[span.start : span.end]))
        text.append((" " if answer[span.end : span.end + 1].isspace() else "") + after, "dim")
        text.append(" …" if end < len(answer) else "")
        return text

    def _quote(self, text: Text, words: str) -> None:
        if self.colour:
            text.append(words, QUOTE_STYLE)
        else:
            text.append(words.join(QUOTE_BRACKETS))


def _merged(answer: str, spans: Sequence[Span]) -> list[tuple[int, int]]:
    """Start and end of each marked stretch, in order; spans that do not fit the text are left out."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted((span.start, span.end) for span in spans if answer[span.start : span.end] == span.quote):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
