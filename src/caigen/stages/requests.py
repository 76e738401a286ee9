"""PromptSettings: a conversation, an answer and a principle -> the requests for a critique and for a revision

The request texts are templates with `$name` (stages/templates.py), except in the paper's plain format, which is fixed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import orjson

from caigen.choices import Select as Select
from caigen.choices import Style as Style
from caigen.constitution.format import Constitution, Principle
from caigen.engines.base import Request, Sampling
from caigen.hashing import uniform
from caigen.records import Candidate, Critique, Message, Verdict
from caigen.stages.few_shot import Example
from caigen.stages.templates import Templates, conversation_values, plain_text, principle_values

# a base model goes on with the next part of the format: it stops there
PLAIN_STOPS = ("\n\nHuman:", "\n\nCritiqueRequest:", "\n\nRevisionRequest:")


@dataclass(frozen=True)
class PromptSettings:
    """How critiques and revisions are asked for, the same for every record of a run.

    - `style`: `chat` continues the conversation; `transcript` shows it to a separate critic inside one message; `plain`
      is the paper's text format for base models.
    - `free_text` asks for critiques in prose instead of JSON.
    - `select` and `with_replacement` say how a principle is chosen for each round (`choose_principle`).
    - `follow`: no constitution was named, so a record that was made under another one keeps it.
    - `only` are the ids of the principles to choose from, all if it is empty.
    - `for_real`: the model is not the demo model, so records made under its short principles get the full ones.
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
        """The principles to choose from, in the constitution's order."""
        if not self.only:
            return self.constitution.principles
        return tuple(principle for principle in self.constitution.principles if principle.id in self.only)

    @property
    def structured(self) -> bool:
        """Whether critiques are asked for in JSON."""
        return not self.free_text and self.style != "plain"

    def choose_principle(self, record_id: str, index: int, candidate: Candidate) -> Principle:
        """Choose the principle of a candidate's next round, by a hash; `index` is the candidate's.

        `all` takes them in order; `cycle` too, from a random first one. `random` uses each principle once before any
        comes again, or draws each round on its own (`with_replacement`).
        """
        principles, done = self.principles, len(candidate.rounds)
        count = len(principles)
        if self.select == "all":
            return principles[done % count]
        if self.select == "cycle":
            first = int(uniform(self.seed, record_id, index) * count)
            return principles[(first + done) % count]
        if self.with_replacement:
            return principles[int(uniform(self.seed, record_id, index, done) * count)]
        # the ids used since all principles had their turn the last time; fewer than `count`, so one is always left
        pass_start = done - done % count
        used = {round_.principle.split("@")[0] for round_ in candidate.rounds[pass_start:]}
        unused = (principle for principle in principles if principle.id not in used)
        return min(unused, key=lambda principle: uniform(self.seed, record_id, index, principle.id))

    def critique_request(
        self, prompt: Sequence[Message], answer: str, principle: Principle, sampling: Sampling
    ) -> Request:
        """The request for a critique of `answer` under a principle."""
        if self.style == "plain":
            text = self._plain_conversation(prompt, answer) + _plain_critique_request(principle)
            return Request(text=text, sampling=_with_plain_stops(sampling))
        instruction = self._critique_instruction(principle.critique_request, principle)
        schema = CRITIQUE_SCHEMA if self.structured else None
        if self.style == "transcript":
            messages = [*prompt, Message(role="assistant", content=answer)]
            shown = self.templates.fill("critique_transcript", **conversation_values(messages))
            question = Message(role="user", content=f"{shown}\n\n{instruction}")
            return Request(messages=(*self._chat_examples(), question), sampling=sampling, schema=schema)
        return Request(messages=self._continue_chat(prompt, answer, instruction), sampling=sampling, schema=schema)

    def revision_request(
        self,
        prompt: Sequence[Message],
        answer: str,
        critique: Critique | None,
        principle: Principle,
        *,
        sampling: Sampling,
    ) -> Request:
        """The request for a revision of `answer`; without a critique the principle alone asks for it (paper 3.5)."""
        if self.style == "plain":
            text = self._plain_conversation(prompt, answer)
            if critique:
                text += f"{_plain_critique_request(principle)} {critique.text}"
            text += f"\n\nRevisionRequest: {principle.revision_request}\n\nRevision:"
            return Request(text=text, sampling=_with_plain_stops(sampling))
        instruction = self._revision_instruction(principle.revision_request, principle)
        if critique is None:
            return Request(messages=self._continue_chat(prompt, answer, instruction), sampling=sampling)
        # the critique as the model wrote it, after the request for it, so that all of it is in the prefix cache
        critique_instruction = self._critique_instruction(principle.critique_request, principle)
        messages = (
            *self._continue_chat(prompt, answer, critique_instruction),
            Message(role="assistant", content=critique_json(critique) if self.structured else critique.text),
            Message(role="user", content=instruction),
        )
        return Request(messages=messages, sampling=sampling)

    def _critique_instruction(self, request: str, principle: Principle | None) -> str:
        """The last message that asks for a critique."""
        name = "critique" if self.structured else "critique_plain"
        return self.templates.fill(name, request=request, **principle_values(principle))

    def _revision_instruction(self, request: str, principle: Principle | None) -> str:
        """The last message that asks for a revision."""
        return self.templates.fill("revise", request=request, **principle_values(principle))

    def _continue_chat(self, prompt: Sequence[Message], answer: str, instruction: str) -> tuple[Message, ...]:
        """The conversation with the answer, then the instruction; examples come first, behind the system message."""
        system = tuple(message for message in prompt[:1] if message.role == "system")
        return (
            *system,
            *self._chat_examples(),
            *prompt[len(system) :],
            Message(role="assistant", content=answer),
            Message(role="user", content=instruction),
        )

    def _chat_examples(self) -> list[Message]:
        """The few-shot examples as chat messages, six for each."""
        messages: list[Message] = []
        for example in self.examples:
            critique = critique_json(example) if self.structured else example.critique
            messages += [
                Message(role="user", content=example.prompt),
                Message(role="assistant", content=example.answer),
                Message(role="user", content=self._critique_instruction(example.critique_request, None)),
                Message(role="assistant", content=critique),
                Message(role="user", content=self._revision_instruction(example.revision_request, None)),
                Message(role="assistant", content=example.revision),
            ]
        return messages

    def _plain_conversation(self, prompt: Sequence[Message], answer: str) -> str:
        """The few-shot examples and the conversation with the answer, in the paper's plain format."""
        examples = "".join(map(_plain_example, self.examples))
        return examples + plain_text([*prompt, Message(role="assistant", content=answer)])


