"""Constitutions from the JSON of others.

Anthropic's `CritiqueRevisionInstructions.json` and llm-swarm's `constitutions` are lists of critique and revision requests without
a rule of their own; Anthropic's `RLMadisonInstructions.json` is a list of comparison questions (paper 3.1 and 4.1).
"""

import hashlib
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from caigen.constitution.format import Ask, Constitution, Kind, Principle, draw_id
from caigen.errors import ConstitutionError

# "\n\nCritiqueRequest: Identify ways …\n\nCritique:" and "\nPlease choose … Options:": the tags of the paper's plain text format
_TAGS = re.compile(r"^\s*(?:CritiqueRequest|RevisionRequest):\s*|\s*(?:Critique|Revision|Options):\s*$")
_FORMATS = (
    '{"harmful0": {"prompt": [...], "edit_request": ...}}, {"constitutions": [{"critic", "revision"}]} '
    'or a list of comparison questions ["Please choose ...", ...]'
)


class _Entry(NamedTuple):
    """One entry of a file: what it is called, and its texts."""

    name: str
    critique: str
    revision: str
    kind: Kind = "requests"


def import_json(text: str, *, source: str) -> Constitution:
    """A constitution in one of the three formats.

    Ids are made from the texts, so that an entry has the same one in every file, two entries never share one, and a changed text
    is another principle; the constitution's is the file's name with a hash of its content.

    Raises ConstitutionError for anything else.
    """
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, source))
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConstitutionError(f"{source}{line}: not JSON: {error}") from error
    found = _anthropic(content, source) or _llm_swarm(content, source) or _preferences(content, source)
    if not found:
        raise ConstitutionError(f"{source}: not a constitution in JSON; known are {_FORMATS}")
    seen: Counter[_Entry] = Counter()
    principles = []
    for entry in found:
        texts = entry._replace(name="")
        principles.append(
            Principle(
                id=f"IMP-{_digits(*texts, seen[texts])}",
                rev=1,
                title=entry.name,
                text=entry.revision,
                critique=Ask(request=entry.critique),
                revision=Ask(request=entry.revision),
                kind=entry.kind,
            )
        )
        seen[texts] += 1
    name = draw_id(Path(source).stem)
    return Constitution.model_validate(
        {
            "schema": "caigen.constitution/1",
            "id": f"{name}-{_hash(*(rule.id for rule in principles))[:8]}",
            "title": name,
            "version": "1.0.0",
            "principles": principles,
        }
    )


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _digits(*parts: object) -> str:
    """Twelve digits for an id."""
    return f"{int(_hash(*parts), 16) % 10**12:012}"


def _object(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found or not key.strip() or any("\ud800" <= letter <= "\udfff" for letter in key):
            raise ConstitutionError(
                f"{source}: {'duplicate' if key in found else 'broken' if key.strip() else 'empty'} key {key!r}"
            )
        found[key] = value
    return found


def _anthropic(content: Any, source: str) -> list[_Entry]:
    if not isinstance(content, dict) or not all(isinstance(v, dict) and "edit_request" in v for v in content.values()):
        return []
    found = []
    for key, entry in content.items():
        prompts = entry.get("prompt")
        prompt = prompts[0] if isinstance(prompts, list) and len(prompts) == 1 else prompts
        found.append(
            _Entry(
                key, _text(prompt, source, f"{key}.prompt"), _text(entry["edit_request"], source, f"{key}.edit_request")
            )
        )
    return found


def _llm_swarm(content: Any, source: str) -> list[_Entry]:
    entries = content.get("constitutions") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(
        isinstance(e, dict) and {"critic", "revision"} <= e.keys() for e in entries
    ):
        return []
    return [
        _Entry(
            f"Principle {n}",
            _text(e["critic"], source, f"constitutions[{n - 1}].critic"),
            _text(e["revision"], source, f"constitutions[{n - 1}].revision"),
        )
        for n, e in enumerate(entries, 1)
    ]


def _preferences(content: Any, source: str) -> list[_Entry]:
    if not isinstance(content, list):
        return []
    questions = [_text(entry, source, f"[{n}]") for n, entry in enumerate(content)]
    return [_Entry(f"Preference {n}", text, text, "preference") for n, text in enumerate(questions, 1)]


def _text(value: Any, source: str, where: str) -> str:
    text = _TAGS.sub("", value).strip() if isinstance(value, str) else ""
    if not text or any("\ud800" <= letter <= "\udfff" for letter in text):  # half of a pair, which no UTF-8 can hold
        raise ConstitutionError(f"{source}: {where}: not a text, or empty")
    return text
