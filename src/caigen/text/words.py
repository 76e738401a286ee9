"""words, plain_words: text -> its words; in scripts without spaces each character is a word

Chinese, Japanese, Thai, Lao, Khmer, Burmese, Tibetan and their neighbours put no space between words, and it takes a
dictionary to find their ends. Without this rule a whole paragraph would be one long word. A mixed text has both kinds
of words: `我用 Python 写代码` is 我, 用, Python, 写, 代, 码. Ranges: unicode.org/Public/UNIDATA/Blocks.txt.
"""

import re
import unicodedata
from functools import cache

# Han and its radicals and marks, kana (half-width too), Bopomofo, Yi, Tangut and Nushu
_EAST = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u302f\u3031-\u303c\u3041-\u312f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\ua000-\ua4cf\uf900-\ufaff\uff66-\uff9f\U00016fe0-\U00018dff\U0001aff0-\U0001b2ff\U00020000-\U0003ffff"
)
# Thai, Lao, Tibetan, Burmese, Khmer, Tai, Balinese, Javanese: alphabets, so a word has more characters
_SOUTH = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0f40-\u0fbc\u1000-\u1049\u1050-\u109f\u1780-\u17d3\u1950-\u19df\u1a20-\u1aad"
    "\u1b05-\u1b4c\ua980-\ua9c0\ua9e0-\ua9ef\uaa60-\uaadf"
)
MAX_WORD_CHARACTERS = 30  # of a word with its punctuation
_PIECE = re.compile(r"\w+|\W")  # `{"a":1}` is {, ", a, ", :, 1, }
INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # soft hyphens, joiners, marks of direction


def words(text: str) -> list[str]:
    """The words as they are written, with punctuation: `tea, please` is `tea,`, `please`; `喝茶。好` is 喝, 茶, 。, 好.

    In a script without spaces each character is a word, together with the marks on it. A run that is longer than any
    word, such as JSON on one line or a URL, is split at its punctuation.
    """
    if text.isascii():
        runs = text.split()  # only white space divides
    else:
        runs = _written_pattern().findall(unicodedata.normalize("NFC", text))
    if max(map(len, runs), default=0) <= MAX_WORD_CHARACTERS:
        return runs
    pieces = []
    for run in runs:
        if len(run) > MAX_WORD_CHARACTERS:
            pieces += _PIECE.findall(run)
        else:
            pieces.append(run)
    return pieces


def plain_words(text: str) -> list[str]:
    """The words for comparing contents: in NFKC, without case, punctuation and invisible characters.

    `Tea, please` and `tea… PLEASE!` are both `tea`, `please`; `喝茶。好` is 喝, 茶, 好.
    """
    folded = unicodedata.normalize("NFKC", INVISIBLE.sub("", text)).casefold()
    return _plain_pattern().findall(folded)


def is_east(word: str) -> bool:
    """Whether a word is a character of Chinese, Japanese or a similar script, where a word has about two of them."""
    return _east_pattern().match(word) is not None


def is_south(word: str) -> bool:
    """Whether a word is a character of Thai, Khmer or another alphabet without spaces, where a word has several."""
    return _south_pattern().match(word) is not None


def unspaced_character() -> str:
    """A pattern of one character of a script without spaces, with the marks on it."""
    return rf"[{_EAST}{_SOUTH}][{_marks()}\u200d]*"


# the patterns are compiled when they are first used: most texts are ASCII and need none


@cache
def _marks() -> str:
    """All combining marks of the basic plane, for a character class: Python's `\\w` does not include vowel signs."""
    return "".join(chr(code) for code in range(0x300, 0x10000) if unicodedata.category(chr(code))[0] == "M")


@cache
def _written_pattern() -> re.Pattern[str]:
    # either one character without spaces and its marks, or a run of anything else but spaces
    return re.compile(rf"[{_EAST}{_SOUTH}][{_marks()}\u200d]*|[^\s{_EAST}{_SOUTH}]+")


@cache
def _plain_pattern() -> re.Pattern[str]:
    # the same, but a run has only letters, digits and marks: `don't` is two words, `हिन्दी` is one
    return re.compile(rf"[{_EAST}{_SOUTH}][{_marks()}]*|(?:[^\W{_EAST}{_SOUTH}]|[{_marks()}])+")


@cache
def _east_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_EAST}]")


@cache
def _south_pattern() -> re.Pattern[str]:
    return re.compile(f"[{_SOUTH}]")
