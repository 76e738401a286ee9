"""Prompts: what a model is shown, made of template texts, a conversation, a principle and a critique.

Templates are `$name` texts beside this module; a user's folder may replace any of them by file name.
Substitution is a single pass, so a `$name` inside somebody's text stays as it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import orjson

from caigen.constitution.format import Constitution, Principle
from caigen.engines.base import Request, Sampling
from caigen.hashing import uniform
from caigen.records import Candidate, Critique, Message, Verdict
from caigen.stages.few_shot import Example
from caigen.stages.templates import Templates, plain_text, shown_conversation, shown_rule

Style = Literal["chat", "transcript", "plain"]


Select = Literal["random", "cycle", "all"]


PLAIN_STOPS = ("\n\nHuman:", "\n\nCritiqueRequest:", "\n\nRevisionRequest:")


@dataclass(frozen=True)
class PromptSettings:
    """How critiques and revisions are asked for, the same for every record of a run.

    `style`: `chat` continues the conversation, `transcript` shows it to a separate critic inside one message,
    `plain` is the paper's text format for base models. `free_text` asks for a critique in prose. With `follow` (no
    constitution was named) a record that was made under another one keeps it. `only` are the ids of the principles to
    draw from, all where it is empty. `for_real` says that the model is no demo model, so that it is asked under the full rules
    where a record was made under the demo model's short ones.
    """

    constitution: Constitution
    templates: Templates
    style: Style = "chat"
    free_text: bool = False
    select: Select = "random"
    with_replacement: bool = False
    examples: tuple[Example, ...] = ()
    seed: int = 0
    follow: bool = False
    only: tuple[str, ...] = ()
    for_real: bool = False

    @property
    def principles(self) -> tuple[Principle, ...]:
        """The principles that rounds draw from, in the constitution's order."""
        rules = self.constitution.principles
        return tuple(rule for rule in rules if rule.id in self.only) if self.only else rules

    @property
    def structured(self) -> bool:
        """Whether critiques are asked for in JSON."""
        return not self.free_text and self.style != "plain"

    def draw(self, record_id: str, place: int, candidate: Candidate) -> Principle:
        """The principle of a candidate's next round (`place` is the candidate's index)."""
        rules, turn = self.principles, len(candidate.rounds)
        if self.select == "all":
            return rules[turn % len(rules)]
        if self.select == "cycle":
            return rules[(int(uniform(self.seed, record_id, place) * len(rules)) + turn) % len(rules)]
        if self.with_replacement:
            return rules[int(uniform(self.seed, record_id, place, turn) * len(rules))]
        used = {done.principle.split("@")[0] for done in candidate.rounds[turn - turn % len(rules) :]}
        fresh = (rule for rule in rules if rule.id not in used)  # never none: a pass has as many turns as rules
        return min(fresh, key=lambda rule: uniform(self.seed, record_id, place, rule.id))

    def critique_request(
        self, prompt: Sequence[Message], answer: str, principle: Principle, sampling: Sampling
    ) -> Request:
        """The request for a critique of an answer under a principle."""
        if self.style == "plain":
            shown = [*self._plain_examples(), plain_text([*prompt, Message(role="assistant", content=answer)])]
            text = "".join(shown) + f"\n\nCritiqueRequest: {principle.critique.request}\n\nCritique:"
            return Request(text=text, sampling=_stopping(sampling))
        asked = self._critique_text(principle)
        schema = CRITIQUE_SCHEMA if self.structured else None
        if self.style == "transcript":
            turns = [*prompt, Message(role="assistant", content=answer)]
            asked = self.templates.fill("critique_transcript", **shown_conversation(turns)) + "\n\n" + asked
            return Request(
                messages=(*self._chat_examples(), Message(role="user", content=asked)), sampling=sampling, schema=schema
            )
        return Request(messages=self._conversation(prompt, answer, asked), sampling=sampling, schema=schema)

    def revision_request(
        self,
        prompt: Sequence[Message],
        answer: str,
        critique: Critique | None,
        principle: Principle,
        sampling: Sampling,
    ) -> Request:
        """The request for a revision; without a critique the rule alone asks for it (paper 3.5)."""
        if self.style == "plain":
            shown = [*self._plain_examples(), plain_text([*prompt, Message(role="assistant", content=answer)])]
            said = f"\n\nCritiqueRequest: {principle.critique.request}\n\nCritique: {critique.text}" if critique else ""
            text = "".join(shown) + said + f"\n\nRevisionRequest: {principle.revision.request}\n\nRevision:"
            return Request(text=text, sampling=_stopping(sampling))
        asked = self.templates.fill("revise", request=principle.revision.request, **shown_rule(principle))
        if critique is None:
            return Request(messages=self._conversation(prompt, answer, asked), sampling=sampling)
        wanted = self._critique_text(principle)
        said = critique_json(critique) if self.structured else critique.text
        turns = (
            *self._conversation(prompt, answer, wanted),
            Message(role="assistant", content=said),
            Message(role="user", content=asked),
        )
        return Request(messages=turns, sampling=sampling)

    def _critique_text(self, principle: Principle) -> str:
        """What asks for a critique under a principle, after the conversation."""
        name = "critique" if self.structured else "critique_plain"
        return self.templates.fill(name, request=principle.critique.request, **shown_rule(principle))

    def _conversation(self, prompt: Sequence[Message], answer: str, asked: str) -> tuple[Message, ...]:
        head = tuple(m for m in prompt[:1] if m.role == "system")
        rest = prompt[len(head) :]
        return (
            *head,
            *self._chat_examples(),
            *rest,
            Message(role="assistant", content=answer),
            Message(role="user", content=asked),
        )

    def _chat_examples(self) -> list[Message]:
        turns = []
        for example in self.examples:
            name = "critique" if self.structured else "critique_plain"
            said = critique_json(example) if self.structured else example.critique
            wanted = self.templates.fill(name, request=example.critique_request, **shown_rule(None))
            asked = self.templates.fill("revise", request=example.revision_request, **shown_rule(None))
            spoken = [example.prompt, example.answer, wanted, said, asked, example.revision]
            turns += [
                Message(role="assistant" if place % 2 else "user", content=text) for place, text in enumerate(spoken)
            ]
        return turns

    def _plain_examples(self) -> list[str]:
        return [
            f"\n\nHuman: {e.prompt}\n\nAssistant: {e.answer}\n\nCritiqueRequest: {e.critique_request}\n\nCritique: {e.critique}"
            f"\n\nRevisionRequest: {e.revision_request}\n\nRevision: {e.revision}"
            for e in self.examples
        ]


