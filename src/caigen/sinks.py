"""Where finished records go: JSON Lines of records, or training rows with a provenance sidecar."""

import json
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from caigen.decontaminate import Evaluations
from caigen.errors import CaigenError
from caigen.exports.card import Entry, write_card
from caigen.exports.formats import FORMATS, Kind
from caigen.exports.spans import EXAMPLE, span_rows
from caigen.exports.tokenizer import OffsetTokenizer
from caigen.exports.trl import Row, What, Which, critique_rows, pair_provenance, pair_row, prompt_row, revision_rows
from caigen.jsonl import Writer, is_device, to_row, write_json
from caigen.pairs import PairSettings, pairs
from caigen.records import Record
from caigen.seen import Seen
from caigen.shapes import content_id
from caigen.splits import SplitBy, Splitter
from caigen.stages.briefs import brief_of
from caigen.stages.prompts import Brief
from caigen.summary import Summary
from caigen.tables import ParquetWriter, is_parquet
from caigen.targets import sidecar


class _Files:
    """Writers that close together."""

    parquet = False  # whether a file that is named so is Parquet
    example: Row | None = None  # a row with the types of all its columns, where the first ones may have empty lists

    def __init__(self) -> None:
        self._open: list[Writer | ParquetWriter] = []

    def _writer(self, path: Path | None) -> Writer | ParquetWriter:
        writer = ParquetWriter(path, self.example) if self.parquet and path and is_parquet(path) else Writer(path)
        self._open.append(writer)
        return writer

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with ExitStack() as stack:  # each is closed, whatever another one says
            for writer in reversed(self._open):
                stack.callback(writer.__exit__, kind, error, trace)


class RecordSink(_Files):
    """Records as they are; failed ones go to `rejects` where that is named."""

    def __init__(self, path: Path | None, rejects: Path | None = None) -> None:
        super().__init__()
        self._rows = self._writer(path)
        self._rejects = self._writer(rejects) if rejects else self._rows

    def report(self, summary: Summary) -> None:
        """Nothing that the summary does not know."""

    def take(self, record: Record) -> None:
        """Write one record."""
        (self._rejects if record.status == "failed" else self._rows).write(to_row(record))


class RowSink(_Files, ABC):
    """Training rows of each record. With `split` (the share for training) the files are `NAME.train` and `NAME.test`.

    Beside each file lies `NAME.provenance.jsonl`, line by line; stdout has neither sidecar nor split. `shaping` says for
    which trainer the rows are, and which records stay out.
    """

    kind: Kind
    parquet = True

    def __init__(
        self,
        path: Path | None,
        *,
        split: float | None = None,
        split_by: SplitBy = "prompt",
        shaping: "Shaping | None" = None,
    ) -> None:
        super().__init__()
        self.path, self.shaping = path, shaping or Shaping()
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        self._rows_of: Counter[str] = Counter()  # by side
        self._constitutions: set[str] = set()
        self._models: set[str] = set()
        self.split = split if path else None
        self._splitter = Splitter(self.split, split_by) if self.split is not None else None
        self._sides: dict[str, tuple[Writer | ParquetWriter, Writer | ParquetWriter | None]] = {}
        for side, named in row_paths(path, split=self.split is not None).items():
            beside = self._writer(sidecar(named)) if named and not is_device(named) else None
            self._sides[side] = (self._writer(named), beside)

    def take(self, record: Record) -> str | None:
        """Write the rows of one record; returns why there were none, or None where there were."""
        if record.status == "failed":
            return "failed_earlier"
        if self.shaping.evaluations is not None and record in self.shaping.evaluations:
            return "evaluation_prompt"
        reasons: Counter[str] = Counter()
        side: str = self._splitter.side(record) if self._splitter else ""
        writer, beside = self._sides[side]
        count = 0
        for row, origin in self.rows_of(record, reasons):
            for shaped in self.shaping.rows(self.kind, row, reasons):
                writer.write(shaped)
                if beside:
                    beside.write(origin)
                count += 1
        self.rows += count
        self._rows_of[side] += count
        if count and record.provenance:
            self._constitutions |= {record.provenance.constitution} if record.provenance.constitution else set()
            self._models |= set(record.provenance.models.values())
        self.reasons.update(reasons)
        return None if count else next(iter(reasons), "nothing_to_export")

    def report(self, summary: Summary) -> None:
        """Rows written, and why records gave none, under the file's name."""
        name = self.path.name if self.path else "stdout"
        summary.outputs[name] = self.rows
        summary.notes.update({f"{name}: {reason}": count for reason, count in self.reasons.items()})

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        super().__exit__(kind, error, trace)
        if kind is None:
            for side, path in row_paths(self.path, split=self.split is not None).items():
                if path and not is_device(path):
                    self.shaping.write_beside(self.kind, path)
                    write_card(path.parent, self._entry(path.name, self._rows_of[side]))

    def _entry(self, file: str, rows: int) -> Entry:
        """The file on the data card."""
        reasons = dict(self.reasons)
        made = sorted(self._constitutions), sorted(self._models)
        return Entry(file, self.kind, self.shaping.to, rows, reasons, *made)

    @abstractmethod
    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """Rows with their provenance."""


