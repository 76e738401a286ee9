"""Resolution: what overlays change, what they cannot, where each field comes from, and each fault with its line."""

import json
import random
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from caigen.constitution.faults import FaultyConstitutionError
from caigen.constitution.load import load, load_resolved, parse
from caigen.constitution.precedence import settle
from tests.constitution.documents import base, overlay, resolved, rule, write
from tests.constitution.overlays import check_no_hard_rule_is_weakened

YESTERDAY = str(date.today() - timedelta(days=1))
OVERLAYS = 3000  # `python -m tests.constitution.overlays` does 100,000


def test_each_operation(tmp_path: Path) -> None:
    over = overlay(
        {"target": "BAS-001", "op": "strengthen", "text_add": "In no case.", "severity": "critical"},
        {"target": "BAS-002", "op": "narrow", "exceptions_add": ["satire"], "applies_when": "a person asks"},
        {"target": "BAS-002", "op": "set_weight", "weight": 3},
        {"target": "BAS-002", "op": "set_response_policy", "response_policy": "redirect"},
        {"target": "BAS-002", "op": "add_examples", "examples_add": [EXAMPLE]},
        {"target": "BAS-003", "op": "disable", "approved_by": "Ada"},
        principles=[rule("OVR-001")],
    )
    made = resolved(tmp_path, base(), over)
    first, second, own = made.constitution.principles
    assert (first.text, first.severity, first.tier) == ("Do what BAS-001 asks. In no case.", "critical", "hard")
    assert second.exceptions == ("history", "law", "satire")
    assert (second.applies_when, second.weight, second.response_policy) == ("a person asks", 3.0, "redirect")
    assert [example.id for example in second.examples] == ["e1"]
    assert own.id == "OVR-001"
    assert list(made.disabled) == ["BAS-003"]
    assert made.sources["BAS-001"]["text"] == made.sources["BAS-001"]["severity"] == "over@1.0.0"
    assert made.sources["BAS-001"]["title"] == "base@1.0.0"
    assert made.layers == {"BAS-001": 0, "BAS-002": 0, "BAS-003": 0, "OVR-001": 1}
    assert made.parents == {"base@1.0.0": load(tmp_path / "base.yaml").sha256}


EXAMPLE = {"id": "e1", "label": "violates", "prompt": "Hm?", "response": "Never mind.", "span": "Never"}
CASES: list[tuple[dict[str, Any], str]] = [
    ({"target": "BAS-001", "op": "narrow", "exceptions_add": ["x"]}, "BAS-001 is a hard rule: `narrow` would weaken"),
    ({"target": "BAS-001", "op": "disable", "approved_by": "A"}, "BAS-001 is a hard rule: `disable` would weaken it"),
    ({"target": "BAS-001", "op": "set_weight", "weight": 9.0}, "BAS-001 is a hard rule: `set_weight` would weaken it"),
    ({"target": "BAS-001", "op": "strengthen", "severity": "low"}, "`low` is lower than `high` of BAS-001"),
    ({"target": "BAS-001", "op": "strengthen", "tier": "rule"}, "`rule` is lower than `hard` of BAS-001"),
    (
        {"target": "BAS-001", "op": "strengthen", "response_policy": "comply"},
        "`comply` is more open than `refuse` of BAS-001",
    ),
    ({"target": "BAS-009", "op": "strengthen", "text_add": "x"}, "BAS-009 is not extended here; extended here are"),
    ({"target": "BAS-002", "op": "disable"}, "`disable` needs an approver; write `approved_by:`"),
    ({"target": "BAS-002", "op": "replace_text", "text": "New."}, "`replace_text` needs an approver"),
    ({"target": "BAS-002", "op": "set_weight", "text": "x"}, "`set_weight` does not take it; it takes weight"),
    ({"target": "BAS-002", "op": "narrow"}, "`narrow` changes nothing; give exceptions_add or applies_when or scope"),
    ({"target": "BAS-002", "op": "strengthen", "exceptions_remove": ["x"]}, "BAS-002 has no exception `x`"),
    ({"target": "BAS-002", "op": "set_weight", "weight": 2.0, "expires": YESTERDAY}, "the override of BAS-002 expired"),
    ({"target": "BAS-002", "op": "set_weight", "weight": 2.0, "expires": "2027-02-31"}, "2027-02-31 is no date"),
    ({"target": "BAS-002", "op": "loosen"}, "loosen is not one of strengthen, narrow, disable"),
    ({"target": "BAS-002", "op": "set_weight", "weight": 2.0, "reason": None}, "reason: is empty"),
]


@pytest.mark.parametrize(("override", "message"), CASES)
def test_overrides_that_are_refused(override: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = write(tmp_path, base(), overlay(override))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if "overrides" in text)
    with pytest.raises(FaultyConstitutionError) as caught:
        load(path)
    assert message in str(caught.value)
    assert all(fault.line >= line for fault in caught.value.faults if fault.path != "tiers")
    assert all(fault.fix for fault in caught.value.faults)


