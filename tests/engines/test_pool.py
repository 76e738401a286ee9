"""Engines in processes of their own: the same answers, one that stalls is started anew, one that dies ends the run."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.child import Model
from caigen.engines.open import DEMO_PATH
from caigen.engines.pool import Pool, open_pool
from caigen.engines.schedule import PRIORITY, Priority, Schedule
from caigen.engines.vllm import VLLMEngine
from caigen.errors import EngineError, RequestError
from caigen.records import Message
from tests.conftest import ROOT, Run, answered, environment

DEMO = Model(str(DEMO_PATH), "demo")
ASKED = [
    Request(
        messages=(Message(role="user", content=f"How do I help my {who} with baking bread this week?"),),
        sampling=Sampling(max_tokens=60, temperature=0.0),
    )
    for who in ("sister", "father", "neighbour", "team", "friend", "mother", "boss", "cousin")
]


def children(of: int | None = None, *, named: str = "caigen.engines.child") -> list[int]:
    """Engine processes of a process, of this one by default."""
    command = ["pgrep", "-P", str(of or os.getpid()), "-f", named]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return [int(line) for line in found.stdout.split()]


def with_pool(size: int, work: Callable[[Pool], Awaitable[None]], *, stall: float = 600.0, model: Model = DEMO) -> None:
    async def whole() -> None:
        async with await open_pool(model, size, stall) as pool:
            await work(pool)

    before = set(children())
    asyncio.run(whole())
    assert set(children()) == before


def test_two_engines_answer_as_one_does_and_a_record_stays_where_it_is(engine: VLLMEngine) -> None:
    async def alone() -> list[Completion]:
        return list(await asyncio.gather(*map(engine.complete, ASKED)))

    async def work(pool: Pool) -> None:
        assert pool.model == engine.model
        assert pool.capacity == 2 * engine.capacity
        found = await asyncio.gather(*map(pool.complete, ASKED))
        assert [answer.text for answer in found] == [answer.text for answer in expected]
        too_long = Request(messages=(Message(role="user", content="bread " * 9000),))
        with pytest.raises(RequestError) as caught:
            await pool.complete(too_long)
        assert caught.value.kind == "too_long"
        PRIORITY.set(Priority(Schedule(), 7))
        turns = (
            *ASKED[0].messages,
            Message(role="assistant", content="Well. " * 40),
            Message(role="user", content="And?"),
        )
        conversation = replace(ASKED[0], messages=turns)
        await pool.complete(conversation)
        again = await pool.complete(conversation)
        assert again.tokens.cached >= 32

    expected = asyncio.run(alone())
    with_pool(2, work)


def test_an_engine_that_stands_still_is_started_anew_and_asked_again() -> None:
    async def work(pool: Pool) -> None:
        before = children()
        first = await pool.complete(ASKED[0])
        os.kill(children()[-1], signal.SIGSTOP)
        assert (await asyncio.wait_for(pool.complete(ASKED[0]), 120)).text == first.text
        assert pool.restarts == 1
        assert children() != before

    with_pool(1, work, stall=4.0)


def test_a_closed_pool_says_so() -> None:
    kept: list[Pool] = []

    async def work(pool: Pool) -> None:
        kept.append(pool)

    with_pool(1, work)
    with pytest.raises(EngineError, match="was closed"):
        asyncio.run(kept[0].complete(ASKED[0]))


def test_an_engine_that_ends_is_said_and_ends_the_run() -> None:
    async def work(pool: Pool) -> None:
        waiting = asyncio.gather(*map(pool.complete, ASKED), return_exceptions=True)
        await asyncio.sleep(0)
        os.kill(children()[-1], signal.SIGKILL)
        errors = await asyncio.wait_for(waiting, 60)
        assert all(isinstance(error, EngineError) for error in errors)
        assert "ended (signal 9); the system may be out of memory" in str(errors[0])
        with pytest.raises(EngineError):
            await pool.complete(ASKED[0])

    with_pool(1, work)


def test_a_model_that_does_not_load_is_said_and_leaves_no_process() -> None:
    async def never(_: Pool) -> None:
        raise AssertionError

    with pytest.raises(EngineError, match="there is no such folder"):
        with_pool(2, never, model=Model("/nonesuch/model", "nonesuch"))
    with pytest.raises(EngineError, match="did you mean max_model_len"):
        with_pool(1, never, model=Model(str(DEMO_PATH), "demo", {"max_modellen": 5}))
    assert not children()


@pytest.mark.timeout(400)
def test_the_engine_core_in_a_process_of_its_own_as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """vLLM 0.32 itself waits for ever for an engine core that was killed."""
    monkeypatch.setenv("VLLM_ENABLE_V1_MULTIPROCESSING", "1")

    async def work(pool: Pool) -> None:
        assert (await pool.complete(ASKED[0])).text
        (own,) = children()
        cores = children(own, named="EngineCore|spawn_main|forkserver")
        assert cores
        waiting = asyncio.gather(pool.complete(long), return_exceptions=True)
        await asyncio.sleep(0.2)
        for core in cores:
            os.kill(core, signal.SIGKILL)
        (error,) = await asyncio.wait_for(waiting, 60)
        assert isinstance(error, EngineError)

    long = Request(text="Here", sampling=Sampling(max_tokens=1900, temperature=1.5))
    with_pool(1, work)


@pytest.mark.timeout(400)
def test_the_command_line_restarts_a_stalled_engine_and_counts_it(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    command = ["sample", ROOT / "examples" / "contracts.jsonl", "-n", 4, "-o", out, "--data-parallel", 1, "--stall", 4]
    with subprocess.Popen(
        [sys.executable, "-m", "caigen", *map(str, command)], stderr=subprocess.PIPE, env=environment()
    ) as process:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline and answered(Path(f"{out}.journal")) < 8:
            time.sleep(0.02)
        os.kill(children(process.pid)[-1], signal.SIGSTOP)
        assert process.stderr
        said = process.stderr.read().decode()
        assert process.wait(10) == 0, said
    summary = json.loads((tmp_path / "out.jsonl.summary.json").read_text())
    assert summary["notes"]["engine_restarted"] == 1
    assert summary["failed"] == 0
    assert len({json.loads(line)["id"] for line in out.read_text().splitlines()}) == summary["done"]


@pytest.mark.timeout(300)
def test_a_script_without_a_main_guard_leaves_no_process_and_says_nothing(tmp_path: Path) -> None:
    """Trainers' scripts and notebooks have none; what comes to stderr would stand in every user's terminal."""
    script = tmp_path / "train.py"
    script.write_text(
        "from caigen.rewards import ConstitutionReward\n"
        "reward = ConstitutionReward('general', principles=['GEN-001'])\n"
        "print(reward(['What works?'], ['This always works.']))\n"
        "reward.close()\n"
    )
    (tmp_path / "torch.py").write_text("raise SystemExit('the module of the folder, not the library')\n")
    done = subprocess.run(
        [sys.executable, "-P", str(script)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env=environment(),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[0.")
    assert done.stderr == ""


def test_engines_go_with_the_process_that_asked(tmp_path: Path) -> None:
    command = ["sample", ROOT / "examples" / "contracts.jsonl", "-n", 4, "-o", tmp_path / "out.jsonl"]
    process = subprocess.Popen(
        [sys.executable, "-m", "caigen", *map(str, command)], stderr=subprocess.DEVNULL, env=environment()
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and answered(tmp_path / "out.jsonl.journal") < 4:
        time.sleep(0.02)
    (engine,) = children(process.pid)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and Path(f"/proc/{engine}").exists():
        time.sleep(0.1)
    assert not Path(f"/proc/{engine}").exists()


def test_tokens_are_counted_while_they_are_generated() -> None:
    """A user sees the count move within a long answer; at the end it is that of the answers."""
    long = Request(ASKED[0].messages, sampling=Sampling(max_tokens=1500, temperature=0.0, ignore_eos=True))
    seen: list[int] = []

    async def work(pool: Pool) -> None:
        answer = asyncio.ensure_future(pool.complete(long))
        while not answer.done():
            await asyncio.sleep(0.2)
            seen.append(pool.generated)
        assert (await answer).tokens.completion >= 1000

    with_pool(1, work)
    assert seen == sorted(seen)
    assert len({count for count in seen if 0 < count < 1500}) >= 1


def test_what_a_stalled_process_has_generated_still_counts() -> None:
    async def work(pool: Pool) -> None:
        (process,) = pool._processes
        process.generated = 70
        await pool._restart(process)
        process.generated += 5
        assert pool.generated == 75

    with_pool(1, work)


def test_what_the_models_own_settings_ask_for_is_told(tmp_path: Path) -> None:
    copied = tmp_path / "model"
    shutil.copytree(DEMO_PATH, copied)
    settings = json.loads((copied / "generation_config.json").read_text())
    (copied / "generation_config.json").write_text(json.dumps(settings | {"top_k": 20, "do_sample": True}))

    async def work(pool: Pool) -> None:
        (note,) = pool.take_notes()
        assert note.startswith("note: the generation_config of mine has top_k 20; not applied")
        assert not pool.take_notes()

    with_pool(1, work, model=Model(str(copied), "mine"))
