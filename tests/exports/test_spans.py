"""Quoted spans become token labels of a named tokenizer."""

import copy
import hashlib
import json
import re
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from tokenizers import normalizers, pre_tokenizers
from transformers import AutoTokenizer, CanineTokenizer, DataCollatorForTokenClassification

from caigen.engines.open import DEMO_PATH
from caigen.errors import CaigenError
from caigen.exports.check import find_faults
from caigen.exports.sinks import SpanSink
from caigen.exports.spans import EXAMPLE, span_rows
from caigen.exports.tokenizer import OffsetTokenizer, load_tokenizer
from caigen.exports.tokens import IGNORED
from caigen.io.read import raw_rows
from caigen.io.write import to_row
from caigen.records import Candidate, Critique, Message, Record, Revision, Round, Span
from tests.conftest import ROOT, Run

TEXT = "Bread helps. It never fails anyone who tries it."


@pytest.fixture(scope="module")
def backend() -> Any:
    return AutoTokenizer.from_pretrained(DEMO_PATH)


@pytest.fixture
def tokenizer(backend: Any) -> OffsetTokenizer:
    return OffsetTokenizer(copy.deepcopy(backend), "demo")


def span(quote: str, text: str = TEXT) -> Span:
    return Span(start=text.index(quote), end=text.index(quote) + len(quote), quote=quote)


def faulted(*quotes: str, text: str = TEXT, severity: int = 2, lost: tuple[str, ...] = (), **more: Any) -> Critique:
    spans = tuple(span(quote, text) for quote in quotes)
    return Critique(text="c", verdict="violates", severity=severity, spans=spans, quotes=(*quotes, *lost), **more)


COMPLIES = Critique(text="c", verdict="complies")


def record(*critiques: Critique | None, text: str = TEXT, revision: str | None = None, id: str = "r1") -> Record:
    """One answer, criticised under one principle after another; `revision` comes of the last critique."""
    turns = [Round(principle=f"GEN-00{n}@1", critique=critique) for n, critique in enumerate(critiques, 1)]
    if revision is not None:
        turns[-1] = turns[-1].model_copy(update={"revision": Revision(text=revision)})
    prompt = (Message(role="system", content="Be kind."), Message(role="user", content="Does it help?"))
    return Record(id=id, prompt=prompt, candidates=(Candidate(text=text, rounds=tuple(turns)),), status="done")


def made(given: Record, tokenizer: OffsetTokenizer) -> tuple[list[dict[str, Any]], Counter[str]]:
    reasons: Counter[str] = Counter()
    rows = [row for row, _ in span_rows(given, tokenizer, reasons)]
    assert not rows or find_faults(rows, "trl", "spans") == []
    return rows, reasons


def labelled(row: dict[str, Any], backend: Any, label: int = 1) -> str:
    """The text of the tokens that have a label."""
    chosen = [token for token, said in zip(row["input_ids"], row["labels"], strict=True) if said == label]
    return str(backend.decode(chosen))


def test_a_row_is_the_conversation_as_the_model_reads_it(backend: Any, tokenizer: OffsetTokenizer) -> None:
    (row,), reasons = made(record(faulted("never fails")), tokenizer)
    assert row["completion"] == [{"role": "assistant", "content": TEXT}]
    whole = backend.apply_chat_template(row["prompt"] + row["completion"])["input_ids"]
    assert row["input_ids"] == whole
    assert labelled(row, backend).strip() == "never fails"
    (found,) = row["spans"]
    assert found | {"tokens": None} == {
        "start": 16,
        "end": 27,
        "tokens": None,
        "principle": "GEN-001@1",
        "severity": 2,
        "quote": "never fails",
    }
    assert backend.decode(row["input_ids"][slice(*found["tokens"])]).strip() == "never fails"
    assert labelled(row, backend, 0).replace(" ", "") == "Breadhelps.Itanyonewhotriesit."
    around = labelled(row, backend, IGNORED)
    assert "Does it help?" in around
    assert "Bread" not in around
    assert reasons == {}


