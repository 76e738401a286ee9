"""Where every row went: read = done + failed + skipped, with a count for every reason."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caigen.advice import advice, counted
from caigen.engines.remembering import RememberingEngine
from caigen.hygiene.critique_flags import lost
from caigen.judge.tally import UNITS, last_scores
from caigen.records import Candidate, Comparison, Critique, Record, Revision, Score, latest, unfinished

Rounds = tuple[int, bool, tuple[Score, ...]]  # of a candidate: how many, whether the last has no revision, its scores
MOST_EXAMPLES, LONGEST_EXAMPLE = 5, 400  # reasons why rows failed that are told with an example, characters of one
LONG_WAIT = 1.0  # seconds for the device that are worth a word
NO_ROUNDS: Rounds = (0, False, ())


@dataclass(frozen=True)
class Reached:
    """How far a record had come when a command read it: what is there already is not counted as the command's work."""

    failed: bool = False
    candidates: tuple[Rounds, ...] = ()
    comparisons: tuple[Comparison, ...] = ()


NOWHERE = Reached()


def reached(record: Record) -> Reached:
    """How far a record has come; without its texts, since as many are kept as are at work."""
    rounds = (
        (len(one.rounds), bool(one.rounds) and one.rounds[-1].revision is None, one.scores) for one in record.candidates
    )
    return Reached(record.status == "failed", tuple(rounds), record.comparisons)


@dataclass
class Summary:
    """The counts of one command. `reasons` tells why rows failed or were skipped, `notes` what the command did inside the rows:
    rounds, labels and scores of earlier commands are not counted.
    """

    command: str
    read: int = 0
    done: int = 0
    failed: int = 0
    skipped: int = 0
    outputs: dict[str, int] = field(default_factory=dict)  # rows of training data, by file
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

    def skip(self, reason: str, count: int = 1) -> None:
        """Count rows that this command leaves alone."""
        self.skipped += count
        self.reasons[reason] += count

    def count(self, record: Record, before: Reached = NOWHERE) -> None:
        """Count one record that has been carried, and how far it had come before."""
        if before.failed:
            self.skip("failed_earlier")
        elif record.status == "failed":
            self.failed += 1
            reason = f"{record.error.stage}:{record.error.kind}" if record.error else "unknown"
            self.reasons[reason] += 1
            if record.error:
                self.examples.setdefault(reason, f"row {record.id}: {record.error.message}")
        else:
            self.done += 1
        self.notes.update(_notes(record, before))
        if self.command in UNITS:
            self._count_judgements(record, before)
        if self.command == "label" and record.status != "failed" and not record.comparisons:
            self.notes["nothing_to_compare"] += 1

    def _count_judgements(self, record: Record, before: Reached) -> None:
        """Count what a judge said of a record, and what was there already and not asked again."""
        made = len(_new_scores(record, before)) + len(_new_comparisons(record, before))
        self.judged += made
        there = last_scores(record) if self.command == "score" else latest(record.comparisons)
        if record.status != "failed" and len(there) > made:
            self.notes["judged_before"] += len(there) - made

    def pace(self, tokens: int, *, live: bool = False) -> str:
        """What came of the model's work so far, with its rate: what a judge judged, else tokens. `live` says the rate always."""
        count, unit, short = (
            (self.judged, UNITS[self.command], "") if self.command in UNITS else (tokens, "tokens", " tok")
        )
        rate = count / self.generate_seconds if self.generate_seconds > 0.1 else 0
        told = f"{rate:.{2 if 0 < rate < 10 else 0}f}"
        if live:
            return f"{counted(count, unit)}, {told}{short}/s"
        return counted(count, unit) + (f" at {told}/s" if rate else "")

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

    def advice(self) -> list[str]:
        """Why rows failed, by an example, and what a setting would change about what was lost: a line each."""
        told = list(self.examples.items())[:MOST_EXAMPLES]
        failed = [f"{reason}, such as {' '.join(said.split())[:LONGEST_EXAMPLE]}" for reason, said in told]
        return failed + advice(self.command, self.notes, self.reasons)

    def line(self) -> str:
        """The last line on stderr."""
        reasons = ", ".join(f"{reason} {count}" for reason, count in self.reasons.most_common())
        parts = [
            f"{self.command}: read {self.read} = done {self.done} + failed {self.failed} + skipped {self.skipped}"
            + (f" ({reasons})" if reasons else "")
        ]
        if self.sent or self.cached:
            parts += [f"{self.sent} requests sent, {self.cached} from the journal", self.pace(self.completion_tokens)]
        tried, helped = self.second_tries()
        if tried:
            parts.append(f"second tries {tried}, helped {helped}")
        if kept := self.notes["judged_before"]:
            unit = UNITS.get(self.command, "judgements")
            parts.append(f"{counted(kept, unit)} {'was' if kept == 1 else 'were'} there already")
        waited = f", {self.wait_seconds:.0f} of them waiting for the device" if self.wait_seconds >= LONG_WAIT else ""
        if self.command == "run" and self.outputs:
            parts.append("rows: " + ", ".join(f"{name} {count}" for name, count in self.outputs.items()))
        parts.append(f"{time.monotonic() - self.started:.1f} s{waited}")
        return "; ".join(parts)

    def write(self, path: Path) -> None:
        """Write `summary.json`."""
        from caigen.io.write import write_json

        write_json(path, self.as_json())


