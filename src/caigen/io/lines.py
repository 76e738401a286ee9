"""Lines of a byte stream, and JSON Lines read and written. The only import of jsonlines."""

import gzip
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, NamedTuple, cast

import jsonlines
import orjson

from caigen.errors import InputError
from caigen.io.json_line import DuplicateKeyError, parse_line

PLAIN_TEXT_HINT = "; plain text, one prompt a line, is read from a file named .txt"
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
        self.number = 0
        self.fault: str | None = None

    def __iter__(self) -> Iterator[bytes]:
        blank = 0
        for number, raw in enumerate(self._raw_lines(), 1):
            self.number = number
            line = raw
            if number == 1:
                line = raw.removeprefix(BYTE_ORDER_MARK)
            if line.strip():
                blank = 0
                yield line
                continue
            blank += 1
            if blank > MAX_BLANK_LINES:
                raise InputError(
                    f"{self._name}:{number}: more than {MAX_BLANK_LINES:,} blank lines one after the other"
                )

    def _raw_lines(self) -> Iterator[bytes]:
        """Lines as they are in the stream.

        A gzip file that was cut raises EOFError, which jsonlines takes for the end of the input: half a file would
        pass for the whole. So it becomes an InputError before jsonlines sees it.
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
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(f"{self._name}: broken gzip after line {self.number}: {error}") from error
        except OSError as error:
            raise InputError(f"{self._name}: cannot be read after line {self.number}: {error.strerror}") from error


class NumberedRow(NamedTuple):
    """The value of a line or of a row of a table, or why it cannot be read (`error`)."""

    number: int
    value: object
    error: str | None = None


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
            yield NumberedRow(lines.number, None, _not_utf8(error))


def json_lines_writer(stream: BinaryIO) -> jsonlines.Writer:
    """A writer of JSON Lines that gives bytes to a stream."""
    return jsonlines.Writer(cast("IO[bytes]", stream), dumps=cast("Any", orjson.dumps))


def _describe(error: jsonlines.InvalidLineError) -> str:
    """Why a line is not JSON; if it does not even begin like JSON, how plain text is read."""
    cause = error.__cause__
    if isinstance(cause, DuplicateKeyError):
        return str(cause)
    if isinstance(cause, UnicodeDecodeError):
        return _not_utf8(cause)
    line = error.line.decode("utf-8", "replace") if isinstance(error.line, bytes) else error.line
    message = f"not JSON: {cause or error}"
    return message if line.lstrip().startswith(JSON_STARTS) else message + PLAIN_TEXT_HINT


def _not_utf8(error: UnicodeDecodeError) -> str:
    return f"not UTF-8: {error.reason} at byte {error.start}"
