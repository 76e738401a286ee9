"""The display of a command on a real terminal: it moves before a row ends, fits the width, and leaves what is said."""

import itertools
import json
import re
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from caigen.cli.display import fitting
from tests.ptys import in_terminal
from tests.server import Reply, Server

pytestmark = pytest.mark.process
Serve = Callable[[Reply], Server]
CRITIQUE = json.dumps({"text": "It is short.", "quotes": [], "verdict": "violates", "severity": 2})
ROWS = 40
LATE = 60  # no request before this one is refused, so that no row ends early
NUMBER = re.compile(r"([\d,]+) tokens")


def body(text: str, finish_reason: str = "stop") -> bytes:
    choice = {"message": {"role": "assistant", "content": text}, "finish_reason": finish_reason}
    return json.dumps({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 700}}).encode()


class Slow:
    """A model that takes its time; each n-th answer is cut off, each m-th critique refused."""

    def __init__(self, seconds: float, *, cut: int = 0, refuse: int = 0) -> None:
        self.seconds, self.cut, self.refuse = seconds, cut, refuse
        self._count, self._lock = 0, threading.Lock()

    def __call__(self, path: str, asked: dict[str, Any]) -> tuple[int, bytes]:
        with self._lock:
            self._count += 1
            number = self._count
        time.sleep(self.seconds * (0.5 + number % 3 / 2))  # rows end at different times
        if "response_format" in asked:
            if self.refuse and number > LATE and number % self.refuse == 0:
                return 400, b'{"error": {"message": "this prompt is refused by the server for a reason"}}'
            return 200, body(CRITIQUE)
        is_cut = self.cut and number % self.cut == 0
        return 200, body(f"You may, number {number}.", "length" if is_cut else "stop")


@pytest.fixture
def work(tmp_path: Path) -> Path:
    lines = [json.dumps({"prompt": f"May I grow basil number {number}?"}) for number in range(ROWS)]
    (tmp_path / "prompts.jsonl").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.mark.parametrize("columns", [50, 80, 120])
def test_a_run_on_a_terminal(serve: Serve, work: Path, columns: int) -> None:
    url = serve(Slow(0.5, cut=10, refuse=9)).url
    shown = in_terminal(
        "run", "prompts.jsonl", "--endpoint", url, "--rounds", "3", "--in-flight", "12", "-o", "out",
        columns=columns, cwd=work,
    )  # fmt: skip
    assert shown.code == 3
    assert max(map(len, shown.lines)) <= columns
    # the numbers move before the first row has ended, and the input's length is known
    ended = next(index for index, line in enumerate(shown.lines) if re.search(rf" [1-9]\d* of {ROWS} rows", line))
    assert len(set(NUMBER.findall("\n".join(shown.lines[:ended])))) >= 2
    assert any(f" 0%  0 of {ROWS} rows" in line for line in shown.lines)
    assert any("answers: " in line for line in shown.lines)
    assert any("round 2: " in line for line in shown.lines)
    assert any("left" in line for line in shown.lines) or columns == 50
    assert any(line.startswith("  ") and "failed: revise:refused" in line for line in shown.lines)
    assert not any("loading" in line for line in shown.lines)
    assert any("━" in line for line in shown.lines) == (columns >= 60)
    # and what stays
    left = " ".join(line.strip() for line in shown.left)
    assert "revise:refused, such as row " in left
    assert re.search(r"\d answers? cut off, criticised and revised as they are, not taught: raise --max-tokens", left)
    assert re.search(r"in out/: records.jsonl 40 rows, pairs.jsonl \d+ rows, sft.jsonl \d+ rows, critique_sft", left)
    assert "beside them README.md, run.yaml, summary.json" in left
    assert re.search(r"run: read 40 = done \d+ \+ failed \d+ \+ skipped 0 \(revise:refused \d+\); \d+ requests", left)
    assert "next: caigen show out caigen stats out caigen label out/records.jsonl" in left


