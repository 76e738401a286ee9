"""A constitution as the reward function of TRL, verl and OpenRLHF (docs/rewards.md): completions -> rewards in [0, 1].

The judge runs in a thread of its own, so that trainers may call from any thread, with or without an event loop.
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
from caigen.judge.unread import Policy, Substitute, mean_violates, policy_of, unread_share, violates_of
from caigen.records import Score
from caigen.text.secrets import public_url

Result = TypeVar("Result")
CALL_SECONDS = 600.0  # for all texts of one call
DEVICE_WAIT_SECONDS = 30.0  # for a device that another process holds
log = logging.getLogger(__name__)


class ConstitutionReward:
    """The reward of a completion: 1 minus the weighted probability that it violates the principles.

    As a TRL reward function it takes `prompts` and `completions`, strings or messages, and gives None for a text
    without a reward: there is nothing to judge, or the judge could not be read within `timeout` seconds of the call.
    `counts` holds how often, by reason. verl and OpenRLHF need a number: `unread` says which (`judge/unread.py`),
    for TRL too; without it `compute_score` gives NaN and `reward_func` raises.

    Without `model` and `endpoint` the judge is the demo model. The engine is loaded at the first call, which waits
    `wait` seconds for a device that another process holds. Calls from many threads share the judge; `concurrency`,
    among `options`, limits the requests of all of them. `think` and `think_tokens` are those of `caigen score`.

    Raises CaigenError if the constitution, the prompts or the engine cannot be opened, EngineError when the engine has
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
        timeout: float | None = CALL_SECONDS,
        wait: float | None = DEVICE_WAIT_SECONDS,
        **options: Any,
    ) -> None:
        self.constitution, self.principles = constitution, principles
        self.engines = EngineOptions(model=model, endpoint=endpoint, **options)
        self.timeout, self.wait = timeout, wait
        self.sampling = Sampling(think=_check_think(think), think_tokens=think_tokens)
        self.counts: Counter[str] = Counter()
        self._queries: Queries = open_queries(prompts, policy_tokenizer)
        # each trainer's default: None for TRL, NaN for verl, an error for OpenRLHF
        self._for_trl = None if unread is None else Substitute(unread)
        self._for_verl = Substitute("nan" if unread is None else unread)
        self._for_openrlhf = Substitute("raise" if unread in (None, "nan") else unread)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._judge: Judge | None = None
        self._stack = AsyncExitStack()
        self._starting = threading.Lock()

    def scores(self, prompts: Sequence[Any], texts: Sequence[str]) -> list[Score | None]:
        """The judge's score of each text, all asked at once; None for a text that was not read at all.

        Raises CaigenError.
        """
        readings = self._read([text_of(prompt, text) for prompt, text in zip(prompts, texts, strict=True)])
        return [reading.score if isinstance(reading, Unread) else reading for reading in readings]

    def __call__(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """TRL's call: a reward or None for each completion.

        With TRL's `log_metric` among the columns, it logs the mean probability of each principle and the share of texts
        without a reward. A column `id` gives the ids of the records.
        """
        ids = columns.get("id") or [None] * len(prompts)
        rows = zip(prompts, completions, ids, strict=True)
        texts = [text_of(prompt, answer_of(completion), id=record_id) for prompt, completion, record_id in rows]
        readings = self._read(texts)
        log_metric = columns.get("log_metric")
        if log_metric:
            for principle, mean in mean_violates(readings).items():
                log_metric(f"violates/{principle}", mean)
            log_metric("unread", unread_share(readings))
        if self._for_trl:
            return [*self._for_trl.numbers([text.prompt for text in texts], readings)]
        return [None if isinstance(reading, Unread) else reading.reward for reading in readings]

    async def rewards(self, prompts: Sequence[Any], completions: Sequence[Any], **columns: Any) -> list[float | None]:
        """TRL's call for a trainer that awaits its reward functions."""
        return await asyncio.to_thread(self, prompts, completions, **columns)

    def compute_score(
        self, data_source: str, solution_str: str, ground_truth: Any, extra_info: Any = None, **more: Any
    ) -> dict[str, float]:
        """verl's call for one answer; its prompt is in `extra_info`, where `export-prompts --to verl` puts it.

        The keys are always the same: `score`, each principle (NaN if it could not be read), and `unread`, the number of
        principles that could not. Raises CaigenError if there is no prompt, RequestError for a text without a reward
        with `unread="raise"`.
        """
        prompt = (extra_info or {}).get("prompt")
        if prompt is None:
            raise CaigenError("extra_info has no prompt: use the rows of `caigen export-prompts --to verl`")
        text = text_of(prompt_in(prompt), solution_str, id=extra_info.get("index"))
        (reading,) = self._read([text])
        (score,) = self._for_verl.numbers([text.prompt], [reading])
        probabilities = violates_of(reading)
        result = {"score": score}
        for principle in self._principles:
            result[principle] = probabilities.get(principle, float("nan"))
        result["unread"] = float(sum(principle not in probabilities for principle in self._principles))
        return result

    def reward_func(self, queries: Sequence[str], prompts: Sequence[str], labels: Sequence[Any], **more: Any) -> Any:
        """OpenRLHF's call: whole texts, their prompts as rendered, and labels; gives tensors without NaN.

        Raises RequestError for a text without a reward, unless `unread` names a number for it.
        """
        import torch

        missing = [None] * len(queries)
        texts = self._queries.texts(queries, prompts or missing, labels or missing)
        readings = self._read(texts)
        rewards = torch.tensor(self._for_openrlhf.numbers([text.prompt for text in texts], readings))
        return {"rewards": rewards, "scores": rewards, "extra_logs": self._openrlhf_logs(readings)}

    def _openrlhf_logs(self, readings: Sequence[Score | Unread]) -> dict[str, float]:
        """The mean probability of each principle and the share of unread texts.

        OpenRLHF wants the same keys at each step: the mean of earlier calls stands for a principle that was not read.
        """
        means = mean_violates(readings)
        logs = {}
        for principle in self._principles:
            mean = means.get(principle, self._for_openrlhf.violates(principle))
            if mean is not None:
                logs[f"violates/{principle}"] = mean
        logs["unread"] = unread_share(readings)
        return logs

    def close(self) -> None:
        """Close the engine and end the judge's thread; the next call opens them again."""
        # new calls wait until all is closed, then open the judge again
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
        """The references of the principles that the judge asks about; empty before the first call."""
        return [principle.ref for principle in self._judge.prompt_settings.principles] if self._judge else []

    def _read(self, texts: Sequence[Text | Unread]) -> list[Score | Unread]:
        """The judge's readings, from a trainer's thread."""
        return self._run(self._read_on_loop(texts))

    async def _read_on_loop(self, texts: Sequence[Text | Unread]) -> list[Score | Unread]:
        """The judge's readings, on the judge's thread; the first call opens the judge."""
        # calls that arrive meanwhile wait for the first one's judge
        async with self._opening:
            self._judge = self._judge or await self._open_judge()
        readings = await self._judge.read(texts, timeout=self.timeout)
        for reading in readings:
            self._count(reading)
        return readings

    async def _open_judge(self) -> Judge:
        """Load the judge, however long it takes, or connect to a server, which has `timeout` seconds to answer.

        Raises CaigenError.
        """
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
                # opened: what the stack holds is now closed by close(), not at the end of this block
                self._stack = stack.pop_all()
                return judge
        except TimeoutError as error:
            server = public_url(self.engines.policy)
            raise EngineError(f"{server}: no answer within {limit or 0:g} s; is the server up?") from error

    def _count(self, reading: Score | Unread) -> None:
        """Count a text by its reason, and log the 1st, 10th, 100th … text without a reward."""
        reason = reading.reason if isinstance(reading, Unread) else "read"
        self.counts[reason] += 1
        count = self.counts[reason]
        is_power_of_ten = str(count).rstrip("0") == "1"
        if isinstance(reading, Unread) and is_power_of_ten:
            log.warning("no reward for %d of %d texts (%s): %s", count, self.counts.total(), reason, reading.message)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine on the judge's thread and wait for it; other calls run there at the same time."""
        # the lock covers only the start, so that calls of many threads are batched
        with self._starting:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._opening = asyncio.Lock()
                self._thread = threading.Thread(target=self._loop.run_forever, name="caigen-reward", daemon=True)
                self._thread.start()
            future = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result()


_shared: ConstitutionReward | None = None
_sharing = threading.Lock()


def from_environment() -> ConstitutionReward:
    """The reward that the variables `CAIGEN_…` describe (docs/rewards.md), one for the whole process.

    For trainers that name a function: `caigen.rewards.compute_score` (verl), `caigen.rewards.reward_func` (OpenRLHF).
    Raises CaigenError.
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
                think=_check_think(os.environ.get("CAIGEN_THINK", "auto")),
                think_tokens=int(_number("CAIGEN_THINK_TOKENS", Sampling.think_tokens, "a number of tokens")),
                timeout=_number("CAIGEN_REWARD_TIMEOUT", CALL_SECONDS, "a number of seconds"),
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


def _number(name: str, default: float, kind: str) -> float:
    """The number that an environment variable holds. Raises CaigenError."""
    value = os.environ.get(name)
    try:
        return float(value) if value else default
    except ValueError:
        raise CaigenError(f"{name}={value}: it is {kind}") from None


def _check_think(value: str) -> Think:
    """A value of `--think`. Raises CaigenError."""
    if value not in ("auto", "on", "off"):
        raise CaigenError(f"think {value!r}: it is auto, on or off")
    return value  # type: ignore[return-value]
