"""`caigen.run` and its companions, on scripted engines; docs/library.md runs it on the demo model (test_docs.py)."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import caigen
from caigen import (
    CaigenError,
    Completion,
    EngineError,
    EngineOptions,
    InputError,
    Message,
    Record,
    Request,
    RequestError,
    Sampling,
    ScriptedEngine,
)
from caigen.engines.child import Model
from caigen.engines.pool import Pool
from tests.server import Reply, Server, completion

CRITIQUE = '{"text": "It is too sure.", "quotes": ["surely"], "verdict": "violates", "severity": 2}'

NO_SERVER = "http://127.0.0.1:9/v1"


def answer(request: Request) -> str:
    if request.schema:
        return CRITIQUE
    return "It may well rain." if len(request.messages) > 1 else "It will surely rain."


def respond(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    """A server's answer to a request: a critique where a schema is sent."""
    return 200, completion(CRITIQUE if "response_format" in body else "It may well rain.")


def test_prompts_become_records_with_revised_answers() -> None:
    engine = ScriptedEngine(answer)
    records = caigen.run(["Rain?", "Snow?"], engine=engine, rounds=2, candidates=2)
    assert [record.prompt[0].content for record in records] == ["Rain?", "Snow?"]
    for record in records:
        assert record.status == "done"
        assert [candidate.text_after() for candidate in record.candidates] == ["It may well rain."] * 2
        assert [len(candidate.rounds) for candidate in record.candidates] == [2, 2]
        assert record.provenance
        assert record.provenance.constitution == caigen.load_constitution("general").ref
        assert set(record.provenance.models) == {"policy", "critic", "reviser"}


def test_every_form_of_prompt() -> None:
    turns = [Message(role="user", content="Rain?")]
    row = {"id": "row", "prompt": "Rain?", "response": "It will surely rain."}
    made = Record(id="made", prompt=tuple(turns))
    engine = ScriptedEngine(answer)
    records = caigen.run(["Rain?", turns, row, made], engine=engine)
    first, second, third, fourth = [record.id for record in records]
    assert (second, third, fourth) == (f"{first}-2", "row", "made")
    assert all(record.prompt == tuple(turns) for record in records)
    assert len([request for request in engine.asked if len(request.messages) == 1]) == 3  # the row has its answer


def test_the_sampling_and_the_seed_are_the_callers() -> None:
    first, second = ScriptedEngine(answer), ScriptedEngine(answer)
    caigen.run(["Rain?"], engine=first, sampling=Sampling(max_tokens=7))
    caigen.run(["Rain?"], engine=second, sampling=Sampling(max_tokens=7), seed=1)
    assert {request.sampling.max_tokens for request in first.asked} == {7}
    assert {request.sampling.seed for request in first.asked}.isdisjoint(r.sampling.seed for r in second.asked)


def test_a_failed_request_fails_its_record_alone() -> None:
    def refuse(request: Request) -> str | Completion:
        if request.messages[0].content == "Snow?":
            raise RequestError("too_long", "no room")
        return answer(request)

    fine, failed = caigen.run(["Rain?", "Snow?"], engine=ScriptedEngine(refuse))
    assert fine.status == "done"
    assert failed.error
    assert (failed.error.stage, failed.error.kind) == ("sample", "too_long")


@pytest.mark.parametrize(
    ("prompts", "message"),
    [
        (["Rain?", ""], r"prompts\[1\]: empty prompt"),
        ([{"id": 1, "prompt": "a"}, {"id": 1, "prompt": "b"}], r"prompts\[1\]: duplicate id '1'"),
        ("Rain?", "a single text"),
        ({"prompt": "Rain?"}, "a single dict"),
        (Record(id="1", prompt=(Message(role="user", content="Rain?"),)), "a single Record"),
        ([5], r"prompts\[0\]: not a prompt but int"),
    ],
)
def test_what_is_no_prompt_is_an_error(prompts: object, message: str) -> None:
    engine = ScriptedEngine(answer)
    with pytest.raises(InputError, match=message):
        caigen.run(prompts, engine=engine)  # type: ignore[arg-type]
    assert engine.asked == []


def test_ids_made_of_the_content_leave_given_ids_alone() -> None:
    engine = ScriptedEngine(answer)
    first = caigen.run(["Rain?"], engine=engine)[0].id
    given = [{"id": f"{first}-2", "prompt": "Snow?"}, {"id": f"{first}-4", "prompt": "Hail?"}]
    records = caigen.run(["Rain?", "Rain?", *given, "Rain?"], engine=engine)
    assert [record.id for record in records] == [first, f"{first}-3", f"{first}-2", f"{first}-4", f"{first}-5"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"candidates": -3}, "candidates: -3"),
        ({"candidates": 0}, "candidates: 0"),
        ({"rounds": -1}, "rounds: -1"),
        ({"model": "demo"}, "not both"),
        ({"endpoint": NO_SERVER}, "not both"),
    ],
)
def test_arguments_that_will_not_do(arguments: dict[str, Any], message: str) -> None:
    engine = ScriptedEngine(answer)
    with pytest.raises(CaigenError, match=message):
        caigen.run(["Rain?"], engine=engine, **arguments)
    assert engine.asked == []


