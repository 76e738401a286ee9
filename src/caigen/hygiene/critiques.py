"""critique text -> flags that make it useless: `empty`, `loop`, `refusal`, `echo`"""

from functools import lru_cache

from caigen.hygiene.refusals import REFUSALS
from caigen.hygiene.words import loops, shingles

LONGEST_REFUSAL = 600  # characters: a longer text criticises in the end
SHINGLE_WORDS = 6  # words in a row that are compared as one
MIN_SHINGLES = 6  # of a critique that can be an echo: fewer may be chance
ECHO_SHARE = 0.7  # of a critique's shingles that stand in its request too


def flags_of_critique(text: str, *, request: str = "") -> tuple[str, ...]:
    """The flags of a critique's text; none for a useful one.

    `empty`: it has no letter. `loop`: words are repeated without end. `refusal`: it opens by refusing the task, in
    one of six languages. `echo`: it says little that `request`, the text that asked for it, did not say.
    """
    if not any(map(str.isalpha, text)):
        return ("empty",)
    flags = {"loop": loops(text), "refusal": refuses(text), "echo": _echoes(text, request)}
    return tuple(flag for flag, is_set in flags.items() if is_set)


def refuses(text: str) -> bool:
    """Whether a text opens by refusing its task and says little else."""
    # Emphasis and quotation marks may stand before the first word.
    opening = text.strip().lstrip("*_\"'“«「 ")
    return len(opening) <= LONGEST_REFUSAL and any(rule.pattern.match(opening) for rule in REFUSALS)


def _echoes(text: str, request: str) -> bool:
    """Whether most runs of words of a critique stand in its request."""
    runs = shingles(text, SHINGLE_WORDS)
    return len(runs) >= MIN_SHINGLES and len(runs & _request_shingles(request)) >= ECHO_SHARE * len(runs)


@lru_cache(maxsize=32)  # the request depends on the principle alone, so many rows share it
def _request_shingles(request: str) -> set[tuple[str, ...]]:
    return shingles(request, SHINGLE_WORDS)
