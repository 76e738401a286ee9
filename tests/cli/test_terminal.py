"""What a person is told while a command works, without a terminal; and how long lines are shown on one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from caigen.cli.terminal import EVERY, INDENT, Terminal, coloured, wrapped
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import Engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import Schedule
from caigen.engines.scripted import ScriptedEngine
from caigen.records import Tokens
from caigen.summary import Summary


class Clock:
    """Tells the seconds that it is set to."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_without_a_terminal_a_line_comes_every_ten_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    asked = RememberingEngine(ConcurrencyLimiter(ScriptedEngine(lambda _: "x", capacity=8)), None)
    schedule, said = Schedule(), []
    with Terminal("run", clock=clock) as terminal:
        for second in range(31):
            clock.seconds = 100 + second
            schedule.answered, asked.tokens = second, Tokens(completion=100 * second)
            terminal.step(Summary("run", generate_seconds=second), Engines.of_one(asked), schedule)
            said.append(capsys.readouterr().err)
    told = {second: line for second, line in enumerate(said) if line}
    assert list(told) == [10, 20, 30]
    # no row has ended, and the numbers move
    assert told[10].startswith("run: 0 rows; 1,000 tokens, 100/s; 10 requests answered; 0 of 8 in flight")
    assert told[20].startswith("run: 0 rows; 2,000 tokens, 100/s now, 100/s overall; 20 requests answered; ")


def test_what_a_command_waits_for_is_told_too(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    with Terminal("run", clock=clock) as terminal:
        terminal.tell("loading m")
        assert capsys.readouterr().err == ""
        clock.seconds += EVERY
        terminal.tell("loading m")
    assert capsys.readouterr().err == "run: loading m\n"


def test_a_plain_line_has_share_failures_and_the_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    asked = RememberingEngine(ConcurrencyLimiter(ScriptedEngine(lambda _: "x", capacity=8)), None)
    schedule = Schedule(ended=4, asking=4, answered_of_ended=20, answered=20, taken=10, input_ended=True)
    schedule.failures["revise:refused"] = 1
    with Terminal("run", clock=clock) as terminal:
        terminal.step(Summary("run"), Engines.of_one(asked), schedule)
        clock.seconds, schedule.answered = clock.seconds + EVERY, 30
        terminal.step(Summary("run"), Engines.of_one(asked), schedule)
    assert capsys.readouterr().err == (
        "run: 4 of 10 rows (60% of the work done); 1 failed: revise:refused 1; 30 requests answered; about 20 s left\n"
    )


def test_a_long_line_is_divided_between_words() -> None:
    line = "run: read 30 = done 14; 21228 tokens at 29/s; 137.2 s"
    assert wrapped(line, 46) == "run: read 30 = done 14; 21228 tokens at 29/s;\n  137.2 s"
    assert wrapped("in /a-very-long/path-that-is/one-word: x", 12) == "in\n  /a-very-long/path-that-is/one-word:\n  x"


@given(st.lists(st.text("abc-/.;0123456789", min_size=1, max_size=30), min_size=1), st.integers(40, 120))
def test_no_word_is_divided_and_none_is_lost(words: list[str], columns: int) -> None:
    lines = wrapped(" ".join(words), columns).split("\n")
    assert [word for line in lines for word in line.split()] == words
    assert all(len(line) <= columns for line in lines)
    assert all(line.startswith(INDENT) for line in lines[1:])


def test_an_error_is_coloured_where_colours_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert coloured("error: no\nerror: x") == "\x1b[1;31merror:\x1b[0m no\nerror: x"
    assert coloured("run: an error: x") == "run: an error: x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert coloured("error: no") == "error: no"
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "dumb")
    assert coloured("error: no") == "error: no"
