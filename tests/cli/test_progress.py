"""How far a command is, in numbers: what is made, how fast, what is left, and which steps and failures there are."""

import asyncio

import pytest

from caigen.cli.progress import MIN_SECONDS, WINDOW_SECONDS, Progress, Rate, View, clock_text, duration, rate_text
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import Engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import PRIORITY, Priority, Schedule, working_on
from caigen.engines.scripted import ScriptedEngine
from caigen.records import Message, Record, Tokens
from caigen.runners.local import run
from caigen.stages.registry import stage
from caigen.summary import Summary


def engine(running: int = 8) -> RememberingEngine:
    """An engine with 8 places, some of them taken."""
    limiter = ConcurrencyLimiter(ScriptedEngine(lambda _: "x", capacity=8))
    limiter.running = running
    return RememberingEngine(limiter, None)


def look(schedule: Schedule, summary: Summary | None = None, *, total: int | None = None, running: int = 8) -> View:
    return Progress().look(0, summary or Summary("run"), Engines.of_one(engine(running)), schedule, total=total)


def test_tokens_are_told_with_the_rate_of_now_and_overall() -> None:
    asked, progress = engine(), Progress()
    engines, schedule, summary = Engines.of_one(asked), Schedule(), Summary("run")
    said = []
    for second, tokens in ((0, 0), (10, 100), (40, 400), (41, 1400)):
        asked.tokens, summary.generate_seconds = Tokens(completion=tokens), second
        said.append(progress.look(second, summary, engines, schedule, total=None).parts[0])
    assert said[0].startswith("asking scripted")
    assert said[1:] == [
        "100 tokens, 10/s",
        "400 tokens, 10/s now, 10/s overall",
        "1,400 tokens, 42/s now, 34/s overall",
    ]


def test_no_rate_of_nothing() -> None:
    """`0 tok/s` says nothing."""
    view = look(Schedule(answered=4))
    assert not any("token" in part or "/s" in part for part in view.parts)


@pytest.mark.parametrize(("name", "unit"), [("label", "comparisons"), ("score", "texts")])
def test_a_judge_is_told_in_what_it_judges(name: str, unit: str) -> None:
    asked, progress = engine(), Progress()
    asked.tokens = Tokens(completion=999)
    summary = Summary(name, (stage(name),))
    for second, judged in ((0, 0), (4, 10)):
        summary.judged, summary.generate_seconds = judged, second
        view = progress.look(second, summary, Engines.of_one(asked), Schedule(answered=20), total=None)
    assert view.parts[0] == f"10 {unit}, 2.50/s"
    assert "token" not in " ".join(view.parts)


def test_before_a_row_ends_requests_and_steps_are_told() -> None:
    schedule = Schedule(answered=12)
    schedule.working.update({"round 10": 1, "round 1": 9, "answers": 43, "round 2": 0})
    view = look(schedule, total=64)
    assert (view.rows, view.share, view.left) == ("0 of 64 rows", 0.0, "")
    assert view.parts == ["12 requests answered", "8 in flight", "answers: 43, round 1: 9, round 10: 1"]


@pytest.mark.parametrize(
    ("schedule", "running", "said"),
    [
        (Schedule(answered=1, starved=3), 2, "2 of 8 in flight (waiting for input)"),
        (Schedule(answered=1, input_ended=True, taken=9), 2, "2 of 8 in flight (last rows)"),
        (Schedule(answered=1), 2, "2 of 8 in flight (caigen is too slow)"),
        (Schedule(answered=1), 8, "8 in flight"),
    ],
)
def test_why_the_engine_has_room(schedule: Schedule, running: int, said: str) -> None:
    assert look(schedule, running=running).parts == ["1 request answered", said]


def test_the_rest_is_told_in_requests_of_the_rows_that_ended() -> None:
    """4 of 10 rows ended with 5 requests each, and 10 more are answered: 20 are left, at 2 a second."""
    progress = Progress()
    engines, summary = Engines.of_one(engine()), Summary("run")
    schedule = Schedule(ended=4, asking=4, answered_of_ended=20, answered=20)
    progress.look(0, summary, engines, schedule, total=10)
    schedule.answered = 30
    view = progress.look(5, summary, engines, schedule, total=10)
    assert (view.rows, view.share, view.left) == ("4 of 10 rows", 0.6, "about 10 s left")


