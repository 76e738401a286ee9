"""export: records -> training rows. Reads, exports and counts; no model is asked."""

from collections.abc import Callable
from itertools import chain, islice

from caigen.exports.row_sink import RowSink
from caigen.io.read import Reader
from caigen.summary import Summary


def export(command: str, reader: Reader, open_sink: Callable[[], RowSink]) -> tuple[Summary, list[str]]:
    """Give every record to the sink; the counts, and what a user should know about the rows, a line each.

    The sink is opened once the first record is read, so that a bad input leaves no output. A record that gives no row
    is skipped for a counted reason.
    Raises InputError, CaigenError.
    """
    summary = Summary(command)
    records = iter(reader)
    first = list(islice(records, 1))
    prompts = 0  # records without any answer
    with open_sink() as sink:
        for record in chain(first, records):
            reason = sink.take(record)
            if reason:
                summary.skip(reason)
                prompts += not record.candidates and record.status != "failed"
            else:
                summary.done += 1
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    sink.report(summary)
    remarks = sink.remarks()
    if prompts:
        what = "row is a prompt" if prompts == 1 else "rows are prompts"
        remarks.append(f"{prompts:,} {what} without an answer: run `caigen revise` first")
    return summary, remarks
