"""parse: `verdict=violates`, `words>200` -> Condition, which is tested on the rows of a record (fields.py)

A condition is FIELD, an operator, and a value. Several values for `=` and `!=` have commas between them; a value in
double quotation marks is one value, whatever is in it.
"""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from caigen.errors import CaigenError
from caigen.looking.fields import BY_NAME, PREFIXES, Row, meta_values
from caigen.reasons.explain import explain, nearest
from caigen.records import Record

OPERATORS = {
    "=": "is one of these values",
    "!=": "is none of these values",
    ">": "is greater",
    ">=": "is greater, or the same",
    "<": "is less",
    "<=": "is less, or the same",
    "~": "contains these words, in small or capital letters",
}
_SHAPE = re.compile(r"\s*([\w.-]+)\s*(!=|>=|<=|==|=|>|<|~)(.*)", re.S)  # `words >= 200`, `meta.lang=de`


@dataclass(frozen=True)
class Condition:
    """`field operator values`; without a value `=` says that the field is not there, and `!=` that it is."""

    field: str
    operator: str
    values: tuple[str, ...]

    def holds(self, row: Row, record: Record) -> bool:
        """Whether a row of the record has this value, or for `!=` none of these values."""
        path = self.field.removeprefix("meta.")
        had = meta_values(record, path) if path != self.field else row.get(self.field, ())
        if self.operator in ("=", "!="):
            return self._equals(had) == (self.operator == "=")
        return any(self._fits(value) for value in had)

    def _equals(self, had: tuple[Any, ...]) -> bool:
        if self.values == ("",):
            return not had
        return any(_same(value, wanted) for value in had for wanted in self.values)

    def _fits(self, value: Any) -> bool:
        """Whether one value is greater, less, or contains the words."""
        wanted = self.values[0]
        if self.operator == "~":
            return wanted.casefold() in _text(value).casefold()
        number, bound = _number(value), _number(wanted)
        if number is None or bound is None:
            return False
        tests = {">": number > bound, ">=": number >= bound, "<": number < bound, "<=": number <= bound}
        return tests[self.operator]


def parse(text: str) -> Condition:
    """Read a condition.

    Raises CaigenError that says what is wrong and names what is spelt nearly like it.
    """
    match = _SHAPE.fullmatch(text)
    if not match:
        raise CaigenError(f"--where {text!r}: not a condition: FIELD, one of {' '.join(OPERATORS)}, VALUE: words>200")
    name, operator, value = match[1], match[2].replace("==", "="), match[3].strip()
    values: tuple[str, ...] = (value,)
    if len(value) > 1 and value[0] == value[-1] == '"':
        values = (value[1:-1],)
    elif operator in ("=", "!="):
        values = tuple(part.strip() for part in value.split(","))
    condition = Condition(name, operator, values)
    if wrong := _fault(condition):
        raise CaigenError(f"--where {text!r}: {wrong}")
    return condition


def _fault(condition: Condition) -> str | None:
    """What is wrong with a condition; None if nothing is."""
    name, operator, values = condition.field, condition.operator, condition.values
    if any(name.startswith(prefix) and len(name) > len(prefix) for prefix in PREFIXES):
        if operator in "<>=" and operator != "=" and _number(values[0]) is None:
            return f"{values[0]!r} is not a number"
        return None
    field = BY_NAME.get(name)
    if field is None or name == "meta":
        return f"no field {name!r}{_near(name, list(BY_NAME))}; the fields are {', '.join(BY_NAME)} (meta.NAME)"
    ordered = operator in ("<", "<=", ">", ">=")
    if ordered and not field.number:
        return f"{name} is no number, so it has no order; use = != or ~"
    if values == ("",):
        return "needs a value" if ordered or operator == "~" else None
    for value in values:
        if field.number and operator != "~" and _number(value) is None:
            return f"{name} is a number, and {value!r} is none"
        if field.words and operator != "~" and value not in field.words:
            return f"no {name} {value!r}{_near(value, list(field.words))}; it is one of {', '.join(field.words)}"
        # servers have words of their own, so only one that is spelt nearly like a known flag is a mistake
        if name == "flag" and operator != "~" and not explain(value) and (near := nearest(value, cutoff=0.8)):
            return f"no flag {value!r}; did you mean {near[0]}? `caigen reasons` explains them"
    return None


def _near(word: str, words: list[str]) -> str:
    near = get_close_matches(word.lower(), words, 1)
    return f"; did you mean {near[0]}?" if near else ""


def _same(value: Any, wanted: str) -> bool:
    if _text(value) == wanted:
        return True
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return value == _number(wanted)


def _text(value: Any) -> str:
    """A value as it is written in a condition: JSON's `true`, else Python's text of it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _number(value: Any) -> float | None:
    """A value as a number; None if it is none."""
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if number == number else None  # NaN is no number
