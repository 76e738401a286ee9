"""--retry-failed asks again what could not be used, with new draws, and leaves every other row as it is."""

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Run
from tests.server import Server, completion

CRITIQUE = json.dumps({"text": "Too short.", "quotes": [], "verdict": "violates", "severity": 2})
PROMPTS = ("What is bread?", "What is yeast?", "What is rye?")
pytestmark = pytest.mark.process


class Model:
    """A model whose first `bad` critiques of the prompt about bread cannot be read; long answers are cut off below
    `needed` tokens.
    """

    def __init__(self, bad: int = 0, needed: int = 0) -> None:
        self.bad, self.needed = bad, needed
        self.seeds: Counter[int] = Counter()

    def __call__(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        self.seeds[body["seed"]] += 1
        about_bread = "bread" in json.dumps(body["messages"][0])
        if "response_format" in body:
            if about_bread and self.bad:
                self.bad -= 1
                return 200, completion("I cannot say.")
            return 200, completion(CRITIQUE)
        text = f"A whole answer of {body['seed']} about ovens, and what to do with them."
        if about_bread and body["max_tokens"] < self.needed:
            reply = json.loads(completion(text))
            reply["choices"][0]["finish_reason"] = "length"
            return 200, json.dumps(reply).encode()
        return 200, completion(text)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.txt"
    path.write_text("".join(f"{prompt}\n" for prompt in PROMPTS))
    return path


def rows(path: Path) -> list[str]:
    return path.read_text().splitlines()


@pytest.mark.parametrize("command", ["run", "critique", "revise"])
def test_a_critique_that_could_not_be_read_is_drawn_anew(
    caigen: Run, serve: Callable[..., Server], source: Path, tmp_path: Path, command: str
) -> None:
    model = Model(bad=2)
    server = serve(model)
    out = tmp_path / ("out" if command == "run" else "out.jsonl")
    records = out / "records.jsonl" if command == "run" else out
    given = (command, source, "--endpoint", server.url, "--model", "m1", "-o", out)
    caigen(*given)
    before, asked = rows(records), len(server.asked)
    assert json.loads(before[0])["candidates"][0]["rounds"][0]["critique"]["flags"]
    done = caigen(*given, "--retry-failed")
    assert "asking again in 1 of 3 rows (critique_" in done.stderr
    assert "the others stay as they are" in done.stderr
    after = rows(records)
    assert after[1:] == before[1:]
    critique = json.loads(after[0])["candidates"][0]["rounds"][0]["critique"]
    assert (critique["tries"], critique.get("flags", [])) == (3, [])
    # a third draw of the critique, and the revision under it
    assert len(server.asked) - asked == (1 if command == "critique" else 2)
    assert set(model.seeds.values()) == {1}
    # the command of then gives what is there now, and asks nothing
    again = caigen(*given)
    assert "0 requests sent" in again.stderr
    assert rows(records) == after
    nothing = caigen(*given, "--retry-failed")
    assert "nothing to ask again: none of the 3 rows failed" in nothing.stderr
    assert len(server.asked) == asked + (1 if command == "critique" else 2)


def test_each_retry_draws_twice_more(caigen: Run, serve: Callable[..., Server], source: Path, tmp_path: Path) -> None:
    model = Model(bad=5)
    server = serve(model)
    out = tmp_path / "out.jsonl"
    given = ("critique", source, "--endpoint", server.url, "--model", "m1", "-o", out)
    tries = []
    for more in ((), ("--retry-failed",), ("--retry-failed",)):
        caigen(*given, *more)
        tries.append(json.loads(rows(out)[0])["candidates"][0]["rounds"][0]["critique"]["tries"])
    assert tries == [2, 4, 6]
    assert set(model.seeds.values()) == {1}


def test_an_answer_that_was_cut_off_is_asked_with_more_room(
    caigen: Run, serve: Callable[..., Server], source: Path, tmp_path: Path
) -> None:
    server = serve(Model(needed=320))
    out = tmp_path / "out.jsonl"
    given = ("sample", source, "--endpoint", server.url, "--model", "m1", "-o", out)
    caigen(*given, "--max-tokens", "300")
    before = rows(out)
    done = caigen(*given, "--max-tokens", "320", "--retry-failed")
    assert "asking again in 1 of 3 rows (answer_truncated 1)" in done.stderr
    assert "1 requests sent, 2 from the journal" in done.stderr
    after = rows(out)
    assert after[1:] == before[1:]
    assert json.loads(after[0])["candidates"][0]["finish_reason"] == "stop"


def test_rows_that_failed_are_asked_again_also_where_they_were_written_apart(
    caigen: Run, serve: Callable[..., Server], source: Path, tmp_path: Path
) -> None:
    broken = [True]

    def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        if broken[0] and "bread" in json.dumps(body):
            return 400, b'{"error": {"message": "no"}}'
        return 200, completion("A whole answer.")

    server = serve(reply)
    out, rejects = tmp_path / "out.jsonl", tmp_path / "rejects.jsonl"
    given = ("sample", source, "--endpoint", server.url, "--model", "m1", "-o", out, "--rejects", rejects)
    caigen(*given, check=3)
    broken[0] = False
    done = caigen(*given, "--retry-failed")
    assert "asking again in 1 of 3 rows (sample:refused 1)" in done.stderr
    assert len(rows(out)) == 3
    assert rows(rejects) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (("--temperature", "0.1"), "repeats the same command"),
        (("--runner", "ray"), "leave out --runner ray"),
    ],
)
def test_other_work_is_no_retry(
    caigen: Run, serve: Callable[..., Server], source: Path, tmp_path: Path, more: tuple[str, ...], told: str
) -> None:
    out = tmp_path / "out.jsonl"
    given = ("sample", source, "--endpoint", serve(Model()).url, "--model", "m1", "-o", out)
    assert "run it first" in caigen(*given, "--retry-failed", check=1).stderr
    caigen(*given)
    assert told in caigen(*given, *more, "--retry-failed", check=1).stderr
