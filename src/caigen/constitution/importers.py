"""Constitutions from the JSON of others: Anthropic's `CritiqueRevisionInstructions.json`, and llm-swarm's `constitutions`.

Both are lists of critique and revision requests without a rule; the revision request then serves as the rule's text.
"""

import json
import re
from pathlib import Path
from typing import Any

from caigen.constitution.model import Ask, Constitution, Principle, draw_id
from caigen.errors import ConstitutionError

_TAGS = re.compile(r"^\s*(?:CritiqueRequest|RevisionRequest):\s*|\s*(?:Critique|Revision):\s*$")
Requests = tuple[str, str, str]  # name, critique request, revision request


def import_json(text: str, *, source: str) -> Constitution:
    """A constitution in one of the two formats; its ids are `IMP-001` onwards, in the order of the file.

    Raises ConstitutionError for anything else.
    """
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _object(pairs, source))
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConstitutionError(f"{source}{line}: not JSON: {error}") from error
    found = _anthropic(content, source) or _llm_swarm(content, source)
    if not found:
        formats = '{"harmful0": {"prompt": [...], "edit_request": ...}} or {"constitutions": [{"critic", "revision"}]}'
        raise ConstitutionError(f"{source}: not a constitution in JSON; known are {formats}")
    principles = [
        Principle(
            id=f"IMP-{number:03}",
            rev=1,
            title=name,
            text=revision,
            critique=Ask(request=critique),
            revision=Ask(request=revision),
        )
        for number, (name, critique, revision) in enumerate(found, 1)
    ]
    name = draw_id(Path(source).stem)
    return Constitution.model_validate(
        {"schema": "caigen.constitution/1", "id": name, "title": name, "version": "1.0.0", "principles": principles}
    )


def _object(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found or not key.strip():
            raise ConstitutionError(f"{source}: {'duplicate' if key.strip() else 'empty'} key {key!r}")
        found[key] = value
    return found


def _anthropic(content: Any, source: str) -> list[Requests]:
    if not isinstance(content, dict) or not all(isinstance(v, dict) and "edit_request" in v for v in content.values()):
        return []
    found = []
    for key, entry in content.items():
        prompts = entry.get("prompt")
        prompt = prompts[0] if isinstance(prompts, list) and len(prompts) == 1 else prompts
        found.append(
            (key, _text(prompt, source, f"{key}.prompt"), _text(entry["edit_request"], source, f"{key}.edit_request"))
        )
    return found


def _llm_swarm(content: Any, source: str) -> list[Requests]:
    entries = content.get("constitutions") if isinstance(content, dict) else None
    if not isinstance(entries, list) or not all(
        isinstance(e, dict) and {"critic", "revision"} <= e.keys() for e in entries
    ):
        return []
    return [
        (
            f"Principle {n}",
            _text(e["critic"], source, f"constitutions[{n - 1}].critic"),
            _text(e["revision"], source, f"constitutions[{n - 1}].revision"),
        )
        for n, e in enumerate(entries, 1)
    ]


def _text(value: Any, source: str, where: str) -> str:
    text = _TAGS.sub("", value).strip() if isinstance(value, str) else ""
    if not text:
        raise ConstitutionError(f"{source}: {where}: not a text, or empty")
    return text
