"""What must hold of whatever a real model says: rows, spans, exports, control tokens, and a second run."""

import json
import math
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from caigen.exports.formats import FORMATS, Kind
from caigen.io.read import Reader, raw_rows
from caigen.records import Candidate, Record, unfinished
from tests.conftest import Run
from tests.real_model.conftest import PROMPTS, Carried, Row, rows

KINDS: tuple[Kind, ...] = get_args(Kind)
ADDRESS = re.compile(r"(\d+)\.(\d+)")


def candidates(carried: Carried) -> Iterator[tuple[Record, Candidate]]:
    for record in Reader(carried.records):
        for candidate in record.candidates:
            yield record, candidate


def flagged(part: Row) -> bool:
    """Whether an answer, critique or revision, as it lies in the file, is not to be used."""
    return bool(unfinished(part.get("finish_reason")) or part.get("flags"))


def said(row: object) -> Iterator[str]:
    """Every text in an exported row."""
    if isinstance(row, str):
        yield row
    elif isinstance(row, dict | list):
        for one in row.values() if isinstance(row, dict) else row:
            yield from said(one)


@pytest.mark.parametrize("command", ["run", "label", "score"])
def test_every_row_is_accounted_for(carried: Carried, command: str) -> None:
    counts = carried.summary(command)
    ids = [row["id"] for row in rows(carried.folder / "out" / "records.jsonl")]
    assert counts["read"] == len(ids) == len(set(ids)) == len(rows(carried.prompts))
    assert counts["read"] == counts["done"] + counts["failed"] + counts["skipped"]
    assert counts["failed"] + counts["skipped"] == sum(counts["reasons"].values())
    assert [row["id"] for row in carried.rows] == ids
    assert all((row["status"] == "failed") == ("error" in row) for row in carried.rows)


def test_the_whole_way_was_gone(carried: Carried) -> None:
    """A weak model, but not one that does nothing: else what follows would hold of nothing."""
    rounds = [turn for _, candidate in candidates(carried) for turn in candidate.rounds]
    critiques = sum(turn.critique is not None for turn in rounds)
    assert critiques > len(carried.rows) // 2
    assert sum(turn.revision is not None for turn in rounds) >= 3
    assert sum(len(row.get("comparisons", [])) for row in carried.rows) >= 1
    assert sum(bool(candidate.scores) for _, candidate in candidates(carried)) > len(carried.rows) // 2
    counts = carried.summary("run")
    assert counts["requests"]["sent"] >= len(carried.rows) + critiques
    assert counts["outputs"]["sft.jsonl"] + counts["outputs"]["critique_sft.jsonl"] > 0


def test_spans_are_where_they_say(carried: Carried) -> None:
    for record, candidate in candidates(carried):
        for text, turn in zip(candidate.history(), candidate.rounds, strict=False):
            for span in turn.critique.spans if turn.critique else ():
                assert text[span.start : span.end] == span.quote != "", record.id


def test_nothing_is_made_up_by_the_judge(carried: Carried) -> None:
    for record, candidate in candidates(carried):
        for score in candidate.scores:
            assert (score.reward is None) == bool(score.unread), record.id
            assert score.reward is None or 0 <= score.reward <= 1
            assert all(0 <= share <= 1 for share in score.violates.values())
        for comparison in record.comparisons:
            if comparison.status == "decided":
                assert comparison.p_a is not None
                assert math.isfinite(comparison.p_a)
                assert comparison.orders


