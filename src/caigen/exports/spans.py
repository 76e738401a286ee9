"""Token labels from the quoted spans of critiques: which tokens of a text break a principle.

A text is labelled only if its critiques leave no doubt: all labels are 0 if every readable critique says that it
complies, and 1 where a fault was quoted. A text that is faulted without a usable quote gives no row, since its zeros
would be wrong.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from caigen.exports.tokenizer import Encoded, OffsetTokenizer
from caigen.exports.tokens import is_wide, token_labels, touched
from caigen.exports.trl import Row, completion_row
from caigen.hygiene.critique_flags import contradicts
from caigen.records import Candidate, Critique, Record, Span, unfinished
from caigen.text.quotes import locate

EXAMPLE: Row = {
    "prompt": [{"role": "user", "content": "Is it safe?"}],
    "completion": [{"role": "assistant", "content": "It never fails."}],
    "input_ids": [7, 3, 9],
    "labels": [-100, 0, 1],
    "spans": [{"start": 3, "end": 8, "tokens": [2, 3], "principle": "GEN-001@1", "severity": 2, "quote": "never"}],
}


@dataclass(frozen=True)
class _CriticisedText:
    """A text of a record with its address, and its readable critiques, each with its principle."""

    text: str
    address: str
    critiques: list[tuple[str, Critique]] = field(default_factory=list)

    @property
    def faulted(self) -> bool:
        """Whether a critique says that the text violates its principle."""
        return any(critique.verdict == "violates" for _, critique in self.critiques)


@dataclass(frozen=True)
class _Fault:
    """A span of a text, and the principle that it breaks."""

    principle: str
    severity: int
    span: Span


@dataclass
class _Labelling:
    """The tokens of a text that break a principle, those that may, and the rows of the spans that were used."""

    faulty: list[int] = field(default_factory=list)
    unsure: list[int] = field(default_factory=list)
    spans: list[Row] = field(default_factory=list)


def span_rows(record: Record, tokenizer: OffsetTokenizer, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """One row with its provenance for each criticised text of a record, from all its critiques together.

    `input_ids` and `labels` are those of the whole conversation. `start` and `end` of a span are code points of the
    completion, end exclusive; its `tokens` are the first and the last + 1 in `input_ids`.
    """
    for text in _criticised_texts(record, reasons):
        row = _text_row(record, text, tokenizer, reasons)
        if row is None:
            continue
        principles = list(dict.fromkeys(principle for principle, _ in text.critiques))
        yield (
            row,
            {
                "id": record.id,
                "text": text.address,
                "principles": principles,
                "tokenizer": tokenizer.name,
                "tokenizer_sha256": tokenizer.sha256,
            },
        )


def _criticised_texts(record: Record, reasons: Counter[str]) -> list[_CriticisedText]:
    """The texts of a record that have readable critiques, each text once.

    Counted are unreadable critiques, texts without a critique, and texts that their model did not end.
    """
    whole: dict[str, _CriticisedText] = {}
    broken_off: set[str] = set()
    criticised: set[str] = set()  # readably or not
    for index, candidate in enumerate(record.candidates):
        endings = zip(candidate.history(), candidate.finish_reasons(), strict=True)
        for number, (text, ending) in enumerate(endings):
            cut = unfinished(ending)
            if cut:  # nobody can label what is missing from half a text
                reasons[f"text_{cut}"] += text not in broken_off
                broken_off.add(text)
                continue
            entry = whole.setdefault(text, _CriticisedText(text, f"{index}.{number}"))
            if number < len(candidate.rounds):  # the last text has no critique yet
                criticised.add(text)
                _add_critique(entry, candidate, number, reasons)
    reasons.update(["no_critique"] * (len(whole) - len(criticised)))
    return [entry for entry in whole.values() if entry.critiques]


def _add_critique(entry: _CriticisedText, candidate: Candidate, number: int, reasons: Counter[str]) -> None:
    """Add the critique of a round to its text, or count why it cannot be read."""
    round_ = candidate.rounds[number]
    reason = _critique_refusal(round_.critique, entry.text)
    if round_.critique is None or reason:
        reasons[reason or "no_critique"] += 1
    else:
        entry.critiques.append((round_.principle, round_.critique))


def _critique_refusal(critique: Critique | None, text: str) -> str | None:
    """Why a critique of a text says nothing about its tokens; None if it does.

    Whether it contradicts itself is looked at again: records may be older than that flag, or written by hand.
    """
    if critique is None:
        return "no_critique"
    cut = unfinished(critique.finish_reason)
    if cut or critique.flags:
        return f"critique_{cut or critique.flags[0]}"
    if contradicts(critique, text):
        return "critique_inconsistent"
    if critique.verdict == "unclear":
        return "unclear_verdict"
    return None


def _text_row(record: Record, text: _CriticisedText, tokenizer: OffsetTokenizer, reasons: Counter[str]) -> Row | None:
    """The row of a text; None, with a counted reason, if it cannot be labelled."""
    if not text.text.strip():
        reasons["empty_text"] += 1
        return None
    faults = _quoted_faults(text, reasons)
    encoded = tokenizer.encode(record.prompt, text.text, reasons)
    if encoded is None:
        return None
    labelling = _label_tokens(text.text, faults, encoded, reasons)
    if text.faulted and not labelling.faulty:
        return None  # no quote could be used, and zeros would be wrong
    row = completion_row(record.prompt, text.text)
    row["input_ids"] = encoded.ids
    row["labels"] = token_labels(encoded.offsets, labelling.faulty, labelling.unsure)
    row["spans"] = labelling.spans
    return row


def _quoted_faults(text: _CriticisedText, reasons: Counter[str]) -> list[_Fault]:
    """The faulty spans that the critiques quote, in the order of the text, each once; unusable quotes are counted."""
    faults: list[_Fault] = []
    for principle, critique in text.critiques:
        if critique.verdict != "violates":
            continue
        lost = sum(locate(quote, text.text) is None for quote in critique.quotes)
        reasons.update(["quote_not_found"] * lost)
        if not critique.spans and not lost:
            reasons["no_span"] += 1
        for span in critique.spans:
            if text.text[span.start : span.end] == span.quote:
                faults.append(_Fault(principle, critique.severity, span))
            else:
                reasons["span_mismatch"] += 1
    return sorted(dict.fromkeys(faults), key=lambda fault: (fault.span.start, fault.span.end))


def _label_tokens(text: str, faults: list[_Fault], encoded: Encoded, reasons: Counter[str]) -> _Labelling:
    """Find the tokens of each fault; a span that is too wide leaves its tokens unsure."""
    labelling = _Labelling()
    for fault in faults:
        start, end = fault.span.start, fault.span.end
        tokens = touched(text, encoded.offsets, start, end)
        if is_wide(start, end, text):
            reasons["wide_span"] += 1
            labelling.unsure += tokens
        elif not tokens:
            reasons["span_without_token"] += 1
        else:
            labelling.faulty += tokens
            labelling.spans.append(_span_row(fault, tokens))
    return labelling


def _span_row(fault: _Fault, tokens: list[int]) -> Row:
    return {
        "start": fault.span.start,
        "end": fault.span.end,
        "tokens": [tokens[0], tokens[-1] + 1],
        "principle": fault.principle,
        "severity": fault.severity,
        "quote": fault.span.quote,
    }