@dataclass(frozen=True)
class Shaping:
    """For which trainer rows are, and the evaluation sets that they must not hold."""

    to: str = "trl"
    evaluations: Evaluations | None = None

    def rows(self, kind: Kind, row: Row, reasons: Counter[str]) -> list[Row]:
        """A row as its trainer takes it; none, with a counted reason, where it takes no plain text."""
        form = FORMATS[self.to]
        if isinstance(row["prompt"], str) and not form.plain:
            reasons["plain_text"] += 1
            return []
        return form.rows[kind](row)

    def write_beside(self, kind: Kind, path: Path) -> None:
        """The further files that the trainer needs, what they say of other files kept.

        Raises CaigenError where one cannot be written.
        """
        for name, make in FORMATS[self.to].beside.items():
            beside = path.with_name(name)
            try:
                there = json.loads(beside.read_text("utf-8")) if beside.exists() else {}
            except (OSError, ValueError) as error:
                raise CaigenError(f"{beside}: cannot be read: {error}") from error
            write_json(beside, there | make(kind, path.name))


class PairSink(RowSink):
    """Preference pairs."""

    kind = "pairs"

    def __init__(
        self,
        path: Path | None,
        settings: PairSettings,
        *,
        split: float | None = None,
        split_by: SplitBy = "prompt",
        keep_reasoning: bool = False,
        with_margin: bool = False,
        shaping: Shaping | None = None,
    ) -> None:
        super().__init__(path, split=split, split_by=split_by, shaping=shaping)
        self.settings, self.keep_reasoning, self.with_margin = settings, keep_reasoning, with_margin

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per pair."""
        for pair in pairs(record, self.settings, reasons):
            row = pair_row(pair, keep_reasoning=self.keep_reasoning)
            yield row | ({"margin": pair.margin} if self.with_margin else {}), pair_provenance(pair)


class SftSink(RowSink):
    """SFT rows from revisions, from critiques, or from both. `briefs` holds one brief, or one per `domain` of the rows."""

    kind = "sft"

    def __init__(
        self,
        path: Path | None,
        what: What,
        briefs: Mapping[str, Brief],
        *,
        which: Which = "all",
        split: float | None = None,
        split_by: SplitBy = "prompt",
        keep_reasoning: bool = False,
        shaping: Shaping | None = None,
    ) -> None:
        super().__init__(path, split=split, split_by=split_by, shaping=shaping)
        self.what, self.briefs, self.which, self.keep_reasoning = what, briefs, which, keep_reasoning

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per text, and one per critique."""
        brief = brief_of(self.briefs, record)
        if self.what != "critiques":
            plain = brief.style == "plain"
            yield from revision_rows(record, self.which, reasons, keep_reasoning=self.keep_reasoning, plain=plain)
        if self.what != "revisions":
            yield from critique_rows(record, brief, reasons)


class SpanSink(RowSink):
    """Token labels from the spans of critiques, for one tokenizer."""

    kind = "spans"
    example = EXAMPLE

    def __init__(
        self,
        path: Path | None,
        tokenizer: OffsetTokenizer,
        *,
        split: float | None = None,
        split_by: SplitBy = "prompt",
        shaping: Shaping | None = None,
    ) -> None:
        super().__init__(path, split=split, split_by=split_by, shaping=shaping)
        self.tokenizer = tokenizer

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per criticised text."""
        yield from span_rows(record, self.tokenizer, reasons)


class PromptSink(RowSink):
    """Prompts for reinforcement learning, each once."""

    kind = "prompts"

    def __init__(
        self,
        path: Path | None,
        *,
        split: float | None = None,
        split_by: SplitBy = "prompt",
        shaping: Shaping | None = None,
    ) -> None:
        super().__init__(path, split=split, split_by=split_by, shaping=shaping)
        self._seen = Seen()

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row."""
        row = prompt_row(record)
        if self._seen.add(content_id(record.prompt, None)):
            yield row, {"id": record.id}
        else:
            reasons["duplicate_prompt"] += 1


def row_files(path: Path | None, *, split: bool = False) -> list[Path]:
    """All files that a RowSink writes."""
    files = [named for named in row_paths(path, split=split).values() if named]
    return files + [sidecar(named) for named in files if not is_device(named)]


def export_files(path: Path, *, split: bool, to: str) -> list[Path]:
    """All files of an export but its card: those of its RowSink, and what the trainer needs beside them."""
    return row_files(path, split=split) + [path.with_name(name) for name in FORMATS[to].beside]


def row_paths(path: Path | None, *, split: bool) -> dict[str, Path | None]:
    """The files of a RowSink, by side."""
    if path is None or not split:
        return {"": path}
    return {side: path.with_name(f"{path.stem}.{side}{path.suffix}") for side in ("train", "test")}
