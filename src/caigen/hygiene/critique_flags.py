"""flags: Critique, the text that it is about -> the words for what makes the critique unusable

| word | what |
|---|---|
| `truncated`, `content_filter`, … | it was cut off (records.unfinished) |
| `unparsed` | it is not the JSON that was asked for; nothing was read from it |
| `empty`, `loop`, `refusal`, `echo` | there is no critique in its words (hygiene) |
| `inconsistent` | it says `violates` with severity 0, or `complies` with a severity or with a quoted fault |
| `invented_quote` | it quotes, and no quote is in the text |

One quote of several that is not there flags nothing: critics shorten and repair what they quote, and the others show the
place. Where none is there, the critic speaks of another text than this one.
"""

from caigen.hygiene import flags_of_critique
from caigen.records import Critique, unfinished
from caigen.text.quotes import locate


def flags(critique: Critique, answer: str, *, request: str = "") -> tuple[str, ...]:
    """The words for what makes a critique of `answer` unusable, each once; none where it is sound.

    `request` is the question that it answers. What the critique was flagged with before stays.
    """
    cut, unread = unfinished(critique.finish_reason), critique.raw is not None
    found = [*critique.flags, *([cut] if cut else [])]
    words = flags_of_critique(critique.raw or critique.text, request=request)
    found += [word for word in words if not (cut and word == "empty")]  # it was cut off before its first word
    if unread and not found:
        found.append("unparsed")
    if not unread and contradicts(critique, answer):
        found.append("inconsistent")
    if any(map(str.strip, critique.quotes)) and not located(critique, answer):
        found.append("invented_quote")
    return tuple(dict.fromkeys(found))


def contradicts(critique: Critique, answer: str) -> bool:
    """Whether verdict, severity and quotes say different things."""
    if critique.verdict == "violates":
        return critique.severity == 0
    return critique.verdict == "complies" and (critique.severity > 0 or bool(located(critique, answer)))


def located(critique: Critique, answer: str) -> tuple[str, ...]:
    """The quotes that are in the answer, each once and in the answer's own words: its spans, or where it has none that fit the
    quotes that are found now.
    """
    spans = [span for span in critique.spans if answer[span.start : span.end] == span.quote]
    found = spans or [span for quote in critique.quotes if (span := locate(quote, answer))]
    return tuple(dict.fromkeys(span.quote for span in found))


def lost(critique: Critique, answer: str) -> tuple[str, ...]:
    """The quotes that are not in the answer, each once; a blank one is none."""
    quotes = dict.fromkeys(quote for quote in critique.quotes if quote.strip())
    if len(quotes) <= len(critique.spans):
        return ()  # all were found when it was read: to look again costs more than all else
    return tuple(quote for quote in quotes if locate(quote, answer) is None)
