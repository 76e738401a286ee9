"""Rows for each trainer: as its documents say, checked by shape, and loaded where its loader is at hand."""

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import datasets
import orjson
import pytest

from caigen.engines.open import DEMO_PATH
from caigen.errors import CaigenError
from caigen.exports.card import write_card
from caigen.exports.card_text import Entry, configs
from caigen.exports.check import find_faults
from caigen.exports.decontaminate import Evaluations
from caigen.exports.formats import FORMATS, dataset_info
from caigen.exports.kto import EachText
from caigen.exports.pairs import PairSettings
from caigen.exports.row_sink import RowSink
from caigen.exports.row_types import ROW_TYPES
from caigen.exports.shaping import EARLIER, Shaping
from caigen.exports.sinks import PairSink, PromptSink, SftSink, SpanSink
from caigen.exports.tokenizer import load_tokenizer
from caigen.io.parquet import ParquetWriter
from caigen.io.read import Reader, raw_rows
from caigen.io.write import to_row
from caigen.records import Candidate, Comparison, Critique, Message, Provenance, Record, Revision, Round, Span
from caigen.stages.requests import PromptSettings
from caigen.summary import Summary
from tests.conftest import ROOT, Run


def records() -> list[Record]:
    """Three dialogues, one of them with a system message and earlier turns."""
    talk = (
        Message(role="system", content="Be kind."),
        Message(role="user", content="Hi"),
        Message(role="assistant", content="Hello"),
        Message(role="user", content="More?"),
    )
    prompts = [
        (Message(role="user", content="What works?"),),
        talk,
        (Message(role="user", content="What \u2028 next?"),),
    ]
    turn = Round(
        principle="GEN-001@1",
        critique=Critique(
            text="It promises.", verdict="violates", severity=2, spans=(Span(start=5, end=11, quote="always"),)
        ),
        revision=Revision(text="This often works."),
    )
    candidate = Candidate(text="This always works.", finish_reason="stop", rounds=(turn,))
    return [
        Record(id=f"r{n}", prompt=prompt, candidates=(candidate,), status="done") for n, prompt in enumerate(prompts)
    ]


def sink_of(kind: str, path: Path, prompt_settings: PromptSettings, shaping: Shaping) -> RowSink:
    if kind == "pairs":
        return PairSink(path, PairSettings(), shaping=shaping)
    if kind == "sft":
        return SftSink(path, "both", {"": prompt_settings}, shaping=shaping)
    if kind == "spans":
        return SpanSink(path, load_tokenizer(str(DEMO_PATH)), shaping=shaping)
    return PromptSink(path, shaping=shaping)


def written(kind: str, to: str, folder: Path, prompt_settings: PromptSettings, **shaping: Any) -> Path:
    path = folder / f"{kind}.{'parquet' if FORMATS[to].parquet else 'jsonl'}"
    with sink_of(kind, path, prompt_settings, Shaping(to, **shaping)) as sink:
        for record in records():
            sink.take(record)
    return path


def test_every_format_has_a_shape() -> None:
    assert {(name, kind) for name, form in FORMATS.items() for kind in form.rows} == set(ROW_TYPES)


@pytest.mark.parametrize(("to", "kind"), ROW_TYPES)
def test_rows_have_the_shape_and_load(to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings) -> None:
    path = written(kind, to, tmp_path, prompt_settings)
    assert find_faults(raw_rows(str(path)), to, kind) == []
    loader = "parquet" if path.suffix == ".parquet" else "json"
    rows = datasets.load_dataset(loader, data_files=str(path), split="train", cache_dir=str(tmp_path / "cache"))
    origins = [json.loads(line) for line in (tmp_path / f"{kind}.provenance.jsonl").read_text().splitlines()]
    assert (
        len(rows)
        == len(origins)
        == {"pairs": 3, "sft": 6, "prompts": 3, "spans": 3}[kind] * (2 if to == "trl-kto" else 1)
    )


