"""Public names of models: without folders, users, hosts, ports and credentials.

A record keeps the full name, so that `revise` finds the model again. Data cards and provenance rows, which are
published with the training data, have the public name.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

# a folder of the hub's cache, `models--ORG--NAME/snapshots/REVISION`; not a model's own folder `ORG/NAME`
_HUB_CACHE = re.compile(r"models--(?P<org>[^/\\]+?)--(?P<name>[^/\\]+)[/\\]snapshots[/\\]")
_REVISION = re.compile(r"[0-9A-Za-z._-]{1,64}")  # `1f2e`, `v1.0`; not a host with a port, `gpu-07:8000`
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(?::[\w.-]+)?")  # ORG/NAME or ORG/NAME:TAG; not /home/alice/x
_MODEL_FIELDS = ("models", "judge", "tokenizer")  # of a provenance row: their texts are names of models
MAX_NAME_CHARS = 120


@lru_cache(maxsize=256)  # the same few names in every row
def public_name(full_name: str) -> str:
    """Return the name of a model or tokenizer without its location: `NAME` or `ORG/NAME`, with its revision if it has
    one.

    `/home/alice/models/x@1f2e` and `C:\\models\\x@1f2e` give `x@1f2e`, `org/x@1f2e` itself, `m@http://gpu-07:8000/v1`
    gives `m`, and so does `http://gpu-07:8000/v1#m`.
    """
    model = _without_server(full_name)
    name, at, revision = model.rpartition("@")
    if not at or not name or not _REVISION.fullmatch(revision):
        name, at, revision = model, "", ""
    return _printable(_last_part(name)) + at + revision


def public_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a provenance row with public names of models; other fields stay as they are."""
    public: dict[str, Any] = {}
    for key, value in row.items():
        public[key] = _with_public_names(value) if key in _MODEL_FIELDS else _with_public_rows(value)
    return public


def _with_public_rows(value: Any) -> Any:
    """A value of any other field: rows within it are made public, the rest stays."""
    if isinstance(value, Mapping):
        return public_row(value)
    if isinstance(value, list | tuple):
        return [_with_public_rows(part) for part in value]
    return value


def _with_public_names(value: Any) -> Any:
    """A value of a field of names: every text within it is made a public name."""
    if isinstance(value, str):
        return public_name(value)
    if isinstance(value, Mapping):
        return {key: _with_public_names(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_with_public_names(part) for part in value]
    return value


def _without_server(name: str) -> str:
    """`URL#MODEL`, as an engine is named in options, and `MODEL@URL`, as it is in records, without the URL."""
    before, hash_sign, after = name.partition("#")
    if "://" in before and hash_sign:
        return after
    if "://" in before and "@" in before.partition("://")[0]:
        # the first `@` before a scheme: the URL may hold another, behind a user's name
        return re.split(r"@(?=[A-Za-z][\w+.-]*://)", name, maxsplit=1)[0]
    return name


def _last_part(name: str) -> str:
    """The last part of a path or URL; ORG/NAME of a hub model, also from its folder in the hub's cache."""
    if cached := _HUB_CACHE.search(f"{name}/"):
        return f"{cached['org']}/{cached['name']}"
    if _HUB_NAME.fullmatch(name):
        return name
    path = re.sub(r"^https?://[^/]*", "", name).partition("?")[0]
    parts = [part for part in re.split(r"[/\\]+", path) if part not in ("", ".", "..", "~")]
    return parts[-1] if parts else ""


def _printable(name: str) -> str:
    """Replace what is not printable, and what tables, links and comments of Markdown are made of, by `_`."""
    return re.sub(r"[^\w.:/+ ()-]|--+(?=>)", "_", name).strip()[:MAX_NAME_CHARS] or "unnamed"
