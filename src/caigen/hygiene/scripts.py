"""text -> whether it is a script with speakers, and where a model went on to write the next speaker's turn"""

import re

# A paragraph that begins with a speaker's name: "Robot: …", "ANNA: …", "客：…"
_LABEL = re.compile(r"(?:^|\n)[ \t]{0,8}[*_]{0,3}([^\W\d_][\w .'’-]{0,24}?)[*_]{0,3}[ \t]?[:：](?=[*_ \t]|[^\s/])")
_NO_SPEAKERS = re.compile(  # labels that may begin a line of any answer
    r"note|answer|response|reply|step|tip|warning|important|example|remember|summary|conclusion|explanation|assistant"
    r"|question"
    r"|q|a|ps|source|date|time|https?|hinweis|antwort|beispiel|remarque|réponse|exemple|nota|respuesta|ejemplo|注"
    r"|回答|例|注意",
    re.I,
)
# The next turn in the text formats of base models: "Human: …", "CritiqueRequest: …".
_NEXT_TURN = re.compile(r"\n[ \t]{0,8}\n[ \t]{0,8}\**(Human|Critique ?Request|Revision ?Request)\**[ \t]{0,8}:")

_USER = re.compile(
    r"\n[ \t]{0,8}\n[ \t]{0,8}\**(?:Human|User|Benutzer|Nutzer|Utilisateur|Usuario|用户|用戶"
    r"|ユーザー)\**[ \t]{0,8}[:：]"
)


def users_turn(text: str) -> int:
    """The index where a user's turn begins, after an answer that named its speaker; the end of the text without one."""
    match = _USER.search(text)
    return match.start() if match else len(text)


def has_speakers(text: str) -> bool:
    """Whether a line of the text begins with a speaker's name, as in a play, an interview or a dialogue."""
    return any(not _NO_SPEAKERS.fullmatch(name.strip()) for name in _LABEL.findall(text))


def next_turn(text: str) -> int:
    """The index where a model went on, after its answer, to write the next speaker's turn; -1 where it did not.

    In a script the next speaker belongs to the answer, and so does one that a colon announces.
    """
    match = _NEXT_TURN.search(text)
    if not match:
        return -1
    before = text[: match.start()].rstrip()
    is_announced = not before or before.endswith((":", "："))
    is_script = match[1] == "Human" and has_speakers(before)
    return -1 if is_announced or is_script else match.start()
