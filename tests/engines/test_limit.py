"""The gate before an engine: how many get in, and in which order."""

import asyncio

import pytest

from caigen.engines.base import Completion, Request
from caigen.engines.limit import ConcurrencyLimiter, adapt_limit
from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError


class Slow(ScriptedEngine):
    """Answers when told; `inside` are the places of the records that it has in hand, in order of arrival."""

    def __init__(self, capacity: int) -> None:
        super().__init__(lambda _: "x")
        self.capacity = capacity
        self.inside: list[int] = []
        self.most = 0
        self.go = asyncio.Semaphore(0)

    async def complete(self, request: Request) -> Completion:
        turn = PRIORITY.get()
        self.inside.append(turn.place if turn else -1)
        self.most = max(self.most, len(self.inside))
        await self.go.acquire()
        self.inside.pop(0)
        return await super().complete(request)


async def of_record(
    gate: ConcurrencyLimiter, flow: Schedule, place: int, requests: int, order: list[tuple[int, int]]
) -> None:
    turn = Priority(flow, place)
    PRIORITY.set(turn)
    for number in range(requests):
        await gate.complete(Request(text="x"))
        order.append((place, number))


async def order_of(flow: Schedule, *, records: int, requests: int) -> list[tuple[int, int]]:
    engine = Slow(1)
    gate, order = ConcurrencyLimiter(engine, 1), list[tuple[int, int]]()
    tasks = [asyncio.create_task(of_record(gate, flow, place, requests, order)) for place in range(records)]
    for _ in range(records * requests):
        engine.go.release()
        for _ in range(5):
            await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    assert engine.most == 1
    return order


def test_begun_records_go_first() -> None:
    """While one comes back with its next request another has its place, so two take turns."""
    order = asyncio.run(order_of(Schedule(), records=4, requests=3))
    assert {place for place, _ in order[:6]} == {0, 1}


def test_at_the_end_those_with_the_most_left_go_first() -> None:
    order = asyncio.run(order_of(Schedule(ending=True), records=4, requests=3))
    assert [number for _, number in order] == sorted(number for _, number in order)


def test_the_order_changes_when_the_input_ends() -> None:
    async def work() -> list[tuple[int, int]]:
        flow, engine = Schedule(), Slow(1)
        gate, order = ConcurrencyLimiter(engine, 1), list[tuple[int, int]]()
        tasks = [asyncio.create_task(of_record(gate, flow, place, 3, order)) for place in range(3)]
        for step in range(9):
            flow.ending = step >= 1
            engine.go.release()
            for _ in range(5):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks)
        return order

    order = asyncio.run(work())
    assert order[0] == (0, 0)
    assert {place for place, _ in order[1:4]} == {0, 1, 2}


def test_room_is_a_little_more_than_the_capacity_unless_it_is_named() -> None:
    async def most(room: int | None) -> int:
        engine = Slow(8)
        gate = ConcurrencyLimiter(engine, room)
        tasks = [asyncio.create_task(gate.complete(Request(text="x"))) for _ in range(40)]
        for _ in range(40):
            await asyncio.sleep(0)
            engine.go.release()
        await asyncio.gather(*tasks)
        assert gate.running == 0
        return engine.most

    assert asyncio.run(most(None)) == 10
    assert asyncio.run(most(3)) == 3


def test_a_failed_or_cancelled_request_gives_its_place_back() -> None:
    def refuse(_: Request) -> str:
        raise RequestError("refused", "no")

    async def work() -> None:
        gate = ConcurrencyLimiter(ScriptedEngine(refuse), 1)
        for _ in range(3):
            with pytest.raises(RequestError):
                await gate.complete(Request(text="x"))
        assert gate.running == 0
        engine = Slow(1)
        gate = ConcurrencyLimiter(engine, 1)
        first, second, third = (asyncio.create_task(gate.complete(Request(text="x"))) for _ in range(3))
        await asyncio.sleep(0)
        second.cancel()
        engine.go.release()
        engine.go.release()
        assert (await first).text == (await third).text == "x"
        assert gate.running == 0
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(work())


def test_a_gate_is_widened_and_narrowed_while_requests_wait() -> None:
    async def work() -> list[int]:
        engine = Slow(8)
        gate = ConcurrencyLimiter(engine, 2)
        tasks = [asyncio.create_task(gate.complete(Request(text="x"))) for _ in range(12)]
        seen = []
        for room, answered in ((2, 0), (6, 0), (3, 2), (3, 4), (1, 4)):
            gate.resize(room)
            for _ in range(answered):
                engine.go.release()
            for _ in range(30):
                await asyncio.sleep(0)
            seen.append(len(engine.inside))
        engine.go.release()
        for _ in range(12):
            engine.go.release()
        await asyncio.gather(*tasks)
        assert gate.running == 0
        return seen

    assert asyncio.run(work()) == [2, 6, 4, 3, 1]


@pytest.mark.parametrize(
    ("asked", "said", "rooms"),
    [
        # doubled until any wait, at most to `most`; then by steps, and less while many wait
        (400, [(64, 0), (128, 0), (200, 5), (256, 0), (250, 90), (200, 0)], [64, 128, 256, 256, 272, 217, 233]),
        (400, [(64, 0), (128, 0), (256, 0), (300, 0)], [64, 128, 256, 300, 300]),
        (400, [(64, 40), (51, 0)], [64, 51, 67]),
        (20, [(20, 0)], [64, 64]),
    ],
)
def test_a_gate_keeps_pace_with_what_its_server_says(asked: int, said: list[tuple[int, int]], rooms: list[int]) -> None:
    async def work() -> list[int]:
        gate = ConcurrencyLimiter(Slow(8), 64)
        found: list[int] = []

        async def load() -> tuple[int, int] | None:
            found.append(gate.room)
            return said[len(found) - 1] if len(found) <= len(said) else None

        tasks = [asyncio.create_task(gate.complete(Request(text="x"))) for _ in range(asked)]
        await asyncio.sleep(0)
        await adapt_limit(gate, load, most=300, every=0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return found

    assert asyncio.run(work()) == rooms


def test_why_an_engine_has_room_to_spare() -> None:
    assert Schedule().shortage() == "caigen is too slow"
    assert Schedule(starved=2).shortage() == "waiting for input"
    assert Schedule(starved=2, ending=True).shortage() == "last rows"
