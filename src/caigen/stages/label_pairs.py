"""choose_pairs, choose_principles: Record -> which of its texts are compared, and under which principles"""

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

from caigen import hashing
from caigen.choices import Compare as Compare
from caigen.constitution.format import Principle
from caigen.records import Record
from caigen.stages.requests import PromptSettings
from caigen.text.versions import Version, principles_between, texts

PrinciplesPerPair = int | Literal["rounds"] | None


def choose_pairs(record: Record, compare: Compare) -> list[tuple[Version, Version]]:
    """The texts to compare: never two equal texts, never a blank answer.

    `first-last`: the first and last text of each candidate. `candidates`: the last texts of each two candidates. `all`:
    each two texts of the record.
    """
    by_candidate: list[Sequence[Version]] = []
    for index, candidate in enumerate(record.candidates):
        if versions := texts(index, candidate):
            by_candidate.append(versions)
    if compare == "first-last":
        pairs = [(versions[0], versions[-1]) for versions in by_candidate]
    elif compare == "candidates":
        pairs = list(combinations([versions[-1] for versions in by_candidate], 2))
    else:
        pairs = list(combinations([version for versions in by_candidate for version in versions], 2))
    return [(a, b) for a, b in pairs if a.text.strip() != b.text.strip()]


def choose_principles(
    record: Record, a: Version, b: Version, prompt_settings: PromptSettings, *, count: PrinciplesPerPair
) -> list[Principle]:
    """The principles that a pair is judged under; `count` is a number, `rounds` or None.

    With `rounds`, two texts of one candidate are judged under the principles of the rounds between them, as far as the
    settings have them; if there are none, one is drawn. A number draws that many by hash (paper 4.1 draws one per
    label), and None takes all.
    """
    if count == "rounds":
        if a.candidate == b.candidate:
            refs = principles_between(record.candidates[a.candidate], a.round, b.round)
            if principles := [principle for principle in prompt_settings.principles if principle.ref in refs]:
                return principles
        count = 1

    def draw(principle: Principle) -> float:
        return hashing.uniform(prompt_settings.seed, record.id, a, b, "label", principle.id)

    return sorted(prompt_settings.principles, key=draw)[:count]
