"""settle: two principles that ask for opposite things -> which goes first, and why; never the last one by accident

The order: the higher tier; the narrower scope (a rule of an overlay before one of its base, a rule for some domains
before one for all); what the constitution decides explicitly; between two hard rules the stricter response policy. Else
the conflict is unresolved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from caigen.constitution.format import Constitution, Principle
from caigen.constitution.parts import POLICIES, TIERS

Ground = Literal["tier", "scope", "decided", "stricter_policy", "unresolved_conflict"]


@dataclass(frozen=True)
class Settlement:
    """The id of the principle that goes first, None where neither does, and the ground."""

    first: str | None
    ground: Ground


def settle(
    one: Principle, other: Principle, constitution: Constitution, layers: Mapping[str, int] | None = None
) -> Settlement:
    """Say which of two principles goes first; `layers` are those of the Resolution, all 0 where there are none."""
    by_tier = TIERS.index(other.tier) - TIERS.index(one.tier)
    if by_tier:
        return Settlement(one.id if by_tier > 0 else other.id, "tier")
    by_scope = _narrower(one, other, layers or {})
    if by_scope:
        return Settlement(by_scope, "scope")
    if decided := _decided(one, other, constitution):
        return Settlement(decided, "decided")
    if one.tier == "hard" and (stricter := _stricter(one, other)):
        return Settlement(stricter, "stricter_policy")
    return Settlement(None, "unresolved_conflict")


def _narrower(one: Principle, other: Principle, layers: Mapping[str, int]) -> str | None:
    """The id of the one of a higher layer, else of the one for some domains where the other is for more."""
    by_layer = layers.get(one.id, 0) - layers.get(other.id, 0)
    if by_layer:
        return one.id if by_layer > 0 else other.id
    domains, other_domains = set(one.scope.domains), set(other.scope.domains)
    if domains and (not other_domains or domains < other_domains):
        return one.id
    if other_domains and (not domains or other_domains < domains):
        return other.id
    return None


def _decided(one: Principle, other: Principle, constitution: Constitution) -> str | None:
    """The id that a precedence or a decided conflict names; None if none does, or both do."""
    named = set()
    for first, second in ((one, other), (other, one)):
        if first.precedence and second.id in first.precedence.over:
            named.add(first.id)
    for conflict in constitution.conflicts:
        if {one.id, other.id} == set(conflict.between):
            named.add(conflict.resolution)
    return named.pop() if len(named) == 1 else None


def _stricter(one: Principle, other: Principle) -> str | None:
    strictness = [POLICIES.index(p.response_policy) if p.response_policy else -1 for p in (one, other)]
    if strictness[0] == strictness[1]:
        return None
    return one.id if strictness[0] > strictness[1] else other.id
