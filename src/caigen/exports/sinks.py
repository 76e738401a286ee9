"""The sinks of training rows, one for each kind of row: pairs, SFT, token labels, prompts."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

from caigen.exports.pairs import PairSettings, drop_repeated, pairs
from caigen.exports.row_sink import RowSink
from caigen.exports.sft import What, Which, critique_rows, revision_rows
from caigen.exports.shaping import EXAMPLES, Shaping
from caigen.exports.spans import span_rows
from caigen.exports.splits import SplitBy
from caigen.exports.tokenizer import OffsetTokenizer
from caigen.exports.trl import Row, pair_provenance, pair_row, prompt_row
from caigen.hashing import HashSet
from caigen.io.rows import content_id
from caigen.records import Record
from caigen.stages.requests import PromptSettings
from caigen.stages.resolve import settings_for
from caigen.summary import Summary

PLAIN_EXAMPLE: Row = {"prompt": "Is it safe?", "completion": " It is."}
EXAMPLE_MARGIN = 0.5


class PairSink(RowSink):
    """Writes preference pairs."""

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
        example = dict(EXAMPLES["pairs"])
        if with_margin:
            example["margin"] = EXAMPLE_MARGIN
        super().__init__(path, split=split, split_by=split_by, shaping=shaping, example=example)
        self.settings, self.keep_reasoning, self.with_margin = settings, keep_reasoning, with_margin

    def make_rows(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per pair."""
        for pair in drop_repeated(pairs(record, self.settings, reasons), reasons):
            row = pair_row(pair, keep_reasoning=self.keep_reasoning)
            if self.with_margin:
                row["margin"] = pair.margin
            yield row, pair_provenance(pair)


class SftSink(RowSink):
    """Writes SFT rows from revisions, from critiques, or from both.

    `settings_by_domain` has the prompt settings of each `domain` of the rows, or one for all. Completions that were
    never revised are counted (`rows_never_revised`), or left out with `only_revised`.
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
        example = None
        if any(settings.style == "plain" for settings in settings_by_domain.values()):
            example = PLAIN_EXAMPLE
        super().__init__(path, split=split, split_by=split_by, shaping=shaping, example=example)
        self.what, self.which = what, which
        self.settings_by_domain = settings_by_domain
        self.keep_reasoning, self.only_revised = keep_reasoning, only_revised
        self.never_revised = 0

    def make_rows(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per text, and one per critique."""
        prompt_settings = settings_for(self.settings_by_domain, record)
        if self.what != "critiques":
            yield from revision_rows(
                record,
                self.which,
                reasons,
                keep_reasoning=self.keep_reasoning,
                plain=prompt_settings.style == "plain",
                only_revised=self.only_revised,
            )
        if self.what != "revisions":
            yield from critique_rows(record, prompt_settings, reasons)

    def count_written(self, origin: Row) -> None:
        """Count the completions that were never revised; the provenance of a critique does not say."""
        self.never_revised += origin.get("revised") is False

    def report(self, summary: Summary) -> None:
        """Add to the summary, beside what all rows have, how many completions were never revised."""
        super().report(summary)
        if self.never_revised:
            summary.notes[f"{self.name}: rows_never_revised"] = self.never_revised


class SpanSink(RowSink):
    """Writes token labels from the spans of critiques, for one tokenizer."""

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

    def make_rows(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row per criticised text."""
        yield from span_rows(record, self.tokenizer, reasons)


class PromptSink(RowSink):
    """Writes prompts for reinforcement learning, each prompt once."""

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

    def make_rows(self, record: Record, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
        """One row, unless the prompt came before."""
        if self._seen.add(content_id(record.prompt, None)):
            yield prompt_row(record), {"id": record.id}
        else:
            reasons["duplicate_prompt"] += 1
