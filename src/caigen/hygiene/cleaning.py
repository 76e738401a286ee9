"""raw revision -> the answer in it, and the words for what went: see docs/hygiene.md

Cleaning is shy: a remark must speak of the revision itself, since a note, a disclaimer or a lead-in is often the very
thing that was asked for. What the source has in the same place belongs to the answer and stays.
"""

import re
from collections.abc import Iterator
from functools import partial

from caigen.hygiene import kinds
from caigen.hygiene.languages import RULES
from caigen.hygiene.languages.any_language import ASSISTANT, CONTROL_HEAD, CONTROL_TAIL, TURN_END
from caigen.hygiene.rules import LONGEST_NOTES, Rule
from caigen.hygiene.scripts import has_speakers, next_turn, users_turn
from caigen.hygiene.wrappers import unwrapped

ROUNDS = 4  # times that what is around an answer may lie in something else
PARAGRAPHS = 12  # at the end, that may be notes on the revision
_OPENINGS = tuple(rule for rule in RULES if rule.part == "opening" and rule not in (CONTROL_HEAD, ASSISTANT))
_LABELS = tuple(rule for rule in _OPENINGS if rule.word == "role_tag")
_LEAD_INS = tuple(rule for rule in _OPENINGS if rule.word != "role_tag")
_ENDINGS = tuple(rule for rule in RULES if rule.part == "ending")
_NOTES = tuple(rule for rule in RULES if rule.part == "notes")
_RULE_LINE = re.compile(r"[ \t]{0,8}(?:[-*_=]{3,200}|#{1,6})[ \t]{0,8}$")
_END_MARK = re.compile(
    r"\n[*_ ]{0,4}[\[(【（*]{1,2}(?:the end|end|ende|fin|完|終|终|以上)[\])】）*]{1,2}[*_ ]{0,4}\Z", re.I
)
_LINES = re.compile(r"\n[ \t]{0,8}\n[ \t]{0,8}(?:-{3,200}|\*{3,200}|_{3,200})[ \t]{0,8}(?=\n|\Z)")
LONGEST_TAIL = 300  # characters after such a line that are no part of the answer
_HEADING = re.compile(r"[ \t]{0,4}(?:#{1,6}[ \t][^\n.!?]{1,60}|\*\*[^\n.!?*]{1,60}\*\*[:：]?)")
_TURN_END = re.compile(rf"{TURN_END}[ \t]{{0,8}}(?:\n|<)")


def clean(raw: str, source: str) -> tuple[str, tuple[str, ...]]:
    """A revision without what is not part of the answer, and the words for what went.

    Words: `control_token`, `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`.
    """
    text, source = raw.strip(), source.strip()
    done: dict[str, None] = {}
    for _ in range(ROUNDS):
        before = text
        for step in (_control, _turns, partial(_opening, spoken="meta_suffix" in done), _speaker, _ending, _wrapping):
            text, word = step(text, source)
            done |= dict.fromkeys(word)
        if text == before:
            break
    if done:
        text = _before_line(_END_MARK.sub("", text).rstrip())
    return text, tuple(done)


Step = tuple[str, tuple[str, ...]]


def _control(text: str, source: str) -> Step:
    """Without control tokens at either end, and without what a model wrote after it had ended its turn."""
    start = text
    found = CONTROL_HEAD.find(text)
    if found and not CONTROL_HEAD.find(source) and not (found[0].strip() == "<s>" and "</s>" in text[:-4]):
        text = text[found.end() :].strip()
    found = CONTROL_TAIL.find(text)
    if found and not CONTROL_TAIL.find(source) and not (found[0].strip() == "</s>" and "<s>" in text):
        text = text[: found.start()].strip()
    found = _TURN_END.search(text)
    # A template that is explained begins its turns too, or stands in a code fence.
    if found and _TURN_END.search(source):
        return text, ("control_token",) if text != start else ()
    if found and found.start() and "<|im_start|>" not in text[: found.start()] and not _in_fence(text, found.start()):
        text = text[: found.start()].strip()
    return text, ("control_token",) if text != start else ()


def _turns(text: str, source: str) -> Step:
    """Without the next speaker's turn."""
    start = next_turn(text)
    if start < 0 or next_turn(source) >= 0:
        return text, ()
    return text[:start].strip(), ("role_tag",)


def _speaker(text: str, source: str) -> Step:
    """Without the speaker's name before an answer; a script keeps its names."""
    found = ASSISTANT.find(text)
    if not found or ASSISTANT.find(source):
        return text, ()
    said = text[found.end() :]
    said = said[: users_turn(said)].strip()
    if has_speakers(said) or ASSISTANT.pattern.search(text, found.end()):
        return text, ()
    return said, ("role_tag",)