TALK = [turn.model_dump() for turn in records()[1].prompt]
GOOD, BAD = ({"role": "assistant", "content": text} for text in ("This often works.", "This always works."))
ROWS: dict[tuple[str, str], dict[str, Any]] = {  # what the second dialogue becomes, to the letter
    ("trl", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("trl", "sft"): {"prompt": TALK, "completion": [GOOD]},
    ("trl", "prompts"): {"prompt": TALK, "id": "r1"},
    ("trl-reward", "pairs"): {"chosen": [*TALK, GOOD], "rejected": [*TALK, BAD]},
    ("trl-kto", "pairs"): {"prompt": TALK, "completion": [GOOD], "label": True},
    ("openrlhf", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("openrlhf", "sft"): {"input": TALK, "output": [GOOD]},
    ("openrlhf", "prompts"): {"input": TALK, "label": "r1", "datasource": "caigen"},
    ("axolotl", "pairs"): {"prompt": TALK, "chosen": [GOOD], "rejected": [BAD]},
    ("axolotl", "sft"): {"messages": [turn | {"training": False} for turn in TALK] + [GOOD | {"training": True}]},
    ("llama-factory", "pairs"): {"conversations": TALK, "chosen": GOOD, "rejected": BAD},
    ("llama-factory", "sft"): {"messages": [*TALK, GOOD]},
    ("torchtune", "pairs"): {"chosen": [*TALK, GOOD], "rejected": [*TALK, BAD]},
    ("torchtune", "sft"): {"messages": [*TALK, GOOD]},
    ("nemo-rl", "pairs"): {
        "context": TALK,
        "completions": [{"rank": 0, "completion": [GOOD]}, {"rank": 1, "completion": [BAD]}],
    },
    ("nemo-rl", "sft"): {"messages": [*TALK, GOOD]},
    ("nemo-rl", "prompts"): {"prompt": TALK, "id": "r1"},
    ("verl", "sft"): {"messages": [*TALK, GOOD]},
    ("verl", "prompts"): {
        "data_source": "caigen",
        "prompt": TALK,
        "ability": "alignment",
        "reward_model": {"style": "model", "ground_truth": ""},
        "extra_info": {"index": "r1", "split": "train", "prompt": json.dumps(TALK)},
    },
}


@pytest.mark.parametrize(("to", "kind"), [key for key in ROW_TYPES if key[1] != "spans"])
def test_the_row_of_each_trainer(to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings) -> None:
    path = tmp_path / f"rows.{'parquet' if FORMATS[to].parquet else 'jsonl'}"
    made = SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) if kind == "sft" else None
    with made or sink_of(kind, path, prompt_settings, Shaping(to)) as sink:
        for record in records():
            sink.take(record)
    rows = list(raw_rows(str(path)))
    assert rows[2 if to == "trl-kto" else 1] == ROWS[to, kind]
    origins = list(raw_rows(str(tmp_path / "rows.provenance.jsonl")))
    assert [origin["id"] for origin in origins] == (  # type: ignore[index]
        ["r0", "r0", "r1", "r1", "r2", "r2"] if to == "trl-kto" else ["r0", "r1", "r2"]
    )


def chain(*texts: str, id: str = "r") -> Record:
    """A record whose candidate was revised from text to text."""
    rounds = tuple(
        Round(
            principle=f"GEN-00{number}@1",
            critique=Critique(text="c", verdict="violates", severity=1),
            revision=Revision(text=text, finish_reason="stop"),
        )
        for number, text in enumerate(texts[1:], 1)
    )
    candidate = Candidate(text=texts[0], finish_reason="stop", rounds=rounds)
    return Record(id=id, prompt=records()[0].prompt, candidates=(candidate,), status="done")


@pytest.mark.parametrize("pairing", ["adjacent", "all", "first-last"])
def test_kto_has_each_text_once_and_none_that_is_good_and_bad(pairing: Any, tmp_path: Path) -> None:
    path = tmp_path / "kto.jsonl"
    given = [chain("a", "b", "c"), chain("a", "b", "c", id="again"), chain("c", "d", id="turned")]
    with PairSink(path, PairSettings(pairing), shaping=Shaping("trl-kto")) as sink:
        for record in given:
            sink.take(record)
    rows: list[Any] = list(raw_rows(str(path)))
    assert {(row["completion"][0]["content"], row["label"]) for row in rows} == {("c", True), ("a", False), ("d", True)}
    assert len(rows) == 3
    between = 0 if pairing == "first-last" else 2  # b of the first two records
    assert sink.reasons == Counter({"on_both_sides": between + 1, "duplicate_text": 2})
    assert find_faults(rows, "trl-kto", "pairs") == []
    origins: dict[str, Any] = {row["text"]: row for row in raw_rows(str(tmp_path / "kto.provenance.jsonl"))}  # type: ignore[index]
    assert (
        origins["0.2"] == {"id": "r", "text": "0.2", "principles": ["GEN-001@1", "GEN-002@1"]} or pairing == "adjacent"
    )
    assert set(origins) == {"0.0", "0.2", "0.1"}


def test_pairs_that_say_the_same_or_the_contrary() -> None:
    back = chain("a", "b", "a", "c")
    sink = PairSink(None, PairSettings("adjacent"))
    told = [
        (row["chosen"][0]["content"], row["rejected"][0]["content"]) for row, _ in sink.make_rows(back, sink.reasons)
    ]
    assert told == [("c", "a")]
    assert sink.reasons == {"contradicted_pair": 2}
    twice = back.model_copy(update={"candidates": chain("a", "b").candidates * 2})
    sink = PairSink(None, PairSettings())
    assert len(list(sink.make_rows(twice, sink.reasons))) == 1
    assert sink.reasons == {"duplicate_pair": 1}


def test_space_around_a_text_makes_no_other_text(tmp_path: Path) -> None:
    """An answer may begin with the space that a revision has lost."""
    reasons: Counter[str] = Counter()
    again = chain(" a", "b", "a", "c")
    told = list(PairSink(None, PairSettings("adjacent")).make_rows(again, reasons))
    assert [row["chosen"][0]["content"] for row, _ in told] == ["c"]
    assert reasons == {"contradicted_pair": 2}
    path = tmp_path / "kto.jsonl"
    with PairSink(path, PairSettings(), shaping=Shaping("trl-kto")) as sink:
        for record in (chain("a", "b"), chain("b\n", "c", id="turned"), chain(" a", "d", id="again")):
            sink.take(record)
    rows: list[Any] = list(raw_rows(str(path)))
    assert [row["completion"][0]["content"] for row in rows] == ["b", "a", "c", "d"]
    assert sink.reasons == {"on_both_sides": 1, "duplicate_text": 1}


def test_rows_of_verl_name_the_side_that_they_are_on(tmp_path: Path) -> None:
    with PromptSink(tmp_path / "p.parquet", split=0.5, shaping=Shaping("verl")) as sink:
        for number in range(30):
            sink.take(
                chain("a", id=f"r{number}").model_copy(update={"prompt": (Message(role="user", content=str(number)),)})
            )
    for side in ("train", "test"):
        rows: list[Any] = list(raw_rows(str(tmp_path / f"p.{side}.parquet")))
        assert {row["extra_info"]["split"] for row in rows} == {side}


@pytest.mark.parametrize(("to", "kind"), ROW_TYPES)
def test_a_side_without_rows_has_its_columns(
    to: str, kind: Any, tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    from pyarrow import parquet

    with sink_of(kind, tmp_path / "none.parquet", prompt_settings, Shaping(to)):
        pass
    with sink_of(kind, tmp_path / "some.parquet", prompt_settings, Shaping(to)) as sink:
        sink.take(records()[1])
    none, some = (parquet.ParquetFile(tmp_path / f"{name}.parquet") for name in ("none", "some"))
    assert none.schema_arrow == some.schema_arrow
    assert none.metadata.num_rows == 0 < some.metadata.num_rows


def test_a_parquet_file_is_written_by_one_process(tmp_path: Path) -> None:
    path = tmp_path / "rows.parquet"
    with ParquetWriter(path, {"a": 1}) as rows:
        with pytest.raises(CaigenError, match="another caigen is writing it"):
            ParquetWriter(path, {"a": 1})
        rows.write({"a": 2})
        with pytest.raises(CaigenError, match="other columns than the file: b"):
            rows.write({"a": 3, "b": 4})
        with pytest.raises(CaigenError, match="other columns than the file: a"):
            rows.write({})
        assert not path.exists()
    assert list(raw_rows(str(path))) == [{"a": 2}]
    with pytest.raises(RuntimeError), ParquetWriter(path, {"a": 1}) as rows:
        raise RuntimeError
    assert list(raw_rows(str(path))) == [{"a": 2}]


def test_what_a_trainer_would_learn_beside_the_last_answer_is_said(
    tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    said = {}
    for to, form in FORMATS.items():
        if "sft" in form.rows:
            path = tmp_path / f"{to}.{'parquet' if form.parquet else 'jsonl'}"
            with SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) as sink:
                for record in records():
                    sink.take(record)
            said[to] = sink.remarks()
            summary = Summary("export-sft")
            sink.report(summary)
            noted = summary.notes[f"{path.name}: earlier_answers_learned"]
            assert noted == (0 if form.learns == "last" else 1)
    assert {to for to, lines in said.items() if not lines} == {"trl", "openrlhf", "axolotl"}
    for to in ("torchtune", "verl", "nemo-rl"):
        assert said[to] == [
            f"note: rows with earlier answers of the assistant: 1; {to} learns those too (trl, openrlhf, axolotl learn the "
            "last one alone)"
        ]
    assert said["llama-factory"][0].endswith("llama-factory learns those too unless mask_history is true")


@pytest.mark.parametrize(
    ("roles", "fits"),
    [("user", True), ("system user assistant user", True), ("user user", False), ("user system user", False)],
)
def test_conversations_that_a_trainer_drops_are_not_written(
    roles: str, fits: bool, tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    turns = tuple(Message(role=role, content=role) for role in roles.split())  # type: ignore[arg-type]
    record = records()[0].model_copy(update={"prompt": turns})
    for (to, kind), drops in {
        ("llama-factory", "pairs"): True,
        ("llama-factory", "sft"): True,
        ("torchtune", "sft"): True,
        ("torchtune", "pairs"): False,
        ("trl", "sft"): False,
    }.items():
        path = tmp_path / f"{to}-{kind}.jsonl"
        sink = SftSink(path, "revisions", {"": prompt_settings}, shaping=Shaping(to)) if kind == "sft" else None
        with sink or PairSink(path, PairSettings(), shaping=Shaping(to)) as opened:
            assert opened.take(record) == (None if fits or not drops else "out_of_turn")


def test_no_machine_is_named_beside_the_rows(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    made = Provenance(
        caigen="0",
        constitution="general@1.0.0",
        models={"policy": "/home/alice/models/x@1f2e", "critic": "m@http://gpu-07.internal.corp:8000/v1"},
    )
    for kind in ("pairs", "sft", "spans", "prompts"):
        with sink_of(kind, tmp_path / f"{kind}.jsonl", prompt_settings, Shaping("trl")) as sink:
            for record in records():
                sink.take(record.model_copy(update={"provenance": made}))
    told = "".join(path.read_text() for path in tmp_path.iterdir())
    for word in ("alice", "gpu-07", "corp", "8000", str(Path.home()), str(DEMO_PATH.parent)):
        assert word not in told
    assert "Models: m, x@1f2e." in (tmp_path / "README.md").read_text()
    origin: Any = next(iter(raw_rows(str(tmp_path / "pairs.provenance.jsonl"))))
    assert origin["provenance"]["models"] == {"policy": "x@1f2e", "critic": "m"}


def test_llama_factory_finds_its_files(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    written("pairs", "llama-factory", tmp_path, prompt_settings)
    written("sft", "llama-factory", tmp_path, prompt_settings)
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert set(info) == {"pairs", "sft"}
    assert info["pairs"]["ranking"]
    assert (tmp_path / info["pairs"]["file_name"]).is_file()
    assert info["sft"]["columns"] == {"messages": "messages"}


def test_both_files_of_a_split_are_found(tmp_path: Path) -> None:
    with PairSink(tmp_path / "pairs.jsonl", PairSettings(), split=0.5, shaping=Shaping("llama-factory")) as sink:
        for record in records():
            sink.take(record)
    info = json.loads((tmp_path / "dataset_info.json").read_text())
    assert {name: entry["file_name"] for name, entry in info.items()} == {
        f"pairs.{side}": f"pairs.{side}.jsonl" for side in ("train", "test")
    }


def test_margins_are_in_all_rows_or_none(tmp_path: Path) -> None:
    message = {"role": "assistant", "content": "a"}
    row = {"prompt": [{"role": "user", "content": "q"}], "chosen": [message], "rejected": [message | {"content": "b"}]}
    assert find_faults([row, row], "trl", "pairs") == []
    assert "some rows have a margin" in find_faults([row, row | {"margin": 0.5}], "trl", "pairs")[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"chosen": "text"}, "row 1: chosen: input should be a valid list"),
        ({"extra": 1}, "row 1: extra: extra inputs are not permitted"),
        ({"prompt": []}, "row 1: prompt: list should have at least 1 item"),
        ({"prompt": [{"role": "assistant", "content": "a"}]}, "does not end with the user"),
        ({"rejected": [{"role": "assistant", "content": "a"}]}, "chosen and rejected are the same"),
        ({"chosen": [{"role": "user", "content": "a"}]}, "chosen does not end with something that the assistant said"),
        (
            {"chosen": [{"role": "assistant", "content": " "}]},
            "chosen does not end with something that the assistant said",
        ),
    ],
)
def test_what_is_wrong_with_a_row(change: dict[str, Any], said: str) -> None:
    row = {
        "prompt": [{"role": "user", "content": "q"}],
        "chosen": [{"role": "assistant", "content": "a"}],
        "rejected": [{"role": "assistant", "content": "b"}],
    }
    assert any(said in fault for fault in find_faults([row | change], "trl", "pairs"))
    assert find_faults([], "trl", "pairs") == ["no rows"]


@pytest.mark.parametrize("roles", [("user", "user", "assistant"), ("user", "system", "assistant")])
def test_some_trainers_want_user_and_assistant_in_turn(roles: tuple[str, ...]) -> None:
    rows = [{"messages": [{"role": role, "content": role} for role in roles]}]
    for to in ("llama-factory", "torchtune"):
        assert find_faults(rows, to, "sft") == ["row 1: user and assistant do not speak in turn"]
    assert find_faults(rows, "verl", "sft") == []


def test_prompts_come_once_and_evaluation_sets_stay_out(tmp_path: Path) -> None:
    many = records()
    words = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    long = many[0].model_copy(update={"id": "long", "prompt": (Message(role="user", content=f"So: {words}, is it?"),)})
    same = many[2].model_copy(update={"id": "e", "prompt": (Message(role="user", content="what next"),)})
    inside = many[0].model_copy(update={"id": "f", "prompt": (Message(role="user", content=words),)})
    known = Evaluations([same, inside])
    with PromptSink(tmp_path / "p.jsonl", shaping=Shaping("trl", known)) as sink:
        said = [sink.take(record) for record in [*many, many[0].model_copy(update={"id": "again"}), long]]
    assert said == [None, None, "evaluation_prompt", "duplicate_prompt", "evaluation_prompt"]
    assert [row["id"] for row in raw_rows(str(tmp_path / "p.jsonl"))] == ["r0", "r1"]  # type: ignore[index]


def test_what_shapes_alone_do_not_say() -> None:
    row = {"prompt": [{"role": "user", "content": "q"}], "completion": [GOOD], "label": True}
    turned, again = row | {"label": False}, row | {"completion": [BAD]}
    assert find_faults([row, again], "trl-kto", "pairs") == []
    assert find_faults([row, turned], "trl-kto", "pairs") == ["row 2: the same text stands there as good and as bad"]
    assert find_faults([row, row], "trl-kto", "pairs") == ["row 2: the same row stands there before"]
    pair = {"prompt": row["prompt"], "chosen": [GOOD], "rejected": [BAD], "margin": 0.5}
    assert find_faults([pair], "openrlhf", "pairs") == []
    assert find_faults([pair], "axolotl", "pairs") == ["row 1: axolotl reads no margin"]


def test_commands_refuse_what_a_trainer_would_drop_or_learn_wrongly(caigen: Run, tmp_path: Path) -> None:
    source = tmp_path / "records.jsonl"
    source.write_bytes(b"".join(orjson.dumps(to_row(record)) + b"\n" for record in records()))
    for to in ("axolotl", "llama-factory", "torchtune", "nemo-rl", "trl-kto"):
        done = caigen("export-pairs", source, "--to", to, "--with-margin", "--verified", check=2)
        assert f"{to} reads no margin; these do: trl, trl-reward, openrlhf" in " ".join(done.stderr.split())
    for to, what in (("torchtune", "critiques"), ("nemo-rl", "both"), ("verl", "critiques")):
        done = caigen("export-sft", source, "--to", to, "--what", what, "-o", tmp_path / "x.parquet", check=2)
        assert f"{to} learns every answer of a conversation" in done.stderr
        assert not (tmp_path / "x.parquet").exists()
    quoted = caigen("export-sft", source, "--to", "nemo-rl", "--what", "critiques", "--style", "transcript")
    talks = [orjson.loads(line)["messages"] for line in quoted.stdout.split("\n") if line]
    assert [[turn["role"] for turn in talk if turn["role"] != "system"] for talk in talks] == [
        ["user", "assistant"]
    ] * 3
    masked = caigen("export-sft", source, "--to", "llama-factory", "--what", "critiques")
    assert "note: rows with earlier answers of the assistant: 3; llama-factory learns those too unless" in masked.stderr


def test_a_command_keeps_families_together(caigen: Run, tmp_path: Path) -> None:
    source, out = tmp_path / "prompts.jsonl", tmp_path / "p.jsonl"
    said = [{"role": "assistant", "content": "a"}, {"role": "user", "content": "more"}]
    first = [[{"role": "user", "content": f"q{number}"}] for number in range(40)]
    rows = [{"prompt": turns + rest} for turns in first for rest in ([], said)]
    source.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))
    done = caigen("export-prompts", source, "--split", 0.5, "-o", out)
    assert "begin with the same turn as one on the other side; --split-by family keeps them together" in done.stderr
    done = caigen("export-prompts", source, "--split", 0.5, "--split-by", "family", "-o", out, "--overwrite")
    assert "note:" not in done.stderr
    families = [
        {row["prompt"][0]["content"] for row in raw_rows(str(tmp_path / f"p.{side}.jsonl"))}  # type: ignore[index]
        for side in ("train", "test")
    ]
    assert not families[0] & families[1]
    assert len(families[0] | families[1]) == 40


