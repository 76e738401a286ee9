"""brief_of: Record -> the Brief that it falls under"""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from caigen.constitution.model import Constitution, load, shipped
from caigen.errors import ConstitutionError
from caigen.records import Record
from caigen.stages.prompts import Brief


def brief_of(briefs: Mapping[str, Brief], record: Record) -> Brief:
    """The brief under `""`, else that of the record's `domain`; one that follows takes the record's own constitution.

    Raises ConstitutionError where there is none for the record, or its own constitution is not a shipped one.
    """
    domain = str(record.meta.get("domain"))
    brief = briefs.get("") or briefs.get(domain)
    if brief is None:
        raise ConstitutionError(f"record {record.id}: no constitution for domain {domain!r}")
    made = record.provenance
    if not brief.follow or made is None or made.constitution in (None, brief.constitution.ref):
        return brief
    return replace(brief, constitution=_own(str(made.constitution), made.constitution_sha256))


@lru_cache(maxsize=64)
def _own(ref: str, sha256: str | None) -> Constitution:
    name = ref.partition("@")[0]
    if name in shipped():
        found = load(name)
        if sha256 in (None, found.sha256):
            return found
    raise ConstitutionError(
        f"the records were made under {ref}, which is not as shipped with this caigen; name its file with --constitution"
    )
