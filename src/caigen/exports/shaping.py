"""TRL's rows -> the rows of one trainer. Rows that it cannot take are counted; notes say what it does with others."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from caigen.errors import CaigenError
from caigen.exports.decontaminate import Evaluations
from caigen.exports.formats import FORMATS, Format, Kind, in_turn
from caigen.exports.kto import EachText
from caigen.exports.spans import EXAMPLE as SPAN_EXAMPLE
from caigen.exports.trl import Row
from caigen.io.write import write_json

_PROMPT = [{"role": "user", "content": "Is it safe?"}]
_ANSWER = [{"role": "assistant", "content": "It is."}]
EXAMPLES: dict[Kind, Row] = {  # a row with the types of all its columns
    "pairs": {"prompt": _PROMPT, "chosen": _ANSWER, "rejected": _ANSWER},
    "sft": {"prompt": _PROMPT, "completion": _ANSWER},
    "prompts": {"prompt": _PROMPT, "id": "a"},
    "spans": SPAN_EXAMPLE,
}
EARLIER = "earlier_answers_learned"  # the note on rows whose trainer learns more than the last answer


@dataclass(frozen=True)
class Shaping:
    """The trainer that rows are for (`to`), and the evaluation sets whose prompts they must not hold."""

    to: str = "trl"
    evaluations: Evaluations | None = None

    @property
    def form(self) -> Format:
        """The trainer's format."""
        return FORMATS[self.to]

    def shape(
        self,
        kind: Kind,
        rows: Iterable[tuple[Row, Row]],
        *,
        side: str,
        reasons: Counter[str],
        notes: Counter[str],
    ) -> Iterator[tuple[Row, Row]]:
        """Convert TRL's rows to the trainer's; provenance passes through.

        A row that the trainer cannot take is counted in `reasons`, a row to be noted is counted in `notes`.
        """
        convert = self.form.rows[kind]
        for row, origin in rows:
            reason = self._refusal(kind, row)
            if reason:
                reasons[reason] += 1
                continue
            if self._learns_earlier_answers(kind, row):
                notes[EARLIER] += 1
            yield convert(row, side), origin

    def each_text(self) -> EachText | None:
        """What turns pairs into single texts, if the trainer takes no pairs."""
        if self.form.each_text:
            return EachText()
        return None

    def example(self, kind: Kind, row: Row | None = None) -> Row:
        """A row of the trainer with the types of all its columns, made from one of TRL's."""
        is_plain_text = row is not None and isinstance(row["prompt"], str)
        if row is None or (is_plain_text and not self.form.plain):
            row = EXAMPLES[kind]
        if self.form.each_text:
            row = {"prompt": row["prompt"], "completion": row["chosen"], "label": True}
        return self.form.rows[kind](row, "train")

    def remarks(self, notes: Counter[str]) -> list[str]:
        """What a user should know about rows that were written, a line each."""
        count = notes[EARLIER]
        if not count:
            return []
        line = f"note: rows with earlier answers of the assistant: {count}; {self.to} learns those too"
        if self.form.learns == "mask":
            return [f"{line} unless mask_history is true"]
        others = [name for name, form in FORMATS.items() if "sft" in form.rows and form.learns == "last"]
        return [f"{line} ({', '.join(others)} learn the last one alone)"]

    def write_beside(self, kind: Kind, path: Path) -> None:
        """Write the further files that the trainer needs; their entries for other data files are kept.

        Raises CaigenError if one cannot be read or written.
        """
        for name, make_entries in self.form.beside.items():
            beside = path.with_name(name)
            write_json(beside, _read_object(beside) | make_entries(kind, path.name))

    def _refusal(self, kind: Kind, row: Row) -> str | None:
        """Why the trainer cannot take a row; None if it can."""
        if isinstance(row["prompt"], str):
            return None if self.form.plain else "plain_text"
        if kind in self.form.in_turn and not in_turn(row["prompt"]):
            return "out_of_turn"
        return None

    def _learns_earlier_answers(self, kind: Kind, row: Row) -> bool:
        """Whether SFT on a row learns answers of the prompt, not only the completion."""
        if kind != "sft" or self.form.learns == "last":
            return False
        return any(message["role"] == "assistant" for message in row["prompt"])


def _read_object(path: Path) -> Row:
    """The JSON object of a file, empty if there is no file.

    Raises CaigenError.
    """
    if not path.exists():
        return {}
    if not path.is_file():
        raise CaigenError(f"{path}: is no file; move it away, or name another folder")
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise CaigenError(f"{path}: cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise CaigenError(f"{path}: is not a JSON object; move it away, or name another folder")
    return content
