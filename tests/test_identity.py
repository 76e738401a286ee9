"""Which model a name stands for: whatever changes its answers changes its identity."""

import os
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from caigen.engines import identity as module
from caigen.engines.identity import HASHED_WHOLE, MOST_PIECES, PIECE, identity


def named(path: Path | str, *settings: dict[str, Any], commit: str | None = None) -> str:
    config = SimpleNamespace(hf_config=SimpleNamespace(_commit_hash=commit), revision=None)
    return identity(str(path), config, [*settings] or [{}, {}])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "model"
    made.mkdir()
    (made / "config.json").write_text("{}")
    return made


@pytest.mark.parametrize(
    "name",
    [
        "model.safetensors", "pytorch_model.bin", "consolidated.00.pth", "model.pt", "model.gguf", "MODEL.GGUF",
        "tokenizer.json", "tokenizer.model", "qwen.tiktoken", "merges.txt", "vocab.txt", "chat_template.jinja",
        "modeling_own.py", "params.yaml", "original/consolidated.pth", "a/b/c/model.safetensors",
    ],
)  # fmt: skip
def test_whatever_shapes_answers_is_in_it(folder: Path, name: str) -> None:
    empty = named(folder)
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"one")
    one = named(folder)
    file.write_bytes(b"two")
    two = named(folder)
    file.rename(file.with_stem("renamed"))
    assert len({empty, one, two, named(folder)}) == 4


def test_what_does_not_shape_answers_is_not(folder: Path) -> None:
    before = named(folder)
    (folder / "README.md").write_text("x")
    (folder / ".cache").mkdir()
    (folder / ".cache" / "download.json").write_text("x")
    os.utime(folder / "config.json", (1, 1))
    assert named(folder) == before
    assert named(folder.rename(folder.with_name("elsewhere"))) == before


def test_one_file_is_a_model(tmp_path: Path) -> None:
    file = tmp_path / "model.Q4.gguf"
    file.write_bytes(b"one")
    (tmp_path / "other.gguf").write_bytes(b"x")
    one = named(file)
    (tmp_path / "other.gguf").write_bytes(b"y")
    assert named(file) == one
    file.write_bytes(b"two")
    assert named(file) != one


def test_the_parts_of_a_split_file_belong_together(tmp_path: Path) -> None:
    first, second = tmp_path / "m-00001-of-00002.gguf", tmp_path / "m-00002-of-00002.gguf"
    first.write_bytes(b"one")
    second.write_bytes(b"two")
    before = named(first)
    second.write_bytes(b"new")
    assert named(first) != before


def test_links_are_followed_and_circles_end(folder: Path, tmp_path: Path) -> None:
    blob, aside = tmp_path / "blob", tmp_path / "aside"
    blob.write_bytes(b"one")
    aside.mkdir()
    (aside / "extra.pt").write_bytes(b"one")
    (folder / "model.safetensors").symlink_to(blob)
    (folder / "sub").symlink_to(aside)
    (folder / "again").symlink_to(folder)
    (folder / "gone.bin").symlink_to(tmp_path / "nowhere")
    before = named(folder)
    blob.write_bytes(b"two")
    between = named(folder)
    (aside / "extra.pt").write_bytes(b"two")
    assert len({before, between, named(folder)}) == 3
    link = tmp_path / "link"
    link.symlink_to(folder)
    assert named(link) == named(folder)


@pytest.mark.parametrize("where", [0, PIECE - 1, -1, -PIECE])
def test_the_beginning_and_the_end_of_a_great_file_are_in_it(folder: Path, where: int) -> None:
    file = folder / "model.safetensors"
    size = HASHED_WHOLE + 5 * PIECE
    with file.open("wb") as stream:
        stream.truncate(size)
    before = named(folder)
    with file.open("r+b") as stream:
        stream.seek(where % size)
        stream.write(b"x")
    assert named(folder) != before


def test_many_great_files_cost_no_more_than_some(folder: Path) -> None:
    for number in range(400):
        with (folder / f"{number}.safetensors").open("wb") as stream:
            stream.truncate(HASHED_WHOLE + 1)  # holes, so no disk
    read: list[int] = []

    class Counting:
        def update(self, data: bytes, /) -> None:
            read.append(len(data))

    module._add(Counting(), folder)
    assert sum(read) < (MOST_PIECES + 1) * PIECE


def test_settings_stand_for_the_files_that_they_name(folder: Path, tmp_path: Path) -> None:
    template = tmp_path / "template.jinja"
    template.write_text("one")
    settings = {"chat_template": str(template)}
    one = named(folder, settings)
    template.write_text("two")
    assert len({named(folder), one, named(folder, settings), named(folder, {"dtype": "float32"})}) == 4


def test_a_name_on_the_hub_stands_for_its_commit() -> None:
    assert named("org/name", commit="a") == named("org/name", commit="a")
    assert len({named("org/name", commit="a"), named("org/name", commit="b"), named("org/other", commit="a")}) == 3