def test_run_inside_a_running_event_loop() -> None:
    """As in a notebook, whose cells run inside the loop of its kernel."""

    async def cell() -> list[Record]:
        return caigen.run(["Rain?"], engine=ScriptedEngine(answer))

    (record,) = asyncio.run(cell())
    assert record.candidates[0].text_after() == "It may well rain."


def test_arun_is_awaited() -> None:
    (record,) = asyncio.run(caigen.arun(["Rain?"], engine=ScriptedEngine(answer)))
    assert record.status == "done"


def test_an_open_engine_of_a_running_loop_is_for_arun(serve: Callable[[Reply], Server]) -> None:
    server = serve(respond)

    async def cell() -> list[Record]:
        async with caigen.open_engine(EngineOptions(endpoint=server.url)) as engine:
            with pytest.raises(CaigenError, match=r"use `await caigen\.arun`"):
                caigen.run(["Snow?"], engine=engine)
            assert server.asked == []
            return await caigen.arun(["Rain?"], engine=engine)

    (record,) = asyncio.run(cell())
    assert record.status == "done"


def test_a_model_that_is_loaded_answers_in_its_own_loop_only() -> None:
    """Asked from another one it would wait for ever."""
    pool = Pool(Model("nowhere", "nowhere", {}), 1, 1.0)  # not started
    with pytest.raises(CaigenError, match=r"use `await caigen\.arun`"):
        caigen.run(["Rain?"], engine=pool)


def test_models_that_are_not_asked_are_not_opened(serve: Callable[[Reply], Server]) -> None:
    server = serve(respond)
    options = EngineOptions(endpoint=server.url, judge=NO_SERVER)
    (record,) = caigen.run(["Rain?"], engine=options)
    assert record.status == "done"
    with pytest.raises(EngineError, match="no answer"):
        caigen.run(["Rain?"], engine=EngineOptions(endpoint=server.url, critic=NO_SERVER))
    assert caigen.run([], endpoint=NO_SERVER) == []


def test_an_open_engine_is_the_policy_alone(serve: Callable[[Reply], Server]) -> None:
    server = serve(respond)
    options = EngineOptions(endpoint=server.url, critic=NO_SERVER, reviser=NO_SERVER, judge=NO_SERVER)

    async def ask() -> Completion:
        async with caigen.open_engine(options) as engine:
            return await engine.complete(Request(messages=(Message(role="user", content="Rain?"),)))

    assert asyncio.run(ask()).text == "It may well rain."


def test_ctrl_c_in_a_notebook_stops_the_work() -> None:
    def interrupt(request: Request) -> str:
        # at the first call, by when several requests may be in `asked`
        if not interrupted.is_set():
            interrupted.set()
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.01)
        return answer(request)

    async def cell() -> None:
        caigen.run([f"Rain {n}?" for n in range(500)], engine=engine)

    interrupted = threading.Event()
    engine = ScriptedEngine(interrupt, capacity=1)
    loop = asyncio.new_event_loop()  # not asyncio.run: a kernel keeps Python's own handling of Ctrl-C
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(cell())
    loop.close()
    assert len(engine.asked) < 500


def test_records_go_to_a_file_and_come_back(tmp_path: Path) -> None:
    records = caigen.run(["Rain?", "Snow?"], engine=ScriptedEngine(answer))
    path = tmp_path / "records.jsonl.gz"
    assert caigen.write_records(records, path) == 2
    assert list(caigen.read_records(path)) == records
    assert list(caigen.read_records(path, limit=1)) == records[:1]


def test_a_bad_line_is_named_or_skipped(tmp_path: Path) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text('{"prompt": "Rain?"}\n{"colour": "Snow?"}\n')
    with pytest.raises(InputError, match="jsonl:2: not a prompt"):
        list(caigen.read_records(path))
    assert len(list(caigen.read_records(path, on_error="skip"))) == 1


@pytest.mark.parametrize("arguments", [{"on_error": "foo"}, {"take": "best"}, {"limit": -1}])
def test_reading_takes_no_other_arguments(tmp_path: Path, arguments: dict[str, Any]) -> None:
    (name,) = arguments
    with pytest.raises(CaigenError, match=f"{name}: "):
        caigen.read_records(tmp_path / "nothing.jsonl", **arguments)


@pytest.mark.parametrize("name", ["records.parquet", "records.json", "records.csv.gz"])
def test_records_are_written_as_json_lines_only(tmp_path: Path, name: str) -> None:
    with pytest.raises(CaigenError, match="records are written as JSON Lines"):
        caigen.write_records([], tmp_path / name)
    assert list(tmp_path.iterdir()) == []
