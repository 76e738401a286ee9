"""A record falls under the constitution that was named, else under its own."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from caigen.constitution.load import load
from caigen.errors import ConstitutionError
from caigen.records import Candidate, Provenance, Record
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import adapt_to_demo_model, adapt_to_real_model, settings_for, with_matching_templates
from caigen.stages.templates import Templates
from tests.conftest import Run
from tests.server import Server, completion


def made(record: Record, constitution: str, sha256: str) -> Record:
    provenance = Provenance(caigen="0", constitution=constitution, constitution_sha256=sha256)
    return record.model_copy(update={"provenance": provenance})


def test_a_record_keeps_its_constitution_where_none_is_named(prompt_settings: PromptSettings, record: Record) -> None:
    legal = load("legal")
    theirs = made(record, legal.ref, legal.sha256)
    assert settings_for({"": replace(prompt_settings, follow=True)}, theirs).constitution == legal
    assert settings_for({"": prompt_settings}, theirs) is prompt_settings
    assert (
        settings_for({"": replace(prompt_settings, follow=True)}, record).constitution == prompt_settings.constitution
    )


def test_the_demo_model_gets_its_own_rules_and_texts(
    prompt_settings: PromptSettings, demo_prompt_settings: PromptSettings, record: Record
) -> None:
    assert adapt_to_demo_model(prompt_settings) == demo_prompt_settings
    assert adapt_to_demo_model(demo_prompt_settings) == demo_prompt_settings
    mine = replace(prompt_settings, constitution=prompt_settings.constitution.model_copy(update={"id": "mine"}))
    assert adapt_to_demo_model(mine) == mine
    with pytest.raises(ConstitutionError, match="has no principle GEN-016"):
        adapt_to_demo_model(replace(prompt_settings, only=("GEN-016",)))


def test_records_of_the_demo_model_keep_its_texts(
    prompt_settings: PromptSettings, demo_prompt_settings: PromptSettings, record: Record
) -> None:
    theirs = made(record, demo_prompt_settings.constitution.ref, demo_prompt_settings.constitution.sha256)
    following = replace(prompt_settings, follow=True)
    assert replace(settings_for({"": following}, theirs), follow=False) == demo_prompt_settings
    own = replace(following, templates=Templates({**prompt_settings.templates.texts, "revise": "Do it again."}))
    assert settings_for({"": own}, theirs).templates == own.templates


def test_another_model_is_asked_under_the_full_rules(
    prompt_settings: PromptSettings, demo_prompt_settings: PromptSettings, record: Record
) -> None:
    """They have the ids of the demo model's, so that rounds which wait are found; a constitution that was named
    stays.
    """
    demo = load("demo-legal")
    theirs = made(record, demo.ref, demo.sha256)
    found = settings_for({"": adapt_to_real_model(replace(prompt_settings, follow=True))}, theirs)
    assert (found.constitution, found.templates) == (load("legal"), prompt_settings.templates)
    assert {rule.ref for rule in demo.principles} <= {rule.ref for rule in found.constitution.principles}
    named = adapt_to_real_model(demo_prompt_settings)
    assert settings_for({"": named}, theirs).constitution == demo_prompt_settings.constitution


def test_one_that_is_not_as_shipped_must_be_named(prompt_settings: PromptSettings, record: Record) -> None:
    for ref, sha256 in (("mine@1.0.0", "0" * 64), ("legal@1.0.0", "0" * 64)):
        with pytest.raises(ConstitutionError, match="name its file with --constitution"):
            settings_for({"": replace(prompt_settings, follow=True)}, made(record, ref, sha256))


def test_one_brief_per_domain(prompt_settings: PromptSettings, record: Record) -> None:
    assert (
        settings_for({"law": prompt_settings}, record.model_copy(update={"meta": {"domain": "law"}})) is prompt_settings
    )
    with pytest.raises(ConstitutionError, match="no constitution for domain"):
        settings_for({"law": prompt_settings}, record)


@pytest.mark.parametrize("demo", [True, False])
def test_a_users_folder_stays_though_its_texts_are_those_of_caigen(
    prompt_settings: PromptSettings, tmp_path: Path, demo: bool
) -> None:
    """Such as the texts that were shipped once, copied by their user, and that are the demo model's today."""
    texts = Templates.load(demo=demo).texts
    for name, text in texts.items():
        (tmp_path / f"{name}.txt").write_text(text)
    of_the_demo = replace(prompt_settings, constitution=load("demo-general"))
    for under in (prompt_settings, of_the_demo):
        theirs = replace(under, templates=Templates.load(tmp_path, demo=not demo))
        assert with_matching_templates(theirs).templates.texts == texts
        assert adapt_to_demo_model(theirs).templates.texts == texts


