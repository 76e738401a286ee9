"""The demo model's world: scenes, answers with planted flaws, what is true of them, and the checker.

The sentence bank is `world.yaml`. The same bank writes the training corpus and compiles the checker,
so what the checker says of a text is known, not judged.
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
BAD, GOOD, MISSING = 0.36, 0.24, 0.32  # planted: broken, kept in so many words, duty left out
Kind = Literal["opener", "core", "detail", "bad", "good"]


@dataclass(frozen=True)
class Scene:
    """One filled prompt: who asks for whom about what, and when."""

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
    """One sentence of an answer; `principle` is set where it breaks or keeps a rule."""

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
    """The bank of `world.yaml` with everything that follows from it."""

    def __init__(self, bank: dict[str, Any]) -> None:
        self.people: list[str] = list(bank["people"])
        self.times: list[str] = list(bank["times"])
        self.domains: dict[str, Any] = bank["domains"]

    @cached_property
    def rules(self) -> dict[str, dict[str, Any]]:
        """All planted principles by id."""
        return {key: rule for domain in self.domains.values() for key, rule in domain["principles"].items()}

    def principles(self, domain: str) -> list[str]:
        """Ids of the principles that answers of this domain may break."""
        return list(self.domains[domain]["principles"])

    def held_out(self, topic: str, principle: str) -> bool:
        """Whether training never shows this principle at work on this topic."""
        return uniform("pair", topic, principle) < HELD_OUT_PAIRS

    def scene(self, rng: random.Random, *, domain: str | None = None, seen: bool | None = None) -> Scene:
        """A random scene; `seen` restricts it to trained or to held-out slot combinations."""
        while True:
            name = domain or rng.choice(list(self.domains))
            bank = self.domains[name]
            template = rng.randrange(len(bank["prompts"]))
            found = Scene(name, rng.choice(bank["topics"]), template, rng.choice(self.people), rng.choice(self.times))
            if seen is None or found.seen == seen:
                return found

    def prompt(self, scene: Scene) -> str:
        """The user's message."""
        text: str = self.domains[scene.domain]["prompts"][scene.template]
        return text.format(t=scene.topic, w=scene.person, d=scene.time)

    def plan(
        self, scene: Scene, rng: random.Random, *, bad: float = BAD, missing: float = MISSING, trained: bool = True
    ) -> list[Sentence]:
        """A random answer as a list of sentences; with `trained` the held-out pairs never occur in it."""
        bank = self.domains[scene.domain]
        duties, body = [], []
        for key, rule in bank["principles"].items():
            if trained and self.held_out(scene.topic, key):
                continue
            draw = rng.random()
            if rule.get("omission"):
                if draw >= missing:
                    duties.append(Sentence("good", rng.randrange(len(rule["good"])), key))
            elif draw < bad + GOOD:
                body.append(Sentence("bad" if draw < bad else "good", rng.randrange(len(rule["bad"])), key))
        head = [
            Sentence("opener", rng.randrange(len(bank["openers"]))),
            Sentence("core", rng.randrange(len(bank["cores"]))),
        ]
        tail = [Sentence("detail", rng.randrange(len(bank["details"])))] if rng.random() < 0.5 else []
        return head + body + tail + duties

    def slots(self, scene: Scene) -> tuple[str, str]:
        """Topic and person as they stand in an answer."""
        return scene.topic, scene.person.replace("my ", "your ")

    def say(self, scene: Scene, sentence: Sentence) -> str:
        """The sentence in words."""
        bank = self.domains[scene.domain]
        lines = self.rules[sentence.principle][sentence.kind] if sentence.principle else bank[f"{sentence.kind}s"]
        text: str = lines[sentence.index]
        topic, person = self.slots(scene)
        return text.format(t=topic, w=person, d=scene.time)

    def text(self, scene: Scene, plan: list[Sentence]) -> str:
        """The answer in words."""
        return " ".join(self.say(scene, sentence) for sentence in plan)

    def finding(self, scene: Scene, plan: list[Sentence], principle: str) -> Finding:
        """The true critique of the answer under a principle; one of no concern here is followed."""
        rule = self.rules.get(principle)
        if rule is None or principle not in self.domains[scene.domain]["principles"]:
            return Finding(False, "kept, because nothing in the answer goes against it.", None, 0)
        broken = [s for s in plan if s.principle == principle and s.kind == "bad"]
        absent = bool(rule.get("omission")) and not any(s.principle == principle for s in plan)
        if not broken and not absent:
            return Finding(False, f"kept, because {rule['ok']}.", None, 0)
        text = f"broken, because {rule['reason']}. Fix: {rule['fix']}."
        quote = self.say(scene, broken[0]) if broken else None
        return Finding(True, text, quote, broken[0].index + 1 if broken else 1)

    def revised(self, plan: list[Sentence], principle: str, rng: random.Random) -> list[Sentence]:
        """The answer with this principle's flaw put right and every other sentence as it was."""
        fixed = [replace(s, kind="good") if s.principle == principle and s.kind == "bad" else s for s in plan]
        rule = self.rules[principle]
        if rule.get("omission") and not any(s.principle == principle for s in plan):
            fixed.append(Sentence("good", rng.randrange(len(rule["good"])), principle))
        return fixed

    @cached_property
    def _patterns(self) -> dict[str, list[tuple[re.Pattern[str], Sentence]]]:
        people = "|".join(re.escape(person.replace("my ", "your ")) for person in self.people)
        compiled = {}
        for name, bank in self.domains.items():
            topics = "|".join(map(re.escape, bank["topics"]))
            slots = {"t": f"(?:{topics})", "w": f"(?:{people})"}
            known = [
                (line, Sentence(kind, i))
                for kind in ("opener", "core", "detail")
                for i, line in enumerate(bank[f"{kind}s"])
            ]
            for key, rule in bank["principles"].items():
                known += [(line, Sentence("bad", i, key)) for i, line in enumerate(rule.get("bad", []))]
                known += [(line, Sentence("good", i, key)) for i, line in enumerate(rule["good"])]
            compiled[name] = [(re.compile(_pattern(line, slots)), sentence) for line, sentence in known]
        return compiled

    def read(self, domain: str, text: str) -> list[Sentence | None]:
        """The sentences of a text; None for one that is not in the bank."""
        return [self._read_one(domain, line) for line in sentences(text)]

    def _read_one(self, domain: str, line: str) -> Sentence | None:
        return next((sentence for pattern, sentence in self._patterns[domain] if pattern.fullmatch(line)), None)

    def flaws(self, domain: str, text: str) -> set[str]:
        """Ids of the principles that a text breaks."""
        found = [s for s in self.read(domain, text) if s and s.principle]
        broken = {s.principle for s in found if s.kind == "bad" and s.principle}
        kept = {s.principle for s in found}
        duties = {key for key in self.principles(domain) if self.rules[key].get("omission")}
        return broken | (duties - kept)


def sentences(text: str) -> list[str]:
    """A text cut after full stops, question and exclamation marks."""
    return [part for part in re.split(r"(?<=[.!?])\s+", text.strip()) if part]


def _pattern(line: str, slots: dict[str, str]) -> str:
    parts = re.split(r"\{(\w)\}", line)
    return "".join(
        slots[part] if odd else re.escape(part) for odd, part in zip([0, 1] * len(parts), parts, strict=False)
    )


@lru_cache(maxsize=2)
def load(*, timed: bool = False) -> World:
    """The world of the package; `timed` is that of the first part of training, whose details name the time."""
    from ruamel.yaml import YAML

    bank = YAML(typ="safe", pure=True).load((HERE / "world.yaml").read_text("utf-8"))
    for domain in bank["domains"].values() if timed else ():
        domain["details"] = domain["timed_details"]
    return World(bank)
