"""The demo model's world: scenes -> prompts, answers with planted flaws, their true critiques; and a checker of texts.

The sentence bank is `world.yaml`. The same bank writes the training corpus and is compiled into the checker, so what
the checker finds in a text is known, not judged. An answer is planned as a list of sentences of the bank.
"""

import random
import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, Literal

from caigen.hashing import uniform

HERE = Path(__file__).parent
HELD_OUT_PAIRS = 0.1  # share of topic x principle pairs that training never shows
HELD_OUT_SLOTS = 0.5  # share of (topic, template, person, time) combinations that training never shows
# probabilities with which a principle is broken, kept in an own sentence, or its duty left out
BAD, GOOD, MISSING = 0.36, 0.24, 0.32
FILLER_KINDS: tuple["Kind", ...] = ("opener", "core", "detail")  # sentences that no principle is about
Kind = Literal["opener", "core", "detail", "bad", "good"]


@dataclass(frozen=True)
class Scene:
    """The slots of one prompt: who asks for whom about what, and when."""

    domain: str
    topic: str
    template: int
    person: str
    time: str

    @property
    def seen(self) -> bool:
        """Whether training may show this combination of slots."""
        return uniform("slots", self.topic, self.template, self.person, self.time) >= HELD_OUT_SLOTS


@dataclass(frozen=True)
class Sentence:
    """One sentence of the bank; `principle` is the id of the principle that it breaks (`bad`) or keeps (`good`)."""

    kind: Kind
    index: int
    principle: str | None = None


@dataclass(frozen=True)
class Finding:
    """The true critique of an answer under one principle; `text` goes on from the principle's title and a colon."""

    violates: bool
    text: str
    quote: str | None
    severity: int


