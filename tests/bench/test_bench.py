"""`caigen bench`: its arithmetic on known numbers, and a small run on the real engine."""

import asyncio
import difflib
import gc
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

import pytest

from caigen.bench.arms import occupancy, reusable_tokens
from caigen.bench.endpoint import ADAPTIVE, CAIGEN, SCRIPT
from caigen.bench.judge import judging
from caigen.bench.memory import peak_mb
from caigen.bench.recording import RecordingEngine
from caigen.bench.row import SENTENCE_WORDS, _ScriptedModel, cost, costs
from caigen.bench.standin import Pace, standing_in
from caigen.bench.workload import Work, length, records
from caigen.cli.run import folder_files, folder_sinks
from caigen.engines.base import Completion, Request
from caigen.engines.child import Model
from caigen.engines.endpoint import open_endpoint
from caigen.engines.open import DEMO_PATH
from caigen.engines.scripted import ScriptedEngine
from caigen.engines.vllm_requests import Prepared
from caigen.jobs.execute import COLLECT_AFTER
from caigen.records import Message, Record, Tokens
from caigen.stages.critique import read_structured
from caigen.stages.requests import CRITIQUE_SCHEMA
from caigen.summary import Summary
from tests.conftest import Run


def test_reusable_tokens_are_those_an_earlier_request_or_its_answer_began_with() -> None:
    first = Prepared([1, 2, 3], None, output=(4, 5))
    second = Prepared([1, 2, 3, 4, 9], None, output=(7,))
    third = Prepared([1, 2, 8], None)
    assert reusable_tokens([[first, second, third]]) == 4 + 2
    assert reusable_tokens([[first], [second]]) == 0


def test_occupancy_is_weighted_by_time() -> None:
    assert occupancy([(0.0, 1), (1.0, 4), (4.0, 2)], 4) == pytest.approx((1 * 4 + 3 * 2) / 4 / 4)
    assert occupancy([(0.0, 9), (1.0, 9)], 4) == 1.0
    assert occupancy([], 4) == 0.0


def test_lengths_have_a_heavy_tail() -> None:
    drawn = [length(f"r{place}", 0, median=48, longest=256) for place in range(4000)]
    assert 44 < median(drawn) < 52
    assert quantiles(drawn, n=10)[-1] > 2.5 * median(drawn)
    assert max(drawn) == 256
    assert drawn == [length(f"r{place}", 0, median=48, longest=256) for place in range(4000)]


def test_prompts_differ_and_can_be_lengthened() -> None:
    made = records(32, words=50)
    assert len({record.prompt[0].content for record in made}) == 32
    assert all(len(record.prompt[0].content.split()) > 50 for record in made)


