"""`--check-input`: read all rows of an input without a model, and print their forms and faults."""

from typing import TYPE_CHECKING

import typer

from caigen.cli.options.files import InputOptions
from caigen.cli.perform import check_stdin

if TYPE_CHECKING:
    from caigen.io.read import Reader

MAX_FAULTS = 100  # that are printed


def check_input(options: InputOptions) -> None:
    """Print the report; exit 1 if a row cannot be read.

    Raises CaigenError for a file that cannot be read on.
    """
    check_stdin(options.source)
    from caigen.cli.build import source_of

    reader = source_of(options).reader(on_error="skip", max_remarks=MAX_FAULTS)
    prompts: set[int] = set()
    for record in reader:
        prompts.add(hash(record.prompt))
    _report(reader, len(prompts))
    if reader.skipped:
        raise typer.Exit(1)


def _report(reader: "Reader", prompts: int) -> None:
    """Faults first, by line; then what the rows are; then the counts, last, where they are seen."""
    faults = sum(reader.skipped.values())
    for fault in reader.remarks:
        print(f"fault: {fault}")
    if faults > len(reader.remarks):
        print(f"fault: and {faults - len(reader.remarks)} more")
    for form, count in reader.forms.most_common():
        print(f"form: {form}: {count}")
    for note in reader.notes():
        print(note)
    good = reader.read - faults
    print(
        f"{reader.name}: read {reader.read} = good {good} + bad {faults}; "
        f"{prompts} different prompts, {reader.with_answer} rows with an answer"
    )
