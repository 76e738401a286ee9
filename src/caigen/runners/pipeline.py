"""process: Record -> Record after all stages of a run"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from caigen.engines.base import Engine
from caigen.engines.roles import EngineRole
from caigen.errors import RequestError
from caigen.records import Provenance, Record
from caigen.stages.registry import Stage
from caigen.stages.requests import PromptSettings

Step = tuple[str, Callable[[Record], Awaitable[Record]]]  # a stage's name, and its function of a record alone
Account = Callable[[Record, Record], Provenance]


def steps_of(
    stages: Sequence[Stage], engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings
) -> list[Step]:
    """The stages as functions of a record alone."""

    async def ask(stage: Stage, record: Record) -> Record:
        return await stage.ask(record, engines, prompt_settings, stage.settings)

    return [(stage.name, partial(ask, stage)) for stage in stages]


async def process(record: Record, steps: Sequence[Step], provenance: Provenance | Account) -> Record:
    """The record after all steps: `done`, or `failed` with what it has so far where a request failed.

    `provenance` is what the steps add to the record's own, or a function that tells it from the record before and after
    them. A record that failed before is given back as it is.
    """
    if record.status == "failed":
        return record
    before = record

    def provenance_of(after: Record) -> Provenance:
        added = provenance(before, after) if callable(provenance) else provenance
        return _merged(before.provenance, added)

    for name, step in steps:
        try:
            record = await step(record)
        except RequestError as error:
            # the error takes along what was made until then
            reached: Record = error.reached or record
            failed = reached.failed(name, error.kind, str(error))
            return failed.model_copy(update={"provenance": provenance_of(reached)})
    return record.model_copy(update={"status": "done", "error": None, "provenance": provenance_of(record)})


def _merged(earlier: Provenance | None, later: Provenance) -> Provenance:
    """What a record says of its makers, with what is added; of each role the later model stands."""
    if earlier is None:
        return later
    added = later.model_dump(exclude_none=True)
    models = {**earlier.models, **added.pop("models")}
    # what an earlier model of the same role could not follow says nothing of the later one
    left_out = {role: names for role, names in (earlier.left_out or {}).items() if role not in later.models}
    left_out |= later.left_out or {}
    return earlier.model_copy(update={**added, "models": models, "left_out": left_out or None})
