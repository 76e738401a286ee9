"""What makes a revision unusable, and what can be cleaned off it; each with a word that is counted.

Cleaned away (the raw text is kept): `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`.
Unusable (the round is kept and marked, no pair is made of it): `empty`, `truncated`, `identical`, `near_identical`, `leak`, `loop`.
"""

import re

ABOUT = r"(?:revis|rewrit|rewrote|reword|rephras|updat|improv|correct|modif|adjust|edit|new version|new answer|new response)"
_ROLE_HEAD = re.compile(
    r"^\s*\**(?:Assistant|AI|Revision|Revised (?:answer|response|version|text)|Answer|Response)\**\s*:\**\s*", re.I
)
_ROLE_TAIL = re.compile(
    r"\n\s*\**(?:Human|User|CritiqueRequest|RevisionRequest|Critique|Assistant)\**\s*:.*", re.I | re.S
)
_PREFIX = re.compile(
    rf"^\s*(?:(?:sure|certainly|of course|okay|ok|absolutely|no problem|thank you|apolog\w+|i apologi[sz]e)\b[^\n]{{0,80}}?[,.!:]\s*)?"
    rf"(?:here(?:'s|’s| is| are)|below is|this is|the following is|my)\b[^\n:]{{0,60}}?{ABOUT}[^\n:]{{0,100}}:\s*",
    re.I,
)
_SURE = re.compile(r"^\s*(?:sure|certainly|of course|absolutely)(?: thing)?[!.,:]\s*\n+", re.I)
_SUFFIX = re.compile(
    rf"\n\s*\n\s*[\(\[*_]*(?:note|explanation|changes(?: made)?|i(?: have|'ve|’ve)?\s+(?:{ABOUT}|remov|chang|replac)|"
    rf"(?:this|the|my)\s+(?:revis\w+|rewritten|updated|new)\s+(?:answer|response|version|text)?|let me know|i hope this)\b[^\n]*(?:\n(?!\s*\n)[^\n]*)*\s*$",
    re.I,
)
_WRAPPED = re.compile(r'^(?:"([^"]+)"|“([^“”]+)”|```(?:\w+)?\n(.+?)\n?```)$', re.S)
SHINGLE = 8  # words in a row shared with the critique, and with nothing in the source, that count as a leak
LOOPED = 4  # times in a row
LONGEST_LOOP = 40  # words


def clean(raw: str, source: str) -> tuple[str, tuple[str, ...]]:
    """A revision without what is not part of the answer, and the words for what went."""
    text, done = raw.strip(), []
    for name, pattern in (
        ("role_tag", _ROLE_HEAD),
        ("meta_prefix", _PREFIX),
        ("meta_prefix", _SURE),
        ("role_tag", _ROLE_HEAD),
        ("role_tag", _ROLE_TAIL),
        ("meta_suffix", _SUFFIX),
    ):
        if pattern.match(source) or (pattern in (_ROLE_TAIL, _SUFFIX) and pattern.search(source)):
            continue  # the source is written so; it belongs to the answer
        shorter = pattern.sub("", text, count=1).strip()
        if shorter != text:
            text = shorter
            done.append(name)
    wrapped = _WRAPPED.match(text)
    if wrapped and not _WRAPPED.match(source.strip()):
        text = next(group for group in wrapped.groups() if group is not None).strip()
        done.append("wrapping")
    return text, tuple(dict.fromkeys(done))


def flags(text: str, source: str, *, critique: str = "", finish_reason: str | None = None) -> tuple[str, ...]:
    """The words for what makes a cleaned revision of `source` unusable; none where it is sound."""
    found = []
    if not text.strip():
        return ("empty",)
    if finish_reason == "length":
        found.append("truncated")
    if text.strip() == source.strip():
        found.append("identical")
    elif _bare(text) == _bare(source):
        found.append("near_identical")
    if _leaks(text, source, critique):
        found.append("leak")
    if _loops(text) and not _loops(source):
        found.append("loop")
    return tuple(found)


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _bare(text)
    return {tuple(words[place : place + SHINGLE]) for place in range(len(words) - SHINGLE + 1)}


def _leaks(text: str, source: str, critique: str) -> bool:
    if re.match(r'^\s*\{\s*"(?:text|verdict|quotes)"', text):
        return True
    return bool((_shingles(text) & _shingles(critique)) - _shingles(source))


def _loops(text: str) -> bool:
    """Whether some words, or some run of one character, come four times in a row."""
    if re.search(r"(\S)\1{39}", text):
        return True
    words = text.split()
    for size in range(1, LONGEST_LOOP + 1):
        run = 0
        need = size * (LOOPED - 1) if size > 3 else size * (LOOPED - 1) + 12
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            if run >= need:
                return True
    return False
