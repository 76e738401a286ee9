"""`caigen serve` as a process: many clients at once, OpenRLHF's protocol, and TRL's GRPO trainer."""

import asyncio
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from caigen.constitution.load import load
from caigen.demo import world as worlds
from caigen.demo.show import CORE
from tests.conftest import Run, environment
from tests.judging import GOOD, PROMPT, JudgeServer

CLIENTS = 64
SECONDS = float(os.environ.get("CAIGEN_LOAD_SECONDS", "10"))  # docs/rewards.md has the figures of a minute
RULES = [rule.id for rule in load("healthcare").principles[:CORE]]
NAMED = ["--constitution", "healthcare", *(part for rule in RULES for part in ("--principle", rule))]


Told = list[tuple[dict[str, str], float]]


@pytest.fixture(scope="module")
def told(caigen: Run, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Prompts and answers of the demo world, flawed and not, with what `caigen score` says of them."""
    asked = items(96)
    source = tmp_path_factory.mktemp("serve") / "texts.jsonl"
    source.write_text("".join(json.dumps(item) + "\n" for item in asked))
    done = caigen("score", source, "--model", "demo", *NAMED)
    rewards = [json.loads(line)["candidates"][0]["scores"][0]["reward"] for line in done.stdout.splitlines()]
    return list(zip(asked, rewards, strict=True))


@pytest.fixture(scope="module")
def url(told: Told) -> Iterator[str]:
    """A server of the demo model; it holds the device from now on."""
    with running(*NAMED) as address:
        yield address


@contextmanager
def running(*options: str) -> Iterator[str]:
    """A server on a free port, ended by SIGTERM."""
    with start(*options) as (address, process):
        yield address
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said
    assert "Traceback" not in said


@contextmanager
def start(*options: str, wait: bool = True) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """A server on a free port with its process, killed at the end if it still runs; with `wait` once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "caigen", "serve", "--port", str(port), *options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment())
    address = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + 120
        while wait:
            assert process.poll() is None and time.monotonic() < until
            try:
                httpx.get(f"{address}/health").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(0.2)
        yield address, process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def items(count: int) -> list[dict[str, str]]:
    """Prompts and answers of the demo world, flawed and not."""
    world, rng = worlds.load(), random.Random(3)
    scenes = [world.scene(rng, domain="healthcare") for _ in range(count)]
    return [{"prompt": world.prompt(scene), "response": world.text(scene, world.plan(scene, rng))} for scene in scenes]


@pytest.mark.timeout(400)
def test_whether_the_judge_thinks_first() -> None:
    judge = JudgeServer()
    try:
        with running("--endpoint", judge.url, "--model", "m1", "--think", "off", "--principle", "GEN-001") as address:
            found = httpx.post(f"{address}/score", json={"prompt": PROMPT, "response": GOOD}).json()
    finally:
        judge.close()
    assert found["scores"][0]["reward"] == pytest.approx(0.9)
    assert [body["chat_template_kwargs"]["enable_thinking"] for _, body in judge.asked] == [False]


def test_many_clients_get_what_score_says(url: str, told: Told) -> None:
    until = time.monotonic() + SECONDS
    worst, answered = 0.0, 0

    async def client(http: httpx.AsyncClient, number: int) -> None:
        nonlocal worst, answered
        while time.monotonic() < until:
            item, reward = told[(number * 7 + answered) % len(told)]
            answer = await http.post("/score", json=item)
            answer.raise_for_status()
            worst = max(worst, abs(answer.json()["scores"][0]["reward"] - reward))
            answered += 1

    async def all_clients() -> None:
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
            await asyncio.gather(*(client(http, number) for number in range(CLIENTS)))

    asyncio.run(all_clients())
    print(f"{answered} requests of {CLIENTS} clients in {SECONDS:g} s; greatest difference {worst:.2g}")
    assert answered > 10 * SECONDS
    assert worst < 1e-3  # log-probabilities move in the last digits with what else is in the batch
    assert f"caigen_texts_total {answered}.0" in httpx.get(f"{url}/metrics").text


def test_a_client_that_speaks_openrlhf(url: str, told: Told) -> None:
    asked = [item for item, _ in told[:16]]
    rendered = [f"<|bos|><|user|>{item['prompt']}<|end|><|assistant|>" for item in asked]
    queries = [f"{head}{item['response']}<|end|>" for head, item in zip(rendered, asked, strict=True)]
    body = {"query": queries, "prompts": rendered, "labels": [""] * len(asked)}
    found = httpx.post(f"{url}/get_reward", json=body, timeout=60).raise_for_status().json()
    assert found["rewards"] == pytest.approx([reward for _, reward in told[:16]], abs=1e-3)
    assert found["scores"] == found["rewards"]


@pytest.mark.filterwarnings("ignore")  # of the trainer
@pytest.mark.timeout(300)
def test_grpo_learns_from_the_server(url: str, tmp_path: Path) -> None:
    from datasets import Dataset
    from trl import GRPOConfig, GRPOTrainer

    from caigen.engines.open import DEMO_PATH

    given: list[float] = []

    def reward(prompts: list[Any], completions: list[Any], **columns: Any) -> list[float]:
        pairs = zip(prompts, completions, strict=True)
        wanted = [{"prompt": prompt, "response": said[0]["content"]} for prompt, said in pairs]
        scores = httpx.post(f"{url}/score", json={"items": wanted}, timeout=60).raise_for_status().json()["scores"]
        given.extend(score["reward"] for score in scores)
        return given[-len(scores) :]

    rows = Dataset.from_list([{"prompt": [{"role": "user", "content": item["prompt"]}]} for item in items(8)])
    settings = GRPOConfig(
        output_dir=str(tmp_path), max_steps=2, per_device_train_batch_size=8, num_generations=4,
        max_completion_length=128, use_cpu=True, bf16=False, report_to="none", save_strategy="no",
    )  # fmt: skip
    trainer = GRPOTrainer(model=str(DEMO_PATH), reward_funcs=[reward], args=settings, train_dataset=rows)
    trainer.train()
    assert len(given) == 16
    assert len(set(given)) > 1
    (logged,) = [entry for entry in trainer.state.log_history if "train_loss" in entry]
    assert logged["train_loss"] == logged["train_loss"]
