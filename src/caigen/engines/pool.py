"""Engines in processes of their own, one per GPU, behind one queue; one that stalls is ended and started anew.

Each process does its own templates, tokens and stepping, so no step waits for the rows of this process (docs/LOG.md).
"""

import asyncio
import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from typing import Any
from weakref import WeakKeyDictionary

from caigen.engines import cpu
from caigen.engines.base import BaseEngine, Completion, Request, resolve
from caigen.engines.child import Message, Model
from caigen.engines.device import gpus
from caigen.engines.schedule import PRIORITY, Priority
from caigen.errors import EngineError, RequestError

STALL = 600.0  # seconds without a token
POLL = 1.0  # seconds between looks
RESTARTS = 3  # of one process without an answer in between
LOADING = 1800.0  # seconds that a process started anew may take
GRACE = 10.0  # seconds for a process to end by itself
# What is registered first runs last at exit: taking the interpreter down after that costs seconds and saves nothing.
START = """import atexit, os
code = [1]
atexit.register(lambda: os._exit(code[0]))
from caigen.engines.child import main
main({})
code[0] = 0
"""
# not multiprocessing's: that would run the caller's own script again in the new process
Process = subprocess.Popen[bytes]
Item = Model | tuple[int, Request | None] | None  # to a process: its model first, then requests by key, None at the end


@dataclass
class _Asked:
    request: Request | None  # None: forget the prefixes
    future: "asyncio.Future[Completion]"


class _Member:
    """One process, what it was asked, and when it was last heard. It is read and written by threads: a pipe may block."""

    def __init__(self, model: Model, environment: dict[str, str]) -> None:
        self.model, self.environment = model, environment
        self.asked: dict[int, _Asked] = {}
        self.heard = 0.0
        self.restarts = 0  # without an answer in between
        self.capacity = 0  # 0 until it is loaded
        self._process: Process | None = None
        self._ended = False
        self._outbox: queue.SimpleQueue[Item] = queue.SimpleQueue()

    def spawn(self, take: Callable[["_Member", "Process", Message], None]) -> None:
        """Start the process; `take` gets what it says, at last `lost`, in the event loop of the caller."""
        ours, theirs = multiprocessing.Pipe()
        with theirs:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", START.format(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | self.environment,
                start_new_session=True,  # Ctrl-C is for the process that asks; and all that it starts can be ended with it
            )
        self._process, self._outbox, self._ended = process, queue.SimpleQueue(), False
        self._outbox.put(self.model)
        loop = asyncio.get_running_loop()

        def tell(message: Message) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(take, self, process, message)

        for way in (partial(_read, ours, tell), partial(_write, ours, self._outbox)):
            threading.Thread(target=way, name="caigen-pool", daemon=True).start()

    def is_it(self, process: Process) -> bool:
        """Whether it is this process, and not one that was ended."""
        return process is self._process

    def gone(self) -> Process | None:
        """Its process, where that had ended at the last look already: what it said last has been heard by now."""
        before, self._ended = self._ended, self._process is not None and self._process.poll() is not None
        return self._process if before and self._ended else None

    def ask(self, key: int, asked: _Asked) -> None:
        """Ask; the answer comes to `take`. What is asked while it loads is sent once it has."""
        if not self.asked:
            self.heard = time.monotonic()
        self.asked[key] = asked
        if self.capacity:
            self._outbox.put((key, asked.request))

    def loaded(self, capacity: int) -> None:
        """It takes requests now; what it was asked before is sent."""
        self.capacity, self.heard = capacity, time.monotonic()
        for key, asked in self.asked.items():
            self._outbox.put((key, asked.request))

    def stop(self) -> None:
        """Let the process end by itself; it is killed with all that it started if it does not."""
        self._outbox.put(None)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(GRACE)
        self.kill()

    def kill(self) -> str:
        """End the process with all that it started; how it ended."""
        process, self._process, self.capacity = self._process, None, 0
        self._outbox.put(None)
        if process is None:
            return "never started"
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


