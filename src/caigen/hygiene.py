"""What makes a revision unusable, and what can be cleaned off it; each with a word that is counted.

Cleaned away (the raw text is kept): `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`. Cleaning is shy: a remark must
speak of the revision itself, since a note, a disclaimer or a lead-in is often the very thing that a rule asked for.
Unusable (the round is kept and marked, no pair is made of it): `empty`, `truncated`, `identical`, `near_identical`, `leak`, `loop`.
"""

import re

_NEW = r"(?:revised|rewritten|reworded|rephrased|updated|improved|corrected|modified|edited|adjusted|new|safer|better)"
_TEXT = r"(?:answer|response|version|reply|text|message|statement)"
_NAMED = (
    rf"(?:\b{_NEW}(?:\s+\w+){{0,2}}?\s+{_TEXT}\b|\brevision\b|\brewrite\b)"  # "revised answer", "new, safer version"
)
_DID = r"(?:revised|rewrote|rewritten|removed|changed|replaced|rephrased|reworded|added|avoided|adjusted|updated|kept|made sure|tried to)"
_OK = r"(?:(?:sure|certainly|of course|okay|ok|absolutely|no problem|thank you|understood|i understand)\b[^\n:]{0,60}?[,.!:]\s*)?"
_ROLE_HEAD = re.compile(
    rf"^(?:#+\s*{_NEW}\s+{_TEXT}\s*:?\s*\n\s*|\**(?:Assistant|AI|Revision|{_NEW}\s+{_TEXT}|Answer|Response)\**\s*:\**\s*)",
    re.I,
)
_ROLE_TAIL = re.compile(
    r"\n[ \t]*\n[ \t]*\**(?:Human|User|CritiqueRequest|RevisionRequest|Critique|Assistant)\**[ \t]*:.*", re.I | re.S
)
_PREFIXES = (
    re.compile(
        rf"^{_OK}(?:here(?:'s|’s| is)|below is|this is|the following is|my)\b[^\n:]{{0,80}}?{_NAMED}[^\n:]{{0,120}}:\s*",
        re.I,
    ),
    re.compile(r"^(?:sure|certainly|of course|absolutely)(?: thing)?[!.,:][ \t]*\n\s*", re.I),
    re.compile(
        rf"^(?:i(?:'m| am)? (?:apologi[sz]e|sorry)|apologies|sorry) for (?:my|the) (?:earlier|previous|last|initial|prior|original) {_TEXT}[^.!\n]*[.!]\s*",
        re.I,
    ),
)
_OPENS = re.compile(
    rf"^[(\[*_]*(?:note|explanation|changes(?: made)?|in (?:this|the|my)|(?:this|the|my) {_NEW}|i(?:'ve|’ve| have| hope)?\b|let me know)",
    re.I,
)
_SPEAKS = re.compile(
    rf"\b(?:this|the|my|a)\s+{_NAMED}|\b(?:original|previous|earlier)\s+{_TEXT}\b"
    rf"|^[(\[*_]*(?:note|explanation|changes(?: made)?)\b.*\bi(?:'ve|’ve| have)?\s+(?:also\s+)?{_DID}\b"
    rf"|^[(\[*_]*i(?:'ve|’ve| have)?\s+(?:also\s+)?{_DID}\b.*\b(?:{_TEXT}|wording|language|phrasing|sentence|tone)\b"
    rf"|^let me know\b.*\b(?:changes|edits|revisions?|adjustments)\b",
    re.I | re.S,
)
_WRAPPED = re.compile(r'^(?:"([^"]+)"|“([^“”]+)”|```(?:\w+)?\n(.+?)\n?```)$', re.S)
_ABOUT = {"answer", "response", "reply", "assistant", "critique", "revision", "principle", "violates", "rule"}
SHINGLE = 8  # words in a row shared with the critique, and with nothing in the source
LOOPED = 4  # times in a row
LONGEST_LOOP = 40  # words


def clean(raw: str, source: str) -> tuple[str, tuple[str, ...]]:
    """A revision without what is not part of the answer, and the words for what went.

    What the source has in the same place belongs to the answer and stays.
    """
    text, done = raw.strip(), []
    source = source.strip()
    for name, pattern in (
        ("role_tag", _ROLE_HEAD),
        *(("meta_prefix", prefix) for prefix in _PREFIXES),
        ("role_tag", _ROLE_HEAD),
        ("role_tag", _ROLE_TAIL),
    ):
        shorter = text if pattern.search(source) else pattern.sub("", text, count=1).strip()
        if shorter != text:
            text = shorter
            done.append(name)
    while (start := _remark(text)) and not _remark(source):
        text = text[:start].strip()
        done.append("meta_suffix")
    wrapped = _WRAPPED.match(text)
    if wrapped and not _WRAPPED.match(source):
        text = next(group for group in wrapped.groups() if group is not None).strip()
        done.append("wrapping")
    return text, tuple(dict.fromkeys(done))


def _remark(text: str) -> int:
    """Where the last paragraph (or a last line in brackets) starts, if it speaks of the revision; else 0."""
    lines = text.splitlines(keepends=True)
    for place in range(len(lines) - 1, 0, -1):
        opens = not lines[place - 1].strip() or (place == len(lines) - 1 and lines[place].lstrip()[:1] in "([")
        if opens:
            last = "".join(lines[place:]).strip()
            speaks = len(last) < 2000 and _OPENS.match(last) and _SPEAKS.search(last)
            return len("".join(lines[:place])) if speaks else 0
    return 0


def flags(text: str, source: str, *, critique: str = "", finish_reason: str | None = None) -> tuple[str, ...]:
    """The words for what makes a cleaned revision of `source` unusable; none where it is sound."""
    found = []
    if not text.strip():
        return ("truncated",) if finish_reason == "length" else ("empty",)
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
    """Whether the critique speaks in the revision: its JSON, two fifths of its words, or words about the answer itself.

    A wording that the critique proposed and the revision took is no leak.
    """
    if re.match(r'^\s*\{\s*"(?:text|verdict|quotes)"', text):
        return True
    said = _shingles(critique)
    shared = (_shingles(text) & said) - _shingles(source)
    return len(shared) > 0.4 * len(said) or any(_ABOUT.intersection(words) for words in shared)


def _loops(text: str) -> bool:
    """Whether some words, or some run of characters, come again and again."""
    if re.search(r"([^\W_])\1{39}", text):
        return True
    words = text.split()
    if len(words) < len(text) / 25 and re.search(r"(?=.{0,59}[^\W_])(.{4,60}?)\1{5,}", text):  # written without spaces
        return True
    for size in range(1, LONGEST_LOOP + 1):
        run = 0
        need = size * (LOOPED - 1) if size > 3 else size * (LOOPED - 1) + 12
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            if run >= need:
                return True
    return False
