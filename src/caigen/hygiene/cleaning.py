"""clean: raw revision -> the answer in it, and words for what was removed (docs/hygiene.md)

Cleaning is careful: a remark must speak of the revision itself, since a note, a disclaimer or a lead-in is often what
the user asked for. What the source has in the same place belongs to the answer and stays.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial

from caigen.hygiene import kinds
from caigen.hygiene.languages import RULES
from caigen.hygiene.languages.any_language import ASSISTANT, CONTROL_HEAD, CONTROL_TAIL, TURN_END
from caigen.hygiene.rules import LONGEST_NOTES, Rule
from caigen.hygiene.scripts import has_speakers, next_turn, users_turn
from caigen.hygiene.wrappers import unwrapped

MAX_PASSES = 4  # an answer may be wrapped several times: a lead-in, in quotation marks, in JSON
MAX_NOTE_PARAGRAPHS = 12  # at the end of a text, that may be notes on the revision
# The tables of phrases, by what they match; control tokens and speakers' names have steps of their own.
_OPENINGS = tuple(rule for rule in RULES if rule.part == "opening" and rule not in (CONTROL_HEAD, ASSISTANT))
_LABELS = tuple(rule for rule in _OPENINGS if rule.word == "role_tag")
_LEAD_INS = tuple(rule for rule in _OPENINGS if rule.word != "role_tag")
_ENDINGS = tuple(rule for rule in RULES if rule.part == "ending")
_NOTES = tuple(rule for rule in RULES if rule.part == "notes")
# A line of dashes, or an empty heading: "---", "***", "##".
_RULE_LINE = re.compile(r"[ \t]{0,8}(?:[-*_=]{3,200}|#{1,6})[ \t]{0,8}$")
# "[The end]", "(Fin)" on the last line.
_END_MARK = re.compile(
    r"\n[*_ ]{0,4}[\[(【（*]{1,2}(?:the end|end|ende|fin|完|終|终|以上)[\])】）*]{1,2}[*_ ]{0,4}\Z", re.I
)
# A line of dashes that is a paragraph of its own.
_LINES = re.compile(r"\n[ \t]{0,8}\n[ \t]{0,8}(?:-{3,200}|\*{3,200}|_{3,200})[ \t]{0,8}(?=\n|\Z)")
LONGEST_TAIL = 300  # characters after such a line that may be a remark
# "## What I changed", "**Changes:**"
_HEADING = re.compile(r"[ \t]{0,4}(?:#{1,6}[ \t][^\n.!?]{1,60}|\*\*[^\n.!?*]{1,60}\*\*[:：]?)")
_TURN_END = re.compile(rf"{TURN_END}[ \t]{{0,8}}(?:\n|<)")


Step = tuple[str, tuple[str, ...]]  # the text after a step of cleaning, and the words for what it removed


def clean(raw: str, source: str) -> Step:
    """A revision of `source` without what is not part of the answer, and the words for what was removed.

    Words: `control_token`, `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`.
    """
    text, source = raw.strip(), source.strip()
    removed: dict[str, None] = {}  # used as an ordered set
    for _ in range(MAX_PASSES):
        before = text
        opening = partial(_opening, spoken="meta_suffix" in removed)
        for step in (_control, _turns, opening, _speaker, _ending, _wrapping):
            text, words = step(text, source)
            removed |= dict.fromkeys(words)
        if text == before:
            break
    if removed:
        text = _before_line(_END_MARK.sub("", text).rstrip())
    return text, tuple(removed)


def _control(text: str, source: str) -> Step:
    """Remove control tokens at either end, and what a model wrote after the end of its turn."""
    start = text
    head = CONTROL_HEAD.find(text)
    # "<s>" and "</s>" in one text are HTML for struck-out words.
    if head and not CONTROL_HEAD.find(source) and not (head[0].strip() == "<s>" and "</s>" in text[:-4]):
        text = text[head.end() :].strip()
    tail = CONTROL_TAIL.find(text)
    if tail and not CONTROL_TAIL.find(source) and not (tail[0].strip() == "</s>" and "<s>" in text):
        text = text[: tail.start()].strip()
    text = _before_turn_end(text, source)
    return text, ("control_token",) if text != start else ()


def _before_turn_end(text: str, source: str) -> str:
    """The text before a token that ends a turn; the whole text where the token is what the answer explains."""
    turn_end = _TURN_END.search(text)
    if not turn_end or not turn_end.start() or _TURN_END.search(source):
        return text
    # A chat template that is explained begins its turns too, or stands in a code fence.
    is_explained = "<|im_start|>" in text[: turn_end.start()] or _in_fence(text, turn_end.start())
    return text if is_explained else text[: turn_end.start()].strip()


def _turns(text: str, source: str) -> Step:
    """Remove the next speaker's turn."""
    start = next_turn(text)
    if start < 0 or next_turn(source) >= 0:
        return text, ()
    return text[:start].strip(), ("role_tag",)


def _speaker(text: str, source: str) -> Step:
    """Remove the speaker's name before an answer, and the user's turn after it; a script keeps its names."""
    name = ASSISTANT.find(text)
    if not name or ASSISTANT.find(source):
        return text, ()
    answer = text[name.end() :]
    answer = answer[: users_turn(answer)].strip()
    if has_speakers(answer) or ASSISTANT.pattern.search(text, name.end()):
        return text, ()
    return answer, ("role_tag",)


