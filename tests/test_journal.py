"""The journal remembers exactly what was asked, and survives."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import CaigenError
from caigen.journal import Journal, RememberingEngine, request_key
from caigen.records import Message, Tokens
from tests.conftest import answered

ASKED = Request(messages=(Message(role="user", content="hi"),), sampling=Sampling(seed=1))


def answer(request: Request) -> Completion:
    return Completion(
        f"seed {request.sampling.seed}", "stop", Tokens(prompt=3, cached=1, completion=2), "thought", {"A": -0.5}
    )


def ask(path: Path, *requests: Request) -> tuple[list[Completion], RememberingEngine]:
    journal = Journal(path)
    engine = RememberingEngine(ScriptedEngine(answer), journal)

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
    assert (engine.asked, engine.remembered, engine.tokens.completion) == (700, 0, 1400)
    second, engine = ask(path, *requests)
    assert second == first
    assert (engine.asked, engine.remembered, engine.tokens.completion) == (0, 700, 0)


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, messages=(Message(role="system", content="hi"),)),
        replace(ASKED, sampling=Sampling(seed=2)),
        replace(ASKED, sampling=Sampling(seed=1, temperature=0.5)),
        replace(ASKED, schema="{}"),
        replace(ASKED, choices=("A",)),
        Request(text="hi", sampling=Sampling(seed=1)),
    ],
)
def test_a_changed_setting_is_a_new_question(other: Request) -> None:
    assert request_key("m", other) != request_key("m", ASKED)
    assert request_key("n", ASKED) != request_key("m", ASKED)


def test_a_journal_of_another_format_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version=99")
    base.execute("CREATE TABLE x (y)")
    base.close()
    with pytest.raises(CaigenError, match="journal of format 99"):
        Journal(path)
    (tmp_path / "b.journal").write_bytes(b"this is not a database at all" * 100)
    with pytest.raises(CaigenError, match="not a journal of caigen"):
        Journal(tmp_path / "b.journal")


def test_answers_survive_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "a.journal"
    code = (
        "import sys, time; from pathlib import Path; from caigen.journal import Journal\n"
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
