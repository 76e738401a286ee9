"""Why an engine is idle, and whose request goes first."""

from caigen.engines.schedule import Priority, Schedule


def test_why_an_engine_is_idle() -> None:
    assert Schedule().idle_reason() == "caigen is too slow"
    assert Schedule(starved=2).idle_reason() == "waiting for input"
    assert Schedule(starved=2, input_ended=True).idle_reason() == "last rows"


def test_the_order_of_records() -> None:
    begun, new = Priority(Schedule(), 3, answered=2), Priority(Schedule(), 7)
    assert begun.rank < new.rank
    begun.schedule.input_ended = new.schedule.input_ended = True
    assert new.rank < begun.rank
