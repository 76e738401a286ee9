"""The models that this user's commands asked, by their full name: how each was reached and run.

Records name the models that made them. A later stage takes the server and the engine arguments from here, not from the
records: records from elsewhere must not say where data go, nor which code a model runs.
"""

import hashlib
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from caigen.engines.open import DEMO, EngineOptions
from caigen.engines.roles import EngineRole
from caigen.text.secrets import public_mapping, public_url


@dataclass(frozen=True)
class UsedModel:
    """How a model was named (a name, or a URL with `#model`), and with which arguments; without secrets."""

    name: str
    args: dict[str, Any] = field(default_factory=dict)
    template_kwargs: dict[str, Any] = field(default_factory=dict)


def keep(models: Mapping[EngineRole, str], options: EngineOptions) -> None:
    """Note the models of a command; where that cannot be written, later stages need the options again."""
    for role, model in models.items():
        name = options.names.get(role, DEMO)
        if name == DEMO:
            continue
        used = UsedModel(public_url(name), public_mapping(options.args), public_mapping(options.template_kwargs))
        path = _path(model)
        with suppress(OSError, TypeError):  # TypeError: a value that is no JSON
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_name(f"{path.name}.{os.getpid()}")
            partial.write_bytes(orjson.dumps(asdict(used)))
            partial.replace(path)


def find(model: str) -> UsedModel | None:
    """How this user asked a model before, by its full name as records have it; None if never."""
    try:
        return UsedModel(**orjson.loads(_path(model).read_bytes()))
    except (OSError, ValueError, TypeError):
        return None


def _path(model: str) -> Path:
    home = os.environ.get("CAIGEN_HOME")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "caigen"
    return (Path(home) if home else data) / "models" / f"{hashlib.sha256(model.encode()).hexdigest()[:32]}.json"
