"""Records to training rows: read, export, count. No model is asked."""

from caigen.jsonl import Reader
from caigen.sinks import RowSink
from caigen.summary import Summary


def export(command: str, reader: Reader, sink: RowSink) -> Summary:
    """Give every record to the sink; a record without a row is skipped for a counted reason.

    Raises InputError, CaigenError.
    """
    summary = Summary(command)
    for record in reader:
        reason = sink.take(record)
        if reason:
            summary.skip(reason)
        else:
            summary.done += 1
    summary.read, summary.rows = reader.read, sink.rows
    for reason, count in reader.skipped.items():
        summary.skip(reason, count)
    summary.notes.update(sink.reasons)
    return summary
