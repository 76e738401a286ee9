"""Domains: which of a run's prompt settings a record falls under, where it has several.

Only the demo has several: its prompts come from four small worlds with a constitution each, and name theirs in
`meta["domain"]`. Every other command has one, under the key ANY_DOMAIN, for all its records.
"""

from collections.abc import Mapping

from caigen.errors import ConstitutionError
from caigen.records import Record
from caigen.stages.requests import PromptSettings

ANY_DOMAIN = ""
SettingsByDomain = dict[str, PromptSettings]


def for_every_domain(prompt_settings: PromptSettings) -> SettingsByDomain:
    """The same prompt settings for all records."""
    return {ANY_DOMAIN: prompt_settings}


def settings_of_domain(settings_by_domain: Mapping[str, PromptSettings], record: Record) -> PromptSettings:
    """The prompt settings for all records, else those of the record's domain.

    Raises ConstitutionError where there are none for the record.
    """
    domain = str(record.meta.get("domain"))
    prompt_settings = settings_by_domain.get(ANY_DOMAIN) or settings_by_domain.get(domain)
    if prompt_settings is None:
        raise ConstitutionError(f"record {record.id}: no constitution for domain {domain!r}")
    return prompt_settings
