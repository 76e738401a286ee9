"""Template texts that caigen adds to a request: the shipped ones, or those of a user's folder."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from string import Template

from caigen.constitution.format import Principle
from caigen.errors import CaigenError
from caigen.records import Message
from caigen.stages.delimiters import delimiter_code, quote_messages

SHIPPED_FOLDER = Path(__file__).parent / "templates"
# the short texts that the demo model was trained on
DEMO_FOLDER = Path(__file__).parents[1] / "demo" / "templates"

ROLE_NAMES = {"system": "System", "user": "User", "assistant": "Assistant"}
# how the paper's plain text format begins a message; a system message has no label
PLAIN_LABELS = {"system": "", "user": "Human: ", "assistant": "Assistant: "}


@dataclass(frozen=True)
class Templates:
    """The template texts of one run, by name.

    `own` is true if a user's folder replaced some; then they are never exchanged for the texts of another model.
    """

    texts: dict[str, str]
    own: bool = field(default=False, compare=False)

    @classmethod
    def load(cls, folder: Path | None = None, *, demo: bool = False) -> "Templates":
        """Read the shipped texts (`demo`: those of the demo model), replaced by files of the same name in `folder`.

        Raises CaigenError for a file that replaces nothing or is not a readable text.
        """
        texts = _read_folder(DEMO_FOLDER if demo else SHIPPED_FOLDER).copy()
        if folder is None:
            return cls(texts)
        paths = sorted(folder.glob("*.txt"))
        for path in paths:
            if path.stem not in texts:
                raise CaigenError(f"{path}: replaces no template; the names are {', '.join(texts)}")
            try:
                texts[path.stem] = path.read_text("utf-8").rstrip("\n")
            except (OSError, UnicodeDecodeError) as error:
                raise CaigenError(f"{path}: cannot be read: {error}") from error
        if not folder.is_dir():
            raise CaigenError(f"{folder}: not a folder of templates")
        return cls(texts, own=bool(paths))

    @property
    def sha256(self) -> str:
        """Hash over the names and texts, for the provenance."""
        # sorted and with separators, so that only equal texts under equal names have an equal hash
        joined = "\0".join(f"{name}\0{self.texts[name]}" for name in sorted(self.texts))
        return hashlib.sha256(joined.encode()).hexdigest()

    def fill(self, name: str, /, **values: str) -> str:
        """Return the template of that name with each `$value` replaced.

        Raises CaigenError if the template uses a name that is not among the values.
        """
        try:
            # a single pass: a `$name` inside a value stays as it is
            return Template(self.texts[name]).substitute(values)
        except (KeyError, ValueError) as error:
            names = ", ".join("$" + value for value in values)
            raise CaigenError(f"template {name}.txt: {error}; it may use {names}") from error


@cache
def _read_folder(folder: Path) -> dict[str, str]:
    return {path.stem: path.read_text("utf-8").rstrip("\n") for path in sorted(folder.glob("*.txt"))}


def transcript(messages: Sequence[Message]) -> str:
    """A conversation as plain text, a paragraph per message: `User: …`, `Assistant: …`."""
    return "\n\n".join(f"{ROLE_NAMES[message.role]}: {message.content}" for message in messages)


def plain_text(messages: Sequence[Message]) -> str:
    """A conversation in the paper's plain format (paper 3.1): `Human: …` and `Assistant: …` paragraphs."""
    return "".join(f"\n\n{PLAIN_LABELS[message.role]}{message.content}" for message in messages)


def principle_values(principle: Principle | None) -> dict[str, str]:
    """The template values of a principle: `rule` is its text, `marked_rule` its title and text between marks.

    Both are empty if there is no principle or it is no rule, as in few-shot examples and imported requests.
    """
    if principle is None or principle.form != "rule":
        return {"rule": "", "marked_rule": ""}
    return {"rule": principle.rule, "marked_rule": f"<rule>\n{principle.title}: {principle.rule}\n</rule>\n\n"}


def conversation_values(messages: Sequence[Message], *texts: str) -> dict[str, str]:
    """The template values of a conversation: `transcript` in plain lines, `conversation` between marks with a `code`.

    `texts` are further texts that the template puts between marks of the same code.
    """
    code = delimiter_code(*(message.content for message in messages), *texts)
    return {"transcript": transcript(messages), "conversation": quote_messages(messages, code), "code": code}