def test_no_control_token_comes_from_text(local: Carried, model: Path) -> None:
    """A prompt that spells the end of its turn and a system message: vLLM counted their letters, not control tokens."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)
    (turns,) = [row["prompt"] for row in local.rows if row["id"] == "control"]
    tricked = tokenizer.apply_chat_template(turns, add_generation_prompt=True)["input_ids"]
    names = re.findall(r"<\|im_(?:start|end)\|>", turns[-1]["content"])
    control = {tokenizer.convert_tokens_to_ids(name) for name in names}
    assert len(names) == 4
    assert sum(token in control for token in tricked) == 5 + len(names)  # the template's own are 5
    spelled = sum(len(tokenizer.encode(name[:1])) + len(tokenizer.encode(name[1:])) - 1 for name in names)
    (candidate,) = [candidate for record, candidate in candidates(local) if record.id == "control"]
    assert candidate.tokens
    assert candidate.tokens.prompt == len(tricked) + spelled


@pytest.fixture(scope="session")
def exported(carried: Carried, caigen: Run, model: Path) -> dict[tuple[str, str, str], Path]:
    """Every export that there is, by trainer, kind and what it is made of."""
    found: dict[tuple[str, str, str], Path] = {}
    for to, form in FORMATS.items():
        for kind in [one for one in KINDS if one in form.rows]:
            whats = {"pairs": ["first-last", "all", "best-worst"], "sft": ["revisions", "critiques"], "prompts": [""]}
            for what in whats.get(kind, ["spans"]) if to == "trl" else whats[kind][:1]:
                path = carried.folder / "exports" / f"{to}-{kind}-{what}.{'parquet' if form.parquet else 'jsonl'}"
                option = {"pairs": ("--pairing", what), "prompts": ()}.get(kind, ("--what", what))
                more = ("--tokenizer", model) if what == "spans" else ()
                command = "export-sft" if kind == "spans" else f"export-{kind}"
                done = caigen(command, carried.records, "--to", to, *option, *more, "-o", path, check=None)
                assert done.returncode in (0, 3), done.stderr
                found[to, kind, what] = path
    return found


Exported = dict[tuple[str, str, str], Path]


def test_nothing_flagged_is_in_an_export(carried: Carried, exported: Exported) -> None:
    """No broken-off or flagged answer or revision is in any row: not learned, preferred, rejected, labelled or
    criticised.
    """
    texts: dict[bool, set[str]] = {True: set(), False: set()}
    for row in carried.rows:
        for candidate in row.get("candidates", []):
            parts = [candidate, *(turn["revision"] for turn in candidate.get("rounds", []) if turn.get("revision"))]
            for part in parts:
                texts[flagged(part)].add(part["text"])
    bad = {text for text in texts[True] - texts[False] if text.strip()}
    assert bad, "a small model cut off by --max-tokens has some"
    told = 0
    for key, path in exported.items():
        for row in raw_rows(str(path)):
            told += 1
            assert bad.isdisjoint(said(row)), key
    assert told > 40


def test_the_rows_say_where_they_come_from(carried: Carried, exported: Exported) -> None:
    by_id = {row["id"]: row for row in carried.rows}
    for what in ("first-last", "all", "best-worst"):
        for row, source in beside(exported["trl", "pairs", what]):
            for side in ("chosen", "rejected"):
                assert row[side][0]["content"] == text_at(by_id[source["id"]], source[side]), source
    for row, source in beside(exported["trl", "sft", "revisions"]):
        assert row["completion"][0]["content"] == text_at(by_id[source["id"]], source["text"]), source
    critiques = 0
    for _, source in beside(exported["trl", "sft", "critiques"]):
        match = ADDRESS.fullmatch(source["text"])
        assert match, source
        turn = by_id[source["id"]]["candidates"][int(match[1])]["rounds"][int(match[2])]
        critiques += 1
        assert turn["principle"] == source["principle"]
        assert not flagged(turn["critique"]), source
    # a critic of this size may leave none that can be taught of the few prompts that a server gets
    assert critiques >= ("--model" in carried.options)


def beside(path: Path) -> list[tuple[Row, Row]]:
    """The rows of a file with what stands in its sidecar."""
    return list(zip(rows(path), rows(path.with_suffix(".provenance.jsonl")), strict=True))


def text_at(row: Row, address: str) -> str:
    """The text of a record at `candidate.round`."""
    candidate, number = map(int, address.split("."))
    return Record.model_validate(row).candidates[candidate].text_after(number)


def test_exports_load(carried: Carried, exported: Exported, caigen: Run, tmp_path: Path) -> None:
    """As shapes that the trainers take, and as data sets."""
    import datasets

    empty = {key for key, path in exported.items() if not list(raw_rows(str(path)))}
    assert {kind for _, kind, _ in exported.keys() - empty} >= {"prompts", "sft"}, (
        "a weak critic may leave no pairs and no spans"
    )
    for to, kind, what in exported.keys() - empty:
        path = exported[to, kind, what]
        caigen("check", path, "--to", to, "--as", kind)
        loader = "parquet" if path.suffix == ".parquet" else "json"
        loaded: Any = datasets.load_dataset(loader, data_files=str(path), split="train", cache_dir=str(tmp_path))
        assert len(loaded) == sum(1 for _ in raw_rows(str(path)))


def test_the_same_run_again_asks_nothing(carried: Carried, caigen: Run) -> None:
    files = [carried.folder / "out" / f"{name}.jsonl" for name in ("records", "pairs", "sft", "critique_sft")]
    before = [file.read_bytes() for file in files]
    asked = carried.summary("run")["requests"]
    done: subprocess.CompletedProcess[str] = carried.run(caigen)
    assert f"0 requests sent, {asked['sent'] + asked['cached']} from the journal" in done.stderr
    assert [file.read_bytes() for file in files] == before


def test_four_languages_and_real_dialogues(local: Carried, shared_data: Path) -> None:
    own = {json.loads(line)["id"] for line in PROMPTS.read_text("utf-8").splitlines()}
    ids = [row["id"] for row in local.rows]
    assert own < set(ids)
    assert len(ids) == len(own) + 40
    assert any(len(row["prompt"]) > 2 for row in local.rows if row["id"] not in own)
