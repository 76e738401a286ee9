"""Exports to the Hugging Face hub: what arrives, what stays as it is, and what is said where it does not go."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import datasets
import pytest

from caigen.io.hub import is_repository
from caigen.io.write import Writer, to_row
from tests.conftest import Run
from tests.exports.rows import records
from tests.hub import Hub

REPO, TOKEN = "some-org/pairs_of.rules", "hf_notARealToken"
Push = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def hub() -> Iterator[Hub]:
    """A hub of this machine, empty."""
    made = Hub()
    yield made
    made.close()


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A file of three records."""
    path = tmp_path / "records.jsonl"
    with Writer(path) as writer:
        for record in records():
            writer.write(to_row(record))
    return path


@pytest.fixture
def push(caigen: Run, hub: Hub, source: Path, tmp_path: Path) -> Push:
    """Run an export with --push-to-hub."""

    def run(command: str, *args: str | Path, **more: str | int) -> "subprocess.CompletedProcess[str]":
        settings = {"HF_ENDPOINT": hub.url, "HF_TOKEN": TOKEN, "HF_HOME": str(tmp_path / "hf"), "NO_PROXY": "*"}
        return caigen(command, source, *args, **{**settings, "HF_HUB_DISABLE_XET": "1", **more})

    return run


def test_an_export_arrives_byte_for_byte_with_its_card(hub: Hub, push: Push, tmp_path: Path) -> None:
    out = tmp_path / "out" / "pairs.jsonl"
    done = push("export-pairs", "--split", "0.5", "--to", "llama-factory", "-o", out, "--push-to-hub", REPO)
    names = [f"pairs.{side}{end}" for side in ("train", "test") for end in (".jsonl", ".provenance.jsonl")]
    assert set(hub.files[REPO]) == {*names, "dataset_info.json", "README.md"}
    assert all(content == (out.parent / name).read_bytes() for name, content in hub.files[REPO].items())
    assert len(hub.commits) == 1
    assert hub.private == {REPO: True}
    assert hub.tokens == {f"Bearer {TOKEN}"}
    assert done.stderr.splitlines()[-1].startswith(f"{hub.url}/datasets/{REPO}: pairs.train.jsonl, ")
    assert TOKEN not in done.stderr

    there = tmp_path / "there"
    there.mkdir()
    for name, content in hub.files[REPO].items():
        (there / name).write_bytes(content)
    sides = datasets.load_dataset(str(there), "pairs", cache_dir=str(tmp_path / "cache"))
    assert sides.num_rows == {side: len((there / f"pairs.{side}.jsonl").read_bytes().splitlines()) for side in sides}
    assert sum(sides.num_rows.values()) == 3
    assert set(sides) == {"train", "test"}


def test_large_files_arrive_too(hub: Hub, push: Push, tmp_path: Path) -> None:
    out = tmp_path / "prompts.parquet"
    done = push("export-prompts", "--to", "verl", "-o", out, "--push-to-hub", REPO, "--public")
    assert hub.files[REPO]["prompts.parquet"] == out.read_bytes()
    assert set(hub.files[REPO]) == {"prompts.parquet", "prompts.provenance.jsonl", "README.md"}
    assert hub.private == {REPO: False}
    assert len(done.stderr.splitlines()) == 2, done.stderr


def test_a_further_export_adds_to_the_card_there(hub: Hub, push: Push, tmp_path: Path) -> None:
    push("export-pairs", "-o", tmp_path / "one" / "pairs.jsonl", "--push-to-hub", REPO)
    hub.files[REPO]["README.md"] = hub.files[REPO]["README.md"].replace(b"license: other", b"license: cc-by-4.0")
    push("export-sft", "-o", tmp_path / "two" / "kept-here.jsonl")
    push("export-sft", "-o", tmp_path / "two" / "sft.jsonl", "--push-to-hub", REPO)
    card = hub.files[REPO]["README.md"].decode()
    assert "| `pairs.jsonl` | preference pairs | trl | 3 |" in card
    assert "| `sft.jsonl` | rows for supervised fine-tuning | trl | 3 |" in card
    assert card.startswith("---\nlicense: cc-by-4.0\n")
    assert "kept-here" not in card
    assert "kept-here" in (tmp_path / "two" / "README.md").read_text()


def test_a_card_of_somebody_else_is_left_alone(hub: Hub, push: Push, tmp_path: Path) -> None:
    hub.files[REPO], hub.private[REPO] = {"README.md": b"mine"}, True
    push("export-pairs", "-o", tmp_path / "pairs.jsonl", "--push-to-hub", REPO)
    assert hub.files[REPO]["README.md"] == b"mine"
    assert hub.files[REPO]["caigen-card.md"] == (tmp_path / "README.md").read_bytes()


