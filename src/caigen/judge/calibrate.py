"""Calibrate a judge: compute figures from its comparisons of labelled pairs, write them and save them for later."""

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
    """Collects labelled records; after `report`, `calibration` holds the result, or None if nothing was judged."""

    def __init__(self, templates: Templates, settings: LabelSettings, output: Path | None) -> None:
        self.templates, self.settings, self.output = templates, settings, output
        self.rows = 0
        self.calibration: dict[str, Any] | None = None
        self._judged: list[Judged] = []
        self._judges: Counter[str] = Counter()
        self._constitutions: set[str] = set()

    def take(self, record: Record) -> None:
        """Add the comparisons of one record; a failed record is left out."""
        if record.status == "failed":
            return
        self.rows += 1
        self._judged += judged([record])
        for comparison in record.comparisons:
            if comparison.judge:
                self._judges[comparison.judge] += 1
            if comparison.constitution:
                self._constitutions.add(comparison.constitution)

    def report(self, summary: object) -> None:
        """Compute the figures, save them for `label` and `score`, and write them to the output file.

        Raises CaigenError if the comparisons are of more than one judge, or a file cannot be written.
        """
        if not self._judged:
            return
        # figures of two judges together would be of neither
        (model, _), *others = self._judges.most_common()
        if others:
            raise CaigenError("the comparisons were judged by more than one model")
        figures = calibration(self._judged)
        self.calibration = {
            "schema": calibrations.SCHEMA,
            "judge": {"key": calibrations.judge_key(model, self.templates, self.settings), "model": model},
            "caigen": __version__,
            "constitutions": sorted(self._constitutions),
            "rows": self.rows,
            "figures": figures,
            "warning": baseline_warning(figures),
        }
        calibrations.save(self.calibration)
        if self.output:
            write_json(self.output, self.calibration)
