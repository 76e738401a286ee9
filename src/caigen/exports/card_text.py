"""The text of a data card: entries of files -> README.md with a YAML header, and back.

Format: huggingface.co/docs/hub/datasets-cards. A comment at the end keeps the entries as JSON, so that a further export
into the same folder adds to the card.
"""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from caigen.engines.names import public_name
from caigen.text.visible import one_line, visible
from caigen.text.yaml import YamlTextError, parse_yaml

MARK = "caigen-card"
UNKNOWN_LICENSE = "other"  # until somebody fills it in
TAGS = ["caigen", "constitutional-ai", "synthetic"]
KINDS = {
    "pairs": "preference pairs",
    "sft": "rows for supervised fine-tuning",
    "prompts": "prompts for reinforcement learning",
    "spans": "token labels for a classifier; many of the completions are faulty",
}
WARNINGS = (
    "The texts are a model's. Read some before you train on them.",
    "`license` above is a field to be filled in: the licences of the prompts and of the models hold for these rows.",
)
DEMO_WARNING = "The bundled demo model made these rows. It knows only its own small world; they teach nothing."
ABOUT = """# Training data from a written constitution

Made by caigen: a model answered, criticised its answers under written principles, and revised them."""
EMPTY = """# No training data

caigen wrote no row: the files below are empty."""
TEMPLATE = """---
{header}---

{about}

| file | what | for | rows | why others gave none |
|---|---|---|---|---|
{table}
Constitution: {constitutions}. Models: {models}.

## Before you use it

{warnings}
<!-- {mark} {entries} -->
"""

_KEPT_START, _KEPT_END = f"<!-- {MARK} ", " -->"  # around the entries
_HEADER = re.compile(r"---\n(.*?)^---$", re.DOTALL | re.MULTILINE)
_LICENSE = re.compile(r"^license: (.+)$", re.MULTILINE)  # matches "license: mit", not "my license: no"
_DATA_ENDING = re.compile(
    r"\.(jsonl?|parquet|gz)\b"
)  # each of those in "a.train.jsonl.gz"; not the one in "a.jsonlines"
_SPLIT_SIDE = re.compile(r".\.(train|test)(?:\.(?:jsonl?|parquet|gz))*$")  # matches "a.train.jsonl", not "train.jsonl"
_NO_CONFIG_CHARS = re.compile(r"[^A-Za-z0-9_-]+")
_NO_CELL_CHARS = re.compile(r"[`|\s\x00-\x1f]")


@dataclass(frozen=True)
class Entry:
    """One file of rows: for which trainer (`to`), why records gave no row, which constitutions and models made it."""

    file: str
    kind: Literal["pairs", "sft", "prompts", "spans"]
    to: str
    rows: int
    reasons: dict[str, int] = field(default_factory=dict)
    constitutions: Sequence[str] = ()
    models: Sequence[str] = ()


_ENTRIES: TypeAdapter[list[Entry]] = TypeAdapter(list[Entry])


def read_entries(card: str) -> list[Entry]:
    """The entries that a card keeps; none if it keeps none, or they cannot be read."""
    _, start, rest = card.partition(_KEPT_START)
    kept, end, _ = rest.partition(_KEPT_END)
    if not (start and end):
        return []
    try:
        entries = _ENTRIES.validate_json(kept)
    except ValidationError:
        return []
    return [replace(entry, models=sorted(set(map(_public_model, entry.models)))) for entry in entries]


def _public_model(described: str) -> str:
    """The public name of a model, with what is said of it behind the name."""
    name, bracket, more = described.partition(" (")
    return public_name(name) + bracket + more


def read_license(card: str) -> Any:
    """The licence in a card's header as somebody filled it in: a name, or what else YAML may hold."""
    header = _HEADER.match(card)
    try:
        values = parse_yaml(header[1], "safe") if header else None
    except YamlTextError:  # a hand-written licence such as `[mit` breaks the header: keep its text
        line = _LICENSE.search(card)
        return line[1] if line else UNKNOWN_LICENSE
    if not isinstance(values, dict):
        return UNKNOWN_LICENSE
    return values.get("license") or UNKNOWN_LICENSE


