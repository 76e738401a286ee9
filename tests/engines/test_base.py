"""What engines have in common, and engines around engines."""

import asyncio
import math

import pytest

from caigen.engines.base import BaseEngine, Completion, Request, Sampling, Wrapper, resolve, sum_by_word, unwrap
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.remembering import RememberingEngine
from caigen.engines.scripted import ScriptedEngine


class Closes(ScriptedEngine):
    """Counts how often it is closed."""

    conversations, closed = 7, 0

    async def close(self) -> None:
        self.closed += 1


def test_a_wrapper_is_like_its_engine() -> None:
    inner = Closes(lambda _: "x", model="m@1", capacity=3)

    async def work() -> Completion:
        async with Wrapper(Wrapper(inner)) as engine:
            assert (engine.model, engine.capacity, engine.conversations) == ("m@1", 3, 7)
            return await engine.complete(Request(text="y"))

    assert asyncio.run(work()).text == "x"
    assert (len(inner.asked), inner.closed) == (1, 1)


def test_layers_are_found_from_the_outside_in() -> None:
    inner = ScriptedEngine(lambda _: "x")
    outer, deeper = ConcurrencyLimiter(ConcurrencyLimiter(inner)), RememberingEngine(inner, None)
    engine = RememberingEngine(outer, None)
    assert unwrap(engine, RememberingEngine) is engine
    assert unwrap(engine, ConcurrencyLimiter) is outer
    assert unwrap(engine, ScriptedEngine) is inner
    assert unwrap(deeper, ConcurrencyLimiter) is None
    assert unwrap(inner, BaseEngine) is inner


def test_log_probabilities_of_a_word_are_added_over_its_spellings() -> None:
    half = math.log(0.5)
    summed = sum_by_word([("A", half), (" A", math.log(0.25)), ("B", -math.inf), ("B ", -math.inf), ("C", -9000.0)])
    assert summed["A"] == pytest.approx(math.log(0.75))
    assert (summed["B"], summed["C"]) == (-math.inf, -9000.0)


def test_which_requests_want_a_direct_answer() -> None:
    assert Request(choices=("A",)).wants_direct_answer
    assert Request(schema="{}").wants_direct_answer
    assert Request(sampling=Sampling(max_tokens=16)).wants_direct_answer
    assert not Request(sampling=Sampling(max_tokens=17)).wants_direct_answer


def test_a_future_is_resolved_once() -> None:
    async def work() -> None:
        loop = asyncio.get_running_loop()
        answered, failed, cancelled = (loop.create_future() for _ in range(3))
        cancelled.cancel()
        for future in (answered, cancelled):
            resolve(future, Completion("first"))
            resolve(future, Completion("second"))
        resolve(failed, ValueError("no"))
        assert (await answered).text == "first"
        assert cancelled.cancelled()
        with pytest.raises(ValueError, match="no"):
            await failed

    asyncio.run(work())