def test_a_command_says_that_it_leaves_the_demo_models_rules(
    caigen: Run, serve: Callable[..., Server], record: Record, tmp_path: Path
) -> None:
    demo, source = load("demo-legal"), tmp_path / "r.jsonl"
    answered = made(record, demo.ref, demo.sha256).model_copy(
        update={"candidates": (Candidate(text="It never fails."),)}
    )
    source.write_text(answered.model_dump_json(by_alias=True, exclude_none=True) + "\n")
    url = serve(lambda path, body: (200, completion("It promises too much."))).url
    done = caigen("critique", source, "--endpoint", url, "--model", "m1", "--plain")
    assert "made under demo-legal@1.0.0, the demo model's short rules; now it is legal@1.0.0" in done.stderr
    assert json.loads(done.stdout)["provenance"]["constitution"] == "legal@1.0.0"
    named = caigen("critique", source, "--endpoint", url, "--model", "m1", "--plain", "--constitution", "demo-legal")
    assert "short rules" not in named.stderr
    assert json.loads(named.stdout)["provenance"]["constitution"] == "demo-legal@1.0.0"


def test_why_there_is_no_brief_is_said_in_full(prompt_settings: PromptSettings, record: Record) -> None:
    follow = {"": replace(prompt_settings, follow=True)}

    def refused(settings_by_domain: dict[str, PromptSettings], given: Record) -> str:
        with pytest.raises(ConstitutionError) as caught:
            settings_for(settings_by_domain, given)
        return str(caught.value)

    told = (
        "the records were made under {}, which is neither shipped with this caigen nor kept on this machine; name its "
        "file with --constitution, or put the RECORDS.constitution.yaml that was written with them beside them"
    )
    for ref in ("mine@1.0.0", "legal@1.0.0"):
        assert refused(follow, made(record, ref, "0" * 64)) == told.format(ref)
    assert refused({"law": prompt_settings}, record) == "record r1: no constitution for domain 'None'"
    medicine = record.model_copy(update={"meta": {"domain": "medicine"}})
    assert refused({"law": prompt_settings}, medicine) == "record r1: no constitution for domain 'medicine'"


def test_records_that_do_not_say_enough_take_what_there_is(prompt_settings: PromptSettings, record: Record) -> None:
    """No provenance, no constitution in it, no hash of it."""
    following = replace(prompt_settings, follow=True)
    nameless = record.model_copy(update={"provenance": Provenance(caigen="0")})
    for given in (record, nameless):
        assert settings_for({"": following}, given) is following
    unhashed = record.model_copy(update={"provenance": Provenance(caigen="0", constitution="legal@0.1.0")})
    assert settings_for({"": following}, unhashed) == replace(following, constitution=load("legal"))


def test_the_brief_without_a_domain_comes_first(
    prompt_settings: PromptSettings, demo_prompt_settings: PromptSettings, record: Record
) -> None:
    law = record.model_copy(update={"meta": {"domain": "law"}})
    assert settings_for({"law": demo_prompt_settings, "": prompt_settings}, law) is prompt_settings


def test_the_demo_model_takes_its_own_of_a_shipped_constitution_alone(prompt_settings: PromptSettings) -> None:
    """A user's file of the same name stays; a named principle that the demo model knows is one of its own."""
    changed = prompt_settings.constitution.model_copy(update={"title": "Mine"})
    assert adapt_to_demo_model(replace(prompt_settings, constitution=changed)).constitution == changed
    named = adapt_to_demo_model(replace(prompt_settings, only=("GEN-001",)))
    assert (named.constitution, named.only) == (load("demo-general"), ("GEN-001",))
    legal = adapt_to_demo_model(replace(prompt_settings, constitution=load("legal")))
    assert (legal.constitution, legal.templates) == (load("demo-legal"), Templates.load(demo=True))


def test_texts_that_are_not_caigens_stay(prompt_settings: PromptSettings, demo_prompt_settings: PromptSettings) -> None:
    mine = Templates({**prompt_settings.templates.texts, "revise": "Again."})
    assert with_matching_templates(replace(demo_prompt_settings, templates=mine)).templates == mine
    assert (
        with_matching_templates(replace(demo_prompt_settings, templates=prompt_settings.templates))
        == demo_prompt_settings
    )
    assert (
        with_matching_templates(replace(prompt_settings, templates=demo_prompt_settings.templates)) == prompt_settings
    )
