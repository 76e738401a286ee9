"""Random overlays of a constitution with hard rules: `python -m tests.constitution.overlays`, by default 100,000.

Each is refused, or leaves the hard rules at least as strong as they were.
"""

import random
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import ValidationError

from caigen.constitution.document import Document, Extends
from caigen.constitution.faults import FaultyConstitutionError
from caigen.constitution.format import Principle
from caigen.constitution.load import load_resolved
from caigen.constitution.parts import POLICIES, SEVERITIES, TIERS
from caigen.constitution.resolve import Resolution, resolve
from caigen.constitution.yaml_tree import Node
from tests.constitution.documents import base, overlay, rule, write

OPERATIONS = (
    "strengthen", "narrow", "disable", "set_weight", "set_response_policy", "add_examples", "replace_text",
)  # fmt: skip
EXCEPTIONS = ("fiction", "history", "law", "satire", "poems")
TARGETS = ("BAS-001", "BAS-001", "BAS-002", "BAS-003", "BAS-004", "BAS-005", "OVR-001")


@dataclass
class Figures:
    """How many overlays were accepted and refused, and how many changed a hard rule."""

    accepted: int = 0
    refused: int = 0
    changed_hard: int = 0


def check_no_hard_rule_is_weakened(count: int, folder: Path, *, seed: int) -> Figures:
    """Make random overlays; AssertionError for one that weakens a hard or locked rule."""
    below = base(
        rule("BAS-001", tier="hard", severity="medium", response_policy="safe_complete", exceptions=["fiction", "law"]),
        rule("BAS-002", tier="hard", scope={"domains": ["law", "tax"]}, applies_when="asked"),
        rule("BAS-003", locked=True, response_policy="caution", exceptions=["history"]),
        rule("BAS-004"),
        rule("BAS-005", tier="default"),
    )
    parent = load_resolved(write(folder, below))
    protected = [p for p in parent.constitution.principles if p.tier == "hard" or p.locked]
    rng, figures = random.Random(seed), Figures()
    for _ in range(count):
        made = _resolved(_random_overlay(rng), parent)
        if made is None:
            figures.refused += 1
            continue
        figures.accepted += 1
        after = {principle.id: principle for principle in made.constitution.principles}
        figures.changed_hard += any(after[principle.id] != principle for principle in protected)
        for principle in protected:
            assert principle.id in after, principle.id
            _check_as_strong(principle, after[principle.id])
            for own in after.values():
                over = own.precedence.over if own.precedence else ()
                assert principle.id not in over or own.tier == "hard" or principle.tier != "hard"
    return figures


def _check_as_strong(before: Principle, after: Principle) -> None:
    assert after.text.startswith(before.text)
    assert set(after.exceptions) <= set(before.exceptions)
    assert TIERS.index(after.tier) <= TIERS.index(before.tier)
    assert SEVERITIES.index(after.severity) >= SEVERITIES.index(before.severity)
    policies = [POLICIES.index(p.response_policy) if p.response_policy else -1 for p in (before, after)]
    assert policies[1] >= policies[0]
    for name in ("id", "rev", "title", "scope", "applies_when", "weight", "kind", "checks", "terms", "locked"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.examples[: len(before.examples)] == before.examples


def _resolved(document: dict[str, Any], parent: Resolution) -> Resolution | None:
    """Resolve an overlay; None where it is refused."""

    def load_parent(_: Extends) -> Resolution:
        return parent

    try:
        model = Document.model_validate(document)
        return resolve(model, Node({}, 1, 1), "x.yaml", load_parent=load_parent, today=date(2026, 1, 1))
    except (ValidationError, FaultyConstitutionError):
        return None


def _random_overlay(rng: random.Random) -> dict[str, Any]:
    changes = [_random_override(rng) for _ in range(rng.randint(1, 3))]
    own = rule("OVR-001", tier=rng.choice(TIERS))
    if rng.random() < 0.3:
        own["precedence"] = {"over": [rng.choice(TARGETS)], "because": "x"}
    if rng.random() < 0.1:
        own["id"] = rng.choice(TARGETS)
    return overlay(*changes, principles=[own])


def _random_override(rng: random.Random) -> dict[str, Any]:
    """An override whose fields mostly fit its operation, and sometimes do not."""
    op = rng.choice(OPERATIONS)
    example = {"id": rng.choice("ab"), "label": "complies", "prompt": "p", "response": "r"}
    fields: dict[str, Any] = {
        "text": "Another text.",
        "text_add": "And more.",
        "tier": rng.choice(TIERS),
        "severity": rng.choice(SEVERITIES),
        "weight": rng.choice([0.1, 1.0, 5.0]),
        "response_policy": rng.choice(POLICIES),
        "applies_when": "it rains",
        "scope": {"domains": rng.sample(["law", "tax", "art"], rng.randint(0, 2))},
        "exceptions_add": [rng.choice(EXCEPTIONS)],
        "exceptions_remove": [rng.choice(EXCEPTIONS)],
        "examples_add": [example],
    }
    fitting = {
        "strengthen": ["text_add", "tier", "severity", "response_policy", "exceptions_remove"],
        "narrow": ["exceptions_add", "applies_when", "scope"],
        "set_weight": ["weight"],
        "set_response_policy": ["response_policy"],
        "add_examples": ["examples_add"],
        "replace_text": ["text"],
        "disable": [],
    }[op]
    chosen = rng.sample(fitting, min(len(fitting), rng.randint(1, 2)))
    if rng.random() < 0.05:
        chosen.append(rng.choice(list(fields)))
    override = {"target": rng.choice(TARGETS), "op": op, **{name: fields[name] for name in chosen}}
    if rng.random() < 0.8:
        override["approved_by"] = "Ada"
    return override


if __name__ == "__main__":
    with TemporaryDirectory() as work:
        print(check_no_hard_rule_is_weakened(int([*sys.argv, "100000"][1]), Path(work), seed=0))
