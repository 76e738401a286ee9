"""Turns: texts of many clients that wait for the judge -> one of each client after the other.

A judge answers a bounded number of texts at once. Without turns a client that sends thousands of texts would be
answered whole before anybody who came a moment later.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple


class Caller(NamedTuple):
    """Whose text it is: a client's address, and the number of its request."""

    client: str
    request: int


class Turns:
    """Lets as many texts at once begin as `limit()` says.

    When a place is free, the client that has waited longest since its last text is next, and of its requests the one
    that has waited longest likewise; within a request texts keep their order.
    """

    def __init__(self, limit: Callable[[], int]) -> None:
        self.running = 0
        self._limit = limit
        # by client, then by request, the next one first
        self._waiting: OrderedDict[str, OrderedDict[int, deque[asyncio.Future[None]]]] = OrderedDict()

    @asynccontextmanager
    async def turn(self, caller: Caller) -> AsyncIterator[None]:
        """Wait for a place, and hold it within the context."""
        await self._wait(caller)
        try:
            yield
        finally:
            self._free()

    async def _wait(self, caller: Caller) -> None:
        if self.running < self._limit() and not self._waiting:
            self.running += 1
            return
        begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        requests = self._waiting.setdefault(caller.client, OrderedDict())
        requests.setdefault(caller.request, deque()).append(begun)
        try:
            await begun
        except asyncio.CancelledError:
            # the place was given to this text in the same step in which it was cancelled: pass it on
            if begun.done() and not begun.cancelled():
                self._free()
            raise

    def _free(self) -> None:
        """Give a place back; whoever is next gets it, and all other places that are free."""
        self.running -= 1
        while self.running < self._limit() and (begun := self._next()):
            self.running += 1
            begun.set_result(None)

    def _next(self) -> "asyncio.Future[None] | None":
        """Take the next text that still waits; None if there is none."""
        while self._waiting:
            client, requests = self._waiting.popitem(last=False)
            request, texts = requests.popitem(last=False)
            begun = texts.popleft()
            # behind all others
            if texts:
                requests[request] = texts
            if requests:
                self._waiting[client] = requests
            if not begun.done():  # else its request was cancelled
                return begun
        return None
