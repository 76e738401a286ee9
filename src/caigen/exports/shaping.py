"""TRL's rows -> the rows of one trainer, with a counted reason where it takes none, and what it would do with the others."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caigen.errors import CaigenError
from caigen.exports.decontaminate import Evaluations
from caigen.exports.formats import FORMATS, Format, Kind, in_turn
from caigen.exports.kto import EachText
from caigen.exports.spans import EXAMPLE as SPANS
from caigen.exports.trl import Row
from caigen.io.write import write_json

_ASKED, _SAID = [{"role": "user", "content": "Is it safe?"}], [{"role": "assistant", "content": "It is."}]
EXAMPLES: dict[Kind, Row] = {  # a row with the types of all its columns
    "pairs": {"prompt": _ASKED, "chosen": _SAID, "rejected": _SAID},
    "sft": {"prompt": _ASKED, "completion": _SAID},
    "prompts": {"prompt": _ASKED, "id": "a"},
    "spans": SPANS,
}
EARLIER = "earlier_answers_learned"  # the note on rows whose trainer learns more than the last answer


@dataclass(frozen=True)
class Shaping:
    """For which trainer rows are, and the evaluation sets that they must not hold."""

    to: str = "trl"
    evaluations: Evaluations | None = None

    @property
    def form(self) -> Format:
        """The trainer's format."""
        return FORMATS[self.to]

    def shaped(
        self, kind: Kind, made: Iterable[tuple[Row, Row]], side: str, reasons: Counter[str], notes: Counter[str]
    ) -> Iterator[tuple[Row, Row]]:
        """Rows as the trainer takes them, each with its provenance; what it takes none of is counted in `reasons`, what is
        written and should be known in `notes`.
        """
        for row, origin in made:
            reason = self._refused(kind, row)
            if reason:
                reasons[reason] += 1
                continue
            if self._learns_earlier(kind, row):
                notes[EARLIER] += 1
            yield self.form.rows[kind](row, side), origin

    def each_text(self) -> EachText | None:
        """What makes single texts of pairs, where the trainer takes no pairs."""
        return EachText() if self.form.each_text else None

    def example(self, kind: Kind, row: Row | None = None) -> Row:
        """A row with the types of all its columns, made of one of TRL's."""
        row = row if row and (self.form.plain or not isinstance(row["prompt"], str)) else EXAMPLES[kind]
        if self.form.each_text:
            row = {"prompt": row["prompt"], "completion": row["chosen"], "label": True}
        return self.form.rows[kind](row, "train")

    def said(self, notes: Counter[str]) -> list[str]:
        """What a user should know of rows that were written, a line each."""
        if not notes[EARLIER]:
            return []
        told = f"note: rows with earlier answers of the assistant: {notes[EARLIER]}; {self.to} learns those too"
        others = ", ".join(name for name, form in FORMATS.items() if "sft" in form.rows and form.learns == "last")
        mask = self.form.learns == "mask"
        return [told + (" unless mask_history is true" if mask else f" ({others} learn the last one alone)")]

    def write_beside(self, kind: Kind, path: Path) -> None:
        """The further files that the trainer needs, what they say of other files kept.

        Raises CaigenError where one cannot be written.
        """
        for name, make in self.form.beside.items():
            beside = path.with_name(name)
            try:
                there = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
            except (OSError, ValueError) as error:
                raise CaigenError(f"{beside}: cannot be read: {error}") from error
            if not isinstance(there, dict):
                raise CaigenError(f"{beside}: is not a JSON object; move it away, or name another folder")
            write_json(beside, there | make(kind, path.name))

    def _refused(self, kind: Kind, row: Row) -> str | None:
        if isinstance(row["prompt"], str):
            return None if self.form.plain else "plain_text"
        return "out_of_turn" if kind in self.form.in_turn and not in_turn(row["prompt"]) else None

    def _learns_earlier(self, kind: Kind, row: Row) -> bool:
        return (
            kind == "sft" and self.form.learns != "last" and any(turn["role"] == "assistant" for turn in row["prompt"])
        )
