"""Rewards while a model is trained: a constitution as the reward function of TRL, verl and OpenRLHF.

The judge is asked in a thread of its own, so that trainers may call from any thread, with or without an event loop.
"""

import asyncio
import json
import os
import re
import threading
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from caigen.engines.open import EngineOptions
from caigen.errors import RequestError
from caigen.judge import Judge, Prompt, messages_of, open_judge
from caigen.records import Score

Result = TypeVar("Result")
CONTROL = re.compile(r"<\|[^|>]{1,40}\|>|</?s>")  # marks of chat templates in texts that a trainer gives as rendered


class ConstitutionReward:
    """A reward in [0, 1] for each completion: 1 less the weighted probability that it breaks the principles.

    As a TRL reward function it takes `prompts` and `completions`, texts or messages, and gives None where the judge's answer
    could not be read. Without `model` and `endpoint` the judge is the demo model. The engine is loaded with the first call.

    Raises CaigenError where the constitution or the engine cannot be opened, EngineError when the engine has stopped.
    """

    __name__ = "constitution_reward"

    def __init__(
        self,
        constitution: str | Path = "general",
        *,
        model: str | None = None,
        endpoint: str | None = None,
        principles: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.constitution, self.principles = constitution, principles
        self.engines = EngineOptions(model=model, endpoint=endpoint, **options)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._judge: Judge | None = None
        self._stack = AsyncExitStack()
        self._opening = threading.Lock()

    def scores(self, prompts: Sequence[Any], texts: Sequence[str]) -> list[Score | None]:
        """The judge's reading of each text, all asked at once; None where a request failed for its own reasons (too long).

        Raises CaigenError.
        """
        return self._run(self._scores(prompts, texts))

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """TRL's call. With `log_metric` among the columns the mean of each principle's probability is logged."""
        found = self.scores(prompts, [_said(completion) for completion in completions])
        log = columns.get("log_metric")
        if log:
            for rule, mean in _means(found).items():
                log(f"violates/{rule}", mean)
        return [score.reward if score else None for score in found]

    async def rewards(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """The same for a trainer that awaits its reward functions."""
        return await asyncio.to_thread(self, prompts, completions, **columns)

    def compute_score(
        self, data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **more: Any
    ) -> dict[str, Any]:
        """verl's call; the prompt is in `extra_info`, as `export-prompts --to verl` puts it there.

        Raises CaigenError where it is not.
        """
        told = (extra_info or {}).get("prompt")
        prompt = json.loads(told) if isinstance(told, str) and told.startswith("[") else told
        (score,) = self.scores([messages_of(prompt)], [solution_str])
        reward = score.reward if score else None
        return {"score": float("nan") if reward is None else reward, **(score.violates if score else {})}

    def reward_func(self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **more: Any) -> Any:
        """OpenRLHF's call: whole texts, their prompts as rendered, and labels; gives tensors."""
        import torch

        found = self.scores(*split_queries(queries, prompts))
        rewards = torch.tensor(
            [float("nan") if score is None or score.reward is None else score.reward for score in found]
        )
        return {
            "rewards": rewards,
            "scores": rewards,
            "extra_logs": {f"violates/{k}": v for k, v in _means(found).items()},
        }

    def close(self) -> None:
        """Let go of the engine."""
        loop, self._loop = self._loop, None
        if loop is not None:
            asyncio.run_coroutine_threadsafe(self._stack.aclose(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
            self._judge, self._stack = None, AsyncExitStack()

    async def _scores(self, prompts: Sequence[Any], texts: Sequence[str]) -> list[Score | None]:
        if self._judge is None:
            self._judge = await open_judge(
                self._stack, self.engines, constitution=self.constitution, principles=self.principles
            )
        judge = self._judge

        async def one(prompt: Prompt, text: str) -> Score | None:
            try:
                return await judge.score(messages_of(prompt), text)
            except RequestError:
                return None  # TRL: not applicable

        return list(await asyncio.gather(*map(one, prompts, texts)))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        with self._opening:  # one batch at a time; inside a batch all are asked at once
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = threading.Thread(target=self._loop.run_forever, name="caigen-reward", daemon=True)
                self._thread.start()
            return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def split_queries(queries: Sequence[str], prompts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Prompts and answers of texts that hold both, the marks of the chat template taken away."""
    told, said = [], []
    for query, prompt in zip(queries, prompts, strict=True):
        told.append(CONTROL.sub("\n", prompt).strip())
        said.append(CONTROL.sub("", query.removeprefix(prompt)).strip())
    return told, said


@cache
def from_environment() -> ConstitutionReward:
    """The reward that `CAIGEN_CONSTITUTION`, `CAIGEN_MODEL` and `CAIGEN_ENDPOINT` describe, for trainers that take a function
    by its name: `caigen.rewards.compute_score` (verl), `caigen.rewards.reward_func` (OpenRLHF).
    """
    return ConstitutionReward(
        os.environ.get("CAIGEN_CONSTITUTION", "general"),
        model=os.environ.get("CAIGEN_MODEL"),
        endpoint=os.environ.get("CAIGEN_ENDPOINT"),
        api_key=os.environ.get("CAIGEN_API_KEY"),
    )


def compute_score(
    data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **more: Any
) -> dict[str, Any]:
    """verl's `custom_reward_function`."""
    return from_environment().compute_score(data_source, solution_str, ground_truth, extra_info, **more)


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **more: Any) -> Any:
    """OpenRLHF's reward function in a file."""
    return from_environment().reward_func(queries, prompts, labels, **more)


def _said(completion: Any) -> str:
    return completion if isinstance(completion, str) else str(completion[-1]["content"])


def _means(found: Sequence[Score | None]) -> dict[str, float]:
    told: dict[str, list[float]] = {}
    for score in found:
        for rule, p in score.violates.items() if score else ():
            told.setdefault(rule, []).append(p)
    return {rule: sum(row) / len(row) for rule, row in told.items()}
