"""The local runner: order, bounds, faults."""

import asyncio
import random
from collections.abc import Iterator

import pytest

from caigen.errors import EngineError, InputError
from caigen.records import Message, Record
from caigen.runners.local import AHEAD, run


def records(count: int, drawn: list[int] | None = None) -> Iterator[Record]:
    for n in range(count):
        if drawn is not None:
            drawn.append(n)
        yield Record(id=str(n), prompt=(Message(role="user", content="x"),))


async def collect(source: Iterator[Record], process: object, **options: object) -> list[int]:
    return [int(record.id) async for record in run(source, process, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize("ordered", [True, False])
def test_every_record_comes_out_once(ordered: bool) -> None:
    running = most = 0

    async def process(record: Record) -> Record:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(random.Random(record.id).random() / 200)
        running -= 1
        return record

    ids = asyncio.run(collect(records(300), process, at_work=8, ordered=ordered))
    assert sorted(ids) == list(range(300))
    assert (ids == list(range(300))) == ordered
    assert most == 8


def test_nothing_to_do() -> None:
    async def process(record: Record) -> Record:
        return record

    assert asyncio.run(collect(records(0), process, at_work=4)) == []


def test_a_slow_row_holds_back_only_a_bounded_window() -> None:
    drawn: list[int] = []

    async def work() -> int:
        released = asyncio.Event()

        async def process(record: Record) -> Record:
            if record.id == "0":
                await released.wait()
            return record

        stream = run(records(1000, drawn), process, at_work=4)
        first = asyncio.ensure_future(stream.__anext__())
        await asyncio.sleep(0.3)
        seen = len(drawn)
        released.set()
        await first
        rest = [record async for record in stream]
        assert len(rest) == 999
        return seen

    assert asyncio.run(work()) <= 4 * AHEAD + 4 + 2


def test_a_stopped_engine_ends_it() -> None:
    async def process(record: Record) -> Record:
        if record.id == "5":
            raise EngineError("the engine stopped")
        await asyncio.sleep(0.001)
        return record

    with pytest.raises(EngineError, match="stopped"):
        asyncio.run(collect(records(100), process, at_work=4))


def test_a_bad_line_ends_it_after_the_rows_before() -> None:
    def source() -> Iterator[Record]:
        yield from records(7)
        raise InputError("a:8: bad")

    async def work() -> list[str]:
        out: list[str] = []

        async def process(record: Record) -> Record:
            return record

        with pytest.raises(InputError, match="a:8"):
            async for record in run(source(), process, at_work=3):
                out.append(record.id)
        return out

    assert asyncio.run(work()) == [str(n) for n in range(7)]
