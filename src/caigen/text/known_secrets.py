"""Secrets whose values are known, such as the API key: where a text has one, in any spelling, it is left out.

A server may repeat what it was sent: in an error, an answer, the name of a model. text/secrets.py finds secrets by
their names; here the values are known and the texts may be anything.
"""

import base64
import html
import json
import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus, unquote, urlsplit

from caigen.text.secrets import is_secret_name

REMOVED = "[secret]"
MIN_CHARS = 4  # a shorter value is part of too many words
# a value that may stand in a text by chance is no reason to refuse an answer: "ollama", "not-needed", "password"
_PLAIN_WORDS = re.compile(r"[a-z]{1,12}(?:[-_ ][a-z]{1,12})*|[A-Z]{1,7}")
MIN_DISTINCT_CHARS = 6
MAX_DEPTH = 20  # of JSON; what is nested deeper is in no message


class KnownSecrets:
    """The secrets that a server is sent. `remove` is for messages, `are_in` for answers.

    A placeholder for a key, such as `EMPTY` or `not-needed`, is removed from messages, and is no reason to refuse an
    answer.
    """

    def __init__(self, values: Iterable[str | None] = ()) -> None:
        secrets = {value for value in values if value and len(value) >= MIN_CHARS}
        self._pattern = _any_of(_all_spellings(secrets))
        self._distinct = {spelling.lower() for spelling in _all_spellings(filter(_is_distinct, secrets))}

    def remove(self, text: str) -> str:
        """Return a text with `[secret]` in place of each secret, in any of its spellings."""
        return self._pattern.sub(REMOVED, text) if self._pattern else text

    def remove_from(self, value: Any, depth: int = 0) -> Any:
        """Return a JSON value with `remove` done to all its texts; what is nested too deep becomes an ellipsis."""
        if self._pattern is None:
            return value
        if isinstance(value, str):
            return self.remove(value)
        if not isinstance(value, list | dict):
            return value
        if depth == MAX_DEPTH:
            return "…"
        if isinstance(value, list):
            return [self.remove_from(part, depth + 1) for part in value]
        # a placeholder for a key may be the name of a field: that stays
        return {
            self.remove(name) if self.are_in(name) else name: self.remove_from(part, depth + 1)
            for name, part in value.items()
        }

    def are_in(self, *texts: str | None) -> bool:
        """Whether a secret that no text has by chance is in one of these texts, in any of its spellings."""
        # every answer is looked through: searching for each spelling is far quicker than one pattern of all
        for text in texts:
            lowered = text.lower() if text and self._distinct else ""
            if lowered and any(spelling in lowered for spelling in self._distinct):
                return True
        return False


def secrets_of_url(url: str) -> list[str]:
    """The secrets that a URL holds: its password, or its user where there is none; values of secret names in its query.

    User and password together are one more, as they go into a Basic header.
    """
    try:
        parts = urlsplit(url)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
    except ValueError:
        return []
    found = [value for name, value in parse_qsl(parts.query) if is_secret_name(name)]
    if password:
        found += [password, f"{user}:{password}"]
    elif user:
        found.append(user)
    return found


def _is_distinct(secret: str) -> bool:
    """Whether a secret stands in no text by chance."""
    return len(secret) >= MIN_DISTINCT_CHARS and not _PLAIN_WORDS.fullmatch(secret)


def _all_spellings(secrets: Iterable[str]) -> set[str]:
    return {spelling for secret in secrets for spelling in _spellings(secret)}


def _any_of(spellings: Iterable[str]) -> re.Pattern[str] | None:
    """A pattern of all spellings, the longest first; None without any."""
    longest_first = sorted(spellings, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(map(re.escape, longest_first)), re.IGNORECASE) if longest_first else None


def _spellings(secret: str) -> Iterator[str]:
    """A secret as it may stand in a text: as it is, in a URL, in JSON, HTML or Python, in hexadecimal, in base64."""
    data = secret.encode(errors="replace")
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret)[1:-1].replace("/", "\\/")
    yield "".join(f"\\u{ord(character):04x}" for character in secret)
    yield html.escape(secret)
    yield repr(secret)[1:-1]
    yield data.hex()
    yield from _base64_spellings(data)


def _base64_spellings(data: bytes) -> Iterator[str]:
    """The part of base64 that data always has, wherever it stands in what was encoded.

    Three bytes are four characters, so data may begin at any of three places; the characters at both ends depend on
    what stands beside it too, and are left out.
    """
    for offset in range(3):
        encoded = base64.b64encode(b"\0" * offset + data).decode().rstrip("=")
        begin = -(-offset * 8 // 6)  # the first character that has bits of the data alone
        end = (offset + len(data)) * 8 // 6  # behind the last one
        inner = encoded[begin:end]
        if len(inner) >= MIN_DISTINCT_CHARS:
            yield inner
            yield inner.translate(str.maketrans("+/", "-_"))
