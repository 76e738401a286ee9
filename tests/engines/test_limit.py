"""How many requests an engine works on at once, in which order they enter, and how the limit is adapted to a server."""

import asyncio

import pytest

from caigen.engines.base import Completion, Engine, Request
from caigen.engines.limit import ConcurrencyLimiter, ServerLoad, adapt_limit
from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import RequestError

REQUEST = Request(text="x")
Step = tuple[int, int]  # the index of a record and the number of its request, in order of the answers


class Slow(ScriptedEngine):
    """Answers one request for each `go.release()`; `running` are the indexes of the records it works for, by
    arrival.
    """

    def __init__(self, capacity: int) -> None:
        super().__init__(lambda _: "x")
        self.capacity = capacity
        self.running: list[int] = []
        self.most = 0
        self.go = asyncio.Semaphore(0)

    async def complete(self, request: Request) -> Completion:
        priority = PRIORITY.get()
        self.running.append(priority.index if priority else -1)
        self.most = max(self.most, len(self.running))
        await self.go.acquire()
        self.running.pop(0)
        return await super().complete(request)


async def process(engine: Engine, priority: Priority, requests: int, order: list[Step]) -> None:
    """Send a record's requests, one after the other."""
    PRIORITY.set(priority)
    for number in range(requests):
        await engine.complete(REQUEST)
        order.append((priority.index, number))


async def order_of_answers(
    schedule: Schedule, *, records: int, requests: int, end_after: int | None = None
) -> list[Step]:
    """The order in which an engine for one request at a time answers; the input ends after that many answers."""
    engine = Slow(1)
    limiter, order = ConcurrencyLimiter(engine, 1), list[Step]()
    priorities = [Priority(schedule, index) for index in range(records)]
    tasks = [asyncio.create_task(process(limiter, priority, requests, order)) for priority in priorities]
    for step in range(records * requests):
        schedule.input_ended = schedule.input_ended or (end_after is not None and step >= end_after)
        engine.go.release()
        await settle(5)
    await asyncio.gather(*tasks)
    assert engine.most == 1
    return order


async def settle(steps: int) -> None:
    """Let other tasks run."""
    for _ in range(steps):
        await asyncio.sleep(0)


def start(limiter: ConcurrencyLimiter, requests: int) -> list["asyncio.Task[Completion]"]:
    return [asyncio.create_task(limiter.complete(REQUEST)) for _ in range(requests)]


def test_begun_records_go_first() -> None:
    """While one comes back with its next request another has its place, so two take turns."""
    order = asyncio.run(order_of_answers(Schedule(), records=4, requests=3))
    assert {index for index, _ in order[:6]} == {0, 1}


def test_at_the_end_those_with_the_most_left_go_first() -> None:
    order = asyncio.run(order_of_answers(Schedule(input_ended=True), records=4, requests=3))
    assert [number for _, number in order] == sorted(number for _, number in order)


def test_the_order_changes_when_the_input_ends() -> None:
    order = asyncio.run(order_of_answers(Schedule(), records=3, requests=3, end_after=1))
    assert order[0] == (0, 0)
    assert {index for index, _ in order[1:4]} == {0, 1, 2}


def test_all_that_wait_are_sorted_anew_when_the_input_ends() -> None:
    async def work() -> list[int]:
        engine, schedule = Slow(1), Schedule()
        limiter, order = ConcurrencyLimiter(engine, 1), list[Step]()
        # the first of them runs; the others wait by index, with 8, 7, … 1 answers behind them
        priorities = [Priority(schedule, index, answered=9 - index) for index in range(9)]
        tasks = [asyncio.create_task(process(limiter, priority, 1, order)) for priority in priorities]
        await settle(1)
        schedule.input_ended = True
        for _ in tasks:
            engine.go.release()
        await asyncio.gather(*tasks)
        return [index for index, _ in order]

    assert asyncio.run(work()) == [0, 8, 7, 6, 5, 4, 3, 2, 1]


