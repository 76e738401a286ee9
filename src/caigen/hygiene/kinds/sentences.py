"""text -> where its answer begins after a lead-in, and whether a paragraph is a remark: by the kinds of its words

The tables of phrases hold what models often say. This file knows what such a sentence is about: it speaks of the answer
and that it was redone, of the critique, of an earlier answer, or of a fault that was removed. Which kinds must come
together is in kinds/lexicon.py; the words of each language are in the files beside it.
"""

import re
from functools import lru_cache

from caigen.hygiene.kinds import chinese, english, french, german, japanese, spanish
from caigen.hygiene.kinds.lexicon import (
    ANNOUNCEMENTS,
    APOLOGIES,
    ASIDES,
    FOLLOW_UPS,
    FOLLOWING_SENTENCES,
    HEADINGS,
    LEAD_INS,
    NOTES,
    REMARKS,
    WEAK_FOLLOW_UPS,
    Lexicon,
)

LEXICONS: tuple[Lexicon, ...] = (
    english.LEXICON,
    german.LEXICON,
    french.LEXICON,
    spanish.LEXICON,
    chinese.LEXICON,
    japanese.LEXICON,
)
LATIN = LEXICONS[:4]
# Words that nearly every sentence of a language has, in the order of LATIN; some belong to two languages.
_COMMON = tuple(
    re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I)
    for words in (
        r"the|an?|is|are|was|were|be|here|this|that|these|my|your|our|i|i['’]\w+|we|you|and|of|to|with|for|in|on|as"
        r"|it|so|now|no",
        r"der|die|das|den|dem|des|ist|sind|war|wurde|und|ich|wir|hier|eine?[rmns]?|mit|von|zu[mr]?|nicht|sie|es|im"
        r"|auf|für|als|meine?[rnms]?|ihre?[rnms]?|deine?[rnms]?|so|nun|jetzt|bitte|gerne?",
        r"le|la|les|l['’]\w+|d['’]\w+|j['’]\w+|est|sont|et|je|voici|une?|avec|de|du|des|pour|pas|vous|ma|mon|ta|votre"
        r"|que|en|dans|ce|cette|bien",
        r"el|la|los|las|es|son|y|yo|he|aquí|una?|con|de|del|para|no|mi|tu|su|que|en|lo|al|se|esta|este|claro|por|bien"
        r"|buen|buena|gracias|ahora|sí|vale|ya",
    )
)
_EAST_ASIAN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
LONGEST_REMARK = 700  # characters of a paragraph after the answer
MAX_SENTENCES = 4  # of a lead-in
# Characters of a sentence before the answer:
LONGEST_LABEL = 40  # "Corrected version:"
LONGEST_FOLLOW_UP = 70  # after another lead-in
LONGEST_SENTENCE = 160  # that no colon ends
LONGEST_START = 120  # that only says yes, or thank you
# A sentence of one line: up to a colon or a full stop, with the emphasis or the bracket after it, and where it ends.
_SENTENCE = re.compile(
    r"[ \t]{0,8}[^\n:：.!?。！？]{1,250}?(?:[.][^\s\n:：.!?。！？][^\n:：.!?。！？]{0,100}){0,2}"
    r"(?:[:：][*_)\]]{0,4}|[.!?][*_)\]]{0,4}(?=\s|$)|[。！？][*_）】]{0,4})[ \t]{0,8}\n{0,4}\s{0,8}"
)
# What may stand before a remark: "(Note: ", "PS: "; and a paragraph in quotation marks, which is none.
_NOTE = re.compile(
    r"[*_>(\[（【 \t]{0,8}(?:(?:please )?note(?: that)?|notes|n\.?b\.?|p\.?s\.?|edit|explanation|rationale"
    r"|reason(?:ing)?|disclaimer|hinweis|anmerkung|erläuterung|begründung"
    r"|erklärung|info|remarque|nota|explication|explicación|observación|aclaración|précision|justification"
    r"|justificación|raisonnement|razonamiento|注|注意|备注|備註|说明|說明|附注"
    r"|※|補足|注記|備考|なお)[*_]{0,3}\s?[:：、]?[*_]{0,3}\s{0,3}",
    re.I,
)
_QUOTED = re.compile(r"[*_>\s]{0,4}(?![「『][^」』]{1,12}[」』]を)[\"“„«「『]")
# A marker in brackets or between dashes: "[End of the revised answer]", "--- revised answer ends ---".
_MARKER = re.compile(r"[*_ ]{0,4}(?:[\[(【（<].{3,60}[\])】）>]|[-=]{2,5}.{3,60}[-=]{2,5})[*_. ]{0,4}\Z")
_ASIDE = re.compile(r"(?:[*_]{0,2}[\[(（【].{8,300}[\])）】]|[*_].{8,300}[*_])\s{0,4}\Z", re.S)
# A line in brackets or in emphasis before the answer: "*Revised for tone*".
_LINE_ASIDE = re.compile(
    r"(?:[*_]{0,2}[\[(（][^\n]{8,200}[\])）][*_]{0,2}|([*_])(?!\1)[^\n*_]{8,200}\1)[ \t]{0,4}\n[ \t]{0,4}\n\s{0,8}"
)
# A heading of its own: "## New answer", "**Corrected answer**".
_HEADING = re.compile(r"[> \t]{0,4}(?:#{1,6}[ \t]|\*\*|__|【|\[)[^\n.!?:：]{1,60}\n\s{0,8}")


