"""The main path on the real engine: the demo, the pipe, a kill in the middle, real data."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import pytest

from caigen.constitution.load import load
from caigen.engines.base import Sampling
from caigen.engines.open import DEMO_PATH
from caigen.engines.vllm import VLLMEngine
from caigen.io.read import Reader
from caigen.records import Record
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings, revise
from caigen.stages.sample import SampleSettings, sample
from caigen.stages.templates import Templates
from tests.conftest import ROOT, Run, answered, environment

EXAMPLES = ROOT / "examples" / "healthcare.jsonl"


def rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_the_demo_writes_everything(demo: Path) -> None:
    records, pairs, sft, critiques = (
        rows(demo / f"{name}.jsonl") for name in ("records", "pairs", "sft", "critique_sft")
    )
    summary = json.loads((demo / "summary.json").read_text())
    assert len(records) == summary["read"] == summary["done"] == 64
    assert len(pairs) > 20
    assert len(sft) >= 62
    assert len(critiques) == 64 * 3 - summary["notes"].get("critique_unusable", 0) > 64 * 2.9
    assert len(rows(demo / "pairs.provenance.jsonl")) == len(pairs)
    assert set(pairs[0]) == {"prompt", "chosen", "rejected"}
    assert not any(pair["chosen"] == pair["rejected"] for pair in pairs)
    for record in Reader(demo / "records.jsonl"):
        for candidate in record.candidates:
            history = candidate.history()
            assert len({turn.principle for turn in candidate.rounds}) == 3
            for text, turn in zip(history, candidate.rounds, strict=False):
                assert turn.critique is not None
                assert (turn.revision is not None) == turn.faulted
                assert all(text[span.start : span.end] == span.quote for span in turn.critique.spans)


def test_the_demo_again_asks_nothing(caigen: Run, demo: Path) -> None:
    before = (demo / "records.jsonl").read_bytes()
    done = caigen("demo", "-o", demo)
    assert "0 requests sent, " in done.stderr
    assert "Flawed answers, by the checker" in done.stderr
    assert (demo / "records.jsonl").read_bytes() == before


def test_the_pipe_on_one_device(tmp_path: Path) -> None:
    python = f"{sys.executable} -m caigen"
    code = (
        f"set -o pipefail; {python} critique {EXAMPLES} --limit 24 --constitution demo-healthcare "
        f"--model {DEMO_PATH} --summary {tmp_path}/c.json"
        f" | {python} revise --rounds 3 --summary {tmp_path}/r.json | tee {tmp_path}/r.jsonl"
        f" | {python} export-pairs --summary {tmp_path}/p.json > {tmp_path}/pairs.jsonl"
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=280, env=environment())
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert f"note: no --model named, so this is {DEMO_PATH}, which made the records" in done.stderr
    for record in Reader(tmp_path / "r.jsonl"):
        assert record.provenance is not None
        made = record.provenance.models
        revised = any(turn.revision for candidate in record.candidates for turn in candidate.rounds)
        assert set(made) == {"policy", "critic"} | ({"reviser"} if revised else set())
        assert len(set(made.values())) == 1
    counts = {name: json.loads((tmp_path / f"{name}.json").read_text()) for name in "crp"}
    assert [counts[name]["read"] for name in "crp"] == [24, 24, 24]
    assert counts["r"]["done"] == 24
    spent = counts["r"]["seconds"]
    assert spent["wait"] > 0
    assert spent["wait"] + spent["load"] + spent["generate"] <= spent["total"]
    assert counts["p"]["outputs"]["stdout"] == len(rows(tmp_path / "pairs.jsonl")) > 5


def test_the_pipe_and_one_run_do_the_same_work(caigen: Run, tmp_path: Path) -> None:
    options = ["--limit", 8, "--constitution", "healthcare", "--temperature", 0]
    caigen("critique", EXAMPLES, *options, "-o", tmp_path / "c.jsonl")
    caigen("revise", tmp_path / "c.jsonl", "--rounds", 2, *options, "-o", tmp_path / "r.jsonl")
    caigen("run", EXAMPLES, "--rounds", 2, *options, "-o", tmp_path / "out")
    for one, other in zip(rows(tmp_path / "r.jsonl"), rows(tmp_path / "out" / "records.jsonl"), strict=True):
        texts = [
            [turn.get("revision", {}).get("text") for turn in row["candidates"][0]["rounds"]] for row in (one, other)
        ]
        assert one["candidates"][0]["text"] == other["candidates"][0]["text"]
        assert texts[0] == texts[1]


def test_kill_in_the_middle_then_run_again(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "out"
    args = ["run", str(EXAMPLES), "--rounds", "3", "--candidates", "2", "--constitution", "healthcare", "-o", str(out)]
    journal = out / "records.jsonl.journal"
    process = subprocess.Popen([sys.executable, "-m", "caigen", *args], stderr=subprocess.PIPE, env=environment())
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and process.poll() is None and answered(journal) < 100:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    kept = answered(journal)
    assert kept >= 100
    assert not (out / "records.jsonl").exists()
    caigen(*args)
    summary = json.loads((out / "summary.json").read_text())
    assert summary["read"] == summary["done"] == 64
    assert Counter(row["id"] for row in rows(out / "records.jsonl")) == Counter(row["id"] for row in rows(EXAMPLES))
    assert summary["requests"]["cached"] >= kept
    assert summary["requests"]["sent"] + kept <= answered(journal) + 5


def test_interrupt_is_130(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    args = [sys.executable, "-m", "caigen", "revise", str(EXAMPLES), "--rounds", "4", "-o", str(out)]
    process = subprocess.Popen(
        args,
        stderr=subprocess.PIPE,
        env=environment(),
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # as in a terminal, even if we run under nohup
    )
    journal = Path(f"{out}.journal")
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline and process.poll() is None and answered(journal) < 20:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130, said.decode()
    assert b"interrupted" in said
    assert b"Traceback" not in said
    assert answered(journal) >= 20


def test_a_row_that_is_too_long_fails_alone(caigen: Run, tmp_path: Path) -> None:
    long = json.dumps({"id": "long", "prompt": "bread " * 9000})
    lines = EXAMPLES.read_text().splitlines()[:3]
    path = tmp_path / "p.jsonl"
    path.write_text("\n".join([lines[0], long, lines[1], lines[2]]) + "\n")
    done = caigen("critique", path, "-o", tmp_path / "o.jsonl", "--rejects", tmp_path / "bad.jsonl", check=3)
    assert "read 4 = done 3 + failed 1 + skipped 0 (sample:too_long 1)" in done.stderr
    (failed,) = rows(tmp_path / "bad.jsonl")
    assert failed["status"] == "failed"
    assert "tokens, the model's context 4096" in failed["error"]["message"]
    after = caigen("critique", tmp_path / "bad.jsonl", "--summary", tmp_path / "s.json")
    assert json.loads(after.stdout)["error"] == failed["error"]
    assert json.loads((tmp_path / "s.json").read_text())["reasons"] == {"failed_earlier": 1}


@pytest.mark.parametrize(("style", "free_text"), [("transcript", False), ("plain", True), ("chat", True)])
def test_styles(engine: VLLMEngine, style: Literal["chat", "transcript", "plain"], free_text: bool) -> None:
    prompt_settings = PromptSettings(
        constitution=load("demo-healthcare"), templates=Templates.load(demo=True), style=style, free_text=free_text
    )
    sampling = Sampling(max_tokens=128, temperature=0.0)
    settings = ReviseSettings(rounds=2, always=True, sampling=sampling, critic_sampling=sampling)

    async def way(record: Record) -> Record:
        record = await sample(record, engine, SampleSettings(1, sampling, plain=style == "plain"))
        return await revise(record, engine, engine, prompt_settings, settings)

    async def all_of_them() -> list[Record]:
        return await asyncio.gather(*(way(record) for record in Reader(EXAMPLES, limit=4)))

    for record in asyncio.run(all_of_them()):
        rounds = record.candidates[0].rounds
        assert len(rounds) == 2
        assert all(turn.critique and turn.critique.text and turn.revision for turn in rounds)
        assert all(turn.critique and (turn.critique.verdict == "unclear") == free_text for turn in rounds)


def test_the_paper_recipe(caigen: Run, tmp_path: Path) -> None:
    caigen("revise", EXAMPLES, "--limit", 4, "--recipe", "paper", "--max-tokens", 128, "-o", tmp_path / "o.jsonl")
    got = rows(tmp_path / "o.jsonl")
    assert len(got) == 4
    assert all(len(row["candidates"][0]["rounds"]) == 4 for row in got)
    assert all(turn["revision"] for row in got for turn in row["candidates"][0]["rounds"])


def test_real_dialogues(tmp_path: Path, shared_data: Path) -> None:
    python = f"{sys.executable} -m caigen"
    code = (
        f"set -o pipefail; {python} critique {shared_data}/hh-rlhf-harmless-1200.jsonl.gz "
        f"--limit 60 --max-tokens 128 --summary {tmp_path}/c.json"
        f" | {python} revise --rounds 2 --max-tokens 128 --summary {tmp_path}/r.json -o {tmp_path}/r.jsonl;"
        f" {python} export-pairs {tmp_path}/r.jsonl --summary {tmp_path}/p.json > {tmp_path}/pairs.jsonl"
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, timeout=280, env=environment())
    assert "Traceback" not in done.stderr
    for name in "crp":
        counts = json.loads((tmp_path / f"{name}.json").read_text())
        assert counts["read"] == counts["done"] + counts["failed"] + counts["skipped"] == 60
        assert sum(counts["reasons"].values()) == counts["failed"] + counts["skipped"]
    assert any(len(row["prompt"]) > 2 for row in rows(tmp_path / "r.jsonl"))
