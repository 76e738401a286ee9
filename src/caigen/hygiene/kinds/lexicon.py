"""Lexicon: the kinds of words that speak of a revision; and which of them together make a lead-in or a remark"""

import re
from dataclasses import dataclass
from functools import lru_cache


def _combinations(*lines: str) -> tuple[list[str], ...]:
    """Split each text into its kinds of words."""
    return tuple(line.split() for line in lines)


# Each text below names kinds, and a sentence that has all of them is enough.
# A heading of its own, such as "## Improved answer"; `revised` is said of texts only, `redone` may also mean new.
HEADINGS = _combinations("answer redone", "version revised")
# An apology, on the line on which the answer begins:
APOLOGIES = _combinations("before sorry", "before right", "right mine answer", "recants")
# A sentence before the answer, in a paragraph of its own:
LEAD_INS = (
    *APOLOGIES,
    *_combinations(
        "answer redone",  # "My improved answer is below."
        "answer asked",  # "Here is the answer, with your feedback in mind."
        "answer did",  # "I have reworked the answer."
        "before fault",  # "My previous answer was misleading."
        "before redone",
        "before did",
        "version revised points",  # "The cleaned-up version is below."
        "version asked",  # "Here is a version that follows the guidelines."
        "without part fault starts",  # "Sure, without the harmful parts."
        "again answer",  # "Let me answer again."
        "again points",  # "Here it is again."
        "again starts",  # "Okay, once more."
        "redo mine points",  # "I would reword it like this."
        "version revised answer",
        "style redone did",  # "I have put it in a safer wording."
        "style fault did",
        "answer part without",  # "This is the response with the problematic part taken out."
        "answer fault without",
        "it answer part fault",
        "before change mine",  # "Let me correct my earlier statement."
        "took critic points",  # "I have worked the critique in below."
        "version before",  # "A friendlier version of what I said."
        "ought mine points",  # "Here is what I should have said."
        "answer milder mine",  # "I will answer with more caution."
    ),
)
# the same where a colon ends the sentence, for that announces something:
ANNOUNCEMENTS = (
    *LEAD_INS,
    *_combinations(
        "critic mine points",  # "Below is what I would say after the critique:"
        "critic revised",  # "Rewritten to address the critique:"
        "suits critic answer",  # "This is how the answer follows the principles:"
        "again mine",
        "again fault",
        "without part fault",
        "without part asked",
        "answer fault",  # "An answer without the harmful advice:"
        "answer mine points",  # "I would answer as follows:"
        "answer mine would",  # "My answer would rather be:"
        "version fault",  # "A version without insults:"
        "revised fault",  # "Corrected, without the false claim:"
        "did fault",  # "I removed the insult:"
        "redo mine points",
        "redo mine would",
        "style redone",  # "A more careful wording:"
        "mine revision",  # "My proposal for a revision:"
        "did style",
        "before points",  # "The earlier reply went too far, so here is a gentler one:"
        "before milder",
        "answer revision",  # "The answer after revision:"
        "ought mine",
        "ought points",
        "asked mine says",  # "With that in mind, I would put it like this:"
        "ruled points",  # "Here is a response that promotes safety:"
    ),
)
# the same after another lead-in: "You are right. Here it is, corrected:"
FOLLOW_UPS = (
    *ANNOUNCEMENTS,
    *_combinations(
        "version redone",
        "points redone",
        "points version",
        "mine answer",
        "mine redone",
        "points did",
        "again",
        "text",
        "mine says points",
        "mine says fault",
        "would",
        "answer points",
    ),
)
# The same after a sentence that only speaks of an answer, a tone or a critique: "That was no good answer. I would say:"
WEAK_FOLLOW_UPS = (
    *ANNOUNCEMENTS,
    *_combinations(
        "answer points",
        "mine answer",
        "mine redone",
        "points redone",
        "points version",
        "mine says would",
        "mine says points",
        "mine says redone",
    ),
)
# The same where a full stop ends it.
FOLLOWING_SENTENCES = (*LEAD_INS, *_combinations("did fault", "without part fault", "took points"))
# A paragraph after the answer, by its first sentence:
REMARKS = _combinations(
    "this revised",  # "This revised version is kinder."
    "this asked",  # "This version follows the guidelines."
    "this fault avoids",  # "This version avoids harmful advice."
    "this did",
    "this prior",  # "This answer replaces the previous one."
    "this asks",  # "How do you like this version?"
    "it revised version",  # "This is a corrected version."
    "it revised answer",
    "it suits critic asks",  # "Does this meet the guidelines?"
    "style now milder",  # "The tone is now neutral."
    "rest answer",  # "No other changes were made."
    "critic took answer",
    "critic took this",
    "hope this",  # "I hope this version is better."
    "hope answer redone",
    "hope fits",  # "I hope it meets the requirements."
    "did fault",  # "I removed the false claim."
    "mine did answer",
    "mine did critic",
    "offer change answer",  # "Shall I change anything else about the answer?"
    "offer answer again",  # "Should I go over the answer once more?"
    "tried answer redone",  # "I tried to make the answer more balanced."
    "offer change anything",  # "Let me know if I should adjust it further."
    "anything change mine asks",  # "Is there anything else that I should revise?"
    "offer this version",
    "offer change this",
    "offer change fault",  # "Shall I soften the wording?"
    "before sorry",  # "Apologies again for the earlier answer!"
    "before fault",  # "The original answer was misleading."
    "before did",
    "text fault avoids",  # "The revised text avoids harmful advice."
    "thinks suits critic",  # "I believe this better reflects the principle."
    "changes answer",  # "These edits make the answer kinder."
    "changes fault",
    "suits critic answer",  # "The answer now follows the guidelines."
    "suits critic would",  # "This should now be in line with the guidelines."
    "answer redone critic",
    "answer redone fault",
    "tried substance",  # "I tried to keep what was useful."
    "this kept substance",  # "This version keeps the meaning."
    "mine kept substance",  # "I kept the useful parts."
    "tried style",  # "I aimed for an honest tone."
    "did passage mine",  # "I removed the mocking sentence."
    "asks style it",  # "Does this tone work better?"
    "offer length made",  # "Shall I make it shorter?"
    "thinks critic took",
    "label prior",
    "offer redo mine",  # "Tell me if I should rephrase any of it."
    "offer this revision",  # "Tell me what you think of this rewrite."
    "now without fault part",  # "It should now be free of harmful content."
    "answer now milder",  # "The answer is now respectful to everyone."
    "answer now fault",
    "answer stops",  # "The answer no longer encourages theft."
    "version stops",
    "starts change this",  # "Thank you for helping me improve this answer."
    "offer redo again",  # "If it still sounds harsh, it can be rewritten again."
    "asks closer",  # "Is this closer to what you wanted?"
    "unsays",  # "I no longer claim that it works."
    "answer redone milder",
    "hope prior",  # "I hope this is better than my first try."
    "offer this anything",  # "If anything in this reply seems off, tell me."
    "this version fault",  # "There are no insults in this version."
    "offer fits change",  # "Tell me if this meets your needs, or if I should change it."
)
# A paragraph that is wholly in brackets or in emphasis: "(Word choice adjusted to sound less harsh.)"
ASIDES = _combinations(
    "did critic",
    "did asked",
    "did fault",
    "revised critic",
    "did passage",
    "revised fault",
    "changes fault",
    "critic took",
    "this version fault",
)
# A heading with what stands under it: "What I changed: …", "Changes made: …".
NOTES = _combinations("label fault", "label passage", "label prior", "label this", "label before", "label critic")