def test_what_complies_is_a_negative_example(tokenizer: OffsetTokenizer) -> None:
    (row,), reasons = made(record(COMPLIES), tokenizer)
    assert set(row["labels"]) == {0, IGNORED}
    assert row["spans"] == []
    assert reasons == {}


def test_a_critique_that_contradicts_itself_labels_nothing(tokenizer: OffsetTokenizer) -> None:
    """Also one without a flag, of an older record: nobody knows whether what it quotes is a fault."""
    quoting = COMPLIES.model_copy(update={"spans": (span("Bread helps"),), "quotes": ("Bread helps",)})
    for critique in (quoting, COMPLIES.model_copy(update={"severity": 2}), faulted("never fails", severity=0)):
        assert made(record(critique), tokenizer) == ([], {"critique_inconsistent": 1})


def test_critiques_of_the_same_text_are_one_row(backend: Any, tokenizer: OffsetTokenizer) -> None:
    given = record(
        faulted("tries it"), COMPLIES, faulted("never fails", "tries it", severity=3), revision="Bread often helps."
    )
    reasons: Counter[str] = Counter()
    ((row, origin),) = span_rows(given, tokenizer, reasons)
    assert [(s["quote"], s["principle"], s["severity"]) for s in row["spans"]] == [
        ("never fails", "GEN-003@1", 3),
        ("tries it", "GEN-001@1", 2),
        ("tries it", "GEN-003@1", 3),
    ]
    assert labelled(row, backend).split() == ["never", "fails", "tries", "it"]
    assert origin["text"] == "0.0"
    assert origin["principles"] == ["GEN-001@1", "GEN-002@1", "GEN-003@1"]
    assert reasons == {"no_critique": 1}  # the revision


def test_each_text_of_a_chain_is_a_row_of_its_own(tokenizer: OffsetTokenizer) -> None:
    first = Round(principle="GEN-001@1", critique=faulted("never fails"), revision=Revision(text="It helps often."))
    flagged = Revision(text="It helps.", flags=("leak",))
    later = Round(principle="GEN-002@1", critique=faulted("often", text="It helps often."), revision=flagged)
    last = Round(principle="GEN-003@1", critique=COMPLIES)
    same = Candidate(text="It helps often.", rounds=(Round(principle="GEN-004@1", critique=COMPLIES),))
    chain = Candidate(text=TEXT, rounds=(first, later, last))
    given = record().model_copy(update={"candidates": (chain, same)})
    reasons: Counter[str] = Counter()
    found = list(span_rows(given, tokenizer, reasons))
    assert [(origin["text"], [s["quote"] for s in row["spans"]]) for row, origin in found] == [
        ("0.0", ["never fails"]),
        ("0.1", ["often"]),
    ]
    assert found[1][1]["principles"] == ["GEN-002@1", "GEN-003@1", "GEN-004@1"]
    assert reasons == {}


@pytest.mark.parametrize(
    ("critiques", "expected"),
    [
        ([], {"no_critique": 1}),
        ([None], {"no_critique": 1}),
        ([Critique(text="c", verdict="unclear", free=True)], {"unclear_verdict": 1}),
        ([faulted("never fails", finish_reason="length")], {"critique_truncated": 1}),
        ([faulted("never fails", finish_reason="content_filter")], {"critique_content_filter": 1}),
        ([faulted("never fails").model_copy(update={"flags": ("inconsistent", "loop")})], {"critique_inconsistent": 1}),
        ([faulted()], {"no_span": 1}),
        ([faulted(), COMPLIES], {"no_span": 1}),
        ([faulted(lost=("not there", "nor this"))], {"quote_not_found": 2}),
        ([faulted(TEXT)], {"wide_span": 1}),
        ([faulted().model_copy(update={"spans": (Span(start=3, end=8, quote="never"),)})], {"span_mismatch": 1}),
        ([faulted().model_copy(update={"spans": (Span(start=5, end=6, quote=" "),)})], {"span_without_token": 1}),
    ],
)
def test_what_gives_no_row_is_counted(
    critiques: list[Critique | None], expected: dict[str, int], tokenizer: OffsetTokenizer
) -> None:
    assert made(record(*critiques), tokenizer) == ([], expected)


