"""Commands that ask for critiques, against a server whose critiques are known."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.constitution.load import load
from caigen.stages.templates import Templates
from tests.conftest import Run
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]
PROMPTS = "".join(json.dumps({"id": f"p{n}", "prompt": f"What helps in case {n}?"}) + "\n" for n in range(3))
FAULT = '{"text":"It promises.","quotes":["always"],"verdict":"violates","severity":2}'


def asks_for_critique(body: dict[str, Any]) -> bool:
    return "response_format" in body


def critic(critique: bytes) -> Reply:
    """A server whose critiques are all the same; its answers and revisions are sound."""

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if asks_for_critique(body):
            return 200, critique
        revision = "Write the revised answer" in body["messages"][-1]["content"]
        return 200, completion("Tea may help." if revision else "Tea always helps.")

    return reply


def cut(text: str) -> bytes:
    whole = json.loads(completion(text))
    whole["choices"][0]["finish_reason"] = "length"
    return json.dumps(whole).encode()


def run(caigen: Run, folder: Path, server: Server, *more: str) -> tuple[str, dict[str, Any], list[dict[str, Any]]]:
    """What is said on stderr, the summary and the records."""
    (folder / "p.jsonl").write_text(PROMPTS)
    done = caigen("run", folder / "p.jsonl", "--endpoint", server.url, "-o", folder / "out", *more)
    lines = (folder / "out" / "records.jsonl").read_text().splitlines()
    return done.stderr, json.loads((folder / "out" / "summary.json").read_text()), [json.loads(line) for line in lines]


def test_critiques_that_are_cut_off_lose_no_row(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve(critic(cut('{"text":"It prom')))
    said, summary, records = run(caigen, tmp_path, server, "--max-tokens", "60", "--critique-tokens", "77")
    assert (summary["done"], summary["failed"]) == (3, 0)
    assert summary["notes"]["critique_truncated"] == 3
    assert "3 critiques cut off and not used: raise --critique-tokens" in said
    assert said.splitlines()[-1].startswith("run: read 3 = done 3 + failed 0 + skipped 0")
    critique = records[0]["candidates"][0]["rounds"][0]["critique"]
    assert (critique["raw"], critique["flags"], critique["verdict"]) == ('{"text":"It prom', ["truncated"], "unclear")
    assert "revision" not in records[0]["candidates"][0]["rounds"][0]
    limits = {(asks_for_critique(body), body["max_tokens"]) for _, body in server.asked}
    assert limits == {(True, 77), (False, 60)}
    for name in ("pairs", "sft", "critique_sft"):
        assert (tmp_path / "out" / f"{name}.jsonl").read_text() == ""


def test_critiques_have_their_limit_whatever_that_of_answers(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve(critic(completion(FAULT)))
    said, summary, _ = run(caigen, tmp_path, server, "--max-tokens", "9000")
    assert {body["max_tokens"] for _, body in server.asked if asks_for_critique(body)} == {512}
    assert summary["notes"] == {"critique_violates": 3, "revision_usable": 3}
    assert summary["second_tries"] == {"made": 0, "helped": 0}
    assert "raise" not in said


def test_critiques_have_a_limit_and_a_seed_of_their_own(serve: Serve, tmp_path: Path) -> None:
    server, prompts = serve(critic(completion(FAULT))), tmp_path / "p.jsonl"
    prompts.write_text(PROMPTS)
    options = ["--max-tokens", "60", "--critique-tokens", "77", "-o", str(tmp_path / "c.jsonl")]
    done = CliRunner().invoke(app, ["critique", str(prompts), "--endpoint", server.url, *options])
    assert done.exit_code == 0, done.output
    assert {(asks_for_critique(body), body["max_tokens"]) for _, body in server.asked} == {(True, 77), (False, 60)}
    assert len({body["seed"] for _, body in server.asked}) == 6


def test_a_server_gets_the_shipped_rules_and_texts_and_damaged_answers_are_counted(
    serve: Serve, tmp_path: Path
) -> None:
    """In this process, so that no rule or text of the demo model's own is taken for another model."""
    server, prompts, out = serve(critic(completion(FAULT))), tmp_path / "p.jsonl", tmp_path / "c.jsonl"
    prompts.write_text(PROMPTS)
    command = ["critique", str(prompts), "--endpoint", server.url, "-o", str(out), "--overwrite"]
    for damaged in (0, 6):
        done = CliRunner().invoke(app, command)
        assert done.exit_code == 0, done.output
        notes = json.loads((tmp_path / "c.jsonl.summary.json").read_text())["notes"]
        assert notes.get("journal_damaged", 0) == damaged
        with closing(sqlite3.connect(tmp_path / "c.jsonl.journal")) as base:
            base.execute("UPDATE answers SET answer = x'00'")
            base.commit()
    made = json.loads(out.read_text().splitlines()[0])["provenance"]
    assert (made["constitution_sha256"], made["templates_sha256"]) == (load("general").sha256, Templates.load().sha256)


