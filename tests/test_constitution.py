"""Constitutions load strictly, with line numbers, and the shipped ones are whole."""

from pathlib import Path

import pytest

from caigen.constitution.model import load, parse, shipped
from caigen.errors import ConstitutionError

GOOD = """schema: caigen.constitution/1
id: mine
title: Mine
version: "1.0.0"
principles:
  - id: AB-001
    rev: 1
    title: One
    text: Do one thing.
    critique: {request: Find it.}
    revision: {request: Mend it.}
"""
SECOND = GOOD.split("principles:\n")[1]


@pytest.mark.parametrize("name", ["general", "healthcare", "legal", "finance"])
def test_shipped(name: str) -> None:
    constitution = load(name)
    assert constitution.id == name
    assert 8 <= len(constitution.principles) <= 16
    assert len({p.critique.request for p in constitution.principles}) == len(constitution.principles)
    assert set(shipped()) >= {name}


def test_layout_does_not_change_the_hash() -> None:
    assert (
        parse(GOOD, source="x").sha256
        == parse(GOOD.replace("title: Mine", "title:   'Mine' # ours"), source="x").sha256
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("text: Do", "txt: Do"), r"x\.yaml:\d+: principles.0.t"),
        (
            GOOD.replace("    title: One\n", "    title: One\n    colour: red\n"),
            r"x\.yaml:9: principles.0.colour: extra",
        ),
        (GOOD.replace("    title: One\n", "    title: One\n    title: Two\n"), r'x\.yaml:9: .*duplicate key "title"'),
        (GOOD + SECOND, r"x\.yaml:12: duplicate id AB-001, first used on line 6"),
        (GOOD.replace("text: Do one thing.", 'text: "  "'), r"x\.yaml:9: principles.0.text"),
        (GOOD.replace("AB-001", "ab1"), r"x\.yaml:6: principles.0.id"),
        (GOOD.replace("rev: 1", "rev: yes"), r"x\.yaml:7: principles.0.rev"),
        (GOOD.replace('"1.0.0"', "1.0"), r"x\.yaml:4: version"),
        (GOOD.split("principles")[0] + "principles: []\n", r"x\.yaml:5: principles"),
        ("- a\n", "not a constitution"),
        ("", "not a constitution"),
        ("a: [1,\n", r"x\.yaml:\d+: "),
        ("[" * 5000, "nested too deeply|x.yaml"),
        (GOOD.replace('"1.0.0"', "2024-13-45"), "write it in quotation marks|version"),
    ],
)
def test_what_does_not_load(text: str, said: str) -> None:
    with pytest.raises(ConstitutionError, match=said):
        parse(text, source="x.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConstitutionError, match="give a path or one of: finance, general"):
        load("nonesuch")
    (tmp_path / "a.yaml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConstitutionError, match="not UTF-8"):
        load(tmp_path / "a.yaml")


def test_find() -> None:
    general = load("general")
    assert general.find("GEN-002@1") is general.find("GEN-002")
    with pytest.raises(ConstitutionError, match="has no principle GEN-002@7"):
        general.find("GEN-002@7")


def test_foreign_json(tmp_path: Path, shared_data: Path) -> None:
    paper = load(shared_data / "cai-critique-revision-instructions.json")
    swarm = load(shared_data / "llm-swarm-constitution.json")
    assert len(paper.principles) == len(swarm.principles) == 16
    for rule in (*paper.principles, *swarm.principles):
        assert "Request:" not in rule.critique.request + rule.revision.request
        assert not rule.critique.request.endswith("Critique:")
    (tmp_path / "x.json").write_text('{"a": 1}')
    with pytest.raises(ConstitutionError, match="not a constitution in JSON"):
        load(tmp_path / "x.json")
    (tmp_path / "y.json").write_text('{"h0": {"prompt": [""], "edit_request": "x"}}')
    with pytest.raises(ConstitutionError, match=r"h0\.prompt: not a text"):
        load(tmp_path / "y.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"h0": 1, "h0": 2}', "duplicate key 'h0'"),
        ('{"": {"prompt": ["a"], "edit_request": "b"}}', "empty key"),
        ("9" * 5000, "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_foreign_json_that_does_not_load(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ConstitutionError, match=said):
        load(tmp_path / "x.json")
