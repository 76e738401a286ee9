"""Where every row went: read = done + failed + skipped, with a count for every reason; and what is said of it at the
end.
"""

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caigen.advice import advice, counted
from caigen.engines.remembering import RememberingEngine
from caigen.judge.tally import Tally, tallies_of
from caigen.records import Record
from caigen.stages.notes import Notes
from caigen.stages.progress import NOTHING_DONE, Progress
from caigen.stages.registry import Judging, Stage

MAX_EXAMPLES = 5  # reasons why rows failed that are told with an example
MAX_EXAMPLE_CHARS = 400
LONG_WAIT_SECONDS = 1.0  # a wait for the device that is worth a word
MIN_RATE_SECONDS = 0.1  # before, a rate says nothing


@dataclass
class Summary:
    """The counts of one command.

    `stages` are those of its job, none for a command that asks no model. `reasons` tells why rows failed or were
    skipped, `notes` what the command did inside the rows: rounds, labels and scores of earlier commands are not
    counted. With `labelled` the comparisons' answers are known. Without `explain` the last lines leave out the files
    and the settings that would help: the command has no such options.
    """

    command: str
    stages: tuple[Stage, ...] = ()
    labelled: bool = False
    explain: bool = True
    read: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    outputs: dict[str, int] = field(default_factory=dict)  # rows of training data, by file
    files: dict[Path, int] = field(default_factory=dict)  # rows of all files, the records first
    reasons: Counter[str] = field(default_factory=Counter)
    examples: dict[str, str] = field(default_factory=dict)  # the first row that failed, by reason
    notes: Counter[str] = field(default_factory=Counter)
    judged: int = 0  # comparisons or scored texts that this command made
    sent: int = 0
    cached: int = 0
    prompt_tokens: int = 0
    cached_tokens: int = 0
    completion_tokens: int = 0
    wait_seconds: float = 0.0  # for the device, while another caigen had it
    load_seconds: float = 0.0
    generate_seconds: float = 0.0
    started: float = field(default_factory=time.monotonic)
    _note_functions: tuple[Notes, ...] = ()
    _judging: tuple[Judging, ...] = ()
    _tallies: list[Tally] = field(default_factory=list)

    def __post_init__(self) -> None:
        # two stages may make the same kind of thing: it is counted once
        self._note_functions = tuple(dict.fromkeys(notes for stage in self.stages for notes in stage.notes))
        self._judging = tuple(stage.judging for stage in self.stages if stage.judging)
        self._tallies = tallies_of(self.stages, labelled=self.labelled)

    def skip(self, reason: str, count: int = 1) -> None:
        """Count rows that this command leaves alone."""
        self.skipped += count
        self.reasons[reason] += count

    def count(self, record: Record, before: Progress = NOTHING_DONE) -> None:
        """Count one processed record; `before` is how far it had come when it was read."""
        if before.failed:
            self.skip("failed_earlier")
        elif record.status == "failed":
            self._count_failure(record)
        else:
            self.done += 1
        # what each stage did inside the record
        for notes in self._note_functions:
            self.notes.update(notes(record, before))
        for judging in self._judging:
            self._count_judgements(judging, record, before)
        # why a judge decides little can be told only from all its judgements
        for tally in self._tallies:
            tally.take(record)

    def _count_failure(self, record: Record) -> None:
        self.failed += 1
        reason = record.failure or "unknown"
        self.reasons[reason] += 1
        if record.error:
            self.examples.setdefault(reason, f"row {record.id}: {record.error.message}")

    def _count_judgements(self, judging: Judging, record: Record, before: Progress) -> None:
        """Count what the judge said of a record, and what stood there already and was not asked again."""
        made = len(judging.new(record, before))
        self.judged += made
        standing = len(judging.standing(record))
        if record.status != "failed" and standing > made:
            self.notes["judged_before"] += standing - made

    def made(self, tokens: int) -> tuple[int, str]:
        """How much the model has made, and of what: what a judge judged, else tokens."""
        if self._judging:
            return self.judged, self._judging[0].unit
        return tokens, "tokens"

    def pace(self, tokens: int) -> str:
        """How much the model has made, and its rate."""
        count, unit = self.made(tokens)
        # a slow judge gets two digits, else its rate would read 0
        rate = count / self.generate_seconds if self.generate_seconds > MIN_RATE_SECONDS else 0
        digits = 2 if 0 < rate < 10 else 0
        return counted(count, unit) + (f" at {rate:.{digits}f}/s" if rate else "")

    def add(self, engine: RememberingEngine) -> None:
        """Take over what an engine counted."""
        self.spend(costs_of(engine))

    def spend(self, costs: Sequence[int]) -> None:
        """Count what `costs_of` found."""
        sent, from_journal, prompt, cached, completion = costs
        self.sent += sent
        self.cached += from_journal
        self.prompt_tokens += prompt
        self.cached_tokens += cached
        self.completion_tokens += completion

    def as_json(self) -> dict[str, Any]:
        """The content of `summary.json`; tokens and seconds are of this run, answers from the journal cost none."""
        return {
            "command": self.command,
            "read": self.read,
            "done": self.done,
            "failed": self.failed,
            "skipped": self.skipped,
            "outputs": dict(self.outputs),
            "reasons": dict(self.reasons),
            "notes": dict(self.notes),
            "second_tries": dict(zip(("made", "helped"), self.second_tries(), strict=True)),
            "requests": {"sent": self.sent, "cached": self.cached},
            "tokens": {
                "prompt": self.prompt_tokens,
                "cached": self.cached_tokens,
                "completion": self.completion_tokens,
            },
            "seconds": {
                "total": round(time.monotonic() - self.started, 3),
                "wait": round(self.wait_seconds, 3),
                "load": round(self.load_seconds, 3),
                "generate": round(self.generate_seconds, 3),
            },
        }

    def second_tries(self) -> tuple[int, int]:
        """Answers, critiques and revisions that were asked for twice, and how many of them can be used then."""
        made = sum(count for note, count in self.notes.items() if note.endswith("_second_tries"))
        return made, sum(count for note, count in self.notes.items() if note.endswith("_second_tries_helped"))

    def judge_lines(self) -> list[str]:
        """What the judge's answers show, a line each."""
        return [line for tally in self._tallies for line in tally.lines()]

    def advice(self) -> list[str]:
        """Why rows failed, by an example, and what a setting would change about what was lost: a line each."""
        lines = []
        for reason, example in list(self.examples.items())[:MAX_EXAMPLES]:
            lines.append(f"{reason}, such as {' '.join(example.split())[:MAX_EXAMPLE_CHARS]}")
        if self.explain:
            lines += advice(self.notes, self.reasons, exports=not self.stages)
        return lines

    def line(self) -> str:
        """The last line on stderr."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        rows = f"read {self.read} = done {self.done} + failed {self.failed} + skipped {self.skipped}"
        parts = [f"{self.command}: {rows} ({reasons})" if reasons else f"{self.command}: {rows}"]
        if self.sent or self.cached:
            parts.append(f"{self.sent} requests sent, {self.cached} from the journal")
        if self.made(self.completion_tokens)[0]:
            parts.append(self.pace(self.completion_tokens))
        tried, helped = self.second_tries()
        if tried:
            parts.append(f"second tries {tried}, helped {helped}")
        if kept := self.notes["judged_before"]:
            unit = self._judging[0].unit if self._judging else "judgements"
            parts.append(f"{counted(kept, unit)} {'was' if kept == 1 else 'were'} there already")
        seconds = f"{time.monotonic() - self.started:.1f} s"
        if self.wait_seconds >= LONG_WAIT_SECONDS:
            seconds += f", {self.wait_seconds:.0f} of them waiting for the device"
        return "; ".join([*parts, seconds])

    def write(self, path: Path) -> None:
        """Write `summary.json`."""
        from caigen.io.write import write_json

        write_json(path, self.as_json())


def costs_of(engine: RememberingEngine) -> list[int]:
    """Requests sent, and answered from the journal; tokens in prompts, found in the cache, and generated."""
    tokens = engine.tokens
    return [engine.sent, engine.cached, tokens.prompt, tokens.cached, tokens.completion]
