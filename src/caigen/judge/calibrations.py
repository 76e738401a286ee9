"""Calibration files: what is known of a judge, under a hash of its whole configuration.

A changed model, template or setting is another judge, and has no calibration until it is measured (docs/judges.md).
"""

import hashlib
import os
from pathlib import Path
from typing import Any

import orjson

from caigen.errors import CaigenError
from caigen.io.write import write_json
from caigen.stages.label import LabelSettings
from caigen.stages.templates import Templates

SCHEMA = "caigen.calibration/1"


def judge_key(model: str, templates: Templates, settings: LabelSettings) -> str:
    """The hash of a judge: its model with revision, the texts it is asked with, and how its answers are read."""
    texts = {name: text for name, text in templates.texts.items() if name.startswith("compare")}
    content = orjson.dumps([model, texts, settings.judge_settings()], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:16]


def folder() -> Path:
    """Where calibrations are kept for later commands: `CAIGEN_HOME`, else the user's data folder (XDG)."""
    own = os.environ.get("CAIGEN_HOME")
    base = Path(own) if own else Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "caigen"
    return base / "calibrations"


def keep(found: dict[str, Any]) -> None:
    """Keep a calibration for later commands.

    Raises CaigenError.
    """
    write_json(folder() / f"{found['judge']['key']}.json", found)


def look(key: str) -> dict[str, Any] | None:
    """The calibration of a judge, None where it was never measured.

    Raises CaigenError for a file that cannot be read.
    """
    path = folder() / f"{key}.json"
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        if found["schema"] != SCHEMA:
            raise CaigenError(
                f"{path}: not a calibration that this caigen reads; measure again with `caigen calibrate`"
            )
    except FileNotFoundError:
        return None
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise CaigenError(f"{path}: cannot be read ({error}); measure again with `caigen calibrate`") from error
    return found


def said(key: str, constitution: str, model: str = "") -> str:
    """What to say of a judge beside its judgements; `model` is its name for people."""
    found, name = look(key), f"{model} as judge {key}" if model else f"judge {key}"
    if found is None:
        return f"{name}: uncalibrated; `caigen calibrate` measures it on comparisons whose answer is known"
    figures = found["figures"]
    if not figures["decided"]:
        return f"{name}: decided none of the {figures['comparisons']} comparisons that it was measured on"
    low, high = figures["accuracy_interval"]
    where = (
        ""
        if constitution in found["constitutions"]
        else f", under {', '.join(found['constitutions'])} and not {constitution}"
    )
    return (
        f"{name}: right in {figures['accuracy']:.1%} of {figures['decided']} decided comparisons "
        f"(95 %: {low:.1%} to {high:.1%}){where}"
    )
