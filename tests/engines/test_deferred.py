"""A model that the journal knows is opened at the first request that the journal has no answer to."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from caigen.engines.base import Request
from caigen.engines.deferred import DeferredEngine, Known, ModelChangedError, content_of
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import EngineError
from caigen.records import Message
from tests.conftest import Run
from tests.server import Reply, Server, completion

REQUEST = Request(messages=(Message(role="user", content="hi"),))
CRITIQUE = json.dumps({"text": "Too short.", "quotes": [], "verdict": "violates", "severity": 2})


def reply(path: str, body: dict[str, object]) -> tuple[int, bytes]:
    if "response_format" in body:
        return 200, completion(CRITIQUE)
    number = len(json.dumps(body["messages"]))
    return 200, completion(f"A long and whole answer number {number} about bread, yeast and ovens.")


def test_it_is_opened_once_for_all_requests() -> None:
    opened: list[ScriptedEngine] = []

    async def opening() -> ScriptedEngine:
        await asyncio.sleep(0.01)
        opened.append(ScriptedEngine(lambda _: "x", model="m@1", capacity=3))
        return opened[0]

    async def work() -> None:
        engine = DeferredEngine(Known("m@1", 7, 9), opening)
        assert (engine.model, engine.capacity, engine.conversations) == ("m@1", 7, 9)
        assert not opened
        await asyncio.gather(*(engine.complete(REQUEST) for _ in range(5)))
        assert len(opened) == 1
        assert len(opened[0].asked) == 5
        await engine.close()

    asyncio.run(work())


def test_another_model_than_the_known_one_answers_nothing() -> None:
    async def work() -> None:
        async def opening() -> ScriptedEngine:
            return ScriptedEngine(lambda _: "x", model="m@2")

        await DeferredEngine(Known("m@1", 1, 1), opening).complete(REQUEST)

    with pytest.raises(ModelChangedError, match="m@2 is another model than m@1"):
        asyncio.run(work())


def test_an_opening_that_fails_fails_every_request() -> None:
    async def work() -> None:
        async def opening() -> ScriptedEngine:
            raise EngineError("no such model")

        engine = DeferredEngine(Known("m@1", 1, 1), opening)
        for _ in range(2):
            with pytest.raises(EngineError, match="no such model"):
                await engine.complete(REQUEST)

    asyncio.run(work())


def test_closing_ends_an_opening_that_is_under_way() -> None:
    async def work() -> None:
        begun = asyncio.Event()

        async def opening() -> ScriptedEngine:
            begun.set()
            await asyncio.sleep(60)
            raise AssertionError

        engine = DeferredEngine(Known("m@1", 1, 1), opening)
        waiting = asyncio.create_task(engine.complete(REQUEST))
        await begun.wait()
        await engine.close()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    asyncio.run(asyncio.wait_for(work(), 5))


def test_the_content_of_a_model_is_that_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    template = tmp_path / "own.jinja"
    template.write_text("a")
    first = content_of(str(tmp_path), {"chat_template": str(template)})
    assert first == content_of(str(tmp_path), {"chat_template": str(template)})
    template.write_text("b")
    assert content_of(str(tmp_path), {"chat_template": str(template)}) != first
    assert content_of("nobody/has-such-a-model", {}) is None


@pytest.mark.parametrize("rounds", ["2", "1"])
def test_a_finished_command_needs_no_server_for_the_same_work_or_less(
    caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path, rounds: str
) -> None:
    server = serve(reply)
    (tmp_path / "in.txt").write_text("What is bread?\nWhat is yeast?\n")
    out = tmp_path / "out"
    command = ["run", tmp_path / "in.txt", "--endpoint", server.url, "--model", "m1", "-o", out]
    command += ["--critic-model", f"{server.url}#m2"]
    caigen(*command, "--rounds", "2")
    asked, records = len(server.asked), (out / "records.jsonl").read_text()
    server.close()
    done = caigen(*command, "--rounds", rounds, "--overwrite")
    assert f"going on from {out}/records.jsonl.journal: {asked} answers kept" in done.stderr
    assert "0 requests sent" in done.stderr
    if rounds == "2":
        assert (out / "records.jsonl").read_text() == records


def test_only_what_is_missing_is_asked(caigen: Run, serve: Callable[[Reply], Server], tmp_path: Path) -> None:
    server = serve(reply)
    source, out = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("What is bread?\n")
    command = ("sample", source, "--endpoint", server.url, "--model", "m1", "-o", out)
    caigen(*command)
    source.write_text("What is bread?\nWhat is yeast?\n")
    done = caigen(*command)
    assert "1 answer kept" in done.stderr
    assert "1 requests sent, 1 from the journal" in done.stderr
    assert len(out.read_text().splitlines()) == 2


def test_another_model_behind_the_same_url_is_asked_anew(
    caigen: Run, serve: Callable[..., Server], tmp_path: Path
) -> None:
    server = serve(reply)
    source, out = tmp_path / "in.txt", tmp_path / "out.jsonl"
    source.write_text("What is bread?\n")
    command = ("sample", source, "--endpoint", server.url, "-o", out)
    caigen(*command)
    source.write_text("What is bread?\nWhat is yeast?\n")
    server.names = ("m9",)
    done = caigen(*command)
    assert "is another model than" in done.stderr
    makers = {json.loads(line)["provenance"]["models"]["policy"] for line in out.read_text().splitlines()}
    assert {maker.partition("@")[0] for maker in makers} == {"m9"}
    assert "2 requests sent, 0 from the journal" in done.stderr
