"""What a judge's answers to labelled comparisons come to: figures, a file, and a note for later commands."""

from collections import Counter
from pathlib import Path
from typing import Any

from caigen import __version__
from caigen.errors import CaigenError
from caigen.io.write import write_json
from caigen.judge import calibrations
from caigen.metrics.calibration import Judged, baseline_warning, calibration, judged
from caigen.records import Record
from caigen.stages.label import LabelSettings
from caigen.stages.templates import Templates


class CalibrationSink:
    """Takes labelled records; `found` is the calibration once all are there, None where nothing was judged."""

    def __init__(self, templates: Templates, settings: LabelSettings, output: Path | None) -> None:
        self.templates, self.settings, self.output = templates, settings, output
        self.rows = 0
        self.found: dict[str, Any] | None = None
        self._judged: list[Judged] = []
        self._judges: Counter[str] = Counter()
        self._constitutions: set[str] = set()

    def take(self, record: Record) -> None:
        """Count one record."""
        if record.status == "failed":
            return
        self.rows += 1
        self._judged += judged([record])
        self._judges.update(one.judge for one in record.comparisons if one.judge)
        self._constitutions |= {one.constitution for one in record.comparisons if one.constitution}

    def report(self, summary: object) -> None:
        """Work out the figures, write them, and keep them for `label` and `score`.

        Raises CaigenError where a file cannot be written.
        """
        if not self._judged:
            return
        (model, _), *others = self._judges.most_common()
        if others:
            raise CaigenError("the comparisons were judged by more than one model")
        figures = calibration(self._judged)
        self.found = {
            "schema": calibrations.SCHEMA,
            "judge": {"key": calibrations.judge_key(model, self.templates, self.settings), "model": model},
            "caigen": __version__,
            "constitutions": sorted(self._constitutions),
            "rows": self.rows,
            "figures": figures,
            "warning": baseline_warning(figures),
        }
        calibrations.keep(self.found)
        if self.output:
            write_json(self.output, self.found)
