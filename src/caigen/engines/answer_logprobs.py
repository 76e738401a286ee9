"""choice_logprobs: the log-probabilities in a server's answer -> those of the requested words

Two forms are read: OpenAI's list of tokens with `top_logprobs` each, and the older one of text completions, where
`top_logprobs` has a mapping for each position. Nothing in them is assumed well-formed.
"""

import math
from typing import Any, NamedTuple

from caigen.engines.base import Request, sum_by_word
from caigen.engines.failures import as_object
from caigen.errors import RequestError

MAX_LOGPROB = 1e-3  # rounding may lift a log-probability so far above 0
MAX_TOTAL = 1.25  # servers that round log-probabilities to a digit may lift the sum of probabilities so far
MAX_END_CHARS = 4096  # of tokens behind the answer, such as <|im_end|>
MAX_UNLISTED = 0.02  # a word that the server does not list may have this probability at most to count as 0


class ListedToken(NamedTuple):
    """One of the likeliest tokens at a position, as the server lists it. `logprob` may be anything."""

    token: str
    logprob: Any


class Position(NamedTuple):
    """One token of an answer, and the likeliest tokens in its place."""

    token: str
    listed: list[ListedToken]


def choice_logprobs(logprobs: Any, text: str, request: Request) -> dict[str, float]:
    """Log-probabilities of the requested words as the answer's first token; empty if a word that is not listed may be
    likely, since the server lists few tokens.

    Raises RequestError `choice_not_a_token` if a listed word may be the beginning of another, as 1 of 10.
    """
    positions = _positions(logprobs) if request.choices else []
    index: int | None = 0
    if request.sampling.think == "on":  # the answer begins behind the thought
        index = _answer_index(positions, text)
    if index is None or index >= len(positions):
        return {}
    listed = positions[index].listed
    if not _are_logprobs(listed):
        return {}
    usable = [(entry.token, float(entry.logprob)) for entry in listed if _is_choice(entry, request.choices)]
    by_word = sum_by_word(usable)
    missing = [word for word in request.choices if word not in by_word]
    for word in missing:
        if any(word.startswith(other) for other in by_word):
            raise RequestError(
                "choice_not_a_token",
                f"the server may cut {word!r} in two, and then gives the probability of its beginning",
            )
    if missing and _max_unlisted(listed) > MAX_UNLISTED:
        return {}
    return by_word


def _positions(logprobs: Any) -> list[Position]:
    """The tokens of an answer with the likeliest ones in the place of each; empty if there are none."""
    fields = as_object(logprobs)
    content = fields.get("content")
    if isinstance(content, list):
        entries = [as_object(entry) for entry in content]
        return [Position(str(entry.get("token", "")), _listed_tokens(entry.get("top_logprobs"))) for entry in entries]
    # {"tokens": ["A"], "top_logprobs": [{"A": -0.1, "B": -2.3}]}
    tokens, tops = fields.get("tokens"), fields.get("top_logprobs")
    if isinstance(tops, dict):
        tops = [tops]
    if not isinstance(tokens, list) or not isinstance(tops, list) or len(tokens) != len(tops):
        return []
    return [Position(str(token), _listed_tokens(top)) for token, top in zip(tokens, tops, strict=True)]


def _listed_tokens(entries: Any) -> list[ListedToken]:
    """The likeliest tokens at a position: a list of objects, or a mapping from token to log-probability."""
    if isinstance(entries, dict):
        return [ListedToken(token, logprob) for token, logprob in entries.items()]
    if not isinstance(entries, list):
        return []
    return [ListedToken(str(entry.get("token")), entry.get("logprob")) for entry in entries if isinstance(entry, dict)]


def _are_logprobs(listed: list[ListedToken]) -> bool:
    """Whether the numbers of a list can all be log-probabilities at one position."""
    numbers = [logprob for _, logprob in listed if _is_number(logprob)]
    if any(number > MAX_LOGPROB for number in numbers):
        return False
    return sum(map(math.exp, numbers)) <= MAX_TOTAL


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _is_choice(entry: ListedToken, choices: tuple[str, ...]) -> bool:
    """Whether a listed token is one of the words and has a log-probability that can be one."""
    return entry.token.strip() in choices and _is_number(entry.logprob) and math.isfinite(entry.logprob)


def _max_unlisted(listed: list[ListedToken]) -> float:
    """The highest probability that a token outside the list can have.

    It is not above the lowest one in the list, and not above what the list leaves.
    """
    probabilities = [math.exp(logprob) for _, logprob in listed if _is_number(logprob)]
    if not probabilities:
        return 1.0
    return min(1 - sum(probabilities), min(probabilities))


def _answer_index(positions: list[Position], text: str) -> int | None:
    """The index of the answer's first token, behind a thought; None if the answer is not at the end of the tokens."""
    tail = ""
    # read backwards: the answer may also be in the thought, and then stands there first
    for index in range(len(positions) - 1, -1, -1):
        token = positions[index].token
        tail = token + tail
        if text and token.strip() and tail.lstrip().startswith(text):
            return index
        if len(tail) > len(text) + MAX_END_CHARS:
            break
    return None
