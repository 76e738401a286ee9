"""Records to training rows: read, export, count. No model is asked."""

from collections.abc import Callable
from itertools import chain, islice

from caigen.exports.sinks import RowSink
from caigen.io.read import Reader
from caigen.summary import Summary


def export(command: str, reader: Reader, open_sink: Callable[[], RowSink]) -> tuple[Summary, list[str]]:
    """Give every record to the sink, which is opened once the first row is known to be good; a record without a row is
    skipped for a counted reason. Gives the counts, and what to know of the rows, a line each.

    Raises InputError, CaigenError.
    """
    summary = Summary(command)
    records = iter(reader)
    first = list(islice(records, 1))
    with open_sink() as sink:
        for record in chain(first, records):
            reason = sink.take(record)
            if reason:
                summary.skip(reason)
            else:
                summary.done += 1
    summary.read = reader.read
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    sink.report(summary)
    return summary, sink.said()
