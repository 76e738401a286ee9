"""The program of an engine process: load one `VLLMEngine`, read requests from a pipe, send the answers back.

`engine_process.py` starts it and holds the other end of the pipe. The types of all messages are here.
"""

import asyncio
import multiprocessing
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any, NamedTuple

from caigen.engines.base import Completion, Request
from caigen.errors import RequestError

if TYPE_CHECKING:
    from caigen.engines.vllm import VLLMEngine
    from caigen.engines.vllm_requests import Outcomes

HEARTBEAT_SECONDS = 1.0


@dataclass(frozen=True)
class Model:
    """The model to load, with the arguments of `VLLMEngine`. `models` is how many models share this machine's cores."""

    path: str
    name: str
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)
    stop_loops: bool = False
    models: int = 1


# To the process: first a Model, then Commands, at the end None.


class Command(NamedTuple):
    """A request with the key of its answer; without a request: empty the prefix cache."""

    key: int
    request: Request | None


# From the process: Ready or Failed once, then the others in any order.


class Ready(NamedTuple):
    """The model is loaded. `own_sampling` is what its generation_config asks for."""

    model: str
    capacity: int
    conversations: int
    max_model_len: int
    own_sampling: dict[str, Any]


class Answers(NamedTuple):
    """The answers that one engine step has finished, by the keys of their commands."""

    completions: list[tuple[int, Completion]]


class Refused(NamedTuple):
    """One request cannot be answered; `kind` and `text` make a RequestError."""

    key: int
    kind: str
    text: str


class Failed(NamedTuple):
    """The engine cannot answer any request; `text` makes an EngineError."""

    text: str


class Heartbeat(NamedTuple):
    """The engine has stepped since the last heartbeat, and has generated so many tokens since it was loaded."""

    generated: int


Message = Ready | Answers | Refused | Failed | Heartbeat


def main(descriptor: int) -> None:
    """Load the model that the pipe `descriptor` brings, then answer commands until None comes or the pipe closes."""
    os.dup2(2, 1)  # stdout is for rows; whatever a library prints goes to stderr
    pipe: Connection[Message, Any] = Connection(descriptor)
    model: Model = pipe.recv()
    # after `recv`, since importing vLLM takes seconds
    from caigen.engines.vllm import VLLMEngine

    try:
        engine = VLLMEngine(
            model.path,
            name=model.name,
            args=model.args,
            template_kwargs=model.template_kwargs,
            stop_loops=model.stop_loops,
        )
    except Exception as error:  # every reason is for the user; the parent process raises it
        pipe.send(Failed(str(error)))
        return
    _answer_commands(_Sender(pipe), pipe, engine)


class _Sender:
    """The sending end of the pipe, for several threads."""

    def __init__(self, pipe: "Connection[Message, Any]") -> None:
        self._pipe, self._lock = pipe, threading.Lock()

    def send(self, message: Message) -> None:
        """Send a message; nothing happens when the parent process has gone, which the receiving thread sees too."""
        with self._lock, suppress(OSError):
            self._pipe.send(message)

    def deliver(self, outcomes: "Outcomes") -> None:
        """Send the outcomes of requests: all answers in one message, each error in one of its own."""
        answers = [(key, outcome) for key, outcome in outcomes if isinstance(outcome, Completion)]
        if answers:
            self.send(Answers(answers))
        for key, outcome in outcomes:
            if isinstance(outcome, RequestError):
                self.send(Refused(key, outcome.kind, str(outcome)))
            elif isinstance(outcome, Exception):
                self.send(Failed(str(outcome)))


def _answer_commands(sender: _Sender, pipe: "Connection[Message, Any]", engine: "VLLMEngine") -> None:
    """Carry out commands until the pipe ends.

    There is no event loop: its work for a request would hold Python's lock, which the engine's thread needs
    (docs/LOG.md).
    """
    sender.send(Ready(engine.model, engine.capacity, engine.conversations, engine.max_model_len, engine.own_sampling))
    threading.Thread(target=_send_heartbeats, args=(sender, engine), name="caigen-heartbeat", daemon=True).start()
    while (command := _receive(pipe)) is not None:
        try:
            if command.request is None:
                engine.forget_prefixes()
                sender.deliver([(command.key, Completion(""))])
            else:
                # the engine's own thread calls `deliver`, so the next command is read without waiting
                engine.post(engine.prepare(command.request), command.key, sender.deliver)
        except Exception as error:  # the parent process raises it where the request was made
            sender.deliver([(command.key, error)])
    asyncio.run(engine.close())


def _receive(pipe: "Connection[Message, Any]") -> Command | None:
    """The next command; None at the end, also when the parent process has gone."""
    try:
        command: Command | None = pipe.recv()
    except (EOFError, OSError):
        return None
    return command


def _send_heartbeats(sender: _Sender, engine: "VLLMEngine") -> None:
    """Send a heartbeat each second in which the engine has stepped; end with Failed when its core process has died."""
    last_step = -1
    cores = multiprocessing.active_children()  # on a GPU vLLM has its engine core in a process of its own
    while True:
        time.sleep(HEARTBEAT_SECONDS)
        # vLLM 0.32 waits for ever for a core that was killed, so its death is looked for here
        exit_codes = [core.exitcode for core in cores if not core.is_alive()]
        if exit_codes:
            ending = f"the engine core of {engine.name} ended (exit code {exit_codes[0]})"
            sender.send(Failed(f"{ending}; run the same command again to go on"))
            return
        if engine.stepped != last_step:
            last_step = engine.stepped
            sender.send(Heartbeat(engine.generated))
