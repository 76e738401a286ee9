"""What an engine's own process runs: one `VLLMEngine`, asked through a pipe. The asking side is `pool.py`."""

import asyncio
import multiprocessing
import os
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from caigen.engines.base import Completion, Request
from caigen.errors import RequestError

if TYPE_CHECKING:
    from caigen.engines.vllm import VLLMEngine

BEAT = 1.0  # seconds between signs of life, each sent only if the engine has stepped since
Message = tuple[Any, ...]  # its kind (`ready`, `answer`, `refused`, `failed`, `beat`), and what belongs to it


@dataclass(frozen=True)
class Model:
    """What is loaded; `args` and `template_kwargs` as `VLLMEngine` takes them."""

    path: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    stop_loops: bool = False


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
    asyncio.run(_answer_all(pipe, engine))


async def _answer_all(pipe: Connection, engine: "VLLMEngine") -> None:
    async with engine:
        facts = {
            "model": engine.model,
            "capacity": engine.capacity,
            "conversations": engine.conversations,
            "max_model_len": engine.max_model_len,
        }
        pipe.send(("ready", facts))
        alive = asyncio.create_task(_show_life(pipe, engine))
        tasks: set[asyncio.Task[None]] = set()
        loop = asyncio.get_running_loop()
        arrived: asyncio.Queue[tuple[int, Request | None] | None] = asyncio.Queue()

        def receive() -> None:
            item: tuple[int, Request | None] | None = (0, None)
            while item is not None:
                try:
                    item = pipe.recv()
                except (EOFError, OSError):
                    item = None
                loop.call_soon_threadsafe(arrived.put_nowait, item)

        threading.Thread(target=receive, name="caigen-pipe", daemon=True).start()
        while (item := await arrived.get()) is not None:
            task = asyncio.create_task(_answer(pipe, engine, *item))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        for task in [*tasks, alive]:
            task.cancel()
        await asyncio.gather(*tasks, alive, return_exceptions=True)


async def _answer(pipe: Connection, engine: "VLLMEngine", key: int, request: Request | None) -> None:
    try:
        if request is None:
            engine.forget_prefixes()
        answer = Completion("") if request is None else await engine.complete(request)
        message: Message = ("answer", key, answer)
    except RequestError as error:
        message = ("refused", key, error.kind, str(error))
    except Exception as error:
        message = ("failed", str(error))
    with suppress(OSError):  # nobody asks any more: the receiving thread sees it too
        pipe.send(message)


async def _show_life(pipe: Connection, engine: "VLLMEngine") -> None:
    seen, cores = -1, multiprocessing.active_children()  # vLLM's own processes, where it has any
    while True:
        await asyncio.sleep(BEAT)
        ended = [core.exitcode for core in cores if not core.is_alive()]
        if ended:  # vLLM 0.32 would wait for its answers for ever
            pipe.send(
                (
                    "failed",
                    f"the engine core of {engine.name} ended (exit code {ended[0]}); run the same command again to go on",
                )
            )
            return
        if engine.stepped != seen:
            seen = engine.stepped
            with suppress(OSError):
                pipe.send(("beat",))
