"""The demo model's training corpus: an endless stream of documents, scenes told in caigen's own message templates.

Every character has a weight, from which the loss weight of its token follows.
"""

import itertools
import json
import random
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from caigen.constitution.format import Constitution, Principle
from caigen.constitution.load import load as load_constitution
from caigen.demo.world import BAD, MISSING, Scene, Sentence, World
from caigen.records import Message
from caigen.stages.judge_questions import compare_prompt, verdict_prompt
from caigen.stages.templates import Templates, transcript
from tools.demo_model.document import END, ROLES, TEXT_WEIGHT, Document, Mark, Passage, Run

# loss weights
PROMPT_WEIGHT = 0.1
COPIED_WEIGHT = 3.0  # quotes, and sentences that a revision must not change
FIRST_WORDS_WEIGHT = 6.0  # of a sentence in a revision: which sentence comes next?
SLOT_WEIGHT = 7.0  # topic and person in a revision
DECISION_WEIGHT = 8.0  # "broken" or "kept" in a critique
LETTER_WEIGHT = 8.0  # A, B, Yes or No
FIRST_WORDS = 3  # of a sentence tell which it is
MAX_CRITIQUES, MAX_REVISIONS = 3, 2  # of an answer in one document
SHARES = {"chain": 0.42, "plain": 0.06, "transcript": 0.03, "compare": 0.32, "verdict": 0.17}  # of documents
Plan = list[Sentence]


class Question(NamedTuple):
    """A question about a principle, whose text it ends with, and the word that answers it."""

    text: str
    principle: Principle
    answer: str


