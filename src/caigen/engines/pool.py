"""Pool: `Request -> Completion` by engines in processes of their own, one per GPU; one that stalls is restarted.

Each process does its own templates, tokens and stepping, so no engine step waits for the work of this process
(docs/LOG.md).
"""

import asyncio
import os
import time
from weakref import WeakKeyDictionary

from caigen.choices import STALL_SECONDS
from caigen.engines import cpu
from caigen.engines.base import BaseEngine, Completion, Request
from caigen.engines.child import Answers, Failed, Heartbeat, Message, Model, Ready, Refused
from caigen.engines.device import gpus
from caigen.engines.engine_process import EngineProcess, Lost, Pending
from caigen.engines.generation_config import not_applied
from caigen.engines.schedule import PRIORITY, Priority
from caigen.errors import EngineError, RequestError

POLL_SECONDS = 1.0
MAX_RESTARTS = 3  # of one process without an answer in between
RELOAD_SECONDS = 1800.0  # for a restarted process to load its model


class Pool(BaseEngine):
    """`size` engines of one model, made by `open_pool`.

    All requests of a record go to one engine, where their prefix is cached, as long as it takes more requests.
    """

    def __init__(self, model: Model, size: int, stall: float) -> None:
        self.name, self.stall = model.name, stall
        self.restarts = 0
        self._processes = [EngineProcess(model, environment) for environment in process_environments(size, model)]
        self._homes: WeakKeyDictionary[Priority, EngineProcess] = WeakKeyDictionary()  # by record
        self._failure: EngineError | None = None
        self._notes: list[str] = []  # lines for the user
        self._count = 0

    async def start(self) -> None:
        """Load all engines.

        Raises EngineError if an engine does not load.
        """
        try:
            loaded = await asyncio.gather(*(process.load(self._handle) for process in self._processes))
        except BaseException:  # also when cancelled: no process may stay
            await asyncio.to_thread(self._kill_all)
            raise
        self.model = loaded[0].model
        self.max_model_len = loaded[0].max_model_len
        if note := not_applied(self.name, loaded[0].own_sampling):
            self._notes.append(note)
        self.capacity = sum(ready.capacity for ready in loaded)
        self.conversations = sum(ready.conversations for ready in loaded)
        self._watchdog = asyncio.create_task(self._watch())

    def take_notes(self) -> list[str]:
        """Return what the model's own settings ask for and is not done, once."""
        notes, self._notes = self._notes, []
        return notes

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError, EngineError when an engine has ended.
        """
        if self._failure:
            raise self._failure
        return await self._submit(self._choose(PRIORITY.get()), request)

    @property
    def generated(self) -> int:
        """The tokens generated so far, also those of answers that are not finished; a second old at most."""
        return sum(process.generated_before + process.generated for process in self._processes)

    async def forget_prefixes(self) -> None:
        """Empty the prefix caches; to be called while nothing runs."""
        await asyncio.gather(*(self._submit(process, None) for process in self._processes))

    async def close(self) -> None:
        """End all processes."""
        self._watchdog.cancel()
        self._failure = self._failure or EngineError(f"the engine of {self.name} was closed")
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in self._processes))

    async def _submit(self, process: EngineProcess, request: Request | None) -> Completion:
        self._count += 1
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        process.submit(self._count, Pending(request, future))
        return await future

    def _choose(self, priority: Priority | None) -> EngineProcess:
        """The process for a record's next request; `priority` stands for the record, None where there is none."""
        least_busy = min(self._processes, key=lambda process: len(process.pending))
        if priority is None:
            return least_busy
        # a record moves only when its process is full and another is not
        home = self._homes.get(priority)
        is_full = home is not None and len(home.pending) >= home.capacity
        if home is None or (is_full and len(least_busy.pending) < least_busy.capacity):
            home = self._homes[priority] = least_busy
        return home

    def _handle(self, process: EngineProcess, message: Message | Lost) -> None:
        """Act on a message of a process."""
        match message:
            case Ready():
                process.ready.set_result(message)
            case Answers(completions):
                process.restarts = 0
                for key, completion in completions:
                    process.resolve(key, completion)
            case Refused(key, kind, text):
                process.resolve(key, RequestError(kind, text))
            case Failed(text):
                self._fail(process, EngineError(text))
            case Lost():
                ending = f"an engine process of {self.name} ended ({process.kill()})"
                hint = "; the system may be out of memory" if "signal 9" in ending else ""
                self._fail(process, EngineError(f"{ending}{hint}; run the same command again to go on"))
            case Heartbeat(generated):  # `last_message` is set, too
                process.generated = generated

    async def _watch(self) -> None:
        """Restart processes that have requests and give no sign of life; notice those that have died.

        A dead process is usually seen by its closed pipe, unless something that it started holds the pipe open.
        """
        while True:
            await asyncio.sleep(min(POLL_SECONDS, self.stall / 4))
            for process in self._processes:
                if process.is_dead():
                    self._handle(process, Lost())
                elif process.pending and time.monotonic() - process.last_message > self.stall:
                    await self._restart(process)

    async def _restart(self, process: EngineProcess) -> None:
        """Kill a stalled process and load its model again; its pending requests are then sent again."""
        process.restarts += 1
        self.restarts += 1
        await asyncio.to_thread(process.kill)
        try:
            if process.restarts > MAX_RESTARTS:
                raise EngineError(
                    f"the engine of {self.name} gave no token for {self.stall:g} s, {MAX_RESTARTS + 1} times in a row; "
                    "run the same command again to go on"
                )
            await asyncio.wait_for(process.load(self._handle), RELOAD_SECONDS)
        except EngineError as error:
            self._fail(process, error)
        except OSError as error:  # from starting the process; TimeoutError is one too
            process.ready.cancel()
            self._fail(process, EngineError(f"the engine of {self.name} did not start anew: {error or 'no time left'}"))

    def _fail(self, process: EngineProcess, failure: EngineError) -> None:
        """Raise a failure where the process is awaited: in `load`, else in all pending and later requests."""
        if not process.ready.done():
            process.ready.set_exception(failure)
            return
        self._failure = self._failure or failure
        for each in self._processes:
            for key in list(each.pending):
                each.resolve(key, self._failure)

    def _kill_all(self) -> None:
        for process in self._processes:
            process.kill()


