"""The journal remembers exactly what was asked, and survives."""

import asyncio
import itertools
import json
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
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
from tests.conftest import Run, answered
from tests.server import Reply, Server, completion

ASKED = Request(messages=(Message(role="user", content="hi"),), sampling=Sampling(seed=1))


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
    requests = [replace(ASKED, sampling=Sampling(seed=n)) for n in range(700)]
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
    asked = [
        replace(ASKED, sampling=replace(ASKED.sampling, **{name: value}))
        if of_sampling
        else replace(ASKED, **{name: value})
        for value in OTHER[name]
    ]
    keys = {request_key("m", request) for request in [ASKED, *asked]}
    assert len(keys) == 1 + len(asked)


def test_the_model_is_in_the_key() -> None:
    assert request_key("n", ASKED) != request_key("m", ASKED)
    assert request_key("m", replace(ASKED)) == request_key("m", ASKED)


def test_log_probabilities_that_are_no_numbers_come_back_as_they_were(tmp_path: Path) -> None:
    said = {"A": -0.5, "B": -math.inf, "C": math.inf, "D": math.nan}

    def ask_again(path: Path, *, cached: int) -> dict[str, float]:
        (found,), engine = ask(
            path, replace(ASKED, choices=tuple(said)), script=lambda _: Completion("A", "stop", choices=said)
        )
        assert engine.cached == cached
        return found.choices

    for cached in (0, 1):
        found = ask_again(tmp_path / "a.journal", cached=cached)
        assert {word: found[word] for word in "ABC"} == {word: said[word] for word in "ABC"}
        assert math.isnan(found["D"])


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


@pytest.mark.parametrize(("bad", "said"), BAD, ids=[said for _, said in BAD])
def test_an_answer_that_is_none_fails_its_row_and_is_not_kept(tmp_path: Path, bad: Completion, said: str) -> None:
    path = tmp_path / "a.journal"
    with pytest.raises(RequestError) as caught:
        ask(path, ASKED, script=lambda _: bad)
    assert (caught.value.kind, str(caught.value)) == ("bad_answer", f"scripted: {said}")
    (mended,), engine = ask(path, ASKED)
    assert (mended.text, engine.sent) == ("seed 1", 1)
    assert ask(path, ASKED)[1].cached == 1


def test_an_answer_at_the_limits_is_kept(tmp_path: Path) -> None:
    most = Tokens(prompt=MAX_TOKEN_COUNT - 1, cached=0, completion=0)
    whole = Completion("", "", most, "", {"": 0, "é": -1.5})
    for cached in (0, 1):
        (found,), engine = ask(tmp_path / "a.journal", ASKED, script=lambda _: whole)
        assert (found, engine.cached) == (whole, cached)


class Counted(ScriptedEngine):
    """How often it was closed."""

    closed, conversations = 0, 7

    async def close(self) -> None:
        self.closed += 1


@pytest.mark.parametrize("kept", [True, False])
def test_an_engine_with_and_without_a_journal(tmp_path: Path, kept: bool) -> None:
    journal = Journal(tmp_path / "a.journal") if kept else None
    inner = Counted(answer, model="m@1", capacity=3)

    async def work() -> RememberingEngine:
        async with RememberingEngine(inner, journal) as engine:
            assert await engine.complete(ASKED) == await engine.complete(ASKED) == answer(ASKED)
            await engine.complete(replace(ASKED, sampling=Sampling(seed=2)))
        return engine

    engine = asyncio.run(work())
    asked = 2 if kept else 3
    assert (engine.sent, engine.cached, len(inner.asked), inner.closed) == (asked, 3 - asked, asked, 1)
    assert engine.tokens == Tokens(prompt=3 * asked, cached=asked, completion=2 * asked)
    assert (engine.model, engine.capacity, engine.conversations) == ("m@1", 3, 7)
    if journal:
        as_written = b'["seed 1","stop",[3,1,2],"thought",{"A":-0.5}]'  # another way to write it is another FORMAT
        assert journal.get(request_key("m@1", ASKED)) == as_written
        journal.close()


