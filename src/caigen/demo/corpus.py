"""The demo model's training documents: scenes told in caigen's own message templates.

A document is a conversation with a weight for every character, from which the loss weight of a token follows.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from caigen.constitution.model import Constitution, Principle
from caigen.constitution.model import load as load_constitution
from caigen.demo.world import Scene, Sentence, World
from caigen.records import Message
from caigen.stages.prompts import Templates, compare_prompt, transcript, verdict_prompt

BOS, END, PAD = "<|bos|>", "<|end|>", "<|pad|>"
ROLES = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
SPECIAL = [PAD, BOS, END, *ROLES.values()]
QUIET, SPOKEN, COPIED, DECIDED, LETTER = 0.1, 1.0, 3.0, 6.0, 8.0
SHARES = {"chain": 0.56, "plain": 0.06, "transcript": 0.03, "compare": 0.24, "verdict": 0.11}


@dataclass
class Document:
    """Text of a conversation in the demo model's chat format, with runs of (length, loss weight)."""

    text: str = BOS
    weights: list[tuple[int, float]] = field(default_factory=lambda: [(len(BOS), 0.0)])

    def add(self, text: str, weight: float) -> None:
        """Append a run of text."""
        self.text += text
        self.weights.append((len(text), weight))

    def turn(self, role: str, *runs: tuple[str, float]) -> None:
        """Append a turn; its end token carries loss where the assistant speaks with weight."""
        self.add(ROLES[role], 0.0)
        for text, weight in runs:
            self.add(text, weight)
        self.add(END, runs[-1][1] if role == "assistant" else 0.0)


