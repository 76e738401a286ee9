"""flags: Critique, the text that it is about -> words that say why the critique cannot be used

| word | what |
|---|---|
| `truncated`, `content_filter`, … | it was cut off (records.unfinished) |
| `unparsed` | it is not the JSON that was asked for, so nothing was read from it |
| `empty`, `loop`, `refusal`, `echo` | its words are no critique (hygiene/critiques.py) |
| `inconsistent` | it says `violates` with severity 0, or `complies` with a severity or with a quoted fault |
| `invented_quote` | it quotes, and no quote is in the text |

If one quote of several is not in the text, that flags nothing: critics shorten and repair what they quote, and the
other quotes show what is meant. If none is, the critic speaks of another text.
"""

from caigen.hygiene import flags_of_critique
from caigen.records import Critique, unfinished
from caigen.text.quotes import locate


def flags(critique: Critique, answer: str, *, request: str = "") -> tuple[str, ...]:
    """The flags of a critique of `answer`, each once; none for a usable critique.

    `request` is the text that asked for it. Flags that the critique has already are kept.
    """
    cut_off, is_unread = unfinished(critique.finish_reason), critique.raw is not None
    flags = [*critique.flags]
    if cut_off:
        flags.append(cut_off)
    for word in flags_of_critique(critique.raw or critique.text, request=request):
        # One that was cut off before its first word is cut off, not empty.
        if not (cut_off and word == "empty"):
            flags.append(word)
    # What cannot be read has no verdict and no severity that could contradict each other.
    if is_unread and not flags:
        flags.append("unparsed")
    if not is_unread and contradicts(critique, answer):
        flags.append("inconsistent")
    if any(map(str.strip, critique.quotes)) and not quotes_found(critique, answer):
        flags.append("invented_quote")
    return tuple(dict.fromkeys(flags))


def contradicts(critique: Critique, answer: str) -> bool:
    """Whether verdict, severity and quotes say different things."""
    if critique.verdict == "violates":
        return critique.severity == 0
    return critique.verdict == "complies" and (critique.severity > 0 or bool(quotes_found(critique, answer)))


def quotes_found(critique: Critique, answer: str) -> tuple[str, ...]:
    """The quotes that stand in the answer, each once and in the answer's own words.

    These are the critique's spans; if none of them fits this answer, its quotes are located anew.
    """
    spans = [span for span in critique.spans if answer[span.start : span.end] == span.quote]
    if not spans:
        spans = [span for quote in critique.quotes if (span := locate(quote, answer))]
    return tuple(dict.fromkeys(span.quote for span in spans))


def quotes_lost(critique: Critique, answer: str) -> tuple[str, ...]:
    """The quotes that do not stand in the answer, each once; blank ones are left out."""
    quotes = dict.fromkeys(quote for quote in critique.quotes if quote.strip())
    # All were located when the critique was read; locating them again would cost more than everything else here.
    if len(quotes) <= len(critique.spans):
        return ()
    return tuple(quote for quote in quotes if locate(quote, answer) is None)
