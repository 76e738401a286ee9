"""critique text -> the words for what makes it useless: `empty`, `loop`, `refusal`, `echo`"""

from functools import lru_cache

from caigen.hygiene.refusals import REFUSALS
from caigen.hygiene.words import loops, shingles

LONGEST_REFUSAL = 600  # characters: who goes on for longer did criticise in the end
SHINGLE = 6  # words in a row
LEAST_SHINGLES = 6  # in a critique that can be an echo: fewer are a turn of phrase
ECHOED = 0.7  # share of a critique's shingles that its request has too


def flags_of_critique(text: str, *, request: str = "") -> tuple[str, ...]:
    """Why a critique is of no use: none where it is.

    `empty`: not one letter. `loop`: words that come again and again. `refusal`: it opens by turning the task down, in
    one of six languages. `echo`: it says little that `request`, the text that asked for it, did not say.
    """
    if not any(map(str.isalpha, text)):
        return ("empty",)
    tests = {"loop": loops(text), "refusal": refuses(text), "echo": _echoes(text, request)}
    return tuple(word for word, found in tests.items() if found)


def refuses(text: str) -> bool:
    """Whether a text opens by turning its task down and says little else."""
    opening = text.strip().lstrip("*_\"'“«「 ")
    return len(opening) <= LONGEST_REFUSAL and any(rule.pattern.match(opening) for rule in REFUSALS)


def _echoes(text: str, request: str) -> bool:
    said = shingles(text, SHINGLE)
    return len(said) >= LEAST_SHINGLES and len(said & _asked(request)) >= ECHOED * len(said)


@lru_cache(maxsize=32)  # in a conversation the request is a principle's alone, the same in many rows
def _asked(request: str) -> set[tuple[str, ...]]:
    return shingles(request, SHINGLE)
