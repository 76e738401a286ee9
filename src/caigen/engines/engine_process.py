"""One engine in a process of its own: start it, send it requests through a pipe, end it with all that it started.

What the process runs is `child.py`; `pool.py` decides which process gets a request, and when one is restarted.
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
from functools import partial
from multiprocessing.connection import Connection
from typing import NamedTuple

from caigen.engines import child
from caigen.engines.base import Completion, Request, resolve
from caigen.engines.child import Command, Message, Model, Ready

EXIT_SECONDS = 10.0  # for a process to end by itself
# The first exit handler to be registered runs last; `os._exit` there skips taking the interpreter down, which costs
# seconds and saves nothing.
START_CODE = f"""import atexit, os
code = [1]
atexit.register(lambda: os._exit(code[0]))
from {child.__name__} import {child.main.__name__}
{child.main.__name__}({{descriptor}})
code[0] = 0
"""
# not multiprocessing's Process: that would run the caller's own script again in the new process
Process = subprocess.Popen[bytes]
Outgoing = Model | Command | None


class Lost(NamedTuple):
    """The pipe has closed: the process has ended or is ending."""


class Pending(NamedTuple):
    """A request without an answer yet; `request` is None where the prefix cache is to be emptied."""

    request: Request | None
    future: "asyncio.Future[Completion]"


Handler = Callable[["EngineProcess", Message | Lost], None]


class EngineProcess:
    """One process at a time with one engine, its pending requests, and when its last message came.

    Two threads read and write its pipe, because either may block.
    """

    def __init__(self, model: Model, environment: dict[str, str]) -> None:
        self.model, self.environment = model, environment
        self.pending: dict[int, Pending] = {}
        self.last_message = 0.0  # `time.monotonic`
        self.restarts = 0  # since the last answer
        self.capacity = 0  # 0 until the model is loaded
        self.generated = 0  # completion tokens by the present process
        self.generated_before = 0  # by those that were killed
        self.ready: asyncio.Future[Ready]
        self._process: Process | None = None
        self._was_dead = False
        self._outbox: queue.SimpleQueue[Outgoing] = queue.SimpleQueue()

    async def load(self, handle: Handler) -> Ready:
        """Start the process and wait for its model. `handle` gets all its messages, at last Lost, in this event loop.

        It must set `ready`, to the message Ready or to an exception. Raises that exception.
        """
        self.ready = asyncio.get_running_loop().create_future()
        self._spawn(handle)
        ready = await self.ready
        self.capacity, self.last_message = ready.capacity, time.monotonic()
        # requests that came while it was loading, and those of a process that was killed
        for key, pending in self.pending.items():
            self._outbox.put(Command(key, pending.request))
        return ready

    def _spawn(self, handle: Handler) -> None:
        parent_end, child_end = multiprocessing.Pipe()
        with child_end:
            process = subprocess.Popen(
                [sys.executable, "-P", "-c", START_CODE.format(descriptor=child_end.fileno())],
                pass_fds=[child_end.fileno()],
                stdin=subprocess.DEVNULL,
                env=os.environ | self.environment,
                # a session of its own: Ctrl-C goes to the parent alone, and `killpg` ends all that the process started
                start_new_session=True,
            )
        # a new outbox, since the thread of an earlier process may still wait at the old one
        self._process, self._outbox, self._was_dead = process, queue.SimpleQueue(), False
        self.generated_before, self.generated = self.generated_before + self.generated, 0
        self._outbox.put(self.model)
        loop = asyncio.get_running_loop()

        def receive(message: Message | Lost) -> None:
            if process is self._process:  # not the late message of a process that was killed
                self.last_message = time.monotonic()
                handle(self, message)

        def post(message: Message | Lost) -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(receive, message)

        for work in (partial(_read, parent_end, post), partial(_write, parent_end, self._outbox)):
            threading.Thread(target=work, name="caigen-pool", daemon=True).start()

    def submit(self, key: int, pending: Pending) -> None:
        """Send a request, or keep it until the model is loaded; the answer comes to `handle` with the same key."""
        if not self.pending:
            self.last_message = time.monotonic()  # an idle process is silent; from now on silence is a stall
        self.pending[key] = pending
        if self.capacity:
            self._outbox.put(Command(key, pending.request))

    def resolve(self, key: int, outcome: Completion | Exception) -> None:
        """Answer a pending request; one that is not pending any more is ignored."""
        pending = self.pending.pop(key, None)
        if pending:
            resolve(pending.future, outcome)

    def is_dead(self) -> bool:
        """Whether the process was dead at the last call and at this one, so that its last messages have been read."""
        was_dead, self._was_dead = self._was_dead, self._process is not None and self._process.poll() is not None
        return was_dead and self._was_dead

    def stop(self) -> None:
        """Let the process end by itself, then kill it with all that it started. Blocks for EXIT_SECONDS at most."""
        self._outbox.put(None)
        if self._process:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(EXIT_SECONDS)
        self.kill()

    def kill(self) -> str:
        """Kill the process with all that it started; returns how it ended, such as `signal 9`."""
        process, self._process, self.capacity = self._process, None, 0
        self._outbox.put(None)  # ends the writing thread
        if process is None:
            return "never started"
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        return f"signal {-code}" if code < 0 else f"exit code {code}"


def _read(pipe: Connection, post: Callable[[Message | Lost], None]) -> None:
    """Post all messages from the pipe, then Lost."""
    while True:
        try:
            message: Message = pipe.recv()
        except (EOFError, OSError):
            post(Lost())
            return
        post(message)


def _write(pipe: Connection, outbox: "queue.SimpleQueue[Outgoing]") -> None:
    """Send what comes into the outbox through the pipe; None is the last item that is sent."""
    item: Outgoing = Command(0, None)
    while item is not None:
        item = outbox.get()
        try:
            pipe.send(item)
        except OSError:
            return  # the reading thread posts Lost
