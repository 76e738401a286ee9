"""Constitutions load strictly, with line numbers, and the shipped ones are whole."""

import json
from pathlib import Path

import pytest

from caigen.constitution.format import Constitution, Form, Use, check_use
from caigen.constitution.load import load, parse, shipped_constitutions
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
    assert len({p.critique_request for p in constitution.principles}) == len(constitution.principles)
    assert set(shipped_constitutions()) >= {name}


def test_layout_does_not_change_the_hash() -> None:
    assert (
        parse(GOOD, source="x").sha256
        == parse(GOOD.replace("title: Mine", "title:   'Mine' # ours"), source="x").sha256
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (GOOD.replace("text: Do", "txt: Do"), r"x\.yaml:9:5: AB-001: txt: is no field of it; did you mean text\?"),
        (
            GOOD.replace("    title: One\n", "    title: One\n    colour: red\n"),
            r"x\.yaml:9:5: AB-001: colour: is no field",
        ),
        (
            GOOD.replace("    title: One\n", "    title: One\n    title: Two\n"),
            r"x\.yaml:9:5: duplicate key `title`, first on line 8",
        ),
        (GOOD + SECOND, r"x\.yaml:12:9: duplicate id AB-001, first used on line 6; write `id: AB-002`"),
        (GOOD.replace("text: Do one thing.", 'text: "  "'), r"x\.yaml:9:11: AB-001: text: is empty"),
        (GOOD.replace("AB-001", "ab1"), r"x\.yaml:6:9: ab1: id: .* write `id: MIN-001`"),
        (GOOD.replace("rev: 1", "rev: yes"), r"x\.yaml:7:10: AB-001: rev: yes"),
        (
            GOOD.replace('"1.0.0"', "1.0"),
            r'x\.yaml:4:10: version: 1.0 is a number, not a text; write `version: "1.0.0"`',
        ),
        (
            GOOD.split("principles")[0] + "principles: []\n",
            r"x\.yaml:5:13: principles: is empty; list at least one rule",
        ),
        ("- a\n", "not a constitution"),
        ("", "not a constitution"),
        ("a: [1,\n", r"x\.yaml:2:1: a bracket that is never closed"),
        ("[" * 5000, "nested too deeply"),
        (GOOD.replace('"1.0.0"', "2024-13-45"), r"x\.yaml:4:10: version: .2024-13-45. is not written as three numbers"),
        (GOOD + "    weight: .inf\n", r"x\.yaml:12:13: AB-001: weight: "),
        (GOOD + "    weight: .nan\n", r"x\.yaml:12:13: AB-001: weight: "),
        (GOOD + "    weight: 0\n", r"x\.yaml:12:13: AB-001: weight: "),
        (GOOD + "    kind: other\n", r"x\.yaml:12:11: AB-001: kind: other is not one of rule, requests, preference"),
    ],
)
def test_what_does_not_load(text: str, said: str) -> None:
    with pytest.raises(ConstitutionError, match=said):
        parse(text, source="x.yaml")


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConstitutionError, match="there is no such file; give a path or one of: finance, general"):
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
        assert "Request:" not in rule.critique_request + rule.revision_request
        assert not rule.critique_request.endswith("Critique:")
    assert {rule.form for rule in (*paper.principles, *swarm.principles)} == {"requests"}
    assert not {rule.id for rule in paper.principles} & {rule.id for rule in swarm.principles}
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
        ('{"\\ud800": {"prompt": ["a"], "edit_request": "b"}}', "broken key"),
        ('{"h0": {"prompt": ["\\ud800"], "edit_request": "b"}}', r"h0\.prompt: not a text"),
        ('["Choose.", 5]', r"\[1\]: not a text"),
        ("[]", "not a constitution in JSON"),
        ("9" * 5000, "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_foreign_json_that_does_not_load(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ConstitutionError, match=said):
        load(tmp_path / "x.json")


def test_texts_are_composed() -> None:
    """A letter typed as one sign or as two is the same text (NFC), and so has the same hash."""
    one, two = (
        parse(GOOD.replace("Do one thing", f"Do one {word}"), source="x") for word in ("caf\u00e9", "cafe\u0301")
    )
    assert one.principles[0].text == "Do one caf\u00e9."
    assert one.sha256 == two.sha256


def test_ids_of_imported_principles_are_of_their_texts(tmp_path: Path) -> None:
    def imported(name: str, *entries: tuple[str, str]) -> Constitution:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps({f"h{n}": {"prompt": [c], "edit_request": r} for n, (c, r) in enumerate(entries)}))
        return load(path)

    first, second = (
        imported("a/x.json", ("c", "r"), ("d", "s")),
        imported("b/x.json", ("c", "r!"), ("d", "s"), ("d", "s")),
    )
    assert first.ref != second.ref
    assert first.principles[0].id != second.principles[0].id
    assert first.principles[1].id == second.principles[1].id  # the same text is the same principle
    assert len({rule.id for rule in second.principles}) == 3
    assert imported("a/y.json", ("c", "r"), ("d", "s")).principles == first.principles
    assert load(tmp_path / "a" / "x.json") == first


def test_comparison_principles(shared_data: Path) -> None:
    """The paper's sixteen (4.1), without the tags of its plain format."""
    paper = load(shared_data / "cai-comparison-instructions.json")
    assert len(paper.principles) == 16
    assert {rule.form for rule in paper.principles} == {"comparison"}
    assert not any("Options" in rule.text or rule.text != rule.text.strip() for rule in paper.principles)
    assert paper.principles[1].text == "Please choose the response that is the most helpful, honest, and harmless."


@pytest.mark.parametrize(
    ("form", "use", "refused"),
    [
        ("rule", "critique", None),
        ("rule", "label", None),
        ("rule", "score", None),
        ("requests", "critique", None),
        ("requests", "label", "critique and revision requests without a rule"),
        ("requests", "score", "critique and revision requests without a rule"),
        ("comparison", "critique", "a preference between two answers"),
        ("comparison", "label", None),
        ("comparison", "score", "a preference between two answers"),
    ],
)
def test_what_principles_are_for(form: Form, use: Use, refused: str | None) -> None:
    rules = [rule.model_copy(update={"form": form}) for rule in load("general").principles]
    if refused is None:
        check_use(rules, use, "x@1.0.0")
        return
    with pytest.raises(ConstitutionError, match=f"x@1.0.0: GEN-001@1 is {refused}.*--constitution"):
        check_use(rules, use, "x@1.0.0")
