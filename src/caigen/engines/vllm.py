"""VLLMEngine: `Request -> Completion` by vLLM in this process, with all requests in one continuous batch.

A thread steps vLLM's `LLMEngine`; other threads prepare requests and take the answers. On a CPU the engine core runs in
this process too; on a GPU in its own.
"""

import asyncio
import math
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from caigen.engines.base import BaseEngine, Completion, Request, resolve, sum_by_word
from caigen.engines.chat import Chat
from caigen.engines.choice_tokens import ChoiceTokens
from caigen.engines.identity import model_identity
from caigen.engines.thoughts import Plan, Thoughts
from caigen.engines.vllm_load import first_line, load_engine
from caigen.engines.vllm_requests import Deliver, Outcomes, Prepared, Spent, count_tokens
from caigen.engines.vllm_sampling import LOOP, SamplingBuilder, refusal_types
from caigen.errors import EngineError, RequestError
from caigen.text.secrets import public_mapping

COUNT_SECONDS = 0.5  # between counts of the tokens generated so far
CONVERSATION_TOKENS = 1024  # of an answer, its critique and its revision with their prompts
# engine arguments that change how fast an answer comes but not which; all others make another model (journal.py)
SPEED_ARGS = {
    "block_size", "enable_chunked_prefill", "enforce_eager", "gpu_memory_utilization", "max_num_batched_tokens",
    "max_num_seqs", "pipeline_parallel_size", "tensor_parallel_size", "data_parallel_size", "disable_log_stats",
}  # fmt: skip


class _Job(NamedTuple):
    """A posted request; `key` names it to vLLM, `mark` to `deliver`."""

    key: str
    prepared: Prepared
    mark: Any
    deliver: Deliver


class _Limits(NamedTuple):
    """How many tokens may be generated for an answer, and for a thought before it."""

    answer: int
    thought: int


@dataclass(frozen=True)
class _FutureDelivery:
    """A `Deliver` whose marks are futures of one event loop; equal for equal loops, so a step calls each loop once."""

    loop: asyncio.AbstractEventLoop

    def __call__(self, outcomes: Outcomes) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(_resolve_futures, outcomes)


