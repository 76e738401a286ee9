"""vLLM in this process: one thread steps `LLMEngine` while asyncio prepares and reads (continuous batching over all records).

The only import of vllm. On a CPU the engine core runs in this process too; on a GPU in its own.
"""

import asyncio
import atexit
import dataclasses
import difflib
import gc
import logging
import math
import os
import queue
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from caigen.engines import cpu
from caigen.engines.base import Closing, Completion, Request, settle, summed
from caigen.engines.chat import Chat
from caigen.engines.device import gpus
from caigen.engines.identity import check_folder, identity, mistyped
from caigen.engines.letters import Letters
from caigen.engines.thoughts import Thoughts
from caigen.errors import CaigenError, EngineError, RequestError, needs
from caigen.records import Tokens

CPU_DEFAULTS = {"enforce_eager": True, "block_size": 32, "max_num_seqs": 64, "enable_chunked_prefill": False}
# a text ends once its last 4 to 48 tokens came 8 times in a row (a table of up to 16 columns is no loop)
LOOP = {"min_pattern_size": 4, "max_pattern_size": 48, "min_count": 8}
CONVERSATION = 1024  # tokens, of an answer, its critique and its revision with their prompts
# engine arguments that change how fast an answer comes but not which; all others make another model (journal.py)
SPEED_ARGS = {
    "block_size", "enable_chunked_prefill", "enforce_eager", "gpu_memory_utilization", "max_num_batched_tokens",
    "max_num_seqs", "pipeline_parallel_size", "tensor_parallel_size", "data_parallel_size", "disable_log_stats",
}  # fmt: skip


@dataclasses.dataclass
class Prepared:
    """A request in vLLM's own terms. `opened`: a thought is open where the prompt ends; `output` is set when it is answered.

    With `answer` two steps are needed: `params` are for the thought, and the answer is drawn with those behind it. It then
    has the `thought`, and what that `spent`.
    """

    ids: list[int]
    params: Any  # vllm.SamplingParams
    opened: bool = False
    output: tuple[int, ...] = ()
    answer: Any = None  # vllm.SamplingParams
    thought: str | None = None
    spent: Tokens | None = None

    def again(self) -> "Prepared":
        """The same request, not answered yet."""
        return Prepared(self.ids, self.params.clone(), self.opened, answer=self.answer and self.answer.clone())


@dataclasses.dataclass
class Spent:
    """What an engine has done so far: answered requests, and tokens in prompts, found in the cache, and generated."""

    requests: int = 0
    prompt: int = 0
    cached: int = 0
    completion: int = 0


Outcomes = list[tuple[Any, Completion | Exception]]  # what a request was marked with, and what became of it
Deliver = Callable[[Outcomes], None]


@dataclasses.dataclass
class _Job:
    key: str
    prepared: Prepared
    mark: Any
    deliver: Deliver


@dataclasses.dataclass(frozen=True)
class _Futures:
    """Delivers into futures of one event loop."""

    loop: asyncio.AbstractEventLoop

    def __call__(self, outcomes: Outcomes) -> None:
        if not self.loop.is_closed():
            self.loop.call_soon_threadsafe(_settle_all, outcomes)


