"""Work on all candidates of a record at the same time: what is kept, and which error is raised."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from caigen.errors import RequestError
from caigen.records import Candidate, Message, Record
from caigen.stages.each import each_candidate, raise_first_error

RECORD = Record(
    id="r", prompt=(Message(role="user", content="Hi"),), candidates=tuple(Candidate(text=text) for text in "abc")
)


def texts(record: Record) -> list[str]:
    return [candidate.text for candidate in record.candidates]


def test_the_last_candidate_of_each_is_kept_in_order() -> None:
    done: list[int] = []

    async def work(index: int, candidate: Candidate) -> AsyncIterator[Candidate]:
        await asyncio.sleep(0.01 * (2 - index))
        done.append(index)
        if index == 1:
            return  # nothing to do
        yield Candidate(text=f"{candidate.text}1")
        yield Candidate(text=f"{candidate.text}2")

    assert texts(asyncio.run(each_candidate(RECORD, work))) == ["a2", "b", "c2"]
    assert done == [2, 1, 0]  # all at the same time, not one after the other


def test_the_first_error_takes_along_what_is_done() -> None:
    errors = {0: RequestError("refused", "no"), 1: RequestError("too_long", "long")}

    async def work(index: int, candidate: Candidate) -> AsyncIterator[Candidate]:
        await asyncio.sleep(0.01 * (2 - index))
        yield Candidate(text=f"{candidate.text}1")
        if index in errors:
            raise errors[index]
        yield Candidate(text=f"{candidate.text}2")

    with pytest.raises(RequestError, match="no") as caught:
        asyncio.run(each_candidate(RECORD, work))
    assert caught.value is errors[0]
    assert texts(caught.value.reached) == ["a1", "b1", "c2"]
    assert texts(RECORD) == ["a", "b", "c"]


def test_the_first_error_of_several_results() -> None:
    raise_first_error([None, "done", 7], RECORD)
    first, second, bug = RequestError("refused", "no"), RequestError("too_long", "long"), KeyError("bug")
    with pytest.raises(RequestError, match="no") as caught:
        raise_first_error([None, first, second], RECORD)
    assert (caught.value, first.reached, second.reached) == (first, RECORD, None)
    with pytest.raises(KeyError, match="bug"):
        raise_first_error(["done", bug, second], RECORD)
    with pytest.raises(KeyboardInterrupt):
        raise_first_error([KeyboardInterrupt()], RECORD)
