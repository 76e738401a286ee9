"""brief_of: Record -> the PromptSettings that it falls under"""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache, lru_cache

from caigen.constitution.format import Constitution
from caigen.constitution.load import load, of_the_demo, shipped
from caigen.errors import ConstitutionError
from caigen.records import Record
from caigen.stages.domains import settings_of_domain
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates

DEMO = "demo-"  # begins the names of the demo model's own constitutions


def settings_for(settings_by_domain: Mapping[str, PromptSettings], record: Record) -> PromptSettings:
    """The brief under `""`, else that of the record's `domain`; one that follows takes the record's own constitution, with
    the templates that belong to it.

    Raises ConstitutionError where there is none for the record, or its own constitution is not a shipped one.
    """
    prompt_settings = settings_of_domain(settings_by_domain, record)
    made = record.provenance
    if not prompt_settings.follow or made is None or made.constitution in (None, prompt_settings.constitution.ref):
        return prompt_settings
    own = _own(str(made.constitution), made.constitution_sha256)
    if prompt_settings.for_real and is_demo(own):  # short rules and texts are what the demo model alone was trained on
        own = _known(own.id.removeprefix(DEMO))
    return with_templates(replace(prompt_settings, constitution=own))


def with_templates(prompt_settings: PromptSettings) -> PromptSettings:
    """The brief with the templates that belong to its constitution: the demo model's own, or the shipped ones. Texts of the
    user's (`--templates`) stay.
    """
    if prompt_settings.templates.own or prompt_settings.templates not in (
        _templates(demo=True),
        _templates(demo=False),
    ):
        return prompt_settings
    return replace(prompt_settings, templates=_templates(demo=is_demo(prompt_settings.constitution)))


def for_demo(prompt_settings: PromptSettings) -> PromptSettings:
    """The brief for the demo model: of `general` it takes `demo-general`, and so on, since it knows its own short rules only.

    Any other constitution stays as it is.

    Raises ConstitutionError where a principle that was named is not one of the demo model's.
    """
    own = f"{DEMO}{prompt_settings.constitution.id}"
    if own not in of_the_demo() or _known(prompt_settings.constitution.id) != prompt_settings.constitution:
        return with_templates(prompt_settings)
    constitution = _known(own)
    for principle in prompt_settings.only:
        constitution.find(principle)
    return with_templates(replace(prompt_settings, constitution=constitution))


def for_real(prompt_settings: PromptSettings) -> PromptSettings:
    """The brief for any other model: a record that was made under `demo-general` falls under `general`, and so on, where no
    constitution was named. The rules have the same ids.
    """
    return with_templates(replace(prompt_settings, for_real=True))


def is_demo(constitution: Constitution) -> bool:
    """Whether a constitution is one of the demo model's own."""
    return constitution.id in of_the_demo() and constitution == _known(constitution.id)


@cache
def _templates(*, demo: bool) -> Templates:
    return Templates.load(demo=demo)


@cache
def _known(name: str) -> Constitution:
    """A constitution that comes with caigen."""
    return load(name)


@lru_cache(maxsize=64)
def _own(ref: str, sha256: str | None) -> Constitution:
    name = ref.partition("@")[0]
    if name in shipped() or name in of_the_demo():
        found = _known(name)
        if sha256 in (None, found.sha256):
            return found
    raise ConstitutionError(
        f"the records were made under {ref}, which is not as shipped with this caigen; name its file with --constitution"
    )
