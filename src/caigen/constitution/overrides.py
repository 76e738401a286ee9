"""apply: Principle, Override -> the changed Principle; an operation that is not allowed is said, not done.

Seven operations are known. A hard or locked rule can only be strengthened or get more examples, so no overlay weakens
it. The result does not depend on the order in which a file lists its overrides.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from caigen.constitution.document import Operation, Override
from caigen.constitution.format import Principle
from caigen.constitution.parts import POLICIES, SEVERITIES, TIERS, Scope

# which fields each operation takes; it needs at least one of them
FIELDS: Mapping[Operation, tuple[str, ...]] = {
    "replace_text": ("text",),
    "strengthen": ("text_add", "tier", "severity", "response_policy", "exceptions_remove"),
    "narrow": ("exceptions_add", "applies_when", "scope"),
    "set_response_policy": ("response_policy",),
    "set_weight": ("weight",),
    "add_examples": ("examples_add",),
    "disable": (),
}
ORDER = tuple(FIELDS)  # in which operations on one principle are applied
ALLOWED_ON_HARD = ("strengthen", "add_examples")
NEED_APPROVER = ("disable", "replace_text")
_ALL_FIELDS = {name for names in FIELDS.values() for name in names}
Problem = tuple[str, str, str]  # the field, what is wrong, what to do


def problems_alone(override: Override, today: date) -> Iterator[Problem]:
    """What is wrong with an override by itself: its fields, its approver, its date."""
    allowed = FIELDS[override.op]
    given = [name for name in sorted(_ALL_FIELDS) if name in override.model_fields_set]
    for name in given:
        if name not in allowed:
            yield name, f"`{override.op}` does not take it", f"it takes {' or '.join(allowed) or 'no field'}"
    if allowed and not set(given) & set(allowed):
        yield "op", f"`{override.op}` changes nothing", f"give {' or '.join(allowed)}"
    if override.op in NEED_APPROVER and not override.approved_by:
        yield "op", f"`{override.op}` needs an approver", "write `approved_by:` and who approved it"
    if override.expires:
        try:
            expired = date.fromisoformat(override.expires) < today
        except ValueError:
            yield "expires", f"{override.expires} is no date", "write it as 2027-06-30"
        else:
            if expired:
                message = f"the override of {override.target} expired on {override.expires}"
                yield "expires", message, "have it approved again with a later date, or take it out"


def problems_on(principle: Principle, override: Override) -> Iterator[Problem]:
    """What is wrong with an override of this principle: what it must not change, and what would change nothing."""
    op = override.op
    if op not in ALLOWED_ON_HARD and (principle.tier == "hard" or principle.locked):
        what = "a hard rule" if principle.tier == "hard" else "locked"
        yield "op", f"{principle.id} is {what}: `{op}` would weaken it", "strengthen it, or ask the owners of its base"
        return
    if op == "strengthen":
        yield from _weakenings(principle, override)
    if op == "narrow" and override.scope and not _is_within(override.scope, principle.scope):
        yield "scope", f"is wider than the scope of {principle.id}", "name a part of it"
    if op == "add_examples":
        known = {example.id for example in principle.examples}
        for example in override.examples_add:
            if example.id in known:
                yield "examples_add", f"{principle.id} has an example {example.id}", "give it another id"
            known.add(example.id)


def _weakenings(principle: Principle, override: Override) -> Iterator[Problem]:
    if override.tier and TIERS.index(override.tier) > TIERS.index(principle.tier):
        yield "tier", f"`{override.tier}` is lower than `{principle.tier}` of {principle.id}", "name a higher tier"
    if override.severity and SEVERITIES.index(override.severity) < SEVERITIES.index(principle.severity):
        message = f"`{override.severity}` is lower than `{principle.severity}` of {principle.id}"
        yield "severity", message, "name a higher severity"
    if override.response_policy and _strictness(override.response_policy) < _strictness(principle.response_policy):
        message = f"`{override.response_policy}` is more open than `{principle.response_policy}` of {principle.id}"
        yield "response_policy", message, "name a stricter policy, or use `set_response_policy`"
    for exception in override.exceptions_remove:
        if exception not in principle.exceptions:
            yield "exceptions_remove", f"{principle.id} has no exception `{exception}`", "copy it letter by letter"


def _strictness(policy: str | None) -> int:
    """A policy's place from open to strict; before all of them where there is none."""
    return POLICIES.index(policy) if policy in POLICIES else -1


def _is_within(inner: Scope, outer: Scope) -> bool:
    """Whether a scope is a part of another one; an empty list of it means everywhere."""
    for name in Scope.model_fields:
        wide, narrow = getattr(outer, name), getattr(inner, name)
        if wide and not (narrow and set(narrow) <= set(wide)):
            return False
    return True


def apply(principle: Principle, override: Override) -> Principle | None:
    """The principle after an override that has no problems; None where it is disabled."""
    if override.op == "disable":
        return None
    changed: dict[str, Any] = {}
    for name in ("tier", "severity", "response_policy", "weight", "scope", "text"):
        if (value := getattr(override, name)) is not None:
            changed[name] = value
    if override.text_add:
        changed["text"] = f"{principle.text} {override.text_add}"
    if override.exceptions_remove:
        kept = [exception for exception in principle.exceptions if exception not in override.exceptions_remove]
        changed["exceptions"] = tuple(kept)
    if override.exceptions_add:
        changed["exceptions"] = tuple(dict.fromkeys((*principle.exceptions, *override.exceptions_add)))
    if override.applies_when:
        both = (principle.applies_when, override.applies_when)
        changed["applies_when"] = "; and: ".join(part.rstrip(".") for part in both if part)
    if override.examples_add:
        changed["examples"] = (*principle.examples, *override.examples_add)
    return principle.model_copy(update=changed)


def changed_fields(before: Principle, after: Principle) -> list[str]:
    """The fields in which two forms of a principle differ."""
    return [name for name in Principle.model_fields if getattr(before, name) != getattr(after, name)]


def in_order(overrides: list[tuple[int, Override]]) -> list[tuple[int, Override]]:
    """Overrides, each with its number in the file, in the order in which they are applied."""
    return sorted(overrides, key=lambda item: (ORDER.index(item[1].op), item[1].model_dump_json()))
