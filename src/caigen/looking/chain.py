"""Chain: Record -> what a person reads of it: prompt, answers, rule, critique and revision of each round, judgements"""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from caigen.hygiene.critique_flags import quotes_lost
from caigen.looking.line import single_spaced
from caigen.looking.marks import Marks
from caigen.looking.principles import PrincipleTexts
from caigen.reasons.explain import meaning, sentence
from caigen.records import Candidate, Comparison, Critique, Record, Revision, Round, Score, Span, unfinished
from caigen.text.versions import revision_faults
from caigen.text.visible import visible

INDENT = 10  # columns for the labels
WORST, LEAST = 3, 0.05  # how many principles of a score are named, and from which probability on
LABELS = {"violates": "bold red", "complies": "green", "unclear": "yellow"}


@dataclass(frozen=True)
class Line:
    """A label, and the text beside it, whose further lines hang under its first."""

    label: str
    text: Text
    style: str = "bold"


@dataclass(frozen=True)
class Chain:
    """Makes the lines of records: `marks` says how words are marked, `principles` where rules are looked up."""

    marks: Marks
    principles: PrincipleTexts

    def lines(self, record: Record) -> Iterator[Line | None]:
        """All lines of a record; None is an empty one."""
        yield Line("record", _heading(record))
        turns = [message for message in record.prompt if message.role != "system"]
        for message in record.prompt:
            label = "prompt" if message.role == "user" and len(turns) == 1 else message.role
            yield Line(label, Text(visible(message.content)))
        for index, candidate in enumerate(record.candidates):
            yield None
            if len(record.candidates) > 1:
                yield Line("candidate", Text(f"{index} ({index + 1} of {len(record.candidates)})", "bold"))
            yield from self._candidate(record, candidate)
        if record.comparisons:
            yield None
        for comparison in record.comparisons:
            yield Line("judged", Text(_comparison(comparison)))
        if record.error:
            error = record.error
            yield None
            yield Line("failed", Text(f"{error.stage}:{error.kind}: {single_spaced(error.message)}"), "bold red")
            yield Line("", Text(sentence(f"{error.stage}:{error.kind}"), "yellow"))

    def _candidate(self, record: Record, candidate: Candidate) -> Iterator[Line | None]:
        texts = candidate.history()
        # what critiques of the answer as it was given quote: critiques of later texts come after a revision
        quoted: list[Span] = []
        for text, round_ in zip(texts, candidate.rounds, strict=False):
            if text == candidate.text and round_.critique:
                quoted += round_.critique.spans
        yield Line("answer", self.marks.quoted(candidate.text, quoted) if candidate.text.strip() else Text("(empty)"))
        if ending := unfinished(candidate.finish_reason):
            yield _flag(ending, "answer")
        for number, (before, round_) in enumerate(zip(texts, candidate.rounds, strict=False), 1):
            yield None
            yield from self._round(record, before, round_, number)
        if candidate.scores:
            yield None
        for score in candidate.scores:
            yield Line("reward", Text(_score(score)))

    def _round(self, record: Record, before: str, round_: Round, number: int) -> Iterator[Line]:
        principle = self.principles.get(record, round_.principle)
        title = Text(single_spaced(round_.principle), "cyan")
        if principle:
            title.append(f"  {principle.title}", "default")
            yield Line(f"round {number}", title)
            yield Line("rule", Text(visible(principle.text), "dim"))
        else:
            title.append("  (its text is not known here: --constitution FILE)", "dim")
            yield Line(f"round {number}", title)
        if round_.critique:
            yield from self._critique(before, round_.critique)
        if round_.revision:
            yield from self._revision(before, round_.revision)
        else:
            yield Line("kept", Text(_why_kept(round_), "dim"))

    def _critique(self, before: str, critique: Critique) -> Iterator[Line]:
        text = Text()
        if not critique.flags:
            severity = f", severity {critique.severity}" if critique.severity else ""
            text.append(f"{critique.verdict}{severity}: ", LABELS[critique.verdict])
        text.append(visible(critique.text or critique.raw or "(no text)").strip())
        yield Line("critique", text)
        for span in critique.spans:
            if before[span.start : span.end] == span.quote:
                yield Line("quote", self.marks.in_context(before, span))
        for quote in quotes_lost(critique, before):
            yield Line("quote", Text(f"not in the text: {single_spaced(quote)}", "yellow"))
        for flag in critique.flags:
            yield _flag(flag, "critique")

    def _revision(self, before: str, revision: Revision) -> Iterator[Line]:
        faults = revision_faults(revision)
        if revision.text.strip() and "identical" not in faults:
            yield Line("not used" if faults else "revision", self.marks.difference(before, revision.text))
        for fault in faults:
            yield _flag(fault, "revision")
        for word in revision.cleaned:
            yield Line("cleaned", Text(f"{word}: {meaning(word, 'cleaned')}", "dim"))


def _flag(flag: str, part: str) -> Line:
    return Line("flag", Text(f"{single_spaced(flag)}: {meaning(flag, part)}", "yellow"), "yellow")


def _why_kept(round_: Round) -> str:
    if round_.critique is None:
        return "no revision, and no critique was asked for"
    if round_.critique.flags:
        return "no revision: the critique is not used"
    if round_.awaits_revision:
        return "no revision yet: `caigen revise` makes it"
    return "no revision: the critique finds nothing wrong"


def _heading(record: Record) -> Text:
    """The id in bold, the status, what made the record."""
    text = Text(single_spaced(record.id), "bold cyan")
    made = record.provenance
    parts: list[str] = [record.status or "not processed yet"]
    if made and made.constitution:
        parts.append(made.constitution)
    for model in dict.fromkeys(made.models.values() if made else ()):
        parts.append(model)
    return text.append(f"  {single_spaced(' · '.join(parts))}", "default")


def _comparison(comparison: Comparison) -> str:
    """One line about a comparison, the better text first."""
    asked = comparison
    if asked.p_a is not None and asked.p_a < 0.5:
        asked = asked.swapped()
    probability = "" if asked.p_a is None else f" (P = {asked.p_a:.2f})"
    judge = f"; judge {asked.judge}" if asked.judge else ""
    if asked.status == "decided":
        said = f"{asked.a} is better than {asked.b} under {asked.principle}{probability}"
    else:
        why = meaning(asked.status, "label")
        said = f"{asked.a} and {asked.b} under {asked.principle}{probability}: {asked.status}, {why}"
    return single_spaced(said + judge)


def _score(score: Score) -> str:
    """One line about a score, with the principles that are most probably broken."""
    reward = "none" if score.reward is None else f"{score.reward:.3f}"
    said = f"{reward} after round {score.round}" if score.round else f"{reward} for the answer"
    probable = [entry for entry in score.violates.items() if entry[1] >= LEAST]
    worst = sorted(probable, key=lambda entry: -entry[1])[:WORST]
    if worst:
        said += "; most probably broken: " + ", ".join(f"{name} {share:.2f}" for name, share in worst)
    if score.unread:
        said += f"; not read for {', '.join(score.unread)}"
    return single_spaced(said + (f"; judge {score.judge}" if score.judge else ""))
