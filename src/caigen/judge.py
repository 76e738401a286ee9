"""One judge for callers that come and go: an engine with a constitution, asked about texts as they arrive."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from caigen import reasoning
from caigen.constitution.model import load
from caigen.engines.base import Engine
from caigen.engines.open import EngineOptions, open_engines
from caigen.errors import CaigenError, RequestError
from caigen.pairs import Address
from caigen.records import Comparison, Message, Record, Score
from caigen.shapes import content_id
from caigen.stages.label import LabelSettings, Question
from caigen.stages.prompts import Brief, Templates
from caigen.stages.score import ScoreSettings, score_text

Prompt = str | Sequence[Message]


@dataclass(frozen=True)
class Judge:
    """Scores and compares texts by an engine under a brief, as `caigen score` and `caigen label` do. `open_judge` makes one."""

    engine: Engine
    brief: Brief
    scoring: ScoreSettings = field(default_factory=ScoreSettings)
    labelling: LabelSettings = field(default_factory=LabelSettings)

    async def score(self, prompt: Prompt, text: str) -> Score:
        """How far a text breaks the rules.

        Raises RequestError, EngineError.
        """
        return await score_text(_record(prompt), Address(0, 0, answer_of(text)), self.engine, self.brief, self.scoring)

    async def compare(self, prompt: Prompt, a: str, b: str, principle: str) -> Comparison:
        """Which of two texts follows a principle better.

        Raises ConstitutionError for a principle that there is not, RequestError, EngineError.
        """
        rule = self.brief.constitution.find(principle)
        texts = Address(0, 0, answer_of(a)), Address(1, 0, answer_of(b))
        return await Question(_record(prompt), *texts, rule, self.engine, self.brief, self.labelling).settle()


async def open_judge(
    stack: AsyncExitStack,
    engines: EngineOptions,
    *,
    constitution: str | Path = "general",
    principles: Sequence[str] = (),
) -> Judge:
    """Load or connect; `stack` closes the engine. `principles` are the ids of those to ask about, all where it is empty.

    Raises CaigenError.
    """
    rules = load(constitution)
    brief = Brief(constitution=rules, templates=Templates.load())
    brief = replace(brief, only=tuple(rules.find(ref).id for ref in principles))
    opened = await open_engines(engines, None, stack, lambda path: None)
    return Judge(opened.policy, brief)


def answer_of(text: str) -> str:
    """A text without the thought before it, which no judge reads.

    Raises RequestError `truncated` where it is a thought that never ended.
    """
    answer, thought = reasoning.apart(text)
    if thought is not None and not answer:
        raise RequestError("truncated", "the text is a thought that never ended, without an answer")
    return answer


def messages_of(told: Any) -> Prompt:
    """A prompt from JSON: a text, or messages.

    Raises CaigenError.
    """
    if isinstance(told, str) and told.strip():
        return told
    try:
        found = tuple(Message.model_validate(turn) for turn in told)
    except (TypeError, ValueError) as error:
        raise CaigenError("a prompt is a text or a list of messages with role and content") from error
    if not found:
        raise CaigenError("the prompt is empty")
    return found


def _record(prompt: Prompt) -> Record:
    turns = (Message(role="user", content=prompt),) if isinstance(prompt, str) else tuple(prompt)
    return Record(id=content_id(turns, None), prompt=turns)
