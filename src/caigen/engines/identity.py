"""Which model a name stands for: a hash of what shapes its answers, so a journal never answers for another model."""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import Any, Protocol

from caigen.errors import EngineError

# weights, configurations, chat templates, vocabularies, and code that a model brings along
SUFFIXES = {
    ".safetensors", ".bin", ".pt", ".pth", ".gguf", ".json", ".jinja", ".yaml", ".yml",
    ".model", ".txt", ".tiktoken", ".vocab", ".bpe", ".spm", ".py",
}  # fmt: skip
MAX_READ_FILES = 10_000  # of further files only the name and the size are hashed
WHOLE_FILE_BYTES = 32 << 20  # of larger files the size and pieces from all over are hashed
PIECE_BYTES = 1 << 20
MAX_FILE_PIECES = 32  # of one large file
MAX_PIECES = 1024  # of all large files together, but at least 2 of each
# matches "model-00002-of-00003.gguf"; not "model-2-of-3.gguf"
SHARD = re.compile(r"-\d{5}-of-\d{5}")
# What a server says of a model that stays as long as the model does: vLLM and SGLang its folder or hub name, the base
# model of an adapter, and its context; llama.cpp (`meta`) its numbers of parameters and bytes; Ollama the digest.
STABLE_FIELDS = ("root", "parent", "max_model_len", "meta", "digest")


def check_folder(path: str) -> None:
    """Raises EngineError where a model's name can only be a path that does not exist; `ORG/NAME` may be on the hub."""
    is_path = path.startswith(("/", "./", "../", "~")) or path.count("/") > 1
    if is_path and not Path(path).exists():
        raise EngineError(f"model {path} does not load: there is no such folder")


def missing_folder_hint(path: str) -> str:
    """A hint for a `FOLDER/NAME` that did not load, when FOLDER exists without NAME; else an empty text."""
    folder, _, name = path.rpartition("/")
    if folder and Path(folder).is_dir() and not Path(path).exists():
        return f" ({folder} is a folder here, without {name} in it)"
    return ""


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def model_identity(path: str, config: Any, settings: list[dict[str, Any]]) -> str:
    """A short hash of a model's weights, tokenizer and settings. `config` is vLLM's ModelConfig.

    `path` is a folder, one file (`model.gguf`, with its further parts `-00002-of-00003`), or a name on the hub, which
    stands for the commit that was loaded. A setting that names a file or folder stands for its content. Links are
    followed.
    """
    digest = hashlib.sha256()
    if any(settings):
        digest.update(json.dumps(settings, sort_keys=True, default=str).encode())
    if Path(path).exists():
        hash_files(digest, Path(path))
    else:
        commit = getattr(config.hf_config, "_commit_hash", None) or config.revision or ""
        digest.update(f"{path}:{commit}".encode())
    items = chain.from_iterable(group.items() for group in settings)
    for name, value in sorted(items, key=itemgetter(0)):
        # a setting such as a chat template or an adapter may be a path
        if isinstance(value, str) and os.sep in value and Path(value).exists():
            digest.update(f"{name}=".encode())
            hash_files(digest, Path(value))
    return digest.hexdigest()[:10]


def served_identity(entry: dict[str, Any]) -> str:
    """A short hash of a model's entry in a server's list of models; empty where the entry holds nothing but the name.

    `created` is left out, since vLLM and others give the time of the request there, and so is what may change from one
    moment to the next, such as prices or whether the model is loaded.
    """
    # a value that repeats the name adds nothing
    empty = (None, "", entry.get("id"))
    stable = {name: entry[name] for name in STABLE_FIELDS if entry.get(name) not in empty}
    if not stable:
        return ""
    return hashlib.sha256(json.dumps(stable, sort_keys=True).encode()).hexdigest()[:8]


def hash_files(digest: _Hash, path: Path) -> None:
    """Add a file with its further parts, or all files of a folder, to a hash; of large files only some pieces."""
    files = _folder_files(path) if path.is_dir() else _file_parts(path)
    sizes = {name: file.stat().st_size for name, file in files.items()}
    # a fixed number of pieces is read, however many large files there are
    large_files = sum(size > WHOLE_FILE_BYTES for size in sizes.values())
    pieces = max(2, min(MAX_FILE_PIECES, MAX_PIECES // max(large_files, 1)))
    for number, (name, file) in enumerate(files.items()):
        digest.update(f"{name}:{sizes[name]}:".encode())
        if number < MAX_READ_FILES:
            for piece in _read_pieces(file, sizes[name], pieces):
                digest.update(piece)


def _folder_files(folder: Path) -> dict[str, Path]:
    """The files of a folder and its subfolders that shape answers, by relative name; hidden folders are left out."""
    files: dict[str, Path] = {}
    visited: set[str] = set()
    for parent, subfolders, names in os.walk(folder, followlinks=True):
        # a link may lead back to a folder that was read: without this check the walk would never end
        real = os.path.realpath(parent)
        if real in visited:
            subfolders.clear()
            continue
        visited.add(real)
        # `os.walk` goes on with what is left in this list
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in names:
            file = Path(parent, name)
            if file.suffix.lower() in SUFFIXES and file.is_file():
                files[file.relative_to(folder).as_posix()] = file
    return dict(sorted(files.items()))


def _file_parts(file: Path) -> dict[str, Path]:
    """A single file, or all parts of one that was split, by name."""
    if not SHARD.search(file.name):
        return {file.name: file}
    escaped = file.name.replace("[", "[[]")  # in a glob pattern "[" opens a set of characters
    parts = file.parent.glob(SHARD.sub("-*-of-*", escaped))
    return {part.name: part for part in sorted(parts)}


def _read_pieces(file: Path, size: int, pieces: int) -> Iterator[bytes]:
    """The whole of a file, or `pieces` pieces of a large one at equal distances, from its beginning to its end."""
    with file.open("rb") as stream:
        if size <= WHOLE_FILE_BYTES:
            yield stream.read()
            return
        for number in range(pieces):
            stream.seek((size - PIECE_BYTES) * number // (pieces - 1))
            yield stream.read(PIECE_BYTES)
