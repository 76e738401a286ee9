"""printable: text of a model, a server or a file -> text that a terminal shows and does not obey"""

import re

# control characters but tab and line break; marks that turn the direction of writing; separators of lines; half pairs
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    """The text with each unsafe character written out, such as `\\x1b`; line breaks and tabs stay."""
    return _UNSAFE.sub(_escaped, text.replace("\r\n", "\n"))


def printable_line(text: str) -> str:
    """The same in one line: white space becomes single spaces."""
    return printable(" ".join(text.split()))


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
