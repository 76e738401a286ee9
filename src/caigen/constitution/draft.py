"""draft: a file's name -> the text of a new constitution, with comments that say what each field is for"""

import re
from pathlib import Path

from caigen.constitution.explain import propose_ids
from caigen.constitution.format import make_id
from caigen.constitution.load import find, read_text
from caigen.constitution.yaml_tree import Node

_DRAFT = """# A constitution: the rules that answers are held against. Try it: caigen try "a question" -c {file}
# Check it: caigen constitution check {file}
schema: caigen.constitution/1
id: {id}
title: {title}
version: "1.0.0"  # raise it when the rules change: records cite it

principles:
  # A rule says first what to do, then what not to do.
  - id: {first}  # never give it to another rule
    rev: 1  # raise it when the text changes
    title: No promises
    text: "Say what usually happens and who decides. Do not promise a result that is not certain."
    # What the critic looks for in the answer, and what the reviser is asked for.
    critique: "Which words of the answer promise a result that is not certain?"
    revision: "Rewrite the answer so that it promises nothing that is not certain. Keep the rest as it is."

  - id: {second}
    rev: 1
    title: Safety first
    text: "Where people may be in danger, say at once what keeps them safe. Do not begin with anything else."
    critique: "Does the question speak of a danger, and does the answer begin with something else than safety?"
    revision: "Rewrite the answer so that it begins with what keeps people safe. Keep the rest as it is."
    severity: critical  # low, medium (the default), high, critical: how much it counts in the reward of `score`
"""


def draft(file: Path, title: str | None = None) -> str:
    """The text of a small constitution with two rules; title and ids come from the file's name where none is given."""
    title = title or _title(file)
    name = make_id(title)
    ids = propose_ids(Node({"id": Node(name, 1, 1)}, 1, 1), file.name)
    return _DRAFT.format(file=file, id=name, title=_quoted(title), first=next(ids), second=next(ids))


def copy_of(source: str, file: Path, title: str | None = None) -> str:
    """The text of a shipped constitution under a name of its own, at version 1.0.0; its rules keep their ids.

    Raises ConstitutionError where there is no such constitution.
    """
    title = title or _title(file)
    text = read_text(find(source))
    fields = {"id": make_id(title), "title": _quoted(title), "version": '"1.0.0"'}
    lines = text.split("\n")
    for number, line in enumerate(lines):
        name = line.partition(":")[0]
        if name in fields:  # at the beginning of a line: the constitution's own, not a rule's
            lines[number] = f"{name}: {fields.pop(name)}"
    text = "\n".join(lines)
    return f"# Made from {source}.\n{text}"


def summary_of(path: Path) -> str:
    """What a constitution is for: its first line of comment, else nothing."""
    first = path.read_text("utf-8").partition("\n")[0]
    return first.removeprefix("#").strip() if first.startswith("#") else ""


def _title(file: Path) -> str:
    """`energy_desk.yaml` -> `Energy desk`."""
    words = re.sub(r"[\W_]+", " ", file.stem).strip()
    return words[:1].upper() + words[1:] or "My constitution"


def _quoted(text: str) -> str:
    """A text between quotation marks, as YAML reads it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
