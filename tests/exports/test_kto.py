"""Single texts from pairs: each once, none that is good and bad."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from caigen.exports.check import find_faults
from caigen.exports.kto import EachText
from caigen.exports.pairs import PairSettings
from caigen.exports.shaping import Shaping
from caigen.exports.sinks import PairSink
from caigen.io.read import raw_rows
from tests.exports.rows import BAD, GOOD, SYSTEM, USER, chain


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


def test_whole_rows_of_single_texts() -> None:
    """Each has the id and the provenance of its pair, its own address, and the principles of all its pairs once."""
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