def test_arms_do_the_same_work(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    caigen("bench", "flow", "--prompts", 12, "--rounds", 1, "--median", 8, "--longest", 16, "-o", out)
    found = json.loads(out.read_text())
    arms = found["runs"][0]["arms"]
    assert [arm["name"] for arm in arms] == ["caigen", "bare vLLM", "stage barrier", "batches of 32", "8 in flight"]
    assert len({arm["requests"] for arm in arms}) == 1
    assert [arm["completion_tokens"] for arm in arms] == pytest.approx([arms[0]["completion_tokens"]] * 5, rel=0.02)
    assert arms[0]["requests"] == 12 * 3
    assert 0 < found["prefix_reuse"] <= 1
    assert arms[4]["occupancy"] <= 8 / 64
    for key in ("efficiency", "speedup_stage_barrier", "speedup_batches_32", "speedup_8_in_flight"):
        assert found[key] > 0
    assert found["machine"]["cores"]
    assert found["versions"]["caigen"]


def test_critiques_are_asked_under_their_schema_and_the_chain_goes_on() -> None:
    asked: list[Request] = []

    def script(request: Request) -> Completion:
        asked.append(request)
        return Completion("not JSON", "length", Tokens(completion=17))

    async def work() -> list[Completion]:
        tape = RecordingEngine(ScriptedEngine(script), Work([], longest=90))
        prompt = Message(role="user", content="Is it so?")
        answer = Message(role="assistant", content="It is always so and nobody has ever doubted it.")
        plain = Request(messages=(prompt,))
        critique = Request(messages=(prompt, answer, prompt), schema=CRITIQUE_SCHEMA)
        found = [await tape.complete(request) for request in (plain, critique)]
        first, second = tape.requests[0]
        assert (first.sampling.ignore_eos, second.sampling.ignore_eos) == (True, False)
        assert second.sampling.max_tokens == 17  # as long as it was, for who asks again
        assert second.schema == CRITIQUE_SCHEMA
        return found

    _, said = asyncio.run(work())
    assert (asked[1].sampling.max_tokens, asked[1].sampling.ignore_eos) == (90, False)
    critique = read_structured(said, "It is always so and nobody has ever doubted it.")
    assert critique is not None
    assert [span.quote for span in critique.spans] == ["It is always so and nobody has ever"]


def test_the_cost_of_a_row_is_that_of_run(tmp_path: Path) -> None:
    """Every file of `run`; every row criticised in JSON with its quotes found, revised, written with its sidecar."""
    small, profiled = costs([40], folder_sinks, words=120, profile=True)
    assert (small["rows"], small["words"]) == (40, 120)
    assert 0 < small["loop_ms_per_row"] <= small["cpu_ms_per_row"] < 100
    assert small["peak_rss_mb"] > 10
    files = {path.name for path in folder_files(tmp_path)} | {"records.jsonl.journal", "README.md"}
    assert set(small["files"]) == files
    assert small["outputs"] == {"pairs.jsonl": 40, "sft.jsonl": 40, "critique_sft.jsonl": 40}
    told = profiled["parts_ms"]
    assert list(told.values()) == sorted(told.values(), reverse=True)
    assert 0 < told["text/quotes.py:locate"] < told["stages/critique.py:criticise"]


def test_what_the_cost_is_measured_on() -> None:
    script = _ScriptedModel(300, 2)
    asked = Request(messages=(Message(role="user", content="Case 7: what?"),))
    wanted = replace(asked, messages=(*asked.messages, Message(role="user", content="?")))
    answer, revision = script(asked), script(wanted)
    assert len(answer.split()) == pytest.approx(300, abs=SENTENCE_WORDS)
    assert 0.5 < difflib.SequenceMatcher(None, answer.split(), revision.split(), autojunk=False).ratio() < 0.99
    critique = read_structured(Completion(script(replace(asked, schema="{}")), "stop"), answer)
    assert critique is not None
    assert (critique.verdict, len(critique.quotes), len(critique.spans)) == ("violates", 2, 2)
    other = script(Request(messages=(Message(role="user", content="Case 8: what?"),)))
    assert not set(answer.split(". ")) & set(other.split(". "))


def test_a_script_by_hand_and_run_do_the_same_at_a_stand_in(caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "bench.json"
    with standing_in(Pace(slots=8, first=0.001, token=0.0001, median=20, longest=40)) as url:
        caigen("bench", "script", "--endpoint", url, "--prompts", 12, "--in-flight", 8, "-o", out)
    found = json.loads(out.read_text())["script"]
    assert list(found["runs"]) == [SCRIPT, CAIGEN, ADAPTIVE]
    for runs in found["runs"].values():
        assert len(runs) == 3
        for run in runs:
            assert run["requests"] == {"sample": 12, "critique": 12, "revise": 12}
            assert (run["rows"], run.get("failed", {})) == (12, {})
            assert run["tokens"] > 0
            assert run["cpu_ms_per_row"] > 0
    assert found["ratio"] > 0


def test_a_stand_in_answers_so_many_at_once_and_says_who_waits() -> None:
    async def work(url: str) -> tuple[tuple[int, int] | None, list[Completion]]:
        async with await open_endpoint(url, None) as engine:
            asked = [Request(messages=(Message(role="user", content=f"Case {n}"),)) for n in range(20)]
            tasks = [asyncio.create_task(engine.complete(request)) for request in asked]
            load = None
            while not load or sum(load) < 20:
                load = await engine.load()
            return load, await asyncio.gather(*tasks)

    with standing_in(Pace(slots=4, first=0.3, token=0.0)) as url:
        load, answers = asyncio.run(work(url))
    assert load == (4, 16)
    assert len({answer.text for answer in answers}) == 20
    assert all(len(answer.text.split()) >= answer.tokens.completion >= 8 for answer in answers)


def test_a_letter_beside_reasons(tmp_path: Path) -> None:
    found = asyncio.run(judging(Model(str(DEMO_PATH), "demo"), 12, tmp_path, reason_tokens=(8, 16)))
    assert [row["tokens"] for row in found["reasons"]] == [8, 16]
    for row in found["reasons"]:
        assert row["slowdown"] == pytest.approx(found["letter_per_second"] / row["per_second"], rel=0.01)


def test_the_peak_is_this_processes_own() -> None:
    held = bytearray(200 << 20)
    held[:: 1 << 12] = b"x" * len(held[:: 1 << 12])
    command = [sys.executable, "-c", "from caigen.bench.memory import peak_mb; print(peak_mb())"]
    started = float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert started < 100
    assert peak_mb() > 200


def test_an_unknown_shape_is_refused(caigen: Run) -> None:
    assert "only 8b is known" in caigen("bench", "flow", "--shape", "9b", check=2).stderr


class _Watching:
    """A sink that notes how Python collects cycles while rows come."""

    def __init__(self) -> None:
        self.seen: set[tuple[int, bool]] = set()

    def take(self, record: Record) -> None:
        self.seen.add((gc.get_threshold()[0], gc.get_freeze_count() > 0))

    def report(self, summary: Summary) -> None:
        """Nothing."""


def test_cycles_are_looked_for_seldom_during_a_run_and_as_before_after_it() -> None:
    gc.unfreeze()  # an engine of an earlier test may have frozen what it loaded
    before, sink = (gc.get_threshold(), gc.get_freeze_count()), _Watching()
    cost(
        4,
        lambda stack, folder, rejects, settings_by_domain: [
            *folder_sinks(stack, folder, rejects, settings_by_domain),
            sink,
        ],
        words=SENTENCE_WORDS,
    )
    assert sink.seen == {(COLLECT_AFTER, True)}
    assert (gc.get_threshold(), gc.get_freeze_count()) == before
