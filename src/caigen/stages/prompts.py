"""Prompts: what a model is shown, made of template texts, a conversation, a principle and a critique.

Templates are `$name` texts beside this module; a user's folder may replace any of them by file name.
Substitution is a single pass, so a `$name` inside somebody's text stays as it is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from string import Template
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from caigen.constitution.model import Constitution, Principle
from caigen.draws import share
from caigen.engines.base import Request, Sampling
from caigen.errors import CaigenError, ConstitutionError
from caigen.records import Candidate, Critique, Message, Verdict
from caigen.stages.quoting import code_of, quoted

HERE = Path(__file__).parent / "templates"
DEMO = Path(__file__).parents[1] / "demo" / "templates"  # the terse texts that the demo model was trained on
Style = Literal["chat", "transcript", "plain"]
Select = Literal["random", "cycle", "all"]
PLAIN_STOPS = ("\n\nHuman:", "\n\nCritiqueRequest:", "\n\nRevisionRequest:")
PLAIN_SPOKEN = {"system": "", "user": "Human: ", "assistant": "Assistant: "}
SPOKEN = {"system": "System", "user": "User", "assistant": "Assistant"}


@dataclass(frozen=True)
class Templates:
    """The template texts of one run, by name; `own` where a user's folder replaced some, so that nothing else takes their place."""

    texts: dict[str, str]
    own: bool = field(default=False, compare=False)

    @classmethod
    def load(cls, folder: Path | None = None, *, demo: bool = False) -> "Templates":
        """The shipped texts (`demo`: those of the demo model), those of `folder` in their place where it has a file of
        that name.

        Raises CaigenError for a file that replaces nothing, or is not a readable text.
        """
        texts, replaced = _shipped(DEMO if demo else HERE).copy(), False
        for path in sorted(folder.glob("*.txt")) if folder else []:
            if path.stem not in texts:
                raise CaigenError(f"{path}: replaces no template; the names are {', '.join(texts)}")
            try:
                texts[path.stem], replaced = path.read_text("utf-8").rstrip("\n"), True
            except (OSError, UnicodeDecodeError) as error:
                raise CaigenError(f"{path}: cannot be read: {error}") from error
        if folder and not folder.is_dir():
            raise CaigenError(f"{folder}: not a folder of templates")
        return cls(texts, own=replaced)

    @property
    def sha256(self) -> str:
        """Hash over all texts, for the provenance."""
        joined = "\0".join(f"{name}\0{self.texts[name]}" for name in sorted(self.texts))
        return hashlib.sha256(joined.encode()).hexdigest()

    def fill(self, name: str, /, **values: str) -> str:
        """One template with its names filled in.

        Raises CaigenError when the template uses a name that this step does not offer.
        """
        try:
            return Template(self.texts[name]).substitute(values)
        except (KeyError, ValueError) as error:
            raise CaigenError(
                f"template {name}.txt: {error}; it may use {', '.join('$' + v for v in values)}"
            ) from error


@cache
def _shipped(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text("utf-8").rstrip("\n") for path in sorted(folder.glob("*.txt"))}


def transcript(messages: Sequence[Message]) -> str:
    """A conversation as plain lines, one speaker a paragraph."""
    return "\n\n".join(f"{SPOKEN[m.role]}: {m.content}" for m in messages)


def plain_text(messages: Sequence[Message]) -> str:
    """A conversation in the paper's plain format (paper 3.1): `Human:` and `Assistant:` paragraphs."""
    return "".join(f"\n\n{PLAIN_SPOKEN[m.role]}{m.content}" for m in messages)


class Example(BaseModel):
    """One few-shot example of a whole step; shown before critiques and revisions, never before a first answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    answer: str
    critique_request: str
    critique: str
    revision_request: str
    revision: str
    verdict: Verdict = "violates"
    severity: int = 1
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Brief:
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
            return rules[(int(share(self.seed, record_id, place) * len(rules)) + turn) % len(rules)]
        if self.with_replacement:
            return rules[int(share(self.seed, record_id, place, turn) * len(rules))]
        used = {done.principle.split("@")[0] for done in candidate.rounds[turn - turn % len(rules) :]}
        fresh = (rule for rule in rules if rule.id not in used)  # never none: a pass has as many turns as rules
        return min(fresh, key=lambda rule: share(self.seed, record_id, place, rule.id))

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


def load_examples(path: Path) -> tuple[Example, ...]:
    """Few-shot examples from a JSON list.

    Raises ConstitutionError naming the entry that is not one.
    """
    try:
        entries = orjson.loads(path.read_bytes())
        return tuple(Example.model_validate(entry) for entry in entries)
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise ConstitutionError(f"{path}: not a JSON list of few-shot examples: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise ConstitutionError(
            f"{path}: few-shot example: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}"
        ) from error


def _stopping(sampling: Sampling) -> Sampling:
    return replace(sampling, stop=PLAIN_STOPS)


def shown_rule(principle: Principle | None) -> dict[str, str]:
    """What the templates of critiques and revisions may say of a principle: `rule`, and `marked_rule`, the rule between marks
    with an empty line after it. Both are empty where there is no rule, as in few-shot examples and imported requests.
    """
    if principle is None or principle.kind != "rule":
        return {"rule": "", "marked_rule": ""}
    return {"rule": principle.text, "marked_rule": f"<rule>\n{principle.title}: {principle.text}\n</rule>\n\n"}


def shown_conversation(messages: Sequence[Message], *texts: str) -> dict[str, str]:
    """A conversation in the two forms that templates may use: `transcript` in plain lines, `conversation` between marks with
    a `code`. `texts` are further texts that go between marks of the same code.
    """
    code = code_of(*(turn.content for turn in messages), *texts)
    return {"transcript": transcript(messages), "conversation": quoted(messages, code), "code": code}


def compare_prompt(
    templates: Templates, prompt: Sequence[Message], a: str, b: str, rule: str, *, name: str = "compare"
) -> str:
    """The A/B question of stage two (paper 4.1), by default for the letter alone."""
    return templates.fill(name, **shown_conversation(prompt, a, b), rule=rule, a=a, b=b)


def verdict_prompt(templates: Templates, prompt: Sequence[Message], answer: str, rule: str) -> str:
    """The single-text question: does the last answer break the rule?"""
    return templates.fill("verdict", **_shown_answer(prompt, answer), rule=rule)


def rating_prompt(templates: Templates, prompt: Sequence[Message], answer: str, rule: str, top: int) -> str:
    """The single-text question with a scale: how well does the last answer follow the rule, from 1 to `top`?"""
    return templates.fill("rating", **_shown_answer(prompt, answer), rule=rule, top=str(top))


def _shown_answer(prompt: Sequence[Message], answer: str) -> dict[str, str]:
    """A conversation and its last answer; the plain `transcript` holds the answer as its last turn."""
    whole = transcript([*prompt, Message(role="assistant", content=answer)])
    return {**shown_conversation(prompt, answer), "transcript": whole, "answer": answer}
