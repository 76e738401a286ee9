"""A data card beside training rows: the README.md of a Hugging Face data set, with a YAML header.

Format: huggingface.co/docs/hub/datasets-cards. What each file holds is kept in a comment at the end, so that a further
export into the same folder adds to the card. A README.md that caigen did not write is left alone.
"""

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from pydantic import TypeAdapter, ValidationError

from caigen.engines.names import public_name
from caigen.errors import CaigenError

MARK = "caigen-card"
OWN = "caigen-card.md"  # where another README.md stands in the way
UNKNOWN = "other"  # the licence, until somebody fills it in
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
    kind: Literal["pairs", "sft", "prompts", "spans"]
    to: str
    rows: int
    reasons: dict[str, int] = field(default_factory=dict)
    constitutions: Sequence[str] = ()
    models: Sequence[str] = ()


_KEPT: TypeAdapter[list[Entry]] = TypeAdapter(list[Entry])


def write_card(folder: Path, entry: Entry) -> Path:
    """Add a file to the card of its folder; gives the card's path.

    Raises CaigenError where it cannot be written.
    """
    path = folder / "README.md"
    try:
        path = card_of(folder)
        there = path.read_text("utf-8") if path.exists() else ""
        path.write_text(_card([*_entries(there), entry], _license(there)), "utf-8")
    except OSError as error:
        raise CaigenError(f"{path}: cannot be written: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise CaigenError(f"{path}: is not UTF-8, so nothing can be added to it: move it away") from error
    return path


def card_of(folder: Path) -> Path:
    """Where the card of a folder is, or will be: README.md, or a name of its own beside another's README.md."""
    path = folder / "README.md"
    return path if not path.exists() or is_card(path.read_text("utf-8", "replace")) else folder / OWN


def is_card(text: str) -> bool:
    """Whether a README.md is a card that caigen wrote, or nothing yet."""
    return not text or MARK in text


def joined(card: str, older: str, files: Collection[str]) -> str:
    """A card of `files`, and of the further files that an older card tells of, with the licence that either names; as it is
    where that is what it says.
    """
    own = _entries(card)
    known = [entry for entry in _entries(older) if entry.file not in files] + [e for e in own if e.file in files]
    license = _license(card) if _license(card) != UNKNOWN else _license(older)
    same = {entry.file for entry in known} == {entry.file for entry in own}
    return card if same and license == _license(card) else _card(known, license)


def _entries(card: str) -> list[Entry]:
    """The files that a card tells of; none where what it keeps of them cannot be read."""
    found = re.search(rf"<!-- {MARK} (.*?) -->", card, re.S)
    try:
        known = _KEPT.validate_json(found[1]) if found else []
    except ValidationError:
        return []
    return [replace(entry, models=sorted(set(map(public_name, entry.models)))) for entry in known]


def _license(card: str) -> str:
    """The licence that somebody has filled in."""
    found = re.search(r"^license: (.+)$", card, re.M)
    return found[1] if found else UNKNOWN


def _card(known: Sequence[Entry], license: str) -> str:
    """The text of a card; of entries of one file the last holds."""
    latest = {entry.file: entry for entry in known}
    entries = [latest[name] for name in sorted(latest)]
    configs = _configs([entry.file for entry in entries])
    rows = "".join(f"| `{_cell(e.file)}` | {KINDS[e.kind]} | {e.to} | {e.rows} | {_reasons(e)} |\n" for e in entries)
    models = sorted({model for entry in entries for model in entry.models})
    rules = sorted({rule for entry in entries for rule in entry.constitutions})
    warnings = "".join(f"- {text}\n" for text in _warnings(models))
    kept = json.dumps([asdict(entry) for entry in entries], sort_keys=True).replace(">", "\\u003e")  # ends no comment
    return (
        f"---\nlicense: {license}\ntags:\n  - caigen\n  - constitutional-ai\n  - synthetic\nconfigs:\n{configs}---\n\n"
        "# Training data from a written constitution\n\n"
        "Made by caigen: a model answered, criticised its answers under written principles, and revised them.\n\n"
        f"| file | what | for | rows | why others gave none |\n|---|---|---|---|---|\n{rows}\n"
        f"Constitution: {', '.join(rules) or 'none'}. Models: {', '.join(models) or 'not recorded'}.\n\n"
        f"## Before you use it\n\n{warnings}\n<!-- {MARK} {kept} -->\n"
    )


def _cell(name: str) -> str:
    """A file's name as it may stand in a table."""
    return re.sub(r"[`|\s\x00-\x1f]", "_", name)


def _configs(files: Sequence[str]) -> str:
    """The YAML of a configuration for each file; NAME.train and NAME.test are the splits of one."""
    configs: dict[str, dict[str, str]] = {}
    splits_first = sorted(files, key=lambda file: not _side(file))  # a whole file beside them gets a name of its own
    for file in splits_first:
        stem, side = re.sub(r"\.(jsonl?|parquet|gz)\b", "", file), _side(file)
        config = re.sub(r"[^A-Za-z0-9_-]+", "-", stem.removesuffix(f".{side}"))
        if not side and configs.get(config):
            config = re.sub(r"[^A-Za-z0-9_-]+", "-", file)
        configs.setdefault(config, {})[side] = file
    return "".join(f"  - config_name: {config}\n    data_files:{_paths(sides)}" for config, sides in configs.items())


def _side(file: str) -> str:
    """Which part of a split a file is; empty where it is none."""
    found = re.search(r".\.(train|test)(?:\.(?:jsonl?|parquet|gz))*$", file)
    return found[1] if found else ""


def _paths(sides: Mapping[str, str]) -> str:
    if "" in sides:
        return f" {json.dumps(sides[''])}\n"
    return "\n" + "".join(f"      - split: {side}\n        path: {json.dumps(file)}\n" for side, file in sides.items())


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
