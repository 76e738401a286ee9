"""Texts and values without their secrets: credentials in URLs, and values under names such as `token` or `api_key`.

For what is written down or shown: run files, journals, `--show-config`, messages. What is left out stays out: a URL
keeps its host, path and `#model`, a mapping its other entries, and what cannot be parsed counts as a secret.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, unquote_plus, urlsplit, urlunsplit

# a name with one of these words holds a secret, wherever the word stands: `client_secret_2`
_SECRET_WORDS = frozenset(
    [
        "accesskey",
        "accesstoken",
        "apikey",
        "apitoken",
        "auth",
        "authkey",
        "authorization",
        "authtoken",
        "bearer",
        "credential",
        "credentials",
        "passphrase",
        "passwd",
        "password",
        "privatekey",
        "pwd",
        "secret",
        "secretkey",
        "secrets",
    ]
)
_SECRET_LAST_WORDS = frozenset({"key", "sig", "signature", "token"})  # `hf_token`; not `token_count`
# before `key` and `token` they name something else: a column to sort by, a token of a vocabulary
_HARMLESS_BEFORE_KEY = frozenset(["cache", "foreign", "group", "partition", "primary", "sort"])
_HARMLESS_BEFORE_TOKEN = frozenset(
    [
        "audio",
        "bos",
        "cls",
        "end",
        "eos",
        "first",
        "image",
        "last",
        "mask",
        "next",
        "pad",
        "sep",
        "special",
        "start",
        "stop",
        "think",
        "thinking",
        "tool",
        "unk",
        "video",
    ]
)
_WORD_BREAK = re.compile(r"(?<=[a-z])(?=[A-Z])|[^A-Za-z]+")  # in `authToken`, `api-key`, `password2`
# a URL within a text; a list of URLs is split at its commas
# (names are bounded, here and below: a long word would be read again from each of its letters)
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}://(?:(?!,[A-Za-z][A-Za-z0-9+.-]{0,30}://)[^\s\"'])*")
# `token=X` or `"token": X` in a text that is no JSON
_ASSIGNMENT = re.compile(r"([A-Za-z][\w-]{0,99})(?:\s*=(?!=)|[\"']\s*:)")
_REMOVED: Any = object()  # stands for a value that is left out whole


def is_secret_name(name: str) -> bool:
    """Whether the value of an option, an argument or a field of this name must stay secret."""
    words = [word.lower() for word in _WORD_BREAK.split(name) if word]
    if not words:
        return False
    if not _SECRET_WORDS.isdisjoint(words) or words[-2:] == ["key", "id"]:
        return True
    before = words[-2] if len(words) > 1 else ""
    if words[-1] == "key" and before in _HARMLESS_BEFORE_KEY:
        return False
    if words[-1] == "token" and before in _HARMLESS_BEFORE_TOKEN:
        return False
    return words[-1] in _SECRET_LAST_WORDS


def parse_url(url: str) -> SplitResult:
    """The parts of a URL.

    Raises ValueError if its host or port cannot be read.
    """
    parts = urlsplit(url)
    # a port is parsed only when it is asked for: "http://me:pass#word@host" has the port "pass"
    _ = parts.port
    return parts


def public_url(url: str) -> str:
    """Return a text whose URLs lack user, password and keys in the query; other parts stay to the letter.

    A URL that cannot be parsed becomes its scheme alone, `http://…`.
    """
    if url.count("://") == 1 and _URL.match(url):
        # one URL and no text around it: a password may hold spaces and quotation marks
        return _public_parts(url) or url.partition("://")[0] + "://…"
    return _URL.sub(_replace_url, url)


def public_value(value: Any) -> Any:
    """Return a JSON value without the entries of mappings that have a secret name, and with public URLs.

    A text that holds JSON is treated as its content. None stands for a value that is a secret as a whole: a text that
    cannot be parsed, or a mapping of which nothing is left.
    """
    public = _without_secrets(value)
    if public is _REMOVED or (public != value and public in ({}, "{}")):
        return None
    return public


def public_mapping(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return named values, such as engine arguments, without those that are secret, by their name or as a whole."""
    public: dict[str, Any] = {}
    for name, value in values.items():
        if is_secret_name(name):
            continue
        kept = public_value(value)
        if kept is not None or value is None:
            public[name] = kept
    return public


def _replace_url(match: re.Match[str]) -> str:
    return _public_parts(match[0]) or match[0].partition("://")[0] + "://…"


def _public_parts(url: str) -> str | None:
    """One URL without its secrets; None if it cannot be parsed."""
    try:
        parts = parse_url(url)
    except ValueError:
        return None
    query = "&".join(part for part in parts.query.split("&") if not _is_secret_part(part))
    # the "@" of the user only: one in the path or in `#model@version` belongs to a name
    netloc = parts.netloc.rpartition("@")[2]
    if (netloc, query) == (parts.netloc, parts.query):
        return url
    return urlunsplit((parts.scheme, netloc, parts.path, query, parts.fragment))


def _is_secret_part(part: str) -> bool:
    """Whether `name=value` of a query has a secret name."""
    return is_secret_name(unquote_plus(part.partition("=")[0]))


def _without_secrets(value: Any) -> Any:
    """The value without its secrets, or _REMOVED."""
    if isinstance(value, str):
        return _text_without_secrets(value)
    if isinstance(value, Mapping):
        return _mapping_without_secrets(value)
    if isinstance(value, list | tuple):
        parts = [_without_secrets(part) for part in value]
        return [part for part in parts if part is not _REMOVED]
    return value


def _mapping_without_secrets(value: Mapping[Any, Any]) -> dict[Any, Any]:
    public = {}
    for name, part in value.items():
        kept = _REMOVED if is_secret_name(str(name)) else _without_secrets(part)
        if kept is not _REMOVED:
            public[name] = kept
    return public


def _text_without_secrets(text: str) -> Any:
    """A text without its secrets, or _REMOVED; JSON in it is written anew only where it changes."""
    if text.lstrip()[:1] in ("{", "["):
        try:
            content = json.loads(text)
        except (ValueError, RecursionError):
            content = None
        if content is not None:
            public = _without_secrets(content)
            return text if public == content else json.dumps(public, ensure_ascii=False)
    if any(_public_parts(match[0]) is None for match in _URL.finditer(text)):
        return _REMOVED
    # the names before "=" in what is no URL
    outside = _URL.sub("", text)
    if any(is_secret_name(match[1]) for match in _ASSIGNMENT.finditer(outside)):
        return _REMOVED
    return public_url(text)
