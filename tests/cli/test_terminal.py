"""What a person is told while a command works."""

import time

import pytest

from caigen.cli.terminal import EVERY, Terminal
from caigen.engines.limit import ConcurrencyLimiter
from caigen.engines.open import Engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.schedule import Schedule
from caigen.engines.scripted import ScriptedEngine
from caigen.summary import Summary


@pytest.mark.parametrize(
    ("flow", "running", "said"),
    [
        (Schedule(starved=3), 2, "run: 6 rows, 1 failed, 0 tokens, 0 tok/s, 2 of 8 in flight (waiting for input)"),
        (
            Schedule(input_ended=True, taken=9),
            2,
            "run: 6 of 9 rows, 1 failed, 0 tokens, 0 tok/s, 2 of 8 in flight (last rows)",
        ),
        (Schedule(), 2, "run: 6 rows, 1 failed, 0 tokens, 0 tok/s, 2 of 8 in flight (caigen is too slow)"),
        (Schedule(), 8, "run: 6 rows, 1 failed, 0 tokens, 0 tok/s"),
    ],
)
def test_why_the_engine_has_room(capsys: pytest.CaptureFixture[str], flow: Schedule, running: int, said: str) -> None:
    engine = ScriptedEngine(lambda _: "x")
    engine.capacity = 8
    gate = ConcurrencyLimiter(engine)
    gate.running = running
    remembering = RememberingEngine(gate, None)
    summary = Summary("run", done=5, failed=1)
    with Terminal("run") as terminal:
        terminal.step(summary, Engines.of_one(remembering), flow)
        assert capsys.readouterr().err == ""  # nothing yet: a plain line comes now and then
        terminal._last = time.monotonic() - EVERY
        terminal.step(summary, Engines.of_one(remembering), flow)
    assert capsys.readouterr().err.strip() == said


def test_what_did_not_happen_is_not_in_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    remembering = RememberingEngine(ScriptedEngine(lambda _: "x"), None)
    with Terminal("run") as terminal:
        terminal._last = time.monotonic() - EVERY
        terminal.step(Summary("run", done=1), Engines.of_one(remembering), Schedule())
    assert capsys.readouterr().err.strip() == "run: 1 row, 0 tokens, 0 tok/s"
