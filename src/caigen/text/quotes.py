"""locate: a quote and a text -> the span where the quote stands

A model quotes with other spaces, dashes, quotation marks or emphasis than the text has. So both are normalized for the
comparison, and for each normalized character it is known which characters of the text it came from (`Origins`).
"""

import re
import unicodedata
from bisect import bisect_right

from caigen.records import Span

MIN_LOOSE_CHARACTERS = 2  # letters and digits that a quote needs to be searched in normalized form
MAX_CLUSTER_CODE_POINTS = 32  # of a letter with its marks; more is noise, which takes long to normalize
ELLIPSIS_AND_QUOTES = "\"' ."
SENTENCE_MARKS = ".,;:!?。、"

# quotation marks, apostrophes and dashes in one form each; variation selectors are removed
_SAME_SIGN = str.maketrans(
    dict.fromkeys("“”„‟«»″〝〞「」『』", '"')
    | dict.fromkeys("‘’‚‛ʼ′´`", "'")
    | dict.fromkeys("‐‑‒–—―−﹣－", "-")
    | dict.fromkeys(map(chr, range(65024, 65040)))
)
# Thai to Lao, Myanmar, Khmer, kana, Han: there are no spaces between words.
_UNSPACED = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3041-\u30ff\u31f0-\u31ff"
    r"\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)
# ASCII words with single spaces, without marks of emphasis and dashes: `so, a b` but not `a  b`, `*a*`, `a-b`
_PLAIN = re.compile(r"[!-)+,./-^a-~]+(?: [!-)+,./-^a-~]+)*")
_EMPHASIS = re.compile(r"[*_]+|`+")
# Hangul that a vowel or a final consonant may follow; those vowels and consonants, and the voice marks of narrow kana
_HANGUL_BASES = re.compile(r"[\u1100-\u11a7\ua960-\ua97f\uac00-\ud7a3\ud7b0-\ud7c6]")
_JOINING_SIGNS = re.compile(r"[\u1160-\u11ff\ud7b0-\ud7fb\uff9e\uff9f]")


class Origins:
    """Which part of a text (start, end) each character of its normalized form came from.

    Most of a text consists of runs that stay as they are. Only the first character of a run is stored, by its index;
    the origins of the others follow from it.
    """

    def __init__(self) -> None:
        self._indices: list[int] = []
        self._spans: list[tuple[int, int]] = []

    def append(self, index: int, start: int, end: int) -> None:
        """Store where a character came from; those after it, up to the next stored one, stood next to it."""
        self._indices.append(index)
        self._spans.append((start, end))

    def pop(self) -> None:
        """Remove the character that was stored last."""
        self._indices.pop()
        self._spans.pop()

    def __getitem__(self, index: int) -> tuple[int, int]:
        run = bisect_right(self._indices, index) - 1
        start, end = self._spans[run]
        offset = index - self._indices[run]
        return start + offset, end + offset


def locate(quote: str, text: str) -> Span | None:
    """Return the span of a quote in a text, in code points; None if it does not occur.

    A quote must begin and end at whole words, except in scripts without spaces. It is searched first as it is. Then, if
    it is not too short, without differences of case, spaces, encoding, invisible characters, emphasis, dashes and
    quotation marks; and last without punctuation around it. The normalized `text[start:end]` is equal to the normalized
    quote.
    """
    quote = quote.strip()
    if not quote:
        return None
    start = _find(quote, text, None)
    if start >= 0:
        return Span(start=start, end=start + len(quote), quote=quote)
    normal_quote = normalize(quote)[0].strip()
    if sum(map(str.isalnum, normal_quote)) < MIN_LOOSE_CHARACTERS:
        return None
    normal_text, origins = normalize(text)
    bare_quote = normal_quote.strip(ELLIPSIS_AND_QUOTES).rstrip(SENTENCE_MARKS + ELLIPSIS_AND_QUOTES)
    for wanted in (normal_quote, bare_quote):
        start = _find(wanted, normal_text, origins)
        if start >= 0:
            first, last = origins[start][0], origins[start + len(wanted) - 1][1]
            return Span(start=first, end=last, quote=text[first:last])
    return None


def _find(wanted: str, text: str, origins: Origins | None) -> int:
    """The first index where a text occurs in another between whole words; -1 if there is none.

    `origins` are those of `text` if it is normalized.
    """
    start = text.find(wanted) if wanted else -1
    if start < 0 or _is_whole(text, start, start + len(wanted), origins):
        return start
    for index in _occurrences(wanted, text):
        if _is_whole(text, index, index + len(wanted), origins):
            return index
    return -1


def _occurrences(wanted: str, text: str) -> list[int]:
    """All indices where a text occurs in another, by the algorithm of Knuth, Morris and Pratt.

    It takes linear time; `str.find` from each occurrence on takes quadratic time for texts that repeat themselves.
    """
    # borders[i] is the length of the longest proper prefix of wanted[: i + 1] that is also its suffix
    borders = [0] * len(wanted)
    matched = 0
    for index in range(1, len(wanted)):
        while matched and wanted[index] != wanted[matched]:
            matched = borders[matched - 1]
        matched += wanted[index] == wanted[matched]
        borders[index] = matched
    # go through the text; after a mismatch or an occurrence, fall back to the longest prefix that still matches
    indices, matched = [], 0
    for index, letter in enumerate(text):
        while matched and (matched == len(wanted) or letter != wanted[matched]):
            matched = borders[matched - 1]
        matched += letter == wanted[matched]
        if matched == len(wanted):
            indices.append(index - matched + 1)
    return indices


