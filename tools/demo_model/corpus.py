"""The demo model's training documents: scenes told in caigen's own message templates.

A document is a trunk (prompt and answer, say) and branches that go on from it, each as if the others were not there:
several critiques of one answer, several questions about one pair. A decision is then learned from some 80 tokens
instead of 300. Every character has a weight, from which the loss weight of its token follows.
"""

import itertools
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from caigen.constitution.format import Constitution, Principle
from caigen.constitution.load import load as load_constitution
from caigen.demo.world import BAD, MISSING, Scene, Sentence, World
from caigen.records import Message
from caigen.stages.judge_questions import compare_prompt, verdict_prompt
from caigen.stages.templates import Templates, transcript

BOS, END, PAD = "<|bos|>", "<|end|>", "<|pad|>"
ROLES = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
SPECIAL = [PAD, BOS, END, *ROLES.values()]
QUIET, SPOKEN, COPIED, POINTED, SLOTTED, DECIDED, LETTER = 0.1, 1.0, 3.0, 6.0, 7.0, 8.0, 8.0
STARTED = 3  # words of a revision's sentence that say which sentence it is
CRITIQUES, REVISIONS = 3, 2  # at most, of an answer in one document
SHARES = {"chain": 0.42, "plain": 0.06, "transcript": 0.03, "compare": 0.32, "verdict": 0.17}


@dataclass
class Passage:
    """Text in the demo model's chat format, with runs of (length, loss weight) and what its sentences are.

    The marks are learned beside the text, from a middle layer: a hint where to look, gone after training.
    """

    text: str = ""
    weights: list[tuple[int, float]] = field(default_factory=list)
    marks: list[tuple[int, str]] = field(default_factory=list)  # (end in characters, what stands there)

    def add(self, text: str, weight: float) -> None:
        """Append a run of text."""
        self.text += text
        self.weights.append((len(text), weight))

    def turn(self, role: str, *runs: tuple[str, float]) -> None:
        """Append a turn; its end token carries loss where the assistant speaks with weight."""
        self.add(ROLES[role], 0.0)
        for text, weight in runs:
            self.add(text, weight)
        self.add(END, min(SPOKEN, runs[-1][1]) if role == "assistant" else 0.0)


