"""An engine with a journal sends each request once, and the journal keeps exactly what was answered."""

import asyncio
import itertools
import json
import math
import random
import sqlite3
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from caigen.engines.base import MAX_TOKEN_COUNT, Completion, Request, Sampling
from caigen.engines.journal import Journal
from caigen.engines.remembering import MAX_ANSWER_CHARS, RememberingEngine, request_key
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import CaigenError, RequestError
from caigen.records import Message, Tokens
from tests.conftest import Run
from tests.server import Reply, Server, completion

REQUEST = Request(messages=(Message(role="user", content="hi"),), sampling=Sampling(seed=1))


def answer(request: Request) -> Completion:
    return Completion(
        f"seed {request.sampling.seed}", "stop", Tokens(prompt=3, cached=1, completion=2), "thought", {"A": -0.5}
    )


def ask(
    path: Path, *requests: Request, script: Callable[[Request], str | Completion] = answer
) -> tuple[list[Completion], RememberingEngine]:
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(script), journal)

    async def all_of_them() -> list[Completion]:
        return list(await asyncio.gather(*map(engine.complete, requests)))

    try:
        return asyncio.run(all_of_them()), engine
    finally:
        journal.close()


def test_an_answer_comes_back_whole_and_costs_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    requests = [replace(REQUEST, sampling=Sampling(seed=n)) for n in range(700)]
    first, engine = ask(path, *requests)
    assert (engine.sent, engine.cached, engine.tokens.completion) == (700, 0, 1400)
    bare = Completion("")
    for field in fields(Completion):  # a new one fails here until `answer` fills it in and the journal keeps it
        assert getattr(first[0], field.name) != getattr(bare, field.name)
    second, engine = ask(path, *requests)
    assert second == first
    assert (engine.sent, engine.cached, engine.tokens.completion) == (0, 700, 0)


OTHER: dict[str, list[Any]] = {  # for every field of a request values that are another question
    "messages": [
        (Message(role="system", content="hi"),),
        (Message(role="user", content="ho"),),
        (Message(role="user", content="hi"), Message(role="user", content="hi")),
    ],
    "text": ["hi"],
    "schema": ["{}"],
    "choices": [("A",), ("A", "B"), ("B", "A")],
    "max_tokens": [511, 513],
    "temperature": [0.0, 0.5],
    "top_p": [0.9],
    "seed": [None, 2],
    "stop": [("x",), ("x", "y")],
    "ignore_eos": [True],
    "think": ["on", "off"],
    "think_tokens": [1, 2049],
}


@pytest.mark.parametrize("name", [f.name for kind in (Request, Sampling) for f in fields(kind) if f.name != "sampling"])
def test_whatever_shapes_an_answer_is_in_its_key(name: str) -> None:
    """A new field fails here until it has values of its own above."""
    of_sampling = name in {field.name for field in fields(Sampling)}
    others = [
        replace(REQUEST, sampling=replace(REQUEST.sampling, **{name: value}))
        if of_sampling
        else replace(REQUEST, **{name: value})
        for value in OTHER[name]
    ]
    keys = {request_key("m", request) for request in [REQUEST, *others]}
    assert len(keys) == 1 + len(others)


def test_the_model_is_in_the_key() -> None:
    assert request_key("n", REQUEST) != request_key("m", REQUEST)
    assert request_key("m", replace(REQUEST)) == request_key("m", REQUEST)


def test_log_probabilities_that_are_no_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    logprobs = {"A": -0.5, "B": -math.inf, "C": math.inf, "D": math.nan}

    def ask_again(path: Path, *, cached: int) -> dict[str, float]:
        (answered,), engine = ask(
            path, replace(REQUEST, choices=tuple(logprobs)), script=lambda _: Completion("A", "stop", choices=logprobs)
        )
        assert engine.cached == cached
        return answered.choices

    for cached in (0, 1):
        kept = ask_again(tmp_path / "a.journal", cached=cached)
        assert {word: kept[word] for word in "ABC"} == {word: logprobs[word] for word in "ABC"}
        assert math.isnan(kept["D"])