def _is_whole(text: str, start: int, end: int, origins: Origins | None) -> bool:
    """Whether a part of a text begins and ends between words, numbers and letters, not inside one."""
    if not _is_edge(text, start, origins) or not _is_edge(text, end, origins):
        return False
    # "can" is no quote of "can't": it says the opposite
    return not re.match(r"['’]t\b", text[end : end + 3])


def _is_edge(text: str, index: int, origins: Origins | None) -> bool:
    """Whether no word, number or letter goes on from before an index to behind it."""
    if not 0 < index < len(text):
        return True
    before, after = text[index - 1], text[index]
    # two characters of one letter, such as of a ligature
    if origins is not None and origins[index - 1] == origins[index]:
        return False
    if _joins(before, after):
        return False
    # inside a number: before the point in 3.5, before the star in 5*3
    if after in ".,*" and before.isdigit():
        return not text[index + 1 : index + 2].isdigit()
    # and behind it
    if before in ".,*" and after.isdigit():
        return not text[max(index - 2, 0) : index - 1].isdigit()
    if _is_wordy(before) and _is_wordy(after):
        return bool(_UNSPACED.match(before) or _UNSPACED.match(after))
    return True


def _is_wordy(letter: str) -> bool:
    return letter.isalnum() or letter == "_"


def _joins(before: str, after: str) -> bool:
    """Whether a code point is part of the letter before it: an accent, a vowel sign, a part of a Hangul syllable."""
    if after < "\u0300":
        return False
    if unicodedata.category(after)[0] == "M":
        return True
    # a voice mark of narrow kana joins anything, a Hangul part only a Hangul letter
    return bool(_JOINING_SIGNS.match(after) and (after > "\uff00" or _HANGUL_BASES.match(before)))


def _cluster_end(text: str, start: int) -> int:
    """The index where the letter that begins at `start` ends, with its marks."""
    end = start + 1
    while end < len(text) and end - start < MAX_CLUSTER_CODE_POINTS and _joins(text[end - 1], text[end]):
        end += 1
    return end


def _emphasis_indices(text: str) -> set[int]:
    """The indices of marks of emphasis: not of the sign in 5*3, nor of the underscore in a_name."""
    indices: set[int] = set()
    if not any(mark in text for mark in "*_`"):
        return indices
    for run in _EMPHASIS.finditer(text):
        if _is_emphasis(run[0], text[run.start() - 1 : run.start()], text[run.end() : run.end() + 1]):
            indices.update(range(*run.span()))
    return indices


def _is_emphasis(marks: str, before: str, after: str) -> bool:
    """Whether marks between two characters are emphasis: always, but inside a word only backticks and `**`."""
    is_inside = before.isalnum() and after.isalnum()
    if not is_inside or marks[0] == "`":
        return True
    # `un**believ**able`, but not `2**3`
    return len(marks) > 1 and marks[0] == "*" and not (before + after).isdigit()


def _plain_end(text: str, start: int) -> int:
    """The end of a run of plain ASCII words from `start` on, which keeps its form; `start` if there is none."""
    run = _PLAIN.match(text, start)
    if not run:
        return start
    # the next code point may be a mark on the last letter, which then is not plain
    has_mark = run.end() < len(text) and text[run.end()] >= "\u0300"
    return run.end() - has_mark


def _fold(cluster: str) -> str:
    """A letter with its marks in one encoding, without case."""
    if cluster.isascii():
        return cluster.lower()
    # case folding may give new compatibility letters, so NFKC comes before and after it
    folded = unicodedata.normalize("NFKC", cluster.translate(_SAME_SIGN)).translate(_SAME_SIGN).casefold()
    return unicodedata.normalize("NFKC", folded)


def normalize(text: str) -> tuple[str, Origins]:
    """Remove differences that carry no meaning from a text; also return where each character came from."""
    normal = _NormalText()
    emphasis, end = _emphasis_indices(text), 0
    while end < len(text):
        start, end = end, _plain_end(text, end)
        if end > start:  # most of most texts: only the case changes
            normal.add_run(text[start:end].lower(), start)
            continue
        end = _cluster_end(text, start)
        if start in emphasis:
            continue
        for letter in _fold(text[start:end]):
            normal.add_letter(letter, start, end)
    return "".join(normal.pieces), normal.origins


class _NormalText:
    """A normalized text while it is made: its pieces (runs and single characters) and their origins."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.origins = Origins()
        self._size = 0

    def add_run(self, run: str, start: int) -> None:
        """Add characters that stood next to each other from `start` on."""
        self.pieces.append(run)
        self.origins.append(self._size, start, start + 1)
        self._size += len(run)

    def add_letter(self, letter: str, start: int, end: int) -> None:
        """Add a character that came from `text[start:end]`; drop repeated spaces and dashes, spaces beside a dash."""
        if unicodedata.category(letter) == "Cf":  # soft hyphen, zero width, direction
            return
        if letter.isspace():
            letter = " "
        last = self.pieces[-1][-1] if self.pieces else ""
        if letter in " -" and last == letter:
            return
        if letter == " " and last == "-":
            return
        if letter == "-" and last == " ":  # "a - b" is "a-b"; runs do not end in a space, so it is a piece of its own
            self.pieces.pop()
            self.origins.pop()
            self._size -= 1
        self.pieces.append(letter)
        self.origins.append(self._size, start, end)
        self._size += 1
