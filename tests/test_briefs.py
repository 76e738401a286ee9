"""A record falls under the constitution that was named, else under its own."""

from dataclasses import replace

import pytest

from caigen.constitution.model import load
from caigen.errors import ConstitutionError
from caigen.records import Provenance, Record
from caigen.stages.briefs import brief_of
from caigen.stages.prompts import Brief


def made(record: Record, constitution: str, sha256: str) -> Record:
    provenance = Provenance(caigen="0", constitution=constitution, constitution_sha256=sha256)
    return record.model_copy(update={"provenance": provenance})


def test_a_record_keeps_its_constitution_where_none_is_named(brief: Brief, record: Record) -> None:
    legal = load("legal")
    theirs = made(record, legal.ref, legal.sha256)
    assert brief_of({"": replace(brief, follow=True)}, theirs).constitution == legal
    assert brief_of({"": brief}, theirs) is brief
    assert brief_of({"": replace(brief, follow=True)}, record).constitution == brief.constitution


def test_one_that_is_not_as_shipped_must_be_named(brief: Brief, record: Record) -> None:
    for ref, sha256 in (("mine@1.0.0", "0" * 64), ("legal@1.0.0", "0" * 64)):
        with pytest.raises(ConstitutionError, match="name its file with --constitution"):
            brief_of({"": replace(brief, follow=True)}, made(record, ref, sha256))


def test_one_brief_per_domain(brief: Brief, record: Record) -> None:
    assert brief_of({"law": brief}, record.model_copy(update={"meta": {"domain": "law"}})) is brief
    with pytest.raises(ConstitutionError, match="no constitution for domain"):
        brief_of({"law": brief}, record)
