"""locate: a quote and a text -> the span where it stands"""

import re
import unicodedata
from bisect import bisect_right

from caigen.records import Span

LEAST_LOOSE = 2  # letters and digits of a quote that may be found in another spelling
LONGEST_CLUSTER = 32  # code points of a letter with its marks; more is noise, which takes long to bring into order
ELLIPSIS_AND_QUOTES = "\"' ."
SENTENCE_MARKS = ".,;:!?。、"

_EVEN = str.maketrans(
    dict.fromkeys("“”„‟«»″〝〞「」『』", '"')
    | dict.fromkeys("‘’‚‛ʼ′´`", "'")
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys(map(chr, range(65024, 65040)))
)
# Thai to Lao, Myanmar, Khmer, kana, Han: words have no spaces between them.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
# printable ASCII without white space and the marks of emphasis and dashes; `so, a b` but not `a  b`, `*a*`, `a-b`
_PLAIN = re.compile(r"[!-)+,./-^a-~]+(?: [!-)+,./-^a-~]+)*")
_EMPHASIS = re.compile(r"[*_]+|`+")
_LEADS = re.compile(r"[\u1100-\u11a7\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7c6]")  # Hangul that a vowel or a final joins
_JOINS = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f]")  # those, and the voice marks of narrow kana


class Places:
    """Where each character of an evened text came from (start, end).

    Most of a text is runs that stay as they are. Each is kept as one: its first character's number and place, from which
    those of the others follow.
    """

    def __init__(self) -> None:
        self._numbers: list[int] = []
        self._places: list[tuple[int, int]] = []

    def append(self, number: int, start: int, end: int) -> None:
        """Say where a character came from; those after it, up to the next one told of, stood next to it."""
        self._numbers.append(number)
        self._places.append((start, end))

    def pop(self) -> None:
        """Forget the last one told of."""
        self._numbers.pop()
        self._places.pop()

    def __getitem__(self, number: int) -> tuple[int, int]:
        run = bisect_right(self._numbers, number) - 1
        start, end = self._places[run]
        further = number - self._numbers[run]
        return start + further, end + further


def locate(quote: str, text: str) -> Span | None:
    """Where a quote stands in a text, in code points; None where it does not.

    It is found at whole words only (anywhere in scripts without spaces): first as it is; else, if it is not too short,
    with case, spaces, accents' spelling, invisible characters, emphasis, dashes and quotation marks evened out; else
    without the marks around it. `text[start:end]` evens out to the quote.
    """
    quote = quote.strip()
    if not quote:
        return None
    start = _find(quote, text, None)
    if start >= 0:
        return Span(start=start, end=start + len(quote), quote=quote)
    whole = evened(quote)[0].strip()
    if sum(map(str.isalnum, whole)) < LEAST_LOOSE:
        return None
    plain, places = evened(text)
    for wanted in (whole, whole.strip(ELLIPSIS_AND_QUOTES).rstrip(SENTENCE_MARKS + ELLIPSIS_AND_QUOTES)):
        start = _find(wanted, plain, places)
        if start >= 0:
            first, last = places[start][0], places[start + len(wanted) - 1][1]
            return Span(start=first, end=last, quote=text[first:last])
    return None


def _find(wanted: str, text: str, places: Places | None) -> int:
    """Where a text first stands in another between whole words; -1 where it does not."""
    start = text.find(wanted) if wanted else -1
    if start < 0 or _is_whole(text, start, start + len(wanted), places):
        return start
    return next(
        (place for place in _occurrences(wanted, text) if _is_whole(text, place, place + len(wanted), places)), -1
    )


def _occurrences(wanted: str, text: str) -> list[int]:
    """All places of a text in another, by Knuth, Morris and Pratt: `str.find` from each place on would be quadratic."""
    border = [0] * len(wanted)  # for each prefix, the longest proper beginning of it that ends it too
    size = 0
    for place in range(1, len(wanted)):
        while size and wanted[place] != wanted[size]:
            size = border[size - 1]
        size += wanted[place] == wanted[size]
        border[place] = size
    found, size = [], 0
    for place, letter in enumerate(text):
        while size and (size == len(wanted) or letter != wanted[size]):
            size = border[size - 1]
        size += letter == wanted[size]
        if size == len(wanted):
            found.append(place - size + 1)
    return found


