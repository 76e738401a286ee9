"""resolve: Document -> Resolution, one flat Constitution of what it extends, its overrides and its own principles

Each document is resolved before those that extend it, so a base's terms keep the base's meaning. Faults have the line
of the document that makes them.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from caigen.constitution import overrides
from caigen.constitution.document import Document, Extends, Override
from caigen.constitution.faults import Fault, FaultyConstitutionError
from caigen.constitution.format import Constitution, Principle
from caigen.constitution.parts import TIERS, Term
from caigen.constitution.yaml_tree import Node

_TERM = re.compile(r"\{([a-z][a-z0-9_]*)\}")


@dataclass(frozen=True)
class Resolution:
    """A resolved constitution, and what it was made of.

    - `sources`: for each principle and field, the constitution that says so, as `general@2.0.0`.
    - `layers`: how many constitutions lie under the one that states a principle; 0 for a base.
    - `disabled`: the overrides that took principles out; `retired`: principles that their own file deprecates.
    - `parents`: references of all constitutions that were extended, with the hashes of their content.
    """

    constitution: Constitution
    sources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    layers: Mapping[str, int] = field(default_factory=dict)
    disabled: Mapping[str, Override] = field(default_factory=dict)
    retired: Mapping[str, Principle] = field(default_factory=dict)
    parents: Mapping[str, str] = field(default_factory=dict)


LoadParent = Callable[[Extends], Resolution]


def resolve(document: Document, tree: Node, source: str, *, load_parent: LoadParent, today: date) -> Resolution:
    """Resolve a document whose fields are valid; `tree` and `source` say where its faults are.

    Raises FaultyConstitutionError with all faults of this document, or with those of one that it extends.
    """
    work = _Work(document, tree, today)
    for number, extends in enumerate(document.extends):
        work.add_base(number, extends, load_parent)
    work.apply_overrides()
    work.add_own()
    work.check_references()
    if work.faults:
        raise FaultyConstitutionError(source, work.faults)
    fields = {name: getattr(document, name) for name in Constitution.model_fields if name in Document.model_fields}
    del fields["schema_"], fields["principles"]
    constitution = Constitution(schema=document.schema_, principles=tuple(work.principles.values()), **fields)
    return Resolution(constitution, work.sources, work.layers, work.disabled, work.retired, work.parents)


class _Work:
    """A document on its way: principles so far, by id, and the faults that were found."""

    def __init__(self, document: Document, tree: Node, today: date) -> None:
        self.document, self.tree, self.today = document, tree, today
        self.ref = f"{document.id}@{document.version}"
        self.principles: dict[str, Principle] = {}
        self.sources: dict[str, dict[str, str]] = {}
        self.layers: dict[str, int] = {}
        self.disabled: dict[str, Override] = {}
        self.retired: dict[str, Principle] = {}
        self.parents: dict[str, str] = {}
        self.depth = 0
        self.faults: list[Fault] = []
        if document.tiers != TIERS:
            self._fault(("tiers",), f"the tiers are {', '.join(TIERS)}", "leave the field out")

    def add_base(self, number: int, extends: Extends, load_parent: LoadParent) -> None:
        """Take over the principles of a constitution that is extended."""
        base = load_parent(extends)
        ref, sha256 = base.constitution.ref, base.constitution.sha256
        place = ("extends", number)
        if base.constitution.version != extends.version:
            fix = f'write `version: "{base.constitution.version}"`, or name the file of {extends.version} with `path`'
            self._fault((*place, "version"), f"{extends.id} is at {base.constitution.version}", fix)
        elif extends.sha256 and extends.sha256 != sha256:
            fix = f"read what changed with `caigen constitution diff`, then pin {sha256}"
            self._fault((*place, "sha256"), f"the content of {ref} is not the one that is pinned", fix)
        self.parents |= {**base.parents, ref: sha256}
        self.depth = max(self.depth, 1 + max(base.layers.values(), default=0))
        self.retired |= base.retired
        self.disabled |= base.disabled
        for principle in base.constitution.principles:
            known = self.principles.get(principle.id)
            if known and known != principle:
                fix = f"extend one of {self.sources[principle.id]['text']} and {ref}, or rename the rule"
                self._fault(place, f"{principle.id} stands in two of the extended constitutions", fix)
                continue
            self.principles[principle.id] = principle
            self.sources[principle.id] = dict(base.sources.get(principle.id, {}))
            self.layers[principle.id] = base.layers.get(principle.id, 0)

    def apply_overrides(self) -> None:
        """Apply the overrides, in an order that does not depend on that of the file."""
        numbered = list(enumerate(self.document.overrides))
        self._check_equal_fields()
        for number, override in overrides.in_order(numbered):
            place = ("overrides", number)
            problems = list(overrides.problems_alone(override, self.today))
            principle = self.principles.get(override.target)
            if principle is None:
                what = "is disabled by another override" if override.target in self.disabled else "is not extended here"
                problems.append(("target", f"{override.target} {what}", self._targets()))
            else:
                problems += overrides.problems_on(principle, override)
            for name, message, fix in problems:
                self._fault((*place, name), message, fix)
            if principle is None or problems:
                continue
            changed = overrides.apply(principle, override)
            if changed is None:
                self.disabled[override.target] = override
                del self.principles[override.target]
                continue
            changed = self._with_terms(changed, (*place, "text_add" if override.text_add else "text"))
            for name in overrides.changed_fields(principle, changed):
                self.sources[override.target][name] = self.ref
            self.principles[override.target] = changed

    def _check_equal_fields(self) -> None:
        """A fault for two overrides that set one field of one principle: neither is the last one by itself."""
        first: dict[tuple[str, str], int] = {}
        for number, override in enumerate(self.document.overrides):
            for name in ("text", "tier", "severity", "weight", "response_policy", "scope"):
                if getattr(override, name) is None:
                    continue
                earlier = first.setdefault((override.target, name), number)
                if earlier != number:
                    message = f"an override before it sets `{name}` of {override.target} too"
                    self._fault(("overrides", number, name), message, "leave one of them")

    def _targets(self) -> str:
        """What could be overridden."""
        names = list(self.principles)
        if not names:
            return "overrides change principles of a constitution under `extends`; change your own where they stand"
        return f"extended here are {names[0]} … {names[-1]}"

    def add_own(self) -> None:
        """Add the document's own principles; retired ones keep their id, and are used no more."""
        own: set[str] = set()
        for number, principle in enumerate(self.document.principles):
            place = ("principles", number)
            if principle.id in self.principles and principle.id not in own:
                base = self.sources[principle.id].get("text", "its base")
                self._fault((*place, "id"), f"{principle.id} is a rule of {base}", "use an override, or another id")
                continue
            if principle.id in self.disabled or (principle.id in self.retired and principle.id not in own):
                message = f"{principle.id} was the id of another rule, which is no longer used"
                self._fault((*place, "id"), message, "ids are for ever: give the new rule a new one")
                continue
            own.add(principle.id)
            principle = self._with_terms(principle, (*place, "text"))
            if principle.lifecycle and principle.lifecycle.deprecated:
                self.retired[principle.id] = principle
                continue
            self.principles[principle.id] = principle
            self.layers[principle.id] = self.depth
            self.sources[principle.id] = dict.fromkeys(sorted(principle.model_fields_set), self.ref)
        if not self.principles:
            self._fault((), "no rule is left", "list at least one under `principles`, or extend a constitution")

    def _with_terms(self, principle: Principle, place: tuple[str | int, ...]) -> Principle:
        """The principle with the meaning of each term that its text names."""
        terms = {term.term: term for term in principle.terms}
        for name in _TERM.findall(principle.text):
            means = self.document.definitions.get(name)
            if means is None:
                if name not in terms:
                    self._fault(place, f"the term `{{{name}}}` is not defined", f"add `{name}:` under `definitions`")
            elif name not in terms:
                terms[name] = Term(term=name, means=means)
            elif terms[name].means != means:
                message = f"the term `{{{name}}}` has another meaning where {principle.id} comes from"
                self._fault(place, message, "use a word of your own")
        changed = tuple(terms.values())
        return principle if changed == principle.terms else principle.model_copy(update={"terms": changed})

    def check_references(self) -> None:
        """Faults of precedence and decided conflicts: names that are not there, circles, a hard rule put second."""
        for number, principle in enumerate(self.document.principles):
            place: tuple[str | int, ...] = ("principles", number, "precedence")
            for name in principle.precedence.over if principle.precedence else ():
                self._check_goes_before(principle.id, name, place)
            for fault in _example_faults(principle):
                self._fault(("principles", number, "examples"), *fault)
        for number, conflict in enumerate(self.document.conflicts):
            place = ("conflicts", number)
            if conflict.resolution not in conflict.between:
                self._fault((*place, "resolution"), "is none of the two", f"write one of {', '.join(conflict.between)}")
                continue
            (other,) = [name for name in conflict.between if name != conflict.resolution] or [conflict.resolution]
            if conflict.resolution not in self.principles:
                self._dangling(conflict.resolution, place)
            else:
                self._check_goes_before(conflict.resolution, other, place)
        if circle := _circle(self.principles):
            numbers = {principle.id: number for number, principle in enumerate(self.document.principles)}
            place = ("principles", numbers.get(circle[0], 0), "precedence")
            self._fault(place, f"precedence goes in a circle: {' over '.join(circle)}", "take one of them out")

    def _check_goes_before(self, first: str, second: str, place: tuple[str | int, ...]) -> None:
        before, after = self.principles.get(first), self.principles.get(second)
        if after is None or first == second:
            self._dangling(second, place)
        elif before and TIERS.index(before.tier) > TIERS.index(after.tier):
            message = f"{first} is `{before.tier}` and cannot go before {second}, which is `{after.tier}`"
            self._fault(place, message, "a higher tier always goes first")

    def _dangling(self, name: str, place: tuple[str | int, ...]) -> None:
        state = "retired" if name in self.retired else "disabled" if name in self.disabled else "no other rule here"
        self._fault(place, f"{name} is {state}", "name a rule that is in use, or take this out")

    def _fault(self, path: tuple[str | int, ...], message: str, fix: str) -> None:
        line, column = self.tree.place(*path)
        self.faults.append(Fault(line, column, ".".join(map(str, path)), message, fix))


