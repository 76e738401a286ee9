"""Record -> preference pairs, by the order of revisions alone; no model is asked from here on."""

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Literal

from caigen.draws import share
from caigen.records import CUT_OFF, Candidate, Record

Pairing = Literal["first-last", "adjacent", "all"]


@dataclass(frozen=True)
class Address:
    """One text of a record: candidate and round, its words, and what the model thought before."""

    candidate: int
    round: int
    text: str
    reasoning: str | None = None

    def __str__(self) -> str:
        return f"{self.candidate}.{self.round}"


@dataclass(frozen=True)
class Pair:
    """A preferred and a rejected text of one record, and the principles whose rounds lie between them."""

    record: Record
    chosen: Address
    rejected: Address
    principles: tuple[str, ...]
    similarity: float


@dataclass(frozen=True)
class PairSettings:
    """Which texts pair, and how different they must be.

    `min_change` and `max_similarity` bound the word similarity of the two texts (difflib ratio, 0 to 1) from above:
    `similarity <= 1 - min_change` and `similarity <= max_similarity`.
    """

    pairing: Pairing = "first-last"
    min_change: float = 0.0
    max_similarity: float = 1.0


def texts(place: int, candidate: Candidate) -> list[Address]:
    """The texts of a candidate in order, its flagged revisions left out; unchanged rounds repeat no text."""
    found = [Address(place, 0, candidate.text, candidate.reasoning)]
    for number, turn in enumerate(candidate.rounds, 1):
        if turn.revision is not None and not turn.revision.flags:
            found.append(Address(place, number, turn.revision.text, turn.revision.reasoning))
    return found


def pairs(record: Record, settings: PairSettings, reasons: Counter[str]) -> Iterator[Pair]:
    """The preference pairs of one record; why others came to nothing is counted in `reasons`."""
    for place, candidate in enumerate(record.candidates):
        for turn in candidate.rounds:
            reasons.update(f"revision_{flag}" for flag in (turn.revision.flags if turn.revision else ()))
        if candidate.finish_reason in CUT_OFF:
            reasons["answer_truncated"] += 1
            continue
        found = texts(place, candidate)
        if len(found) < 2:
            reasons["unrevised"] += 1
        for earlier, later in _matched(found, settings.pairing):
            similarity = _similarity(earlier.text, later.text)
            if earlier.text.strip() == later.text.strip():
                reasons["identical_texts"] += 1
            elif similarity > min(settings.max_similarity, 1 - settings.min_change):
                reasons["too_similar"] += 1
            else:
                between = candidate.rounds[earlier.round : later.round]
                principles = tuple(turn.principle for turn in between if turn.revision and not turn.revision.flags)
                yield Pair(record, later, earlier, principles, round(similarity, 4))


def split_of(record: Record, train: float, seed: int = 0) -> str:
    """`train` or `test`, by the prompt: the same prompt never falls on both sides."""
    prompt = "\x1e".join(f"{m.role}\x1f{m.content}" for m in record.prompt)
    return "train" if share(seed, "split", prompt) < train else "test"


def _matched(found: list[Address], pairing: Pairing) -> list[tuple[Address, Address]]:
    if len(found) < 2:
        return []
    if pairing == "first-last":
        return [(found[0], found[-1])]
    if pairing == "adjacent":
        return list(pairwise(found))
    return list(combinations(found, 2))


def _similarity(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one.split(), other.split(), autojunk=False).ratio()
