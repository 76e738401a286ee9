"""Whether a text is a script with speakers, and where a model went on to play the next one."""

import re

# A paragraph that a speaker's name begins: "Robot: …", "ANNA: …", "客：…"
_LABEL = re.compile(r"(?:^|\n)[ \t]{0,8}[*_]{0,3}([^\W\d_][\w .'’-]{0,24}?)[*_]{0,3}[ \t]?[:：](?=[*_ \t]|[^\s/])")
_NO_SPEAKERS = re.compile(  # labels that begin a line of any answer
    r"note|answer|response|reply|step|tip|warning|important|example|remember|summary|conclusion|explanation|assistant"
    r"|question"
    r"|q|a|ps|source|date|time|https?|hinweis|antwort|beispiel|remarque|réponse|exemple|nota|respuesta|ejemplo|注"
    r"|回答|例|注意",
    re.I,
)
_NEXT_TURN = re.compile(r"\n[ \t]{0,8}\n[ \t]{0,8}\**(Human|Critique ?Request|Revision ?Request)\**[ \t]{0,8}:")

_USER = re.compile(
    r"\n[ \t]{0,8}\n[ \t]{0,8}\**(?:Human|User|Benutzer|Nutzer|Utilisateur|Usuario|用户|用戶"
    r"|ユーザー)\**[ \t]{0,8}[:：]"
)


def users_turn(text: str) -> int:
    """Where a user's turn begins after an answer that named its speaker; the end of the text where none does."""
    found = _USER.search(text)
    return found.start() if found else len(text)


def has_speakers(text: str) -> bool:
    """Whether somebody's name begins a line of the text, so that it may be a play, an interview or a dialogue."""
    return any(not _NO_SPEAKERS.fullmatch(name.strip()) for name in _LABEL.findall(text))


def next_turn(text: str) -> int:
    """Where a model went on, after its answer, to write the next speaker's turn; -1 where it did not.

    In a script the next speaker belongs to the answer, and so does one that a colon announces.
    """
    for found in _NEXT_TURN.finditer(text):
        before = text[: found.start()].rstrip()
        if not before or before.endswith((":", "：")):
            return -1
        return -1 if found[1] == "Human" and has_speakers(before) else found.start()
    return -1
