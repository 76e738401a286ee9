"""Texts of others inside a question, between marks that those texts cannot hold.

A prompt or an answer may try to end its quotation and speak as the user or as another answer. Each mark carries a code
that follows from the quoted texts and occurs in none of them, so no text can write a mark of its own.
"""

import hashlib
from collections.abc import Sequence

from caigen.records import Message

DIGITS = 8  # of a code


def code_of(*texts: str, digits: int = DIGITS) -> str:
    """A code for the marks around some texts, in any order: always the same for the same texts, and in none of them.

    `digits` are hexadecimal; texts must not hold all codes of so few.
    """
    digest = hashlib.sha256("\0".join(sorted(texts)).encode("utf-8", "surrogatepass"))
    while any(digest.hexdigest()[:digits] in text for text in texts):
        digest.update(b"again")
    return digest.hexdigest()[:digits]


def quoted(messages: Sequence[Message], code: str) -> str:
    """A conversation, each turn between marks that name its role: `<user 1f0c9a2b>` … `</user 1f0c9a2b>`."""
    return "\n".join(f"<{turn.role} {code}>\n{turn.content}\n</{turn.role} {code}>" for turn in messages)