def costs_of(engine: RememberingEngine) -> list[int]:
    """Requests sent, and answered from the journal; tokens in prompts, found in the cache, and generated."""
    tokens = engine.tokens
    return [engine.sent, engine.cached, tokens.prompt, tokens.cached, tokens.completion]


def _notes(record: Record, before: Reached) -> Counter[str]:
    """What a command did to a record that had come so far before, by word."""
    notes: Counter[str] = Counter()
    for place, candidate in enumerate(record.candidates):
        rounds, waited, _ = before.candidates[place] if place < len(before.candidates) else NO_ROUNDS
        if place >= len(before.candidates):
            notes.update(_of_answer(candidate))
        history = candidate.history()
        for number, turn in enumerate(candidate.rounds):
            if turn.critique and number >= rounds:
                notes.update(_of_critique(turn.critique, history[number]))
            if turn.revision and (number >= rounds or (waited and number == rounds - 1)):
                notes.update(_of_revision(turn.revision))
    notes.update("scored" if one.reward is not None else "score_unread" for one in _new_scores(record, before))
    notes.update(f"label_{one.status}" for one in _new_comparisons(record, before))
    return notes


def _new_comparisons(record: Record, before: Reached) -> list[Comparison]:
    return [one for one in record.comparisons if one not in before.comparisons]


def _new_scores(record: Record, before: Reached) -> list[Score]:
    """A candidate's scores that it did not have; another one may have had their like."""
    had = [scores for _, _, scores in before.candidates]
    return [
        score
        for place, candidate in enumerate(record.candidates)
        for score in candidate.scores
        if place >= len(had) or score not in had[place]
    ]


def _of_answer(candidate: Candidate) -> Iterator[str]:
    cut = unfinished(candidate.finish_reason)
    if cut:
        yield f"answer_{cut}"
    yield from _of_tries("answer", candidate.tries, helped=not candidate.is_blank)


def _of_critique(critique: Critique, answer: str) -> Iterator[str]:
    """The words of a critique of `answer`: its verdict where it can be used, else its flags."""
    yield "critique_unusable" if critique.flags else f"critique_{critique.verdict}"
    yield from (f"critique_{flag}" for flag in critique.flags)
    yield from ["quote_not_found"] * len(lost(critique, answer))
    yield from _of_tries("critique", critique.tries, helped=not critique.flags)


def _of_revision(revision: Revision) -> Iterator[str]:
    yield "revision_unusable" if revision.flags else "revision_usable"
    yield from (f"revision_{flag}" for flag in revision.flags)
    yield from (f"cleaned_{what}" for what in revision.cleaned)
    yield from _of_tries("revision", revision.tries, helped=not revision.flags)


def _of_tries(what: str, tries: int | None, *, helped: bool) -> Iterator[str]:
    """Second tries are counted, and those that brought something that can be used."""
    if tries:
        yield f"{what}_second_tries"
        if helped:
            yield f"{what}_second_tries_helped"
