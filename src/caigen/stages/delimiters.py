"""Quoted messages inside a question, between marks that the messages cannot imitate.

A prompt or an answer may try to end its quotation and speak as the user or as another answer. So each mark carries a
code that is computed from the quoted texts and occurs in none of them: no text can write a mark of its own.
"""

import hashlib
from collections.abc import Sequence

from caigen.records import Message

CODE_DIGITS = 8


def delimiter_code(*texts: str, digits: int = CODE_DIGITS) -> str:
    """Texts, in any order -> a code that occurs in none of them; the same texts always give the same code.

    `digits` is the number of hexadecimal digits. It must be large enough that the texts do not hold all such codes.
    """
    digest = hashlib.sha256("\0".join(sorted(texts)).encode("utf-8", "surrogatepass"))
    # a text that holds the code, by chance or on purpose, gets another one
    while any(digest.hexdigest()[:digits] in text for text in texts):
        digest.update(b"again")
    return digest.hexdigest()[:digits]


def quote_messages(messages: Sequence[Message], code: str) -> str:
    """Put each message between marks that name its role: `<user 1f0c9a2b>` … `</user 1f0c9a2b>`."""
    return "\n".join(f"<{message.role} {code}>\n{message.content}\n</{message.role} {code}>" for message in messages)