def _opening(text: str, source: str, *, spoken: bool) -> Step:
    """Remove lead-ins, labels and apologies before an answer; `spoken` if remarks after it have been removed."""
    removed: list[str] = []
    for _ in range(MAX_PASSES):
        inner = _after_line(text)
        end, word = _lead_in(inner, source, follows=bool(removed), spoken=spoken)
        if not word:
            break
        rest = inner[end:].strip()
        text = _after_line(rest)
        removed.append(word)
        # Dashes after the lead-in announce dashes before a remark.
        if text != rest and (between := _before_last_line(text)):
            return between, (*removed, "meta_suffix")
    return text, tuple(removed)


def _before_last_line(text: str) -> str:
    """The answer before the only line of dashes, where at most a short paragraph follows; else an empty text."""
    lines = list(_LINES.finditer(text))
    if len(lines) != 1 or len(after := text[lines[0].end() :].strip()) > LONGEST_TAIL or "\n" in after:
        return ""
    return text[: lines[0].start()].rstrip()


def _lead_in(text: str, source: str, *, follows: bool, spoken: bool) -> tuple[int, str]:
    """The end of a lead-in and the word for it; 0 and an empty word without one.

    Three ways to know one, in this order: the table of labels, the kinds of its words, the table of phrases.
    """
    labels = [(rule, match) for rule, match in _matches(_LABELS, text) if not rule.find(source)]
    end = 0 if labels else kinds.lead_in(text, follows=follows, spoken=spoken)
    if end and not kinds.lead_in(source, follows=follows):
        return end, "meta_prefix"
    for rule, match in labels or _matches(_LEAD_INS, text):
        if not rule.find(source) and not kinds.splits_quotation(match[0]):
            return match.end(), rule.word
    return 0, ""


def _after_line(text: str) -> str:
    """The text after a line of dashes at its beginning."""
    line, _, rest = text.partition("\n")
    return rest.strip() if rest and _RULE_LINE.match(line) else text


def _matches(rules: tuple[Rule, ...], text: str) -> Iterator[tuple[Rule, re.Match[str]]]:
    """The rules that match a text, with their matches."""
    for rule in rules:
        match = rule.find(text)
        if match:
            yield rule, match


def _ending(text: str, source: str) -> Step:
    """Remove remarks after an answer, with a heading and a line of dashes before them."""
    if _remark(source):
        return text, ()
    start = text
    while index := _remark(text):
        text = _before_line(_before_heading(text[:index].rstrip()))
        if len(text) < 2:
            break
    return text, ("meta_suffix",) if text != start else ()


def _before_line(text: str) -> str:
    """The text before a line of dashes at its end."""
    head, _, line = text.rpartition("\n")
    return head.rstrip() if head and _RULE_LINE.match(line) else text


def _before_heading(text: str) -> str:
    """The text before a heading at its end, under which nothing is left."""
    head, _, line = text.rpartition("\n")
    return head.rstrip() if head and _HEADING.fullmatch(line.rstrip()) else text


def _remark(text: str) -> int:
    """The index where notes on the revision begin, or else a last remark on it; 0 without any."""
    starts = _paragraphs(text)
    # Notes go on to the end of the text, so the earliest paragraph comes first.
    for start in reversed(starts):
        if _is_remark(text, start, _NOTES, kinds.notes):
            return start
    for start in (*starts[:1], *_last_pieces(text)):
        if _is_remark(text, start, _ENDINGS, kinds.remark):
            return start
    return 0


def _is_remark(text: str, start: int, rules: tuple[Rule, ...], has_kinds: Callable[[str], bool]) -> bool:
    """Whether the rest of a text from `start` is a remark, by its phrases or by the kinds of its words."""
    rest = text[start:]
    return (any(_matches(rules, rest)) or has_kinds(rest)) and not _in_fence(text, start)


def _paragraphs(text: str) -> list[int]:
    """The indexes where the last paragraphs begin, the last one first; the first paragraph of a text is no remark."""
    starts: list[int] = []
    end = len(text)
    floor = max(0, len(text) - LONGEST_NOTES)
    was_blank = True  # whether the line below is blank, a line of dashes or the end
    # Line by line upwards: a paragraph begins below a blank line.
    while end > floor and len(starts) < MAX_NOTE_PARAGRAPHS:
        start = text.rfind("\n", floor, end) + 1
        line = text[start:end] if start else ""
        is_blank = not line.strip() or bool(_RULE_LINE.match(line))
        if is_blank and not was_blank:
            starts.append(end + 1)
        was_blank = is_blank
        end = start - 1
    return [start for start in starts if 0 < start < len(text)]


def _last_pieces(text: str) -> Iterator[int]:
    """The indexes where the last line begins, and brackets that end the text."""
    line = text.rfind("\n", max(0, len(text) - LONGEST_NOTES)) + 1
    if line:
        yield line
    tail = text[-4:].rstrip("*_ ")
    for first, last in ("()", "[]", "（）", "【】"):
        if tail.endswith(last):
            start = text.rfind(first, max(0, len(text) - 500))
            if start > 0 and text[start - 1] in " \n*_。.！!":
                yield start


def _in_fence(text: str, index: int) -> bool:
    """Whether an index is inside a code fence."""
    return text.count("```", 0, index) % 2 == 1


def _wrapping(text: str, source: str) -> Step:
    """Remove what wraps the whole text: JSON, a tag, a code fence, quotation marks."""
    inner = unwrapped(text)
    if inner is None or unwrapped(source) is not None:
        return text, ()
    return inner, ("wrapping",)
