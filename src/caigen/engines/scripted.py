"""An engine that answers from a function: for tests, where a known answer is the point."""

import asyncio
from collections.abc import Callable

from caigen.engines.base import Closing, Completion, Request


class ScriptedEngine(Closing):
    """Answers every request with `script(request)`; keeps what it was asked in `asked` (`keep`)."""

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
        """The script's answer; a plain text counts as finished."""
        if self.keep:
            self.asked.append(request)
        await asyncio.sleep(0)
        answer = self.script(request)
        return answer if isinstance(answer, Completion) else Completion(text=answer, finish_reason="stop")
