"""An engine that records every request of a run with the length drawn for its answer, so that it can be sent again."""

import dataclasses
import time
from typing import NamedTuple

import orjson

from caigen.bench.workload import Work, length
from caigen.engines.base import Completion, Engine, Request, Wrapper
from caigen.engines.schedule import PRIORITY


class RunningCount(NamedTuple):
    """How many requests were running until a moment (monotonic seconds)."""

    time: float
    running: int


class RecordingEngine(Wrapper):
    """Gives every answer the length drawn for it, and records requests and how many were running when.

    A critique is generated under its schema, but what is handed on is a fixed critique that quotes the answer: so every
    record goes through all its requests, whatever the model is able to say.
    """

    def __init__(self, engine: Engine, work: Work) -> None:
        super().__init__(engine)
        self.work = work
        self.requests: dict[int, list[Request]] = {}  # of each record, by its index in the input
        self.counts: list[RunningCount] = []
        self.running = 0

    async def complete(self, request: Request) -> Completion:
        """The engine's answer, of the length drawn."""
        priority = PRIORITY.get()
        index = priority.index if priority else 0
        recorded = self.requests.setdefault(index, [])
        if request.schema:
            # JSON ends by itself; the limit is only a bound
            sized = with_length(request, self.work.longest, ignore_eos=False)
        else:
            tokens = length(f"b{index}", len(recorded), median=self.work.median, longest=self.work.longest)
            sized = with_length(request, tokens, ignore_eos=True)
        recorded.append(sized)
        number = len(recorded) - 1
        self._change_running(1)
        completion = await self.engine.complete(sized)
        self._change_running(-1)
        if request.schema:
            # the other arms get an answer as long as this one was
            recorded[number] = with_length(request, completion.tokens.completion, ignore_eos=False)
            completion = dataclasses.replace(completion, text=fixed_critique(request))
        return dataclasses.replace(completion, finish_reason="stop")

    def _change_running(self, change: int) -> None:
        self.counts.append(RunningCount(time.monotonic(), self.running))
        self.running += change


def with_length(request: Request, tokens: int, *, ignore_eos: bool) -> Request:
    """The request with another limit of output tokens."""
    sampling = dataclasses.replace(request.sampling, max_tokens=tokens, ignore_eos=ignore_eos)
    return dataclasses.replace(request, sampling=sampling)


def fixed_critique(request: Request) -> str:
    """A critique in JSON that quotes the answer it was asked about."""
    answer = next(message.content for message in reversed(request.messages) if message.role == "assistant")
    critique = {
        "text": "The words quoted claim more than anybody can know, and a reader could act on them.",
        "quotes": [" ".join(answer.split()[:8])],
        "verdict": "violates",
        "severity": 2,
    }
    return orjson.dumps(critique).decode()