BAD: list[tuple[Any, str]] = [
    (Completion(None), "the answer is no text: None"),  # type: ignore[arg-type]
    (Completion("half of a pair \ud800", "stop"), "the answer is no text: 'half of a pair \\ud800'"),
    (Completion("\ud800" * 99, "stop"), "the answer is no text: '" + ("\\ud800" * 10)[:59]),
    (Completion("x", 7), "the finish reason or the thought is no text: 7, None"),  # type: ignore[arg-type]
    (
        Completion("x", "stop", reasoning=["a", "thought"]),  # type: ignore[arg-type]
        "the finish reason or the thought is no text: 'stop', ['a', 'thought']",
    ),
    *(
        (Completion("x", "stop", spent), f"{spent!r} are no counts of tokens")
        for spent in (
            Tokens.model_construct(prompt=1, cached=0, completion=-1),
            Tokens.model_construct(prompt=-1, cached=0, completion=1),
            Tokens.model_construct(prompt=1, cached=1.0, completion=1),
            Tokens.model_construct(prompt=True, cached=0, completion=1),
            Tokens(completion=MAX_TOKEN_COUNT),
        )
    ),
    (Completion("x", "stop", choices={"A": None}), "{'A': None} are no log-probabilities by word"),  # type: ignore[dict-item]
    (Completion("x", "stop", choices={"A": True}), "{'A': True} are no log-probabilities by word"),
    (Completion("x", "stop", choices={"\udfff": -1.0}), "{'\\udfff': -1.0} are no log-probabilities by word"),
    (Completion("x" * MAX_ANSWER_CHARS, "stop", reasoning="x"), "an answer of more than 67,108,864 characters"),
]


@pytest.mark.parametrize(("bad", "message"), BAD, ids=range(len(BAD)))
def test_an_answer_that_is_none_fails_its_row_and_is_not_kept(tmp_path: Path, bad: Completion, message: str) -> None:
    path = tmp_path / "a.journal"
    with pytest.raises(RequestError) as caught:
        ask(path, REQUEST, script=lambda _: bad)
    assert (caught.value.kind, str(caught.value)) == ("bad_answer", f"scripted: {message}")
    (mended,), engine = ask(path, REQUEST)
    assert (mended.text, engine.sent) == ("seed 1", 1)
    assert ask(path, REQUEST)[1].cached == 1


def test_an_answer_at_the_limits_is_kept(tmp_path: Path) -> None:
    most = Tokens(prompt=MAX_TOKEN_COUNT - 1, cached=0, completion=0)
    whole = Completion("", "", most, "", {"": 0, "é": -1.5})
    for cached in (0, 1):
        (kept,), engine = ask(tmp_path / "a.journal", REQUEST, script=lambda _: whole)
        assert (kept, engine.cached) == (whole, cached)


class CountsClosing(ScriptedEngine):
    """Counts how often it is closed."""

    closed, conversations = 0, 7

    async def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("with_journal", [True, False])
def test_an_engine_with_and_without_a_journal(tmp_path: Path, with_journal: bool) -> None:
    journal = Journal(tmp_path / "a.journal") if with_journal else None
    inner = CountsClosing(answer, model="m@1", capacity=3)

    async def work() -> RememberingEngine:
        async with RememberingEngine(inner, journal) as engine:
            assert await engine.complete(REQUEST) == await engine.complete(REQUEST) == answer(REQUEST)
            await engine.complete(replace(REQUEST, sampling=Sampling(seed=2)))
        return engine

    engine = asyncio.run(work())
    sent = 2 if with_journal else 3
    assert (engine.sent, engine.cached, len(inner.asked), inner.closed) == (sent, 3 - sent, sent, 1)
    assert engine.tokens == Tokens(prompt=3 * sent, cached=sent, completion=2 * sent)
    assert (engine.model, engine.capacity, engine.conversations) == ("m@1", 3, 7)
    if journal:
        as_written = b'["seed 1","stop",[3,1,2],"thought",{"A":-0.5}]'  # another way to write it is another FORMAT
        assert journal.get(request_key("m@1", REQUEST)) == as_written
        journal.close()


def change_entry(path: Path, change: Callable[[bytes], object]) -> None:
    """Change what the file holds under the one key."""
    connection = sqlite3.connect(path)
    (kept,) = connection.execute("SELECT answer FROM answers").fetchone()
    connection.execute("UPDATE answers SET answer = ?", (change(kept),))
    connection.commit()
    connection.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda kept: b"",
        lambda kept: b"null",
        lambda kept: kept[8:],
        lambda kept: kept[:-1],
        lambda kept: kept + b" ",
        lambda kept: kept.replace(b"seed 1", b"seed 2"),
        lambda kept: kept[:8] + b"[]",
        lambda kept: b"\xff" * 40,
        lambda kept: "a text",
        lambda kept: 7,
    ],
)
def test_a_damaged_entry_is_asked_again_counted_and_replaced(tmp_path: Path, change: Callable[[bytes], object]) -> None:
    path = tmp_path / "a.journal"
    ask(path, REQUEST)
    change_entry(path, change)
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(answer), journal)
    again = asyncio.run(engine.complete(REQUEST))
    assert (again.text, engine.sent, engine.cached, journal.damaged) == ("seed 1", 1, 0, 1)
    assert asyncio.run(engine.complete(REQUEST)) == again  # from what waits to be written
    journal.close()
    (kept,), engine = ask(path, REQUEST)
    assert (kept, engine.sent, engine.cached) == (again, 0, 1)


