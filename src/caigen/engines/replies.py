"""Read a server's reply: `status, headers, bytes -> Reply`, its size bounded while it arrives and while it unpacks.

What a server sends is read up to a limit and no further, so that one answer cannot fill the memory.
"""

import json
import time
import zlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.client import responses
from typing import Any

import orjson

from caigen.engines.failures import error_message, hidden_error, one_line, retry_seconds
from caigen.engines.streamed import join_events
from caigen.text.known_secrets import KnownSecrets
from caigen.text.secrets import public_url

# An answer of 128,000 tokens in escaped characters (\uXXXX), with its thought in two fields, has 4 MB.
MAX_REPLY_BYTES = 8 << 20
PART_BYTES = 64  # what each part of a body counts beside its bytes: a body of one-byte parts costs time, too
MAX_DESCRIBED = 4000  # bytes of a body that is not JSON
MAX_ENCODINGS = 2  # `content-encoding: gzip, gzip`
_WINDOW_BITS = {"gzip": 31, "x-gzip": 31, "deflate": 47}  # of zlib; 47: zlib's or gzip's header

_OTHER_ENCODINGS = ("br", "zstd", "compress")


class ReplyError(Exception):
    """A reply that is not read: too large, or packed in a way that was not asked for."""


@dataclass(frozen=True)
class Reply:
    """What a server replied. `body` is its JSON, None if it is not JSON; `message` the error's text, for a person, or
    the beginning of what is not JSON.

    An error in the body of an HTTP 200 is a reply with that error's status.
    """

    status: int
    body: Any
    message: str = ""
    pause: float = 0.0  # seconds that the server asks us to wait


async def read_bytes(parts: AsyncIterator[bytes], headers: Mapping[str, str], limit: int = MAX_REPLY_BYTES) -> bytes:
    """The content of a reply whose body arrives in parts, unpacked.

    Raises ReplyError for more than `limit` bytes, packed or unpacked, and for a `content-encoding` that was not asked
    for and cannot be unpacked within a limit.
    """
    content, size = bytearray(), 0
    async for part in parts:
        size += len(part) + PART_BYTES
        if size > limit:
            raise ReplyError(f"a reply of more than {limit:,} bytes")
        content += part
    return _unpack(bytes(content), headers.get("content-encoding", ""), limit)


def _unpack(content: bytes, encoding: str, limit: int) -> bytes:
    """A body without its encodings, the last one first."""
    encodings = [name for part in encoding.lower().split(",") if (name := part.strip()) not in ("", "identity")]
    if len(encodings) > MAX_ENCODINGS:
        raise ReplyError(f"a reply packed {len(encodings)} times")
    for name in reversed(encodings):
        if name not in _WINDOW_BITS:
            # a header may hold anything, a secret too: a name that is not known is not repeated
            shown = name if name in _OTHER_ENCODINGS else "an unknown encoding"
            raise ReplyError(f"a reply packed with {shown}, which was not asked for")
        content = _inflate(content, name, limit)
    return content


def _inflate(content: bytes, name: str, limit: int) -> bytes:
    decoder = zlib.decompressobj(_WINDOW_BITS[name])
    try:
        unpacked = decoder.decompress(content, limit)
    except zlib.error as error:
        if name != "deflate":
            raise ReplyError(f"a reply that says it is {name} and is not: {error}") from error
        # some servers mean the bare format, without zlib's header
        decoder = zlib.decompressobj(-15)
        try:
            unpacked = decoder.decompress(content, limit)
        except zlib.error as second:
            raise ReplyError(f"a reply that says it is {name} and is not: {second}") from second
    if decoder.unconsumed_tail:
        raise ReplyError(f"a reply that unpacks to more than {limit:,} bytes")
    if not decoder.eof:
        raise ReplyError(f"a reply in {name} that is cut off")
    return unpacked


def read_reply(status: int, headers: Mapping[str, str], content: bytes, secrets: KnownSecrets) -> Reply:
    """The reply with its JSON; a stream of events that was not asked for is joined to one answer.

    An error is without `secrets`: servers repeat in it what they were sent.
    """
    pause, is_success = _retry_after(headers), status < 300
    if 300 <= status < 400:
        return Reply(
            status, None, f"it redirects to {one_line(secrets.remove(public_url(headers.get('location', '?'))))}"
        )
    body = decode(content)
    if body is None:
        body = join_events(content)
    if body is None:
        reason = "" if is_success else responses.get(status, "")  # HTTP's own words, such as "Forbidden"
        return Reply(status, None, _describe(content, headers, secrets) or reason or "an empty body", pause)
    if is_success and hidden_error(body) is None:
        return Reply(status, body)
    body = secrets.remove_from(body)
    message = error_message(body)
    if is_success and (error := hidden_error(body)):
        status, message = error
    return Reply(status, body, message, pause or retry_seconds(message))


def decode(content: bytes) -> Any:
    """The JSON of a reply; None for `null` and for what is not JSON.

    NaN and infinities are read as Python's servers write them: they stand among log-probabilities.
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        if not any(word in content for word in (b"NaN", b"Infinity")):
            return None
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _describe(content: bytes, headers: Mapping[str, str], secrets: KnownSecrets) -> str:
    """What a body is that is not JSON, for a person; empty for an empty one."""
    # the end is dropped, where a secret may be cut in two and no longer be known
    text = secrets.remove(content[:MAX_DESCRIBED].decode(errors="replace"))[: MAX_DESCRIBED // 2].strip()
    if text[:1] == "<" or "html" in headers.get("content-type", ""):
        return f"a web page: {one_line(text)[:120]}"
    if text[:1] in ("{", "["):
        return f"JSON that is cut off or broken: {one_line(text)[:120]}"
    return one_line(text)


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the server asks us to wait (RFC 9110, 10.2.3: a number or a date); 0 if it does not say."""
    value = headers.get("retry-after", "0").strip()
    if value.isascii() and value.isdecimal():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