def _plain_critique_request(principle: Principle) -> str:
    request = principle.critique_request
    if principle.critique is None:  # the request speaks of a rule, which this format shows nowhere else
        request = f"{principle.rule} {request}"
    return f"\n\nCritiqueRequest: {request}\n\nCritique:"


def _plain_example(example: Example) -> str:
    return (
        f"\n\nHuman: {example.prompt}\n\nAssistant: {example.answer}"
        f"\n\nCritiqueRequest: {example.critique_request}\n\nCritique: {example.critique}"
        f"\n\nRevisionRequest: {example.revision_request}\n\nRevision: {example.revision}"
    )


def _with_plain_stops(sampling: Sampling) -> Sampling:
    return replace(sampling, stop=PLAIN_STOPS)


def _critique_schema(severities: Iterable[tuple[Verdict, int, int]]) -> str:
    """The JSON schema of a critique: one object form for each verdict with its least and greatest severity."""
    forms = []
    for verdict, least, greatest in severities:
        properties = {
            "text": {"type": "string"},
            "quotes": {"type": "array", "items": {"type": "string"}},
            "verdict": {"type": "string", "enum": [verdict]},
            "severity": {"type": "integer", "minimum": least, "maximum": greatest},
        }
        forms.append(
            {
                "type": "object",
                "properties": properties,
                "required": ["text", "quotes", "verdict", "severity"],
                "additionalProperties": False,
            }
        )
    return orjson.dumps({"anyOf": forms}).decode()


# A form for each verdict, so that no severity contradicts it: small models else draw the two independently, and most of
# their critiques cannot be used (docs/LOG.md).
CRITIQUE_SCHEMA = _critique_schema([("violates", 1, 3), ("complies", 0, 0), ("unclear", 0, 0)])


def critique_json(critique: Critique | Example) -> str:
    """A critique as the compact JSON that it was asked for in, so that its tokens are found in the prefix cache."""
    content = {
        "text": critique.critique if isinstance(critique, Example) else critique.text,
        "quotes": list(critique.quotes),
        "verdict": critique.verdict,
        "severity": critique.severity,
    }
    return orjson.dumps(content).decode()