def _opening(text: str, source: str, *, spoken: bool) -> Step:
    """Without lead-ins, labels and apologies before an answer; `spoken` where remarks after it have been taken off."""
    done: list[str] = []
    for _ in range(ROUNDS):
        inner = _after_line(text)
        end, word = _lead_in(inner, source, follows=bool(done), spoken=spoken)
        if not word:
            break
        rest = inner[end:].strip()
        text = _after_line(rest)
        done.append(word)
        if text != rest and (between := _before_last_line(text)):
            return between, (*done, "meta_suffix")
    return text, tuple(done)


def _before_last_line(text: str) -> str:
    """The answer that a line of dashes begins and another one ends, where no more than a short paragraph is after it."""
    lines = list(_LINES.finditer(text))
    if len(lines) != 1 or len(after := text[lines[0].end() :].strip()) > LONGEST_TAIL or "\n" in after:
        return ""
    return text[: lines[0].start()].rstrip()


def _lead_in(text: str, source: str, *, follows: bool, spoken: bool) -> tuple[int, str]:
    """Where a lead-in ends, and its word: by the tables of labels, the kinds of its words, the tables of phrases."""
    labels = [(rule, match) for rule, match in _matches(_LABELS, text) if not rule.find(source)]
    end = 0 if labels else kinds.lead_in(text, follows=follows, spoken=spoken)
    if end and not kinds.lead_in(source, follows=follows):
        return end, "meta_prefix"
    for rule, match in labels or _matches(_LEAD_INS, text):
        if not rule.find(source) and not kinds.splits_quotation(match[0]):
            return match.end(), rule.word
    return 0, ""


def _after_line(text: str) -> str:
    """The text after a line of dashes that it begins with."""
    line, _, rest = text.partition("\n")
    return rest.strip() if rest and _RULE_LINE.match(line) else text


def _matches(rules: tuple[Rule, ...], text: str) -> Iterator[tuple[Rule, re.Match[str]]]:
    for rule in rules:
        match = rule.find(text)
        if match:
            yield rule, match


def _ending(text: str, source: str) -> Step:
    """Without remarks after an answer; a line of dashes before them goes with them."""
    if _remark(source):
        return text, ()
    done = False
    while start := _remark(text):
        text, done = text[:start].rstrip(), True
        text = _before_line(_before_heading(text))
        if len(text) < 2:
            break
    return text, ("meta_suffix",) if done else ()


def _before_line(text: str) -> str:
    """The text before a line of dashes that it ends with."""
    head, _, line = text.rpartition("\n")
    return head.rstrip() if head and _RULE_LINE.match(line) else text


def _before_heading(text: str) -> str:
    """The text before a heading that it ends with, under which nothing is left."""
    head, _, line = text.rpartition("\n")
    return head.rstrip() if head and _HEADING.fullmatch(line.rstrip()) else text


def _remark(text: str) -> int:
    """Where notes on the revision begin that go on to the end of the text, or a last remark on it; 0 where there is none."""
    starts = _paragraphs(text)
    for rules, kind, places in (
        (_NOTES, kinds.notes, starts[::-1]),
        (_ENDINGS, kinds.remark, [*starts[:1], *_last_pieces(text)]),
    ):
        for start in places:
            after = text[start:]
            if (any(_matches(rules, after)) or kind(after)) and not _in_fence(text, start):
                return start
    return 0


def _paragraphs(text: str) -> list[int]:
    """Where the last paragraphs begin, the last one first; the first paragraph of a text is no remark."""
    starts: list[int] = []
    end = len(text)
    floor = max(0, len(text) - LONGEST_NOTES)
    blank = True  # whether the line below is blank, a rule or the end
    while end > floor and len(starts) < PARAGRAPHS:
        start = text.rfind("\n", floor, end) + 1
        line = text[start:end] if start else ""
        empty = not line.strip() or bool(_RULE_LINE.match(line))
        if empty and not blank:
            starts.append(end + 1)
        blank = empty
        end = start - 1
    return [start for start in starts if 0 < start < len(text)]


def _last_pieces(text: str) -> Iterator[int]:
    """Where the last line begins, and brackets that end the text."""
    line = text.rfind("\n", max(0, len(text) - LONGEST_NOTES)) + 1
    if line:
        yield line
    tail = text[-4:].rstrip("*_ ")
    for first, last in ("()", "[]", "（）", "【】"):
        if tail.endswith(last):
            start = text.rfind(first, max(0, len(text) - 500))
            if start > 0 and text[start - 1] in " \n*_。.！!":
                yield start


def _in_fence(text: str, place: int) -> bool:
    return text.count("```", 0, place) % 2 == 1


def _wrapping(text: str, source: str) -> Step:
    """The text inside what is around the whole of it."""
    inner = unwrapped(text)
    if inner is None or unwrapped(source) is not None:
        return text, ()
    return inner, ("wrapping",)
