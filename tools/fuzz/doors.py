"""Everything that reads what others wrote, each as a function of bytes. What it may raise is one line for the user."""

import asyncio
import contextlib
import gzip
import io
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
from typer.exceptions import Exit, TyperException
from typer.main import get_command

from caigen.choices import Take
from caigen.cli.app import app
from caigen.cli.config import read_yaml
from caigen.constitution.importers import import_json
from caigen.constitution.load import parse
from caigen.engines.answers import read_completion
from caigen.engines.base import Completion, Request, Sampling
from caigen.engines.journal import Journal
from caigen.engines.remembering import RememberingEngine
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import CaigenError
from caigen.exports.card_text import Entry, read_entries, read_license, render_card
from caigen.exports.check import find_faults
from caigen.exports.pairs import PairSettings, drop_repeated, pairs
from caigen.exports.sft import revision_rows
from caigen.exports.trl import pair_row
from caigen.hygiene.cleaning import clean
from caigen.hygiene.faults import flags
from caigen.io.read import Reader
from caigen.io.write import to_row
from caigen.judge import calibrations
from caigen.judge.bodies import CompareBody, RewardBody, ScoreBody, read_body
from caigen.records import Message
from caigen.stages.critique import read_structured
from caigen.stages.few_shot import load_examples
from caigen.text.quotes import locate
from caigen.text.reasoning import split_thought
from caigen.text.secrets import public_value
from caigen.text.visible import one_line, visible

ASKED = (Message(role="user", content="Is it safe?"),)
REQUESTS = (
    Request(ASKED),
    Request(ASKED, choices=("A", "B"), sampling=Sampling(max_tokens=1)),
    Request(ASKED, choices=("1", "10"), sampling=Sampling(think="on")),
    Request(text="A: ", schema="{}"),
)
MAX_ROWS = 2000
SHOWN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
Door = Callable[[bytes, Path], None]


class ShownRawError(AssertionError):
    """A control character would reach a terminal or a card."""


def check_error(error: CaigenError) -> None:
    """Raises ShownRawError if a message would be more than one line of what can be seen."""
    if SHOWN.search(one_line(str(error))) or "\n" in one_line(str(error)):
        raise ShownRawError(str(error))


def _rows(data: bytes, folder: Path, name: str = "rows.jsonl", *, take: Take = "none", labelled: bool = False) -> None:
    """Read rows, write them as records, and make training rows of them; then once more with bad lines skipped."""
    path = folder / name
    path.write_bytes(data)
    fault: CaigenError | None = None
    for on_error in ("fail", "skip"):
        # the number of rows is not bounded, and so is not the time for all of them
        reader = Reader(path, on_error=on_error, take=take, labelled=labelled, limit=MAX_ROWS)
        try:
            for record in reader:
                orjson.dumps(to_row(record))
                reasons: Counter[str] = Counter()
                for pair in drop_repeated(pairs(record, PairSettings(), reasons), reasons):
                    orjson.dumps(pair_row(pair))
                for row, _ in revision_rows(record, "all", reasons):
                    orjson.dumps(row)
        except CaigenError as error:
            fault = error
        reader.notes()
    if fault:
        raise fault


def _gzip_rows(data: bytes, folder: Path) -> None:
    _rows(data, folder, "rows.jsonl.gz")


def _text_rows(data: bytes, folder: Path) -> None:
    _rows(data, folder, "rows.txt")


def _sides(data: bytes, folder: Path) -> None:
    _rows(data, folder, take="chosen")


def _comparisons(data: bytes, folder: Path) -> None:
    _rows(data, folder, labelled=True)


def _constitution(data: bytes, _: Path) -> None:
    with contextlib.suppress(UnicodeDecodeError):  # `load` says so in a line
        parse(data.decode("utf-8-sig"), source="c.yaml")


def _constitution_json(data: bytes, _: Path) -> None:
    with contextlib.suppress(UnicodeDecodeError):
        import_json(data.decode("utf-8-sig"), source="c.json")


