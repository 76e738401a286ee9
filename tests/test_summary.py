"""What a summary counts, and what it advises."""

import asyncio
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from filelock import FileLock

from caigen.advice import advice
from caigen.engines import device
from caigen.records import Candidate, Comparison, Critique, Record, Revision, Round, Score
from caigen.stages.progress import NOTHING_DONE, progress_of
from caigen.stages.registry import Stage, stage
from caigen.summary import Summary

FAULT = Critique(text="wrong", verdict="violates", severity=1)
FINE = Critique(text="good", verdict="complies")
UNREAD = Critique(text="", verdict="unclear", raw="?", flags=("unparsed",), tries=2)


def turn(critique: Critique | None, revision: Revision | None = None) -> Round:
    return Round(principle="GEN-001@1", critique=critique, revision=revision)


def of(record: Record, *turns: Round, **answer: object) -> Record:
    candidate = Candidate(**({"text": "Tea helps.", "rounds": turns} | answer))  # type: ignore[arg-type]
    return record.model_copy(update={"candidates": (candidate,), "status": "done"})


RUN = (stage("sample"), stage("revise"))
JUDGING = (stage("label"), stage("score"))


def noted(record: Record, before: Record | None = None, stages: tuple[Stage, ...] = RUN) -> dict[str, int]:
    summary = Summary("run", stages)
    summary.count(record, progress_of(before) if before else NOTHING_DONE)
    return dict(summary.notes)


def test_what_happened_in_the_rounds_is_counted(record: Record) -> None:
    bad = Revision(text="x", flags=("leak", "loop"))
    done = of(record, turn(FAULT, Revision(text="new", cleaned=("meta_prefix",))), turn(FINE), turn(FAULT, bad))
    assert noted(done) == {
        "critique_violates": 2,
        "critique_complies": 1,
        "revision_usable": 1,
        "revision_unusable": 1,
        "revision_leak": 1,
        "revision_loop": 1,
        "cleaned_meta_prefix": 1,
    }


def test_a_flagged_critique_is_counted_by_its_flags_and_not_by_its_verdict(record: Record) -> None:
    twice = FAULT.model_copy(update={"flags": ("truncated", "inconsistent")})
    assert noted(of(record, turn(twice))) == {
        "critique_unusable": 1,
        "critique_truncated": 1,
        "critique_inconsistent": 1,
    }


def test_answers_that_were_broken_off_are_counted_by_why(record: Record) -> None:
    assert noted(of(record, finish_reason="stop")) == {}
    assert noted(of(record, finish_reason="length")) == {"answer_truncated": 1}
    assert noted(of(record, finish_reason="content_filter")) == {"answer_content_filter": 1}


@pytest.mark.parametrize(
    ("quotes", "lost"),
    [
        (("Tea", "helps"), 0),
        (("Tea helps", "tea  helps", "Tea helps"), 0),
        (("Tea", "gold", "gold", "silver"), 2),
        (("Tea", "", " "), 0),
    ],
)
def test_quotes_that_are_not_found_are_counted_each_once(record: Record, quotes: tuple[str, ...], lost: int) -> None:
    notes = noted(of(record, turn(FAULT.model_copy(update={"quotes": quotes}))))
    assert notes.get("quote_not_found", 0) == lost


def test_quotes_are_looked_for_in_the_text_of_their_round(record: Record) -> None:
    quoting = FAULT.model_copy(update={"quotes": ("honey",)})
    done = of(record, turn(FAULT, Revision(text="Take honey.")), turn(quoting))
    assert "quote_not_found" not in noted(done)
    assert noted(of(record, turn(quoting, Revision(text="Take honey."))))["quote_not_found"] == 1


def test_rounds_that_were_there_are_not_counted_again(record: Record) -> None:
    before = of(record, turn(FAULT, Revision(text="new")), turn(FINE), finish_reason="length")
    after = of(record, *before.candidates[0].rounds, turn(UNREAD), finish_reason="length")
    assert noted(before, before) == {}
    assert noted(after, before) == {
        "critique_unusable": 1,
        "critique_unparsed": 1,
        "critique_second_tries": 1,
    }


def test_of_a_critique_that_waited_the_revision_alone_is_counted(record: Record) -> None:
    after = of(record, turn(FAULT, Revision(text="new")))
    assert noted(after, of(record, turn(FAULT))) == {"revision_usable": 1}


def test_a_new_candidate_is_counted_beside_an_older_one(record: Record) -> None:
    before = of(record, turn(FAULT), finish_reason="length")
    after = before.model_copy(update={"candidates": (*before.candidates, Candidate(text="x", finish_reason="length"))})
    assert noted(after, before) == {"answer_truncated": 1}


def test_labels_and_scores_of_earlier_commands_are_not_counted_again(record: Record) -> None:
    read = Score(round=0, constitution="general@1", reward=0.5, violates={"GEN-001@1": 0.5})
    unread = Score(round=0, constitution="other@1", unread=("X-001@1",))
    decided = Comparison(a="0.0", b="0.1", principle="GEN-001@1", p_a=0.2, status="decided")
    tie = Comparison(a="0.0", b="0.1", principle="GEN-002@1", p_a=0.5, status="tie")
    before = of(record, scores=(read,)).model_copy(update={"comparisons": (decided,)})
    after = of(record, scores=(unread, read)).model_copy(update={"comparisons": (tie, decided)})
    assert noted(before, stages=JUDGING) == {"scored": 1, "label_decided": 1}
    assert noted(after, before, JUDGING) == {"score_unread": 1, "label_tie": 1, "judged_before": 1}
    for name, unit in (("label", "comparisons"), ("score", "texts")):
        summary = Summary(name, (stage(name),))
        summary.count(before, progress_of(before))
        assert summary.notes == {"judged_before": 1}
        assert f"; 1 {unit.removesuffix('s')} was there already;" in summary.line()


