"""Carry records on this machine: as many at once as the engine has room for, out in the order they came in.

A record is admitted when one leaves and then runs through all its stages: no batch, no barrier.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import islice

from caigen.records import Record

AHEAD = 4  # finished rows held back for order, as a multiple of `in_flight`
Carry = Callable[[Record], Awaitable[Record]]


async def run(records: Iterable[Record], carry: Carry, *, in_flight: int, ordered: bool = True) -> AsyncIterator[Record]:
    """Records as they are done; `ordered` keeps the order of input by a bounded window.

    Raises what `carry` raises (a stopped engine); everything in flight is cancelled then.
    """
    source = iter(records)
    tasks: dict[asyncio.Task[Record], int] = {}
    waiting: dict[int, Record] = {}
    admitted = given = 0
    try:
        while True:
            room = min(in_flight - len(tasks), given + in_flight * AHEAD - admitted if ordered else in_flight)
            for record in await _draw(source, room):
                tasks[asyncio.create_task(_carry(carry, record))] = admitted
                admitted += 1
            if not tasks:
                return
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                place = tasks.pop(task)
                if ordered:
                    waiting[place] = task.result()
                else:
                    yield task.result()
            while given in waiting:
                yield waiting.pop(given)
                given += 1
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(carry: Carry, record: Record) -> Record:
    return await carry(record)


async def _draw(source: Iterator[Record], room: int) -> list[Record]:
    return list(islice(source, room)) if room > 0 else []
