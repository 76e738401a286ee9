"""What makes a revision unusable, and what can be cleaned off it; each with a word that is counted.

Cleaned away (the raw text is kept): `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`. Cleaning is shy: a remark must
speak of the revision itself, since a note, a disclaimer or a lead-in is often the very thing that a rule asked for.
Unusable (the round is kept and marked, no pair is made of it): `empty`, `truncated`, `identical`, `near_identical`, `meta` (it says that nothing
need change), `leak`, `loop`.
"""

import re
from collections import Counter
from itertools import pairwise

_REDONE = r"(?:revised|rewritten|reworded|rephrased|edited|corrected)"
_NEW = rf"(?:{_REDONE}|updated|improved|modified|adjusted|new|safer|better)"
_SAID = r"(?:answer|response|reply)"
_NAMED = (  # what a model calls its revision: "revised answer", "new and safer response", "answer rewritten to be …"
    rf"(?:\b{_NEW}\b(?:\W+\w+){{0,3}}?\W+{_SAID}\b|\b{_REDONE}\W+(?:\w+\W+)?(?:version|text|message|statement|draft)\b"
    rf"|\b{_SAID}(?:\W+\w+)?\W+{_REDONE}\b|\brevision\b|\brewrite\b)"
)
_DID = r"(?:revised|rewrote|rewritten|removed|changed|replaced|rephrased|reworded|added|avoided|adjusted|updated|kept|made sure|tried to)"
_OK = (
    r"(?:(?:sure|certainly|of course|okay|ok|absolutely|no problem|thank you|understood|i understand|apologies|i apologi[sz]e"
    r"|you(?:'re|’re| are) right)\b[^\n:]{0,200}?[,.!:]\s*)?"
)
_ROLE_HEAD = re.compile(
    rf"^(?:#+\s*\**(?:{_NEW}\s+{_SAID}|revision)\**\s*:?\s*\n\s*|\**(?:Assistant|AI|Revision|Revised|{_NEW}\s+{_SAID})\**\s*:\**\s*"
    rf"|\**(?:{_NEW}\s+{_SAID}|Answer|Response)\**\s*:?\**[ \t]*\n\s*)",
    re.I,
)
_CRITIQUE_HEAD = re.compile(
    rf"^\**Critique\**\s*:.{{0,4000}}?\n\s*\**(?:Revision|{_NEW}\s+{_SAID})\**\s*:\**\s*", re.I | re.S
)
_ROLE_TAIL = re.compile(r"(?<![:\s])\s*\n[ \t]*\n[ \t]*\**(?:Human|CritiqueRequest|RevisionRequest)\**[ \t]*:.*", re.S)
_PREFIXES = (
    re.compile(
        rf"^{_OK}(?:here(?:'s|’s| is)|below is|this is|the following is)\s+(?:an?|the|my|your)\b"
        rf"[^\n:.]{{0,60}}?{_NAMED}(?:[^\n:.]{{0,200}}:\s*|\s*\.[ \t]*\n\s*)",
        re.I,
    ),
    re.compile(r"^(?:sure|certainly|of course|absolutely)(?: thing)?[!.,:]?[ \t]*\n[ \t]*\n\s*", re.I),
    re.compile(
        rf"^(?:i(?:'m| am)? (?:apologi[sz]e|sorry)|apologies|sorry) for (?:my|the) (?:earlier|previous|last|initial|prior|original) {_SAID}[^.!\n]*[.!]\s*",
        re.I,
    ),
)
_OPENS = re.compile(
    rf"^[(\[*_]*(?:note|explanation|in (?:this|the|my)|(?:this|the|my) (?:{_NEW}|revision)|i(?:'ve|’ve| have| hope)?\b)",
    re.I,
)
_SPEAKS = re.compile(
    rf"\b(?:this|the|my|a)\s+{_NAMED}|\b(?:original|previous|earlier)\s+{_SAID}\b"
    rf"|^[(\[*_]*(?:note|explanation)\b.*\bi(?:'ve|’ve| have)?\s+(?:also\s+)?{_DID}\b"
    rf"|^[(\[*_]*i(?:'ve|’ve| have)?\s+(?:also\s+)?{_DID}\b.*\b{_SAID}\b",
    re.I | re.S,
)
_LISTS = re.compile(
    r"^[*_#( ]*(?:summary of changes|key changes|changes(?: made)?)[*_ ]*:[*_ ]*(?:\n\s*(?:[-*•]|\d+[.)])|i\b)", re.I
)
_OFFERS = re.compile(
    r"^let me know if you(?:'d|’d| would| want| need| have)\b.{0,60}\b(?:changes|edits|revisions?|adjustments)\b",
    re.I | re.S,
)
_RULE_LINE = re.compile(r"^\s*[-*_]{3,}\s*$")
_REFUSES = re.compile(
    rf"^(?:i have no (?:revisions?|changes)\b|no (?:revisions?|changes) (?:is |are )?(?:needed|necessary|required)"
    rf"|(?:the|your|this|my) (?:previous |original |last )?{_SAID} (?:already |fully )*(?:complies|follows|adheres|meets))",
    re.I,
)
_WRAPPED = re.compile(r'^(?:"([^"]+)"|“([^“”]+)”|```(?:text|markdown|md)?[ \t]*\n(.+?)\n?```)$', re.S)
_ABOUT = re.compile(rf"\b(?:critique|revision|violates)\b|\b(?:the|this|your|my|last) (?:{_SAID}|assistant)\b")
REMARKS = 2  # closing paragraphs that may be taken off
LONGEST_REMARK = 2000  # characters
COPIED = 0.4, 25  # share of a critique's shingles in the revision that is a leak, in a critique of so many or more
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
        ("role_tag", _CRITIQUE_HEAD),
        ("role_tag", _ROLE_HEAD),
        *(("meta_prefix", prefix) for prefix in _PREFIXES),
        ("role_tag", _ROLE_HEAD),
        ("role_tag", _ROLE_TAIL),
    ):
        shorter = text if pattern.search(source) else pattern.sub("", text, count=1).strip()
        if shorter != text:
            text = shorter
            done.append(name)
    for _ in range(REMARKS if not _remark(source) else 0):
        start = _remark(text)
        if start:
            text = text[:start].strip()
            done.append("meta_suffix")
    wrapped = _WRAPPED.match(text)
    if wrapped and not _WRAPPED.match(source):
        text = next(group for group in wrapped.groups() if group is not None).strip()
        done.append("wrapping")
    return text, tuple(dict.fromkeys(done))


