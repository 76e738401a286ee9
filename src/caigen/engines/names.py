"""Names of models as they may leave this machine: without folders, users, hosts, ports and credentials.

A record keeps the whole name, for `revise` to find the model again. Data cards and provenance rows, which travel with the
training data, have the public one.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_CACHED = re.compile(r"models--(?P<org>[^/\\]+?)--(?P<name>[^/\\]+)[/\\]snapshots[/\\]")  # a folder of the hub's cache
_REVISION = re.compile(r"[0-9A-Za-z._-]{1,64}")
_HUB = re.compile(r"[A-Za-z0-9][\w.-]*/[\w.-]+(?::[\w.-]+)?")  # ORG/NAME, with a tag as some servers give
_MODELS = ("models", "judge", "tokenizer")  # fields of a provenance row whose texts are names of models


@lru_cache(maxsize=256)  # the same few in every row
def public_name(spelled: str) -> str:
    """The name of a model or tokenizer without where it lies: `NAME`, `ORG/NAME`, and its revision where it has one.

    `/home/alice/models/x@1f2e` and `C:\\models\\x@1f2e` give `x@1f2e`, `org/x@1f2e` itself, `m@http://gpu-07:8000/v1` gives
    `m`, and so does `http://gpu-07:8000/v1#m`.
    """
    address, named, model = spelled.partition("#")
    if "://" in address and named:  # a server's URL and the model there
        spelled = model
    elif "://" in address and "@" in address.partition("://")[0]:  # a model and the server's URL
        spelled = re.split(r"@(?=[A-Za-z][\w+.-]*://)", spelled, maxsplit=1)[0]
    name, at, revision = spelled.rpartition("@")
    if not at or not name or not _REVISION.fullmatch(revision):
        name, at, revision = spelled, "", ""
    return _clean(_last_part(name)) + at + revision


def public_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """A provenance row whose names of models are public; everything else as it is."""
    return {key: _public(value) if key in _MODELS else _inside(value) for key, value in row.items()}


def _inside(value: Any) -> Any:
    if isinstance(value, Mapping):
        return public_row(value)
    return [_inside(part) for part in value] if isinstance(value, list | tuple) else value


def _public(value: Any) -> Any:
    if isinstance(value, str):
        return public_name(value)
    if isinstance(value, Mapping):
        return {key: _public(part) for key, part in value.items()}
    return [_public(part) for part in value] if isinstance(value, list | tuple) else value


def _last_part(name: str) -> str:
    """What a path ends with; a name of the hub as it is."""
    if cached := _CACHED.search(f"{name}/"):
        return f"{cached['org']}/{cached['name']}"
    if _HUB.fullmatch(name):
        return name
    path = re.sub(r"^https?://[^/]*", "", name).partition("?")[0]
    parts = [part for part in re.split(r"[/\\]+", path) if part not in ("", ".", "..", "~")]
    return parts[-1] if parts else ""


def _clean(name: str) -> str:
    """Printable, and nothing that a table, a link or a comment of Markdown is made of."""
    return re.sub(r"[^\w.:/+ ()-]|--+(?=>)", "_", name).strip()[:120] or "unnamed"