def test_an_override_without_a_reason(tmp_path: Path) -> None:
    over = overlay({"target": "BAS-002", "op": "set_weight", "weight": 2.0})
    del over["overrides"][0]["reason"]
    with pytest.raises(FaultyConstitutionError, match=r"reason: is missing"):
        load(write(tmp_path, base(), over))


def test_two_overrides_of_one_field(tmp_path: Path) -> None:
    twice = [{"target": "BAS-002", "op": "set_weight", "weight": weight} for weight in (2.0, 3.0)]
    with pytest.raises(FaultyConstitutionError, match=r"an override before it sets `weight` of BAS-002 too"):
        load(write(tmp_path, base(), overlay(*twice)))


def test_what_is_refused_in_one_document(tmp_path: Path) -> None:
    cases = [
        (base(rule("BAS-001", text="No {dark_pattern}.")), "the term `{dark_pattern}` is not defined"),
        (base(rule("BAS-001"), rule("BAS-001")), "duplicate id BAS-001"),
        (base(rule("BAS-001", precedence={"over": ["BAS-007"], "because": "x"})), "BAS-007 is no other rule here"),
        (
            base(
                rule("BAS-001", precedence={"over": ["BAS-002"], "because": "x"}),
                rule("BAS-002", precedence={"over": ["BAS-001"], "because": "y"}),
            ),
            "precedence goes in a circle: BAS-001 over BAS-002 over BAS-001",
        ),
        (
            base(rule("BAS-001", tier="hard"), rule("BAS-002", precedence={"over": ["BAS-001"], "because": "x"})),
            "BAS-002 is `rule` and cannot go before BAS-001, which is `hard`",
        ),
        (base(rule("BAS-001", lifecycle={"deprecated": "1.0.0"})), "no rule is left"),
        (base(rule("BAS-001", examples=[EXAMPLE, dict(EXAMPLE)])), "BAS-001 has two examples e1"),
        (base(rule("BAS-001", examples=[{**EXAMPLE, "span": "Never!"}])), "the span of e1 is not in its response"),
        (base(rule("BAS-001", examples=[{**EXAMPLE, "twin_of": "e9"}])), "e1 is a twin of e9, which is not there"),
        (base(rule("BAS-001", checks=[{"type": "regex_absent", "pattern": "("}])), "not a regular expression"),
        (base(rule("BAS-001", checks=[{"type": "word_count"}])), "word_count needs least or most"),
        (base(conflicts=[{"between": ["BAS-001", "BAS-002"], "resolution": "BAS-003"}]), "is none of the two"),
        (base(rule("BAS-001", text="")), "text: is empty"),
    ]
    for document, message in cases:
        with pytest.raises(FaultyConstitutionError) as caught:
            load(write(tmp_path, document))
        assert message in str(caught.value)


def test_extended_constitutions(tmp_path: Path) -> None:
    write(tmp_path, base())
    sha256 = load(tmp_path / "base.yaml").sha256
    over = overlay(principles=[rule("OVR-001")])
    over["extends"][0]["sha256"] = sha256
    assert resolved(tmp_path, over).constitution.get("BAS-002")
    write(tmp_path, base(rule("BAS-001"), rule("BAS-002", text="Another text."), rule("BAS-003")))
    with pytest.raises(FaultyConstitutionError, match=r"the content of base@1.0.0 is not the one that is pinned"):
        load(tmp_path / "over.yaml")
    with pytest.raises(FaultyConstitutionError, match=r"base is at 1.0.0; write `version:"):
        load(write(tmp_path, overlay(extends=[{"id": "base", "version": "2.0.0"}])))
    with pytest.raises(FaultyConstitutionError, match=r"nobody is not there"):
        load(write(tmp_path, overlay(extends=[{"id": "nobody", "version": "2.0.0"}])))
    with pytest.raises(FaultyConstitutionError, match=r"BAS-001 is a rule of base@1.0.0; use an override"):
        load(write(tmp_path, overlay(principles=[rule("BAS-001")])))
    circle = base(extends=[{"id": "over", "version": "1.0.0"}])
    with pytest.raises(FaultyConstitutionError, match=r"a circle: over.yaml extends base.yaml extends over.yaml"):
        load(write(tmp_path, circle, overlay()))


def test_ids_are_for_ever(tmp_path: Path) -> None:
    write(tmp_path, base(rule("BAS-001"), rule("BAS-002", lifecycle={"deprecated": "1.0.0"})))
    assert load(tmp_path / "base.yaml").get("BAS-002") is None
    with pytest.raises(FaultyConstitutionError, match=r"BAS-002 was the id of another rule"):
        load(write(tmp_path, overlay(principles=[rule("BAS-002")])))
    gone = overlay({"target": "BAS-001", "op": "disable", "approved_by": "A"}, principles=[rule("OVR-001")])
    write(tmp_path, gone)
    third = {**overlay(principles=[rule("BAS-001")]), "id": "third", "extends": [{"id": "over", "version": "1.0.0"}]}
    with pytest.raises(FaultyConstitutionError, match=r"BAS-001 was the id of another rule"):
        load(write(tmp_path, third))


