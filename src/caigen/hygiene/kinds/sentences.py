"""Where an opening ends, and where a remark begins, by the kinds of words in a sentence.

The tables of phrases know what models often say. This knows what such a sentence is about: it speaks of the answer and
that it was redone, of the critique, of an earlier answer, of a fault that was taken out. Which kinds must come together is
in lexicon.py, the words of each language in the files beside it.
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
# Words that hardly a sentence of the language is without, in the order of LATIN; some stand in two languages.
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
LONGEST_REMARK = 700  # characters
SENTENCES = 4  # of a lead-in at most
LONGEST_LABEL = 40  # characters of "Corrected version:"
LONGEST_FOLLOW_UP = 70
LONGEST_SENTENCE = 160  # of one before an answer that no colon ends
LONGEST_START = 120  # characters of one that only says yes, or thank you
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
    """Where an answer begins after a lead-in; 0 where there is none.

    `follows`: another lead-in has gone before. `spoken`: a remark at the end has shown that a revision is spoken of.
    """
    heading = _HEADING.match(text)
    if (
        heading
        and heading.end() < len(text)
        and (_any(heading[0], HEADINGS) or _is_label(heading[0], "label_word", *["answer"] * (follows or spoken)))
    ):
        return heading.end()
    line = _LINE_ASIDE.match(text)
    if line and line.end() < len(text) and _any(line[0], ASIDES):
        return line.end()
    end = place = 0
    spoke = False  # whether the sentence before, on the same line, spoke of the answer
    hinted = False  # whether it spoke of an answer, a tone or a critique at all
    first = text.partition("\n")[0].rstrip("*_)] \t")
    before = _BEFORE_LEAD_IN if first.endswith((":", "：")) else (*_STARTS, *LEAD_INS)
    for _ in range(SENTENCES):
        found = _SENTENCE.match(text, place)
        if not found or found.end() == len(text) or splits_quotation(found[0]):
            break  # what has nothing after it is the answer
        sentence, place = found[0], found.end()
        if (
            _leads(sentence, follows=follows)
            or (hinted and _announces(sentence) and _any(sentence, WEAK_FOLLOW_UPS))
            or (spoke and _is_label(sentence, "here"))
            or (_is_label(sentence, "label_word") and not text[place].isdigit())
        ):
            end, follows, spoke = place, True, not sentence.endswith("\n")
        elif len(sentence) <= LONGEST_START and _any(sentence, before) and not sentence.endswith("\n\n"):
            # It goes only if the next one does. Who gives way, or sets to work, goes on to do it again.
            spoke = _any(sentence, LEAD_INS)
            hinted = hinted or (before is _BEFORE_LEAD_IN and _any(sentence, _HINTS))
            follows = (
                follows
                or spoke
                or _any(
                    sentence,
                    (["right"], ["starts", "critic"], ["starts", "did"], ["starts", "revised"], ["again", "answer"]),
                )
            )
        else:
            break
    return end


def splits_quotation(text: str) -> bool:
    """Whether a quotation begins in the text and goes on behind it."""
    return text.count('"') % 2 == 1 or any(
        text.count(first) > text.count(last) for first, last in ("“”", "「」", "«»", "„“")
    )


def _leads(sentence: str, *, follows: bool) -> bool:
    """Whether a sentence leads to what comes after it, by its kinds and by what ends it."""
    if sentence.rstrip("*_)] \t\n").endswith((":", "：")):
        short = len(sentence) <= LONGEST_LABEL and _any(sentence, HEADINGS)
        follow = follows and len(sentence) <= LONGEST_FOLLOW_UP
        return short or _any(sentence, FOLLOW_UPS if follow else ANNOUNCEMENTS)
    if not sentence.endswith("\n"):
        return _any(sentence, APOLOGIES)
    if len(sentence) > LONGEST_SENTENCE:
        return False
    if follows:
        return _any(sentence, FOLLOWING_SENTENCES)
    return _any(sentence, LEAD_INS) and _any(sentence, _PERSONS)


def _announces(sentence: str) -> bool:
    """Whether a colon and the end of the line end a sentence of no more than a follow-up's length."""
    bare = sentence.rstrip("*_)] \t\n")
    return sentence.endswith("\n") and bare.endswith((":", "：")) and len(bare) <= LONGEST_FOLLOW_UP


def _is_label(sentence: str, *kinds: str) -> bool:
    """Whether it is one word of one of the kinds, with a colon or as a heading, such as "Rewritten:"."""
    bare = sentence.strip("*_#>()[]【】:： \t\n")
    if not sentence.rstrip("*_)] \t\n").endswith((":", "：")) and not _HEADING.match(sentence):
        return False
    return any(lexicon.kinds[kind].fullmatch(bare) for lexicon in LEXICONS for kind in kinds)


def remark(text: str) -> bool:
    """Whether a last paragraph is a remark on the revision."""
    if len(text) > LONGEST_REMARK:
        return False
    if _QUOTED.match(text):
        return False
    if _MARKER.match(text) and _any(text, HEADINGS):
        return True
    if _ASIDE.match(text) and _any(text, ASIDES):
        return True
    note = _NOTE.match(text)
    start = note.end() if note else 0
    found = _SENTENCE.match(text, start)
    if found and found[0].rstrip().endswith((":", "：")) and "\n" not in text:  # "In short: the answer is kinder."
        found = _SENTENCE.match(text, found.end())
    sentence = text[start : found.end()] if found else text[start:]
    return _any(f"({sentence}" if start else sentence, REMARKS) or notes(text)


def notes(text: str) -> bool:
    """Whether the last paragraphs are a heading with a list of changes under it."""
    return len(text) <= LONGEST_REMARK and _any(text.partition("\n")[0][:80], (["label"],)) and _any(text, NOTES)


# A sentence that no colon ends must speak of who speaks or to whom, or point at the answer.
_PERSONS = tuple([kind] for kind in ("mine", "points", "starts", "sorry", "right"))
_STARTS = (["starts"], ["right"], ["sorry"], ["again", "answer"])
_HINTS = (["answer"], ["before"], ["style"], ["critic"], ["sorry"])
_BEFORE_LEAD_IN = (*_STARTS, *_HINTS, *LEAD_INS)


def _any(text: str, combinations: tuple[list[str], ...]) -> bool:
    return any(lexicon.has(text, combinations) for lexicon in _likely(text))


@lru_cache(maxsize=64)
def _likely(text: str) -> tuple[Lexicon, ...]:
    """The lexicons of the languages that a text may be in: those with a common word in it, all of its script where none has."""
    if _EAST_ASIAN.search(text):
        return LEXICONS  # a mixed text may speak of it in either script
    return tuple(lexicon for lexicon, words in zip(LATIN, _COMMON, strict=True) if words.search(text)) or LATIN
