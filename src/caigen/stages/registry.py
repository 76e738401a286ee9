"""The stages: what each asks of which model, and what it adds to fingerprint, provenance, summary and warnings.

A stage takes a record and gives a changed copy. To add one: write its file (and its template), and one entry in STAGES.
Everything else that depends on the stages of a run loops over this table.
"""

import dataclasses
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from caigen.constitution.format import Use
from caigen.engines.base import Engine, Sampling
from caigen.engines.roles import ROLES, EngineRole
from caigen.records import Judgement, Record, latest
from caigen.stages.critique import critique
from caigen.stages.label import LabelSettings, label
from caigen.stages.notes import (
    Notes,
    answer_notes,
    comparison_notes,
    critique_notes,
    new_comparisons,
    new_scores,
    revision_notes,
    score_notes,
)
from caigen.stages.progress import Progress, last_scores, roles_of_answers, roles_of_judgements, roles_of_rounds
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.score import ScoreSettings, score

Ask = Callable[[Record, Mapping[EngineRole, Engine], PromptSettings, Any], Awaitable[Record]]
Made = Callable[[Record, Record], set[EngineRole]]
Origin = Literal["models", "seed", "constitution"]  # what provenance names: each includes those before it


@dataclass(frozen=True)
class Judging:
    """What a stage that judges counts.

    `unit` is what it judges, as a plural. `standing` gives the judgements of a record that hold, `new` those that
    this command made. `calibrated_as` gives the comparing judge whose measured accuracy is told; `caveat` says where
    that is another thing.
    """

    unit: Literal["comparisons", "texts"]
    standing: Callable[[Record], Sequence[Judgement]]
    new: Callable[[Record, Progress], Sequence[Judgement]]
    calibrated_as: Callable[[Any], LabelSettings]
    caveat: str = ""


@dataclass(frozen=True)
class Stage:
    """One stage with its settings.

    `ask` is its function: record, engines by role, prompt settings and its own settings (a frozen dataclass) give the
    changed record. `roles` are the roles that it asks, and `use` what it needs principles for (`check_use`; None
    where it reads none). `made` tells from a record before and after a run in which roles this stage made something;
    if any, the record's provenance names their models, and with `origin` also the seed, or the seed, constitution and
    templates. `notes` are counted by the summary; `judging` is there for stages that judge.
    """

    name: str
    ask: Ask
    settings: Any
    roles: tuple[EngineRole, ...]
    made: Made
    origin: Origin = "models"
    use: Use | None = None
    notes: tuple[Notes, ...] = ()
    judging: Judging | None = None

    def fingerprint(self) -> list[Any]:
        """What makes it the same stage when a command is given again: its name and all its settings."""
        return [self.name, dataclasses.asdict(self.settings)]


# Adapters of the five functions to `Ask`: which engine each takes. A new stage may take these four arguments itself.


async def _sample(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: SampleSettings
) -> Record:
    return await sample(record, engines["policy"], settings)


async def _critique(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: Sampling
) -> Record:
    return await critique(record, engines["critic"], prompt_settings, settings)


async def _revise(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: ReviseSettings
) -> Record:
    return await revise(record, engines["reviser"], engines["critic"], prompt_settings, settings)


async def _label(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: LabelSettings
) -> Record:
    return await label(record, engines["judge"], prompt_settings, settings)


async def _score(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: ScoreSettings
) -> Record:
    return await score(record, engines["judge"], prompt_settings, settings)


def _latest_comparisons(record: Record) -> list[Judgement]:
    return [*latest(record.comparisons)]


def _own_settings(settings: LabelSettings) -> LabelSettings:
    return settings


def _usual_label_settings(settings: object) -> LabelSettings:
    return LabelSettings()


COMPARING = Judging("comparisons", _latest_comparisons, new_comparisons, _own_settings)
SCORING = Judging(
    "texts",
    last_scores,
    new_scores,
    _usual_label_settings,
    caveat=" (of comparisons; how far scores are right is not measured)",
)

# the stages of the five commands, in the order in which a record meets them; the settings are the defaults
STAGES = (
    Stage(
        "sample", _sample, SampleSettings(), ("policy",), roles_of_answers, origin="seed", notes=(answer_notes,)
    ),
    Stage(
        "critique", _critique, Sampling(), ("critic",), roles_of_rounds, origin="constitution",
        use="critique", notes=(critique_notes,),
    ),
    Stage(
        "revise", _revise, ReviseSettings(), ("critic", "reviser"), roles_of_rounds, origin="constitution",
        use="critique", notes=(critique_notes, revision_notes),
    ),
    Stage(
        "label", _label, LabelSettings(), ("judge",), roles_of_judgements,
        use="label", notes=(comparison_notes,), judging=COMPARING,
    ),
    Stage(
        "score", _score, ScoreSettings(), ("judge",), roles_of_judgements,
        use="score", notes=(score_notes,), judging=SCORING,
    ),
)  # fmt: skip


def stage(name: str, settings: object = None) -> Stage:
    """A stage of the registry by its name, with these settings instead of its defaults.

    Raises KeyError for an unknown name, TypeError where the settings are those of another stage.
    """
    entry = {entry.name: entry for entry in STAGES}[name]
    if settings is None:
        return entry
    # the very type: a subclass would hash to another fingerprint
    if type(settings) is not type(entry.settings):
        raise TypeError(f"{name} takes {type(entry.settings).__name__}, not {type(settings).__name__}")
    return dataclasses.replace(entry, settings=settings)


def roles_asked(stages: Iterable[Stage]) -> tuple[EngineRole, ...]:
    """The roles that some stage asks, in the order of ROLES."""
    asked = {role for stage in stages for role in stage.roles}
    return tuple(role for role in ROLES if role in asked)
