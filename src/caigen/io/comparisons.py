"""A labelled comparison -> Record with two candidates, the better one first.

Every form with two answers of which one is known to be better is one (forms.py, preferences.py).

A `principle` names the principle that tells the two answers apart, `constitution` the constitution that has it.
"""

from caigen.io.columns import Columns
from caigen.io.messages import ShapeError, check_prompt
from caigen.io.reading import SIDES, Reading
from caigen.io.rows import NO_COLUMNS, ReadRow, candidate, content_id, is_record, read_fields, start
from caigen.records import Record

NEEDS = 'needs a prompt with "chosen" and "rejected", or another form with a known preference (docs/inputs.md)'


def read_comparison(row: object, *, columns: Columns = NO_COLUMNS) -> Record:
    """The Record of one parsed row.

    Raises ShapeError.
    """
    return read_named_comparison(row, columns=columns).record


def read_named_comparison(row: object, *, columns: Columns = NO_COLUMNS) -> ReadRow:
    """The Record of one parsed row, and the name of its form.

    Raises ShapeError.
    """
    if not isinstance(row, dict):
        raise ShapeError(f"not a JSON object but {type(row).__name__}")
    if is_record(row):
        raise ShapeError(f"not a labelled comparison: a caigen record; {NEEDS}")
    fields, own_id = start(row)
    form, reading = read_fields(fields, columns)
    texts = _both_sides(form, reading)
    for name in reading.side_fields:
        fields.pop(name, None)
    prompt = check_prompt(reading.messages)
    record = Record(
        id=own_id or content_id(prompt, "\0".join(texts)),
        prompt=prompt,
        candidates=tuple(candidate(text) for text in texts),
        meta=fields,
    )
    return ReadRow(record, form)


def _both_sides(form: str, reading: Reading) -> list[str]:
    """The better and the worse text.

    Raises ShapeError where the row has none.
    """
    if reading.side is None:
        raise ShapeError(f"not a labelled comparison but {form}: {reading.no_sides}; {NEEDS}")
    return [reading.side(side) for side in SIDES]
