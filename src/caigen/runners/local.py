"""run: records -> processed records, on this machine, in the order they came in.

A record is admitted when another one leaves, and then runs through all its stages: no batch, no barrier. More records
are at work than the engine has places for, so that it is always full; which of their requests it gets first is
decided by their priority (engines/schedule.py).
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, field

from caigen.engines.base import Engine
from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.records import Record

AT_WORK = 3  # records at most, as a multiple of an engine's capacity: enough to fill it while the last chains run out
AHEAD = 2  # rows between the oldest that is unfinished and the newest admitted, as a multiple of `at_work`
Process = Callable[[Record], Awaitable[Record]]


@dataclass(frozen=True, slots=True)
class _Indexed:
    """A record and its index in the input."""

    index: int
    record: Record


def at_work(engines: Iterable[Engine], in_flight: int | None = None) -> int:
    """How many records to have at work at once; `in_flight` is how many requests the user allows.

    No more than there are conversations in the engine's cache: near the end all of them may have begun.
    """
    most = 0
    for engine in engines:
        capacity = in_flight or engine.capacity
        most = max(most, capacity, min(AT_WORK * capacity, engine.conversations))
    return most


async def run(
    records: Iterable[Record], process: Process, *, at_work: int, ordered: bool = True, schedule: Schedule | None = None
) -> AsyncIterator[Record]:
    """Records as they are processed, `at_work` of them at once.

    `ordered` keeps the order of the input, within a bounded window.

    Raises what reading raises, once the rows before are out, and at once what `process` raises (a stopped engine).
    """
    feed = _Feed(records, capacity=at_work)
    work = _Work(process, feed, schedule or Schedule(), window=asyncio.Semaphore(at_work * AHEAD))
    workers = [asyncio.create_task(work.process_records()) for _ in range(at_work)]
    waiting: dict[int, Record] = {}  # finished before an earlier record was
    next_index = 0
    try:
        async with aclosing(work.finished_records(workers=at_work)) as finished:
            async for item in finished:
                if not ordered:
                    work.window.release()
                    yield item.record
                    continue
                waiting[item.index] = item.record
                # a record that was waited for lets those behind it go, too
                while next_index in waiting:
                    work.window.release()
                    yield waiting.pop(next_index)
                    next_index += 1
        if feed.error:
            raise feed.error
    finally:
        feed.stop()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


@dataclass
class _Work:
    """What the workers of one run share.

    A place in `window` is taken for each record that is admitted and given back when it is handed on. `finished` holds
    records, the error of a worker that stopped, or None for a worker that found no more records.
    """

    process: Process
    feed: "_Feed"
    schedule: Schedule
    window: asyncio.Semaphore
    finished: "asyncio.Queue[_Indexed | Exception | None]" = field(default_factory=asyncio.Queue)

    async def process_records(self) -> None:
        """One worker: process one record after another until there are no more."""
        try:
            while item := await self._next():
                self.schedule.taken += 1
                priority = Priority(self.schedule, item.index)
                PRIORITY.set(priority)
                processed = await self.process(item.record)
                failure = processed.failure if item.record.status != "failed" else None
                self.schedule.end(priority, failure)
                self.finished.put_nowait(_Indexed(item.index, processed))
            self.schedule.input_ended = True
            self.finished.put_nowait(None)
        except Exception as error:
            self.finished.put_nowait(error)

    async def _next(self) -> _Indexed | None:
        """The next record, once the window has room for it; None at the end."""
        await self.window.acquire()
        self.schedule.starved += 1
        item = await self.feed.next()
        self.schedule.starved -= 1
        return item

    async def finished_records(self, workers: int) -> AsyncGenerator[_Indexed, None]:
        """The records in the order in which they are finished, until all workers have ended.

        Raises what a worker raised.
        """
        while workers:
            item = await self.finished.get()
            if isinstance(item, Exception):
                raise item
            if item is None:
                workers -= 1
                self.window.release()
            else:
                yield item


class _Feed:
    """Reads ahead in a thread, so that a slow pipe never stops the event loop; holds at most `capacity` records.

    `error` is what reading raised.
    """

    def __init__(self, records: Iterable[Record], *, capacity: int) -> None:
        self.error: BaseException | None = None
        self._records = records
        self._loop = asyncio.get_running_loop()
        self._ready: deque[_Indexed] = deque()
        self._free = threading.Semaphore(capacity)
        self._event = asyncio.Event()
        self._ended = self._stopped = False
        threading.Thread(target=self._fill, name="caigen-reader", daemon=True).start()

    async def next(self) -> _Indexed | None:
        """The next record, or None at the end."""
        while not self._ready:
            if self._ended:
                # the thread may have added the last record after the look above
                return self._ready.popleft() if self._ready else None
            self._event.clear()
            if not self._ready and not self._ended:
                await self._event.wait()
        self._free.release()
        return self._ready.popleft()

    def stop(self) -> None:
        """Read no further."""
        self._stopped = True
        self._free.release()

    def _fill(self) -> None:
        """The thread: read while there is room."""
        try:
            for index, record in enumerate(self._records):
                self._free.acquire()
                if self._stopped:
                    return
                self._ready.append(_Indexed(index, record))
                self._wake()
        except BaseException as error:
            self.error = error
        finally:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        if not self._event.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)
