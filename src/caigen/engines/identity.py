"""Which model a name stands for: a hash of what shapes its answers, so that a journal never answers for another."""

import hashlib
import json
from pathlib import Path
from typing import Any

HASHED_WHOLE = 32 << 20  # bytes; of greater files the size and pieces from all over enter the identity
PIECES = 32  # of 1 MiB each


def identity(path: str, config: Any, settings: list[dict[str, Any]]) -> str:
    """A short hash of the weights', the tokenizer's and the settings' identity."""
    folder = Path(path)
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True, default=str).encode() if any(settings) else b"")
    if folder.is_dir():
        for file in sorted(folder.iterdir()):
            if file.suffix in (".json", ".safetensors", ".jinja", ".bin", ".model"):
                size = file.stat().st_size
                with file.open("rb") as stream:
                    digest.update(f"{file.name}:{size}:".encode())
                    for start in range(0, size, max(size // PIECES, 1 << 20)) if size > HASHED_WHOLE else ():
                        stream.seek(start)
                        digest.update(stream.read(1 << 20))
                    digest.update(stream.read() if size <= HASHED_WHOLE else b"")
    else:
        commit = getattr(config.hf_config, "_commit_hash", None) or config.revision or ""
        digest.update(f"{path}:{commit}".encode())
    return digest.hexdigest()[:10]
