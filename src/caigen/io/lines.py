"""Lines of a byte stream, and JSON Lines read and written. The only import of jsonlines."""

from collections.abc import Iterator
from itertools import islice
from typing import IO, Any, BinaryIO, NamedTuple, cast

import jsonlines
import orjson

from caigen.errors import InputError
from caigen.io.file_kinds import BROKEN
from caigen.io.json_line import DuplicateKeyError, parse_line

PLAIN_TEXT_HINT = "; plain text, one prompt a line, is read from a file named .txt, a table from .csv or .tsv"
JSON_STARTS = ("{", "[", '"')
# Bounds. A line is read into memory whole, and its value takes up to twenty times the line's size.
MAX_LINE_BYTES = 32 << 20
MAX_BRACKETS = 1_000_000  # objects and lists of a line; those in texts count too
MAX_BLANK_LINES = 1_000_000  # one after the other: half a megabyte of gzip holds 500 million
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class Lines:
    """The non-blank lines of a byte stream, without a byte-order mark; `number` is that of the last line given.

    A line beyond the bounds is given as `null`, and `fault` says why; it never is in memory whole.
    """

    def __init__(self, stream: BinaryIO, name: str) -> None:
        self._stream, self._name = stream, name
        self.number = self.first_number = 0
        self.fault: str | None = None
        self._rest = self._filled_lines()
        self._ahead: list[bytes] = []  # the first line, if it was looked at

    def __iter__(self) -> Iterator[bytes]:
        while self._ahead:
            yield self._ahead.pop()
        yield from self._rest

    def first(self) -> bytes | None:
        """The first line, which stays to be read; None where there is none."""
        self._ahead += islice(self._rest, 1)
        return self._ahead[0] if self._ahead else None

    def _filled_lines(self) -> Iterator[bytes]:
        """The lines that are not blank."""
        blank = 0
        for number, raw in enumerate(self._raw_lines(), 1):
            line = raw
            if number == 1:
                line = raw.removeprefix(BYTE_ORDER_MARK)
            self.number = number
            if line.strip():
                blank = 0
                self.first_number = self.first_number or number
                yield line
                continue
            blank += 1
            if blank > MAX_BLANK_LINES:
                raise InputError(
                    f"{self._name}:{number}: more than {MAX_BLANK_LINES:,} blank lines one after the other"
                )

    def _raw_lines(self) -> Iterator[bytes]:
        """Lines as they are in the stream.

        A compressed file that was cut raises EOFError, which jsonlines takes for the end of the input: half a file
        would pass for the whole. So it becomes an InputError before jsonlines sees it.
        """
        try:
            while line := self._stream.readline(MAX_LINE_BYTES + 1):
                self.fault = None
                if len(line) > MAX_LINE_BYTES:
                    while line and not line.endswith(b"\n"):
                        line = self._stream.readline(MAX_LINE_BYTES)
                    self.fault = f"a line of more than {MAX_LINE_BYTES >> 20} MiB"
                elif len(line) > MAX_BRACKETS and line.count(b"{") + line.count(b"[") > MAX_BRACKETS:
                    self.fault = f"a line with more than {MAX_BRACKETS:,} brackets"
                yield b"null" if self.fault else line
        except BROKEN as error:
            reason = getattr(error, "strerror", None) or error
            raise InputError(f"{self._name}: broken after line {self.number}: {reason}") from error


class NumberedRow(NamedTuple):
    """The value of a line or of a row of a table, or why it cannot be read (`error`).

    `part` says where in the line it is, if the line holds several rows.
    """

    number: int
    value: object
    error: str | None = None
    part: str = ""


def read_json_lines(lines: Lines) -> Iterator[NumberedRow]:
    """Parse each line as JSON; a line that is not JSON is given with its error, and reading goes on."""
    reader = jsonlines.Reader(lines, loads=parse_line)
    while True:
        try:
            value: object = reader.read(allow_none=True)
        except EOFError:  # the end of the input
            return
        except jsonlines.InvalidLineError as error:
            yield NumberedRow(lines.number, None, _describe(error))
        else:
            yield NumberedRow(lines.number, value, lines.fault)


def read_text_lines(lines: Lines) -> Iterator[NumberedRow]:
    """Each line of a text file as `{"prompt": line}`, or with its error if it is not UTF-8."""
    for line in lines:
        if lines.fault:
            yield NumberedRow(lines.number, None, lines.fault)
            continue
        try:
            yield NumberedRow(lines.number, {"prompt": line.decode("utf-8").strip()})
        except UnicodeDecodeError as error:
            yield NumberedRow(lines.number, None, not_utf8(error))


def json_lines_writer(stream: BinaryIO) -> jsonlines.Writer:
    """A writer of JSON Lines that gives bytes to a stream."""
    return jsonlines.Writer(cast("IO[bytes]", stream), dumps=cast("Any", orjson.dumps))


def _describe(error: jsonlines.InvalidLineError) -> str:
    """Why a line is not JSON; if it does not even begin like JSON, how plain text is read."""
    cause = error.__cause__
    if isinstance(cause, DuplicateKeyError):
        return str(cause)
    if isinstance(cause, UnicodeDecodeError):
        return not_utf8(cause)
    line = error.line.decode("utf-8", "replace") if isinstance(error.line, bytes) else error.line
    message = f"not JSON: {cause or error}"
    return message if line.lstrip().startswith(JSON_STARTS) else message + PLAIN_TEXT_HINT


def not_utf8(error: UnicodeDecodeError) -> str:
    """Why bytes are no text, and the way."""
    return f"not UTF-8: {error.reason} at byte {error.start}; `iconv -f WINDOWS-1252 -t UTF-8` may help"
