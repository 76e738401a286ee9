"""Where finished records go: JSON Lines of records, or training rows with a provenance sidecar."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType

from caigen.engines.names import public_name, public_row
from caigen.exports.card import Entry, write_card
from caigen.exports.formats import FORMATS, Kind
from caigen.exports.pairs import PairSettings, pairs, told_apart
from caigen.exports.shaping import EXAMPLES, Shaping
from caigen.exports.spans import span_rows
from caigen.exports.splits import SplitBy, Splitter
from caigen.exports.tokenizer import OffsetTokenizer
from caigen.exports.trl import Row, What, Which, critique_rows, pair_provenance, pair_row, prompt_row, revision_rows
from caigen.hashing import HashSet
from caigen.io.outputs import sidecar
from caigen.io.parquet import ParquetWriter
from caigen.io.record_sink import OutputFiles
from caigen.io.rows import content_id
from caigen.io.streams import is_device
from caigen.io.write import Writer
from caigen.judge.tally import judgements
from caigen.records import Record
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import settings_for
from caigen.summary import Summary


class RowSink(OutputFiles, ABC):
    """Training rows of each record. With `split` (the share for training) the files are `NAME.train` and `NAME.test`.

    Beside each file lies `NAME.provenance.jsonl`, line by line; stdout has neither sidecar nor split. `shaping` says for
    which trainer the rows are, and which records stay out; `example` is one of the rows before they are shaped.
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
        self.reasons: Counter[str] = Counter()
        self.notes: Counter[str] = Counter()  # what should be known of rows that were written
        self._rows_of: Counter[str] = Counter()  # by side
        self._constitutions: set[str] = set()
        self._models: set[str] = set()
        self.split = split if path else None
        self._splitter = Splitter(self.split, split_by) if self.split is not None else None
        self._each_text = self.shaping.each_text()
        self._sides: dict[str, tuple[Writer | ParquetWriter, Writer | ParquetWriter | None]] = {}
        typed = self.shaping.example(self.kind, example)
        for side, named in row_paths(path, split=self.split is not None).items():
            beside = self._open_writer(sidecar(named)) if named and not is_device(named) else None
            self._sides[side] = (self._open_writer(named, typed), beside)

    def take(self, record: Record) -> str | None:
        """Write the rows of one record; returns why there were none, or None where there were."""
        if record.status == "failed":
            return "failed_earlier"
        if self.shaping.evaluations is not None and record in self.shaping.evaluations:
            return "evaluation_prompt"
        reasons: Counter[str] = Counter()
        side: str = self._splitter.side(record) if self._splitter else ""
        writer, beside = self._sides[side]
        made = self.rows_of(record, reasons)
        if self._each_text:
            made = self._each_text.rows(made, reasons)
        count = 0
        for row, origin in self.shaping.shaped(self.kind, made, side or "train", reasons, self.notes):
            writer.write(row)
            if beside:
                beside.write(public_row(origin))
            self.wrote(origin)
            count += 1
        self.rows += count
        self._rows_of[side] += count
        if count and self._splitter:
            self._splitter.wrote(record)
        if count and record.provenance:
            self._constitutions |= {record.provenance.constitution} if record.provenance.constitution else set()
            self._models |= set(map(public_name, record.provenance.models.values()))
        if count:
            self._models |= {public_name(one.judge) for one in judgements(record) if one.judge}
        self.reasons.update(reasons)
        return None if count else next(iter(reasons), "nothing_to_export")

    def wrote(self, origin: Row) -> None:
        """Told of each row that is written, with its provenance."""

    def report(self, summary: Summary) -> None:
        """Rows written, why records gave none, and what to know of the rows, under the file's name."""
        name = self.path.name if self.path else "stdout"
        summary.outputs[name] = self.rows
        if self._splitter and self._splitter.torn:
            self.notes["family_on_both_sides"] = self._splitter.torn
        summary.notes.update({f"{name}: {word}": count for word, count in (self.reasons + self.notes).items()})

    def said(self) -> list[str]:
        """What a user should know of the rows that were written, a line each."""
        torn = self._splitter.torn if self._splitter else 0
        family = f"note: {torn} prompts begin with the same turn as one on the other side; --split-by family keeps them together"
        return self.shaping.said(self.notes) + ([family] if torn else [])

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
        example = EXAMPLES["pairs"] | ({"margin": 0.5} if with_margin else {})
        super().__init__(path, split=split, split_by=split_by, shaping=shaping, example=example)
        self.settings, self.keep_reasoning, self.with_margin = settings, keep_reasoning, with_margin

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per pair."""
        for pair in told_apart(pairs(record, self.settings, reasons), reasons):
            row = pair_row(pair, keep_reasoning=self.keep_reasoning)
            yield row | ({"margin": pair.margin} if self.with_margin else {}), pair_provenance(pair)


class SftSink(RowSink):
    """SFT rows from revisions, from critiques, or from both. `briefs` holds one brief, or one per `domain` of the rows.

    Completions that were never revised are counted (`rows_never_revised`), or left out with `only_revised`.
    """

    kind = "sft"

    def __init__(
        self,
        path: Path | None,
        what: What,
        settings_by_domain: Mapping[str, PromptSettings],
        *,
        which: Which = "all",
        split: float | None = None,
        split_by: SplitBy = "prompt",
        keep_reasoning: bool = False,
        only_revised: bool = False,
        shaping: Shaping | None = None,
    ) -> None:
        plain = {"prompt": "Is it safe?", "completion": " It is."}
        example = (
            plain if any(prompt_settings.style == "plain" for prompt_settings in settings_by_domain.values()) else None
        )
        super().__init__(path, split=split, split_by=split_by, shaping=shaping, example=example)
        self.what, self.settings_by_domain, self.which, self.keep_reasoning = (
            what,
            settings_by_domain,
            which,
            keep_reasoning,
        )
        self.only_revised, self.never_revised = only_revised, 0

    def wrote(self, origin: Row) -> None:
        """Count the completions that were never revised."""
        self.never_revised += origin.get("revised") is False

    def report(self, summary: Summary) -> None:
        """As of all rows, and how many completions were never revised."""
        super().report(summary)
        name = self.path.name if self.path else "stdout"
        if self.never_revised:
            summary.notes[f"{name}: rows_never_revised"] = self.never_revised

    def rows_of(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per text, and one per critique."""
        prompt_settings = settings_for(self.settings_by_domain, record)
        if self.what != "critiques":
            plain = prompt_settings.style == "plain"
            yield from revision_rows(
                record,
                self.which,
                reasons,
                keep_reasoning=self.keep_reasoning,
                plain=plain,
                only_revised=self.only_revised,
            )
        if self.what != "revisions":
            yield from critique_rows(record, prompt_settings, reasons)


class SpanSink(RowSink):
    """Token labels from the spans of critiques, for one tokenizer."""

    kind = "spans"

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
        self._seen = HashSet()

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
