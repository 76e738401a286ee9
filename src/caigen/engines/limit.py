"""Limit how many requests an engine gets at once, and adapt the limit to the queue of a server.

Waiting requests go in the order of their priority (schedule.py). A server is sent more while none of its requests wait and fewer
while many do, as TCP finds the capacity of a line: doubled until the first time that any wait (slow start, RFC 5681), then
additive increase and multiplicative decrease (Chiu and Jain 1989).
"""

import asyncio
from collections.abc import Awaitable, Callable
from heapq import heapify, heappop, heappush
from itertools import count

from caigen.engines.base import Closing, Completion, Engine, Request
from caigen.engines.schedule import PRIORITY, Priority, Schedule

SPARE = 4  # one request more than an engine's capacity for so many, so that a free place is taken in the same step
PACE = 2.0  # seconds between looks
STEP = 16  # requests more, once some have waited
LESS = 0.8  # of the room, while more than QUEUE of it wait at the server
QUEUE = 0.25
LEAST = 8  # requests
Load = Callable[[], Awaitable[tuple[int, int] | None]]  # requests running and waiting there; None where it does not say


class ConcurrencyLimiter(Closing):
    """An engine around an engine; `room` is how many requests it lets in at once.

    Raises what the engine raises.
    """

    def __init__(self, engine: Engine, room: int | None = None) -> None:
        self.engine, self.model, self.capacity = engine, engine.model, engine.capacity
        self.conversations = engine.conversations
        self.room = room or engine.capacity + engine.capacity // SPARE
        self.running = 0
        self._waiting: list[tuple[tuple[int, int], int, Priority, asyncio.Future[None]]] = []
        self._ranked_to_end = False
        self._count = count()

    async def complete(self, request: Request) -> Completion:
        """The engine's answer, once it is this request's turn."""
        turn = PRIORITY.get() or Priority(Schedule(), 0)
        await self._enter(turn)
        try:
            return await self.engine.complete(request)
        finally:
            turn.answered += 1
            self._leave()

    def resize(self, room: int) -> None:
        """Let so many in from now on; those above a smaller number run to their end."""
        self.room = room
        while self._waiting and self.running < self.room:
            self.running += 1
            self._leave()

    async def close(self) -> None:
        """Close the engine."""
        await self.engine.close()

    async def _enter(self, turn: Priority) -> None:
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


async def adapt_limit(gate: ConcurrencyLimiter, load: Load, *, most: int, every: float = PACE) -> None:
    """Until the server says nothing of its queue, or for ever."""
    waited = False  # ever
    while True:
        await asyncio.sleep(every)
        found = await load()
        if found is None:
            return
        _, waiting = found
        waited = waited or waiting > 0
        if waiting > QUEUE * gate.room:
            gate.resize(max(LEAST, int(LESS * gate.room)))
        elif not waiting and gate.running >= gate.room:
            gate.resize(min(most, gate.room + STEP if waited else 2 * gate.room))
