r"""reading: text of a judge's answer -> the word that it votes for, or None

A word counts where it stands alone or before punctuation, never where another word follows it, so that the article in "A better
answer is option B" is no vote. What is not surely a vote is not read: an unread answer is counted as such, a misread one is a
wrong label. Read are these forms, with marks as in `**B**`, `(B)`, `"B"`, `\boxed{B}` around the word:

| form | example that is read | that is not |
|---|---|---|
| the word first | `B`, `B.`, `No, it does not.`, `4 - a fair answer` | `A careful reply`, `3.5`, `1 of 10`, `A or B` |
| after a name | `Option B`, `Response (B)` | `Option A or B` |
| after a lead | `Answer: B`, `The better option is B.`, `I prefer B to A` | `The answer is not B` |
| such a word with praise or a reason behind it | `**B** is better than A`, `Option B follows the rule better.`, `(B) because …` | `(A) is worse` |

No vote is a letter that is asked for (`A?`), spoken against (`A: it breaks the rule`, `A (worse)`), or the heading over what
is said of one of the texts (`Option A: the first …`, cut off there); nor a refusal (`No, I cannot help with that`).
Leads, names and what is better are English, as the templates are. An answer in which the other word stands as a vote, too, is not read.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from caigen.hygiene.critiques import refuses

LONGEST = 400  # characters that are looked at; a vote stands at the beginning

# Marks before a word: white space, emphasis, quotes, brackets, a bullet, LaTeX's box. `**(A)**`, `- B`, `$\boxed{A}$`
# It takes as few as it can, so that those next to the word are left for the group `marks`.
_BEFORE = r"""(?:[\s*_`"'“‘«\[({<#>|$]|\\(?:boxed|text|mathbf)(?=\W)|[-•]\s)*?"""
# Marks that close behind it.
_BEHIND = r"""[*_`"'”’»)\]}>$]*"""
_NAME = rf"(?:(?i:option|answer|response|choice|text|rating|score)\s+{_BEFORE})"
# "So, the answer is", "**Answer:**", "My rating:", "I would choose", "The better option is"; not "The answer is not"
_LEAD = (
    r"(?i:(?:(?:so|thus|therefore|hence|overall|okay|ok|sure|well)[,:!.]?\s+)?"
    r"(?:(?:(?:the|my)\s+)?(?:(?:final|correct|right|best|better|preferred)\s+)*"
    r"(?:answer|choice|option|response|verdict|rating|score|vote|letter|number|preference|decision|reply|one)"
    r"(?:\s+is|\s+would\s+be|\s*[:=]|\s+[-–—])[\s:]*"
    r"|i\s+(?:would\s+)?(?:choose|pick|prefer|select|vote\s+for|go\s+with|answer|say|rate\s+(?:it|this)|give\s+(?:it|this)(?:\s+an?)?)"
    r"\s+))"
)
# " is clearly the better option", " follows this rule better"; not " is worse", " is fine"
_BETTER = re.compile(
    r"\s+(?i:(?:is|seems|looks)\s+(?:(?:clearly|much|slightly|far|somewhat|the|a|bit)\s+)*(?:better|best|preferable)"
    r"(?:\s+(?:one|option|choice|answer|response))?"
    r"|better\s+follows\s+(?:this|the)\s+(?:rule|principle)"
    r"|follows\s+(?:this|the)\s+(?:rule|principle)\s+(?:better|best|more\s+closely))"
)
_REASON = re.compile(r"\s+(?i:because|since)\b")
# What may stand behind a word that is not followed by another: sentence punctuation with no letter or number behind it
# ("A." but not "A.I.", "3." but not "3.5"), that of Chinese and Japanese, a dash between spaces, a bracket, a line break.
# A question mark is none: who asks "A?" has not chosen.
_PUNCTUATION = re.compile(r"[.!;:,]+(?![\w?])|[。！；：，、]|\s*[—…]|\s+[-–]+\s|\s*[(\[]|[ \t]*\n")
# Words behind a letter that speak against it, up to the end of the sentence: "A: it breaks the rule", "A (worse)", "A: 2/10",
# "A, no"; not "A: it never breaks the rule", "A, because B is worse"
_AGAINST = re.compile(
    r"\W*(?:\d|(?i:no|not|nope|never|neither|wrong|bad)\b)"
    r"|[^.!\n]*?(?<!not )(?<!n['’]t )(?<!never )(?<!nothing )(?<!nor )"
    r"\b(?i:worse|worst|weaker|violates|violated|breaks|broke|breaches|breached|fails|failed|loses|contradicts|ignores)\b"
)
_FOR_THIS = re.compile(r"\W*(?i:because|since|as|for)\b")
_HEADING = re.compile(r"[*_`\s]*:|\s+[-–]+\s|\s*—")  # "A: the first answer says …" may go on with "B: the second …"


def read(text: str, words: Sequence[str], *, whole: bool = True) -> str | None:
    """The one of `words` that an answer votes for; None where none or not surely one.

    Letters count as they are written, words such as Yes in any case. Where the text was cut off (not `whole`), a word at its
    very end may be the beginning of more and does not count.
    """
    text = text[:LONGEST]
    forms = _forms(tuple(words))
    found = forms.vote.match(text)
    if not found:
        return None
    rest = text[found.end() :]
    marked = bool(found["marks"] and found["behind"])
    if not _ends(found, rest, whole=whole):
        # the letter goes on with a word: only one that cannot be an article may, with praise, the other letter or a reason
        if not (marked or found["name"] or found["lead"]):
            return None
        better = _BETTER.match(rest)
        rest = rest[better.end() :] if better else rest
        than = forms.than.match(rest)
        rest = rest[than.end() :] if than else rest
        ends = not rest.strip() or bool(_PUNCTUATION.match(rest))
        if not (_REASON.match(rest) or ((better or than) and ends)):
            return None
    word = forms.spelled(found["word"])
    if refuses(found.string[found.start("word") :]) or refuses(re.sub(r"^\W+", "", rest)):
        return None  # "No, I cannot help with that" judges nothing
    if word in forms.letters and _speaks_against(found, rest, forms, whole=whole):
        return None
    return None if any(other != word for other in forms.votes(rest)) else word


def _speaks_against(found: re.Match[str], rest: str, forms: "_Forms", *, whole: bool) -> bool:
    """Whether a letter is followed by words against it, or is the heading over what is said of one of two texts."""
    heading = _HEADING.match(rest) or (found["name"] and not found["lead"] and rest.startswith("\n"))
    if heading and (not whole or not rest.strip("*_` \n:")):
        return True
    against = None if _FOR_THIS.match(rest) else _AGAINST.match(rest)
    return against is not None and not forms.other_in(against[0], found["word"])


class _Forms(NamedTuple):
    """The patterns for one set of words."""

    words: tuple[str, ...]
    vote: re.Pattern[str]
    than: re.Pattern[str]
    mention: re.Pattern[str]

    def spelled(self, found: str) -> str:
        """The word as it was asked for."""
        return next(word for word in self.words if word.lower() == found.lower())

    @property
    def letters(self) -> tuple[str, ...]:
        """The words of one letter."""
        return tuple(word for word in self.words if len(word) == 1 and word.isalpha())

    def other_in(self, text: str, word: str) -> bool:
        """Whether another of the letters stands in a text."""
        return any(re.search(rf"\b{re.escape(other)}\b", text) for other in self.letters if other != word)

    def votes(self, text: str) -> list[str]:
        """The words that stand as a vote anywhere in a text: marked, named, or with no word behind."""
        mentions = [
            found
            for found in self.mention.finditer(text)
            if found["name"] or (found["marks"] and found["behind"]) or _ends(found, text[found.end() :], whole=True)
        ]
        return [self.spelled(found["word"]) for found in mentions]


@lru_cache(maxsize=32)
def _forms(words: tuple[str, ...]) -> _Forms:
    letters = "|".join(re.escape(word) for word in words if len(word) == 1)
    longer = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if len(word) > 1)
    either = "|".join(part for part in (f"(?i:{longer})" if longer else "", letters) if part)
    marked = rf"""(?P<marks>[*_`"'“‘«\[({{<]*)(?P<word>{either})(?!\w)(?P<behind>{_BEHIND})"""
    return _Forms(
        words,
        re.compile(rf"{_BEFORE}(?P<lead>{_LEAD}{_BEFORE})?(?P<name>{_NAME})?(?<![^\s*_`\"'“‘«\[({{<#>|$:=]){marked}"),
        re.compile(rf"\s+(?i:than|over|to|rather\s+than|instead\s+of)\s+{_NAME}?{marked}"),
        re.compile(rf"(?P<name>{_NAME})?(?<![\w'’.,/-]){marked}"),
    )


def _ends(found: re.Match[str], rest: str, *, whole: bool) -> bool:
    """Whether no other word follows a word that was found."""
    if not rest.strip():
        return whole or bool(found["behind"] or set(found["marks"]) & set("([{"))
    punctuation = _PUNCTUATION.match(rest)
    if not punctuation:
        return False
    if not found["word"].isdigit():
        return True
    # "1. First, …" and "1) First, …" number a list; a number cut off after its point may go on, as 3.5 does
    after = rest[punctuation.end() :].strip()
    numbered = rest[0] == "." and (after or not whole)
    return not numbered
