"""What an engine's own process runs: one `VLLMEngine`, asked through a pipe. The asking side is `pool.py`."""

import asyncio
import multiprocessing
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from caigen.engines.base import Completion, Request
from caigen.errors import RequestError

if TYPE_CHECKING:
    from caigen.engines.vllm import Outcomes, VLLMEngine

BEAT = 1.0  # seconds between signs of life, each sent only if the engine has stepped since
Message = tuple[Any, ...]  # its kind (`ready`, `answers`, `refused`, `failed`, `beat`), and what belongs to it


@dataclass(frozen=True)
class Model:
    """What is loaded; `args` and `template_kwargs` as `VLLMEngine` takes them. `models` share this machine's cores."""

    path: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    stop_loops: bool = False
    models: int = 1


def main(descriptor: int) -> None:
    """Load the model that comes first through a pipe, and answer what follows until None comes or the other side is gone."""
    os.dup2(2, 1)  # stdout is for rows
    pipe: Connection[Message, Any] = Connection(descriptor)
    model: Model = pipe.recv()
    from caigen.engines.vllm import VLLMEngine

    try:
        engine = VLLMEngine(
            model.path,
            name=model.name,
            args=model.args,
            template_kwargs=model.template_kwargs,
            stop_loops=model.stop_loops,
        )
    except Exception as error:
        pipe.send(("failed", str(error)))
        return
    _answer_all(_Outlet(pipe), pipe, engine)


class _Outlet:
    """The pipe, for several threads to send through."""

    def __init__(self, pipe: "Connection[Message, Any]") -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, *message: Any) -> None:
        """Send, unless nobody is there any more: the receiving thread sees that too."""
        with self._lock, suppress(OSError):
            self._pipe.send(message)

    def deliver(self, outcomes: "Outcomes") -> None:
        """Send what became of requests."""
        answers = [(key, outcome) for key, outcome in outcomes if isinstance(outcome, Completion)]
        if answers:
            self.send("answers", answers)
        for key, outcome in outcomes:
            if isinstance(outcome, RequestError):
                self.send("refused", key, outcome.kind, str(outcome))
            elif isinstance(outcome, Exception):
                self.send("failed", str(outcome))


def _answer_all(outlet: _Outlet, pipe: "Connection[Message, Any]", engine: "VLLMEngine") -> None:
    """No event loop: what it does for a request would hold Python's lock, which the engine's thread needs (docs/LOG.md)."""
    facts = {
        "model": engine.model,
        "capacity": engine.capacity,
        "conversations": engine.conversations,
        "max_model_len": engine.max_model_len,
    }
    outlet.send("ready", facts)
    threading.Thread(target=_show_life, args=(outlet, engine), name="caigen-life", daemon=True).start()
    while (item := _received(pipe)) is not None:
        key, request = item
        try:
            if request is None:
                engine.forget_prefixes()
                outlet.deliver([(key, Completion(""))])
            else:
                engine.post(engine.prepare(request), key, outlet.deliver)
        except Exception as error:
            outlet.deliver([(key, error)])
    asyncio.run(engine.close())


def _received(pipe: "Connection[Message, Any]") -> tuple[int, Request | None] | None:
    try:
        item: tuple[int, Request | None] | None = pipe.recv()
    except (EOFError, OSError):
        return None
    return item


def _show_life(outlet: _Outlet, engine: "VLLMEngine") -> None:
    seen, cores = -1, multiprocessing.active_children()  # vLLM's own processes, where it has any
    while True:
        time.sleep(BEAT)
        ended = [core.exitcode for core in cores if not core.is_alive()]
        if ended:  # vLLM 0.32 would wait for its answers for ever
            outlet.send(
                "failed",
                f"the engine core of {engine.name} ended (exit code {ended[0]}); run the same command again to go on",
            )
            return
        if engine.stepped != seen:
            seen = engine.stepped
            outlet.send("beat")