def test_a_fault_names_the_field_alone() -> None:
    (fault,) = find_faults([{"prompt": [{"role": "user", "content": "q"}]}], "trl", "sft")
    assert fault == "row 1: completion: field required"


def test_every_reason_is_explained() -> None:
    told = (ROOT / "docs" / "exports.md").read_text("utf-8")
    files = sorted((ROOT / "src" / "caigen" / "exports").glob("*.py"))
    words = {word for file in files for word in re.findall(r'reasons\["([a-z_]+)"\]', file.read_text("utf-8"))}
    assert len(words) > 10
    assert {word for word in words if f"`{word}`" not in told} == set()


def test_plain_text_is_for_trl_alone(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    plain = replace(prompt_settings, style="plain")
    reasons = []
    for to in ("trl", "axolotl"):
        with SftSink(tmp_path / f"{to}.jsonl", "revisions", {"": plain}, shaping=Shaping(to)) as sink:
            reasons.append([sink.take(record) for record in records()])
    assert reasons == [[None] * 3, ["plain_text"] * 3]


def test_parquet_and_data_sets_are_read_as_lines_are(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    rows = [{"id": str(n), "prompt": f"What works in case {n}?"} for n in range(1500)]
    folder = tmp_path / "set"
    folder.mkdir()
    datasets.Dataset.from_list(rows).to_parquet(str(folder / "train.parquet"))
    for source in (str(folder / "train.parquet"), f"hf:{folder}", f"hf:{folder}#train"):
        found = list(Reader(source))
        assert [record.id for record in found] == [row["id"] for row in rows]
        assert found[7].prompt[0].content == rows[7]["prompt"]


def test_the_commands(demo: Path, caigen: Run, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    caigen("export-pairs", demo / "records.jsonl", "--to", "llama-factory", "-o", out)
    assert "takes these rows" in caigen("export-pairs", "--check", out, "--to", "llama-factory").stderr
    wrong = caigen("export-pairs", "--check", out, "--to", "trl", check=1).stderr
    assert "row 1: " in wrong
    parquet = tmp_path / "prompts.parquet"
    caigen("export-prompts", demo / "records.jsonl", "--to", "verl", "-o", parquet)
    caigen("export-prompts", "--check", parquet, "--to", "verl")
    assert "takes no prompts" in caigen("export-prompts", demo / "records.jsonl", "--to", "axolotl", check=2).stderr
    assert ".parquet" in caigen("export-sft", demo / "records.jsonl", "--to", "verl", check=2).stderr
    kept = caigen(
        "export-prompts", demo / "records.jsonl", "--decontaminate", demo / "records.jsonl", "-o", tmp_path / "n.jsonl"
    )
    assert "evaluation_prompt" in kept.stderr
    assert (tmp_path / "n.jsonl").read_text() == ""
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 no")
    assert "cannot be read as Parquet" in caigen("sample", broken, check=1).stderr
    assert "hf:/nonesuch" in caigen("sample", "hf:/nonesuch", check=1).stderr


def test_the_card_tells_of_every_file_and_leaves_anothers_alone(
    tmp_path: Path, prompt_settings: PromptSettings
) -> None:
    from ruamel.yaml import YAML

    written("pairs", "trl", tmp_path, prompt_settings)
    written("sft", "trl", tmp_path, prompt_settings)
    card = (tmp_path / "README.md").read_text()
    header = YAML(typ="safe").load(card.split("---")[1])
    assert [config["data_files"] for config in header["configs"]] == ["pairs.jsonl", "sft.jsonl"]
    assert "| `pairs.jsonl` | preference pairs | trl | 3 |" in card
    rows = datasets.load_dataset(str(tmp_path), "pairs", split="train", cache_dir=str(tmp_path / "cache"))
    assert len(rows) == 3
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").write_text("mine")
    written("pairs", "trl", other, prompt_settings)
    assert (other / "README.md").read_text() == "mine"
    assert "preference pairs" in (other / "caigen-card.md").read_text()


def test_the_card_names_every_judge(tmp_path: Path) -> None:
    """Also of records whose provenance names one of them alone."""
    first = records()[0]
    said = [
        Comparison(a="0.0", b="0.1", principle="GEN-001@1", status="decided", p_a=0.1, judge=f"/models/{judge}@1f2e")
        for judge in ("m1", "m2")
    ]
    made = Provenance(caigen="0", models={"judge": "/models/m2@1f2e"})
    judged = first.model_copy(update={"comparisons": tuple(said), "provenance": made})
    with PairSink(tmp_path / "p.jsonl", PairSettings()) as sink:
        sink.take(judged)
    assert "Models: m1@1f2e, m2@1f2e." in (tmp_path / "README.md").read_text()


@pytest.mark.parametrize(
    "kept", ['[{"file": "a", "kind": "songs", "to": "trl", "rows": 1}]', '[{"file": 1, "rows": []}]', "[1]", "{}", "{"]
)
def test_a_card_that_was_spoiled_is_written_anew(kept: str, tmp_path: Path, prompt_settings: PromptSettings) -> None:
    (tmp_path / "README.md").write_text(f"---\nlicense: mit\n---\n<!-- caigen-card {kept} -->\n")
    written("pairs", "trl", tmp_path, prompt_settings)
    assert "| `pairs.jsonl` | preference pairs | trl | 3 |" in (tmp_path / "README.md").read_text()


def test_a_readme_in_another_encoding_is_left_alone(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    (tmp_path / "README.md").write_bytes("größer".encode("latin-1"))
    written("pairs", "trl", tmp_path, prompt_settings)
    assert (tmp_path / "README.md").read_bytes() == "größer".encode("latin-1")
    assert (tmp_path / "caigen-card.md").exists()
    (tmp_path / "caigen-card.md").write_bytes(b"caigen-card \xff")
    with pytest.raises(CaigenError, match=r"caigen-card\.md: is not UTF-8"):
        written("sft", "trl", tmp_path, prompt_settings)


def test_an_older_card_loses_its_paths_and_a_name_ends_no_comment(tmp_path: Path) -> None:
    entry = Entry("a-->b|c.jsonl", "pairs", "trl", 1, models=["/home/alice/x@1f2e"])
    write_card(tmp_path, entry)
    write_card(tmp_path, Entry("d.jsonl", "pairs", "trl", 1))
    card = (tmp_path / "README.md").read_text()
    assert "alice" not in card
    assert card.count("-->") == 3  # its own, the table's and the header's name of the file
    assert "`a-->b_c.jsonl`" in card
    assert "Models: x@1f2e." in card


def test_a_licence_that_was_filled_in_stays(tmp_path: Path, prompt_settings: PromptSettings) -> None:
    written("pairs", "trl", tmp_path, prompt_settings)
    card = tmp_path / "README.md"
    card.write_text(card.read_text().replace("license: other", "license: cc-by-4.0"))
    written("sft", "trl", tmp_path, prompt_settings)
    assert card.read_text().startswith("---\nlicense: cc-by-4.0\n")


def test_no_file_hides_another_on_the_card() -> None:
    names = ["pairs.jsonl", "pairs.train.jsonl", "pairs.test.jsonl", "sft.jsonl", "sft.parquet"]
    by_name = {config["config_name"]: config["data_files"] for config in configs(names)}
    assert [part["split"] for part in by_name.pop("pairs")] == ["train", "test"]
    assert by_name == {"pairs-jsonl": "pairs.jsonl", "sft": "sft.jsonl", "sft-parquet": "sft.parquet"}


def test_what_llama_factory_is_told_of_a_file() -> None:
    """The names of its columns and tags, as LLaMA-Factory 0.9.5 reads them."""
    tags = {
        "role_tag": "role", "content_tag": "content", "user_tag": "user", "assistant_tag": "assistant", "system_tag": "system",
    }  # fmt: skip
    sft = {"file_name": "sft.jsonl", "formatting": "sharegpt", "tags": tags, "columns": {"messages": "messages"}}
    assert dataset_info("sft", "sft.jsonl") == {"sft": sft}
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"}
    pairs = {"file_name": "p.train.jsonl", "formatting": "sharegpt", "tags": tags, "ranking": True, "columns": columns}
    assert dataset_info("pairs", "p.train.jsonl") == {"p.train": pairs}


@pytest.mark.parametrize("margin", [None, 0.5])
def test_whole_conversations_keep_their_margin(margin: float | None) -> None:
    ask, good, bad = (
        {"role": role, "content": text} for role, text in (("user", "q"), ("assistant", "a"), ("assistant", "b"))
    )
    row: dict[str, Any] = {"prompt": [ask], "chosen": [good], "rejected": [bad]} | (
        {"margin": margin} if margin else {}
    )
    made = FORMATS["trl-reward"].rows["pairs"](row, "train")
    assert made == {"chosen": [ask, good], "rejected": [ask, bad]} | ({"margin": margin} if margin else {})


USER, SYSTEM = {"role": "user", "content": "q"}, {"role": "system", "content": "s"}
GOOD_PAIR = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}


def test_what_llama_factory_knew_of_other_files_stays(tmp_path: Path) -> None:
    info = tmp_path / "dataset_info.json"
    info.write_text('{"größer": {"file_name": "x.json"}}', "utf-8")
    Shaping("llama-factory").write_beside("sft", tmp_path / "sft.jsonl")
    assert json.loads(info.read_text("utf-8")) == {"größer": {"file_name": "x.json"}} | dataset_info("sft", "sft.jsonl")
    Shaping("trl").write_beside("sft", tmp_path / "other.jsonl")
    assert [path.name for path in tmp_path.iterdir()] == ["dataset_info.json"]
    for content, said in (
        ("[]", "is not a JSON object; move it away, or name another folder"),
        ("{", "cannot be read: "),
    ):
        info.write_text(content)
        with pytest.raises(CaigenError) as caught:
            Shaping("llama-factory").write_beside("sft", tmp_path / "sft.jsonl")
        assert str(caught.value).startswith(f"{info}: {said}")
        assert said.endswith(": ") or str(caught.value) == f"{info}: {said}"


def test_rows_are_shaped_and_counted() -> None:
    """What a trainer takes, with its provenance; why it takes others not; and what it would learn beside the last answer."""
    origin = {"id": "r"}
    given = [
        ({"prompt": prompt, "completion": [GOOD]}, origin) for prompt in ([USER], [USER, GOOD, USER], [USER, USER])
    ]
    given.append(({"prompt": "a text", "completion": " more"}, origin))

    def shaped(to: str, kind: Any = "sft") -> tuple[list[Any], Counter[str], list[str]]:
        reasons: Counter[str] = Counter()
        notes: Counter[str] = Counter()
        shaping = Shaping(to)
        rows = list(shaping.shape(kind, given, side="test", reasons=reasons, notes=notes))
        assert set(notes) <= {EARLIER}
        return rows, reasons, shaping.remarks(notes)

    talks = [({"messages": [USER, GOOD]}, origin), ({"messages": [USER, GOOD, USER, GOOD]}, origin)]
    told = "note: rows with earlier answers of the assistant: 1; {} learns those too"
    assert shaped("llama-factory") == (
        talks,
        {"out_of_turn": 1, "plain_text": 1},
        [told.format("llama-factory") + " unless mask_history is true"],
    )
    rest = " (trl, openrlhf, axolotl learn the last one alone)"
    turns = ({"messages": [USER, USER, GOOD]}, origin)
    assert shaped("nemo-rl") == ([*talks, turns], {"plain_text": 1}, [told.format("nemo-rl") + rest])
    assert shaped("trl") == (given, {}, [])
    assert shaped("nemo-rl", "prompts") == (given[:3], {"plain_text": 1}, [])
    assert EARLIER == "earlier_answers_learned"


@pytest.mark.parametrize(
    ("to", "kind", "row", "made"),
    [
        ("trl", "sft", {"prompt": "a", "completion": "b"}, {"prompt": "a", "completion": "b"}),
        ("trl", "pairs", None, GOOD_PAIR),
        ("trl-kto", "pairs", GOOD_PAIR | {"margin": 1.0}, {"prompt": [USER], "completion": [GOOD], "label": True}),
        ("nemo-rl", "sft", {"prompt": "a", "completion": "b"}, {"messages": [USER, GOOD]}),
        ("verl", "prompts", {"prompt": [SYSTEM], "id": "z"}, None),
    ],
)
def test_a_row_with_all_columns(to: str, kind: Any, row: Any, made: Any) -> None:
    """One of the trainer's own where it takes it, else a row of the same types."""

    def types(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: types(part) for key, part in value.items()}
        return [types(part) for part in value] if isinstance(value, list) else type(value)

    found = Shaping(to).example(kind, row)
    if made is None:
        assert (found["prompt"], found["extra_info"]["index"]) == ([SYSTEM], "z")
        assert found["extra_info"]["split"] == "train"
    elif (row and isinstance(row["prompt"], list)) or (to == "trl" and row):
        assert found == made
    else:
        assert types(found) == types(made)


def test_whole_rows_of_single_texts() -> None:
    """Each with the id and the provenance of its pair, its own address, and the principles of all its pairs, each once."""
    made_by = {"caigen": "0"}
    third = {"role": "assistant", "content": "third"}
    row = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}
    origin = {"id": "r", "chosen": "0.1", "rejected": "0.0", "principles": ["A", "B"], "provenance": made_by, "p": 0.9}
    again = origin | {"rejected": "0.2", "principles": ["B", "C"]}
    told = {"id": "r", "provenance": made_by}
    reasons: Counter[str] = Counter()
    each = EachText()
    assert list(each.rows([(row, origin), (row | {"rejected": [third]}, again)], reasons)) == [
        (
            {"prompt": [USER], "completion": [GOOD], "label": True},
            told | {"text": "0.1", "principles": ["A", "B", "C"]},
        ),
        ({"prompt": [USER], "completion": [BAD], "label": False}, told | {"text": "0.0", "principles": ["A", "B"]}),
        ({"prompt": [USER], "completion": [third], "label": False}, told | {"text": "0.2", "principles": ["B", "C"]}),
    ]
    assert reasons == {}
    turned = [({"prompt": [USER], "chosen": [third], "rejected": [BAD]}, {"id": "s", **origin})]
    assert list(each.rows(turned, reasons)) == []
    assert reasons == {"on_both_sides": 1, "duplicate_text": 1}
    other = [({"prompt": [SYSTEM, USER], "chosen": [third], "rejected": [GOOD]}, origin)]
    assert [row["label"] for row, _ in each.rows(other, reasons)] == [True, False]  # the same texts of another prompt
