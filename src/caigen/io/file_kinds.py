"""The first bytes of a file -> what kind of file it is: compressed, of another format, or in another encoding."""

import bz2
import codecs
import gzip
import io
import lzma
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO, cast

from caigen.errors import InputError
from caigen.io.zstd import open_zstd

BROKEN = (EOFError, OSError, zlib.error, lzma.LZMAError)  # what decompressors say of broken data
HEAD_BYTES = 300  # tar has its mark at 257
CHUNK_BYTES = 1 << 16
PARQUET_MAGIC = b"PAR1"

# first bytes -> name and how the stream is opened
COMPRESSIONS: dict[bytes, tuple[str, Callable[[BinaryIO], Any]]] = {
    b"\x1f\x8b": ("gzip", lambda stream: gzip.GzipFile(fileobj=stream)),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
    b"\x28\xb5\x2f\xfd": ("zstd", open_zstd),
}
ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zst": "zstd"}

# where and what bytes -> what such a file is, and the way
REFUSED: tuple[tuple[int, bytes, str], ...] = (
    (0, b"version https://git-lfs", "is a Git LFS pointer, not the data; fetch it with `git lfs pull`"),
    (0, b"PK\x03\x04", "is a zip or Excel file (.xlsx); unpack it, or save the sheet as CSV"),
    (0, b"PK\x05\x06", "is an empty zip file"),
    (0, b"\xd0\xcf\x11\xe0", "is an old Office file (.xls); save the sheet as CSV"),
    (257, b"ustar", "is a tar archive; unpack it and name a file in it"),
    (0, b"7z\xbc\xaf", "is a 7z archive; unpack it and name a file in it"),
    (0, b"Rar!", "is a rar archive; unpack it and name a file in it"),
    (0, b"ARROW1", "is an Arrow file; write it as Parquet, such as with Dataset.to_parquet"),
    (0, b"\xff\xff\xff\xff", "is an Arrow stream, as Dataset.save_to_disk writes; write it with Dataset.to_parquet"),
    (0, b"FEA1", "is a Feather file; write it as Parquet"),
    (0, b"ORC", "is an ORC file; write it as Parquet"),
    (0, b"Obj\x01", "is an Avro file; write it as JSON Lines or Parquet"),
    (0, b"\x93NUMPY", "is a NumPy file; write its rows as JSON Lines"),
    (0, b"\x89HDF\r\n\x1a\n", "is an HDF5 file; write its rows as JSON Lines or Parquet"),
    (0, b"SQLite format 3\0", "is an SQLite file; write its rows as CSV or JSON Lines"),
    (0, b"%PDF-", "is a PDF; write its prompts as text, one a line"),
    (0, b"<!DOCTYPE html", "is a web page; download the file itself"),
    (0, b"<!doctype html", "is a web page; download the file itself"),
    (0, b"<html", "is a web page; download the file itself"),
    (0, b"<?xml", "is XML; write its prompts as JSON Lines"),
)
# the longer mark first: that of UTF-32 begins as that of UTF-16
BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def check_kind(head: bytes, name: str) -> None:
    """Raises InputError where the first bytes are those of a file that is not read, or of Parquet."""
    for offset, mark, what in REFUSED:
        if head.startswith(mark, offset):
            raise InputError(f"{name}: {what}")
    if head[:1] == b"\x80" and head[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        raise InputError(f"{name}: is a Python pickle, which may run code when read; write its rows as JSON Lines")
    if head.startswith(PARQUET_MAGIC):
        raise InputError(f"{name}: is Parquet, which is read from a file of its own, not from a pipe or compressed")
    if b"\0" in head[:4] and not any(head.startswith(mark) for mark, _ in BYTE_ORDER_MARKS):
        raise InputError(f"{name}: is no text; UTF-16 is read if it begins with a byte-order mark")


def decompressed(stream: BinaryIO, name: str) -> BinaryIO:
    """A buffered stream's bytes as UTF-8 text: decompressed, and decoded if a mark at its start says UTF-16 or UTF-32.

    Raises InputError for a file that is not what its name says, or is of a kind that is not read.
    """
    head = peek(stream)
    for mark, (kind, opened) in COMPRESSIONS.items():
        if head.startswith(mark):
            inner = cast("BinaryIO", io.BufferedReader(opened(stream)))
            return _decoded(inner, name, _peek_compressed(inner, name, kind))
    for ending, kind in ENDINGS.items():
        if name.endswith(ending) and head and not head.startswith(b"version https://git-lfs"):
            raise InputError(f"{name}: is named {ending} but is not {kind}")
    return _decoded(stream, name, head)


def peek(stream: BinaryIO) -> bytes:
    """The first bytes of a buffered stream, which stay in it; fewer than HEAD_BYTES where a pipe has no more yet."""
    return cast("io.BufferedReader", stream).peek(HEAD_BYTES)


def _peek_compressed(stream: BinaryIO, name: str, kind: str) -> bytes:
    """The same, where the data may be broken.

    Raises InputError.
    """
    try:
        return peek(stream)
    except BROKEN as error:
        raise InputError(f"{name}: broken {kind}: {error}") from error


def _decoded(stream: BinaryIO, name: str, head: bytes) -> BinaryIO:
    """The stream as UTF-8.

    Raises InputError.
    """
    check_kind(head, name)
    for mark, encoding in BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return cast("BinaryIO", io.BufferedReader(_Recoded(stream, name, encoding)))
    return stream


class _Recoded(io.RawIOBase):
    """A stream of another encoding as UTF-8."""

    def __init__(self, stream: BinaryIO, name: str, encoding: str) -> None:
        self._stream, self._name, self._encoding = stream, name, encoding
        self._decoder = codecs.getincrementaldecoder(encoding)()
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            chunk = self._stream.read(CHUNK_BYTES)
            try:
                self._ready = self._decoder.decode(chunk, final=not chunk).encode()
            except UnicodeError as error:
                raise InputError(f"{self._name}: not {self._encoding.upper()}: {error}") from error
            if not chunk:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size], self._ready = self._ready[:size], self._ready[size:]
        return size
