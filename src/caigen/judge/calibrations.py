"""Calibration files: how accurate a judge was on labelled comparisons, stored under a hash of its configuration.

A changed model, template or setting is another judge, and has no calibration until it is measured (docs/judges.md).
"""

import hashlib
import os
from pathlib import Path
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, Field, ValidationError, model_validator

from caigen.errors import CaigenError, first_error
from caigen.io.write import write_json
from caigen.stages.label import LabelSettings
from caigen.stages.templates import Templates

SCHEMA = "caigen.calibration/1"


class _Figures(BaseModel):
    """The figures that are told of a judge; a file holds more."""

    decided: int = Field(ge=0)
    comparisons: int = Field(ge=0)
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None

    @model_validator(mode="after")
    def _are_there(self) -> Self:
        """A judge that decided something has an accuracy."""
        if self.decided and (self.accuracy is None or self.accuracy_interval is None):
            raise ValueError("an accuracy is needed where comparisons were decided")
        return self


class _Saved(BaseModel):
    """What is read of a calibration file."""

    schema_: Literal["caigen.calibration/1"] = Field(alias="schema")
    constitutions: list[str]
    figures: _Figures


def judge_key(model: str, templates: Templates, settings: LabelSettings) -> str:
    """The hash of a judge: its model with revision, its question templates, and how its answers are read."""
    # only the templates of comparisons: another critique template does not change the judge
    texts = {name: text for name, text in templates.texts.items() if name.startswith("compare")}
    content = orjson.dumps([model, texts, settings.judge_settings()], option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(content).hexdigest()[:16]


def folder() -> Path:
    """The folder of saved calibrations: below `CAIGEN_HOME` if it is set, else below the user's data folder (XDG)."""
    home = os.environ.get("CAIGEN_HOME")
    if home:
        return Path(home) / "calibrations"
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "caigen" / "calibrations"


def save(calibration: dict[str, Any]) -> None:
    """Save a calibration under its judge's key, for later commands.

    Raises CaigenError.
    """
    write_json(folder() / f"{calibration['judge']['key']}.json", calibration)


def load(key: str) -> dict[str, Any] | None:
    """The saved calibration of a judge, or None if it was never calibrated.

    Raises CaigenError if the file cannot be read, or has another schema.
    """
    path = folder() / f"{key}.json"
    try:
        calibration: dict[str, Any] = orjson.loads(path.read_bytes())
        _Saved.model_validate(calibration)
    except FileNotFoundError:
        return None
    except ValidationError as error:
        problem = first_error(error, root="the file")
        raise CaigenError(
            f"{path}: not a calibration that this caigen reads ({problem}); measure again with `caigen calibrate`"
        ) from error
    except (OSError, orjson.JSONDecodeError) as error:
        raise CaigenError(f"{path}: cannot be read ({error}); measure again with `caigen calibrate`") from error
    return calibration


def describe(key: str, constitution: str, model: str = "") -> str:
    """One line about a judge: its accuracy if it was calibrated, else that it was not. `model` is its readable name."""
    calibration = load(key)
    judge = f"{model} as judge {key}" if model else f"judge {key}"
    if calibration is None:
        return f"{judge}: uncalibrated; `caigen calibrate` measures it on comparisons whose answer is known"
    figures = calibration["figures"]
    if not figures["decided"]:
        return f"{judge}: decided none of the {figures['comparisons']} comparisons that it was measured on"
    low, high = figures["accuracy_interval"]
    # a judge may be worse under a constitution that it was not calibrated with: name the one it was
    scope = ""
    if constitution not in calibration["constitutions"]:
        scope = f", under {', '.join(calibration['constitutions'])} and not {constitution}"
    return (
        f"{judge}: right in {figures['accuracy']:.1%} of {figures['decided']} decided comparisons "
        f"(95 %: {low:.1%} to {high:.1%}){scope}"
    )