def _example_faults(principle: Principle) -> Iterator[tuple[str, str]]:
    """What is wrong with the examples of a principle among themselves."""
    known: set[str] = set()
    for example in principle.examples:
        if example.id in known:
            yield f"{principle.id} has two examples {example.id}", "give one of them another id"
        known.add(example.id)
        if example.span and example.span not in (example.response or ""):
            yield f"{principle.id}: the span of {example.id} is not in its response", "copy the words as they stand"
        if example.label != "not_applicable" and not example.response:
            yield f"{principle.id}: {example.id} has no response", "write the answer that is judged"
    for example in principle.examples:
        if example.twin_of and example.twin_of not in known:
            yield f"{principle.id}: {example.id} is a twin of {example.twin_of}, which is not there", "name an example"


def _circle(principles: Mapping[str, Principle]) -> list[str]:
    """A circle of precedence, its first principle again at the end; empty if there is none."""
    finished: set[str] = set()
    for start in principles:
        way = [start]
        rest = [iter(_goes_over(principles, start))]
        while rest:
            name = next(rest[-1], None)
            if name is None:
                rest.pop()
                finished.add(way.pop())
            elif name in way:
                return [*way[way.index(name) :], name]
            elif name not in finished:
                way.append(name)
                rest.append(iter(_goes_over(principles, name)))
    return []


def _goes_over(principles: Mapping[str, Principle], name: str) -> tuple[str, ...]:
    principle = principles.get(name)
    return principle.precedence.over if principle and principle.precedence else ()
