"""Training documents in the demo model's chat format: text, a loss weight for each character, and marks of sentences.

A document is a trunk (prompt and answer, say) and branches, each of which goes on from the trunk as if the others were
not there: several critiques of one answer, several questions about one pair. A decision is then learned from some 80
tokens instead of 300.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

BOS, END, PAD = "<|bos|>", "<|end|>", "<|pad|>"
ROLES = {"system": "<|system|>", "user": "<|user|>", "assistant": "<|assistant|>"}
SPECIAL = [PAD, BOS, END, *ROLES.values()]
TEXT_WEIGHT = 1.0  # of usual text that the assistant writes


class Run(NamedTuple):
    """A piece of text and the loss weight of each of its characters."""

    text: str
    weight: float


class Mark(NamedTuple):
    """The class of the sentence that ends at a character, such as `bad GEN-001`."""

    end: int
    label: str


@dataclass
class Passage:
    """Text with its loss weights, as (length, weight) of each piece, and its marks.

    The marks are learned beside the text, from a middle layer: a hint where to look, gone after training.
    """

    text: str = ""
    weights: list[tuple[int, float]] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)

    def add(self, text: str, weight: float) -> None:
        """Append a piece of text."""
        self.text += text
        self.weights.append((len(text), weight))

    def add_message(self, role: str, *runs: Run) -> None:
        """Append a message; its end token has a loss weight only if the assistant's text has one."""
        self.add(ROLES[role], 0.0)
        for text, weight in runs:
            self.add(text, weight)
        self.add(END, min(TEXT_WEIGHT, runs[-1].weight) if role == "assistant" else 0.0)


@dataclass
class Document:
    """A trunk and the branches that go on from it."""

    trunk: Passage = field(default_factory=lambda: Passage(BOS, [(len(BOS), 0.0)]))
    branches: list[Passage] = field(default_factory=list)

    @property
    def texts(self) -> list[str]:
        """The whole conversations: the trunk with each branch."""
        return [self.trunk.text + branch.text for branch in self.branches] or [self.trunk.text]