def test_a_second_critique_is_asked_for_with_another_seed(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    server = serve(critic(completion("who knows")))
    said, summary, _ = run(caigen, tmp_path, server)
    seeds = [body["seed"] for _, body in server.asked if asks_for_critique(body)]
    assert len(seeds) == len(set(seeds)) == 6
    assert summary["second_tries"] == {"made": 3, "helped": 0}
    assert "3 critiques not the JSON asked for" in said
    assert "; second tries 3, helped 0;" in said
    again, summary, _ = run(caigen, tmp_path, server)
    assert "0 requests sent, 9 from the journal" in again
    assert len(server.asked) == 9


def test_only_a_critique_that_waits_needs_its_principle(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    """A critique under a principle that the constitution lacks stops `revise` before it begins, unless nothing is
    asked of it.
    """
    server, file = serve(critic(completion(FAULT))), tmp_path / "r.jsonl"
    for critique, code in (
        ({"text": "x", "verdict": "violates", "severity": 1}, 1),
        ({"text": "x", "verdict": "violates", "severity": 1, "flags": ["echo"]}, 0),
        ({"text": "x", "verdict": "complies", "severity": 0}, 0),
    ):
        turn = {"principle": "XX-001@1", "critique": critique}
        prompt = [{"role": "user", "content": "What helps?"}]
        candidate = {"text": "Tea always helps.", "rounds": [turn]}
        file.write_text(
            json.dumps({"schema": "caigen.record/1", "id": "a", "prompt": prompt, "candidates": [candidate]})
        )
        done = caigen("revise", file, "--rounds", "1", "--endpoint", server.url, check=code)
        assert ("XX-001" in done.stderr) == bool(code)


def test_notes_are_of_this_command_alone(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    server, prompts = serve(critic(completion(FAULT))), tmp_path / "p.jsonl"
    prompts.write_text(PROMPTS)
    at = ["--endpoint", server.url]
    notes = []
    caigen("critique", prompts, *at, "-o", tmp_path / "c.jsonl")
    caigen("revise", tmp_path / "c.jsonl", *at, "-o", tmp_path / "r.jsonl")
    caigen("revise", tmp_path / "r.jsonl", *at, "-o", tmp_path / "again.jsonl")
    for name in ("c", "r", "again"):
        notes.append(json.loads((tmp_path / f"{name}.jsonl.summary.json").read_text())["notes"])
    assert notes == [{"critique_violates": 3}, {"revision_usable": 3}, {}]


def test_equal_answers_of_a_greedy_model_are_asked_for_once(caigen: Run, serve: Serve, tmp_path: Path) -> None:
    server, prompts = serve(critic(completion(FAULT))), tmp_path / "p.jsonl"
    prompts.write_text(PROMPTS)
    done = caigen("sample", prompts, "--endpoint", server.url, "-n", "2", "--temperature", "0")
    assert [len(json.loads(line)["candidates"]) for line in done.stdout.splitlines()] == [2, 2, 2]
    assert done.stderr.count("note: with --temperature 0 the 2 answers to a prompt are equal") == 1
    assert "3 requests sent," in done.stderr
    warm = caigen("sample", prompts, "--endpoint", server.url, "-n", "2")
    assert "are equal" not in warm.stderr
    assert "6 requests sent," in warm.stderr
