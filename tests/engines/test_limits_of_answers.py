"""An answer that ended by itself serves every limit that it fits; one that was cut off serves its own alone."""

import asyncio
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.journal import COMMAND, Journal
from caigen.engines.remembering import RememberingEngine
from caigen.engines.scripted import ScriptedEngine
from caigen.records import Message, Tokens

REQUEST = Request(messages=(Message(role="user", content="hi"),), sampling=Sampling(max_tokens=300, seed=1))


def limited(limit: int, request: Request = REQUEST) -> Request:
    return replace(request, sampling=replace(request.sampling, max_tokens=limit))


def asked(path: Path, request: Request, answer: Completion) -> int:
    """How many requests were sent for one request to an engine that gives this answer."""
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(lambda _: answer), journal)
    asyncio.run(engine.complete(request))
    journal.close()
    return engine.sent


def text(name: str, reason: str | None, tokens: int) -> Completion:
    return Completion(name, reason, Tokens(completion=tokens))


@pytest.mark.parametrize(
    ("reason", "tokens", "limit", "sent"),
    [
        ("stop", 40, 320, 0),
        ("STOP", 40, 320, 0),
        ("stop", 40, 40, 0),
        ("stop", 40, 39, 1),
        ("stop", 300, 301, 0),
        ("stop", 0, 320, 0),  # a server that counts nothing: not longer than its own limit
        ("stop", 0, 299, 1),
        ("length", 300, 320, 1),
        ("length", 300, 200, 1),
        ("max_tokens", 300, 320, 1),
        ("repetition", 90, 320, 1),
        ("content_filter", 9, 320, 1),
        ("no_finish_reason", 9, 320, 1),
        (None, 9, 320, 1),
        ("stop", 5, 16, 1),  # so short that a reasoning model is told not to think
    ],
)
def test_which_limits_an_answer_serves(tmp_path: Path, reason: str | None, tokens: int, limit: int, sent: int) -> None:
    first = text("first", reason, tokens)
    assert asked(tmp_path / "a.journal", REQUEST, first) == 1
    assert asked(tmp_path / "a.journal", REQUEST, text("again", "stop", 9)) == 0  # its own limit, always
    assert asked(tmp_path / "a.journal", limited(limit), text("other", "stop", 9)) == sent


@pytest.mark.parametrize("change", [{"think": "on"}, {"ignore_eos": True}])
def test_where_the_limit_changes_the_answer_it_serves_no_other(tmp_path: Path, change: dict[str, object]) -> None:
    request = replace(REQUEST, sampling=replace(REQUEST.sampling, **change))  # type: ignore[arg-type]
    asked(tmp_path / "a.journal", request, text("first", "stop", 9))
    assert asked(tmp_path / "a.journal", limited(320, request), text("other", "stop", 9)) == 1


def test_a_choice_is_one_token_under_any_limit(tmp_path: Path) -> None:
    request = replace(REQUEST, choices=("A", "B"))
    asked(tmp_path / "a.journal", request, text("A", "length", 1))
    assert asked(tmp_path / "a.journal", limited(320, request), text("B", "length", 1)) == 0


def test_what_was_cut_off_comes_back_under_its_own_limit_though_a_longer_answer_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    asked(path, REQUEST, text("cut", "length", 300))
    asked(path, limited(320), text("whole", "stop", 310))
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(lambda _: "none"), journal)

    async def both() -> list[str]:
        return [(await engine.complete(limited(limit))).text for limit in (300, 320, 400)]

    assert asyncio.run(both()) == ["cut", "whole", "whole"]
    journal.close()


def test_an_answer_that_is_not_on_disk_yet_serves_other_limits(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "a.journal")
    engine = RememberingEngine(ScriptedEngine(lambda _: text("x", "stop", 9)), journal)

    async def both() -> None:
        await engine.complete(REQUEST)
        await engine.complete(limited(320))

    asyncio.run(both())
    assert (engine.sent, engine.cached) == (1, 1)
    journal.close()


@pytest.mark.parametrize(("marked", "sent"), [(True, 0), (False, 1)])
def test_a_journal_of_an_older_caigen_serves_other_limits_where_its_command_is_known(
    tmp_path: Path, marked: bool, sent: int
) -> None:
    path = tmp_path / "a.journal"
    asked(path, REQUEST, text("first", "stop", 9))
    base = sqlite3.connect(path)
    base.execute("DROP TABLE ended")
    base.execute("DELETE FROM facts")
    if marked:
        base.execute("INSERT INTO facts VALUES (?, ?)", (COMMAND, '{"stages": [["sample", {"max_tokens": 300}]]}'))
    base.commit()
    base.close()
    assert asked(path, limited(320), text("other", "stop", 9)) == sent
    assert asked(path, limited(340), text("other", "stop", 9)) == 0  # opened a second time
