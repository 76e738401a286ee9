"""The card beside training rows: all that it says, what it keeps of an older one, and what it leaves alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from caigen.errors import CaigenError
from caigen.exports.card import card_path, is_card, join_cards, write_card
from caigen.exports.card_text import Entry, render_card

CARD = """---
license: other
tags:
  - caigen
  - constitutional-ai
  - synthetic
configs:
  - config_name: pairs
    data_files:
      - split: test
        path: "pairs.test.jsonl.gz"
      - split: train
        path: "pairs.train.jsonl"
  - config_name: a-b
    data_files: "a b.jsonl"
  - config_name: spans
    data_files: "spans.jsonl"
---

# Training data from a written constitution

Made by caigen: a model answered, criticised its answers under written principles, and revised them.

| file | what | for | rows | why others gave none |
|---|---|---|---|---|
| `a_b.jsonl` | prompts for reinforcement learning | verl | 3 |  |
| `pairs.test.jsonl.gz` | preference pairs | trl-kto | 2 |  |
| `pairs.train.jsonl` | preference pairs | trl-kto | 9 | duplicate_text 1, too_similar 4 |
| `spans.jsonl` | token labels for a classifier; many of the completions are faulty | trl | 1 |  |

Constitution: general@1.0.0, legal@1.0.0. Models: demo@0.9, m@http.

## Before you use it

- The texts are a model's. Read some before you train on them.
- `license` above is a field to be filled in: the licences of the prompts and of the models hold for these rows.
- The bundled demo model made these rows. It knows only its own small world; they teach nothing.