async def open_pool(model: Model, size: int, stall: float = STALL_SECONDS) -> Pool:
    """Load `size` engines; one that gives no token for `stall` seconds is restarted.

    Raises EngineError if an engine does not load.
    """
    pool = Pool(model, size, stall)
    await pool.start()
    return pool


def process_environments(size: int, model: Model) -> list[dict[str, str]]:
    """The environment variables that give each of `size` processes its GPUs, or its share of the cores.

    Raises EngineError where there are too few GPUs.
    """
    names = gpus()
    if names:
        return _gpu_environments(size, model, names)
    if "OMP_NUM_THREADS" in os.environ:  # set by the user, or by Ray
        return [{}] * size
    threads = cpu.thread_count(size * model.models, cpu.weight_bytes(model.path))
    return [{"OMP_NUM_THREADS": str(threads)}] * size


def _gpu_environments(size: int, model: Model, names: list[str]) -> list[dict[str, str]]:
    per_engine = int(model.args.get("tensor_parallel_size", 1)) * int(model.args.get("pipeline_parallel_size", 1))
    if len(names) < size * per_engine:
        raise EngineError(
            f"--data-parallel {size} with {per_engine} GPUs an engine needs {size * per_engine}, there are {len(names)}"
        )
    starts = range(0, size * per_engine, per_engine)
    return [{"CUDA_VISIBLE_DEVICES": ",".join(names[start : start + per_engine])} for start in starts]
