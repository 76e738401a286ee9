"""Which model a name stands for: a hash of what shapes its answers, so that a journal never answers for another."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

from caigen.errors import EngineError

# weights, configurations, chat templates, vocabularies, and code that a model brings along
SUFFIXES = {
    ".safetensors", ".bin", ".pt", ".pth", ".gguf", ".json", ".jinja", ".yaml", ".yml",
    ".model", ".txt", ".tiktoken", ".vocab", ".bpe", ".spm", ".py",
}  # fmt: skip
MOST_FILES = 10_000  # further ones count by name and size
HASHED_WHOLE = 32 << 20  # bytes; of greater files the size and pieces from all over enter the identity
PIECE = 1 << 20  # bytes
PIECES = 32  # of a great file
MOST_PIECES = 1024  # of all great files, but 2 of each at least
SHARD = re.compile(r"-\d{5}-of-\d{5}")


# what a server says of a model that stays as long as the model does: vLLM and SGLang its folder or hub name, the model below
# an adapter, and its context; llama.cpp (`meta`) its numbers of parameters and bytes
TOLD = ("root", "parent", "max_model_len", "meta", "digest")


def check_folder(path: str) -> None:
    """Raises EngineError where a model's name can only be a path, and nothing is there; `ORG/NAME` may be on the hub."""
    if (path.startswith(("/", "./", "../", "~")) or path.count("/") > 1) and not Path(path).exists():
        raise EngineError(f"model {path} does not load: there is no such folder")


def mistyped(path: str) -> str:
    """What a user may have meant by `FOLDER/NAME` that did not load, where there is such a folder; else nothing."""
    folder, _, name = path.rpartition("/")
    there = folder and Path(folder).is_dir() and not Path(path).exists()
    return f" ({folder} is a folder here, without {name} in it)" if there else ""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def identity(path: str, config: Any, settings: list[dict[str, Any]]) -> str:
    """A short hash of the weights', the tokenizer's and the settings' identity.

    `path` is a folder, one file (`model.gguf`, with its further parts `-00002-of-00003`), or a name on the hub, which
    stands for the commit that was loaded. Settings that name a file or folder stand for what is in it. Links are followed.
    """
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode() if any(settings) else b"")
    if Path(path).exists():
        _add(digest, Path(path))
    else:
        commit = getattr(config.hf_config, "_commit_hash", None) or config.revision or ""
        digest.update(f"{path}:{commit}".encode())
    for name, value in sorted((item for each in settings for item in each.items()), key=itemgetter(0)):
        if isinstance(value, str) and os.sep in value and Path(value).exists():
            digest.update(f"{name}=".encode())
            _add(digest, Path(value))
    return digest.hexdigest()[:10]


def served_identity(entry: dict[str, Any]) -> str:
    """A short hash of what a server's list of models says of one; empty where it says nothing but its name.

    `created` is left out, since vLLM and others give the time of the question there, and so is what may change from one
    moment to the next, such as prices or whether the model is loaded.
    """
    told = {name: entry[name] for name in TOLD if entry.get(name) not in (None, "", entry.get("id"))}
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:8] if told else ""


def _add(digest: _Hash, path: Path) -> None:
    files = _files_of(path) if path.is_dir() else _parts_of(path)
    sizes = {name: file.stat().st_size for name, file in files.items()}
    great = sum(size > HASHED_WHOLE for size in sizes.values())
    pieces = max(2, min(PIECES, MOST_PIECES // max(great, 1)))
    for number, (name, file) in enumerate(files.items()):
        digest.update(f"{name}:{sizes[name]}:".encode())
        for piece in _content(file, sizes[name], pieces) if number < MOST_FILES else ():
            digest.update(piece)


def _files_of(folder: Path) -> dict[str, Path]:
    """The files that shape answers by their names in the folder and its subfolders, each folder once; hidden ones not."""
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for place, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(place)
        folders[:] = [] if real in seen else sorted(name for name in folders if not name.startswith("."))
        for name in names if real not in seen else ():
            file = Path(place, name)
            if file.suffix.lower() in SUFFIXES and file.is_file():
                found[file.relative_to(folder).as_posix()] = file
        seen.add(real)
    return dict(sorted(found.items()))


def _parts_of(file: Path) -> dict[str, Path]:
    """A single file, or all parts of one that was split."""
    if not SHARD.search(file.name):
        return {file.name: file}
    parts = file.parent.glob(SHARD.sub("-*-of-*", file.name.replace("[", "[[]")))
    return {part.name: part for part in sorted(parts)}


def _content(file: Path, size: int, pieces: int) -> Iterator[bytes]:
    """The whole of a file, or so many pieces of a great one, its beginning and its end among them."""
    with file.open("rb") as stream:
        if size <= HASHED_WHOLE:
            yield stream.read()
            return
        for number in range(pieces):
            stream.seek((size - PIECE) * number // (pieces - 1))
            yield stream.read(PIECE)