def test_rows_that_the_journal_answered_do_not_shorten_the_rest() -> None:
    """6 of 10 rows were there already; the one that was asked for had 5 requests, so 15 are left at 1 a second."""
    progress = Progress()
    engines, summary = Engines.of_one(engine()), Summary("run")
    schedule = Schedule(ended=7, asking=1, answered_of_ended=5)
    progress.look(0, summary, engines, schedule, total=10)
    schedule.answered = 5
    view = progress.look(5, summary, engines, schedule, total=10)
    assert (view.share, view.left) == (0.7, "about 15 s left")


def test_where_all_is_done_no_time_is_left() -> None:
    progress = Progress()
    engines, summary = Engines.of_one(engine(0)), Summary("run")
    schedule = Schedule(ended=9, asking=9, answered_of_ended=45, answered=45, taken=10, input_ended=True)
    progress.look(0, summary, engines, schedule, total=10)
    schedule = Schedule(ended=10, asking=10, answered_of_ended=50, answered=50, taken=10, input_ended=True)
    view = progress.look(5, summary, engines, schedule, total=10)
    assert (view.share, view.left, view.parts) == (1.0, "", ["50 requests answered"])


def test_without_a_known_end_nothing_is_forecast() -> None:
    schedule = Schedule(ended=4, asking=4, answered_of_ended=20, answered=20)
    view = look(schedule)
    assert (view.rows, view.share, view.left) == ("4 rows", None, "")
    schedule.input_ended, schedule.taken = True, 8  # all of a pipe has come
    assert look(schedule).rows == "4 of 8 rows"
    # bad lines were skipped: what came counts, not what the file has
    assert look(schedule, total=9).rows == "4 of 8 rows"


def test_failures_are_told_by_reason() -> None:
    schedule = Schedule()
    assert look(schedule).failures == ""
    schedule.failures.update({"sample:empty": 1, "revise:refused": 3, "revise:too_long": 2, "read:x": 1})
    assert look(schedule).failures == "7 failed: revise:refused 3, revise:too_long 2, sample:empty 1, …"


def test_a_run_counts_its_rows_and_failures_before_they_can_be_written() -> None:
    """The first row takes long: the others wait for it, and are told all the same."""
    schedule = Schedule()
    prompt = (Message(role="user", content="x"),)
    records = [Record(id=str(number), prompt=prompt) for number in range(4)]
    records[3] = records[3].failed("sample", "empty", "earlier")

    async def work() -> tuple[int, dict[str, int]]:
        others = asyncio.Event()

        async def process(record: Record) -> Record:
            if record.id == "0":
                await others.wait()
            priority = PRIORITY.get()
            assert priority
            priority.answered = 2
            return record.failed("revise", "refused", "x") if record.id == "1" else record

        source = run(records, process, at_work=4, schedule=schedule)
        first = asyncio.ensure_future(anext(source))
        while schedule.ended < 3:  # noqa: ASYNC110 - the run has no event for it
            await asyncio.sleep(0)
        seen = schedule.ended, dict(schedule.failures)
        others.set()
        await first
        async for _ in source:
            pass
        return seen

    assert asyncio.run(asyncio.wait_for(work(), 20)) == (3, {"revise:refused": 1})
    assert (schedule.ended, schedule.asking, schedule.answered_of_ended) == (4, 4, 8)


def test_a_text_is_in_a_step_while_it_is_worked_on() -> None:
    schedule = Schedule()
    with working_on("answers"):  # outside of a run nobody is told
        pass
    PRIORITY.set(Priority(schedule, 0))
    with pytest.raises(ValueError), working_on("round 1"):
        assert schedule.working == {"round 1": 1}
        raise ValueError
    assert schedule.working == {"round 1": 0}
    PRIORITY.set(None)


def test_the_rate_is_of_the_last_seconds_only() -> None:
    rate = Rate()
    rate.add(0, 0)
    rate.add(MIN_SECONDS / 2, 50)
    assert rate.per_second == 0  # too early
    for second in range(2, 100):
        rate.add(second, 50 if second < 60 else 50 + 10 * (second - 60))
    assert rate.per_second == pytest.approx(10)
    assert len(rate.samples) <= WINDOW_SECONDS + 2


def test_seconds_and_rates_in_words() -> None:
    assert [duration(seconds) for seconds in (0, 8.4, 59, 61, 200, 3600, 7800)] == [
        "1 s", "8 s", "59 s", "1 min", "3 min", "1 h", "2 h 10 min",
    ]  # fmt: skip
    assert [clock_text(seconds) for seconds in (0, 61.9, 36_000)] == ["0:00:00", "0:01:01", "10:00:00"]
    assert [rate_text(rate) for rate in (0.25, 9.9, 10, 1234)] == ["0.25", "9.90", "10", "1,234"]
