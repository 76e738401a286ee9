"""Render what a model is shown: template texts filled with a conversation, a principle and a critique.

Templates are `$name` texts beside this module; a user's folder may replace any of them by file name.
Substitution is a single pass, so a `$name` inside somebody's text stays as it is.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template

from caigen.errors import CaigenError
from caigen.records import Message

HERE = Path(__file__).parent / "templates"
SPOKEN = {"system": "System", "user": "User", "assistant": "Assistant"}


@dataclass(frozen=True)
class Templates:
    """The template texts of one run, by name."""

    texts: dict[str, str]

    @classmethod
    def load(cls, folder: Path | None = None) -> "Templates":
        """The shipped texts, those of `folder` in their place where it has a file of that name.

        Raises CaigenError for a file that replaces nothing, or is not a readable text.
        """
        texts = {path.stem: path.read_text("utf-8").rstrip("\n") for path in sorted(HERE.glob("*.txt"))}
        for path in sorted(folder.glob("*.txt")) if folder else []:
            if path.stem not in texts:
                raise CaigenError(f"{path}: replaces no template; the names are {', '.join(texts)}")
            try:
                texts[path.stem] = path.read_text("utf-8").rstrip("\n")
            except (OSError, UnicodeDecodeError) as error:
                raise CaigenError(f"{path}: cannot be read: {error}") from error
        if folder and not folder.is_dir():
            raise CaigenError(f"{folder}: not a folder of templates")
        return cls(texts)

    @property
    def sha256(self) -> str:
        """Hash over all texts, for the provenance."""
        joined = "\0".join(f"{name}\0{self.texts[name]}" for name in sorted(self.texts))
        return hashlib.sha256(joined.encode()).hexdigest()

    def fill(self, name: str, /, **values: str) -> str:
        """One template with its names filled in.

        Raises CaigenError when the template uses a name that this step does not offer.
        """
        try:
            return Template(self.texts[name]).substitute(values)
        except (KeyError, ValueError) as error:
            raise CaigenError(f"template {name}.txt: {error}; it may use {', '.join('$' + v for v in values)}") from error


def transcript(messages: Sequence[Message]) -> str:
    """A conversation as plain lines, one speaker a paragraph."""
    return "\n\n".join(f"{SPOKEN[m.role]}: {m.content}" for m in messages)


def compare_prompt(templates: Templates, prompt: Sequence[Message], a: str, b: str, rule: str) -> str:
    """The A/B question of stage two (paper 4.1)."""
    return templates.fill("compare", transcript=transcript(prompt), rule=rule, a=a, b=b)


def verdict_prompt(templates: Templates, prompt: Sequence[Message], answer: str, rule: str) -> str:
    """The single-text question: does the last answer break the rule?"""
    turns = [*prompt, Message(role="assistant", content=answer)]
    return templates.fill("verdict", transcript=transcript(turns), rule=rule)