def test_a_score_is_new_though_another_candidate_has_its_like(record: Record) -> None:
    read = Score(round=0, constitution="general@1", reward=0.5, violates={"GEN-001@1": 0.5})
    one, other = Candidate(text="a", scores=(read,)), Candidate(text="b")
    before = record.model_copy(update={"candidates": (one, other)})
    after = record.model_copy(update={"candidates": (one, other.model_copy(update={"scores": (read,)}))})
    assert noted(after, before, (stage("score"),))["scored"] == 1


def test_what_second_tries_brought_is_said(record: Record) -> None:
    summary = Summary("run", RUN, sent=9)
    helped = FAULT.model_copy(update={"tries": 2})
    done = of(record, turn(helped, Revision(text="x", flags=("leak",), tries=2)), turn(UNREAD), tries=2)
    summary.count(done)
    assert summary.second_tries() == (4, 2)
    assert summary.as_json()["second_tries"] == {"made": 4, "helped": 2}
    assert summary.notes["critique_second_tries"] == 2
    assert summary.notes["critique_second_tries_helped"] == 1
    assert summary.notes["revision_second_tries"] == summary.notes["answer_second_tries"] == 1
    assert "; second tries 4, helped 2;" in summary.line()
    assert "second tries" not in Summary("run", sent=9).line()


def test_a_row_that_had_failed_is_skipped_and_what_it_holds_is_not_counted(record: Record) -> None:
    failed = of(record, turn(FAULT)).failed("revise", "too_long", "x")
    summary = Summary("revise", (stage("revise"),))
    summary.count(failed, progress_of(failed))
    assert (summary.skipped, summary.failed, dict(summary.reasons)) == (1, 0, {"failed_earlier": 1})
    assert not summary.notes


def test_one_row_that_failed_is_told_for_each_reason(record: Record) -> None:
    summary = Summary("run")
    for number, (kind, said) in enumerate(
        [("too_long", "max 2048\ntokens"), ("too_long", "other"), ("refused", "no" * 300)]
    ):
        summary.count(record.model_copy(update={"id": f"r{number}"}).failed("sample", kind, said))
    first, second = summary.advice()
    assert first == "sample:too_long, such as row r0: max 2048 tokens"
    assert second.startswith("sample:refused, such as row r2: ")
    assert len(second) < 450


def test_advice_names_the_setting_that_would_help() -> None:
    notes = {"critique_truncated": 16, "revision_truncated": 2, "critique_violates": 5}
    assert [*advice(notes, {"sample:truncated": 3})] == [
        "3 rows failed before the first word: raise --max-tokens",
        "16 critiques cut off and not used: raise --critique-tokens",
        "2 revisions cut off and not used: raise --max-tokens",
    ]
    assert [*advice({"critique_truncated": 1}, {})] == ["1 critique cut off and not used: raise --critique-tokens"]
    assert [*advice({"critique_violates": 5}, {})] == []


def test_a_command_without_options_gives_no_advice(record: Record) -> None:
    cut = of(record, turn(FAULT.model_copy(update={"flags": ("truncated",)})))
    for explain, lines in ((True, ["1 critique cut off and not used: raise --critique-tokens"]), (False, [])):
        summary = Summary("demo", RUN, explain=explain)
        summary.count(cut)
        assert summary.advice() == lines


def test_an_export_is_not_told_how_to_ask_a_model() -> None:
    summary = Summary("export-sft")
    summary.skip("critique_truncated", 4)
    assert summary.advice() == []


@pytest.mark.parametrize("kind", ["answer", "critique", "revision"])
def test_advice_says_what_the_server_did(kind: str) -> None:
    """A server without finish reasons gives not one training row, and nothing else would say why."""
    (line,) = advice({f"{kind}_no_finish_reason": 9}, {})
    assert line.startswith(f"9 {kind}s not used, since the server does not say whether they are whole")
    (line,) = advice({f"{kind}_content_filter": 1}, {})
    assert line.startswith(f"1 {kind} broken off by the server's content filter")


def test_advice_reads_what_was_counted_for_a_file() -> None:
    notes = {"sft.jsonl: rows_never_revised": 6, "critique_sft.jsonl: critique_truncated": 2}
    (line,) = advice(notes, {})
    assert line.startswith("6 rows of sft.jsonl never revised")
    (line,) = advice(notes, {}, exports=True)
    assert line.startswith("6 completions never revised, since no critique faulted the answer: --only-revised")


def test_a_wait_for_the_device_is_no_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (path, *_) = device.lock_paths()
    path.parent.mkdir()
    other = FileLock(path)
    other.acquire()
    told: list[Path] = []

    async def work() -> float:
        async with AsyncExitStack() as stack:
            asyncio.get_running_loop().call_later(0.3, other.release)
            return await device.hold(stack, told.append)

    waited = asyncio.run(work())
    assert told == [path]
    assert 0.3 <= waited < 20
    summary = Summary("revise", wait_seconds=waited + 60)
    assert summary.line().endswith(" s, 60 of them waiting for the device")
    assert summary.as_json()["seconds"]["wait"] > 60
    assert "waiting" not in Summary("revise", wait_seconds=0.2).line()