def _remark(text: str) -> int:
    """Where the last paragraph (or a last line in brackets) starts, if it speaks of the revision; else 0.

    A line of dashes before it goes with it.
    """
    lines = text.splitlines(keepends=True)
    for place in range(len(lines) - 1, 0, -1):
        before = lines[place - 1]
        ruled = bool(_RULE_LINE.match(before))
        bracketed = place == len(lines) - 1 and lines[place].lstrip()[:1] in "(["
        if ruled or bracketed or not before.strip():
            last = "".join(lines[place:]).strip()
            speaks = _LISTS.match(last) or _OFFERS.match(last) or (_OPENS.match(last) and _SPEAKS.search(last))
            return len("".join(lines[: place - ruled])) if speaks and len(last) <= LONGEST_REMARK else 0
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
    if len(text) < 400 and _REFUSES.match(text) and not _REFUSES.match(source):
        found.append("meta")
    if _leaks(text, source, critique):
        found.append("leak")
    if finish_reason == "repetition" or (_loops(text) and not _loops(source)):
        found.append("loop")
    return tuple(found)


def _bare(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _shingles(text: str) -> set[tuple[str, ...]]:
    words = _bare(text)
    return {tuple(words[place : place + SHINGLE]) for place in range(len(words) - SHINGLE + 1)}


def _leaks(text: str, source: str, critique: str) -> bool:
    """Whether the critique speaks in the revision: its JSON, much of a long one, or its words about the answer itself.

    A wording that the critique proposed and the revision took is no leak.
    """
    if re.match(r'^\s*\{\s*"(?:text|verdict|quotes)"', text):
        return True
    said = _shingles(critique)
    shared = (_shingles(text) & said) - _shingles(source)
    share, least = COPIED
    much = len(said) >= least and len(shared) > share * len(said)
    return much or any(_ABOUT.search(" ".join(words)) for words in shared)


def _loops(text: str) -> bool:
    """Whether some words, or some run of characters, come again and again."""
    if re.search(r"([^\W_])\1{39}", text):
        return True
    words = [word for word in text.split() if any(map(str.isalpha, word))]
    if len(words) < len(text) / 25 and re.search(r"(?=.{0,59}[^\W_])(.{4,60}?)\1{5,}", text):  # written without spaces
        return True
    if max(Counter(pairwise(words)).values(), default=0) < LOOPED - 1:
        return False  # in a loop every two neighbours come so often
    for size in range(1, LONGEST_LOOP + 1):
        run = 0
        need = size * (LOOPED - 1) if size > 3 else size * (LOOPED - 1) + 12
        for place in range(size, len(words)):
            run = run + 1 if words[place] == words[place - size] else 0
            if run >= need:
                return True
    return False
