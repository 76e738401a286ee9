"""Preference pairs -> one row for each text, good or bad, for trainers that take no pairs (KTO)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caigen.exports.trl import Row
from caigen.hashing import HashSet

SIDES = ("chosen", "rejected")


@dataclass
class _LabelledText:
    """A text of a record, its provenance, and the sides it has in the record's pairs."""

    row: Row
    origin: Row
    sides: set[str] = field(default_factory=set)
    principles: list[str] = field(default_factory=list)


class EachText:
    """Gives each text of a prompt once, however many pairs it is in.

    A text that is chosen in one pair and rejected in another is neither good nor bad, so it has no row. If several
    records have the same text, the first one's row stays.
    """

    def __init__(self) -> None:
        self._seen = {side: HashSet() for side in SIDES}

    def rows(self, pairs: Iterable[tuple[Row, Row]], reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """Rows `prompt`, `completion`, `label`, each with its provenance, from the pairs of one record and theirs."""
        for text in _texts_of_pairs(pairs).values():
            reason = self._refusal(text)
            if reason:
                reasons[reason] += 1
                continue
            yield text.row | {"label": text.sides == {"chosen"}}, text.origin | {"principles": text.principles}

    def _refusal(self, text: _LabelledText) -> str | None:
        """Why a text has no row; None for a good one, which counts as seen from now on."""
        if len(text.sides) > 1:
            return "on_both_sides"
        (side,) = text.sides
        # the prompt belongs to the key: the same text may be good for one prompt and bad for another
        (other,) = set(SIDES) - text.sides
        key = repr((text.row["prompt"], _content(text.row["completion"])))
        if key in self._seen[other]:  # in an earlier record
            return "on_both_sides"
        if not self._seen[side].add(key):
            return "duplicate_text"
        return None


def _texts_of_pairs(pairs: Iterable[tuple[Row, Row]]) -> dict[str, _LabelledText]:
    """The texts of one record's pairs by their content, in the order in which they come."""
    by_content: dict[str, _LabelledText] = {}
    for row, origin in pairs:
        shared = {key: origin[key] for key in ("id", "provenance") if key in origin}
        for side in SIDES:
            content = _content(row[side])
            if content not in by_content:
                text_row = {"prompt": row["prompt"], "completion": row[side]}
                by_content[content] = _LabelledText(text_row, shared | {"text": origin[side]})
            text = by_content[content]
            text.sides.add(side)
            text.principles += [name for name in origin["principles"] if name not in text.principles]
    return by_content


def _content(messages: list[dict[str, str]]) -> str:
    """What makes two texts the same: the words of the last message, without the space around them."""
    return messages[-1]["content"].strip()
