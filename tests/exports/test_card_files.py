"""The card in the folder of an export: which file it is, what it takes over, what it leaves alone."""

from pathlib import Path

import datasets
import pytest

from caigen.errors import CaigenError
from caigen.exports.card import write_card
from caigen.exports.card_text import Entry, configs
from caigen.exports.pairs import PairSettings
from caigen.exports.sinks import PairSink
from caigen.records import Comparison, Provenance
from caigen.stages.requests import PromptSettings
from tests.exports.rows import records, written


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