class World:
    """The bank of `world.yaml` and everything that follows from it. A principle is named by its id."""

    def __init__(self, bank: dict[str, Any]) -> None:
        self.people: list[str] = list(bank["people"])
        self.times: list[str] = list(bank["times"])
        self.domains: dict[str, Any] = bank["domains"]

    @cached_property
    def entries(self) -> dict[str, dict[str, Any]]:
        """The bank's entry of each planted principle: its sentences, and the words of its critiques."""
        entries: dict[str, dict[str, Any]] = {}
        for bank in self.domains.values():
            entries.update(bank["principles"])
        return entries

    def principles(self, domain: str) -> list[str]:
        """The principles that answers of a domain may break."""
        return list(self.domains[domain]["principles"])

    def held_out(self, topic: str, principle: str) -> bool:
        """Whether training never shows this principle broken or kept on this topic."""
        return uniform("pair", topic, principle) < HELD_OUT_PAIRS

    def scene(self, rng: random.Random, *, domain: str | None = None, seen: bool | None = None) -> Scene:
        """A random scene; `seen` restricts it to trained or to held-out combinations of slots."""
        while True:
            name = domain or rng.choice(list(self.domains))
            bank = self.domains[name]
            template = rng.randrange(len(bank["prompts"]))
            scene = Scene(name, rng.choice(bank["topics"]), template, rng.choice(self.people), rng.choice(self.times))
            if seen is None or scene.seen == seen:
                return scene

    def prompt(self, scene: Scene) -> str:
        """The user's message."""
        text: str = self.domains[scene.domain]["prompts"][scene.template]
        return text.format(t=scene.topic, w=scene.person, d=scene.time)

    def plan(
        self, scene: Scene, rng: random.Random, *, bad: float = BAD, missing: float = MISSING, trained: bool = True
    ) -> list[Sentence]:
        """A random answer as sentences; with `trained`, held-out topic x principle pairs do not occur in it."""
        bank = self.domains[scene.domain]
        duties, body = [], []
        for principle, entry in bank["principles"].items():
            if trained and self.held_out(scene.topic, principle):
                continue
            draw = rng.random()
            if entry.get("omission"):
                # a duty is broken by leaving its sentence out
                if draw >= missing:
                    duties.append(Sentence("good", rng.randrange(len(entry["good"])), principle))
            elif draw < bad:
                body.append(Sentence("bad", rng.randrange(len(entry["bad"])), principle))
            elif draw < bad + GOOD:
                body.append(Sentence("good", rng.randrange(len(entry["bad"])), principle))
        opener = Sentence("opener", rng.randrange(len(bank["openers"])))
        core = Sentence("core", rng.randrange(len(bank["cores"])))
        details = []
        if rng.random() < 0.5:
            details.append(Sentence("detail", rng.randrange(len(bank["details"]))))
        return [opener, core, *body, *details, *duties]

    def slots(self, scene: Scene) -> tuple[str, str]:
        """Topic and person as they stand in an answer."""
        return scene.topic, scene.person.replace("my ", "your ")

    def sentence_text(self, scene: Scene, sentence: Sentence) -> str:
        """A sentence with the slots of a scene filled in."""
        if sentence.principle:
            lines = self.entries[sentence.principle][sentence.kind]
        else:
            lines = self.domains[scene.domain][f"{sentence.kind}s"]
        text: str = lines[sentence.index]
        topic, person = self.slots(scene)
        return text.format(t=topic, w=person, d=scene.time)

    def text(self, scene: Scene, plan: list[Sentence]) -> str:
        """The text of a planned answer."""
        return " ".join(self.sentence_text(scene, sentence) for sentence in plan)

    def finding(self, scene: Scene, plan: list[Sentence], principle: str) -> Finding:
        """The true critique of an answer under a principle; a principle of another domain is kept."""
        entry = self.entries.get(principle)
        if entry is None or principle not in self.domains[scene.domain]["principles"]:
            return Finding(False, "kept, because nothing in the answer goes against it.", None, 0)
        broken = [sentence for sentence in plan if sentence.principle == principle and sentence.kind == "bad"]
        omitted = bool(entry.get("omission")) and not _mentions(plan, principle)
        if not broken and not omitted:
            return Finding(False, f"kept, because {entry['ok']}.", None, 0)
        # an omission has no words to quote; a bad sentence is the more severe the further down the bank it stands
        text = f"broken, because {entry['reason']}. Fix: {entry['fix']}."
        if not broken:
            return Finding(True, text, None, 1)
        return Finding(True, text, self.sentence_text(scene, broken[0]), broken[0].index + 1)

    def revised(self, plan: list[Sentence], principle: str, rng: random.Random) -> list[Sentence]:
        """The answer with this principle's flaw corrected and every other sentence as it was."""
        fixed = []
        # good and bad sentences have the same index: the good one says the same without the flaw
        for sentence in plan:
            is_flaw = sentence.principle == principle and sentence.kind == "bad"
            fixed.append(replace(sentence, kind="good") if is_flaw else sentence)
        # a duty that is left out is added at the end
        entry = self.entries[principle]
        if entry.get("omission") and not _mentions(plan, principle):
            fixed.append(Sentence("good", rng.randrange(len(entry["good"])), principle))
        return fixed

    @cached_property
    def _patterns(self) -> dict[str, list[tuple[re.Pattern[str], Sentence]]]:
        """For each domain, a pattern for every sentence of its bank, with any topic and person in the slots."""
        people = "|".join(re.escape(person.replace("my ", "your ")) for person in self.people)
        patterns = {}
        for name, bank in self.domains.items():
            topics = "|".join(map(re.escape, bank["topics"]))
            slots = {"t": f"(?:{topics})", "w": f"(?:{people})"}
            lines = [(re.compile(_pattern(line, slots)), sentence) for line, sentence in _bank_lines(bank)]
            patterns[name] = lines
        return patterns

    def read(self, domain: str, text: str) -> list[Sentence | None]:
        """The sentences of a text; None for each that is not in the bank."""
        return [self._read_sentence(domain, line) for line in sentences(text)]

    def _read_sentence(self, domain: str, line: str) -> Sentence | None:
        for pattern, sentence in self._patterns[domain]:
            if pattern.fullmatch(line):
                return sentence
        return None

    def flaws(self, domain: str, text: str) -> set[str]:
        """The principles that a text breaks: by a bad sentence, or by a duty that is left out."""
        broken, mentioned = set(), set()
        for sentence in self.read(domain, text):
            if sentence and sentence.principle:
                mentioned.add(sentence.principle)
                if sentence.kind == "bad":
                    broken.add(sentence.principle)
        duties = {principle for principle in self.principles(domain) if self.entries[principle].get("omission")}
        return broken | (duties - mentioned)


def _mentions(plan: list[Sentence], principle: str) -> bool:
    """Whether any sentence of an answer is about a principle."""
    return any(sentence.principle == principle for sentence in plan)


def _bank_lines(bank: dict[str, Any]) -> list[tuple[str, Sentence]]:
    """Every line of a domain's bank with the sentence that it is."""
    lines = []
    for kind in FILLER_KINDS:
        lines += [(line, Sentence(kind, index)) for index, line in enumerate(bank[f"{kind}s"])]
    for principle, entry in bank["principles"].items():
        lines += [(line, Sentence("bad", index, principle)) for index, line in enumerate(entry.get("bad", []))]
        lines += [(line, Sentence("good", index, principle)) for index, line in enumerate(entry["good"])]
    return lines


def sentences(text: str) -> list[str]:
    """A text cut after full stops, question and exclamation marks."""
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]


def _pattern(line: str, slots: dict[str, str]) -> str:
    """The pattern of a line: `Try {t} first.` with topics a and b becomes `Try\\ (?:a|b)\\ first\\.`."""
    # split by the slots, whose names then stand at the odd indices
    parts = re.split(r"\{(\w)\}", line)
    return "".join(slots[part] if index % 2 else re.escape(part) for index, part in enumerate(parts))


@lru_cache(maxsize=2)
def load(*, timed: bool = False) -> World:
    """The world of the package; with `timed`, that of the first part of training, whose details name the time."""
    from ruamel.yaml import YAML

    bank = YAML(typ="safe", pure=True).load((HERE / "world.yaml").read_text("utf-8"))
    if timed:
        for domain in bank["domains"].values():
            domain["details"] = domain["timed_details"]
    return World(bank)
