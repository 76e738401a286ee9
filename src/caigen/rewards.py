"""Rewards while a model is trained: a constitution as the reward function of TRL, verl and OpenRLHF (docs/rewards.md).

The judge is asked in a thread of its own, so that trainers may call from any thread, with or without an event loop.
"""

import asyncio
import logging
import os
import threading
from collections import Counter
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, TypeVar

from caigen.engines.base import Sampling, Think
from caigen.engines.open import EngineOptions
from caigen.errors import CaigenError, EngineError
from caigen.judge.judge import Judge, open_judge
from caigen.judge.queries import Queries, open_queries
from caigen.judge.rollouts import Text, Unread, answer_of, prompt_in, text_of
from caigen.judge.unread import Policy, Substitute, policy_of, violates_of
from caigen.records import Score

Result = TypeVar("Result")
TIMEOUT = 600.0  # seconds of one call
WAIT = 30.0  # seconds for a device that another process has
log = logging.getLogger(__name__)


class ConstitutionReward:
    """A reward in [0, 1] for each completion: 1 less the weighted probability that it breaks the principles.

    As a TRL reward function it takes `prompts` and `completions`, texts or messages, and gives None for a text that has no
    reward: the judge could not be read, or not within `timeout` seconds of the call, or there is nothing to judge. `counts`
    says how often, by reason. verl and OpenRLHF need a number: `unread` says which (`caigen.judge.unread`), for TRL too; without it
    `compute_score` gives NaN and `reward_func` raises.

    Without `model` and `endpoint` the judge is the demo model. The engine is loaded with the first call; another process
    that has the device is waited for `wait` seconds. Calls from many threads share the judge; `concurrency`, among
    `options`, bounds the requests of all of them. `think` and `think_tokens` are those of `caigen score`.

    Raises CaigenError where the constitution, the prompts or the engine cannot be opened, EngineError when the engine has
    stopped.
    """

    __name__ = "constitution_reward"

    def __init__(
        self,
        constitution: str | Path = "general",
        *,
        model: str | None = None,
        endpoint: str | None = None,
        principles: Sequence[str] = (),
        prompts: str | Path | None = None,
        policy_tokenizer: str | None = None,
        unread: Policy | None = None,
        think: Think = "auto",
        think_tokens: int = Sampling.think_tokens,
        timeout: float | None = TIMEOUT,
        wait: float | None = WAIT,
        **options: Any,
    ) -> None:
        self.constitution, self.principles = constitution, principles
        self.engines = EngineOptions(model=model, endpoint=endpoint, **options)
        self.timeout, self.wait = timeout, wait
        self.sampling = Sampling(think=_think(think), think_tokens=think_tokens)
        self.counts: Counter[str] = Counter()
        self._queries: Queries = open_queries(prompts, policy_tokenizer)
        self._for_trl = None if unread is None else Substitute(unread)
        self._for_verl = Substitute("nan" if unread is None else unread)
        self._for_openrlhf = Substitute("raise" if unread in (None, "nan") else unread)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._judge: Judge | None = None
        self._stack = AsyncExitStack()
        self._starting = threading.Lock()

    def scores(self, prompts: Sequence[Any], texts: Sequence[str]) -> list[Score | None]:
        """The judge's reading of each text, all asked at once; None for a text that was not read at all.

        Raises CaigenError.
        """
        found = self._read([text_of(prompt, text) for prompt, text in zip(prompts, texts, strict=True)])
        return [one.score if isinstance(one, Unread) else one for one in found]

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """TRL's call. With `log_metric` among the columns the mean of each principle's probability is logged, and the
        share of texts without a reward.
        """
        ids = columns.get("id") or [None] * len(prompts)
        rows = zip(prompts, completions, ids, strict=True)
        texts = [text_of(prompt, answer_of(said), id=name) for prompt, said, name in rows]
        found = self._read(texts)
        log_metric = columns.get("log_metric")
        if log_metric:
            for principle, mean in _means(found).items():
                log_metric(f"violates/{principle}", mean)
            log_metric("unread", _share(found))
        if self._for_trl:
            return [*self._for_trl.numbers([text.prompt for text in texts], found)]
        return [None if isinstance(one, Unread) else one.reward for one in found]

    async def rewards(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """The same for a trainer that awaits its reward functions."""
        return await asyncio.to_thread(self, prompts, completions, **columns)

    def compute_score(
        self, data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **more: Any
    ) -> dict[str, float]:
        """verl's call; the prompt is in `extra_info`, as `export-prompts --to verl` puts it there.

        Always the same keys: `score`, each principle (NaN where it could not be read), and `unread`, how many could not.
        Raises CaigenError where there is no prompt, RequestError for a text without a reward with `unread="raise"`.
        """
        told = (extra_info or {}).get("prompt")
        if told is None:
            raise CaigenError("extra_info has no prompt: use the rows of `caigen export-prompts --to verl`")
        text = text_of(prompt_in(told), solution_str, id=extra_info.get("index"))
        (found,) = self._read([text])
        (score,) = self._for_verl.numbers([text.prompt], [found])
        principles = self._principles
        read = violates_of(found)
        return {
            "score": score,
            **{name: read.get(name, float("nan")) for name in principles},
            "unread": float(sum(name not in read for name in principles)),
        }

    def reward_func(self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **more: Any) -> Any:
        """OpenRLHF's call: whole texts, their prompts as rendered, and labels; gives tensors without NaN.

        Raises RequestError for a text without a reward, unless `unread` names a number for it.
        """
        import torch

        told = self._queries.texts(queries, prompts or [None] * len(queries), labels or [None] * len(queries))
        found = self._read(told)
        rewards = torch.tensor(self._for_openrlhf.numbers([text.prompt for text in told], found))
        means = _means(found)
        logs = {name: means.get(name, self._for_openrlhf.violates(name)) for name in self._principles}
        return {
            "rewards": rewards,
            "scores": rewards,
            "extra_logs": {
                **{f"violates/{name}": mean for name, mean in logs.items() if mean is not None},
                "unread": _share(found),
            },
        }

    def close(self) -> None:
        """Let go of the engine."""
        with self._starting:
            loop, self._loop = self._loop, None
            if loop is None:
                return
            asyncio.run_coroutine_threadsafe(self._stack.aclose(), loop).result()
            loop.call_soon_threadsafe(loop.stop)
            self._thread.join()
            loop.close()
            self._judge, self._stack = None, AsyncExitStack()

    @property
    def _principles(self) -> list[str]:
        """The principles that are asked about; the judge is open."""
        return [rule.ref for rule in self._judge.prompt_settings.principles] if self._judge else []

    def _read(self, texts: Sequence[Text | Unread]) -> list[Score | Unread]:
        return self._run(self._asked(texts))

    async def _asked(self, texts: Sequence[Text | Unread]) -> list[Score | Unread]:
        async with self._opening:
            self._judge = self._judge or await self._opened()
        found = await self._judge.read(texts, timeout=self.timeout)
        for one in found:
            self._count(one)
        return found

    async def _opened(self) -> Judge:
        """The judge, loaded or connected to; a server has `timeout` seconds to answer, a model loads as long as it takes."""
        limit = None if self.engines.local else self.timeout
        try:
            async with asyncio.timeout(limit), AsyncExitStack() as stack:
                judge = await open_judge(
                    stack,
                    self.engines,
                    constitution=self.constitution,
                    principles=self.principles,
                    sampling=self.sampling,
                    wait=self.wait,
                )
                self._stack = stack.pop_all()
                return judge
        except TimeoutError as error:
            raise EngineError(
                f"{self.engines.endpoint}: no answer within {limit or 0:g} s; is the server up?"
            ) from error

    def _count(self, one: Score | Unread) -> None:
        """Count a text, and say so on stderr at the first, tenth, hundredth … of a reason."""
        reason = one.reason if isinstance(one, Unread) else "read"
        self.counts[reason] += 1
        count = self.counts[reason]
        if isinstance(one, Unread) and str(count).rstrip("0") == "1":
            log.warning("no reward for %d of %d texts (%s): %s", count, self.counts.total(), reason, one.message)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run it on the judge's thread; other calls go on meanwhile."""
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._opening = asyncio.Lock()
                self._thread = threading.Thread(target=self._loop.run_forever, name="caigen-reward", daemon=True)
                self._thread.start()
            running = asyncio.run_coroutine_threadsafe(work, self._loop)
        return running.result()


_shared: ConstitutionReward | None = None
_sharing = threading.Lock()


def from_environment() -> ConstitutionReward:
    """The one reward of this process that the variables `CAIGEN_…` describe (docs/rewards.md), for trainers that take a
    function by its name: `caigen.rewards.compute_score` (verl), `caigen.rewards.reward_func` (OpenRLHF).
    """
    global _shared
    with _sharing:
        if _shared is None:
            _shared = ConstitutionReward(
                os.environ.get("CAIGEN_CONSTITUTION", "general"),
                model=os.environ.get("CAIGEN_MODEL"),
                endpoint=os.environ.get("CAIGEN_ENDPOINT"),
                api_key=os.environ.get("CAIGEN_API_KEY"),
                principles=tuple(filter(None, os.environ.get("CAIGEN_PRINCIPLES", "").split(","))),
                prompts=os.environ.get("CAIGEN_PROMPTS"),
                policy_tokenizer=os.environ.get("CAIGEN_POLICY_TOKENIZER"),
                unread=policy_of(os.environ.get("CAIGEN_UNREAD", "raise")),
                think=_think(os.environ.get("CAIGEN_THINK", "auto")),
                think_tokens=int(_number("CAIGEN_THINK_TOKENS", Sampling.think_tokens, "a number of tokens")),
                timeout=_number("CAIGEN_REWARD_TIMEOUT", TIMEOUT, "a number of seconds"),
            )
        return _shared


def close_environment() -> None:
    """Close the reward that the environment described; the next call reads the environment anew."""
    global _shared
    with _sharing:
        closing, _shared = _shared, None
    if closing is not None:
        closing.close()


def compute_score(
    data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **more: Any
) -> dict[str, float]:
    """verl's `custom_reward_function`."""
    return from_environment().compute_score(data_source, solution_str, ground_truth, extra_info, **more)


def reward_func(queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **more: Any) -> Any:
    """OpenRLHF's reward function in a file."""
    return from_environment().reward_func(queries, prompts, labels, **more)


def _number(name: str, default: float, what: str) -> float:
    told = os.environ.get(name)
    try:
        return float(told) if told else default
    except ValueError:
        raise CaigenError(f"{name}={told}: it is {what}") from None


def _think(told: str) -> Think:
    """Whether the judge thinks first, as `--think` says it. Raises CaigenError."""
    if told not in ("auto", "on", "off"):
        raise CaigenError(f"think {told!r}: it is auto, on or off")
    return told  # type: ignore[return-value]


def _share(found: Sequence[Score | Unread]) -> float:
    """The share of texts without a reward."""
    return sum(isinstance(one, Unread) for one in found) / max(1, len(found))


def _means(found: Sequence[Score | Unread]) -> dict[str, float]:
    """The mean probability of each principle over the texts that it was read for."""
    told: dict[str, list[float]] = {}
    for one in found:
        for principle, p in violates_of(one).items():
            told.setdefault(principle, []).append(p)
    return {principle: sum(row) / len(row) for principle, row in told.items()}
