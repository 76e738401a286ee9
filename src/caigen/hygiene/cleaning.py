"""raw revision -> the answer in it, and the words for what went: see docs/hygiene.md

Cleaning is shy: a remark must speak of the revision itself, since a note, a disclaimer or a lead-in is often the very
thing that was asked for. What the source has in the same place belongs to the answer and stays.
"""

import re
from collections.abc import Iterator

from caigen.hygiene.languages import RULES
from caigen.hygiene.languages.any_language import ASSISTANT, CONTROL_HEAD, CONTROL_TAIL, TURN_END
from caigen.hygiene.rules import LONGEST_NOTES, Rule
from caigen.hygiene.scripts import has_speakers, next_turn
from caigen.hygiene.wrappers import unwrapped

ROUNDS = 4  # times that what is around an answer may lie in something else
PARAGRAPHS = 12  # at the end, that may be notes on the revision
_OPENINGS = tuple(rule for rule in RULES if rule.part == "opening" and rule not in (CONTROL_HEAD, ASSISTANT))
_ENDINGS = tuple(rule for rule in RULES if rule.part == "ending")
_NOTES = tuple(rule for rule in RULES if rule.part == "notes")
_RULE_LINE = re.compile(r"[ \t]{0,8}(?:[-*_=]{3,200}|#{1,6})[ \t]{0,8}$")
_TURN_END = re.compile(rf"{TURN_END}[ \t]{{0,8}}(?:\n|<)")


def clean(raw: str, source: str) -> tuple[str, tuple[str, ...]]:
    """A revision without what is not part of the answer, and the words for what went.

    Words: `control_token`, `role_tag`, `meta_prefix`, `meta_suffix`, `wrapping`.
    """
    text, source = raw.strip(), source.strip()
    done: dict[str, None] = {}
    for _ in range(ROUNDS):
        before = text
        for step in (_control, _turns, _opening, _speaker, _ending, _wrapping):
            text, word = step(text, source)
            done |= dict.fromkeys(word)
        if text == before:
            break
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
    if (
        not found
        or ASSISTANT.find(source)
        or has_speakers(text[found.end() :])
        or ASSISTANT.pattern.search(text, found.end())
    ):
        return text, ()
    return text[found.end() :].strip(), ("role_tag",)


def _opening(text: str, source: str) -> Step:
    """Without lead-ins, labels and apologies before an answer."""
    done: list[str] = []
    for _ in range(ROUNDS):
        found = next(((rule, match) for rule, match in _matches(_OPENINGS, text) if not rule.find(source)), None)
        if found is None:
            break
        rule, match = found
        text = text[match.end() :].strip()
        line, _, rest = text.partition("\n")
        if _RULE_LINE.match(line):
            text = rest.strip()
        done.append(rule.word)
    return text, tuple(done)


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
        head, _, line = text.rpartition("\n")
        if head and _RULE_LINE.match(line):
            text = head.rstrip()
        if len(text) < 2:
            break
    return text, ("meta_suffix",) if done else ()


def _remark(text: str) -> int:
    """Where notes on the revision begin that go on to the end of the text, or a last remark on it; 0 where there is none."""
    starts = _paragraphs(text)
    for rules, places in ((_NOTES, starts[::-1]), (_ENDINGS, [*starts[:1], *_last_pieces(text)])):
        for start in places:
            if any(_matches(rules, text[start:])) and not _in_fence(text, start):
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