def test_an_empty_text_gives_no_row(tokenizer: OffsetTokenizer) -> None:
    assert made(record(COMPLIES, text=" \n"), tokenizer) == ([], {"empty_text": 1})


def test_a_wide_span_leaves_its_tokens_out(backend: Any, tokenizer: OffsetTokenizer) -> None:
    wide = "It never fails anyone who tries it."
    (row,), reasons = made(record(faulted("never fails", wide, lost=("gone",))), tokenizer)
    assert labelled(row, backend).split() == ["never", "fails"]
    assert labelled(row, backend, 0).split() == ["Bread", "helps."]
    assert "anyone who tries" in labelled(row, backend, IGNORED)
    assert [s["quote"] for s in row["spans"]] == ["never fails"]
    assert reasons == {"wide_span": 1, "quote_not_found": 1}


@pytest.mark.parametrize("trim", [True, False])
@pytest.mark.parametrize("normalizer", [None, normalizers.NFC()])
@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("Take it 🙂🙃 daily, says every doctor here.", "🙂🙃"),
        ("Take it 🙂🙃 daily, says every doctor here.", "daily"),
        ("The cafe\u0301 always cures it, and for good.", "cafe\u0301 always"),
        ("The cafe\u0301 always cures it, and for good.", "cures it"),
        ("One line.\r\nIt never fails.\r\nAnother one follows.", "never fails.\r\nAnother"),
        ("它从不失败，大家都知道这一点。", "从不失败"),
    ],
)
def test_labels_cover_the_quote_whatever_the_grid(
    backend: Any, trim: bool, normalizer: Any, text: str, quote: str
) -> None:
    given = copy.deepcopy(backend)
    given.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=trim)
    given.backend_tokenizer.normalizer = normalizer
    (row,), reasons = made(record(faulted(quote, text=text), text=text), OffsetTokenizer(given, "demo"))
    said = given.backend_tokenizer.normalizer.normalize_str(quote) if normalizer else quote
    assert "".join(labelled(row, given).split()) == "".join(said.split())  # whitespace tokens have no label
    assert reasons == {}


TRIMS = (
    "{% for m in messages %}[{{ m['role'] }}]\n{{ m['content'] | trim }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}[assistant]\n{% endif %}"
)


def test_a_template_that_trims_moves_the_answer(backend: Any) -> None:
    given = copy.deepcopy(backend)
    given.chat_template = TRIMS
    text = f"\n  {TEXT}  \n"
    (row,), _ = made(record(faulted("never fails", text=text), text=text), OffsetTokenizer(given, "demo"))
    assert labelled(row, given).split() == ["never", "fails"]
    assert (row["labels"][-2], row["input_ids"][-2]) == (IGNORED, given.eos_token_id)


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ raise_exception('no system role') }}", "template_refused"),
        ("{% for m in messages %}{{ m['content'] | upper }}{% endfor %}", "template_changed_text"),
        ("{{ messages[0]['content'] }}", "template_changed_text"),
    ],
)
def test_a_template_may_not_take_the_text(backend: Any, template: str, reason: str) -> None:
    given = copy.deepcopy(backend)
    given.chat_template = template
    assert made(record(COMPLIES), OffsetTokenizer(given, "demo")) == ([], {reason: 1})


def test_without_a_template_the_conversation_is_plain_text(backend: Any) -> None:
    bare = copy.deepcopy(backend)
    bare.chat_template = None
    found = [
        made(record(faulted("never fails")), made_by)[0]
        for made_by in (OffsetTokenizer(bare, "demo"), OffsetTokenizer(backend, "demo", plain=True))
    ]
    assert found[0] == found[1]
    ((row,), _) = found
    assert backend.decode(row["input_ids"]).endswith(f"\n\nHuman: Does it help?\n\nAssistant: {TEXT}")
    assert labelled(row, backend).split() == ["never", "fails"]