@pytest.mark.parametrize(
    "content",
    [
        "null", "[]", "{}", "7", '["x","stop",[1,2],null,{}]', '["x","stop",[1,0,"2"],null,{}]',
        '["x",7,[1,0,2],null,{}]', '[null,"stop",[1,0,2],null,{}]', '["x","stop",[1,0,2],[],{}]',
        '["x","stop",[1,0,2],null,[]]', '["x","stop",[1,0,2],null,{"A":null}]',
        '["x","stop",[1,0,2],null,{"A":"low"}]', '["x","stop",[1,0,-2],null,{}]',
    ],
)  # fmt: skip
def test_a_sealed_entry_of_another_shape_is_asked_again(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    journal.put(request_key("scripted", REQUEST), content.encode())
    journal.close()
    (answered,), engine = ask(path, REQUEST)
    assert (answered.text, engine.sent) == ("seed 1", 1)
    assert engine.journal is not None
    assert engine.journal.damaged == 1
    assert ask(path, REQUEST)[1].cached == 1


def test_an_answer_under_another_key_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    two = replace(REQUEST, sampling=Sampling(seed=2))
    ask(path, REQUEST, two)
    connection = sqlite3.connect(path)
    (key, answer), (other_key, other_answer) = connection.execute("SELECT key, answer FROM answers").fetchall()
    connection.executemany("UPDATE answers SET answer = ? WHERE key = ?", [(other_answer, key), (answer, other_key)])
    connection.commit()
    connection.close()
    completions, engine = ask(path, REQUEST, two)
    assert [completion.text for completion in completions] == ["seed 1", "seed 2"]
    assert engine.sent == 2


def test_a_broken_file_is_one_line_or_asked_again_and_never_another_text(tmp_path: Path) -> None:
    whole = tmp_path / "whole.journal"
    requests = [replace(REQUEST, sampling=Sampling(seed=n)) for n in range(40)]
    ask(whole, *requests)
    content, rng = whole.read_bytes(), random.Random(7)
    for trial in range(60):
        broken = bytearray(content)
        if trial % 3 == 0:
            del broken[rng.randrange(len(broken)) :]
        else:
            for _ in range(rng.choice([1, 30, 3000])):
                broken[rng.randrange(len(broken))] = rng.randrange(256)
        path = tmp_path / f"{trial}.journal"
        path.write_bytes(broken)
        try:
            completions, _ = ask(path, *requests)
        except CaigenError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)
            continue
        assert [completion.text for completion in completions] == [f"seed {n}" for n in range(40)]


def never_the_same() -> Callable[[Request], str]:
    """A script that never answers twice the same."""
    counted = itertools.count()
    return lambda _: f"answer {next(counted)} of {id(counted)}"


def test_the_same_asked_twice_at_once_has_one_answer(tmp_path: Path) -> None:
    (first, second), engine = ask(tmp_path / "a.journal", REQUEST, REQUEST, script=never_the_same())
    assert engine.sent == 2
    assert first == second == ask(tmp_path / "a.journal", REQUEST)[0][0]


def test_two_who_share_a_journal_say_what_it_keeps(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    requests = [replace(REQUEST, sampling=Sampling(seed=n)) for n in range(50)]

    async def both() -> list[list[Completion]]:
        journals = Journal(path), Journal(path)
        assert not any(journal.alone for journal in journals)
        engines = [RememberingEngine(ScriptedEngine(never_the_same()), journal) for journal in journals]
        answers = await asyncio.gather(*(asyncio.gather(*map(engine.complete, requests)) for engine in engines))
        journals[0].close()
        assert journals[1].alone
        journals[1].close()
        return [list(completions) for completions in answers]

    first, second = asyncio.run(both())
    kept, engine = ask(path, *requests)
    assert engine.cached == 50
    assert first == second == kept
    assert [file.name for file in tmp_path.iterdir()] == ["a.journal"]


def test_who_joins_later_gets_what_the_other_has_answered(tmp_path: Path) -> None:
    async def work() -> None:
        first, second = Journal(tmp_path / "a.journal"), Journal(tmp_path / "a.journal")
        begun, joined = (RememberingEngine(ScriptedEngine(never_the_same()), journal) for journal in (first, second))
        first_answer = await begun.complete(REQUEST)
        assert await joined.complete(REQUEST) == first_answer
        assert (joined.sent, joined.cached) == (0, 1)
        first.close()
        second.close()

    asyncio.run(work())


def test_a_command_counts_damaged_entries(caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path) -> None:
    server = serve(lambda path, body: (200, completion("An answer.")))
    (tmp_path / "in.txt").write_text("What is bread?\n")
    command = ("sample", tmp_path / "in.txt", "--endpoint", server.url, "--model", "m1", "-o", tmp_path / "out.jsonl")
    caigen(*command)
    change_entry(tmp_path / "out.jsonl.journal", lambda kept: kept[:-3])
    caigen(*command)
    notes = json.loads((tmp_path / "out.jsonl.summary.json").read_text())["notes"]
    assert notes["journal_damaged"] == 1
    assert len(server.asked) == 2