def lead_in(text: str, *, follows: bool, spoken: bool = False) -> int:
    """The index where an answer begins after a lead-in; 0 without a lead-in.

    `follows`: another lead-in stood before this text. `spoken`: a remark at the end has shown that a revision is
    spoken of.
    """
    end = _heading_end(text, in_context=follows or spoken)
    if not end:
        end = _sentences_end(text, follows=follows)
    return end


def _heading_end(text: str, *, in_context: bool) -> int:
    """The index after a heading such as "## Improved answer", or after a line in brackets; 0 without one.

    `in_context`: the text is known to speak of a revision, so that the heading "Answer" is enough.
    """
    heading = _HEADING.match(text)
    if heading and heading.end() < len(text):
        labels = ("label_word", "answer") if in_context else ("label_word",)
        if _has_any(heading[0], HEADINGS) or _is_label(heading[0], *labels):
            return heading.end()
    line = _LINE_ASIDE.match(text)
    if line and line.end() < len(text) and _has_any(line[0], ASIDES):
        return line.end()
    return 0


def _sentences_end(text: str, *, follows: bool) -> int:
    """The index after the sentences of a lead-in; 0 where the text begins with the answer."""
    end = index = 0
    spoke = False  # whether the sentence before, on the same line, spoke of the answer
    hinted = False  # whether it spoke of an answer, a tone or a critique at all
    first_line = text.partition("\n")[0].rstrip("*_)] \t")
    is_announced = first_line.endswith((":", "："))
    before = _BEFORE_LEAD_IN if is_announced else (*_STARTS, *LEAD_INS)
    for _ in range(MAX_SENTENCES):
        match = _SENTENCE.match(text, index)
        # A sentence with nothing after it is the answer.
        if not match or match.end() == len(text) or splits_quotation(match[0]):
            break
        sentence, index = match[0], match.end()
        if (
            _leads(sentence, follows=follows)
            or (hinted and _announces(sentence) and _has_any(sentence, WEAK_FOLLOW_UPS))
            or (spoke and _is_label(sentence, "here"))
            or (_is_label(sentence, "label_word") and not text[index].isdigit())
        ):
            end, follows, spoke = index, True, not sentence.endswith("\n")
        elif len(sentence) <= LONGEST_START and _has_any(sentence, before) and not sentence.endswith("\n\n"):
            # It is removed only together with the next one: who agrees, or sets to work, then does it again.
            spoke = _has_any(sentence, LEAD_INS)
            hinted = hinted or (is_announced and _has_any(sentence, _HINTS))
            follows = follows or spoke or _has_any(sentence, _AGREEMENTS)
        else:
            break
    return end


def splits_quotation(text: str) -> bool:
    """Whether a quotation begins in the text and ends behind it."""
    return text.count('"') % 2 == 1 or any(
        text.count(first) > text.count(last) for first, last in ("“”", "「」", "«»", "„“")
    )


