"""Rows as the trainers' own released dataset code reads them: `make check-trainers` gets it, without it these are
skipped.

Each trainer runs in a process of its own, with the demo model's tokenizer. What it must come to is told from TRL's
rows, the inner form of all exports.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from caigen.exports.formats import FORMATS, Kind
from caigen.io.read import raw_rows
from tests.conftest import ROOT, Run, environment
from tests.trainers.told import TOLD, Example, demo_tokenizer

BUILD = ROOT / "build" / "trainers"
MODULES = {
    "openrlhf": "openrlhf",
    "llama-factory": "llamafactory",
    "axolotl": "axolotl",
    "verl": "verl",
    "torchtune": "torchtune",
}
KINDS: set[Kind] = {"pairs", "sft", "prompts"}
END = "<|end|>"
pytestmark = pytest.mark.skipif(
    not (BUILD / "ready").exists(), reason="the trainers' released code is not in build/trainers: make check-trainers"
)
Row = dict[str, Any]
Told = Callable[[str], dict[str, list[Example]]]


def last(turns: list[Row]) -> str:
    """What is learned where only the last message is."""
    return str(turns[-1]["content"]) + END


def every(turns: list[Row]) -> str:
    """What is learned where each turn of the assistant is."""
    return "".join(str(turn["content"]) + END for turn in turns if turn["role"] == "assistant")


@pytest.fixture(scope="session")
def records(demo: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's records, every fourth with a system message and an earlier turn."""
    before = [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hello. Is \u2028 this on?"},
        {"role": "assistant", "content": "It is."},
    ]
    rows: list[Row] = list(raw_rows(str(demo / "records.jsonl")))  # type: ignore[arg-type]
    for row in rows[::4]:
        row["prompt"] = [*before, *row["prompt"]]
    path = tmp_path_factory.mktemp("records") / "records.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return path


def export(caigen: Run, records: Path, to: str, folder: Path) -> None:
    """All kinds that a trainer takes, and pairs in two files."""
    suffix = "parquet" if FORMATS[to].parquet else "jsonl"
    for kind in KINDS & set(FORMATS[to].rows):
        more = ("--what", "both") if kind == "sft" and FORMATS[to].learns != "every" else ()
        caigen(f"export-{kind}", records, "--to", to, "-o", folder / f"{kind}.{suffix}", *more)
    if "pairs" in FORMATS[to].rows:
        caigen("export-pairs", records, "--to", to, "--split", "0.7", "-o", folder / "split.jsonl")
        rows: Any = raw_rows(str(folder / "pairs.jsonl"))
        lines = [json.dumps(row | {"margin": place / 100}) for place, row in enumerate(rows)]
        (folder / "margins.jsonl").write_text("\n".join(lines), "utf-8")


@pytest.fixture(scope="session")
def trl(caigen: Run, records: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Row]]:
    """TRL's rows by file."""
    folder = tmp_path_factory.mktemp("trl")
    export(caigen, records, "trl", folder)
    caigen("export-sft", records, "-o", folder / "revisions.jsonl")
    return {path.stem: list(raw_rows(str(path))) for path in folder.glob("*.jsonl") if "provenance" not in path.name}


@pytest.fixture(scope="session")
def told(caigen: Run, records: Path, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """What a trainer's loader makes of its rows, read once."""
    known: dict[str, dict[str, list[Example]]] = {}

    def read(to: str) -> dict[str, list[Example]]:
        if to not in known:
            folder = tmp_path_factory.mktemp(MODULES[to])
            export(caigen, records, to, folder)
            run(MODULES[to], folder)
            known[to] = json.loads((folder / TOLD).read_text("utf-8"))
        return known[to]

    return read


def run(module: str, folder: Path) -> None:
    """Read the folder's rows by one trainer's code, in a process without the others'."""
    places = [BUILD / module, BUILD / "common", *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    done = subprocess.run(
        [sys.executable, "-m", f"tests.trainers.{module}", str(folder)],
        cwd=ROOT,
        env=environment(
            PYTHONPATH=os.pathsep.join(map(str, places)), HF_HOME=str(folder / "cache"), HF_HUB_OFFLINE="1"
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4000:]


def rendered(turns: list[Row], **options: Any) -> str:
    """A conversation by the demo model's template."""
    return str(demo_tokenizer().apply_chat_template(turns, tokenize=False, **options))


def as_told(turns: list[Row], learned: Callable[[list[Row]], str]) -> Example:
    return {"text": rendered(turns), "learned": learned(turns)}


@pytest.mark.parametrize(
    ("to", "learned"),
    [("openrlhf", last), ("llama-factory", last), ("axolotl", last), ("torchtune", every)],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_pairs(to: str, learned: Any, told: Told, trl: dict[str, list[Row]]) -> None:
    """Every pair, with its sides, and loss on the answer."""
    wanted = [
        {side: as_told(row["prompt"] + row[side], learned) for side in ("chosen", "rejected")} for row in trl["pairs"]
    ]
    assert len(wanted) > 20
    assert told(to)["pairs"] == wanted


def test_margins(told: Told, trl: dict[str, list[Row]]) -> None:
    """OpenRLHF's reward model: `--with-margin` makes the column."""
    assert told("openrlhf")["margins"] == [
        {side: rendered(row["prompt"] + row[side]) for side in ("chosen", "rejected")} | {"margin": place / 100}
        for place, row in enumerate(trl["pairs"])
    ]


def test_both_files_of_a_split(told: Told, trl: dict[str, list[Row]]) -> None:
    """LLaMA-Factory finds each by its own entry in `dataset_info.json`."""
    for name in ("split.train", "split.test"):
        found = told("llama-factory")[name]
        assert [pair["chosen"]["learned"] for pair in found] == [last(row["chosen"]) for row in trl[name]]


@pytest.mark.parametrize(
    ("to", "kind", "learned"),
    [
        ("openrlhf", "sft", last),
        ("llama-factory", "sft", last),
        ("llama-factory", "sft_all", every),
        ("axolotl", "sft", last),
        ("torchtune", "sft", every),
        ("verl", "sft", every),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_sft(to: str, kind: str, learned: Any, told: Told, trl: dict[str, list[Row]]) -> None:
    """Every conversation, critiques too where they may be learned, and loss on the completion or on each turn of the
    assistant.
    """
    rows = trl["revisions" if FORMATS[to].learns == "every" else "sft"]
    wanted = [as_told(row["prompt"] + row["completion"], learned) for row in rows]
    assert any(every(row["prompt"]) for row in rows)  # where the two differ
    assert told(to)[kind] == wanted


@pytest.mark.parametrize("to", ["openrlhf", "verl"])
def test_prompts(to: str, told: Told, trl: dict[str, list[Row]]) -> None:
    """Every prompt as it is sampled from, and what the reward function is given."""
    wanted = [(rendered(row["prompt"], add_generation_prompt=True), row["id"], "caigen") for row in trl["prompts"]]
    found = told(to)["prompts"]
    assert [(row["text"], row["id"], row["source"]) for row in found] == wanted
    if to == "verl":
        assert [json.loads(row["asked"]) for row in found] == [row["prompt"] for row in trl["prompts"]]
