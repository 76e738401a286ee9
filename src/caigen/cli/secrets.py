"""Values of options without what must stay secret, for run files and `--show-config`; text/secrets.py says what is."""

import re

from caigen.cli.values import Value
from caigen.text.secrets import is_secret_name, public_url, public_value

# user and password before a host whose scheme was forgotten: `me:secret@host/v1`; not `name@version`
_BARE_CREDENTIALS = re.compile(r"[^/@\s]+:[^/\s]*@")


def without_secrets(key: str, value: Value) -> tuple[Value, list[str]]:
    """The value of an option as it may be written down, and the names of what was left out.

    None stands for a value that is left out whole.
    """
    if isinstance(value, list):
        parts = [without_secrets(key, part) for part in value]
        kept: Value = [part for part, _ in parts if part is not None]
        return kept, [name for _, names in parts for name in names]
    if not isinstance(value, str):
        return value, []
    if is_secret_name(key):
        return None, [key]
    if _names_server(key) and "://" not in value and _BARE_CREDENTIALS.match(value):
        return None, [f"credentials of {key}"]
    # "=" before any "/": neither the path of a file nor a URL with a query
    if "=" in value.partition("/")[0]:
        return _entry_without_secrets(key, value)
    if "://" in value:
        public = public_url(value)
        return public, [] if public == value else [f"credentials of {key}"]
    return value, []


def _names_server(key: str) -> bool:
    """Whether an option may name a server: `endpoint`, `model`, `judge-model`."""
    return key == "endpoint" or key.endswith("model")


def _entry_without_secrets(key: str, entry: str) -> tuple[Value, list[str]]:
    """An entry KEY=VALUE without its secrets; without its VALUE there is no entry."""
    name, _, text = entry.partition("=")
    label = f"{key} {name.strip()}"
    public = None if is_secret_name(name) else public_value(text)
    if public == text:
        return entry, []
    return None if public is None else f"{name}={public}", [label]