def test_rows_get_public_only_where_that_is_said(hub: Hub, push: Push, tmp_path: Path) -> None:
    hub.files[REPO], hub.private[REPO] = {}, False
    said = push("export-pairs", "-o", tmp_path / "pairs.jsonl", "--push-to-hub", REPO, check=1).stderr
    assert "is there already and is public; --public says that anyone may read the rows" in said
    assert hub.files[REPO] == {}
    push("export-pairs", "-o", tmp_path / "pairs.jsonl", "--overwrite", "--push-to-hub", REPO, "--public")
    assert "pairs.jsonl" in hub.files[REPO]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (401, "answered 401: the token is wrong or has ended: set HF_TOKEN, or use `hf auth login`"),
        (403, "answered 403: the token may not write there"),
        (404, "answered 404: no such name, or the token may not see it"),
        (500, "answered 500: "),
    ],
)
def test_a_hub_that_refuses_is_one_line_and_the_files_stay(
    hub: Hub, push: Push, tmp_path: Path, status: int, message: str
) -> None:
    hub.status = status
    out = tmp_path / "pairs.jsonl"
    done = push("export-pairs", "-o", out, "--push-to-hub", REPO, check=1)
    counts, error = done.stderr.splitlines()
    assert counts.startswith("export-pairs: read 3 = done 3 ")
    assert error.startswith(f"error: {REPO}: {hub.url} {message}")
    assert error.endswith(f"; kept here: {out}, {tmp_path / 'pairs.provenance.jsonl'}")
    assert len(out.read_bytes().splitlines()) == 3
    assert TOKEN not in done.stderr


def test_a_hub_that_is_not_there(push: Push, tmp_path: Path) -> None:
    with socket.socket() as taken:  # bound and not listening: refused
        taken.bind(("127.0.0.1", 0))
        gone = f"http://127.0.0.1:{taken.getsockname()[1]}"
        done = push("export-pairs", "-o", tmp_path / "pairs.jsonl", "--push-to-hub", REPO, check=1, HF_ENDPOINT=gone)
    error = done.stderr.splitlines()[-1]
    assert error.startswith(f"error: {REPO}: {gone}: ConnectError: ")
    assert "refused" in error
    assert "kept here: " in error


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("--push-to-hub", REPO), "needs --output"),
        (("--push-to-hub", REPO, "-o", "/dev/null"), "needs --output"),
        (("--push-to-hub", REPO, "-o", "-"), "needs --output"),
        (("--push-to-hub", "alone", "-o", "{out}"), "is not ORG/NAME"),
    ],
)
def test_wrong_usage_comes_before_any_work(
    hub: Hub, push: Push, tmp_path: Path, args: tuple[str, ...], message: str
) -> None:
    out = tmp_path / "pairs.jsonl"
    done = push("export-pairs", *(arg.replace("{out}", str(out)) for arg in args), check=2)
    assert message in done.stderr
    assert done.stdout == ""
    assert not out.exists()
    assert hub.tokens == set()


def test_what_an_upload_needs_is_asked_for_before_any_work(push: Push, tmp_path: Path) -> None:
    out = tmp_path / "pairs.jsonl"
    done = push("export-pairs", "-o", out, "--push-to-hub", REPO, check=1, HF_TOKEN="")
    assert done.stderr == "error: there is no token for the hub: set HF_TOKEN, or use `hf auth login`\n"
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "huggingface_hub.py").write_text("raise ImportError('not installed')")
    path = os.pathsep.join([str(tmp_path / "lib"), os.environ.get("PYTHONPATH", "")])
    done = push("export-pairs", "-o", out, "--push-to-hub", REPO, check=1, PYTHONPATH=path)
    assert (
        done.stderr == "error: the hub needs the huggingface_hub package (not installed): pip install 'caigen[hub]'\n"
    )
    assert not out.exists()


@pytest.mark.parametrize("name", ["a/b", "Some-Org/pairs_of.rules-2", "0/_x"])
def test_names_of_data_sets(name: str) -> None:
    assert is_repository(name)


@pytest.mark.parametrize(
    "name",
    ["", "a", "a/", "/b", "a/b/c", "a b/c", "a/b.git", "a/-b", "a/b.", "a--b/c", "a/b..c", "hf:a/b", "a/" + "b" * 95],
)
def test_no_names_of_data_sets(name: str) -> None:
    assert not is_repository(name)
