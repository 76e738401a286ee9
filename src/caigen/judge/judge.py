"""One judge for callers that come and go: an engine with a constitution, asked about texts as they arrive."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from caigen.constitution.load import load
from caigen.engines import device
from caigen.engines.base import Engine, Sampling
from caigen.engines.open import EngineOptions, open_engines
from caigen.errors import CaigenError, RequestError
from caigen.io.rows import content_id
from caigen.judge.rollouts import Text, Unread
from caigen.records import Comparison, Message, Record, Score
from caigen.stages.label import LabelSettings, Question
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import adapt_to_demo_model, with_matching_templates
from caigen.stages.score import ScoreSettings, score_text
from caigen.stages.templates import Templates
from caigen.text import reasoning
from caigen.text.versions import Version

Prompt = str | Sequence[Message]
PARTING = 1.0  # seconds for requests to end that were given up
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judge:
    """Scores and compares texts by an engine under a brief, as `caigen score` and `caigen label` do. `open_judge` makes one."""

    engine: Engine
    prompt_settings: PromptSettings
    scoring: ScoreSettings = field(default_factory=ScoreSettings)
    labelling: LabelSettings = field(default_factory=LabelSettings)

    async def score(self, prompt: Prompt, text: str, *, id: str | None = None) -> Score:
        """How far a text breaks the rules. With the `id` of its record a judge that is sampled is asked with the same seeds
        as off line.

        Raises RequestError, EngineError.
        """
        whole = Version(0, 0, answer_of(text))
        return await score_text(_record(prompt, id), whole, self.engine, self.prompt_settings, settings=self.scoring)

    async def read(self, texts: Sequence[Text | Unread], *, timeout: float | None = None) -> list[Score | Unread]:
        """A score with a reward for each text, or why there is none; all are asked at once.

        What is not read after `timeout` seconds is given up (`timeout`). Raises EngineError when the engine has stopped.
        """
        tasks = [asyncio.create_task(self._one(text)) for text in texts]
        if not tasks:
            return []
        late = set(tasks)
        try:
            done, late = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:  # the deadline, an engine that stopped, or a caller that went away
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=PARTING)
        given_up = Unread("timeout", f"not read within {timeout or 0:g} seconds")
        return [given_up if task in late else task.result() for task in tasks]

    async def compare(self, prompt: Prompt, a: str, b: str, principle: str) -> Comparison:
        """Which of two texts follows a principle better.

        Raises CaigenError for two equal texts, ConstitutionError for a principle that there is not, RequestError, EngineError.
        """
        if a.strip() == b.strip():
            raise CaigenError('"a" and "b" are the same text: there is nothing to compare')
        rule = self.prompt_settings.constitution.find(principle)
        texts = Version(0, 0, answer_of(a)), Version(1, 0, answer_of(b))
        return await Question(_record(prompt), *texts, rule, self.engine, self.prompt_settings, self.labelling).ask()

    async def _one(self, text: Text | Unread) -> Score | Unread:
        if isinstance(text, Unread):
            return text
        try:
            score = await self.score(text.prompt, text.answer, id=text.id)
        except RequestError as error:
            return Unread(error.kind, str(error))
        if score.reward is None:
            return Unread("unread", f"the judge's answer could not be read for {', '.join(score.unread)}", score)
        return score


async def open_judge(
    stack: AsyncExitStack,
    engines: EngineOptions,
    *,
    constitution: str | Path = "general",
    principles: Sequence[str] = (),
    sampling: Sampling | None = None,
    wait: float | None = None,
) -> Judge:
    """Load or connect; `stack` closes the engine. `principles` are the ids of those to ask about, all where it is empty.
    Of `sampling` is taken whether the judge thinks first.

    Where another process holds the device, that is said on stderr at once; after `wait` seconds it is an EngineError.
    Raises CaigenError.
    """
    rules = load(constitution)
    prompt_settings = PromptSettings(constitution=rules, templates=Templates.load())
    prompt_settings = with_matching_templates(
        replace(prompt_settings, only=tuple(rules.find(ref).id for ref in principles))
    )
    prompt_settings = adapt_to_demo_model(prompt_settings) if engines.all_demo else prompt_settings
    if engines.local:
        await device.hold(stack, _say_waiting, limit=wait)
    opened = await open_engines(engines, None, stack, None)
    thinks = sampling or Sampling()
    return Judge(opened.policy, prompt_settings, ScoreSettings(sampling=thinks), LabelSettings(sampling=thinks))


def _say_waiting(lock: Path) -> None:
    log.warning(
        "waiting: another caigen process has the device (%s); where several processes need the judge, "
        "run `caigen serve` or `vllm serve` once and give each endpoint=URL",
        lock,
    )


def answer_of(text: str) -> str:
    """A text without the thought before it, which no judge reads.

    Raises RequestError `truncated` where it is a thought that never ended.
    """
    answer, thought = reasoning.split_thought(text)
    if thought is not None and not answer:
        raise RequestError("truncated", "the text is a thought that never ended, without an answer")
    return answer


def _record(prompt: Prompt, id: str | None = None) -> Record:
    turns = (Message(role="user", content=prompt),) if isinstance(prompt, str) else tuple(prompt)
    return Record(id=id or content_id(turns, None), prompt=turns)
