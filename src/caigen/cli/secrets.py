"""Values of options without what must stay secret: credentials in URLs, keys and tokens among engine arguments."""

import json
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from caigen.cli.values import Value

# `hf_token`, `api-key`, `password`; not `max_num_batched_tokens`, `tokenizer`
_SECRET = re.compile(r"(^|[_-])(apikey|key|token|secret|passwd|password|authorization|credentials?)$", re.IGNORECASE)


def without_secrets(key: str, value: Value) -> tuple[Value, list[str]]:
    """The value of an option as it may be written down, and the names of what was left out."""
    if isinstance(value, list):
        parts = [without_secrets(key, part) for part in value]
        kept: Value = [part for part, _ in parts if part is not None]
        return kept, [name for _, names in parts for name in names]
    if not isinstance(value, str):
        return value, []
    if _SECRET.search(key):
        return None, [key]
    if "://" in value and not _is_entry(value):
        public = _public_url(value)
        return public, [] if public == value else [f"credentials of {key}"]
    name, entry, content = value.partition("=")
    if entry and (_SECRET.search(name) or _holds_secret(content)):  # KEY=VALUE
        return None, [f"{key} {name}"]
    return value, []


def _is_entry(value: str) -> bool:
    """Whether a text is KEY=VALUE and no URL: its `=` comes first."""
    return "=" in value.partition("://")[0]


def _public_url(url: str) -> str:
    """A URL without name, password, and those parts of the query that are keys."""
    parts = urlsplit(url)
    query = [
        (name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if not _SECRET.search(name)
    ]
    kept = parts.query if len(query) == len(parse_qsl(parts.query, keep_blank_values=True)) else urlencode(query)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, kept, parts.fragment))


def _holds_secret(content: str) -> bool:
    """Whether a value holds a key: JSON with a name such as `token`, or a URL with credentials."""
    try:
        return _inside(json.loads(content))
    except ValueError:
        return _inside(content)


def _inside(value: object) -> bool:
    if isinstance(value, Mapping):
        return any(_SECRET.search(str(name)) or _inside(part) for name, part in value.items())
    if isinstance(value, list):
        return any(map(_inside, value))
    return isinstance(value, str) and "://" in value and _public_url(value) != value
