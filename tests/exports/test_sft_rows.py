"""What SFT rows teach, and why the others are left out."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from caigen.cli.app import app
from caigen.engines.base import Sampling
from caigen.exports.pairs import Pair
from caigen.exports.sft import critique_rows, revision_rows
from caigen.exports.trl import pair_provenance, pair_row, prompt_row
from caigen.io.write import to_row
from caigen.records import Candidate, Critique, Message, Provenance, Record, Revision, Round
from caigen.stages.few_shot import Example
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version
from tests.conftest import Run

FAULT = Critique(text="wrong", verdict="violates", severity=1)
FINE = Critique(text="good", verdict="complies")
FLAGGED = Critique(text="", verdict="unclear", raw="?", flags=("unparsed",))


def rounds(record: Record, *turns: Round, **answer: Any) -> Record:
    candidate = Candidate(**({"text": "one", "rounds": turns} | answer))
    return record.model_copy(update={"candidates": (candidate,)})


def turn(critique: Critique | None, revision: Revision | str | None = None, principle: str = "GEN-001@1") -> Round:
    made = Revision(text=revision) if isinstance(revision, str) else revision
    return Round(principle=principle, critique=critique, revision=made)


def taught(record: Record, which: Any = "all", **how: Any) -> tuple[list[tuple[str, str, bool]], Counter[str]]:
    """Completions with their address and whether they were revised, and the reasons."""
    reasons: Counter[str] = Counter()
    made = list(revision_rows(record, which, reasons, **how))
    return [(row["completion"][0]["content"], origin["text"], origin["revised"]) for row, origin in made], reasons


def test_revisions_of_all_rounds_or_of_the_last_are_taught_each_once(record: Record) -> None:
    given = rounds(record, turn(FAULT, "two"), turn(FINE), turn(FAULT, "three"), turn(FAULT, "two"))
    every = [("two", "0.1", True), ("three", "0.3", True)]
    assert taught(given) == (every, {})
    assert taught(given, "last") == ([("two", "0.4", True)], {})
    spaced = rounds(record, turn(FAULT, "two"), turn(FAULT, "two\n"))
    assert taught(spaced)[0] == [("two", "0.1", True)]


def test_an_answer_that_no_critique_faulted_is_taught_and_told_apart(record: Record) -> None:
    given = rounds(record, turn(FINE), turn(FINE), finish_reason="stop")
    assert taught(given) == ([("one", "0.0", False)], {})
    assert taught(given, only_revised=True) == ([], {"never_revised": 1})
    revised = rounds(record, turn(FAULT, "two"))
    assert taught(revised, only_revised=True) == ([("two", "0.1", True)], {})


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"rounds": (turn(FINE),), "finish_reason": "length"}, "answer_truncated"),
        ({"rounds": (turn(FINE),), "finish_reason": "content_filter"}, "answer_content_filter"),
        ({"rounds": (turn(FINE),), "finish_reason": "no_finish_reason"}, "answer_no_finish_reason"),
        ({"rounds": ()}, "not_criticised"),
        ({"rounds": (turn(None, Revision(text="x", flags=("leak",))),)}, "revision_unusable"),
        ({"rounds": (turn(FAULT, Revision(text="x", flags=("leak",))), turn(FINE))}, "revision_unusable"),
        ({"rounds": (turn(FAULT, Revision(text="x", finish_reason="content_filter")),)}, "revision_unusable"),
        ({"rounds": (turn(FINE), turn(FLAGGED))}, "critique_unusable"),
        ({"rounds": (turn(FINE.model_copy(update={"severity": 2})),)}, "critique_unusable"),
        ({"rounds": (turn(FINE.model_copy(update={"finish_reason": "length"})),)}, "critique_unusable"),
        ({"rounds": (turn(FINE), turn(FAULT))}, "unrevised"),
        ({"rounds": (turn(Critique(text="hm", verdict="unclear")),)}, "unrevised"),
    ],
)
def test_what_is_not_taught_has_its_reason(record: Record, given: dict[str, Any], reason: str) -> None:
    assert taught(rounds(record, **given)) == ([], {reason: 1})


def test_of_several_revisions_the_broken_ones_are_left_out(record: Record) -> None:
    cut = Revision(text="half an answ", finish_reason="length")
    given = rounds(record, turn(FAULT, "two"), turn(FAULT, cut), turn(FAULT, Revision(text="bad", flags=("loop",))))
    assert taught(given)[0] == taught(given, "last")[0] == [("two", "0.1", True)]


def learned(record: Record, prompt_settings: PromptSettings) -> tuple[list[dict[str, Any]], Counter[str]]:
    reasons: Counter[str] = Counter()
    return [row for row, _ in critique_rows(record, prompt_settings, reasons)], reasons


def test_a_critique_is_taught_with_the_text_that_it_criticised(record: Record, prompt_settings: PromptSettings) -> None:
    turns = (turn(FAULT, "BETA"), turn(FAULT, "GAMMA", "GEN-002@1"), turn(FAULT, None, "GEN-003@1"))
    rows, reasons = learned(rounds(record, *turns, text="ALPHA"), prompt_settings)
    shown = [[m["content"] for m in row["prompt"] if m["role"] == "assistant"] for row in rows]
    assert shown == [["ALPHA"], ["BETA"], ["GAMMA"]]
    assert not reasons


def test_the_provenance_of_a_critique_names_the_text_and_the_principle(
    record: Record, prompt_settings: PromptSettings
) -> None:
    given = rounds(record, turn(FAULT, "two"), turn(FAULT, None, "GEN-002@1"))
    origins = [origin for _, origin in critique_rows(given, prompt_settings, Counter())]
    assert origins == [
        {"id": record.id, "text": "0.0", "principle": "GEN-001@1"},
        {"id": record.id, "text": "0.1", "principle": "GEN-002@1"},
    ]


@pytest.mark.parametrize(
    ("critique", "reason"),
    [
        (None, "no_critique"),
        (FLAGGED, "critique_unparsed"),
        (FAULT.model_copy(update={"finish_reason": "length"}), "critique_truncated"),
        (FAULT.model_copy(update={"finish_reason": "content_filter"}), "critique_content_filter"),
        (FAULT.model_copy(update={"severity": 0}), "critique_inconsistent"),
        (FINE.model_copy(update={"severity": 3}), "critique_inconsistent"),
        (FINE.model_copy(update={"quotes": ("one",)}), "critique_inconsistent"),
        (FAULT.model_copy(update={"quotes": ("gold", "silver")}), "critique_invented_quote"),
        (FAULT.model_copy(update={"text": "  "}), "critique_empty"),
        (FAULT.model_copy(update={"text": "bad bad " * 30}), "critique_loop"),
        (FAULT.model_copy(update={"flags": ("echo",)}), "critique_echo"),
    ],
)
def test_a_critique_that_cannot_be_used_is_not_taught(
    record: Record, prompt_settings: PromptSettings, critique: Critique | None, reason: str
) -> None:
    assert learned(rounds(record, turn(critique)), prompt_settings) == ([], {reason: 1})


def test_a_critique_of_half_a_text_is_not_taught(record: Record, prompt_settings: PromptSettings) -> None:
    flagged = Revision(text="two", flags=("leak",), finish_reason="stop")
    whole = Revision(text="three", finish_reason="stop")
    half = Revision(text="four", finish_reason="content_filter")  # as earlier versions kept it, without a flag
    turns = (turn(FAULT, flagged), turn(FAULT, whole), turn(FAULT, half), turn(FAULT))
    rows, reasons = learned(rounds(record, *turns, finish_reason="length"), prompt_settings)
    assert [[m["content"] for m in row["prompt"] if m["role"] == "assistant"] for row in rows] == [["three"]]
    assert reasons == {"answer_truncated": 2, "answer_content_filter": 1}


def test_quotes_that_are_not_in_the_text_are_not_taught(record: Record, prompt_settings: PromptSettings) -> None:
    critique = FAULT.model_copy(update={"quotes": ("gold", "TEA  helps", "cure")})
    (row,), reasons = learned(rounds(record, turn(critique), text="Tea helps, it is a cure."), prompt_settings)
    assert json.loads(row["completion"][0]["content"]) == {
        "text": "wrong",
        "quotes": ["Tea helps", "cure"],
        "verdict": "violates",
        "severity": 1,
    }
    assert reasons == {"quote_not_found": 1}


def test_the_command_counts_completions_that_were_never_revised(caigen: Run, record: Record, tmp_path: Path) -> None:
    given = [
        rounds(record, turn(FINE)).model_copy(update={"id": "kept", "status": "done"}),
        rounds(record, turn(FAULT, "two")).model_copy(update={"id": "revised", "status": "done"}),
    ]
    file, rows = tmp_path / "r.jsonl", tmp_path / "sft.jsonl"
    file.write_text("".join(json.dumps(to_row(one)) + "\n" for one in given))
    done = caigen("export-sft", file, "-o", rows)
    assert "1 completion never revised, since no critique faulted the answer" in done.stderr
    assert "--only-revised leaves them out" in done.stderr
    notes = json.loads((tmp_path / "sft.jsonl.summary.json").read_text())["notes"]
    assert notes == {"sft.jsonl: rows_never_revised": 1}
    only = caigen("export-sft", file, "--only-revised")
    assert [json.loads(line)["completion"][0]["content"] for line in only.stdout.splitlines()] == ["two"]
    assert "skipped 1 (never_revised 1)" in only.stderr
    assert "--only-revised" not in only.stderr


def test_the_option_leaves_out_what_was_never_revised(record: Record, tmp_path: Path) -> None:
    file, rows = tmp_path / "r.jsonl", tmp_path / "sft.jsonl"
    file.write_text(json.dumps(to_row(rounds(record, turn(FINE)).model_copy(update={"status": "done"}))) + "\n")
    for option, count in ((), 1), (("--only-revised",), 0):
        done = CliRunner().invoke(app, ["export-sft", str(file), "-o", str(rows), "--overwrite", *option])
        assert done.exit_code == 0, done.output
        assert len(rows.read_text().splitlines()) == count
        notes = json.loads((tmp_path / "sft.jsonl.summary.json").read_text())["notes"]
        assert notes.get("sft.jsonl: rows_never_revised", 0) == count


def test_critique_rows_ask_as_the_critique_was_asked_for(record: Record, prompt_settings: PromptSettings) -> None:
    said = Critique(text="wrong", verdict="violates", severity=1)
    prose = Critique(text="wrong", verdict="unclear", free=True)
    foreign = Round(principle="XX-001@1", critique=said)
    given = rounds(record, *(Round(principle="GEN-001@1", critique=c) for c in (said, prose)), foreign)
    reasons: Counter[str] = Counter()
    shown = Example(prompt="p", answer="a", critique_request="q", critique="c", revision_request="r", revision="n")
    json_row, prose_row = (row for row, _ in critique_rows(given, replace(prompt_settings, examples=(shown,)), reasons))
    assert json_row["completion"][0]["content"].startswith('{"text":"wrong"')
    assert prose_row["completion"][0]["content"] == "wrong"
    assert [turn["content"] for turn in json_row["prompt"]][:2] == [record.prompt[0].content, "one"]
    assert reasons == {"unknown_principle": 1}


def test_base_models_learn_from_plain_text(record: Record, prompt_settings: PromptSettings) -> None:
    plain = replace(prompt_settings, style="plain")
    prose = Critique(text="wrong", verdict="unclear", free=True)
    given = rounds(record, Round(principle="GEN-001@1", critique=prose, revision=Revision(text="two")))
    ((row, _),) = critique_rows(given, plain, Counter())
    assert row["prompt"].startswith("\n\nHuman: How do I help")
    assert row["prompt"].endswith("\n\nCritique:")
    assert row["completion"] == " wrong"
    ((row, _),) = revision_rows(given, "all", Counter(), plain=True)
    assert (row["prompt"][-11:], row["completion"]) == ("\nAssistant:", " two")


TALK = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "q"}]


@pytest.fixture
def talk(record: Record) -> Record:
    """A record with a system message and a provenance."""
    made = Provenance(caigen="0", constitution="general@1.0.0", models={"policy": "m"})
    prompt = tuple(Message.model_validate(turn) for turn in TALK)
    return record.model_copy(update={"prompt": prompt, "provenance": made})


@pytest.mark.parametrize("keep", [False, True])
def test_the_whole_row_of_a_pair(talk: Record, keep: bool) -> None:
    pair = Pair(talk, Version(1, 2, "good", "Hm."), Version(0, 0, "bad"), ("GEN-001@1",), 0.25)
    good = "<think>\nHm.\n</think>\n\ngood" if keep else "good"
    assert pair_row(pair, keep_reasoning=keep) == {
        "prompt": TALK,
        "chosen": [{"role": "assistant", "content": good}],
        "rejected": [{"role": "assistant", "content": "bad"}],
    }
    assert "Hm." not in str(pair_row(pair))


def test_the_whole_provenance_of_a_pair(talk: Record, record: Record) -> None:
    one, other = Version(1, 2, "good"), Version(0, 0, "bad")
    pair = Pair(talk, one, other, ("GEN-001@1",), 0.0, 0.9, 0.8, "judge", ("GEN-002@1", "GEN-003@1"))
    made = {"caigen": "0", "constitution": "general@1.0.0", "models": {"policy": "m"}, "seed": 0}
    assert pair_provenance(pair) == {
        "id": "r1",
        "chosen": "1.2",
        "rejected": "0.0",
        "principles": ["GEN-001@1"],
        "similarity": 0.0,
        "p": 0.9,
        "margin": 0.8,
        "judge": "judge",
        "judged": ["GEN-002@1", "GEN-003@1"],
        "provenance": made,
    }
    assert pair_provenance(Pair(record, one, other, (), None)) == {
        "id": "r1", "chosen": "1.2", "rejected": "0.0", "principles": [],
    }  # fmt: skip
    old = Pair(record, one, other, (), None, 0.9, 0.8, None, ("GEN-002@1",))
    assert pair_provenance(old)["judge"] is None


def test_the_row_of_a_prompt(talk: Record) -> None:
    assert prompt_row(talk) == {"prompt": TALK, "id": "r1"}


@pytest.mark.parametrize("plain", [False, True])
def test_whole_rows_of_revisions(talk: Record, plain: bool) -> None:
    given = rounds(talk, turn(FAULT, Revision(text="two", reasoning="Hm.")))
    said = "<think>\nHm.\n</think>\n\ntwo"
    if plain:
        row: dict[str, Any] = {"prompt": "\n\nBe kind.\n\nHuman: q\n\nAssistant:", "completion": f" {said}"}
    else:
        row = {"prompt": TALK, "completion": [{"role": "assistant", "content": said}]}
    origin = {"id": "r1", "text": "0.1", "revised": True}
    assert list(revision_rows(given, "all", Counter(), keep_reasoning=True, plain=plain)) == [(row, origin)]
    assert "Hm." not in str(list(revision_rows(given, "all", Counter(), plain=plain)))


def test_a_candidate_without_a_row_stops_none_behind_it(record: Record, prompt_settings: PromptSettings) -> None:
    """Of three candidates, one is cut off; of a candidate's critiques one cannot be taught."""
    one, cut, two = (
        Candidate(text=text, rounds=(turn(FLAGGED), turn(FAULT, f"{text} mended")), finish_reason=reason)
        for text, reason in (("one", "stop"), ("half", "length"), ("two", "stop"))
    )
    cut = cut.model_copy(update={"rounds": ()})
    given = record.model_copy(update={"candidates": (one, cut, two)})
    mended = [("one mended", "0.2", True), ("two mended", "2.2", True)]
    assert taught(given) == (mended, {"answer_truncated": 1})
    rows, reasons = learned(given, prompt_settings)
    assert [row["prompt"][1]["content"] for row in rows] == ["one", "two"]
    assert reasons == {"critique_unparsed": 2}


@pytest.mark.parametrize("free", [False, True])
def test_the_whole_row_of_a_critique(talk: Record, prompt_settings: PromptSettings, free: bool) -> None:
    """Its request without few-shot examples, and what was said."""
    shown = Example(prompt="p", answer="a", critique_request="q", critique="c", revision_request="r", revision="n")
    said = Critique(text="wrong", verdict="unclear", free=True) if free else FAULT
    ((row, origin),) = critique_rows(rounds(talk, turn(said)), replace(prompt_settings, examples=(shown,)), Counter())
    rule = prompt_settings.constitution.find("GEN-001")
    asked = replace(prompt_settings, free_text=free).critique_request(talk.prompt, "one", rule, Sampling())
    content = "wrong" if free else '{"text":"wrong","quotes":[],"verdict":"violates","severity":1}'
    assert row == {
        "prompt": [message.model_dump() for message in asked.messages],
        "completion": [{"role": "assistant", "content": content}],
    }
    assert origin == {"id": "r1", "text": "0.0", "principle": "GEN-001@1"}
