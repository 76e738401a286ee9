"""Texts of others for a terminal and for a data card: characters that do something instead of being seen, written out.

Names of files, keys, model names, messages of servers and texts of records may hold escape sequences that move the
cursor, set the title or hide what follows. Everything that is printed goes through here.
"""

import re

# ESC and the other C0 controls, DEL, the C1 controls (U+009B begins a sequence as ESC [ does), the separators that some
# terminals take for a line's end, the marks that change the direction of text, and halves of a surrogate pair, which
# cannot be encoded
_UNSEEN = "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff"
_IN_LINES = re.compile(f"[{_UNSEEN}]")
_IN_ONE_LINE = re.compile(f"[{_UNSEEN}\t\n]")


def visible(text: str) -> str:
    r"""A text whose controls are written out, such as `\x1b`; tabs and line breaks stay."""
    return _IN_LINES.sub(_written_out, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    r"""A text whose controls, tabs and line breaks are written out, such as `\x1b` and `\n`."""
    return _IN_ONE_LINE.sub(_written_out, text)


def _written_out(match: re.Match[str]) -> str:
    """The escape of one character, as Python writes it."""
    return match[0].encode("unicode_escape", "surrogatepass").decode("ascii")
