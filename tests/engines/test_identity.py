"""Which model a name stands for: whatever changes its answers changes its identity."""

import asyncio
import json
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from filelock import FileLock

from caigen.engines import device
from caigen.engines.base import Request
from caigen.engines.endpoint import open_endpoint
from caigen.engines.identity import (
    MAX_PIECES,
    PIECE_BYTES,
    WHOLE_FILE_BYTES,
    check_folder,
    hash_files,
    missing_folder_hint,
    model_identity,
    served_identity,
)
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, open_engines
from caigen.engines.remembering import RememberingEngine
from caigen.errors import EngineError
from caigen.records import Message
from tests.server import Listening, Quiet, completion


def named(path: Path | str, *settings: dict[str, Any], commit: str | None = None) -> str:
    config = SimpleNamespace(hf_config=SimpleNamespace(_commit_hash=commit), revision=None)
    return model_identity(str(path), config, [*settings] or [{}, {}])


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


@pytest.mark.parametrize("where", [0, PIECE_BYTES - 1, -1, -PIECE_BYTES])
def test_the_beginning_and_the_end_of_a_great_file_are_in_it(folder: Path, where: int) -> None:
    file = folder / "model.safetensors"
    size = WHOLE_FILE_BYTES + 5 * PIECE_BYTES
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
            stream.truncate(WHOLE_FILE_BYTES + 1)  # holes, so no disk
    read: list[int] = []

    class Counting:
        def update(self, data: bytes, /) -> None:
            read.append(len(data))

    hash_files(Counting(), folder)
    assert sum(read) < (MAX_PIECES + 1) * PIECE_BYTES


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


VLLM = {  # an entry as `vllm serve` gives it
    "id": "m", "object": "model", "created": 1764000000, "owned_by": "vllm", "root": "/models/a", "parent": None,
    "max_model_len": 4096, "permission": [{"id": "modelperm-1", "created": 1764000000}],
}  # fmt: skip


def test_a_served_model_is_what_its_server_says_of_it() -> None:
    later = VLLM | {"created": 1764009999, "permission": [{"id": "modelperm-2", "created": 1764009999}]}
    assert served_identity(VLLM) == served_identity(later) != ""
    others = [VLLM | {"root": "/models/b"}, VLLM | {"max_model_len": 8192}, VLLM | {"parent": "base"}]
    others.append({"id": "m", "meta": {"n_params": 7, "size": 1}})
    assert len({served_identity(entry) for entry in [VLLM, *others]}) == 5
    assert served_identity({"id": "m", "object": "model", "created": 1, "owned_by": "openai"}) == ""
    assert served_identity({"id": "org/m", "root": "org/m"}) == ""


def test_a_server_with_another_model_under_the_same_name_is_asked_anew(tmp_path: Path) -> None:
    roots = iter(["/models/a", "/models/a", "/models/b"])
    asked = []

    class Handler(Quiet):
        def do_GET(self) -> None:  # noqa: N802
            self._send({"data": [VLLM | {"root": next(roots)}]} if self.path.endswith("/models") else {})

        def do_POST(self) -> None:  # noqa: N802
            self.body()
            asked.append(self.path)
            self._send(json.loads(completion("An answer.")))

        def _send(self, content: object) -> None:
            body = json.dumps(content).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = Listening(Handler)

    async def ask(journal: Journal) -> str:
        async with await open_endpoint(server.url, None) as engine:
            await RememberingEngine(engine, journal).complete(Request(messages=(Message(role="user", content="hi"),)))
            return engine.model

    journal = Journal(tmp_path / "a.journal")
    models, counts = [], []
    for _ in range(3):
        models.append(asyncio.run(ask(journal)))
        counts.append(sum(path.endswith("completions") for path in asked))
    journal.close()
    server.close()
    assert counts == [1, 1, 2]
    assert models[0] == models[1] != models[2]
    assert models[0].startswith(f"m@{server.url}/v1?")


@pytest.mark.parametrize("name", ["/nonesuch/m", "./nonesuch", "../nonesuch", "build/models/nonesuch"])
def test_a_folder_that_is_not_there_is_said_before_the_wait_for_the_device(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    (path, *_) = device.lock_paths()
    path.parent.mkdir()

    async def work(options: EngineOptions) -> None:
        async with AsyncExitStack() as stack:
            await open_engines(options, None, stack, lambda path: pytest.fail(f"waits for {path}"))

    for options in (EngineOptions(model=name), EngineOptions(endpoint="http://127.0.0.1:9", critic=name)):
        with FileLock(path), pytest.raises(EngineError, match=f"model {name} does not load: there is no such folder"):
            asyncio.run(work(options))


def test_what_may_be_on_the_hub_or_is_a_file_is_no_missing_folder(folder: Path) -> None:
    (folder / "m.gguf").write_bytes(b"x")
    for name in ("gpt2", "Qwen/Qwen2.5-7B-Instruct", str(folder), str(folder / "m.gguf")):
        check_folder(name)


def test_a_mistyped_folder_is_told_from_a_name_on_the_hub(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    assert missing_folder_hint("model/nonesuch") == " (model is a folder here, without nonesuch in it)"
    assert (
        missing_folder_hint("model/config.json")
        == missing_folder_hint("Qwen/Qwen2.5-7B-Instruct")
        == missing_folder_hint("gpt2")
        == ""
    )