class VLLMEngine(BaseEngine):
    """A model loaded by vLLM. With `stop_loops` a text that repeats itself is ended.

    Raises EngineError where vLLM is missing or the model does not load, CaigenError for an unknown engine argument.
    """

    def __init__(
        self,
        path: str,
        *,
        name: str | None = None,
        args: dict[str, Any] | None = None,
        template_kwargs: dict[str, Any] | None = None,
        stop_loops: bool = False,
    ) -> None:
        self.name = name or path
        self._engine, used_args = load_engine(path, self.name, args or {})
        self._sampling = SamplingBuilder(stop_loops=stop_loops)
        self._refusals = refusal_types()
        tokenizer = self._engine.get_tokenizer()
        self.chat = Chat(tokenizer, template_kwargs)
        self.choice_tokens = ChoiceTokens(tokenizer, self.name, self.chat.encode)
        self._set_sizes(self._engine.vllm_config)
        # what else shapes an answer is part of the model's name, so a journal never answers for another model; a token
        # does not, and a new one leaves the name as it is
        shaping_args = {key: value for key, value in public_mapping(used_args).items() if key not in SPEED_ARGS}
        if stop_loops:
            shaping_args["stop_loops"] = LOOP
        settings = [shaping_args, template_kwargs or {}]
        self.model = f"{self.name}@{model_identity(path, self._engine.vllm_config.model_config, settings)}"
        # with a reasoning parser vLLM lets a thought pass before a schema binds
        self.thoughts = Thoughts(self.chat, self.name, after_thought="reasoning_parser" in shaping_args)
        self.spent = Spent()
        self.generated = 0  # completion tokens so far, also those of answers that are not finished
        self._counted = 0.0  # when they were counted
        self.stepped = 0  # number of steps; it stands still when the engine does
        self.steps: list[tuple[float, int]] | None = None  # a list, to record the end and the requests of each step
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._running: dict[str, _Job] = {}
        self._failure: EngineError | None = None
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="caigen-vllm", daemon=True)
        self._thread.start()

    def _set_sizes(self, config: Any) -> None:
        """Set the sizes, in tokens and requests, that vLLM chose while it loaded."""
        self.max_model_len: int = config.model_config.max_model_len
        # what the model's own settings ask for; requests say themselves how they are sampled
        self.own_sampling: dict[str, Any] = config.model_config.get_diff_sampling_param()
        self.block_size: int = config.cache_config.block_size  # tokens; the prefix cache finds whole blocks only
        cache_tokens = (config.cache_config.num_gpu_blocks or 0) * self.block_size
        self.conversations = max(1, cache_tokens // CONVERSATION_TOKENS)
        self.capacity: int = min(config.scheduler_config.max_num_seqs, self.conversations)

    async def complete(self, request: Request) -> Completion:
        """Answer one request; its tokens are counted by vLLM.

        Raises RequestError `too_long` or `template`, EngineError when the engine has stopped.
        """
        return await self.submit(self.prepare(request))

    def prepare(self, request: Request) -> Prepared:
        """Render a request to token ids by the model's own template, and make its sampling parameters.

        Raises RequestError `too_long`, `template` or `refused`.
        """
        plan = self.thoughts.plan(request)
        limits = self._limit_tokens(request, plan)
        choice_ids: list[int] = []
        for choice in request.choices:
            choice_ids += self.choice_tokens.ids(choice)
        try:
            answer = self._sampling.build_answer(request, limits.answer, choice_ids)
            if not plan.first:
                return Prepared(plan.ids, answer, plan.opened)
            thought = self._sampling.build_thought(request, limits.thought, *self.thoughts.end)
        except self._refusals as error:
            raise RequestError("refused", f"vllm: {first_line(error)}") from error
        return Prepared(plan.ids, thought, opened=True, answer=answer)

    def _limit_tokens(self, request: Request, plan: Plan) -> _Limits:
        """The lesser of what the request allows and what the context has free; `thought` counts if it comes first.

        Raises RequestError `too_long`.
        """
        free = answer_share = self.max_model_len - len(plan.ids)
        needed = 1
        if plan.first:
            free -= len(self.thoughts.closing)  # they close a thought that was cut off
            needed = 2  # a token of the thought and one of the answer
            answer_share = max(1, free // 2)
        if free < needed:
            raise RequestError(
                "too_long", f"the prompt has {len(plan.ids)} tokens, the model's context {self.max_model_len}"
            )
        max_answer = 1 if request.choices else request.sampling.max_tokens
        answer = min(max_answer, answer_share)
        return _Limits(answer, thought=min(request.sampling.think_tokens, free - answer))

    async def submit(self, prepared: Prepared) -> Completion:
        """Answer a prepared request.

        Raises RequestError `refused`, EngineError when the engine has stopped.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        self.post(prepared, future, _FutureDelivery(loop))
        return await future

    def post(self, prepared: Prepared, mark: Any, deliver: Deliver) -> None:
        """Queue a prepared request without waiting; `deliver` gets its outcome together with `mark`.

        `deliver` is called in the engine's thread, once for all requests that a step has finished. An outcome that is
        no answer is a RequestError, or an EngineError once the engine has stopped.
        """
        self._count += 1
        self._jobs.put(_Job(str(self._count), prepared, mark, deliver))
        if self._failure:  # then no thread empties the queue
            self._refuse_queued(self._failure)

    def forget_prefixes(self) -> None:
        """Empty the prefix cache; to be called while nothing runs."""
        self._engine.reset_prefix_cache()

    async def close(self) -> None:
        """Stop the thread and free the device."""
        self._jobs.put(None)
        await asyncio.to_thread(self._thread.join)
        engine, self._engine = self._engine, None
        if engine is not None:
            engine.engine_core.shutdown()

    def _run(self) -> None:
        """The engine's thread: take queued requests, step, deliver what is finished; until it is closed or fails."""
        try:
            while self._take_jobs():
                outputs = self._engine.step()
                self.stepped += 1
                if self.steps is not None:
                    self.steps.append((time.monotonic(), len(self._running)))
                self._deliver_finished(outputs)
                if time.monotonic() - self._counted >= COUNT_SECONDS:
                    self._count_generated()
        except BaseException as error:  # whatever ends this thread, nobody may wait for its answers
            failure = EngineError(
                f"the vllm engine stopped: {type(error).__name__}: {first_line(error)}; "
                "run the same command again to go on"
            )
            failure.__cause__ = error
            self._fail(failure)

    def _count_generated(self) -> None:
        """Count the tokens of all answers, finished or not. vLLM keeps them for each request that it works on."""
        self._counted = time.monotonic()
        count = self.spent.completion
        for state in self._engine.output_processor.request_states.values():
            count += state.detokenizer.num_output_tokens()
        for job in self._running.values():  # thoughts whose answers are not finished
            count += job.prepared.spent.completion if job.prepared.spent else 0
        self.generated = max(self.generated, count)

    def _take_jobs(self) -> bool:
        """Start all queued requests; False when the engine is to close. Waits only while nothing runs."""
        while True:
            try:
                job = self._jobs.get(block=not self._running)
            except queue.Empty:
                return True
            if job is None:
                self._engine.abort_request(list(self._running))
                self._fail(EngineError(f"the engine of {self.name} was closed"))
                return False
            self._start(job)

    def _start(self, job: _Job) -> None:
        self._running[job.key] = job
        try:
            self._engine.add_request(job.key, {"prompt_token_ids": job.prepared.ids}, job.prepared.params)
        except self._refusals as error:  # vLLM refuses this one request
            del self._running[job.key]
            job.deliver([(job.mark, RequestError("refused", f"vllm: {first_line(error)}"))])

    def _deliver_finished(self, outputs: Iterable[Any]) -> None:
        """Deliver finished answers; start the answers of finished thoughts."""
        outcomes: dict[Deliver, Outcomes] = {}
        finished_keys, answer_jobs = [], []
        for output in outputs:
            if not output.finished:
                continue
            key = self._job_key(output.request_id)
            job = self._running[key]
            finished_keys.append(key)
            if job.prepared.answer is not None:
                answer_jobs.append(self._answer_job(job, output))
            else:
                completion = self._complete(job.prepared, output)
                outcomes.setdefault(job.deliver, []).append((job.mark, completion))
        for deliver, its_outcomes in outcomes.items():
            deliver(its_outcomes)
        # last, since `_fail` tells those that are still running if something above has raised
        for key in finished_keys:
            del self._running[key]
        for job in answer_jobs:
            self._start(job)

    def _job_key(self, request_id: str) -> str:
        """The key of a job; some versions of vLLM add a suffix to the id that they were given."""
        if request_id in self._running:
            return request_id
        return request_id.rpartition("-")[0]

    def _complete(self, prepared: Prepared, output: Any) -> Completion:
        """Read vLLM's output of an answer."""
        answer = output.outputs[0]
        prepared.output = tuple(answer.token_ids)
        text, thought = self.thoughts.read(answer.token_ids, answer.text, opened=prepared.opened)
        tokens = count_tokens(output, prepared.spent)
        self.spent.add(tokens)
        choices: dict[str, float] = {}
        if answer.logprobs and prepared.params.logprob_token_ids:
            choices = self._read_choices(answer.logprobs[0], prepared.params.logprob_token_ids)
        return Completion(text, answer.finish_reason, tokens, prepared.thought or thought, choices)

    def _read_choices(self, logprobs: Any, choice_ids: list[int]) -> dict[str, float]:
        """The log-probability of each choice, over all tokens that spell it."""
        by_token = [(self.choice_tokens.words[key], float(logprobs[key].logprob)) for key in choice_ids]
        return sum_by_word((word, logprob) for word, logprob in by_token if math.isfinite(logprob))

    def _answer_job(self, job: _Job, output: Any) -> _Job:
        """The second step of a job whose thought has ended, or is as long as it may be: the answer after it."""
        first, thought = job.prepared, output.outputs[0]
        ids = self.thoughts.answer_ids(first.ids, thought.token_ids, thought.text)
        _, text = self.thoughts.read(thought.token_ids, thought.text, opened=True)
        prepared = Prepared(ids, first.answer, thought=text, spent=count_tokens(output, None))
        return job._replace(key=f"{job.key}a", prepared=prepared)

    def _fail(self, failure: EngineError) -> None:
        """Refuse all requests that run or are queued, and all later ones."""
        self._failure = failure
        for job in list(self._running.values()):
            job.deliver([(job.mark, failure)])
        self._refuse_queued(failure)

    def _refuse_queued(self, failure: EngineError) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job.deliver([(job.mark, failure)])


def _resolve_futures(outcomes: Outcomes) -> None:
    for future, outcome in outcomes:
        resolve(future, outcome)
