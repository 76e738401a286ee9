"""What is said at the end of `label` and `score`, by cause; which judgements are new."""

import pytest

from caigen.judge.tally import Tally, votes_needed
from caigen.records import Candidate, Comparison, Message, Record, Score
from caigen.stages.label import LabelSettings
from caigen.stages.progress import last_scores, new_judgements, progress_of
from caigen.stages.registry import stage
from caigen.stages.score import ScoreSettings
from caigen.summary import Summary


def record(*comparisons: Comparison, scores: tuple[Score, ...] = ()) -> Record:
    return Record(
        id="r",
        prompt=(Message(role="user", content="q"),),
        candidates=(Candidate(text="a", scores=scores),),
        comparisons=comparisons,
    )


def compared(status: str, *masses: float, samples: int = 0, judge: str = "j") -> Comparison:
    orders = tuple({"p_first": 0.9, "mass": mass} for mass in masses)
    told = {"a": "0.0", "b": "0.1", "principle": "GEN-001@1", "orders": orders, "status": status}
    return Comparison.model_validate({**told, "samples": samples, "judge": judge, "p_a": 0.5})


def said(command: str, *records: Record, **labelling: object) -> list[str]:
    unit = {"label": "comparisons", "score": "texts"}[command]
    tally = Tally(unit, LabelSettings(**labelling), ScoreSettings())  # type: ignore[arg-type]
    for one in records:
        tally.take(one)
    return tally.lines()


def test_nothing_is_said_where_most_was_decided() -> None:
    assert said("label", *[record(compared("decided", 1.0, 1.0))] * 2, record(compared("tie", 1.0, 1.0))) == []
    assert said("score", record(scores=(Score(round=0, reward=0.5),))) == []
    summary = Summary("run", (stage("sample"), stage("revise")))
    summary.count(record(compared("tie", 1.0, 1.0)))
    assert summary.judge_lines() == []
    assert said("label") == []


def test_causes_come_by_how_often_they_are() -> None:
    lines = said("label", *[record(compared("tie", 1.0, 1.0))] * 2, *[record(compared("order_flip", 1.0, 1.0))] * 3)
    assert [line.split(":")[0] for line in lines] == [
        "3 of 5 comparisons are order_flip",
        "2 of 5 comparisons are tie",
    ]


def test_the_mass_that_is_told_is_that_of_the_order_that_failed() -> None:
    (line,) = said("label", record(compared("low_mass", 0.9, 0.3)))
    assert "with probability 0.3 of 0.5 needed" in line


def test_what_a_counting_judge_needs() -> None:
    (line,) = said("label", record(compared("tie", 1.0, 1.0, samples=16)))
    assert "25 of 32 must prefer the same text" in line
    (line,) = said("label", record(compared("tie", 1.0, 1.0, samples=16)), cot=True)
    assert "--cot-samples 1 is too few to tell a judge from a coin; 5 is the least" in line
    assert [votes_needed(count) for count in (2, 8, 10, 32, 64, 128)] == [None, None, 10, 25, 45, 82]


def test_one_principle_that_is_never_read_is_named() -> None:
    score = Score(round=0, violates={"GEN-001@1": 0.1}, unread=("GEN-002@1",), mass=0.9)
    (line,) = said("score", *[record(scores=(score,))] * 3)
    assert line.startswith("3 of 3 texts got no reward: one principle that cannot be read is enough")
    assert "GEN-002@1 (3 times)" in line


def test_only_the_last_judge_is_counted() -> None:
    both = record(compared("decided", 1.0, 1.0, judge="weak"), compared("tie", 1.0, 1.0, judge="strong"))
    assert said("label", both) == [
        "1 of 1 comparisons are tie: both texts are alike to the judge, within --tie 0.02 of one half"
    ]
    summary = Summary("label", (stage("label"),))
    summary.count(both, progress_of(record(both.comparisons[0])))
    assert summary.notes == {"label_tie": 1}
    first, last = Score(round=0, reward=None, judge="weak"), Score(round=0, reward=0.5, judge="strong")
    assert last_scores(record(scores=(first, last))) == [last]


def test_what_is_new_and_the_rate_it_comes_at() -> None:
    old = compared("tie", 1.0, 1.0, judge="weak")
    before, after = record(old), record(old, compared("decided", 1.0, 1.0))
    assert (new_judgements(before, after), new_judgements(after, after)) == (1, 0)
    summary = Summary("label", (stage("label"),), sent=2, generate_seconds=0.5)
    summary.count(after, progress_of(before))
    summary.count(before, progress_of(before))
    assert "; 1 comparison at 2.00/s; 1 comparison was there already; " in summary.line()


@pytest.mark.parametrize("decided", [20, 40])
def test_orders_that_agree_by_chance(decided: int) -> None:
    """With 20 of 60 agreeing a judge that likes A so much may be a coin, with 40 it is none."""
    flips = [record(compared("order_flip", 1.0, 1.0))] * (60 - decided)
    agreeing = Comparison(
        a="0.0", b="0.1", principle="GEN-001@1", p_a=0.9, status="decided",
        orders=({"p_first": 0.9, "mass": 1.0}, {"p_first": 0.1, "mass": 1.0}),
    )  # fmt: skip
    # all flips prefer the first place, of the others one order does: q is 0.83 and 0.67, chance 28 % and 44 %
    lines = said("label", *[record(agreeing)] * decided, *flips)
    assert any("by chance" in line for line in lines) == (decided == 20)


@pytest.mark.parametrize("samples", [0, 16])
def test_less_mass_is_not_advised_where_nothing_could_be_read(samples: int) -> None:
    (line,) = said("label", record(compared("unparsed", 0.0, 0.0, samples=samples)))
    assert "--templates" in line
    assert "--min-mass" not in line
    (line,) = said("label", record(compared("low_mass", 0.2, 0.2, samples=samples)))
    assert "--min-mass 0.1" in line
