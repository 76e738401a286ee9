"""Limit how many requests an engine works on at once, and adapt the limit to the queue of a server.

Waiting requests enter in the order of their priority (schedule.py). The limit is found as TCP finds the capacity of a
line: it is doubled until requests wait at the server for the first time (slow start, RFC 5681); from then on it is
increased by a constant, and decreased by a factor while many wait (AIMD, Chiu and Jain 1989).
"""

import asyncio
from collections.abc import Awaitable, Callable
from heapq import heapify, heappop, heappush
from itertools import count
from typing import NamedTuple

from caigen.engines.base import Completion, Engine, Request, Wrapper
from caigen.engines.schedule import PRIORITY, Priority, Schedule

CAPACITY_PER_SPARE = 4  # one request more for every 4 of the capacity, so that a free place is filled in the same step
POLL_SECONDS = 2.0
INCREASE_REQUESTS = 16
DECREASE_FACTOR = 0.8
MAX_QUEUE_SHARE = 0.25  # the limit is decreased while a larger share of it waits at the server
MIN_RUNNING = 8


class ServerLoad(NamedTuple):
    """Requests that a server works on, and those that wait there."""

    running: int
    waiting: int


GetLoad = Callable[[], Awaitable[ServerLoad | None]]  # None if the server does not tell


class _Waiter(NamedTuple):
    """A request that waits to enter. Compared by rank, then by order of arrival; the rest never takes part."""

    rank: tuple[int, int]
    number: int
    priority: Priority
    entered: "asyncio.Future[None]"


class ConcurrencyLimiter(Wrapper):
    """An engine around an engine that passes on at most `max_running` requests at once, by default a little more than
    the engine's capacity. The others wait, the most important one in front.

    Raises what the engine raises.
    """

    def __init__(self, engine: Engine, max_running: int | None = None) -> None:
        super().__init__(engine)
        self.max_running = max_running or engine.capacity + engine.capacity // CAPACITY_PER_SPARE
        self.running = 0
        self._waiting: list[_Waiter] = []  # a heap
        self._reranked = False  # whether the heap is in the order that holds once the input has ended
        self._numbers = count()

    async def complete(self, request: Request) -> Completion:
        """Wait for a free place, then return the engine's answer."""
        priority = PRIORITY.get() or Priority(Schedule(), 0)
        await self._enter(priority)
        try:
            return await self.engine.complete(request)
        finally:
            priority.answered += 1
            priority.schedule.answered += 1
            self._leave()

    def resize(self, max_running: int) -> None:
        """Change the limit. If it is lower, requests above it still run to their end."""
        self.max_running = max_running
        while self._waiting and self.running < self.max_running:
            # take a new place, and give it to whoever is next
            self.running += 1
            self._leave()

    async def _enter(self, priority: Priority) -> None:
        if self.running < self.max_running:
            self.running += 1
            return
        entered: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heappush(self._waiting, _Waiter(priority.rank, next(self._numbers), priority, entered))
        try:
            await entered
        except asyncio.CancelledError:
            # the place was given to this request in the same step in which it was cancelled: pass it on
            if entered.done() and not entered.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Give a place to the next waiting request, or free it."""
        self._rerank()
        while self._waiting and self.running <= self.max_running:
            entered = heappop(self._waiting).entered
            if not entered.done():  # else its request was cancelled
                entered.set_result(None)
                return
        self.running -= 1

    def _rerank(self) -> None:
        """Sort the waiting requests anew, once, after the input has ended: this changes the ranks (Priority.rank)."""
        if self._reranked or not self._waiting or not self._waiting[0].priority.schedule.input_ended:
            return
        self._waiting = [waiter._replace(rank=waiter.priority.rank) for waiter in self._waiting]
        heapify(self._waiting)
        self._reranked = True


async def adapt_limit(
    limiter: ConcurrencyLimiter, get_load: GetLoad, *, max_running: int, interval: float = POLL_SECONDS
) -> None:
    """Adapt a limiter to its server's queue every `interval` seconds, until the server no longer tells its load."""
    has_waited = False  # whether requests have waited at the server at least once
    while True:
        await asyncio.sleep(interval)
        load = await get_load()
        if load is None:
            return
        has_waited = has_waited or load.waiting > 0
        if load.waiting > MAX_QUEUE_SHARE * limiter.max_running:
            limiter.resize(max(MIN_RUNNING, int(DECREASE_FACTOR * limiter.max_running)))
        elif not load.waiting and limiter.running >= limiter.max_running:
            # slow start until the first queue, then a constant step; only if the present limit is used up
            increase = INCREASE_REQUESTS if has_waited else limiter.max_running
            limiter.resize(min(max_running, limiter.max_running + increase))