def test_the_tokenizer_is_known_by_its_digest(backend: Any) -> None:
    other = copy.deepcopy(backend)
    other.backend_tokenizer.normalizer = normalizers.NFC()
    digests = [OffsetTokenizer(given, "demo").sha256 for given in (backend, copy.deepcopy(backend), other)]
    assert digests[0] == digests[1] != digests[2]
    assert load_tokenizer("demo").sha256 == load_tokenizer(str(DEMO_PATH)).sha256


def test_tokenizers_that_give_no_offsets_or_do_not_load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    CanineTokenizer().save_pretrained(tmp_path / "slow")
    (tmp_path / "empty").mkdir()
    for name, said in (("slow", "gives no offsets"), ("empty", "cannot be loaded"), ("missing", "cannot be loaded")):
        with pytest.raises(CaigenError, match=f"tokenizer .*{name}: {said}"):
            load_tokenizer(str(tmp_path / name))
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(CaigenError, match=r"needs the transformers package .*caigen\[spans\]"):
        load_tokenizer(str(DEMO_PATH))


def test_what_is_wrong_with_a_tokenizer_is_said_in_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: str) -> str:
        with pytest.raises(CaigenError) as caught:
            load_tokenizer(name)
        return str(caught.value)

    slow = str(tmp_path / "slow")
    CanineTokenizer().save_pretrained(slow)
    assert refused(slow) == f"tokenizer {slow}: gives no offsets; name one that has a tokenizer.json"
    told = refused(str(tmp_path))
    assert re.fullmatch(rf"tokenizer {re.escape(str(tmp_path))}: cannot be loaded: [A-Z]\w+: \S.*", told)
    monkeypatch.setitem(sys.modules, "transformers", None)
    why = "import of transformers halted; None in sys.modules"
    needs = f"tokenizer demo: needs the transformers package ({why}): pip install 'caigen[spans]'"
    assert refused("demo") == needs


def test_the_digest_is_of_the_tokenizer_and_the_template_that_is_used(backend: Any) -> None:
    own = backend.backend_tokenizer.to_str()
    for plain, template in ((False, backend.chat_template), (True, "")):
        told = hashlib.sha256(f"{own}\x1f{template}".encode()).hexdigest()
        given = OffsetTokenizer(backend, "demo", plain=plain)
        assert (given.sha256, given.name) == (told, "demo")
    assert load_tokenizer("demo", plain=True).sha256 == OffsetTokenizer(backend, "demo", plain=True).sha256


@pytest.mark.parametrize("plain", [False, True])
def test_the_offsets_of_a_conversation_are_those_in_its_answer(backend: Any, plain: bool) -> None:
    """Other tokens have no width."""
    given, prompt = OffsetTokenizer(backend, "demo", plain=plain), record().prompt
    encoded = given.encode(prompt, TEXT, Counter())
    assert encoded is not None
    turns = [{"role": turn.role, "content": turn.content} for turn in prompt]
    turns.append({"role": "assistant", "content": TEXT})
    text = backend.apply_chat_template(turns, tokenize=False)
    if plain:
        text = f"\n\nBe kind.\n\nHuman: Does it help?\n\nAssistant: {TEXT}"
    whole = backend(text, add_special_tokens=plain, return_offsets_mapping=True)
    assert encoded.ids == whole["input_ids"]
    begin = text.index(TEXT)
    cut = [(max(a, begin) - begin, min(b, begin + len(TEXT)) - begin) for a, b in whole["offset_mapping"]]
    assert encoded.offsets == [(a, b) if a < b else (0, 0) for a, b in cut]
    assert sum(a < b for a, b in encoded.offsets) > 5


def test_a_parquet_file_that_begins_without_spans(tokenizer: OffsetTokenizer, tmp_path: Path) -> None:
    path = tmp_path / "spans.parquet"
    with SpanSink(path, tokenizer) as sink:
        for number in range(1024):
            sink.take(record(COMPLIES, id=str(number)))
        sink.take(record(faulted("never fails"), id="last"))
    rows = list(raw_rows(str(path)))
    assert find_faults(rows, "trl", "spans") == []
    assert [len(row["spans"]) for row in rows[-2:]] == [0, 1]  # type: ignore[index]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": [0]}, "1 labels for 3 tokens"),
        ({"labels": [0, 2, 0]}, "row 1: labels.1: "),
        ({"labels": [0, 0, 0]}, "no token of 'never' has the label 1"),
        ({"spans": []}, "tokens have the label 1 without a span"),
        ({"completion": [{"role": "assistant", "content": "Never mind it."}]}, "3:8 of the completion is not 'never'"),
    ],
)
def test_what_is_wrong_with_a_row(change: dict[str, Any], message: str) -> None:
    assert find_faults([EXAMPLE], "trl", "spans") == []
    assert any(message in fault for fault in find_faults([EXAMPLE | change], "trl", "spans"))


