"""A gate before an engine: as many requests at once as it can use, in the order of their turns."""

import asyncio
from heapq import heapify, heappop, heappush
from itertools import count

from caigen.engines.base import Closing, Completion, Engine, Request
from caigen.flow import TURN, Flow, Turn

SPARE = 4  # one request more than an engine's capacity for so many, so that a free place is taken in the same step


class Gate(Closing):
    """An engine around an engine; `room` is how many requests it lets in at once.

    Raises what the engine raises.
    """

    def __init__(self, engine: Engine, room: int | None = None) -> None:
        self.engine, self.model, self.capacity = engine, engine.model, engine.capacity
        self.conversations = engine.conversations
        self.room = room or engine.capacity + engine.capacity // SPARE
        self.running = 0
        self._waiting: list[tuple[tuple[int, int], int, Turn, asyncio.Future[None]]] = []
        self._ranked_to_end = False
        self._count = count()

    async def complete(self, request: Request) -> Completion:
        """The engine's answer, once it is this request's turn."""
        turn = TURN.get() or Turn(Flow(), 0)
        await self._enter(turn)
        try:
            return await self.engine.complete(request)
        finally:
            turn.answered += 1
            self._leave()

    def widen(self, room: int) -> None:
        """Let so many in from now on; those above a smaller number run to their end."""
        self.room = room
        while self._waiting and self.running < self.room:
            self.running += 1
            self._leave()

    async def close(self) -> None:
        """Close the engine."""
        await self.engine.close()

    async def _enter(self, turn: Turn) -> None:
        if self.running < self.room:
            self.running += 1
            return
        let_in: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, (turn.rank, next(self._count), turn, let_in))
        try:
            await let_in
        except asyncio.CancelledError:
            if let_in.done() and not let_in.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Hand the place to who is next."""
        if self._waiting and self._waiting[0][2].flow.ending and not self._ranked_to_end:
            self._waiting = [(turn.rank, number, turn, let_in) for _, number, turn, let_in in self._waiting]
            heapify(self._waiting)
            self._ranked_to_end = True
        while self._waiting and self.running <= self.room:
            *_, let_in = heappop(self._waiting)
            if not let_in.done():
                let_in.set_result(None)
                return
        self.running -= 1