def test_ctrl_c_says_what_is_kept(serve: Serve, work: Path) -> None:
    url = serve(Slow(0.3)).url
    shown = in_terminal(
        "run", "prompts.jsonl", "--endpoint", url, "--in-flight", "4", "-o", "out",
        columns=80, cwd=work, interrupt_at="8 requests answered",
    )  # fmt: skip
    assert shown.code == 130
    left = " ".join(line.strip() for line in shown.left)
    kept = re.search(r"interrupted; (\d+) answers are kept in out/records.jsonl.journal: the same command again", left)
    assert kept
    assert int(kept[1]) >= 8
    assert [path.name for path in (work / "out").iterdir() if "partial" in path.name] == []
    # the same command goes on from there
    shown = in_terminal("run", "prompts.jsonl", "--endpoint", url, "-o", "out", columns=80, cwd=work)
    assert shown.code == 0
    assert f", {kept[1]} from the journal" in " ".join(line.strip() for line in shown.left)


def test_where_all_failed_nothing_is_claimed(serve: Serve, work: Path) -> None:
    numbers = itertools.count()  # refusals of one kind alone would end the run
    url = serve(lambda path, asked: (400, orjson.dumps({"error": {"message": f"no {next(numbers)}"}}))).url
    shown = in_terminal("run", "prompts.jsonl", "--endpoint", url, "-o", "out", columns=80, cwd=work)
    left = " ".join(line.strip() for line in shown.left)
    assert "nothing was made: 40 of 40 rows failed" in left
    assert "next:" not in left
    card = (work / "out" / "README.md").read_text()
    assert "No training data" in card
    assert "configs" not in card
    assert "a model answered" not in card


def test_stages_of_a_pipe_share_a_terminal(serve: Serve, work: Path) -> None:
    url = serve(Slow(0.4)).url
    caigen = f"{sys.executable} -m caigen"
    shown = in_terminal(
        columns=80,
        cwd=work,
        shell=f"{caigen} sample prompts.jsonl --endpoint {url} --model m1 --in-flight 4 "
        f"| {caigen} revise --endpoint {url} --model m1 --in-flight 4 > r.jsonl",
    )
    assert shown.code == 0
    drawn = [line for line in shown.lines if "requests answered" in line or "0:00:0" in line]
    assert drawn
    assert max(map(len, shown.lines)) <= 80
    # a pipe has no file of its own, and its last lines are short
    assert "next:" not in shown.raw
    assert "in ./" not in shown.raw
    assert (work / "r.jsonl").read_text().count("\n") == ROWS
    # one display at a time: the later stage begins to draw when the first one has gone
    heads = re.findall(r"[⠀-⣿] +(sample|revise) ", "\n".join(shown.lines))
    changes = sum(one != other for one, other in itertools.pairwise(heads))
    assert heads
    assert changes <= 1


def test_errors_are_red_on_a_terminal_alone(work: Path, caigen: Callable[..., Any]) -> None:
    red = "\x1b[1;31merror:\x1b[0m "
    assert red in in_terminal("run", "none.jsonl", columns=80, cwd=work).raw
    plain = in_terminal("run", "none.jsonl", columns=80, cwd=work, NO_COLOR="1").raw
    assert "error: " in plain
    assert "\x1b[1;31m" not in plain
    assert caigen("run", work / "none.jsonl", check=1).stderr.startswith("error: ")


def test_what_does_not_fit_is_left_out_whole() -> None:
    parts = ["1,234 tokens, 99/s", "12 requests answered", "8 in flight"]
    assert fitting(parts, 80) == "1,234 tokens, 99/s · 12 requests answered · 8 in flight"
    assert fitting(parts, 45) == "1,234 tokens, 99/s · 12 requests answered"
    assert fitting(parts, 10) == "1,234"
    assert fitting([], 10) == ""