def _leads(sentence: str, *, follows: bool) -> bool:
    """Whether a sentence is a lead-in by itself, by the kinds of its words and by its last character."""
    if sentence.rstrip("*_)] \t\n").endswith((":", "：")):
        short = len(sentence) <= LONGEST_LABEL and _has_any(sentence, HEADINGS)
        follow = follows and len(sentence) <= LONGEST_FOLLOW_UP
        return short or _has_any(sentence, FOLLOW_UPS if follow else ANNOUNCEMENTS)
    if not sentence.endswith("\n"):
        return _has_any(sentence, APOLOGIES)
    if len(sentence) > LONGEST_SENTENCE:
        return False
    if follows:
        return _has_any(sentence, FOLLOWING_SENTENCES)
    return _has_any(sentence, LEAD_INS) and _has_any(sentence, _PERSONS)


def _announces(sentence: str) -> bool:
    """Whether a short sentence ends with a colon and the end of its line."""
    bare = sentence.rstrip("*_)] \t\n")
    return sentence.endswith("\n") and bare.endswith((":", "：")) and len(bare) <= LONGEST_FOLLOW_UP


def _is_label(sentence: str, *kinds: str) -> bool:
    """Whether a sentence is one word of one of the kinds, with a colon or as a heading, such as "Rewritten:"."""
    bare = sentence.strip("*_#>()[]【】:： \t\n")
    if not sentence.rstrip("*_)] \t\n").endswith((":", "：")) and not _HEADING.match(sentence):
        return False
    return any(lexicon.kinds[kind].fullmatch(bare) for lexicon in LEXICONS for kind in kinds)


def remark(text: str) -> bool:
    """Whether a last paragraph is a remark on the revision, such as "I hope this version is better."."""
    if len(text) > LONGEST_REMARK:
        return False
    if _QUOTED.match(text):
        return False
    if _MARKER.match(text) and _has_any(text, HEADINGS):
        return True
    if _ASIDE.match(text) and _has_any(text, ASIDES):
        return True
    note = _NOTE.match(text)
    start = note.end() if note else 0
    match = _SENTENCE.match(text, start)
    # "In short: the answer is kinder." goes on behind its colon.
    if match and match[0].rstrip().endswith((":", "：")) and "\n" not in text:
        match = _SENTENCE.match(text, match.end())
    sentence = text[start : match.end()] if match else text[start:]
    return _has_any(f"({sentence}" if start else sentence, REMARKS) or notes(text)


def notes(text: str) -> bool:
    """Whether the last paragraphs are a heading with a list of changes under it."""
    return (
        len(text) <= LONGEST_REMARK and _has_any(text.partition("\n")[0][:80], (["label"],)) and _has_any(text, NOTES)
    )


# A sentence that no colon ends must speak of who speaks or to whom, or point at the answer.
_PERSONS = tuple([kind] for kind in ("mine", "points", "starts", "sorry", "right"))
# Agreement, a beginning or an apology, before the lead-in: "Sure.", "You are right.", "Sorry."
_STARTS = (["starts"], ["right"], ["sorry"], ["again", "answer"])
_HINTS = (["answer"], ["before"], ["style"], ["critic"], ["sorry"])
# The same, with a word of the revision or the critique in it; what follows is a lead-in after another one.
_AGREEMENTS = (["right"], ["starts", "critic"], ["starts", "did"], ["starts", "revised"], ["again", "answer"])
_BEFORE_LEAD_IN = (*_STARTS, *_HINTS, *LEAD_INS)


def _has_any(text: str, combinations: tuple[list[str], ...]) -> bool:
    """Whether a text has all kinds of one of the combinations, in a language that it may be in."""
    return any(lexicon.has(text, combinations) for lexicon in _likely_lexicons(text))


@lru_cache(maxsize=64)
def _likely_lexicons(text: str) -> tuple[Lexicon, ...]:
    """The lexicons of the languages that a text may be in: those with a common word in it, else all of its script."""
    # A text in two scripts may speak of its revision in either.
    if _EAST_ASIAN.search(text):
        return LEXICONS
    likely = tuple(lexicon for lexicon, words in zip(LATIN, _COMMON, strict=True) if words.search(text))
    return likely or LATIN
