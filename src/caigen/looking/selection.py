"""select: records, a Selection -> the records that fit; `show`, `stats` and `filter` share it"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from difflib import get_close_matches

from caigen.errors import CaigenError
from caigen.hashing import uniform
from caigen.looking.conditions import Condition, parse
from caigen.looking.fields import rows
from caigen.looking.line import single_spaced
from caigen.records import Record

MAX_KNOWN = 1_000_000  # ids that are kept, to name the nearest one for an id that is not there


@dataclass(frozen=True)
class Selection:
    """Which records fit: those whose id is one of `ids`, and of which one round fulfils all `conditions`.

    With `invert` the others fit.
    """

    ids: frozenset[str] = frozenset()
    conditions: tuple[Condition, ...] = ()
    invert: bool = False

    @property
    def narrows(self) -> bool:
        """Whether anything is asked of records at all."""
        return bool(self.ids or self.conditions)

    def fits(self, record: Record) -> bool:
        """Whether a record fits."""
        return self._holds(record) != self.invert

    def _holds(self, record: Record) -> bool:
        if self.ids and record.id not in self.ids:
            return False
        if not self.conditions:
            return True
        return any(all(condition.holds(row, record) for condition in self.conditions) for row in rows(record))


def selection(
    *,
    ids: Iterable[str] = (),
    principles: Iterable[str] = (),
    verdicts: Iterable[str] = (),
    flags: Iterable[str] = (),
    failed: bool = False,
    where: Iterable[str] = (),
    invert: bool = False,
) -> Selection:
    """A Selection of the options of `show` and `filter`.

    Raises CaigenError for a condition that cannot be read.
    """
    texts = [*where]
    for name, values in {"principle": principles, "verdict": verdicts, "flag": flags}.items():
        if wanted := ",".join(values):
            texts.append(f"{name}={wanted}")
    if failed:
        texts.append("status=failed")
    return Selection(frozenset(ids), tuple(parse(text) for text in texts), invert)


@dataclass
class Selected:
    """Iterates over the records that fit, and counts: read = kept + left out. Stops when all ids were met."""

    records: Iterable[Record]
    selection: Selection
    source: str
    read: int = 0
    kept: int = 0
    complete: bool = False  # every record was met, or every wanted id
    _ids: dict[str, None] = field(default_factory=dict)
    _principles: set[str] = field(default_factory=set)

    def __iter__(self) -> Iterator[Record]:
        missing = set(self.selection.ids)
        wanted = self._wanted_principles()
        for record in self.records:
            self.read += 1
            if wanted:
                self._principles.update(
                    round_.principle for candidate in record.candidates for round_ in candidate.rounds
                )
            if missing and len(self._ids) < MAX_KNOWN:
                self._ids[record.id] = None
            missing.discard(record.id)
            # ids are unique in a file: behind the last wanted one there is none
            self.complete = bool(self.selection.ids) and not missing and not self.selection.invert
            if self.selection.fits(record):
                self.kept += 1
                yield record
            if self.complete:
                return
        self.complete = True
        if missing:
            raise CaigenError(self._no_such("record", sorted(missing)[0], list(self._ids)))
        known = self._principles | {principle.partition("@")[0] for principle in self._principles}
        for principle in wanted:
            if known and principle not in known:
                raise CaigenError(self._no_such("round under principle", principle, sorted(known)))

    def line(self) -> str:
        """Where the records went, in one line."""
        return f"read {self.read} = kept {self.kept} + left out {self.read - self.kept}"

    def _wanted_principles(self) -> list[str]:
        equal = [test for test in self.selection.conditions if test.field == "principle" and test.operator == "="]
        return [value for test in equal for value in test.values if value]

    def _no_such(self, what: str, name: str, known: list[str]) -> str:
        near = [single_spaced(word) for word in get_close_matches(name, known, 3)]
        hint = ""
        if near:
            hint = f"; nearest: {', '.join(near)}"
        elif known:
            hint = f"; there are {', '.join(map(single_spaced, known[:3]))} …"
        return f"{self.source}: no {what} {name!r} in {self.read} records{hint}"


def sample(records: Iterable[Record], count: int, seed: int) -> list[Record]:
    """`count` records drawn by a hash of their id, in the order of the file; no others are kept in memory."""
    drawn: list[tuple[float, int, Record]] = []
    for number, record in enumerate(records):
        entry = (-uniform("show", seed, record.id), -number, record)
        if len(drawn) < count:
            heapq.heappush(drawn, entry)
        elif entry > drawn[0]:
            heapq.heapreplace(drawn, entry)
    return [record for _, _, record in sorted(drawn, key=lambda entry: -entry[1])]
