"""`caigen try`: one prompt, the verdict of each rule on its answer, and the revisions, without a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from caigen.cli.app import app
from tests.server import Server, completion

Start = Callable[..., Server]

RULES = """schema: caigen.constitution/1
id: desk
title: Desk
version: "1.0.0"
principles:
  - {id: DE-001, rev: 1, title: No refund, text: Promise no refund., critique: Which refund?, revision: No refund.}
  - {id: DE-002, rev: 1, title: No haste, text: Press nobody., critique: Which haste?, revision: No haste.}
  - {id: DE-003, rev: 1, title: No names, text: Name nobody., critique: Which names?, revision: No names.}
"""
ANSWER = "You get a refund. Hurry up now."


def critique(verdict: str, *quotes: str) -> bytes:
    severity = 2 if verdict == "violates" else 0
    said = {"text": f"It {verdict}.", "quotes": quotes, "verdict": verdict, "severity": severity}
    return completion(json.dumps(said))


def reply(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
    """A model that promises a refund and presses, says so when asked, and mends one thing at a time."""
    last = body["messages"][-1]["content"]
    text = next((m["content"] for m in reversed(body["messages"]) if m["role"] == "assistant"), "")
    if "Which refund?" in last:
        return 200, critique("violates", "You get a refund.") if "get a refund" in text else critique("complies")
    if "Which haste?" in last:
        return 200, critique("violates", "Hurry up now.") if "Hurry" in text else critique("complies")
    if "Which names?" in last:
        return 200, critique("complies")
    if "No refund." in last:
        return 200, completion("A person decides. Hurry up now.")
    if "No haste." in last:
        return 200, completion("A person decides. Take your time over this.")
    return 200, completion(ANSWER)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    path = tmp_path / "desk.yaml"
    path.write_text(RULES)
    return path


def call(server: Server, rules: Path, *arguments: str | Path, stdin: str | None = None) -> Result:
    given = ["try", *map(str, arguments), "-c", str(rules), "--endpoint", server.url, "-m", "m1"]
    return CliRunner().invoke(app, given, input=stdin, env={"COLUMNS": "120", "NO_COLOR": "1"})


def test_each_rule_has_a_line_and_the_broken_ones_a_revision(serve: Start, rules: Path, tmp_path: Path) -> None:
    result = call(serve(reply), rules, "Where is my money?")
    assert result.exit_code == 0, result.output
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert "DE-001 No refund violates, clear “You get a refund.”" in lines
    assert "DE-002 No haste violates, clear “Hurry up now.”" in lines
    assert "DE-003 No names complies" in lines
    assert "2 of 3 rules broken, 2 revisions made." in lines
    assert "[-Hurry up now.-]{+Take your time over this.+}" in result.stdout
    assert "Press nobody." in result.stdout  # the rule with its text
    assert [path.name for path in tmp_path.iterdir()] == ["desk.yaml"]  # nothing is written


def test_all_rules_are_asked_about_the_first_answer(serve: Start, rules: Path) -> None:
    server = serve(reply)
    call(server, rules, "Where is my money?")
    asked = [body["messages"] for _, body in server.asked]
    first = [messages for messages in asked if "Which" in messages[-1]["content"] and messages[-2]["content"] == ANSWER]
    assert len(first) == 3


@pytest.mark.parametrize(("rounds", "revisions"), [("0", 0), ("1", 1), ("9", 2)])
def test_rounds_bound_the_revisions(serve: Start, rules: Path, rounds: str, revisions: int) -> None:
    result = call(serve(reply), rules, "Where?", "--rounds", rounds)
    assert f"2 of 3 rules broken, {revisions} revision{'s' * (revisions != 1)} made." in result.stdout


def test_one_rule_and_an_answer_of_ones_own(serve: Start, rules: Path) -> None:
    server = serve(reply)
    result = call(server, rules, "Where?", "--principle", "DE-002", "--response", "Wait as long as you like.")
    assert result.exit_code == 0
    assert "None of 1 rule is broken: the answer stands." in result.stdout
    assert len(server.asked) == 1


def test_the_prompt_from_stdin(serve: Start, rules: Path) -> None:
    server = serve(reply)
    assert call(server, rules, stdin="Where is\nmy money?\n").exit_code == 0
    assert server.asked[0][1]["messages"][-1]["content"] == "Where is\nmy money?"


def test_an_empty_prompt_and_a_file(serve: Start, rules: Path) -> None:
    server = serve(reply)
    assert call(server, rules, stdin=" \n").exit_code == 2
    assert call(server, rules, " ").exit_code == 2
    assert not server.asked
    assert "its name is tried as the prompt" in call(server, rules, rules).stderr


def test_only_with_output_a_record_is_written(serve: Start, rules: Path, tmp_path: Path) -> None:
    out = tmp_path / "chain.jsonl"
    server = serve(reply)
    assert call(server, rules, "Where?", "-o", out).exit_code == 0
    record = json.loads(out.read_text())
    assert [round_["principle"] for round_ in record["candidates"][0]["rounds"]] == ["DE-001@1", "DE-002@1"]
    assert record["provenance"]["constitution"] == "desk@1.0.0"
    refused = call(server, rules, "Where?", "-o", out)
    assert refused.exit_code == 1
    assert "--overwrite" in refused.stderr


@pytest.mark.parametrize(
    ("fails", "reason"),
    [
        ("Where?", "sample: HTTP 400"),
        ("Which", "HTTP 400"),
        ("Which refund?", "DE-001: "),
        ("No refund.", "revise: "),
    ],
)
def test_a_failure_is_told_with_its_reason(serve: Start, rules: Path, fails: str, reason: str) -> None:
    def failing(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        if fails in body["messages"][-1]["content"]:
            return 400, b'{"error": {"message": "no such thing"}}'
        return reply(path, body)

    result = call(serve(failing), rules, "Where?")
    assert result.exit_code == 3
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("try: failed: ")
    assert reason in last or "no such thing" in last


def test_critiques_that_cannot_be_used(serve: Start, rules: Path) -> None:
    def cut_off(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        if "Which" in body["messages"][-1]["content"]:
            return 200, completion('{"text": "It').replace(b'"stop"', b'"length"')
        return reply(path, body)

    result = call(serve(cut_off), rules, "Where?")
    assert result.exit_code == 3
    assert "no critique can be used" in result.stderr
    assert "--critique-tokens" in result.stderr


def test_control_characters_never_reach_the_terminal(serve: Start, rules: Path) -> None:
    def rude(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
        if "Which" in body["messages"][-1]["content"]:
            return 200, critique("violates", "\x1b[31mred")
        return 200, completion("Some \x1b[31mred words and \x07 a bell.")

    result = call(serve(rude), rules, "Where \x1b[5m?")
    assert "\x1b" not in result.stdout
    assert "\x07" not in result.stdout
