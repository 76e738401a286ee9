"""Who made a record: what a run adds to its provenance, and which models and constitution made it before."""

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence

from caigen import __version__
from caigen.engines import used_models
from caigen.engines.open import DEMO, EngineOptions, is_url
from caigen.engines.roles import EngineRole
from caigen.errors import CaigenError
from caigen.records import Provenance, Record
from caigen.stages.progress import judgements
from caigen.stages.registry import Stage
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import is_demo_constitution
from caigen.text.secrets import public_url

DEMO_NOTE = (
    "note: no --model named, so this is the bundled demo model, a toy of 2.4 M parameters "
    "that knows only its own small world"
)


def made_under(prompt_settings: PromptSettings) -> Provenance:
    """What every record says that is criticised and revised under these prompt settings."""
    return Provenance(
        caigen=__version__,
        constitution=prompt_settings.constitution.ref,
        constitution_sha256=prompt_settings.constitution.sha256,
        seed=prompt_settings.seed,
        templates_sha256=prompt_settings.templates.sha256,
    )


def provenance_of(
    before: Record,
    after: Record,
    *,
    under: Provenance,
    stages: Sequence[Stage],
    models: Mapping[EngineRole, str],
    left_out: Mapping[EngineRole, Iterable[str]] | None = None,
) -> Provenance:
    """What the stages of a run add to the provenance of a record: nothing that they did not make.

    `under` is `made_under` of the record's prompt settings, `models` names the model of each role, `left_out` what its
    engine could not follow of the settings. Constitution and
    templates are those that critiques and revisions were made under; comparisons and scores name theirs themselves.
    The seed is that of the answers or of the rounds.
    """
    roles: set[EngineRole] = set()
    origins = set()
    for stage in stages:
        if made := stage.made(before, after):
            roles |= made
            origins.add(stage.origin)
    makers: dict[str, str] = {role: models[role] for role in sorted(roles)}
    unfollowed: dict[str, tuple[str, ...]] = {}
    for role in sorted(roles & {*(left_out or {})}):
        unfollowed[role] = tuple(sorted((left_out or {})[role]))
    if "judge" in roles:
        makers |= _judges(models["judge"], before, after)
    # critiques and revisions: all that they were made under takes the place of what the record said
    if "constitution" in origins:
        return under.model_copy(update={"models": makers, "left_out": unfollowed or None})
    # answers and judgements leave the constitution as it was; None is not laid over it (runners/pipeline.py)
    earlier = before.provenance or Provenance(caigen=__version__, seed=under.seed)
    return Provenance(
        caigen=__version__ if roles else earlier.caigen,
        models=makers,
        seed=under.seed if "seed" in origins else earlier.seed,
        left_out=unfollowed or None,
    )


def _judges(judge: str, before: Record, after: Record) -> dict[str, str]:
    """All models whose judgements a record holds: `judge` is the one asked now, `judge_2` and so on the earlier ones,
    last first.

    A judgement that names nobody is by the judge that the record's provenance named so far.
    """
    named = before.provenance.models.get("judge") if before.provenance else None
    judges = [judge]
    for judgement in reversed(judgements(after)):
        if name := judgement.judge or named:
            judges.append(name)
    # each name once, in this order
    first, *others = dict.fromkeys(judges)
    return {"judge": first} | {f"judge_{number}": name for number, name in enumerate(others, 2)}


def with_makers(options: EngineOptions, record: Record) -> tuple[EngineOptions, list[str]]:
    """The engine options with the models that made the record where none is named, as in `critique --model M |
    revise`, and notes for the user. Where the record names none either, it is the demo model.

    Servers and engine arguments are those with which this user asked the model before (engines/used_models.py); what
    is given now stands over them.

    Raises CaigenError for a model at a server that this user has not asked: records from elsewhere must not say where
    keys and data go.
    """
    made = record.provenance.models if record.provenance else {}
    # the last model that wrote a text stands for every role but the critic's
    maker = made.get("reviser") or made.get("policy") or made.get("critic") or ""
    critic = made.get("critic", maker)
    # of records made by two models a role takes one, so the other may be anywhere
    needed = {critic if role == "critic" else maker for role in options.unnamed}
    notes: list[str] = []
    given = options
    if maker and maker in needed:
        name = _name_of(maker)
        named = dataclasses.replace(options, model=name)
        if is_url(name):
            named = dataclasses.replace(options, endpoint=name)
        options = _with_settings_of(maker, named)
        if name != DEMO:
            notes.append(f"note: no --model named, so this is {_shown(name, given, options)}, which made the records")
    if critic != maker and critic in needed:
        options = _with_settings_of(critic, dataclasses.replace(options, critic=_name_of(critic)))
        notes.append(f"note: no --critic-model named, so this is {options.critic}")
    # the record names nobody either
    if options.unnamed:
        notes.append(DEMO_NOTE)
    return options, notes


def _name_of(maker: str) -> str:
    """The name by which a model that made records is asked, from its full name in them.

    Raises CaigenError for a model at a server that this user has not asked.
    """
    name, _, where = maker.rpartition("@")
    used = used_models.find(maker)
    if used and is_url(used.name):
        return used.name
    if is_url(where):
        raise CaigenError(f"the records were made at a server ({maker}): name it with --endpoint")
    return name


def _with_settings_of(maker: str, options: EngineOptions) -> EngineOptions:
    """The options with the arguments with which this user asked a model before; those that are given stay."""
    used = used_models.find(maker)
    if not used:
        return options
    return dataclasses.replace(
        options,
        args={**used.args, **options.args},
        template_kwargs={**used.template_kwargs, **options.template_kwargs},
    )


def _shown(name: str, given: EngineOptions, options: EngineOptions) -> str:
    """A model for a note, with the arguments that nobody gave now."""
    taken = [
        f"{key}={value}"
        for chosen, now in ((options.args, given.args), (options.template_kwargs, given.template_kwargs))
        for key, value in chosen.items()
        if key not in now
    ]
    return f"{public_url(name)} with {', '.join(taken)}" if taken else public_url(name)


def constitution_notes(prompt_settings: PromptSettings, record: Record) -> Iterator[str]:
    """Where the constitution now is not the one that a record was made under: a line for the user."""
    constitution, made = prompt_settings.constitution, record.provenance
    if made is None:
        return
    was_demo = str(made.constitution).startswith("demo-")
    if prompt_settings.for_real and prompt_settings.follow and was_demo and not is_demo_constitution(constitution):
        yield (
            f"note: the records were made under {made.constitution}, the demo model's short rules; "
            f"now it is {constitution.ref}"
        )
    if made.constitution == constitution.ref and made.constitution_sha256 not in (None, constitution.sha256):
        yield (
            f"warning: {constitution.ref} is not as it was when the records were made; "
            "raise its version when it changes"
        )