def _is_whole(text: str, start: int, end: int, places: Places | None) -> bool:
    """Whether a part of a text begins and ends between words, numbers and letters, not inside one."""
    return (
        _is_edge(text, start, places) and _is_edge(text, end, places) and not re.match(r"['’]t\b", text[end : end + 3])
    )


def _is_edge(text: str, place: int, places: Places | None) -> bool:
    """Whether no word, number or letter goes on from one side of a place to the other."""
    if not 0 < place < len(text):
        return True
    before, after = text[place - 1], text[place]
    if places is not None and places[place - 1] == places[place]:
        return False  # two letters of one, such as of a ligature
    if _joins(before, after):
        return False
    if after in ".,*" and before.isdigit():  # 3 in 3.5, 5 in 5*3
        return not text[place + 1 : place + 2].isdigit()
    if before in ".,*" and after.isdigit():
        return not text[max(place - 2, 0) : place - 1].isdigit()
    return not (_is_wordy(before) and _is_wordy(after)) or bool(_UNSPACED.match(before) or _UNSPACED.match(after))


def _is_wordy(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _joins(before: str, after: str) -> bool:
    """Whether a code point is part of the letter before it: an accent, a vowel sign, a part of a Hangul syllable."""
    if after < "\u0300":
        return False
    return unicodedata.category(after)[0] == "M" or bool(
        _JOINS.match(after) and (after > "\uff00" or _LEADS.match(before))
    )


def _cluster_end(text: str, start: int) -> int:
    """Where the letter that begins at a place ends, its marks with it."""
    end = start + 1
    while end < len(text) and end - start < LONGEST_CLUSTER and _joins(text[end - 1], text[end]):
        end += 1
    return end


def _emphasis(text: str) -> set[int]:
    """Where marks of emphasis stand: not the sign in 5*3, nor the line in a_name."""
    places: set[int] = set()
    if not any(mark in text for mark in "*_`"):
        return places
    for run in _EMPHASIS.finditer(text):
        before, after = text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]
        inside = before.isalnum() and after.isalnum()
        if not inside or run[0][0] == "`" or (len(run[0]) > 1 and run[0][0] == "*" and not (before + after).isdigit()):
            places.update(range(*run.span()))
    return places


def _plain_end(text: str, start: int) -> int:
    """Where a run of ASCII words with single spaces ends that stay as they are; its beginning where there is none."""
    run = _PLAIN.match(text, start)
    if not run:
        return start
    more = run.end() < len(text) and text[run.end()] >= "\u0300"  # may be a mark on the last letter
    return run.end() - more


def _folded(cluster: str) -> str:
    """A letter with its marks in one spelling, without case."""
    if cluster.isascii():
        return cluster.lower()
    folded = unicodedata.normalize("NFKC", cluster.translate(_EVEN)).translate(_EVEN).casefold()
    return unicodedata.normalize("NFKC", folded)


def evened(text: str) -> tuple[str, Places]:
    """The text with differences of no meaning removed, and for each of its characters where it came from (start, end)."""
    pieces: list[str] = []  # runs, and single characters; what a dash takes away is a space of its own
    places = Places()
    emphasis, end, size = _emphasis(text), 0, 0
    while end < len(text):
        start, end = end, _plain_end(text, end)
        if end > start:  # most of most texts: nothing to even out but the case
            pieces.append(text[start:end].lower())
            places.append(size, start, start + 1)
            size += end - start
            continue
        end = _cluster_end(text, start)
        if start in emphasis:
            continue
        for letter in _folded(text[start:end]):
            if unicodedata.category(letter) == "Cf":  # soft hyphen, zero width, direction
                continue
            letter = " " if letter.isspace() else letter
            last = pieces[-1][-1] if pieces else ""
            if letter in " -" and (last == letter or (letter == " " and last == "-")):
                continue
            if letter == "-" and last == " ":  # "a - b" is "a-b"
                pieces.pop()
                places.pop()
                size -= 1
            pieces.append(letter)
            places.append(size, start, end)
            size += 1
    return "".join(pieces), places
