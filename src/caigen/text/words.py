"""A text -> its words. A script that is written without spaces counts by characters, so that no text is one long word.

Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan and their neighbours put no space between words, and where a word ends
there takes a dictionary to say. A mixed text has both: `我用 Python 写代码` is 我, 用, Python, 写, 代, 码.
Ranges: unicode.org/Public/UNIDATA/Blocks.txt.
"""

import re
import unicodedata
from functools import cache

# Han and its radicals and marks, kana (half-width too), Bopomofo, Yi, Tangut and Nushu
_EAST = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua000-\ua4cf\uf900-\ufaff\uff66-\uff9f\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
# Thai, Lao, Tibetan, Burmese, Khmer, Tai, Balinese, Javanese: alphabets, so a word takes more characters than in the East
_SOUTH = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0f40-\u0fbc\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u1950-\u19df\u1a20-\u1aad"
    "\u1b05-\u1b4c\ua980-\ua9c0\ua9e0-\ua9ef\uaa60-\uaadf"
)
LONGEST = 30  # characters of a word with its punctuation
_PIECE = re.compile(r"\w+|\W")
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, joiners, marks of direction


def words(text: str) -> list[str]:
    """Its words as they are written, punctuation and all; each character of a script without spaces is one, together with
    the marks on it. What is longer than any word, such as JSON on one line or a URL, is cut at its punctuation.

    `tea, please` is `tea,` and `please`; `喝茶。好` is 喝, 茶, 。, 好.
    """
    # in ASCII white space alone divides
    found = text.split() if text.isascii() else _written().findall(unicodedata.normalize("NFC", text))
    if max(map(len, found), default=0) <= LONGEST:
        return found
    return [part for word in found for part in (_PIECE.findall(word) if len(word) > LONGEST else (word,))]


def plain_words(text: str) -> list[str]:
    """Its words for comparing contents: in NFKC and without case, punctuation and invisible characters.

    `Tea, please` and `tea… PLEASE!` are both `tea`, `please`; `喝茶。好` is 喝, 茶, 好.
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return _bare().findall(folded)


def is_east(word: str) -> bool:
    """Whether a word is one character of Chinese, Japanese or another script that writes some two to a word."""
    return _east().match(word) is not None


def is_south(word: str) -> bool:
    """Whether a word is one character of Thai, Khmer or another alphabet without spaces."""
    return _south().match(word) is not None


@cache
def _marks() -> str:
    """All combining marks of the basic plane, as a class of a pattern: Python's `\\w` takes vowel signs for punctuation."""
    return "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")


@cache
def _written() -> re.Pattern[str]:
    # a character without spaces and its marks, else a run of what is neither that nor a space
    return re.compile(rf"[{_EAST}{_SOUTH}][{_marks()}\u200d]*|[^\s{_EAST}{_SOUTH}]+")


@cache
def _bare() -> re.Pattern[str]:
    # the same, and the run holds letters, digits and marks alone: `don't` is two, `हिन्दी` is one
    return re.compile(rf"[{_EAST}{_SOUTH}][{_marks()}]*|(?:[^\W{_EAST}{_SOUTH}]|[{_marks()}])+")


@cache
def _east() -> re.Pattern[str]:
    return re.compile(f"[{_EAST}]")


@cache
def _south() -> re.Pattern[str]:
    return re.compile(f"[{_SOUTH}]")