def test_the_documented_row_is_one() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "exports.md").read_text("utf-8"), re.S)
    assert find_faults([json.loads(shown)], "trl", "spans") == []


def test_the_command(caigen: Run, backend: Any, tmp_path: Path) -> None:
    given = [
        record(faulted("never fails"), COMPLIES, revision="Bread often helps."),
        record(COMPLIES, id="r2"),
        record(faulted(lost=("not there",)), id="r3"),
    ]
    source, out = tmp_path / "records.jsonl", tmp_path / "spans.jsonl"
    source.write_text("".join(json.dumps(to_row(each)) + "\n" for each in given), "utf-8")
    options = ("export-sft", source, "--what", "spans")
    done = caigen(*options, "--tokenizer", DEMO_PATH, "-o", out)
    assert "2 rows" in done.stderr
    rows: list[Any] = list(raw_rows(str(out)))
    origins = [json.loads(line) for line in (tmp_path / "spans.provenance.jsonl").read_text().splitlines()]
    assert [(origin["id"], origin["text"]) for origin in origins] == [("r1", "0.0"), ("r2", "0.0")]
    assert origins[0]["tokenizer"] == DEMO_PATH.name
    assert origins[0]["tokenizer_sha256"] == load_tokenizer(str(DEMO_PATH)).sha256
    assert [labelled(row, backend).split() for row in rows] == [["never", "fails"], []]
    summary = json.loads((tmp_path / "spans.jsonl.summary.json").read_text())
    assert (summary["skipped"], summary["reasons"]) == (1, {"quote_not_found": 1})
    assert summary["notes"] == {"spans.jsonl: no_critique": 1, "spans.jsonl: quote_not_found": 1}
    batch = DataCollatorForTokenClassification(backend)([{k: row[k] for k in ("input_ids", "labels")} for row in rows])
    assert batch["labels"].shape == batch["input_ids"].shape
    assert "takes these rows as spans" in caigen("check", out).stderr
    assert "extra inputs" in caigen("check", out, "--as", "sft", check=1).stderr


def test_the_command_says_what_does_not_go_together(caigen: Run, tmp_path: Path) -> None:
    source = tmp_path / "records.jsonl"
    source.write_text(json.dumps(to_row(record(COMPLIES))) + "\n", "utf-8")
    export = ("export-sft", source)
    assert "name it with --tokenizer" in caigen(*export, "--what", "spans", check=2).stderr
    assert "--what spans alone" in caigen(*export, "--tokenizer", DEMO_PATH, check=2).stderr
    spans = (*export, "--what", "spans", "--tokenizer")
    assert "axolotl takes no spans; these do: trl" in caigen(*spans, DEMO_PATH, "--to", "axolotl", check=2).stderr
    missing = caigen(*spans, tmp_path / "nonesuch", check=1).stderr
    assert len(missing.strip().splitlines()) == 1
    assert "nonesuch: cannot be loaded" in missing


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("length", "text_truncated"),
        ("content_filter", "text_content_filter"),
        ("no_finish_reason", "text_no_finish_reason"),
    ],
)
def test_a_text_that_its_model_did_not_end_has_no_labels(tokenizer: OffsetTokenizer, reason: str, word: str) -> None:
    whole = record(faulted("never fails"))
    half = whole.model_copy(
        update={"candidates": tuple(one.model_copy(update={"finish_reason": reason}) for one in whole.candidates)}
    )
    assert len(made(whole, tokenizer)[0]) == 1
    assert made(half, tokenizer) == ([], Counter({word: 1}))
