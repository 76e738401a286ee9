"""Process records on this machine: some more at once than the engine has room for, out in the order they came in.

A record is admitted when one leaves and then runs through all its stages: no batch, no barrier. Which of those at work
goes to the engine first is `flow.py`'s.
"""

import asyncio
import threading
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

from caigen.engines.base import Engine
from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.records import Record

AT_WORK = 3  # records at most, as a multiple of an engine's capacity: enough to fill it while the last chains run out
AHEAD = 2  # rows between the oldest that is unfinished and the newest admitted, as a multiple of `at_work`
Process = Callable[[Record], Awaitable[Record]]


def at_work(engines: Iterable[Engine], room: int | None = None) -> int:
    """How many records are to be at work at once; `room` is the requests that the user allows. No more than there are
    conversations in the engine's cache: near the end all of them may have begun.
    """
    found = [(room or engine.capacity, engine.conversations) for engine in engines]
    return max(max(capacity, min(AT_WORK * capacity, conversations)) for capacity, conversations in found)


async def run(
    records: Iterable[Record], process: Process, *, at_work: int, ordered: bool = True, flow: Schedule | None = None
) -> AsyncIterator[Record]:
    """Records as they are done, `at_work` of them at once; `ordered` keeps the order of input by a bounded window.

    Raises what reading raises, once the rows before are out, and at once what `carry` raises (a stopped engine).
    """
    flow = flow or Schedule()
    feed = _Feed(records, room=at_work)
    window = asyncio.Semaphore(at_work * AHEAD)
    finished: asyncio.Queue[tuple[int, Record] | BaseException | None] = asyncio.Queue()

    async def work() -> None:
        try:
            while True:
                await window.acquire()
                flow.starved += 1
                taken = await feed.next()
                flow.starved -= 1
                if taken is None:
                    flow.input_ended = True
                    break
                place, record = taken
                flow.taken += 1
                PRIORITY.set(Priority(flow, place))
                finished.put_nowait((place, await process(record)))
            finished.put_nowait(None)
        except Exception as error:
            finished.put_nowait(error)

    workers = [asyncio.create_task(work()) for _ in range(at_work)]
    waiting: dict[int, Record] = {}
    given, left = 0, at_work
    try:
        while left:
            item = await finished.get()
            if item is None:
                left -= 1
                window.release()
                continue
            if isinstance(item, BaseException):
                raise item
            if not ordered:
                window.release()
                yield item[1]
                continue
            waiting[item[0]] = item[1]
            while given in waiting:
                window.release()
                yield waiting.pop(given)
                given += 1
        if feed.error:
            raise feed.error
    finally:
        feed.stop()
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)


class _Feed:
    """Reads ahead in a thread, so that a slow pipe never stops the loop; holds at most `room` records."""

    def __init__(self, records: Iterable[Record], *, room: int) -> None:
        self.error: BaseException | None = None
        self._records = records
        self._loop = asyncio.get_running_loop()
        self._ready: deque[tuple[int, Record]] = deque()
        self._room = threading.Semaphore(room)
        self._event = asyncio.Event()
        self._ended = self._stopped = False
        threading.Thread(target=self._fill, name="caigen-reader", daemon=True).start()

    async def next(self) -> tuple[int, Record] | None:
        """The next record with its place, or None at the end."""
        while not self._ready:
            if self._ended:
                return None if not self._ready else self._ready.popleft()
            self._event.clear()
            if not self._ready and not self._ended:
                await self._event.wait()
        self._room.release()
        return self._ready.popleft()

    def stop(self) -> None:
        """Read no further."""
        self._stopped = True
        self._room.release()

    def _fill(self) -> None:
        try:
            for item in enumerate(self._records):
                self._room.acquire()
                if self._stopped:
                    return
                self._ready.append(item)
                self._wake()
        except BaseException as error:
            self.error = error
        finally:
            self._ended = True
            self._wake()

    def _wake(self) -> None:
        if not self._event.is_set() and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._event.set)