def test_named_texts_beside_the_answers(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "a.journal"
    journal = Journal(path)
    assert journal.get_meta("model") is None
    for value in ("m@1", "m@2"):
        journal.set_meta("model", value)
        assert journal.get_meta("model") == value
    journal.set_meta("other", "x")
    journal.close()
    journal = Journal(path)
    assert (journal.get_meta("model"), journal.get_meta("other"), journal.get_meta("Model")) == ("m@2", "x", None)
    journal.close()


AWAY = "move it away or name another with --journal"


def test_a_journal_that_can_no_longer_be_written_is_one_line(tmp_path: Path) -> None:
    """The tables are taken away beneath it."""
    path = tmp_path / "a.journal"
    journal = Journal(path)
    base = sqlite3.connect(path)
    base.executescript("DROP TABLE answers; DROP TABLE facts;")
    base.close()
    for call, why in (
        (lambda: journal.set_meta("a", "b"), f"{path}: cannot be written: no such table: facts"),
        (lambda: journal.get_meta("a"), f"{path}: cannot be read: no such table: facts; {AWAY}"),
    ):
        with pytest.raises(CaigenError) as caught:
            call()
        assert str(caught.value) == why
    key = request_key("m", ASKED)
    journal.put(key, b"answer")
    assert journal.unwritten == 1

    async def wait() -> None:
        await asyncio.wait_for(journal.wait_until_written(key), 30)

    for fails in (lambda: asyncio.run(wait()), journal.check, lambda: journal.get(key), journal.close):
        with pytest.raises(CaigenError) as caught:
            fails()
        assert str(caught.value) == f"{path}: cannot be written: no such table: answers"
    assert not path.with_name("a.journal-lock").exists()


def test_what_waits_is_on_disk_within_a_moment(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    for number in range(3):
        journal.put(f"{number:032x}", b"answer")
    assert journal.unwritten > 0
    asyncio.run(asyncio.wait_for(journal.wait_until_written(f"{2:032x}"), 30))
    assert (journal.unwritten, answered(path)) == (0, 3)
    journal.close()


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    path = tmp_path / "file" / "deep" / "a.journal"
    with pytest.raises(CaigenError) as caught:
        Journal(path)
    assert str(caught.value) == f"{path}: cannot be written: Not a directory"


def entry(path: Path, change: Callable[[bytes], object]) -> None:
    """Change what the file holds under the one key."""
    base = sqlite3.connect(path)
    (kept,) = base.execute("SELECT answer FROM answers").fetchone()
    base.execute("UPDATE answers SET answer = ?", (change(kept),))
    base.commit()
    base.close()


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
    ask(path, ASKED)
    entry(path, change)
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(answer), journal)
    again = asyncio.run(engine.complete(ASKED))
    assert (again.text, engine.sent, engine.cached, journal.damaged) == ("seed 1", 1, 0, 1)
    assert asyncio.run(engine.complete(ASKED)) == again  # from what waits to be written
    journal.close()
    (kept,), engine = ask(path, ASKED)
    assert (kept, engine.sent, engine.cached) == (again, 0, 1)


@pytest.mark.parametrize(
    "content",
    [
        "null", "[]", "{}", "7", '["x","stop",[1,2],null,{}]', '["x","stop",[1,0,"2"],null,{}]', '["x",7,[1,0,2],null,{}]',
        '[null,"stop",[1,0,2],null,{}]', '["x","stop",[1,0,2],[],{}]', '["x","stop",[1,0,2],null,[]]',
        '["x","stop",[1,0,2],null,{"A":null}]', '["x","stop",[1,0,2],null,{"A":"low"}]', '["x","stop",[1,0,-2],null,{}]',
    ],
)  # fmt: skip
def test_a_sealed_entry_of_another_shape_is_asked_again(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.journal"
    journal = Journal(path)
    journal.put(request_key("scripted", ASKED), content.encode())
    journal.close()
    (found,), engine = ask(path, ASKED)
    assert (found.text, engine.sent) == ("seed 1", 1)
    assert engine.journal is not None
    assert engine.journal.damaged == 1
    assert ask(path, ASKED)[1].cached == 1


def test_an_answer_under_another_key_is_not_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    two = replace(ASKED, sampling=Sampling(seed=2))
    ask(path, ASKED, two)
    base = sqlite3.connect(path)
    (one, kept), (other, kept_too) = base.execute("SELECT key, answer FROM answers").fetchall()
    base.executemany("UPDATE answers SET answer = ? WHERE key = ?", [(kept_too, one), (kept, other)])
    base.commit()
    base.close()
    found, engine = ask(path, ASKED, two)
    assert [completion.text for completion in found] == ["seed 1", "seed 2"]
    assert engine.sent == 2


def test_a_broken_file_is_one_line_or_asked_again_and_never_another_text(tmp_path: Path) -> None:
    whole = tmp_path / "whole.journal"
    requests = [replace(ASKED, sampling=Sampling(seed=n)) for n in range(40)]
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
            found, _ = ask(path, *requests)
        except CaigenError as error:
            assert str(error).startswith(f"{path}: ")
            assert "\n" not in str(error)
            continue
        assert [completion.text for completion in found] == [f"seed {n}" for n in range(40)]


def drawn() -> Callable[[Request], str]:
    """A script that never answers twice the same."""
    counted = itertools.count()
    return lambda _: f"answer {next(counted)} of {id(counted)}"


def test_the_same_asked_twice_at_once_has_one_answer(tmp_path: Path) -> None:
    (one, other), engine = ask(tmp_path / "a.journal", ASKED, ASKED, script=drawn())
    assert engine.sent == 2
    assert one == other == ask(tmp_path / "a.journal", ASKED)[0][0]


def test_the_first_answer_stays(tmp_path: Path) -> None:
    key = request_key("m", ASKED)
    for text in (b"first", b"second"):
        journal = Journal(tmp_path / "a.journal")
        journal.put(key, text)
        journal.close()
    journal = Journal(tmp_path / "a.journal")
    assert journal.get(key) == b"first"
    journal.close()


def test_two_who_share_a_journal_say_what_it_keeps(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    requests = [replace(ASKED, sampling=Sampling(seed=n)) for n in range(50)]

    async def both() -> list[list[Completion]]:
        journals = Journal(path), Journal(path)
        assert not any(journal.alone for journal in journals)
        engines = [RememberingEngine(ScriptedEngine(drawn()), journal) for journal in journals]
        found = await asyncio.gather(*(asyncio.gather(*map(engine.complete, requests)) for engine in engines))
        journals[0].close()
        assert journals[1].alone
        journals[1].close()
        return [list(each) for each in found]

    one, other = asyncio.run(both())
    kept, engine = ask(path, *requests)
    assert engine.cached == 50
    assert one == other == kept
    assert [file.name for file in tmp_path.iterdir()] == ["a.journal"]


def test_who_joins_later_gets_what_the_other_has_answered(tmp_path: Path) -> None:
    async def work() -> None:
        first, second = Journal(tmp_path / "a.journal"), Journal(tmp_path / "a.journal")
        begun, joined = (RememberingEngine(ScriptedEngine(drawn()), journal) for journal in (first, second))
        said = await begun.complete(ASKED)
        assert await joined.complete(ASKED) == said
        assert (joined.sent, joined.cached) == (0, 1)
        first.close()
        second.close()

    asyncio.run(work())


def test_a_command_counts_damaged_entries(caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path) -> None:
    server = serve(lambda path, body: (200, completion("An answer.")))
    (tmp_path / "in.txt").write_text("What is bread?\n")
    command = ("sample", tmp_path / "in.txt", "--endpoint", server.url, "--model", "m1", "-o", tmp_path / "out.jsonl")
    caigen(*command)
    entry(tmp_path / "out.jsonl.journal", lambda kept: kept[:-3])
    caigen(*command)
    notes = json.loads((tmp_path / "out.jsonl.summary.json").read_text())["notes"]
    assert notes["journal_damaged"] == 1
    assert len(server.asked) == 2


@pytest.mark.parametrize("number", [0, 1, 99, -1])
def test_a_journal_of_another_format_is_refused(tmp_path: Path, number: int) -> None:
    path = tmp_path / "a.journal"
    base = sqlite3.connect(path)
    base.execute(f"PRAGMA user_version={number}")
    base.execute("CREATE TABLE answers (key BLOB PRIMARY KEY, answer BLOB NOT NULL)")
    base.close()
    with pytest.raises(CaigenError) as caught:
        Journal(path)
    assert str(caught.value) == f"{path}: a journal of format {number}, this caigen writes format 2; {AWAY}"
    assert not path.with_name("a.journal-lock").exists()


def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.journal").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(CaigenError) as caught:
        Journal(tmp_path / "b.journal")
    why = "not a journal of caigen, or not writable: file is not a database"
    assert str(caught.value) == f"{tmp_path / 'b.journal'}: {why}; {AWAY}"


def test_answers_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    code = (
        "import sys, time; from pathlib import Path; from caigen.engines.journal import Journal\n"
        "j = Journal(Path(sys.argv[1])); n = 0\n"
        "while True:\n    j.put(f'{n:032x}', b'answer'); n += 1; time.sleep(0.0005)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(path)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and answered(path) <= 50:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    journal = Journal(path)
    assert journal.get(f"{0:032x}") == b"answer"
    assert journal.get(f"{50:032x}") == b"answer"
    assert journal.get("f" * 32) is None
    journal.close()