def _config(data: bytes, folder: Path) -> None:
    path = folder / "run.yaml"
    path.write_bytes(data)
    read_yaml(path)
    # as the options of a command, which are printed
    command: Any = get_command(app).commands["run"]  # type: ignore[attr-defined]
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exit, TyperException):
        command.make_context("run", ["--config", str(path), "--show-config"])


def _few_shot(data: bytes, folder: Path) -> None:
    path = folder / "few.json"
    path.write_bytes(data)
    load_examples(path)


def _calibration(data: bytes, folder: Path) -> None:
    path = calibrations.folder() / "0123456789abcdef.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    calibrations.describe("0123456789abcdef", "general")


def _answer(data: bytes, _: Path) -> None:
    with contextlib.suppress(orjson.JSONDecodeError):  # the client says so in a line
        body = orjson.loads(data)
        for request in REQUESTS:
            with contextlib.suppress(CaigenError):
                orjson.dumps(read_completion(body, request).text)


def _body(data: bytes, _: Path) -> None:
    for model in (ScoreBody, RewardBody, CompareBody):
        with contextlib.suppress(CaigenError):
            read_body(model, data)


def _card(data: bytes, _: Path) -> None:
    card = data.decode("utf-8", "replace")
    entry = Entry("pairs.jsonl", "pairs", "trl", 1, models=[card[:50]], reasons={card[-20:]: 1})
    rendered = render_card([*read_entries(card), entry], read_license(card))
    rendered.encode()
    if SHOWN.search(rendered):
        raise ShownRawError(rendered)


def _training_rows(data: bytes, _: Path) -> None:
    with contextlib.suppress(ValueError):
        rows = [orjson.loads(line) for line in data.splitlines() if line.strip()]
        for to in ("trl", "llama-factory", "verl", "openrlhf"):
            for kind in ("pairs", "sft", "prompts"):
                with contextlib.suppress(KeyError):  # a kind that this trainer takes not
                    find_faults(rows, to, kind)


def _texts(data: bytes, folder: Path) -> None:
    """What a model said, beside the text that it was about."""
    said, _, source = data.decode("utf-8", "replace").partition("\n\n")
    locate(said, source)
    split_thought(said)
    step = clean(said, source)
    flags(step[0], source, critique=said, request=said[::-1])
    read_structured(Completion(said), source)
    orjson.dumps(public_value(said))
    if SHOWN.search(visible(said)) or "\n" in one_line(said):
        raise ShownRawError(said)


def _journal(data: bytes, folder: Path) -> None:
    """An answer, or another one, and never an error, comes from a journal whose bytes changed."""
    path = folder / "a.journal"
    for file in folder.glob("a.journal*"):
        file.unlink()
    path.write_bytes(data)
    journal = Journal(path)
    try:
        engine = RememberingEngine(ScriptedEngine(lambda _: "fresh"), journal)
        answer = asyncio.run(engine.complete(REQUESTS[0]))
        if answer.text not in ("kept", "fresh"):
            raise AssertionError(f"a journal answers {answer.text!r:.80}")
    finally:
        with contextlib.suppress(CaigenError):
            journal.close()


DOORS: dict[str, Door] = {
    "rows": _rows,
    "sides": _sides,
    "comparisons": _comparisons,
    "gzip": _gzip_rows,
    "text": _text_rows,
    "constitution": _constitution,
    "constitution_json": _constitution_json,
    "config": _config,
    "few_shot": _few_shot,
    "calibration": _calibration,
    "answer": _answer,
    "body": _body,
    "card": _card,
    "training_rows": _training_rows,
    "texts": _texts,
    "journal": _journal,
}


def kept_journal(folder: Path) -> bytes:
    """The bytes of a journal with one answer."""
    path = folder / "seed.journal"
    journal = Journal(path)
    asyncio.run(RememberingEngine(ScriptedEngine(lambda _: "kept"), journal).complete(REQUESTS[0]))
    journal.close()
    return path.read_bytes()


def packed(data: bytes) -> bytes:
    """Gzip without a time, so that a form is the same at every start."""
    return gzip.compress(data, mtime=0)
