"""Token labels from the quoted spans of critiques: which tokens of a text break a principle.

A text is labelled only where its critics leave no doubt: all-zero labels where every readable critique says that it complies,
ones where a fault was quoted. A text that is faulted without a usable quote gives no row, since its zeros would be wrong.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from caigen.exports.tokenizer import OffsetTokenizer
from caigen.exports.tokens import is_wide, token_labels, touched
from caigen.exports.trl import Row, completed
from caigen.hygiene.critique_flags import contradicts
from caigen.records import Critique, Record, Span, unfinished
from caigen.text.quotes import locate

EXAMPLE: Row = {
    "prompt": [{"role": "user", "content": "Is it safe?"}],
    "completion": [{"role": "assistant", "content": "It never fails."}],
    "input_ids": [7, 3, 9],
    "labels": [-100, 0, 1],
    "spans": [{"start": 3, "end": 8, "tokens": [2, 3], "principle": "GEN-001@1", "severity": 2, "quote": "never"}],
}


@dataclass(frozen=True)
class _Text:
    """A text of a record, and its readable critiques by principle."""

    address: str
    said: list[tuple[str, Critique]] = field(default_factory=list)


@dataclass(frozen=True)
class _Fault:
    """A span under the principle that it breaks."""

    principle: str
    severity: int
    span: Span


def span_rows(record: Record, tokenizer: OffsetTokenizer, reasons: Counter[str]) -> Iterator[tuple[Row, Row]]:
    """One row with its provenance for each criticised text of a record, all its critiques together.

    `input_ids` and `labels` are those of the whole conversation; `start` and `end` of a span are code points of the
    completion, end exclusive, its `tokens` first and last + 1 in `input_ids`.
    """
    for text, about in _texts(record, reasons).items():
        if not about.said:
            continue
        row = _row(record, text, about, tokenizer, reasons)
        if row is not None:
            principles = list(dict.fromkeys(principle for principle, _ in about.said))
            origin: Row = {"id": record.id, "text": about.address, "principles": principles}
            yield row, origin | {"tokenizer": tokenizer.name, "tokenizer_sha256": tokenizer.sha256}


def _texts(record: Record, reasons: Counter[str]) -> dict[str, _Text]:
    """The texts of a record, each once, with the critiques that can be read; the others are counted, as are an uncriticised
    text and one that its model did not end.
    """
    found: dict[str, _Text] = {}
    criticised, halves = set(), set()
    for place, candidate in enumerate(record.candidates):
        for number, (text, ending) in enumerate(zip(candidate.history(), candidate.finish_reasons(), strict=True)):
            if cut := unfinished(ending):  # what is missing from half a text nobody can label
                reasons[f"text_{cut}"] += text not in halves
                halves.add(text)
                continue
            found.setdefault(text, _Text(f"{place}.{number}"))
            if number == len(candidate.rounds):
                break
            turn = candidate.rounds[number]
            criticised.add(text)
            reason = _unreadable(turn.critique, text)
            if turn.critique is None or reason:
                reasons[reason or "no_critique"] += 1
            else:
                found[text].said.append((turn.principle, turn.critique))
    reasons.update(["no_critique"] * (len(found) - len(criticised)))
    return found


def _unreadable(critique: Critique | None, text: str) -> str | None:
    """Why a critique of a text says nothing of its tokens. Whether it contradicts itself is looked at again: records may be
    older than that flag, or written by hand.
    """
    if critique is None:
        return "no_critique"
    cut = unfinished(critique.finish_reason)
    if cut or critique.flags:
        return f"critique_{cut or critique.flags[0]}"
    if contradicts(critique, text):
        return "critique_inconsistent"
    return "unclear_verdict" if critique.verdict == "unclear" else None


def _row(record: Record, text: str, about: _Text, tokenizer: OffsetTokenizer, reasons: Counter[str]) -> Row | None:
    if not text.strip():
        reasons["empty_text"] += 1
        return None
    faulted = any(critique.verdict == "violates" for _, critique in about.said)
    faults = _faults(text, about, reasons)
    encoded = tokenizer.encode(record.prompt, text, reasons)
    if encoded is None:
        return None
    spans, unsure, faulty = [], [], []
    for fault in faults:
        start, end = fault.span.start, fault.span.end
        tokens = touched(text, encoded.offsets, start, end)
        if is_wide(start, end, text):
            reasons["wide_span"] += 1
            unsure += tokens
        elif not tokens:
            reasons["span_without_token"] += 1
        else:
            faulty += tokens
            spans.append(_told(fault, tokens))
    if faulted and not faulty:
        return None
    labels = token_labels(encoded.offsets, faulty, unsure)
    return completed(record.prompt, text) | {"input_ids": encoded.ids, "labels": labels, "spans": spans}


def _faults(text: str, about: _Text, reasons: Counter[str]) -> list[_Fault]:
    """What the critics quoted of a text as faulty, in its order; what cannot be used is counted."""
    found = []
    for principle, critique in about.said:
        if critique.verdict != "violates":
            continue
        lost = sum(locate(quote, text) is None for quote in critique.quotes)
        reasons.update(["quote_not_found"] * lost)
        if not critique.spans and not lost:
            reasons["no_span"] += 1
        for span in critique.spans:
            if text[span.start : span.end] == span.quote:
                found.append(_Fault(principle, critique.severity, span))
            else:
                reasons["span_mismatch"] += 1
    return sorted(dict.fromkeys(found), key=lambda fault: (fault.span.start, fault.span.end))


def _told(fault: _Fault, tokens: list[int]) -> Row:
    return {
        "start": fault.span.start,
        "end": fault.span.end,
        "tokens": [tokens[0], tokens[-1] + 1],
        "principle": fault.principle,
        "severity": fault.severity,
        "quote": fault.span.quote,
    }
