"""import_json: a constitution in the JSON of others -> Constitution

Anthropic's `CritiqueRevisionInstructions.json` and llm-swarm's `constitutions` are lists of critique and revision
requests without a rule; Anthropic's `RLMadisonInstructions.json` is a list of comparison questions (paper 3.1 and 4.1).
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from caigen.constitution.format import Ask, Constitution, Form, Principle, make_id
from caigen.errors import ConstitutionError

# tags of the paper's plain text format, as in "\n\nCritiqueRequest: Identify ways …\n\nCritique:"
_TAGS = re.compile(r"^\s*(?:CritiqueRequest|RevisionRequest):\s*|\s*(?:Critique|Revision|Options):\s*$")
# half of a surrogate pair, which no UTF-8 can hold
_SURROGATE = re.compile("[\ud800-\udfff]")
_FORMATS = (
    '{"harmful0": {"prompt": [...], "edit_request": ...}}, {"constitutions": [{"critic", "revision"}]} '
    'or a list of comparison questions ["Please choose ...", ...]'
)
ID_DIGITS = 12


class _Entry(NamedTuple):
    """One entry of a file: its name and its texts."""

    name: str
    critique: str
    revision: str
    form: Form = "requests"


def import_json(text: str, *, source: str) -> Constitution:
    """Parse the JSON text of one of the three formats; `source` is the file's name.

    Ids of principles are made from their texts. So an entry has the same id in every file, two entries of a file never
    share one, and a changed text is another principle. The constitution's id is the file's name with a hash of its
    content.

    Raises ConstitutionError for anything else.
    """
    entries = _read_entries(text, source)
    name = make_id(Path(source).stem)
    principles = _principles(entries)
    # the ids follow from the texts, so they stand for the whole content
    content_hash = _hash(*(principle.id for principle in principles))
    return Constitution.model_validate(
        {
            "schema": "caigen.constitution/1",
            "id": f"{name}-{content_hash[:8]}",
            "title": name,
            "version": "1.0.0",
            "principles": principles,
        }
    )


def _read_entries(text: str, source: str) -> list[_Entry]:
    """Parse JSON and try the formats one after the other.

    Raises ConstitutionError if it is not JSON or in none of the formats.
    """
    try:
        content = json.loads(text, object_pairs_hook=lambda pairs: _checked_object(pairs, source))
    except (ValueError, RecursionError) as error:
        line = f":{error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise ConstitutionError(f"{source}{line}: not JSON: {error}") from error
    for read_format in (_read_anthropic, _read_llm_swarm, _read_preferences):
        if entries := read_format(content, source):
            return entries
    raise ConstitutionError(f"{source}: not a constitution in JSON; known are {_FORMATS}")


def _principles(entries: Sequence[_Entry]) -> list[Principle]:
    """Make a principle of each entry; entries of equal texts get different ids, by their number."""
    earlier: Counter[_Entry] = Counter()
    principles = []
    for entry in entries:
        texts = entry._replace(name="")  # the name does not count
        principle = Principle(
            id=f"IMP-{_digits(*texts, earlier[texts])}",
            rev=1,
            title=entry.name,
            text=entry.revision,
            critique=Ask(request=entry.critique),
            revision=Ask(request=entry.revision),
            form=entry.form,
        )
        principles.append(principle)
        earlier[texts] += 1
    return principles


def _hash(*parts: object) -> str:
    return hashlib.sha256("\0".join(map(str, parts)).encode("utf-8", "surrogatepass")).hexdigest()


def _digits(*parts: object) -> str:
    """The digits of an id, from a hash of the parts."""
    return f"{int(_hash(*parts), 16) % 10**ID_DIGITS:0{ID_DIGITS}}"


def _checked_object(pairs: list[tuple[str, Any]], source: str) -> dict[str, Any]:
    """Make an object of its keys and values.

    Raises ConstitutionError for a key that is a duplicate, empty or no valid text.
    """
    content: dict[str, Any] = {}
    for key, value in pairs:
        fault = ""
        if key in content:
            fault = "duplicate"
        elif not key.strip():
            fault = "empty"
        elif _SURROGATE.search(key):
            fault = "broken"
        if fault:
            raise ConstitutionError(f"{source}: {fault} key {key!r}")
        content[key] = value
    return content


def _read_anthropic(content: Any, source: str) -> list[_Entry]:
    """`{"harmful0": {"prompt": ["…"], "edit_request": "…"}, …}`; no entries for anything else."""
    if not isinstance(content, dict):
        return []
    if not all(isinstance(entry, dict) and "edit_request" in entry for entry in content.values()):
        return []
    entries = []
    for name, entry in content.items():
        critique = entry.get("prompt")
        # Anthropic's file has a list of one critique request
        if isinstance(critique, list) and len(critique) == 1:
            critique = critique[0]
        critique = _text(critique, source, f"{name}.prompt")
        revision = _text(entry["edit_request"], source, f"{name}.edit_request")
        entries.append(_Entry(name, critique, revision))
    return entries


def _read_llm_swarm(content: Any, source: str) -> list[_Entry]:
    """`{"constitutions": [{"critic": "…", "revision": "…"}, …]}`; no entries for anything else."""
    pairs = content.get("constitutions") if isinstance(content, dict) else None
    if not isinstance(pairs, list):
        return []
    if not all(isinstance(pair, dict) and {"critic", "revision"} <= pair.keys() for pair in pairs):
        return []
    entries = []
    for index, pair in enumerate(pairs):
        critique = _text(pair["critic"], source, f"constitutions[{index}].critic")
        revision = _text(pair["revision"], source, f"constitutions[{index}].revision")
        entries.append(_Entry(f"Principle {index + 1}", critique, revision))
    return entries


def _read_preferences(content: Any, source: str) -> list[_Entry]:
    """`["Please choose …", …]`; no entries for anything else."""
    if not isinstance(content, list):
        return []
    questions = [_text(question, source, f"[{index}]") for index, question in enumerate(content)]
    return [_Entry(f"Preference {number}", text, text, "comparison") for number, text in enumerate(questions, 1)]


def _text(value: Any, source: str, field: str) -> str:
    """A value without the tags of the paper's format.

    Raises ConstitutionError if it is no text, or empty.
    """
    text = _TAGS.sub("", value).strip() if isinstance(value, str) else ""
    if not text or _SURROGATE.search(text):
        raise ConstitutionError(f"{source}: {field}: not a text, or empty")
    return text