class VLLMEngine(Closing):
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
        self._engine, self._params, args = _load(path, self.name, args or {})
        tokenizer = self._engine.get_tokenizer()
        self.chat = Chat(tokenizer, template_kwargs)
        self.letters = Letters(tokenizer, self.name, self.chat.plain)
        config = self._engine.vllm_config
        self.max_model_len: int = config.model_config.max_model_len
        self.block_size: int = config.cache_config.block_size  # tokens; only whole blocks of a prefix are found again
        self.conversations = max(1, (config.cache_config.num_gpu_blocks or 0) * self.block_size // CONVERSATION)
        self.capacity: int = min(config.scheduler_config.max_num_seqs, self.conversations)
        shaping = {key: value for key, value in args.items() if key not in SPEED_ARGS}
        shaping |= {"stop_loops": LOOP} if stop_loops else {}
        self._loop = _loop_detection() if stop_loops else None
        self.model = f"{self.name}@{identity(path, config.model_config, [shaping, template_kwargs or {}])}"
        # with a reasoning parser vLLM lets a thought pass before a schema binds
        self.thoughts = Thoughts(self.chat, self.name, after_thought="reasoning_parser" in shaping)
        self.spent = Spent()
        self.stepped = 0  # how often; stands still when the engine does
        self.steps: list[tuple[float, int]] | None = None  # a list, to have the end and the requests of each step noted
        self._refusals = _refusals()
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._running: dict[str, _Job] = {}
        self._failure: EngineError | None = None
        self._count = 0
        self._thread = threading.Thread(target=self._run, name="caigen-vllm", daemon=True)
        self._thread.start()

    async def complete(self, request: Request) -> Completion:
        """Answer one request; its tokens are counted by vLLM.

        Raises RequestError `too_long` or `template`, EngineError when the engine has stopped.
        """
        return await self.submit(self.prepare(request))

    def prepare(self, request: Request) -> Prepared:
        """Token ids through the model's own template, and sampling parameters.

        Raises RequestError `too_long` or `template`.
        """
        plan = self.thoughts.plan(request)
        closing = len(self.thoughts.closing) if plan.first else 0
        room = self.max_model_len - len(plan.ids) - closing
        if room < (2 if plan.first else 1):
            raise RequestError(
                "too_long", f"the prompt has {len(plan.ids)} tokens, the model's context {self.max_model_len}"
            )
        answer = min(1 if request.choices else request.sampling.max_tokens, max(1, room // 2) if plan.first else room)
        try:
            params = self._sampling(request, answer)
            if not plan.first:
                return Prepared(plan.ids, params, plan.opened)
            thought = self._thinking(request, min(request.sampling.think_tokens, room - answer))
        except self._refusals as error:
            raise RequestError("refused", f"vllm: {_first_line(error)}") from error
        return Prepared(plan.ids, thought, opened=True, answer=params)

    async def submit(self, prepared: Prepared) -> Completion:
        """Answer what was prepared.

        Raises RequestError `refused`, EngineError when the engine has stopped.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Completion] = loop.create_future()
        self.post(prepared, future, _Futures(loop))
        return await future

    def post(self, prepared: Prepared, mark: Any, deliver: Deliver) -> None:
        """Ask without waiting. `deliver` is called in the engine's thread, once for all that a step has finished; an outcome
        that is no answer is a RequestError, or an EngineError once the engine has stopped.
        """
        self._count += 1
        self._jobs.put(_Job(str(self._count), prepared, mark, deliver))
        if self._failure:  # then no thread takes it
            self._refuse_waiting(self._failure)

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

    def _sampling(self, request: Request, max_tokens: int) -> Any:
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        asked = request.sampling
        wanted = [token for choice in request.choices for token in self.letters.ids(choice)]
        structured = StructuredOutputsParams(json=request.schema) if request.schema else None
        return self._params(
            max_tokens=1 if wanted else max_tokens,
            logprob_token_ids=wanted or None,
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=asked.seed if asked.temperature > 0 else None,
            stop=list(asked.stop) or None,
            ignore_eos=asked.ignore_eos,
            structured_outputs=structured,
            **({"repetition_detection": self._loop} if self._loop and not wanted else {}),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _thinking(self, request: Request, max_tokens: int) -> Any:
        """Sampling parameters of a thought: as asked, to the token that ends it."""
        from vllm.sampling_params import RequestOutputKind

        asked, (token, text) = request.sampling, self.thoughts.end
        return self._params(
            max_tokens=max_tokens,
            temperature=asked.temperature,
            top_p=asked.top_p,
            seed=asked.seed if asked.temperature > 0 else None,
            stop_token_ids=None if token is None else [token],
            stop=[text] if token is None else None,
            **({"repetition_detection": self._loop} if self._loop else {}),
            output_kind=RequestOutputKind.FINAL_ONLY,
        )

    def _choices(self, logprobs: Any, wanted: list[int] | None) -> dict[str, float]:
        if not wanted or not logprobs:
            return {}
        told = ((self.letters.words[key], float(logprobs[0][key].logprob)) for key in wanted)
        return summed((word, logprob) for word, logprob in told if math.isfinite(logprob))

    def _run(self) -> None:
        """The thread: take what came in, step, hand over what is finished."""
        try:
            while True:
                if not self._take():
                    return
                outputs = self._engine.step()
                self.stepped += 1
                if self.steps is not None:
                    self.steps.append((time.monotonic(), len(self._running)))
                self._hand_over(outputs)
        except BaseException as error:
            self._fail(
                EngineError(
                    f"the vllm engine stopped: {type(error).__name__}: {_first_line(error)}; run the same command again to go on"
                ),
                error,
            )

    def _take(self) -> bool:
        """Add what waits; False when the engine is to stop. Blocks only while nothing runs."""
        while True:
            try:
                job = self._jobs.get(block=not self._running)
            except queue.Empty:
                return True
            if job is None:
                self._engine.abort_request(list(self._running))
                self._fail(EngineError(f"the engine of {self.name} was closed"))
                return False
            self._add(job)

    def _add(self, job: _Job) -> None:
        self._running[job.key] = job
        try:
            self._engine.add_request(job.key, {"prompt_token_ids": job.prepared.ids}, job.prepared.params)
        except self._refusals as error:  # vLLM refuses this one request
            del self._running[job.key]
            job.deliver([(job.mark, RequestError("refused", f"vllm: {_first_line(error)}"))])

    def _hand_over(self, outputs: list[Any]) -> None:
        """Give what is finished to who asked for it."""
        finished: dict[Deliver, Outcomes] = {}
        keys = []
        answering: list[_Job] = []
        for output in outputs:
            if not output.finished:
                continue
            keys.append(_external(output.request_id, self._running))
            job = self._running[keys[-1]]
            if job.prepared.answer is not None:
                answering.append(self._after_thought(job, output))
                continue
            finished.setdefault(job.deliver, []).append((job.mark, self._completion(job.prepared, output)))
        for deliver, outcomes in finished.items():
            deliver(outcomes)
        for key in keys:  # not before: whatever fails on the way, they are told
            del self._running[key]
        for job in answering:
            self._add(job)

    def _completion(self, prepared: Prepared, output: Any) -> Completion:
        answer = output.outputs[0]
        prepared.output = tuple(answer.token_ids)
        text, thought = self.thoughts.read(answer.token_ids, answer.text, opened=prepared.opened)
        tokens = self._counted(output, prepared.spent)
        self._count_tokens(tokens)
        choices = self._choices(answer.logprobs, prepared.params.logprob_token_ids)
        return Completion(text, answer.finish_reason, tokens, prepared.thought or thought, choices)

    def _after_thought(self, job: _Job, output: Any) -> _Job:
        """What is asked once a thought has ended, or has been as long as it may: the answer behind it."""
        before, said = job.prepared, output.outputs[0]
        ids = self.thoughts.answer_ids(before.ids, said.token_ids, said.text)
        _, thought = self.thoughts.read(said.token_ids, said.text, opened=True)
        prepared = Prepared(ids, before.answer, thought=thought, spent=self._counted(output, None))
        return _Job(f"{job.key}a", prepared, job.mark, job.deliver)

    def _counted(self, output: Any, before: Tokens | None) -> Tokens:
        """Tokens of a request; the prompt of an answer behind a thought counts once, as that of the thought."""
        if before:
            return before.model_copy(update={"completion": before.completion + len(output.outputs[0].token_ids)})
        return Tokens(
            prompt=len(output.prompt_token_ids),
            cached=output.num_cached_tokens or 0,
            completion=len(output.outputs[0].token_ids),
        )

    def _count_tokens(self, tokens: Tokens) -> None:
        self.spent.requests += 1
        self.spent.prompt += tokens.prompt
        self.spent.cached += tokens.cached
        self.spent.completion += tokens.completion

    def _fail(self, failure: EngineError, cause: BaseException | None = None) -> None:
        failure.__cause__ = cause
        self._failure = failure
        for job in list(self._running.values()):
            job.deliver([(job.mark, failure)])
        self._refuse_waiting(failure)

    def _refuse_waiting(self, failure: EngineError) -> None:
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None:
                job.deliver([(job.mark, failure)])


def _loop_detection() -> Any:
    """Raises EngineError where vLLM has none."""
    try:
        from vllm.sampling_params import RepetitionDetectionParams
    except ImportError as error:
        raise EngineError("--stop-loops needs a vllm that has repetition_detection") from error
    return RepetitionDetectionParams(**LOOP)


def _refusals() -> tuple[type[Exception], ...]:
    """What vLLM raises about one request: a ValueError, since 0.32 a class of its own."""
    import vllm.exceptions

    own = getattr(vllm.exceptions, "VLLMClientError", None)
    return (ValueError, own) if own else (ValueError,)


def _settle_all(outcomes: Outcomes) -> None:
    for future, outcome in outcomes:
        settle(future, outcome)


def _external(request_id: str, running: dict[str, _Job]) -> str:
    return request_id if request_id in running else request_id.rpartition("-")[0]


@contextmanager
def _no_collection() -> Iterator[None]:
    """Importing vLLM makes objects that stay; searching them for garbage took 4 of 10.6 seconds of loading (docs/LOG.md)."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        atexit.register(gc.unfreeze)  # else libraries that count their objects at exit call these leaked
        if was_on:
            gc.enable()


def _load(path: str, name: str, args: dict[str, Any]) -> tuple[Any, Any, dict[str, Any]]:
    """The engine, vLLM's class of sampling parameters, and the arguments with those that were chosen here."""
    with _no_collection():
        on_cpu = _prepare(path)
        from vllm import EngineArgs, SamplingParams
        from vllm.v1.engine.llm_engine import LLMEngine

    known = [field.name for field in dataclasses.fields(EngineArgs)]
    for key in args:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise CaigenError(f"--engine-arg {key}: vllm has no such engine argument{hint}")
    check_folder(path)
    settings = CPU_DEFAULTS | args if on_cpu else args
    base: dict[str, Any] = {
        "model": path,
        "enable_prefix_caching": True,
        "disable_log_stats": True,
        "use_tqdm_on_load": False,
        "tokenizer_mode": "hf",  # the chat template and the control tokens are read from it
        "structured_outputs_config": {"backend": "xgrammar", "disable_any_whitespace": True},
    }
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            if on_cpu:
                numbers, _ = cpu.dtype(
                    args,
                    cpu.weights(path),
                    quantized=lambda: bool(EngineArgs(**(base | settings)).create_model_config().quantization),
                )
                chosen = {"dtype": numbers} if numbers else {}
                args, settings = args | chosen, settings | chosen
            return LLMEngine.from_engine_args(EngineArgs(**(base | settings))), SamplingParams, args
    except Exception as error:  # a model that does not load can raise anything; the cause is kept
        raise EngineError(f"model {name} does not load: {_first_line(error)}{mistyped(path)}") from error


def _prepare(path: str) -> bool:
    """Import vllm with its own chatter off stdout; True where it will run on the CPU."""
    defaults = {
        "VLLM_LOGGING_LEVEL": "ERROR",
        "VLLM_LOGGING_STREAM": "ext://sys.stderr",
        "VLLM_NO_USAGE_STATS": "1",
        "TRANSFORMERS_VERBOSITY": "error",
        "TORCH_CPP_LOG_LEVEL": "ERROR",
    }
    on_a_cpu = {
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        "VLLM_CPU_KVCACHE_SPACE": "1",
    }
    if not gpus():
        os.environ.setdefault(
            "OMP_NUM_THREADS", str(cpu.threads(1, cpu.weights(path)))
        )  # is read while torch is imported
    for key, value in defaults.items():
        os.environ.setdefault(key, value)
    logging.getLogger("vllm").setLevel(os.environ["VLLM_LOGGING_LEVEL"])  # what it says before it sets up its logging
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            import torch

            on_cpu = not torch.cuda.is_available()
            for key, value in on_a_cpu.items() if on_cpu else ():
                os.environ.setdefault(key, value)
            import vllm  # noqa: F401
    except ImportError as error:
        missing = needs("cuda", "the vllm engine cannot be imported", error)
        raise EngineError(
            f"{missing} or 'caigen[cpu]', see `caigen doctor`, or name a server with --endpoint"
        ) from error
    return on_cpu


def _first_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if len(lines) > 1 and "validation error" in lines[0]:
        lines = lines[1:] if not lines[1].startswith("For") else lines
        lines = [line.removeprefix("Value error, ") for line in lines]
    return lines[0].split(" [type=")[0] if lines else type(error).__name__