def render_card(entries: Sequence[Entry], license: Any) -> str:
    """The text of a card. Of two entries for one file the last one counts."""
    latest = {entry.file: entry for entry in entries}
    ordered = [latest[file] for file in sorted(latest)]
    models: set[str] = set()
    constitutions: set[str] = set()
    for entry in ordered:
        models.update(entry.models)
        constitutions.update(entry.constitutions)
    kept = json.dumps([asdict(entry) for entry in ordered], sort_keys=True)
    return TEMPLATE.format(
        about=ABOUT if any(entry.rows for entry in ordered) else EMPTY,
        header=_render_header([entry.file for entry in ordered if entry.rows], license),
        table="".join(_render_row(entry) for entry in ordered),
        constitutions=", ".join(_in_text(name) for name in sorted(constitutions)) or "none",
        models=", ".join(_in_text(model) for model in sorted(models)) or "not recorded",
        warnings=_render_warnings(models),
        mark=MARK,
        entries=kept.replace(">", "\\u003e"),  # so that no file's name ends the comment
    )


def _render_header(files: Sequence[str], license: Any) -> str:
    yaml = YAML()
    # lists indented below their key, as in the hub's own cards
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width = 10_000  # a path is never folded
    header = {"license": license, "tags": TAGS}
    if files:
        header["configs"] = configs(files)
    text = io.StringIO()
    yaml.dump(header, text)
    return visible(text.getvalue())  # what it writes out is an escape of YAML within quotation marks, too


def configs(files: Sequence[str]) -> list[dict[str, Any]]:
    """A configuration of the data set for each file; NAME.train and NAME.test are the splits of one."""
    sides_of: dict[str, dict[str, str]] = {}  # by configuration: the file of each side, "" for a whole file
    splits_first = sorted(files, key=lambda file: not _side(file))  # a whole file beside them gets a name of its own
    for file in splits_first:
        side = _side(file)
        stem = _DATA_ENDING.sub("", file).removesuffix(f".{side}")
        name = _NO_CONFIG_CHARS.sub("-", stem)
        if not side and name in sides_of:  # `a.jsonl` beside `a.train.jsonl`, or `a.parquet` beside `a.jsonl`
            name = _NO_CONFIG_CHARS.sub("-", file)
        sides_of.setdefault(name, {})[side] = file
    return [{"config_name": name, "data_files": _data_files(sides)} for name, sides in sides_of.items()]


def _data_files(sides: dict[str, str]) -> Any:
    """The path of a whole file, or the path of each split."""
    if "" in sides:
        return DoubleQuotedScalarString(sides[""])
    return [{"split": side, "path": DoubleQuotedScalarString(file)} for side, file in sides.items()]


def _side(file: str) -> str:
    """Which side of a split a file is; empty for a whole file."""
    match = _SPLIT_SIDE.search(file)
    if match is None:
        return ""
    return match[1]


def _render_row(entry: Entry) -> str:
    """The entry as a row of the table."""
    file = one_line(_NO_CELL_CHARS.sub("_", entry.file))
    reasons = ", ".join(f"{_in_text(reason)} {count}" for reason, count in sorted(entry.reasons.items()))
    return f"| `{file}` | {KINDS[entry.kind]} | {_in_text(entry.to)} | {entry.rows} | {reasons} |\n"


def _in_text(name: str) -> str:
    """A name in the card's text: no controls, no line breaks, nothing that opens or ends a comment."""
    return one_line(name).replace("<", "&lt;").replace(">", "&gt;")


def _render_warnings(models: set[str]) -> str:
    warnings = list(WARNINGS)
    if any(model.startswith("demo@") for model in models):
        warnings.append(DEMO_WARNING)
    return "".join(f"- {warning}\n" for warning in warnings)
