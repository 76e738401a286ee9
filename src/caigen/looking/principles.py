"""PrincipleTexts: Record, `ID@rev` -> the principle with its title and text, where its constitution is known"""

import os

from caigen.constitution.format import Constitution, Principle
from caigen.constitution.load import demo_constitutions, load, shipped_constitutions
from caigen.records import Record


class PrincipleTexts:
    """Finds principles in the constitution that is named or given, or in the shipped one that made the record.

    Raises ConstitutionError if the named file does not load.
    """

    def __init__(self, named: str | os.PathLike[str] | Constitution | None = None) -> None:
        self._named = load(named) if isinstance(named, str | os.PathLike) else named
        self._shipped = shipped_constitutions() | demo_constitutions()
        self._loaded: dict[str, Constitution | None] = {}

    def get(self, record: Record, ref: str) -> Principle | None:
        """The principle at the revision that the record cites; None where no known constitution has it."""
        if self._named and (principle := self._named.get(ref)):
            return principle
        made_under = record.provenance.constitution if record.provenance else None
        constitution = self._constitution((made_under or "").partition("@")[0])
        return constitution.get(ref) if constitution else None

    def _constitution(self, name: str) -> Constitution | None:
        if name not in self._loaded:
            self._loaded[name] = load(name) if name in self._shipped else None
        return self._loaded[name]
