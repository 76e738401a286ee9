"""Where every row went: read = done + failed + skipped, with a count for every reason."""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caigen.journal import RememberingEngine
from caigen.judgements import UNITS, last_scores
from caigen.records import Record, latest


@dataclass
class Summary:
    """The counts of one command. `reasons` tells why rows failed or were skipped, `notes` what happened inside the rows."""

    command: str
    read: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    outputs: dict[str, int] = field(default_factory=dict)  # rows of training data, by file
    reasons: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    judged: int = 0  # comparisons or scored texts that this command made
    asked: int = 0
    remembered: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    load_seconds: float = 0.0
    generate_seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)

    def skip(self, reason: str, count: int = 1) -> None:
        """Count rows that this command leaves alone."""
        self.skipped += count
        self.reasons[reason] += count

    def count(self, record: Record, *, failed_before: bool) -> None:
        """Count one record that has been carried."""
        if failed_before:
            self.skip("failed_earlier")
        elif record.status == "failed":
            self.failed += 1
            self.reasons[f"{record.error.stage}:{record.error.kind}" if record.error else "unknown"] += 1
        else:
            self.done += 1
        self.notes.update(_notes(record))
        if self.command == "label" and record.status != "failed" and not record.comparisons:
            self.notes["nothing_to_compare"] += 1

    def count_judgements(self, record: Record, made: int | None = None) -> None:
        """Count what a judge said of a record: so much is new (all, where that is not known), the rest was not asked again."""
        if record.status == "failed":
            return
        there = len(last_scores(record) if self.command == "score" else latest(record.comparisons))
        self.judged += there if made is None else made
        if made is not None and there > made:
            self.notes["judged_before"] += there - made

    def pace(self, tokens: int, *, live: bool = False) -> str:
        """What came of the model's work so far, with its rate: what a judge judged, else tokens. `live` says the rate always."""
        count, unit, short = (
            (self.judged, UNITS[self.command], "") if self.command in UNITS else (tokens, "tokens", " tok")
        )
        rate = count / self.generate_seconds if self.generate_seconds > 0.1 else 0
        told = f"{rate:.{2 if 0 < rate < 10 else 0}f}"
        if live:
            return f"{count} {unit}, {told}{short}/s"
        return f"{count} {unit}" + (f" at {told}/s" if rate else "")

    def add(self, engine: RememberingEngine) -> None:
        """Take over what an engine counted."""
        self.spend(costs_of(engine))

    def spend(self, costs: Sequence[int]) -> None:
        """Count what `costs_of` found."""
        asked, remembered, prompt, cached, completion = costs
        self.asked += asked
        self.remembered += remembered
        self.prompt_tokens += prompt
        self.cached_tokens += cached
        self.completion_tokens += completion

    def as_json(self) -> dict[str, Any]:
        """The content of `summary.json`; tokens and seconds are of this run, remembered answers cost none."""
        return {
            "command": self.command,
            "read": self.read,
            "done": self.done,
            "failed": self.failed,
            "skipped": self.skipped,
            "outputs": dict(self.outputs),
            "reasons": dict(self.reasons),
            "notes": dict(self.notes),
            "requests": {"asked": self.asked, "remembered": self.remembered},
            "tokens": {
                "prompt": self.prompt_tokens,
                "cached": self.cached_tokens,
                "completion": self.completion_tokens,
            },
            "seconds": {
                "total": round(time.monotonic() - self.started, 3),
                "load": round(self.load_seconds, 3),
                "generate": round(self.generate_seconds, 3),
            },
        }

    def line(self) -> str:
        """The last line on stderr."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        parts = [
            f"{self.command}: read {self.read} = done {self.done} + failed {self.failed} + skipped {self.skipped}"
            + (f" ({reasons})" if reasons else "")
        ]
        if self.asked or self.remembered:
            parts += [f"asked {self.asked}, remembered {self.remembered}", self.pace(self.completion_tokens)]
        if kept := self.notes["judged_before"]:
            parts.append(f"{kept} {UNITS.get(self.command, 'judgements')} were there already")
        parts.append(f"{time.monotonic() - self.started:.1f} s")
        return "; ".join(parts)

    def write(self, path: Path) -> None:
        """Write `summary.json`."""
        from caigen.jsonl import write_json

        write_json(path, self.as_json())


def costs_of(engine: RememberingEngine) -> list[int]:
    """Requests asked and remembered; tokens in prompts, found in the cache, and generated."""
    tokens = engine.tokens
    return [engine.asked, engine.remembered, tokens.prompt, tokens.cached, tokens.completion]


def _notes(record: Record) -> Counter[str]:
    """What happened in the rounds of a record, by word."""
    notes: Counter[str] = Counter()
    for candidate in record.candidates:
        for turn in candidate.rounds:
            if turn.critique:
                notes[f"critique_{turn.critique.verdict}"] += 1
                notes["quote_not_found"] += max(0, len(set(turn.critique.quotes)) - len(turn.critique.spans))
            if turn.revision:
                notes["revision_unusable" if turn.revision.flags else "revision_usable"] += 1
                notes.update(f"revision_{flag}" for flag in turn.revision.flags)
                notes.update(f"cleaned_{what}" for what in turn.revision.cleaned)
    notes.update("scored" if score.reward is not None else "score_unread" for score in last_scores(record))
    notes.update(f"label_{one.status}" for one in latest(record.comparisons))
    return +notes
