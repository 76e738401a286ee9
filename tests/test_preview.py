"""`caigen prompts show`: what is really sent for a row."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.engines.base import Request, Sampling
from caigen.engines.scripted import ScriptedEngine
from caigen.preview import ANSWER, CRITIQUE, REVISED, STAGES, stage_requests
from caigen.records import Candidate, Record
from caigen.stages.critique import critique
from caigen.stages.requests import PromptSettings
from caigen.stages.sample import SampleSettings, sample


def test_every_stage_shows_what_it_sends(record: Record, prompt_settings: PromptSettings) -> None:
    found = asyncio.run(stage_requests(record, prompt_settings, Sampling()))
    assert list(dict.fromkeys(one.stage for one in found)) == list(STAGES)
    by_stage = {one.stage: one.request for one in found}
    assert by_stage["sample"].messages == record.prompt
    assert by_stage["critique"].schema is not None
    assert REVISED in by_stage["label"].messages[0].content
    assert ANSWER in by_stage["label"].messages[0].content
    assert by_stage["score"].choices == ("Yes", "No")


def test_it_is_the_very_request_of_the_stage(record: Record, prompt_settings: PromptSettings) -> None:
    """The stage itself, asked with the same answer, sends the same messages."""
    shown = next(
        one.request
        for one in asyncio.run(stage_requests(record, prompt_settings, Sampling()))
        if one.stage == "critique"
    )
    sent: list[Request] = []

    def script(request: Request) -> str:
        sent.append(request)
        return CRITIQUE if request.schema else ANSWER

    async def both() -> None:
        answered = await sample(record, ScriptedEngine(script), SampleSettings())
        await critique(answered, ScriptedEngine(script), prompt_settings, Sampling())

    asyncio.run(both())
    assert sent[1].messages == shown.messages


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.jsonl"
    path.write_text("".join(json.dumps({"id": f"p{n}", "prompt": f"Question {n}?"}) + "\n" for n in range(3)))
    return path


def test_of_equal_questions_about_many_rules_one_is_shown_until_they_are_named(prompts: Path) -> None:
    rules = ["--constitution", "general", "--principle", "GEN-001", "--principle", "GEN-002", "--principle", "GEN-003"]
    done = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--limit", "2", *rules])
    assert done.exit_code == 0, done.output
    for row in ("p0", "p1"):
        assert done.output.count(f"=== {row} · label ===") == 2  # both orders
        assert done.output.count(f"=== {row} · score ===") == 1
        assert f"=== {row} · score: 2 more like the last, of other rules: --step score ===" in done.output
    all_of_them = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--step", "score", *rules])
    assert all_of_them.output.count("=== p0 · score ===") == 3
    assert "more like" not in all_of_them.output


def test_the_command_prints_for_one_row(prompts: Path) -> None:
    done = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--step", "critique", "--principle", "GEN-003"])
    assert done.exit_code == 0, done.output
    assert "=== p0 · critique ===" in done.output
    assert "--- user ---\nQuestion 0?" in done.output
    assert "No pressure: " in done.output
    assert "JSON schema of the reply" in done.output
    assert "p1" not in done.output
    assert "· revise" not in done.output


def test_with_a_model_the_text_is_that_of_its_chat_template(prompts: Path) -> None:
    done = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--step", "sample", "--model", "demo"])
    assert "<|user|>Question 0?<|end|><|assistant|>" in done.output, done.output
    own = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--step", "critique", "--model", "demo"])
    assert "Reply in JSON" in own.output  # the demo model's terse texts


@pytest.mark.parametrize(
    "answer", ["It always works, surely.", "这种茶总是能治好感冒。", "1. Rest\n2. Drink tea\n" * 20]
)
def test_a_rows_own_answer_is_asked_about_once_and_its_critique_is_shown(
    record: Record, prompt_settings: PromptSettings, answer: str
) -> None:
    answered = record.model_copy(update={"candidates": (Candidate(text=answer),)})
    found = asyncio.run(stage_requests(answered, prompt_settings, Sampling()))
    assert [one.stage for one in found if one.stage in ("critique", "revise")] == ["critique", "revise"]
    (revision,) = (one.request for one in found if one.stage == "revise")
    assert CRITIQUE in [turn.content for turn in revision.messages]
    assert {one.stage for one in found} == {*STAGES} - {"sample"}


def test_rules_of_the_demo_model_come_with_its_texts_as_in_a_run(prompts: Path) -> None:
    shown = CliRunner().invoke(app, ["prompts", "show", str(prompts), "--constitution", "demo-legal"])
    assert shown.exit_code == 0, shown.output
    assert "Judge your last answer by this rule alone" not in shown.output
