"""locate: a quote and a text -> the span where it stands"""

import re
import unicodedata

from caigen.records import Span

EMPHASIS = "*_`"


def locate(quote: str, text: str) -> Span | None:
    """Where a quote stands in a text, in code points: exactly; else with case, spaces, accents' spelling, emphasis and
    quotation marks evened out; else without the marks around it.
    """
    if not quote.strip():
        return None
    start = _find(quote, text)
    if start >= 0:
        return Span(start=start, end=start + len(quote), quote=quote)
    plain, places = _evened(text)
    whole = _evened(quote)[0].strip()
    for wanted in (whole, whole.strip("\"' .").rstrip(".,;:!?")):
        start = _find(wanted, plain)
        if start >= 0:
            first, last = places[start][0], places[start + len(wanted) - 1][1]
            return Span(start=first, end=last, quote=text[first:last])
    return None


def _find(wanted: str, text: str) -> int:
    """Where a text begins in another: rather at whole words than inside one; -1 where it is not there."""
    if not wanted:
        return -1
    whole = re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", text)
    return whole.start() if whole else text.find(wanted)


# a character with its accents
_CLUSTER = re.compile(r".[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]*", re.S)
_EVEN = str.maketrans("“”„«»‘’ʼ–—‑‐", '"""""\'\'\'----')


def _evened(text: str) -> tuple[str, list[tuple[int, int]]]:
    """The text with differences of no meaning removed, and for each of its characters where it came from (start, end)."""
    letters: list[str] = []
    places: list[tuple[int, int]] = []
    for cluster in _CLUSTER.finditer(text):
        for letter in unicodedata.normalize("NFKC", cluster.group().translate(_EVEN)).casefold():
            if letter in EMPHASIS:
                continue
            letter = " " if letter.isspace() else letter
            if letter == " " and letters and letters[-1] == " ":
                continue
            letters.append(letter)
            places.append(cluster.span())
    return "".join(letters), places
