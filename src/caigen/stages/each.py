"""each_candidate: Record, work on one candidate -> Record with the work done on all of them

The parts of a record are worked on at the same time. If one fails, the others are finished first, and what is done
travels with the error, so that a retry or the failed row of the output still has it.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable

from caigen.errors import RequestError
from caigen.records import Candidate, Record

# (index, candidate) -> the candidate after each finished step; yields nothing if there is nothing to do
Work = Callable[[int, Candidate], AsyncIterator[Candidate]]


async def each_candidate(record: Record, work: Work) -> Record:
    """Run `work` on all candidates at the same time; return the record with the last candidate that each one yielded.

    Raises the first error, in the order of candidates, after all have ended (see `raise_first_error`).
    """
    candidates = list(record.candidates)

    async def run(index: int) -> None:
        async for candidate in work(index, candidates[index]):
            candidates[index] = candidate  # kept even if a later step of this candidate fails

    results = await asyncio.gather(*map(run, range(len(candidates))), return_exceptions=True)
    reached = record.model_copy(update={"candidates": tuple(candidates)})
    raise_first_error(results, reached)
    return reached


def raise_first_error(results: Iterable[object], reached: Record) -> None:
    """Raise the first error among the results of `asyncio.gather`; return if there is none.

    `reached` is the record with all finished work. It is attached to a RequestError, which fails this record alone.
    """
    for result in results:
        if isinstance(result, RequestError):
            result.reached = reached
        if isinstance(result, BaseException):
            raise result
