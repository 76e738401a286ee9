"""Template texts that caigen adds to a request: shipped, or replaced by a folder of the user."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template

from caigen.constitution.format import Principle
from caigen.errors import CaigenError
from caigen.records import Message
from caigen.stages.delimiters import code_of, quoted

HERE = Path(__file__).parent / "templates"


DEMO = Path(__file__).parents[1] / "demo" / "templates"  # the terse texts that the demo model was trained on


PLAIN_SPOKEN = {"system": "", "user": "Human: ", "assistant": "Assistant: "}


SPOKEN = {"system": "System", "user": "User", "assistant": "Assistant"}


@dataclass(frozen=True)
class Templates:
    """The template texts of one run, by name; `own` where a user's folder replaced some, so that nothing else takes their place."""

    texts: dict[str, str]
    own: bool = field(default=False, compare=False)

    @classmethod
    def load(cls, folder: Path | None = None, *, demo: bool = False) -> "Templates":
        """The shipped texts (`demo`: those of the demo model), those of `folder` in their place where it has a file of
        that name.

        Raises CaigenError for a file that replaces nothing, or is not a readable text.
        """
        texts, replaced = _shipped(DEMO if demo else HERE).copy(), False
        for path in sorted(folder.glob("*.txt")) if folder else []:
            if path.stem not in texts:
                raise CaigenError(f"{path}: replaces no template; the names are {', '.join(texts)}")
            try:
                texts[path.stem], replaced = path.read_text("utf-8").rstrip("\n"), True
            except (OSError, UnicodeDecodeError) as error:
                raise CaigenError(f"{path}: cannot be read: {error}") from error
        if folder and not folder.is_dir():
            raise CaigenError(f"{folder}: not a folder of templates")
        return cls(texts, own=replaced)

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
            raise CaigenError(
                f"template {name}.txt: {error}; it may use {', '.join('$' + v for v in values)}"
            ) from error


@cache
def _shipped(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text("utf-8").rstrip("\n") for path in sorted(folder.glob("*.txt"))}


def transcript(messages: Sequence[Message]) -> str:
    """A conversation as plain lines, one speaker a paragraph."""
    return "\n\n".join(f"{SPOKEN[m.role]}: {m.content}" for m in messages)


def plain_text(messages: Sequence[Message]) -> str:
    """A conversation in the paper's plain format (paper 3.1): `Human:` and `Assistant:` paragraphs."""
    return "".join(f"\n\n{PLAIN_SPOKEN[m.role]}{m.content}" for m in messages)


def shown_rule(principle: Principle | None) -> dict[str, str]:
    """What the templates of critiques and revisions may say of a principle: `rule`, and `marked_rule`, the rule between marks
    with an empty line after it. Both are empty where there is no rule, as in few-shot examples and imported requests.
    """
    if principle is None or principle.kind != "rule":
        return {"rule": "", "marked_rule": ""}
    return {"rule": principle.text, "marked_rule": f"<rule>\n{principle.title}: {principle.text}\n</rule>\n\n"}


def shown_conversation(messages: Sequence[Message], *texts: str) -> dict[str, str]:
    """A conversation in the two forms that templates may use: `transcript` in plain lines, `conversation` between marks with
    a `code`. `texts` are further texts that go between marks of the same code.
    """
    code = code_of(*(turn.content for turn in messages), *texts)
    return {"transcript": transcript(messages), "conversation": quoted(messages, code), "code": code}