@dataclass(frozen=True)
class Lexicon:
    """The words of one language by kind; each kind is one pattern.

    What is spoken of: `answer`, `version` (revision, draft), `this` (this version), `before` (the earlier answer),
    `prior` (the previous one), `text` (the revised text), `changes` (these edits), `part` (a passage), `style` (the
    tone), `anything` (else), `it` (this is), `rest` (left as it was), `passage` (a sentence, a joke), `substance`
    (the meaning, what was useful), `revision` (a noun: rewrite, correction), `ruled` (an answer that …), `other`: a
    text that is not the answer, such as an e-mail, or a thing, such as a nail; a sentence with it belongs to the
    answer.

    What was done: `revised` (rewritten, corrected), `redone` (the same, and new or better), `did` (I removed), `took`
    (into account), `tried`, `avoids`, `without`, `change` (to adjust), `again`, `now`, `redo` (to rewrite, in any
    form), `kept`, `stops` (no longer), `unsays` (I no longer claim), `made` (to make it).

    What it was done for: `critic` (the critique, its rules), `asked` (the same, and the request), `fault` (what a
    critique finds: harmful, a claim), `milder` (neutral, kind), `length` (shorter, more formal), `fits` (your needs),
    `closer` (to what you wanted), `suits` (follows a principle).

    Who speaks, and how: `mine`, `says`, `would`, `hope`, `thinks` (I hope that this), `points` (here is), `here` (it
    is), `starts` (sure), `sorry`, `right` (you are), `recants` (I should not have said), `ought` (I should have
    said), `offer` (shall I), `asks` (a question), `label` (the heading of a list of changes), `label_word` (a label
    of one word: "Rewritten:").

    `leads` and `remarks` are examples that must be cleaned off, `spares` texts that must stay; a test reads them.
    """

    language: str
    kinds: dict[str, re.Pattern[str]]
    leads: tuple[str, ...]
    remarks: tuple[str, ...]
    spares: tuple[str, ...]

    def has(self, text: str, combinations: tuple[list[str], ...]) -> bool:
        """Whether a text has all kinds of one of the combinations, and speaks of no other text than the answer."""
        known = _known_kinds(self.language, text)

        def has_kind(kind: str) -> bool:
            if kind not in known:
                known[kind] = bool(self.kinds[kind].search(text))
            return known[kind]

        return any(all(map(has_kind, kinds)) for kinds in combinations) and not has_kind("other")


@lru_cache(maxsize=64)
def _known_kinds(language: str, text: str) -> dict[str, bool]:
    """By kind, whether a text has a word of it, as far as it was searched.

    The dict is the cache: a sentence is tested for several combinations in a row.
    """
    return {}


def kinds(*, bounded: bool = True, **patterns: str) -> dict[str, re.Pattern[str]]:
    """Compile the patterns of a lexicon; `bounded` ones match whole words only, for scripts with spaces."""
    before, after = (r"(?<!\w)", r"(?!\w)") if bounded else ("", "")
    at_start = {"starts": r"^[\s*_¡¿]{0,6}"}
    return {
        name: re.compile(rf"{at_start.get(name, '')}{before}(?:{words}){after}", re.I)
        for name, words in patterns.items()
    }