class Corpus:
    """An endless, reproducible stream of documents."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.rng = random.Random(seed)
        self.templates = Templates.load()
        self.constitutions: dict[str, Constitution] = {name: load_constitution(name) for name in world.domains}

    def __iter__(self) -> Iterator[Document]:
        makers = {
            "chain": self.chain,
            "plain": self.plain,
            "transcript": self.separate,
            "compare": self.compare,
            "verdict": self.verdict,
        }
        names, shares = list(SHARES), list(SHARES.values())
        while True:
            document = makers[self.rng.choices(names, shares)[0]]()
            if document is not None:
                yield document

    def chain(self) -> Document | None:
        """Prompt, answer, critique in JSON, revision."""
        scene = self.world.scene(self.rng, seen=True)
        first = self.rng.random() < 0.6  # else a later round: the answer is given, not learned
        plan = self.world.plan(scene, self.rng) if first else self.world.plan(scene, self.rng, bad=0.2, missing=0.15)
        document = self._opening(scene, plan, SPOKEN if first else 0.0)
        return self._critique_and_revise(document, scene, plan, plain=False)

    def plain(self) -> Document | None:
        """The same with a critique in free text."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self.world.plan(scene, self.rng)
        return self._critique_and_revise(self._opening(scene, plan, SPOKEN), scene, plan, plain=True)

    def separate(self) -> Document | None:
        """A critique by a separate critic, who is shown the dialogue inside one message."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self.world.plan(scene, self.rng)
        principle = self._principle(scene, plan)
        turns = [
            Message(role="user", content=self.world.prompt(scene)),
            Message(role="assistant", content=self.world.text(scene, plan)),
        ]
        request = self.templates.fill("critique", request=principle.critique.request)
        document = Document()
        document.turn(
            "user", (self.templates.fill("critique_transcript", transcript=transcript(turns)) + "\n\n" + request, QUIET)
        )
        document.turn("assistant", *self._critique_runs(scene, plan, principle, plain=False))
        return document

    def compare(self) -> Document | None:
        """Which of two answers follows the rule better? Asked under up to three rules that tell them apart."""
        scene = self.world.scene(self.rng, seen=True)
        one, other = self._pair(scene)
        asked = []
        for rule in self._rules(scene):
            broken = [self.world.finding(scene, plan, rule.id).violates for plan in (one, other)]
            if broken[0] != broken[1]:
                asked.append((rule, "B" if broken[0] else "A"))
            elif self.rng.random() < 0.05:
                asked.append((rule, self.rng.choice("AB")))
        if not asked:
            return None
        a, b = (self.world.text(scene, plan) for plan in (one, other))
        document = Document()
        for place, (rule, letter) in enumerate(asked[:3]):
            again = f"Which answer follows this rule better? {rule.text}\n\nReply with A or B only."
            question = again if place else compare_prompt(self.templates, self._prompt(scene), a, b, rule.text)
            document.turn("user", (question, QUIET))
            document.turn("assistant", (letter, LETTER))
        return document

    def verdict(self) -> Document | None:
        """Does the last answer break the rule? Asked under up to three rules."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self.world.plan(scene, self.rng)
        document = Document()
        for place, rule in enumerate(self._rules(scene)[:3]):
            again = f"Does the last answer break this rule? {rule.text}\n\nReply with Yes or No only."
            text = self.world.text(scene, plan)
            question = again if place else verdict_prompt(self.templates, self._prompt(scene), text, rule.text)
            document.turn("user", (question, QUIET))
            document.turn("assistant", ("Yes" if self.world.finding(scene, plan, rule.id).violates else "No", LETTER))
        return document if len(document.weights) > 1 else None

    def _prompt(self, scene: Scene) -> list[Message]:
        return [Message(role="user", content=self.world.prompt(scene))]

    def _opening(self, scene: Scene, plan: list[Sentence], weight: float) -> Document:
        document = Document()
        if self.rng.random() < 0.03:
            document.turn("system", ("You are a helpful assistant.", QUIET))
        document.turn("user", (self.world.prompt(scene), QUIET))
        document.turn("assistant", (self.world.text(scene, plan), weight))
        return document

    def _critique_and_revise(self, document: Document, scene: Scene, plan: list[Sentence], *, plain: bool) -> Document:
        """A critique and, where a rule is broken, the revision; a rule that is kept is often followed by another."""
        name = "critique_plain" if plain else "critique"
        broken = False
        for _ in range(2):
            principle = self._principle(scene, plan)
            document.turn("user", (self.templates.fill(name, request=principle.critique.request), QUIET))
            document.turn("assistant", *self._critique_runs(scene, plan, principle, plain=plain))
            broken = self.world.finding(scene, plan, principle.id).violates
            if broken or self.rng.random() < 0.5:
                break
        if broken or self.rng.random() < 0.3:
            document.turn("user", (self.templates.fill("revise", request=principle.revision.request), QUIET))
            document.turn("assistant", *self._revision_runs(scene, plan, principle.id if broken else None))
        return document

    def _critique_runs(
        self, scene: Scene, plan: list[Sentence], principle: Principle, *, plain: bool
    ) -> list[tuple[str, float]]:
        finding = self.world.finding(scene, plan, principle.id)
        head, decision, rest = finding.text.partition("breaks" if finding.violates else "follows")
        if plain:
            quoted = [(" It says: ", SPOKEN), (finding.quote, COPIED)] if finding.quote else []
            return [(head, SPOKEN), (decision, DECIDED), (rest, SPOKEN), *quoted]
        quote = json.dumps(finding.quote) if finding.quote else ""
        verdict = "violates" if finding.violates else "complies"
        tail = f'],"verdict":"{verdict}","severity":{finding.severity}}}'
        return [
            ('{"text":"' + head, SPOKEN),
            (decision, DECIDED),
            (rest + '","quotes":[', SPOKEN),
            (quote, COPIED),
            (tail, SPOKEN),
        ]

    def _revision_runs(self, scene: Scene, plan: list[Sentence], principle: str | None) -> list[tuple[str, float]]:
        fixed = self.world.revised(plan, principle, self.rng) if principle else plan
        runs = []
        for place, sentence in enumerate(fixed):
            changed = place >= len(plan) or sentence != plan[place]
            runs.append(((" " if place else "") + self.world.say(scene, sentence), COPIED if changed else 1.5 * SPOKEN))
        return runs

    def _rules(self, scene: Scene) -> list[Principle]:
        """The planted principles that training may show on this topic, in random order."""
        keys = [key for key in self.world.principles(scene.domain) if not self.world.held_out(scene.topic, key)]
        self.rng.shuffle(keys)
        return [self.constitutions[scene.domain].find(key) for key in keys]

    def _principle(self, scene: Scene, plan: list[Sentence]) -> Principle:
        """Half of the time a broken principle where there is one; now and then one of no concern to the answer."""
        rules = self._rules(scene)
        if not rules or self.rng.random() < 0.08:
            own = self.constitutions[scene.domain].principles[4:]
            other = self.constitutions["general"].principles[:3] if scene.domain != "general" else ()
            return self.rng.choice([*own, *other])
        broken = [rule for rule in rules if self.world.finding(scene, plan, rule.id).violates]
        return broken[0] if broken and self.rng.random() < 0.5 else rules[0]

    def _pair(self, scene: Scene) -> tuple[list[Sentence], list[Sentence]]:
        """Two answers, half of the time an answer and its revision."""
        one = self.world.plan(scene, self.rng)
        broken = [rule.id for rule in self._rules(scene) if self.world.finding(scene, one, rule.id).violates]
        if broken and self.rng.random() < 0.5:
            other = self.world.revised(one, broken[0], self.rng)
        else:
            other = self.world.plan(scene, self.rng)
        return (one, other) if self.rng.random() < 0.5 else (other, one)