def test_the_limit_is_a_little_above_the_capacity_unless_it_is_given() -> None:
    async def most_at_once(max_running: int | None) -> int:
        engine = Slow(8)
        limiter = ConcurrencyLimiter(engine, max_running)
        tasks = start(limiter, 40)
        for _ in range(40):
            await asyncio.sleep(0)
            engine.go.release()
        await asyncio.gather(*tasks)
        assert limiter.running == 0
        return engine.most

    assert asyncio.run(most_at_once(None)) == 10
    assert asyncio.run(most_at_once(3)) == 3


def test_a_failed_request_frees_its_place() -> None:
    def refuse(_: Request) -> str:
        raise RequestError("refused", "no")

    async def work() -> None:
        limiter = ConcurrencyLimiter(ScriptedEngine(refuse), 1)
        for _ in range(3):
            with pytest.raises(RequestError):
                await limiter.complete(REQUEST)
        assert limiter.running == 0

    asyncio.run(work())


def test_a_cancelled_request_frees_its_place() -> None:
    async def work() -> None:
        engine = Slow(1)
        limiter = ConcurrencyLimiter(engine, 1)
        first, second, third = start(limiter, 3)
        await asyncio.sleep(0)
        second.cancel()
        engine.go.release()
        engine.go.release()
        assert (await first).text == (await third).text == "x"
        assert limiter.running == 0
        with pytest.raises(asyncio.CancelledError):
            await second

    asyncio.run(work())


def test_a_request_that_is_cancelled_as_it_enters_passes_its_place_on() -> None:
    async def work() -> None:
        engine = Slow(1)
        limiter = ConcurrencyLimiter(engine, 1)

        async def complete_and_cancel() -> None:
            await limiter.complete(REQUEST)
            second.cancel()  # in the step in which it got the place, before it runs

        first = asyncio.create_task(complete_and_cancel())
        await settle(1)
        second, third = start(limiter, 2)
        await settle(1)
        engine.go.release()
        engine.go.release()
        await first
        assert (await asyncio.wait_for(third, 5)).text == "x"
        assert second.cancelled()
        assert limiter.running == 0

    asyncio.run(work())


def test_the_limit_is_raised_and_lowered_while_requests_wait() -> None:
    async def work() -> list[int]:
        engine = Slow(8)
        limiter = ConcurrencyLimiter(engine, 2)
        tasks = start(limiter, 12)
        running = []
        for max_running, answers in ((2, 0), (6, 0), (3, 2), (3, 4), (1, 4)):
            limiter.resize(max_running)
            for _ in range(answers):
                engine.go.release()
            await settle(30)
            running.append(len(engine.running))
        for _ in range(13):
            engine.go.release()
        await asyncio.gather(*tasks)
        assert limiter.running == 0
        return running

    assert asyncio.run(work()) == [2, 6, 4, 3, 1]


@pytest.mark.parametrize(
    ("requests", "loads", "limits"),
    [
        # doubled until any wait, at most to 300; then by steps, and lowered while many wait
        (400, [(64, 0), (128, 0), (200, 5), (256, 0), (250, 90), (200, 0)], [64, 128, 256, 256, 272, 217, 233]),
        (400, [(64, 0), (128, 0), (256, 0), (300, 0)], [64, 128, 256, 300, 300]),
        (400, [(64, 40), (51, 0)], [64, 51, 67]),
        (20, [(20, 0)], [64, 64]),
    ],
)
def test_the_limit_is_adapted_to_the_load_of_the_server(
    requests: int, loads: list[tuple[int, int]], limits: list[int]
) -> None:
    async def work() -> list[int]:
        limiter = ConcurrencyLimiter(Slow(8), 64)
        seen: list[int] = []

        async def get_load() -> ServerLoad | None:
            seen.append(limiter.max_running)
            return ServerLoad(*loads[len(seen) - 1]) if len(seen) <= len(loads) else None

        tasks = start(limiter, requests)
        await asyncio.sleep(0)
        await adapt_limit(limiter, get_load, max_running=300, interval=0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return seen

    assert asyncio.run(work()) == limits
