"""Preference pairs -> one row for each text, good or bad, for trainers that take no pairs (KTO)."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from caigen.exports.trl import Row
from caigen.hashing import HashSet


@dataclass
class _Text:
    """A text of a record, where it came from, and whether pairs call it good (`chosen`), bad (`rejected`), or both."""

    row: Row
    origin: Row
    sides: set[str] = field(default_factory=set)
    principles: list[str] = field(default_factory=list)


class EachText:
    """Each text of a prompt once, however many pairs it is in.

    A text that is the better one of one pair and the worse one of another is neither good nor bad, so it has no row. Of
    texts that several records share the first row stays.
    """

    def __init__(self) -> None:
        self._seen = {"chosen": HashSet(), "rejected": HashSet()}

    def rows(self, pairs: Iterable[tuple[Row, Row]], reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """Rows `prompt`, `completion`, `label` with their provenance, from the pairs of one record and theirs."""
        for text in _texts(pairs).values():
            reason = self._refused(text)
            if reason:
                reasons[reason] += 1
                continue
            yield text.row | {"label": text.sides == {"chosen"}}, text.origin | {"principles": text.principles}

    def _refused(self, text: _Text) -> str | None:
        if len(text.sides) > 1:
            return "on_both_sides"
        (side,) = text.sides
        key = repr((text.row["prompt"], _content(text.row["completion"])))
        if key in self._seen["rejected" if side == "chosen" else "chosen"]:
            return "on_both_sides"
        return None if self._seen[side].add(key) else "duplicate_text"


def _texts(pairs: Iterable[tuple[Row, Row]]) -> dict[str, _Text]:
    found: dict[str, _Text] = {}
    for row, origin in pairs:
        for side in ("chosen", "rejected"):
            content = _content(row[side])
            made = {"prompt": row["prompt"], "completion": row[side]}
            kept: Row = {key: origin[key] for key in ("id", "provenance") if key in origin}
            text = found.setdefault(content, _Text(made, kept | {"text": origin[side]}))
            text.sides.add(side)
            text.principles += [rule for rule in origin["principles"] if rule not in text.principles]
    return found


def _content(said: list[dict[str, str]]) -> str:
    """What makes it the same text: the words of its last message, without the space around them."""
    return said[-1]["content"].strip()
