"""carry: one record's whole way through the stages of a command."""

from collections.abc import Awaitable, Callable, Sequence

from caigen.errors import RequestError
from caigen.records import Provenance, Record

Stage = tuple[str, Callable[[Record], Awaitable[Record]]]
Account = Callable[[Record, Record], Provenance]


async def process(record: Record, stages: Sequence[Stage], provenance: Provenance | Account) -> Record:
    """The record after all stages, `done` or, where a request failed, `failed` with what it has so far.

    `provenance` is what the stages add to the record's own, or tells it from the record before and after them. A record that
    failed before travels on untouched.
    """
    if record.status == "failed":
        return record
    before = record

    def told(after: Record) -> Provenance:
        return _over(before.provenance, provenance(before, after) if callable(provenance) else provenance)

    for name, stage in stages:
        try:
            record = await stage(record)
        except RequestError as error:
            kept: Record = error.reached or record
            return kept.failed(name, error.kind, str(error)).model_copy(update={"provenance": told(kept)})
    return record.model_copy(update={"status": "done", "error": None, "provenance": told(record)})


def _over(earlier: Provenance | None, later: Provenance) -> Provenance:
    if earlier is None:
        return later
    said = {key: value for key, value in later.model_dump(exclude_none=True).items() if key != "models"}
    return earlier.model_copy(update={**said, "models": {**earlier.models, **later.models}})
