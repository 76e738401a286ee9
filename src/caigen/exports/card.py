"""A data card beside training rows: the README.md of a Hugging Face data set, with a YAML header.

Format: huggingface.co/docs/hub/datasets-cards. What each file holds is kept in a comment at the end, so that a further
export into the same folder adds to the card. A README.md that caigen did not write is left alone.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from caigen.errors import CaigenError

MARK = "caigen-card"
OWN = "caigen-card.md"  # where another README.md stands in the way
KINDS = {
    "pairs": "preference pairs",
    "sft": "rows for supervised fine-tuning",
    "prompts": "prompts for reinforcement learning",
    "spans": "token labels for a classifier; many of the completions are faulty",
}


@dataclass(frozen=True)
class Entry:
    """One file of rows, and what the records that gave them say of themselves."""

    file: str
    kind: str
    to: str
    rows: int
    reasons: dict[str, int] = field(default_factory=dict)
    constitutions: Sequence[str] = ()
    models: Sequence[str] = ()


def write_card(folder: Path, entry: Entry, license: str = "other") -> Path:
    """Add a file to the card of its folder; gives the card's path.

    Raises CaigenError where it cannot be written.
    """
    path = folder / "README.md"
    try:
        there = path.read_text("utf-8") if path.exists() else ""
        if there and MARK not in there:
            path = folder / OWN
            there = path.read_text("utf-8") if path.exists() else ""
        entries = {known.file: known for known in _entries(there)} | {entry.file: entry}
        path.write_text(_card([entries[name] for name in sorted(entries)], license), "utf-8")
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
    return path


def _entries(card: str) -> list[Entry]:
    found = re.search(rf"<!-- {MARK} (.*?) -->", card, re.S)
    try:
        return [Entry(**known) for known in json.loads(found[1])] if found else []
    except (ValueError, TypeError):
        return []


def _card(entries: Sequence[Entry], license: str) -> str:
    configs = "".join(
        f"  - config_name: {re.sub(r'[^A-Za-z0-9_-]+', '-', entry.file.split('.')[0])}\n    data_files: {json.dumps(entry.file)}\n"
        for entry in entries
    )
    rows = "".join(f"| `{e.file}` | {KINDS[e.kind]} | {e.to} | {e.rows} | {_reasons(e)} |\n" for e in entries)
    models = sorted({model for entry in entries for model in entry.models})
    rules = sorted({rule for entry in entries for rule in entry.constitutions})
    warnings = "".join(f"- {text}\n" for text in _warnings(models))
    kept = json.dumps([asdict(entry) for entry in entries], sort_keys=True)
    return (
        f"---\nlicense: {license}\ntags:\n  - caigen\n  - constitutional-ai\n  - synthetic\nconfigs:\n{configs}---\n\n"
        "# Training data from a written constitution\n\n"
        "Made by caigen: a model answered, criticised its answers under written principles, and revised them.\n\n"
        f"| file | what | for | rows | why others gave none |\n|---|---|---|---|---|\n{rows}\n"
        f"Constitution: {', '.join(rules) or 'none'}. Models: {', '.join(models) or 'not recorded'}.\n\n"
        f"## Before you use it\n\n{warnings}\n<!-- {MARK} {kept} -->\n"
    )


def _reasons(entry: Entry) -> str:
    return ", ".join(f"{reason} {count}" for reason, count in sorted(entry.reasons.items())) or ""


def _warnings(models: Sequence[str]) -> list[str]:
    found = [
        "The texts are a model's. Read some before you train on them.",
        "`license` above is a field to be filled in: the licences of the prompts and of the models hold for these rows.",
    ]
    if any(model.startswith("demo@") for model in models):
        found.append("The bundled demo model made these rows. It knows only its own small world; they teach nothing.")
    return found
