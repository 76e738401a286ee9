"""settings_for: Record -> the PromptSettings of its constitution"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

from caigen.constitution import store
from caigen.constitution.format import Constitution
from caigen.constitution.load import demo_constitutions, load, shipped_constitutions
from caigen.errors import ConstitutionError
from caigen.records import Record
from caigen.stages.domains import settings_of_domain
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates

DEMO_PREFIX = "demo-"  # of the names of the demo model's own constitutions


def settings_for(settings_by_domain: Mapping[str, PromptSettings], record: Record) -> PromptSettings:
    """Return the settings stored under `""`, or else under the record's `domain`.

    With `follow`, use the constitution that made the record, and its templates.

    Raises ConstitutionError if no settings fit the record, or if it was made under a constitution that is not shipped.
    """
    prompt_settings = settings_of_domain(settings_by_domain, record)
    made = record.provenance
    if not prompt_settings.follow or made is None or made.constitution in (None, prompt_settings.constitution.ref):
        return prompt_settings
    constitution = _record_constitution(str(made.constitution), made.constitution_sha256)
    # `demo-general` has short principles for the demo model alone: other models get `general`, with the same ids
    if prompt_settings.for_real and is_demo_constitution(constitution):
        constitution = _bundled(constitution.id.removeprefix(DEMO_PREFIX))
    return with_matching_templates(replace(prompt_settings, constitution=constitution))


def with_matching_templates(prompt_settings: PromptSettings) -> PromptSettings:
    """Exchange the templates for those of the constitution: the demo model's, or the shipped ones.

    Templates of a user (`--templates`) stay.
    """
    bundled = (_templates(demo=True), _templates(demo=False))
    if prompt_settings.templates.own or prompt_settings.templates not in bundled:
        return prompt_settings
    templates = _templates(demo=is_demo_constitution(prompt_settings.constitution))
    return replace(prompt_settings, templates=templates)


def adapt_to_demo_model(prompt_settings: PromptSettings) -> PromptSettings:
    """Exchange a shipped constitution for its short version, as `general` for `demo-general`; any other stays.

    The demo model was trained on the short principles only.

    Raises ConstitutionError if a named principle (`only`) is not in the short version.
    """
    shipped = prompt_settings.constitution
    name = f"{DEMO_PREFIX}{shipped.id}"
    if name not in demo_constitutions() or _bundled(shipped.id) != shipped:
        return with_matching_templates(prompt_settings)
    constitution = _bundled(name)
    for principle in prompt_settings.only:
        constitution.find(principle)
    return with_matching_templates(replace(prompt_settings, constitution=constitution))


def adapt_to_real_model(prompt_settings: PromptSettings) -> PromptSettings:
    """Settings for any other model: `settings_for` then gives records of `demo-general` the full `general`."""
    return with_matching_templates(replace(prompt_settings, for_real=True))


def is_bundled(constitution: Constitution) -> bool:
    """Whether a constitution comes with caigen, unchanged."""
    names = (*shipped_constitutions(), *demo_constitutions())
    return constitution.id in names and constitution == _bundled(constitution.id)


def is_demo_constitution(constitution: Constitution) -> bool:
    """Whether a constitution is one of the demo model's own, unchanged."""
    return constitution.id in demo_constitutions() and constitution == _bundled(constitution.id)


@cache
def _templates(*, demo: bool) -> Templates:
    return Templates.load(demo=demo)


@cache
def _bundled(name: str) -> Constitution:
    """A constitution that comes with caigen, loaded once."""
    return load(name)


@lru_cache(maxsize=64)
def _record_constitution(ref: str, sha256: str | None) -> Constitution:
    """The constitution that a record names, such as `general@1.0.0`: a bundled one, or one that was kept (store.py).

    Raises ConstitutionError if there is none of this content.
    """
    name = ref.partition("@")[0]
    if name in shipped_constitutions() or name in demo_constitutions():
        constitution = _bundled(name)
        if sha256 in (None, constitution.sha256):
            return constitution
    kept = store.find(sha256) if sha256 else None
    if kept and kept.ref == ref:
        return kept
    raise ConstitutionError(
        f"the records were made under {ref}, which is neither shipped with this caigen nor kept on this machine; "
        "name its file with --constitution, or put the RECORDS.constitution.yaml that was written with them beside them"
    )
