"""check: rows of a file -> what a trainer would not take: rows of another type, and faults that no type can tell."""

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter, ValidationError

from caigen.errors import first_error
from caigen.exports.formats import FORMATS, Kind
from caigen.exports.formats import in_turn as speak_in_turn
from caigen.exports.row_types import PRIVATE, ROW_TYPES

MAX_FAULTS = 20
PROMPT_FIELDS = ("prompt", "conversations", "context", "input")
ANSWER_FIELDS = ("chosen", "rejected", "completion", "output", "messages")


def find_faults(rows: Iterable[object], to: str, kind: Kind) -> list[str]:
    """What is wrong with rows for a trainer, as `row N: what`; after MAX_FAULTS faults no further row is read."""
    checker = _RowChecker(to, kind)
    faults: list[str] = []
    number = 0
    for number, row in enumerate(rows, 1):
        faults += [f"row {number}: {fault}" for fault in checker.check(row)]
        if len(faults) >= MAX_FAULTS:
            return faults
    if number == 0:
        return ["no rows"]
    return faults + checker.check_file()


class _RowChecker:
    """Checks rows one by one, and remembers what must be the same in all of them."""

    def __init__(self, to: str, kind: Kind) -> None:
        self._to, self._form = to, FORMATS[to]
        self._in_turn = kind in self._form.in_turn
        self._type: TypeAdapter[dict[str, Any]] = TypeAdapter(ROW_TYPES[to, kind])
        self._has_margin: set[bool] = set()
        self._labels: dict[int, bool] = {}  # of the texts so far, by the hash of prompt and text

    def check(self, row: object) -> list[str]:
        """The faults of one row; of its type only the first."""
        try:
            checked = self._type.validate_python(row)
        except ValidationError as error:
            return [first_error(error, root="row", ignored=PRIVATE)]
        self._has_margin.add("margin" in checked)
        # what follows is about rows of the right type alone
        faults = _conversation_faults(checked)
        if self._in_turn:
            faults += _turn_faults(checked)
        if "input_ids" in checked:
            faults += _label_faults(checked)
        faults += self._repeated(checked)
        if "margin" in checked and not self._form.margin:
            faults.append(f"{self._to} reads no margin")
        return faults

    def check_file(self) -> list[str]:
        """The faults of all rows together."""
        if len(self._has_margin) > 1:
            return ["some rows have a margin and some have none; a trainer reads it from the first row for all"]
        return []

    def _repeated(self, row: dict[str, Any]) -> list[str]:
        """The fault of a labelled text (KTO) that is in an earlier row too."""
        if "label" not in row or "completion" not in row:
            return []
        # hashes, not texts: a file may have millions of rows
        key = hash(repr((row["prompt"], row["completion"])))
        if key not in self._labels:
            self._labels[key] = row["label"]
            return []
        if self._labels[key] == row["label"]:
            return ["the same row stands there before"]
        return ["the same text stands there as good and as bad"]


def _conversation_faults(row: dict[str, Any]) -> list[str]:
    """What is wrong with who speaks last, and with two texts that are the same."""
    faults = []
    prompt = _first_value(row, PROMPT_FIELDS)
    if isinstance(prompt, list) and prompt[-1]["role"] != "user":
        faults.append("the prompt does not end with the user")
    if row.get("chosen") is not None and row.get("chosen") == row.get("rejected"):
        faults.append("chosen and rejected are the same")
    for name in ANSWER_FIELDS:
        message = _last_message(row.get(name))
        if message and (message["role"] != "assistant" or not message["content"].strip()):
            faults.append(f"{name} does not end with something that the assistant said")
    return faults


def _turn_faults(row: dict[str, Any]) -> list[str]:
    conversation = _first_value(row, ("conversations", "messages"))
    if isinstance(conversation, list) and not speak_in_turn(conversation):
        return ["user and assistant do not speak in turn"]
    return []


def _label_faults(row: dict[str, Any]) -> list[str]:
    """What is wrong with token labels that have the right type."""
    labels = row["labels"]
    if len(labels) != len(row["input_ids"]):
        return [f"{len(labels)} labels for {len(row['input_ids'])} tokens"]
    answer = row["completion"][-1]["content"]
    faults = []
    for span in row["spans"]:
        first, end = span["tokens"]
        if answer[span["start"] : span["end"]] != span["quote"]:
            faults.append(f"{span['start']}:{span['end']} of the completion is not {span['quote']!r}")
        if 1 not in labels[first:end]:
            faults.append(f"no token of {span['quote']!r} has the label 1")
    if 1 in labels and not row["spans"]:
        faults.append("tokens have the label 1 without a span")
    return faults


def _first_value(row: dict[str, Any], names: Iterable[str]) -> Any:
    """The value of the first of these fields that has one."""
    for name in names:
        if row.get(name):
            return row[name]
    return None


def _last_message(value: object) -> dict[str, Any] | None:
    """A message, or the last one of a list of messages; None for a text."""
    if isinstance(value, dict):
        return value
    if isinstance(value, list) and value:
        last: dict[str, Any] = value[-1]
        return last
    return None