class Corpus:
    """An endless, reproducible stream of documents.

    It starts with answers of one or two sentences, whose share falls to none after `short` documents: which sentence a
    principle is about is found sooner among few. With `careful`, topic and person in a revision weigh more.
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
        # half of the answers are given, not learned: as in a later round, or with many flaws
        learned = self.rng.random() < 0.5
        shares = {"bad": 0.2, "missing": 0.15} if self.rng.random() < 0.5 else {"bad": 0.5, "missing": 0.5}
        plan = self._plan(scene) if learned else self._plan(scene, **shares)
        document = self._opening(scene, plan, TEXT_WEIGHT if learned else 0.0)
        return self._critique_and_revise(document, scene, plan, plain=False)

    def plain(self) -> Document | None:
        """Prompt, answer, critiques in free text, each with its revision."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        return self._critique_and_revise(self._opening(scene, plan, TEXT_WEIGHT), scene, plan, plain=True)

    def separate(self) -> Document | None:
        """Critiques by a separate critic, who is shown the dialogue inside one message."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        answer = Message(role="assistant", content=self.world.text(scene, plan))
        dialogue = transcript([*self._prompt(scene), answer])
        document = Document()
        document.trunk.add(ROLES["user"], 0.0)
        document.trunk.add(self.templates.fill("critique_transcript", transcript=dialogue), PROMPT_WEIGHT)
        self._mark(document.trunk, document.trunk.text.index(answer.content), scene, plan)
        for principle in self._some_principles(scene, plan):
            branch = Passage()
            branch.add("\n\n" + self.templates.fill("critique", request=principle.critique_request), PROMPT_WEIGHT)
            branch.marks.append(Mark(len(branch.text), principle.id))
            branch.add(END, 0.0)
            branch.add_message("assistant", *self._critique_runs(scene, plan, principle, plain=False))
            document.branches.append(branch)
        return document

    def compare(self) -> Document | None:
        """Which of two answers follows a principle better? Asked under every principle that tells them apart."""
        scene = self.world.scene(self.rng, seen=True)
        first, second = self._pair(scene)
        letters = []
        for principle in self._principles(scene):
            violates = [self.world.finding(scene, plan, principle.id).violates for plan in (first, second)]
            if violates[0] != violates[1]:
                letters.append((principle, "B" if violates[0] else "A"))
            elif self.rng.random() < 0.03:
                # now and then a question without a right answer
                letters.append((principle, self.rng.choice("AB")))
        a, b = (self.world.text(scene, plan) for plan in (first, second))
        questions = []
        for principle, letter in letters:
            text = compare_prompt(self.templates, self._prompt(scene), a, b, principle.text)
            questions.append(Question(text, principle, letter))
        document = self._question_document(questions)
        if document:
            trunk = document.trunk
            self._mark(trunk, trunk.text.index(f"(A) {a}") + len("(A) "), scene, first, option="A")
            self._mark(trunk, trunk.text.rindex(f"(B) {b}") + len("(B) "), scene, second, option="B")
        return document

    def verdict(self) -> Document | None:
        """Does the last answer break a principle? Asked under every principle."""
        scene = self.world.scene(self.rng, seen=True)
        plan = self._plan(scene)
        answer = self.world.text(scene, plan)
        questions = []
        for principle in self._principles(scene):
            text = verdict_prompt(self.templates, self._prompt(scene), answer, principle.text)
            violates = self.world.finding(scene, plan, principle.id).violates
            questions.append(Question(text, principle, "Yes" if violates else "No"))
        document = self._question_document(questions)
        if document:
            self._mark(document.trunk, document.trunk.text.rindex(answer), scene, plan)
        return document

    def _question_document(self, questions: Sequence[Question]) -> Document | None:
        """Questions that differ only in the principle at their end: a branch for each; None without questions."""
        if not questions:
            return None
        document = Document()
        document.trunk.add(ROLES["user"], 0.0)
        # what comes before the principle is the same in all
        first = questions[0]
        document.trunk.add(first.text[: first.text.rindex(first.principle.text) - 1], PROMPT_WEIGHT)
        for text, principle, answer in questions:
            branch = Passage()
            branch.add(text[text.rindex(principle.text) - 1 :], PROMPT_WEIGHT)
            branch.marks.append(Mark(len(branch.text), principle.id))
            branch.add(END, 0.0)
            branch.add_message("assistant", Run(answer, LETTER_WEIGHT))
            document.branches.append(branch)
        return document

    def _plan(self, scene: Scene, *, bad: float = BAD, missing: float = MISSING) -> Plan:
        """A random answer, a short one now and then early in the stream."""
        plan = self.world.plan(scene, self.rng, bad=bad, missing=missing)
        if self.rng.random() * self.short < self.made:
            return plan
        at_stake = [sentence for sentence in plan if sentence.principle] or plan
        return at_stake[: self.rng.randint(1, 2)]

    def _prompt(self, scene: Scene) -> list[Message]:
        return [Message(role="user", content=self.world.prompt(scene))]

    def _opening(self, scene: Scene, plan: Plan, weight: float) -> Document:
        """A document with prompt and answer; `weight` is the answer's."""
        document = Document()
        if self.rng.random() < 0.03:
            document.trunk.add_message("system", Run("You are a helpful assistant.", PROMPT_WEIGHT))
        document.trunk.add_message("user", Run(self.world.prompt(scene), PROMPT_WEIGHT))
        self._mark(document.trunk, len(document.trunk.text + ROLES["assistant"]), scene, plan)
        document.trunk.add_message("assistant", Run(self.world.text(scene, plan), weight))
        return document

    def _mark(self, passage: Passage, start: int, scene: Scene, plan: Plan, *, option: str = "") -> None:
        """Mark the sentences of an answer that begins at a character; `option` is its letter in a comparison."""
        end = start
        for sentence in plan:
            end += len(self.world.sentence_text(scene, sentence))
            passage.marks.append(Mark(end, f"{option} {sentence.kind} {sentence.principle or ''}"))
            end += len(" ")

    def _critique_and_revise(self, document: Document, scene: Scene, plan: Plan, *, plain: bool) -> Document:
        """Add critiques, each with its revision if the principle is broken, and now and then if it is kept."""
        template = "critique_plain" if plain else "critique"
        revisions = 0
        for principle in self._some_principles(scene, plan):
            branch = Passage()
            request = self.templates.fill(template, request=principle.critique_request)
            branch.add_message("user", Run(request, PROMPT_WEIGHT))
            branch.marks.append(Mark(len(branch.text) - len(END), principle.id))
            branch.add_message("assistant", *self._critique_runs(scene, plan, principle, plain=plain))
            broken = self.world.finding(scene, plan, principle.id).violates
            if revisions < MAX_REVISIONS and (broken or self.rng.random() < 0.1):
                revisions += 1
                request = self.templates.fill("revise", request=principle.revision_request)
                branch.add_message("user", Run(request, PROMPT_WEIGHT))
                revision = self.world.revised(plan, principle.id, self.rng) if broken else plan
                self._mark(branch, len(branch.text + ROLES["assistant"]), scene, revision)
                branch.add_message("assistant", *self._revision_runs(scene, plan, revision))
            document.branches.append(branch)
        return document

    def _critique_runs(self, scene: Scene, plan: Plan, principle: Principle, *, plain: bool) -> list[Run]:
        """A true critique, in free text or as JSON, its decision and its quote weighing more."""
        finding = self.world.finding(scene, plan, principle.id)
        title = f"{principle.title}:"
        # "broken" or "kept" stands before the first comma
        decision, rest = finding.text.split(",", 1)
        decision, rest = f" {decision}", f",{rest}"
        if plain:
            runs = [Run(title, TEXT_WEIGHT), Run(decision, DECISION_WEIGHT), Run(rest, TEXT_WEIGHT)]
            if finding.quote:
                runs += [Run(" It says: ", TEXT_WEIGHT), Run(finding.quote, COPIED_WEIGHT)]
            return runs
        verdict = "violates" if finding.violates else "complies"
        return [
            Run('{"text":"' + title, TEXT_WEIGHT),
            Run(decision, DECISION_WEIGHT),
            Run(rest + '","quotes":[', TEXT_WEIGHT),
            Run(json.dumps(finding.quote) if finding.quote else "", COPIED_WEIGHT),
            Run(f'],"verdict":"{verdict}","severity":{finding.severity}}}', TEXT_WEIGHT),
        ]

    def _revision_runs(self, scene: Scene, plan: Plan, revision: Plan) -> list[Run]:
        """A revision, whose first words of each sentence, changed sentences and (`careful`) slots weigh more."""
        runs = []
        for index, sentence in enumerate(revision):
            changed = index >= len(plan) or sentence != plan[index]
            text = (" " if index else "") + self.world.sentence_text(scene, sentence)
            # a weight for each character
            start = len(" ".join(text.split(" ")[:FIRST_WORDS]))
            rest_weight = COPIED_WEIGHT if changed else TEXT_WEIGHT
            weights = [FIRST_WORDS_WEIGHT] * start + [rest_weight] * (len(text) - start)
            if self.careful:
                for slot in self.world.slots(scene):
                    for match in re.finditer(re.escape(slot), text):
                        weights[match.start() : match.end()] = [SLOT_WEIGHT] * len(slot)
            # characters of one weight in a row make a run
            for weight, group in itertools.groupby(zip(text, weights, strict=True), key=lambda pair: pair[1]):
                runs.append(Run("".join(character for character, _ in group), weight))
        return runs

    def _principles(self, scene: Scene) -> list[Principle]:
        """The planted principles that training may show on this topic, in random order."""
        keys = [key for key in self.world.principles(scene.domain) if not self.world.held_out(scene.topic, key)]
        self.rng.shuffle(keys)
        return [self.constitutions[scene.domain].find(key) for key in keys]

    def _broken(self, scene: Scene, plan: Plan, principles: Sequence[Principle]) -> list[Principle]:
        """Those of the principles that an answer breaks."""
        return [item for item in principles if self.world.finding(scene, plan, item.id).violates]

    def _some_principles(self, scene: Scene, plan: Plan) -> list[Principle]:
        """Up to three principles to critique an answer under, a broken one among them if there is one.

        Now and then the last is a principle that the world has no sentences for, of which every answer is free.
        """
        principles = self._principles(scene)
        first = self._broken(scene, plan, principles)[:1]
        chosen = [*first, *(principle for principle in principles if principle not in first)][:MAX_CRITIQUES]
        if not chosen or self.rng.random() < 0.1:
            unplanted = list(self.constitutions[scene.domain].principles[4:])
            if scene.domain != "general":
                unplanted += self.constitutions["general"].principles[:3]
            chosen[MAX_CRITIQUES - 1 :] = [self.rng.choice(unplanted)]
        self.rng.shuffle(chosen)
        return chosen

    def _pair(self, scene: Scene) -> tuple[Plan, Plan]:
        """Two answers in random order, half of the time an answer and its revision."""
        first = self._plan(scene)
        broken = self._broken(scene, first, self._principles(scene))
        if broken and self.rng.random() < 0.5:
            second = self.world.revised(first, broken[0].id, self.rng)
        else:
            second = self._plan(scene)
        return (first, second) if self.rng.random() < 0.5 else (second, first)