@dataclass
class Document:
    """A trunk and the branches that go on from it."""

    trunk: Passage = field(default_factory=lambda: Passage(BOS, [(len(BOS), 0.0)]))
    branches: list[Passage] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The conversations it stands for, each whole."""
        return [self.trunk.text + branch.text for branch in self.branches] or [self.trunk.text]


class Corpus:
    """An endless, reproducible stream of documents.

    It starts with answers of one or two sentences, whose share falls to none after `short` documents: which sentence a
    rule is about is found sooner among few. With `careful` the topic and the person in a revision weigh more.
    """

    def __init__(self, world: World, seed: int, short: int = 0, *, careful: bool = False) -> None:
        self.world = world
        self.short = short
        self.careful = careful
        self.made = 0
        self.rng = random.Random(seed)
        self.templates = Templates.load(demo=True)
        self.constitutions: dict[str, Constitution] = {
            name: load_constitution(f"demo-{name}") for name in world.domains
        }

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
                self.made += 1
                yield document

    def chain(self) -> Document | None:
        """Prompt, answer, critiques in JSON, each with its revision."""
        scene = self.world.scene(self.rng, seen=True)
        first = self.rng.random() < 0.5  # else the answer is given, not learned: one of a later round, or a bad one
        shares = {"bad": 0.2, "missing": 0.15} if self.rng.random() < 0.5 else {"bad": 0.5, "missing": 0.5}
        plan = self._plan(scene) if first else self._plan(scene, **shares)
        document = self._opening(scene, plan, SPOKEN if first else 0.0)
        return self._critique_and_revise(document, scene, plan, plain=False)

    def plain(self) -> Document | None:
        """The same with critiques in free text."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        return self._critique_and_revise(self._opening(scene, plan, SPOKEN), scene, plan, plain=True)

    def separate(self) -> Document | None:
        """Critiques by a separate critic, who is shown the dialogue inside one message."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        turns = [
            Message(role="user", content=self.world.prompt(scene)),
            Message(role="assistant", content=self.world.text(scene, plan)),
        ]
        document = Document()
        document.trunk.add(ROLES["user"], 0.0)
        document.trunk.add(self.templates.fill("critique_transcript", transcript=transcript(turns)), QUIET)
        self._mark(document.trunk, document.trunk.text.index(turns[1].content), scene, plan)
        for principle in self._asked(scene, plan):
            branch = Passage()
            branch.add("\n\n" + self.templates.fill("critique", request=principle.critique.request), QUIET)
            branch.marks.append((len(branch.text), principle.id))
            branch.add(END, 0.0)
            branch.turn("assistant", *self._critique_runs(scene, plan, principle, plain=False))
            document.branches.append(branch)
        return document

    def compare(self) -> Document | None:
        """Which of two answers follows the rule better? Asked under every rule that tells them apart."""
        scene = self.world.scene(self.rng, seen=True)
        one, other = self._pair(scene)
        asked = []
        for rule in self._rules(scene):
            broken = [self.world.finding(scene, plan, rule.id).violates for plan in (one, other)]
            if broken[0] != broken[1]:
                asked.append((rule, "B" if broken[0] else "A"))
            elif self.rng.random() < 0.03:
                asked.append((rule, self.rng.choice("AB")))
        a, b = (self.world.text(scene, plan) for plan in (one, other))
        prompt = self._prompt(scene)
        document = self._questions(
            [(compare_prompt(self.templates, prompt, a, b, rule.text), rule, letter) for rule, letter in asked]
        )
        if document:
            trunk = document.trunk
            self._mark(trunk, trunk.text.index(f"(A) {a}") + 4, scene, one, "A")
            self._mark(trunk, trunk.text.rindex(f"(B) {b}") + 4, scene, other, "B")
        return document

    def verdict(self) -> Document | None:
        """Does the last answer break the rule? Asked under every rule."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        text, prompt = self.world.text(scene, plan), self._prompt(scene)
        document = self._questions(
            [
                (
                    verdict_prompt(self.templates, prompt, text, rule.text),
                    rule,
                    "Yes" if self.world.finding(scene, plan, rule.id).violates else "No",
                )
                for rule in self._rules(scene)
            ]
        )
        if document:
            self._mark(document.trunk, document.trunk.text.rindex(text), scene, plan)
        return document

    def _questions(self, asked: list[tuple[str, Principle, str]]) -> Document | None:
        """Questions that differ only in their rule, which comes last, with a word each as the answer."""
        if not asked:
            return None
        document = Document()
        document.trunk.add(ROLES["user"], 0.0)
        question, rule, _ = asked[0]
        document.trunk.add(question[: question.rindex(rule.text) - 1], QUIET)
        for question, rule, answer in asked:
            branch = Passage()
            branch.add(question[question.rindex(rule.text) - 1 :], QUIET)
            branch.marks.append((len(branch.text), rule.id))
            branch.add(END, 0.0)
            branch.turn("assistant", (answer, LETTER))
            document.branches.append(branch)
        return document

    def _plan(self, scene: Scene, *, bad: float = BAD, missing: float = MISSING) -> list[Sentence]:
        plan = self.world.plan(scene, self.rng, bad=bad, missing=missing)
        if self.rng.random() * self.short < self.made:
            return plan
        at_stake = [sentence for sentence in plan if sentence.principle] or plan
        return at_stake[: self.rng.randint(1, 2)]

    def _prompt(self, scene: Scene) -> list[Message]:
        return [Message(role="user", content=self.world.prompt(scene))]

    def _opening(self, scene: Scene, plan: list[Sentence], weight: float) -> Document:
        document = Document()
        if self.rng.random() < 0.03:
            document.trunk.turn("system", ("You are a helpful assistant.", QUIET))
        document.trunk.turn("user", (self.world.prompt(scene), QUIET))
        self._mark(document.trunk, len(document.trunk.text + ROLES["assistant"]), scene, plan)
        document.trunk.turn("assistant", (self.world.text(scene, plan), weight))
        return document

    def _mark(self, passage: Passage, start: int, scene: Scene, plan: list[Sentence], option: str = "") -> None:
        """Note what the sentences of an answer are that starts at a character."""
        for sentence in plan:
            start += len(self.world.say(scene, sentence))
            passage.marks.append((start, f"{option} {sentence.kind} {sentence.principle or ''}"))
            start += 1

    def _critique_and_revise(self, document: Document, scene: Scene, plan: list[Sentence], *, plain: bool) -> Document:
        """Critiques, each followed by its revision where the rule is broken and now and then where it is kept."""
        name = "critique_plain" if plain else "critique"
        revised = 0
        for principle in self._asked(scene, plan):
            branch = Passage()
            branch.turn("user", (self.templates.fill(name, request=principle.critique.request), QUIET))
            branch.marks.append((len(branch.text) - len(END), principle.id))
            branch.turn("assistant", *self._critique_runs(scene, plan, principle, plain=plain))
            broken = self.world.finding(scene, plan, principle.id).violates
            if revised < REVISIONS and (broken or self.rng.random() < 0.1):
                revised += 1
                branch.turn("user", (self.templates.fill("revise", request=principle.revision.request), QUIET))
                revision = self.world.revised(plan, principle.id, self.rng) if broken else plan
                self._mark(branch, len(branch.text + ROLES["assistant"]), scene, revision)
                branch.turn("assistant", *self._revision_runs(scene, plan, revision))
            document.branches.append(branch)
        return document

    def _critique_runs(
        self, scene: Scene, plan: list[Sentence], principle: Principle, *, plain: bool
    ) -> list[tuple[str, float]]:
        finding = self.world.finding(scene, plan, principle.id)
        head, (decision, rest) = f"{principle.title}:", finding.text.split(",", 1)
        decision, rest = " " + decision, "," + rest
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

    def _revision_runs(self, scene: Scene, plan: list[Sentence], fixed: list[Sentence]) -> list[tuple[str, float]]:
        runs = []
        for place, sentence in enumerate(fixed):
            changed = place >= len(plan) or sentence != plan[place]
            said = (" " if place else "") + self.world.say(scene, sentence)
            start = len(" ".join(said.split(" ")[:STARTED]))
            weights = [POINTED] * start + [COPIED if changed else SPOKEN] * (len(said) - start)
            for slot in self.world.slots(scene) if self.careful else ():
                for found in re.finditer(re.escape(slot), said):
                    weights[found.start() : found.end()] = [SLOTTED] * len(slot)
            equal = itertools.groupby(zip(said, weights, strict=True), key=lambda pair: pair[1])
            runs += [("".join(letter for letter, _ in run), weight) for weight, run in equal]
        return runs

    def _rules(self, scene: Scene) -> list[Principle]:
        """The planted principles that training may show on this topic, in random order."""
        keys = [key for key in self.world.principles(scene.domain) if not self.world.held_out(scene.topic, key)]
        self.rng.shuffle(keys)
        return [self.constitutions[scene.domain].find(key) for key in keys]

    def _asked(self, scene: Scene, plan: list[Sentence]) -> list[Principle]:
        """Up to three principles to ask about, a broken one among them where there is one."""
        rules = self._rules(scene)
        broken = [rule for rule in rules if self.world.finding(scene, plan, rule.id).violates]
        asked = [*broken[:1], *(rule for rule in rules if rule not in broken[:1])][:CRITIQUES]
        if not asked or self.rng.random() < 0.1:
            own = self.constitutions[scene.domain].principles[4:]
            other = self.constitutions["general"].principles[:3] if scene.domain != "general" else ()
            asked[CRITIQUES - 1 :] = [self.rng.choice([*own, *other])]
        self.rng.shuffle(asked)
        return asked

    def _pair(self, scene: Scene) -> tuple[list[Sentence], list[Sentence]]:
        """Two answers, half of the time an answer and its revision."""
        one = self._plan(scene)
        broken = [rule.id for rule in self._rules(scene) if self.world.finding(scene, one, rule.id).violates]
        if broken and self.rng.random() < 0.5:
            other = self.world.revised(one, broken[0], self.rng)
        else:
            other = self._plan(scene)
        return (one, other) if self.rng.random() < 0.5 else (other, one)