# One form for each verdict with the severities that go with it, so that a severity that contradicts its verdict cannot be
# written: small models else draw the two independently, and most of their critiques cannot be used (docs/LOG.md).
_SEVERITIES: dict[Verdict, tuple[int, int]] = {"violates": (1, 3), "complies": (0, 0), "unclear": (0, 0)}


CRITIQUE_SCHEMA = orjson.dumps(
    {
        "anyOf": [
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "quotes": {"type": "array", "items": {"type": "string"}},
                    "verdict": {"type": "string", "enum": [verdict]},
                    "severity": {"type": "integer", "minimum": least, "maximum": most},
                },
                "required": ["text", "quotes", "verdict", "severity"],
                "additionalProperties": False,
            }
            for verdict, (least, most) in _SEVERITIES.items()
        ]
    }
).decode()


def critique_json(critique: Critique | Example) -> str:
    """A critique as the compact JSON in which it was asked for, so that its tokens are found in the prefix cache."""
    text = critique.critique if isinstance(critique, Example) else critique.text
    content = {
        "text": text,
        "quotes": list(critique.quotes),
        "verdict": critique.verdict,
        "severity": critique.severity,
    }
    return orjson.dumps(content).decode()


def _stopping(sampling: Sampling) -> Sampling:
    return replace(sampling, stop=PLAIN_STOPS)
