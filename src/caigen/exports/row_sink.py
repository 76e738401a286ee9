"""The base of all sinks of training rows: files with a sidecar of provenance, split, notes, data card."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from caigen.engines.names import public_name, public_row
from caigen.exports.card import write_card
from caigen.exports.card_text import Entry
from caigen.exports.formats import Kind
from caigen.exports.row_files import row_paths
from caigen.exports.shaping import Shaping
from caigen.exports.splits import SplitBy, Splitter
from caigen.exports.trl import Row
from caigen.io.outputs import sidecar
from caigen.io.parquet import ParquetWriter
from caigen.io.record_sink import OutputFiles
from caigen.io.streams import is_device
from caigen.io.write import Writer
from caigen.records import Provenance, Record
from caigen.stages.progress import judgements
from caigen.summary import Summary


class _SideFiles(NamedTuple):
    """The open files of one side of a split; stdout and devices have no provenance."""

    rows: Writer | ParquetWriter
    provenance: Writer | ParquetWriter | None


class RowSink(OutputFiles, ABC):
    """Writes the training rows of each record. Subclasses make the rows.

    With `split` (the share for training) the files are `NAME.train` and `NAME.test`. Beside each file lies
    `NAME.provenance.jsonl`, whose line n belongs to row n; stdout has neither sidecar nor split. `shaping` says for
    which trainer the rows are, and which records stay out. `example` is one of TRL's rows, for the columns of a
    Parquet file.
    """

    kind: Kind

    def __init__(
        self,
        path: Path | None,
        *,
        split: float | None = None,
        split_by: SplitBy = "prompt",
        shaping: Shaping | None = None,
        example: Row | None = None,
    ) -> None:
        super().__init__()
        self.path, self.shaping = path, shaping or Shaping()
        self.rows = 0
        self.reasons: Counter[str] = Counter()  # why records, or parts of them, gave no row
        self.notes: Counter[str] = Counter()  # rows that were written and should be known of
        self._constitutions: set[str] = set()
        self._models: set[str] = set()
        self._each_text = self.shaping.each_text()
        self._splitter: Splitter | None = None
        if path and split is not None:
            self._splitter = Splitter(split, split_by)
        self._row_counts: Counter[str] = Counter()  # by side
        self._sides: dict[str, _SideFiles] = {}
        typed_row = self.shaping.example(self.kind, example)
        for side, file in row_paths(path, split=self._splitter is not None).items():
            provenance = None
            if file and not is_device(file):
                provenance = self._open_writer(sidecar(file))
            self._sides[side] = _SideFiles(self._open_writer(file, typed_row), provenance)

    @abstractmethod
    def make_rows(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """TRL's rows of one record, each with its provenance; why there are none, or fewer, is counted in `reasons`."""

    def count_written(self, origin: Row) -> None:
        """Count a row that was written, by its provenance. Does nothing here."""

    def take(self, record: Record) -> str | None:
        """Write the rows of one record. Gives the reason if there are none, else None."""
        if record.status == "failed":
            return "failed_earlier"
        if self.shaping.evaluations is not None and record in self.shaping.evaluations:
            return "evaluation_prompt"
        reasons: Counter[str] = Counter()
        count = self._write_rows(record, reasons)
        self.reasons.update(reasons)
        if count == 0:
            return next(iter(reasons), "nothing_to_export")
        self._remember_makers(record)
        return None

    def _write_rows(self, record: Record, reasons: Counter[str]) -> int:
        """Write the rows of a record to its side of the split; how many there are."""
        side = ""
        if self._splitter:
            side = self._splitter.side(record)
        files = self._sides[side]
        rows = self.make_rows(record, reasons)
        if self._each_text:
            rows = self._each_text.rows(rows, reasons)
        # rows are made while they are written, so that no record's rows are held in memory
        shaped = self.shaping.shape(self.kind, rows, side=side or "train", reasons=reasons, notes=self.notes)
        count = 0
        for row, origin in shaped:
            files.rows.write(row)
            if files.provenance:
                files.provenance.write(public_row(origin))
            self.count_written(origin)
            count += 1
        self.rows += count
        self._row_counts[side] += count
        if count and self._splitter:
            self._splitter.remember_family(record)
        return count

    def _remember_makers(self, record: Record) -> None:
        """Note the constitution and the models of a written record, for the data card."""
        provenance = record.provenance
        if provenance:
            self._models.update(_described_models(provenance))
        if provenance and provenance.constitution:
            self._constitutions.add(provenance.constitution)
        for judgement in judgements(record):
            if judgement.judge:
                self._models.add(public_name(judgement.judge))

    @property
    def name(self) -> str:
        """The name of the output in the summary."""
        return self.path.name if self.path else "stdout"

    def report(self, summary: Summary) -> None:
        """Add to the summary, under the file's name: rows written, why records gave none, notes on rows."""
        summary.outputs[self.name] = self.rows
        for side, path in row_paths(self.path, split=self._splitter is not None).items():
            if path and not is_device(path):
                summary.files[path] = self._row_counts[side]
        if self._splitter and self._splitter.divided_count:
            self.notes["family_on_both_sides"] = self._splitter.divided_count
        for word, count in (self.reasons + self.notes).items():
            summary.notes[f"{self.name}: {word}"] = count

    def remarks(self) -> list[str]:
        """What a user should know about the rows that were written, a line each."""
        lines = self.shaping.remarks(self.notes)
        if self._splitter and self._splitter.divided_count:
            lines.append(
                f"note: {self._splitter.divided_count} prompts begin with the same turn as one on the other side; "
                "--split-by family keeps them together"
            )
        return lines

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is not None:  # the files did not get their names, so no card tells of them
            return
        for side, path in row_paths(self.path, split=self._splitter is not None).items():
            if path and not is_device(path):
                self.shaping.write_beside(self.kind, path)
                write_card(path.parent, self._card_entry(path.name, self._row_counts[side]))

    def _card_entry(self, file: str, rows: int) -> Entry:
        return Entry(
            file,
            self.kind,
            self.shaping.to,
            rows,
            reasons=dict(self.reasons),
            constitutions=sorted(self._constitutions),
            models=sorted(self._models),
        )


def _described_models(provenance: Provenance) -> Iterator[str]:
    """The public names of a record's models, each with the settings that its server did not take."""
    left_out = provenance.left_out or {}
    for role, model in provenance.models.items():
        name = public_name(model)
        unfollowed = ", ".join(left_out.get(role, ()))
        yield f"{name} (its server took no {unfollowed})" if unfollowed else name
