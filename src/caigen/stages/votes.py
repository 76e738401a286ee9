r"""read_vote: text of a judge's answer -> the word that it votes for, or None

A word counts if it stands alone or before punctuation, never before another word: the article in "A better answer is
option B" is no vote. Whatever is not surely a vote is not read: an unread answer is counted as unread, a misread one is
a wrong label. These forms are read, with marks such as `**B**`, `(B)`, `"B"`, `\boxed{B}` around the word:

| form | example that is read | that is not |
|---|---|---|
| the word first | `B`, `B.`, `No, it does not.`, `4 - a fair answer` | `A careful reply`, `3.5`, `1 of 10`, `A or B` |
| after a name | `Option B`, `Response (B)` | `Option A or B` |
| after a lead | `Answer: B`, `The better option is B.`, `I prefer B to A` | `The answer is not B` |
| before praise or a reason | `**B** is better than A`, `Option B follows the rule better.` | `(A) is worse` |

The last form needs marks, a name or a lead. Not read are a letter with a question mark (`A?`), a letter with words
against it (`A: it breaks the rule`, `A (worse)`), a heading over a remark on one of the texts (`Option A: the first …`,
cut off there), a refusal (`No, I cannot help with that`), and an answer in which another word stands as a vote, too.
Leads, names and praise are English, as the templates are.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from caigen.hygiene.critiques import refuses

MAX_VOTE_CHARACTERS = 400  # a vote stands at the beginning

# Marks before a word: white space, emphasis, quotes, brackets, a bullet, LaTeX's box. `**(A)**`, `- B`, `$\boxed{A}$`
# Lazy, so that the marks next to the word are left for the group `marks`.
_BEFORE = r"""(?:[\s*_`"'“‘«\[({<#>|$]|\\(?:boxed|text|mathbf)(?=\W)|[-•]\s)*?"""
# Marks that close behind the word.
_BEHIND = r"""[*_`"'”’»)\]}>$]*"""
_NAME = rf"(?:(?i:option|answer|response|choice|text|rating|score)\s+{_BEFORE})"
# "So, the answer is", "**Answer:**", "My rating:", "I would choose", "The better option is"; not "The answer is not"
_LEAD = (
    r"(?i:(?:(?:so|thus|therefore|hence|overall|okay|ok|sure|well)[,:!.]?\s+)?"
    r"(?:(?:(?:the|my)\s+)?(?:(?:final|correct|right|best|better|preferred)\s+)*"
    r"(?:answer|choice|option|response|verdict|rating|score|vote|letter|number|preference|decision|reply|one)"
    r"(?:\s+is|\s+would\s+be|\s*[:=]|\s+[-–—])[\s:]*"
    r"|i\s+(?:would\s+)?(?:choose|pick|prefer|select|vote\s+for|go\s+with|answer|say"
    r"|rate\s+(?:it|this)|give\s+(?:it|this)(?:\s+an?)?)\s+))"
)
# " is clearly the better option", " follows this rule better"; not " is worse", " is fine"
_PRAISE = re.compile(
    r"\s+(?i:(?:is|seems|looks)\s+(?:(?:clearly|much|slightly|far|somewhat|the|a|bit)\s+)*(?:better|best|preferable)"
    r"(?:\s+(?:one|option|choice|answer|response))?"
    r"|better\s+follows\s+(?:this|the)\s+(?:rule|principle)"
    r"|follows\s+(?:this|the)\s+(?:rule|principle)\s+(?:better|best|more\s+closely))"
)
_REASON = re.compile(r"\s+(?i:because|since)\b")
# What may follow a vote: sentence punctuation with no letter or number behind it ("A." but not "A.I.", "3." but not
# "3.5"), Chinese and Japanese punctuation, a dash between spaces, a bracket,
# a line break. Not a question mark, as in "A?".
_PUNCTUATION = re.compile(r"[.!;:,]+(?![\w?])|[。！；：，、]|\s*[—…]|\s+[-–]+\s|\s*[(\[]|[ \t]*\n")
# Words against a letter, up to the end of the sentence: "A: it breaks the rule", "A (worse)", "A: 2/10", "A, no"; not
# "A: it never breaks the rule", "A, because B is worse"
_AGAINST = re.compile(
    r"\W*(?:\d|(?i:no|not|nope|never|neither|wrong|bad)\b)"
    r"|[^.!\n]*?(?<!not )(?<!n['’]t )(?<!never )(?<!nothing )(?<!nor )"
    r"\b(?i:worse|worst|weaker|violates|violated|breaks|broke|breaches|breached|fails|failed|loses|contradicts|ignores)\b"
)
_FOR_THIS = re.compile(r"\W*(?i:because|since|as|for)\b")
_HEADING = re.compile(r"[*_`\s]*:|\s+[-–]+\s|\s*—")  # "A: the first answer says …" may go on with "B: the second …"


def read_vote(text: str, words: Sequence[str], *, complete: bool = True) -> str | None:
    """Return the word that an answer votes for, None if there is none or it is not sure.

    Letters must be written as in `words`; longer words, such as Yes, count in any case. In an answer that was cut off
    (not `complete`), a word at the very end may be the beginning of a longer one and does not count.
    """
    text = text[:MAX_VOTE_CHARACTERS]
    patterns = _patterns(tuple(words))
    vote = patterns.vote.match(text)
    if not vote:
        return None
    rest = text[vote.end() :]
    if not _ends(vote, rest, complete=complete):
        # another word follows: it must be praise for the vote or a reason, as in "**B** is better than A"
        remainder = _after_praise(vote, rest, patterns)
        if remainder is None:
            return None
        rest = remainder
    word = patterns.spelling(vote["word"])
    # "No, I cannot help with that" judges nothing
    if refuses(vote.string[vote.start("word") :]) or refuses(re.sub(r"^\W+", "", rest)):
        return None
    if word in patterns.letters and _speaks_against(vote, rest, patterns, complete=complete):
        return None
    # "B. No, A." has two votes, so it has none
    if any(other != word for other in patterns.votes(rest)):
        return None
    return word


def _after_praise(vote: re.Match[str], rest: str, patterns: "_Patterns") -> str | None:
    """The text after praise for the vote, such as ` is better than A`; None if other words follow the vote.

    An unmarked letter may be an article ("A better answer …"), so it needs marks, a name or a lead.
    """
    marked = bool(vote["marks"] and vote["behind"])
    if not (marked or vote["name"] or vote["lead"]):
        return None
    praise = _PRAISE.match(rest)
    if praise:
        rest = rest[praise.end() :]
    comparison = patterns.comparison.match(rest)
    if comparison:
        rest = rest[comparison.end() :]
    if _REASON.match(rest):
        return rest
    ends = not rest.strip() or bool(_PUNCTUATION.match(rest))
    return rest if ends and (praise or comparison) else None


def _speaks_against(vote: re.Match[str], rest: str, patterns: "_Patterns", *, complete: bool) -> bool:
    """Whether words against a letter follow it, or the letter is only the heading over a remark on its text."""
    heading = _HEADING.match(rest) or (vote["name"] and not vote["lead"] and rest.startswith("\n"))
    # "Option A: the first …", cut off, or "Option A:" alone
    if heading and (not complete or not rest.strip("*_` \n:")):
        return True
    if _FOR_THIS.match(rest):
        return False
    against = _AGAINST.match(rest)
    # "A, because B is worse" speaks against B
    return against is not None and not patterns.has_other_letter(against[0], vote["word"])


class _Patterns(NamedTuple):
    """The patterns for one set of words: `vote` at the beginning, `comparison` (` than A`), `mention` anywhere."""

    words: tuple[str, ...]
    vote: re.Pattern[str]
    comparison: re.Pattern[str]
    mention: re.Pattern[str]

    def spelling(self, text: str) -> str:
        """A word in any case -> the word as it was asked for."""
        return next(word for word in self.words if word.lower() == text.lower())

    @property
    def letters(self) -> tuple[str, ...]:
        """The words that are one letter, such as A and B."""
        return tuple(word for word in self.words if len(word) == 1 and word.isalpha())

    def has_other_letter(self, text: str, letter: str) -> bool:
        """Whether a text names one of the other letters."""
        return any(re.search(rf"\b{re.escape(other)}\b", text) for other in self.letters if other != letter)

    def votes(self, text: str) -> list[str]:
        """The words that stand as a vote anywhere in a text: marked, named, or with no word behind them."""
        votes = []
        for mention in self.mention.finditer(text):
            marked = mention["marks"] and mention["behind"]
            if mention["name"] or marked or _ends(mention, text[mention.end() :], complete=True):
                votes.append(self.spelling(mention["word"]))
        return votes


@lru_cache(maxsize=32)
def _patterns(words: tuple[str, ...]) -> _Patterns:
    """Build the patterns for some words, such as `("A", "B")`."""
    letters = "|".join(re.escape(word) for word in words if len(word) == 1)
    # longer words first, so that none is taken for the beginning of another; in any case
    longer = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True) if len(word) > 1)
    alternatives = [letters] if letters else []
    if longer:
        alternatives.insert(0, f"(?i:{longer})")
    word = "|".join(alternatives)
    # the word between its marks: **B**, (B), "B"
    marked = rf"""(?P<marks>[*_`"'“‘«\[({{<]*)(?P<word>{word})(?!\w)(?P<behind>{_BEHIND})"""
    return _Patterns(
        words,
        # "The better option is (B)": marks, a lead, a name; no letter or digit may stand before the word
        re.compile(rf"{_BEFORE}(?P<lead>{_LEAD}{_BEFORE})?(?P<name>{_NAME})?(?<![^\s*_`\"'“‘«\[({{<#>|$:=]){marked}"),
        re.compile(rf"\s+(?i:than|over|to|rather\s+than|instead\s+of)\s+{_NAME}?{marked}"),
        re.compile(rf"(?P<name>{_NAME})?(?<![\w'’.,/-]){marked}"),
    )


def _ends(vote: re.Match[str], rest: str, *, complete: bool) -> bool:
    """Whether no other word follows the word of a match; `rest` is the text behind it."""
    if not rest.strip():
        return complete or bool(vote["behind"] or set(vote["marks"]) & set("([{"))
    punctuation = _PUNCTUATION.match(rest)
    if not punctuation:
        return False
    if not vote["word"].isdigit():
        return True
    # "1. First, …" numbers a list; a number that is cut off after its point may go on, as 3.5 does
    after = rest[punctuation.end() :].strip()
    numbered = rest[0] == "." and (after or not complete)
    return not numbered
