"""One judge for many callers: an engine with a constitution that scores and compares texts as they arrive."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass, field
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
Turn = Callable[[], AbstractAsyncContextManager[None]]  # makes the context in which one text is asked about
MAX_AT_ONCE = 1024  # texts of one call; more than any engine has room for
CANCEL_SECONDS = 1.0  # for cancelled requests to end
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Judge:
    """Scores and compares texts as `caigen score` and `caigen label` do. `open_judge` makes one."""

    engine: Engine
    prompt_settings: PromptSettings
    scoring: ScoreSettings = field(default_factory=ScoreSettings)
    labelling: LabelSettings = field(default_factory=LabelSettings)

    async def score(self, prompt: Prompt, text: str, *, id: str | None = None) -> Score:
        """The probability of each principle that the text violates it, and the reward.

        With the record's `id`, a judge that samples its answers gets the same seeds as in `caigen score`.
        Raises RequestError, EngineError.
        """
        # candidate 0, round 0: the place that the text of a record without rounds has, which decides the seeds
        version = Version(0, 0, answer_of(text))
        return await score_text(_record(prompt, id), version, self.engine, self.prompt_settings, settings=self.scoring)

    async def read(
        self, texts: Sequence[Text | Unread], *, timeout: float | None = None, turn: Turn = nullcontext
    ) -> list[Score | Unread]:
        """A score with a reward for each text, or why there is none; up to MAX_AT_ONCE are asked at once, each within a
        `turn()`.

        A text that is not read within `timeout` seconds is cancelled (reason `timeout`). Raises EngineError when the
        engine has stopped.
        """
        readings: list[Score | Unread | None] = [None] * len(texts)
        numbered = iter(enumerate(texts))

        async def work() -> None:
            for index, text in numbered:  # shared by all workers: each takes the next text
                readings[index] = await self._read_text(text, turn)

        # a task for each of thousands of texts would keep everybody waiting while they are made
        tasks = [asyncio.create_task(work()) for _ in range(min(len(texts), MAX_AT_ONCE))]
        if not tasks:
            return []
        pending = set(tasks)
        try:
            done, pending = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()  # raises what ended the wait early
        finally:  # the timeout, an engine that stopped, or a caller that went away
            for task in pending:
                task.cancel()
            if pending:
                await asyncio.wait(pending, timeout=CANCEL_SECONDS)
        late = Unread("timeout", f"not read within {timeout or 0:g} seconds")
        return [late if reading is None else reading for reading in readings]

    async def compare(self, prompt: Prompt, a: str, b: str, principle: str) -> Comparison:
        """Which of two texts follows a principle better.

        Raises CaigenError for two equal texts, ConstitutionError for an unknown principle, RequestError, EngineError.
        """
        if a.strip() == b.strip():
            raise CaigenError('"a" and "b" are the same text: there is nothing to compare')
        named = self.prompt_settings.constitution.find(principle)
        first, second = Version(0, 0, answer_of(a)), Version(1, 0, answer_of(b))
        question = Question(_record(prompt), first, second, named, self.engine, self.prompt_settings, self.labelling)
        return await question.ask()

    async def _read_text(self, text: Text | Unread, turn: Turn) -> Score | Unread:
        """The score of one text; a request that failed, or an answer that could not be read, makes it `Unread`."""
        if isinstance(text, Unread):
            return text
        try:
            async with turn():
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
    """Load a model or connect to a server; `stack` closes it.

    `principles` are the ids of those that the judge asks about, empty for all. `sampling` says whether the judge thinks
    before it answers; its other fields are not used. If another process holds the device, a warning is logged at once,
    and after `wait` seconds EngineError is raised.
    Raises CaigenError.
    """
    loaded = load(constitution)
    ids = tuple(loaded.find(principle).id for principle in principles)
    prompt_settings = with_matching_templates(PromptSettings(constitution=loaded, templates=Templates.load(), only=ids))
    if engines.all_demo:
        prompt_settings = adapt_to_demo_model(prompt_settings)
    # a server shares its device among clients; a local engine needs it alone
    if engines.local:
        await device.hold(stack, _warn_waiting, limit=wait)
    opened = await open_engines(engines, None, stack, None)
    thinks = sampling or Sampling()
    return Judge(opened["judge"], prompt_settings, ScoreSettings(sampling=thinks), LabelSettings(sampling=thinks))


def _warn_waiting(lock: Path) -> None:
    log.warning(
        "waiting: another caigen process has the device (%s); where several processes need the judge, "
        "run `caigen serve` or `vllm serve` once and give each endpoint=URL",
        lock,
    )


def answer_of(text: str) -> str:
    """A text without the thought before it, which a judge never reads.

    Raises RequestError `truncated` for a thought that never ended.
    """
    answer, thought = reasoning.split_thought(text)
    if thought is not None and not answer:
        raise RequestError("truncated", "the text is a thought that never ended, without an answer")
    return answer


def _record(prompt: Prompt, id: str | None = None) -> Record:
    """A record of a prompt alone; without an id it gets the id of its content."""
    messages = (Message(role="user", content=prompt),) if isinstance(prompt, str) else tuple(prompt)
    return Record(id=id or content_id(messages, None), prompt=messages)
