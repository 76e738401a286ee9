"""An engine that answers from a function: for tests, where the answer must be known."""

import asyncio
from collections.abc import Callable

from caigen.engines.base import BaseEngine, Completion, Request


class ScriptedEngine(BaseEngine):
    """Answers every request with `script(request)`. With `keep` the requests are kept, in order, in `asked`."""

    def __init__(
        self,
        script: Callable[[Request], str | Completion],
        *,
        model: str = "scripted",
        capacity: int = 64,
        keep: bool = True,
    ) -> None:
        self.script = script
        self.keep = keep
        self.model = model
        self.capacity = capacity
        self.asked: list[Request] = []

    async def complete(self, request: Request) -> Completion:
        """Return the script's answer; a plain text becomes a completion that ended with `stop`."""
        if self.keep:
            self.asked.append(request)
        await asyncio.sleep(0)  # let other tasks run, as a real engine does
        answer = self.script(request)
        if isinstance(answer, Completion):
            return answer
        return Completion(text=answer, finish_reason="stop")