def test_terms_keep_the_meaning_of_their_constitution(tmp_path: Path) -> None:
    below = base(rule("BAS-001", text="Show no {dark_pattern}."), definitions={"dark_pattern": "a trick"})
    made = resolved(tmp_path, below, overlay(principles=[rule("OVR-001")], definitions={"dark_pattern": "a joke"}))
    assert made.constitution.principles[0].rule == 'Show no dark pattern. Here "dark pattern" means: a trick.'
    add = {"target": "BAS-001", "op": "strengthen", "text_add": "Name each {dark_pattern}."}
    with pytest.raises(FaultyConstitutionError, match=r"has another meaning where BAS-001 comes from"):
        load(write(tmp_path, below, overlay(add, definitions={"dark_pattern": "a joke"})))


def test_the_order_of_a_file_does_not_count_where_it_should_not(tmp_path: Path) -> None:
    changes: list[dict[str, Any]] = [
        {"target": "BAS-002", "op": "narrow", "exceptions_add": ["satire"]},
        {"target": "BAS-002", "op": "narrow", "exceptions_add": ["poems"]},
        {"target": "BAS-002", "op": "strengthen", "text_add": "Always."},
        {"target": "BAS-001", "op": "strengthen", "severity": "critical"},
        {"target": "BAS-002", "op": "replace_text", "text": "New text.", "approved_by": "A"},
        {"target": "BAS-003", "op": "set_weight", "weight": 2.0},
    ]
    rng, hashes = random.Random(0), set()
    for _ in range(12):
        rng.shuffle(changes)
        hashes.add(resolved(tmp_path, base(), overlay(*changes)).constitution.sha256)
    assert len(hashes) == 1
    text = resolved(tmp_path, base(), overlay(*changes)).constitution.find("BAS-002").text
    assert text == "New text. Always."


def test_a_resolved_constitution_is_a_document_of_the_same_hash(tmp_path: Path) -> None:
    below = base(rule("BAS-001", text="Show no {dark_pattern}."), definitions={"dark_pattern": "a trick"})
    made = resolved(tmp_path, below, overlay(principles=[rule("OVR-001", examples=[EXAMPLE])])).constitution
    flat = write(tmp_path, {**made.content(), "id": "over", "schema": "caigen.constitution/2"})
    assert load(flat).sha256 == made.sha256
    changed = flat.read_text().replace("Never mind", "Never ever mind")
    assert parse(changed, source="x.yaml").sha256 != made.sha256


def test_no_overlay_weakens_a_hard_rule(tmp_path: Path) -> None:
    figures = check_no_hard_rule_is_weakened(OVERLAYS, tmp_path, seed=1)
    assert figures.accepted > OVERLAYS / 20
    assert figures.refused > OVERLAYS / 5
    assert figures.changed_hard > OVERLAYS / 100


def test_which_of_two_rules_goes_first(tmp_path: Path) -> None:
    principles = [
        rule("BAS-001", tier="hard", response_policy="refuse"),
        rule("BAS-002", tier="hard", response_policy="caution"),
        rule("BAS-003", precedence={"over": ["BAS-004"], "because": "x"}),
        rule("BAS-004"),
        rule("BAS-005", scope={"domains": ["law"]}),
        rule("BAS-006"),
    ]
    decided = [{"between": ["BAS-004", "BAS-006"], "resolution": "BAS-006"}]
    made = resolved(tmp_path, base(*principles, conflicts=decided), overlay(principles=[rule("OVR-001")]))
    below = load_resolved(tmp_path / "base.yaml").constitution
    found = {}
    for one, other in [(1, 3), (1, 2), (3, 4), (4, 5), (4, 6), (3, 6)]:
        names = f"BAS-{one:03}", f"BAS-{other:03}"
        ways = [settle(below.find(a), below.find(b), below, made.layers) for a, b in (names, names[::-1])]
        assert ways[0] == ways[1]
        found[one, other] = (ways[0].first, ways[0].ground)
    assert found == {
        (1, 3): ("BAS-001", "tier"),
        (1, 2): ("BAS-001", "stricter_policy"),
        (3, 4): ("BAS-003", "decided"),
        (4, 5): ("BAS-005", "scope"),
        (4, 6): ("BAS-006", "decided"),
        (3, 6): (None, "unresolved_conflict"),
    }
    over = made.constitution
    assert settle(over.find("BAS-003"), over.find("OVR-001"), over, made.layers).first == "OVR-001"


def test_an_imported_constitution_is_a_file_of_the_same_hash(tmp_path: Path) -> None:
    source = tmp_path / "questions.json"
    source.write_text('["Please choose the kinder response.", "Please choose the clearer response."]')
    imported = load(source)
    assert parse(json.dumps(imported.content()), source="x.yaml").sha256 == imported.sha256
