"""The main path on a real model, carried once by caigen's own engine and once through `vllm serve`."""

import gzip
import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, SHARED_DATA, Run
from tests.vllm_server import vllm_server

MODEL = ROOT / "build" / "real-model"
PROMPTS = Path(__file__).with_name("prompts.jsonl")
DIALOGUES = SHARED_DATA / "hh-rlhf-harmless-1200.jsonl.gz"
# Short texts and four rules for the judge: on two cores the whole check has ten minutes. Every text is revised, since
# a critic
# of this size finds hardly a fault.
RUN = (
    *("--constitution", "general", "--rounds", "2", "--select", "cycle", "--always-revise"),
    *("--max-tokens", "96", "--critique-tokens", "192"),
)
RULES = tuple(part for number in (1, 4, 8, 11) for part in ("--principle", f"GEN-{number:03}"))
Row = dict[str, Any]


@dataclass(frozen=True)
class Carried:
    """What the main path wrote to `folder` for so many prompts; `options` name the model or the server."""

    folder: Path
    prompts: Path
    options: tuple[str, ...]

    @property
    def records(self) -> Path:
        """The records with everything on them."""
        return self.folder / "scored.jsonl"

    @cached_property
    def rows(self) -> list[Row]:
        """The records as they lie in the file."""
        return rows(self.records)

    def summary(self, of: str) -> Row:
        """The counts of `run`, `label` or `score`."""
        path = self.folder / {"run": "out/summary.json"}.get(of, f"{of}.json")
        found: Row = json.loads(path.read_text("utf-8"))
        return found

    def run(self, caigen: Run) -> "subprocess.CompletedProcess[str]":
        """Sample, critique, revise and export; rows that fail are the model's right."""
        done = caigen("run", self.prompts, *self.options, *RUN, "-o", self.folder / "out", check=None, timeout=500)
        assert done.returncode in (0, 3), done.stderr
        return done

    def judge(self, caigen: Run) -> None:
        """Label, then score."""
        steps = {"label": "out/records.jsonl", "score": "labeled.jsonl"}
        for command, output in (("label", "labeled.jsonl"), ("score", "scored.jsonl")):
            files = (
                self.folder / steps[command],
                "-o",
                self.folder / output,
                "--summary",
                self.folder / f"{command}.json",
            )
            rules = RULES if command == "score" else ()
            done = caigen(command, *files, *self.options, *rules, check=None, timeout=500)
            assert done.returncode in (0, 3), done.stderr


def rows(path: Path) -> list[Row]:
    """The lines of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]


def prompts_to(path: Path) -> Path:
    """Our prompts in a file, and 40 rows of hh-rlhf after them where they are at hand."""
    lines = PROMPTS.read_text("utf-8").splitlines()
    if DIALOGUES.is_file():
        with gzip.open(DIALOGUES, "rt", encoding="utf-8") as stream:
            lines += [line.strip() for line in islice(stream, 40)]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


@pytest.fixture(scope="session")
def model() -> Path:
    """The model's folder."""
    assert MODEL.is_dir(), f"{MODEL} is not there: make check-real-model"
    return MODEL


@pytest.fixture(scope="session")
def local(model: Path, caigen: Run, tmp_path_factory: pytest.TempPathFactory) -> Carried:
    """Carried by the engine in caigen's own processes: our prompts, and 40 rows of hh-rlhf where they are at hand."""
    folder = tmp_path_factory.mktemp("local")
    prompts = prompts_to(folder / "prompts.jsonl")
    carried = Carried(folder, prompts, ("--model", str(model)))
    carried.run(caigen)
    carried.judge(caigen)
    return carried


@pytest.fixture(scope="session")
def served(server: str, caigen: Run, tmp_path_factory: pytest.TempPathFactory) -> Carried:
    """Carried through a server, which on two cores is slower: two of our prompts in each language."""
    folder = tmp_path_factory.mktemp("served")
    own = PROMPTS.read_text("utf-8").splitlines(keepends=True)
    (folder / "prompts.jsonl").write_text("".join(line for n, line in enumerate(own) if n % 3), "utf-8")
    carried = Carried(folder, folder / "prompts.jsonl", ("--endpoint", server))
    carried.run(caigen)
    carried.judge(caigen)
    return carried


@pytest.fixture(scope="session", params=["in_process", "vllm_serve"])
def carried(request: pytest.FixtureRequest) -> Carried:
    """Each of both."""
    found: Carried = request.getfixturevalue({"in_process": "local", "vllm_serve": "served"}[request.param])
    return found


@pytest.fixture(scope="session")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What `vllm serve` starts, on this model."""
    log = tmp_path_factory.mktemp("server") / "log"
    threads = max(1, (os.cpu_count() or 1) - 1)  # its engine core waits actively, on a core
    with vllm_server(model, "smollm2", log, "--max-model-len", "2048", threads=threads) as url:
        yield url
