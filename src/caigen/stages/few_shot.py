"""Few-shot examples: worked examples of a round, shown before a critique or a revision is asked for."""

from pathlib import Path

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from caigen.errors import ConstitutionError, first_error
from caigen.records import Verdict


class Example(BaseModel):
    """One example of a whole round; shown before critiques and revisions, never before a first answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prompt: str
    answer: str
    critique_request: str
    critique: str
    revision_request: str
    revision: str
    verdict: Verdict = "violates"
    severity: int = 1
    quotes: tuple[str, ...] = ()


def load_examples(path: Path) -> tuple[Example, ...]:
    """Read few-shot examples from a file with a JSON list.

    Raises ConstitutionError that names the first entry that is not an example.
    """
    try:
        # a number or null has no entries: TypeError
        entries = orjson.loads(path.read_bytes())
        return tuple(Example.model_validate(entry) for entry in entries)
    except (OSError, orjson.JSONDecodeError, TypeError) as error:
        raise ConstitutionError(f"{path}: not a JSON list of few-shot examples: {error}") from error
    except ValidationError as error:
        raise ConstitutionError(f"{path}: few-shot example: {first_error(error)}") from error