class Pool(BaseEngine):
    """`size` engines of one model. A record's requests go to one of them, where its prefix is cached, as long as there is room.

    `open_pool` makes one.
    """

    def __init__(self, model: Model, size: int, stall: float) -> None:
        self.name, self.stall = model.name, stall
        self.restarts = 0
        self._members = [_Member(model, environment) for environment in _shares(size, model)]
        self._homes: WeakKeyDictionary[Priority, _Member] = WeakKeyDictionary()
        self._loading: dict[_Member, asyncio.Future[dict[str, Any]]] = {}
        self._failure: EngineError | None = None
        self._count = 0

    async def start(self) -> None:
        """Load all engines.

        Raises EngineError where one does not load.
        """
        try:
            facts = await asyncio.gather(*map(self._load, self._members))
        except BaseException:
            await asyncio.to_thread(self._end_all)
            raise
        self.model: str = facts[0]["model"]
        self.max_model_len: int = facts[0]["max_model_len"]
        self.capacity = sum(member.capacity for member in self._members)
        self.conversations = sum(fact["conversations"] for fact in facts)
        self._watching = asyncio.create_task(self._watch())

    async def complete(self, request: Request) -> Completion:
        """Answer one request.

        Raises RequestError, EngineError when an engine has ended.
        """
        if self._failure:
            raise self._failure
        return await self._ask(self._choose(PRIORITY.get()), request)

    async def forget_prefixes(self) -> None:
        """Empty the prefix caches; to be called while nothing runs."""
        await asyncio.gather(*(self._ask(member, None) for member in self._members))

    async def _ask(self, member: _Member, request: Request | None) -> Completion:
        self._count += 1
        future: asyncio.Future[Completion] = asyncio.get_running_loop().create_future()
        member.ask(self._count, _Asked(request, future))
        return await future

    async def close(self) -> None:
        """End all processes."""
        self._watching.cancel()
        self._failure = self._failure or EngineError(f"the engine of {self.name} was closed")
        await asyncio.gather(*(asyncio.to_thread(member.stop) for member in self._members))

    def _choose(self, turn: Priority | None) -> _Member:
        idle = min(self._members, key=lambda member: len(member.asked))
        home = self._homes.get(turn) if turn else None
        if home is None or (len(home.asked) >= home.capacity and len(idle.asked) < idle.capacity):
            home = idle
            if turn:
                self._homes[turn] = home
        return home

    async def _load(self, member: _Member) -> dict[str, Any]:
        self._loading[member] = asyncio.get_running_loop().create_future()
        member.spawn(self._take)
        facts = await self._loading[member]
        member.loaded(facts["capacity"])
        return facts

    def _take(self, member: _Member, process: Process, message: Message) -> None:
        """What a process said."""
        if not member.is_it(process):
            return
        member.heard = time.monotonic()
        kind, *content = message
        if kind == "ready":
            self._loading[member].set_result(content[0])
        elif kind == "answers":
            member.restarts = 0
            for key, completion in content[0]:
                _settle(member.asked.pop(key, None), completion)
        elif kind == "refused":
            key, reason, text = content
            _settle(member.asked.pop(key, None), RequestError(reason, text))
        elif kind == "failed":
            self._fail(member, EngineError(content[0]))
        elif kind == "lost":
            how = f"an engine process of {self.name} ended ({member.kill()})"
            hint = "; the system may be out of memory" if "signal 9" in how else ""
            self._fail(member, EngineError(f"{how}{hint}; run the same command again to go on"))

    async def _watch(self) -> None:
        """Start a process anew that has requests and gives no sign of life; and see that one has ended whose pipe is held
        open by what it started.
        """
        while True:
            await asyncio.sleep(min(POLL, self.stall / 4))
            for member in self._members:
                if ended := member.gone():
                    self._take(member, ended, ("lost",))
                elif member.asked and time.monotonic() - member.heard > self.stall:
                    await self._restart(member)

    async def _restart(self, member: _Member) -> None:
        member.restarts += 1
        self.restarts += 1
        await asyncio.to_thread(member.kill)
        try:
            if member.restarts > RESTARTS:
                raise EngineError(
                    f"the engine of {self.name} gave no token for {self.stall:g} s, {RESTARTS + 1} times in a row; "
                    "run the same command again to go on"
                )
            await asyncio.wait_for(self._load(member), LOADING)
        except EngineError as error:
            self._fail(member, error)
        except OSError as error:  # also a TimeoutError
            self._loading[member].cancel()
            self._fail(member, EngineError(f"the engine of {self.name} did not start anew: {error or 'no time left'}"))

    def _fail(self, member: _Member, failure: EngineError) -> None:
        loading = self._loading[member]
        if not loading.done():
            loading.set_exception(failure)
            return
        self._failure = self._failure or failure
        for member in self._members:
            for key in list(member.asked):
                _settle(member.asked.pop(key), self._failure)

    def _end_all(self) -> None:
        for member in self._members:
            member.kill()


async def open_pool(model: Model, size: int, stall: float = STALL) -> Pool:
    """Load `size` engines; one that gives no token for `stall` seconds is started anew.

    Raises EngineError where one does not load.
    """
    pool = Pool(model, size, stall)
    await pool.start()
    return pool


def _shares(size: int, model: Model) -> list[dict[str, str]]:
    """What each process sees of the devices: its GPUs, or its share of the cores.

    Raises EngineError where there are too few GPUs.
    """
    found = gpus()
    each = int(model.args.get("tensor_parallel_size", 1)) * int(model.args.get("pipeline_parallel_size", 1))
    if found and len(found) < size * each:
        raise EngineError(
            f"--data-parallel {size} with {each} GPUs an engine needs {size * each}, there are {len(found)}"
        )
    if found:
        return [{"CUDA_VISIBLE_DEVICES": ",".join(found[each * n : each * (n + 1)])} for n in range(size)]
    if "OMP_NUM_THREADS" in os.environ:  # said by the user, or by Ray
        return [{}] * size
    return [{"OMP_NUM_THREADS": str(cpu.threads(size * model.models, cpu.weights(model.path)))}] * size


def _settle(asked: _Asked | None, outcome: Completion | Exception) -> None:
    if asked:
        resolve(asked.future, outcome)


def _read(pipe: Connection, tell: Callable[[Message], None]) -> None:
    while True:
        try:
            message: Message = pipe.recv()
        except (EOFError, OSError):
            tell(("lost",))
            return
        tell(message)


def _write(pipe: Connection, outbox: "queue.SimpleQueue[Item]") -> None:
    item: Item = (0, None)
    while item is not None:
        item = outbox.get()
        try:
            pipe.send(item)
        except OSError:
            return  # the reading thread says that it is lost