<!-- caigen-card [{"constitutions": [], "file": "a b.jsonl", "kind": "prompts", "models": [], "reasons": {}, \
"rows": 3, "to": "verl"}, {"constitutions": ["legal@1.0.0"], "file": "pairs.test.jsonl.gz", "kind": "pairs", "models": \
["m@http"], "reasons": {}, "rows": 2, "to": "trl-kto"}, {"constitutions": ["legal@1.0.0", "general@1.0.0"], "file": \
"pairs.train.jsonl", "kind": "pairs", "models": ["demo@0.9"], "reasons": {"duplicate_text": 1, "too_similar": 4}, \
"rows": 9, "to": "trl-kto"}, {"constitutions": [], "file": "spans.jsonl", "kind": "spans", "models": [], "reasons": \
{}, "rows": 1, "to": "trl"}] -->
""".replace("\\\n", "")
ENTRIES = [
    Entry("spans.jsonl", "spans", "trl", 7, {"no_span": 2}, ["other@1.0.0"], ["old@1"]),  # written again below
    Entry(
        "pairs.train.jsonl",
        "pairs",
        "trl-kto",
        9,
        {"too_similar": 4, "duplicate_text": 1},
        ["legal@1.0.0", "general@1.0.0"],
        ["demo@0.9"],
    ),
    Entry("pairs.test.jsonl.gz", "pairs", "trl-kto", 2, constitutions=["legal@1.0.0"], models=["m@http"]),
    Entry("a b.jsonl", "prompts", "verl", 3),
    Entry("spans.jsonl", "spans", "trl", 1),
]


def header(card: str) -> Any:
    """The YAML at the beginning of a card."""
    return YAML(typ="safe").load(card.split("---\n")[1])


def card_with(folder: Path, *entries: Entry) -> str:
    folder.mkdir(exist_ok=True)
    for entry in entries:
        assert write_card(folder, entry) == folder / "README.md"
    return (folder / "README.md").read_text("utf-8")


def test_the_whole_card(tmp_path: Path) -> None:
    assert card_with(tmp_path, *ENTRIES) == CARD


def test_the_card_of_rows_that_name_no_model(tmp_path: Path) -> None:
    card = card_with(tmp_path, Entry("sft.jsonl", "sft", "trl", 1))
    assert "| `sft.jsonl` | rows for supervised fine-tuning | trl | 1 |  |" in card
    assert "Constitution: none. Models: not recorded." in card
    assert "demo model" not in card


def test_cards_of_a_published_data_set_are_joined(tmp_path: Path) -> None:
    """The files that go there now as this card tells, others as the older one does; the licence that either names."""
    one, two, three = (Entry(f"{name}.jsonl", "sft", "trl", rows) for name, rows in (("a", 1), ("b", 2), ("c", 3)))
    older = replace(two, rows=9)
    both, there = card_with(tmp_path / "here", one, two), card_with(tmp_path / "there", older, three)
    assert join_cards(both, "", ["a.jsonl", "b.jsonl"]) == both
    assert join_cards(both, both, ["b.jsonl"]) == both
    assert join_cards(both, "# mine", ["b.jsonl"]) == card_with(tmp_path / "b", two)
    assert join_cards(both, there, ["b.jsonl"]) == card_with(tmp_path / "bc", two, three)
    assert join_cards(both, there, ["a.jsonl", "b.jsonl"]) == card_with(tmp_path / "abc", one, two, three)
    mit, cc = both.replace("license: other", "license: mit"), both.replace("license: other", "license: cc0-1.0")
    files = ["a.jsonl", "b.jsonl"]
    assert join_cards(both, mit, files) == join_cards(mit, cc, files) == join_cards(mit, both, files) == mit
    changed = mit.replace("# Training data", "# Our training data")
    assert join_cards(changed, cc, files) == changed  # what somebody wrote stays where nothing is to be added


def test_no_name_ends_the_comment_in_which_the_card_keeps_it(tmp_path: Path) -> None:
    card = card_with(tmp_path, Entry("a-->b|`c\td.jsonl", "sft", "trl", 1))
    assert '"file": "a--\\u003eb|`c\\td.jsonl"' in card
    assert "| `a-->b__c_d.jsonl` | rows for" in card
    assert card_with(tmp_path, Entry("e.jsonl", "sft", "trl", 1)).count("a-->b__c_d.jsonl") == 1


def test_which_readme_is_a_card(tmp_path: Path) -> None:
    assert (is_card(""), is_card("x <!-- caigen-card [] -->"), is_card("# mine")) == (True, True, False)
    assert card_path(tmp_path) == tmp_path / "README.md"
    (tmp_path / "README.md").write_text("# mine")
    assert card_path(tmp_path) == tmp_path / "caigen-card.md"
    (tmp_path / "README.md").write_text("")
    assert card_path(tmp_path) == tmp_path / "README.md"


def test_a_card_that_cannot_be_written_names_its_file(tmp_path: Path) -> None:
    (tmp_path / "README.md").mkdir()
    with pytest.raises(CaigenError) as caught:
        write_card(tmp_path, ENTRIES[-1])
    assert str(caught.value) == f"{tmp_path / 'README.md'}: cannot be written: Is a directory"
    other = tmp_path / "other"
    other.mkdir()
    (other / "README.md").write_bytes(b"<!-- caigen-card \xff")
    with pytest.raises(CaigenError) as caught:
        write_card(other, ENTRIES[-1])
    assert str(caught.value) == f"{other / 'README.md'}: is not UTF-8, so nothing can be added to it: move it away"


def test_only_the_licence_of_the_header_is_kept(tmp_path: Path) -> None:
    spoiled = "---\nmy license: no\nlicense: mit\n---\n"
    (tmp_path / "README.md").write_text(f"{spoiled}<!-- caigen-card [] -->")
    assert card_with(tmp_path, ENTRIES[-1]).startswith("---\nlicense: mit\ntags:\n")


@pytest.mark.parametrize(
    ("names", "configs"),
    [
        (["a.train.jsonl", "a.test.parquet"], {"a": {"train": "a.train.jsonl", "test": "a.test.parquet"}}),
        (["a.jsonl.gz", "b.json"], {"a": "a.jsonl.gz", "b": "b.json"}),
        (["train.jsonl", "test.jsonl"], {"train": "train.jsonl", "test": "test.jsonl"}),
        (["x.train.y.jsonl"], {"x-train-y": "x.train.y.jsonl"}),
        (["a.jsonlines"], {"a-jsonlines": "a.jsonlines"}),
        (["Über 2_b-c.jsonl"], {"-ber-2_b-c": "Über 2_b-c.jsonl"}),
        (["Sft.jsonl", "Sft.parquet"], {"Sft": "Sft.jsonl", "Sft-parquet": "Sft.parquet"}),
    ],
)
def test_the_configuration_of_each_file(names: list[str], configs: dict[str, Any]) -> None:
    card = render_card([Entry(name, "sft", "trl", 1) for name in names], "other")
    read: dict[str, Any] = {}
    for config in header(card)["configs"]:
        files = config["data_files"]
        read[config["config_name"]] = (
            files if isinstance(files, str) else {part["split"]: part["path"] for part in files}
        )
    assert read == configs


@pytest.mark.parametrize("name", ["1e5", "true", "null", "2026-01-02", "0x1f", "-"])
def test_a_name_that_yaml_takes_for_something_else_stays_a_text(name: str) -> None:
    assert header(render_card([Entry(f"{name}.jsonl", "sft", "trl", 1)], "other"))["configs"] == [
        {"config_name": name, "data_files": f"{name}.jsonl"}
    ]


@pytest.mark.parametrize(
    ("line", "license"),
    [
        ("cc-by-4.0", "cc-by-4.0"),
        ('"cc-by-4.0"', "cc-by-4.0"),
        ("mit  # asked the authors", "mit"),
        ("[mit, cc0-1.0]", ["mit", "cc0-1.0"]),
        ("[mit", "[mit"),
    ],
)
def test_a_licence_that_was_filled_in_stays(line: str, license: object, tmp_path: Path) -> None:
    card = render_card(ENTRIES[-1:], "other").replace("license: other", f"license: {line}")
    (tmp_path / "README.md").write_text(card)
    for _ in range(2):
        assert header(card_with(tmp_path, ENTRIES[-1]))["license"] == license
