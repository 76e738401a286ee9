"""Record, and its Progress before a command -> notes: words for what the command did to it, which the summary counts.

Each function gives the notes of one kind of stage (registry.py). The work of earlier commands is left out.
"""

from collections.abc import Callable, Iterable, Iterator

from caigen.hygiene.critique_flags import quotes_lost
from caigen.records import Comparison, Critique, Record, Revision, Score, unfinished
from caigen.stages.progress import Progress

Notes = Callable[[Record, Progress], Iterable[str]]


def answer_notes(record: Record, before: Progress) -> Iterator[str]:
    """How new answers ended that are not whole, and their second tries."""
    for candidate in record.candidates[len(before.candidates) :]:
        if ending := unfinished(candidate.finish_reason):
            yield f"answer_{ending}"
        yield from _second_tries("answer", candidate.tries, helped=not candidate.is_blank)


def critique_notes(record: Record, before: Progress) -> Iterator[str]:
    """The verdicts of new critiques, or why they cannot be used."""
    for index, candidate in enumerate(record.candidates):
        start = before.candidate(index).rounds
        # a critique's quotes are looked for in the text that it is about: the one before its round
        history = candidate.history() if len(candidate.rounds) > start else []
        for number in range(start, len(candidate.rounds)):
            if critique := candidate.rounds[number].critique:
                yield from _critique(critique, history[number])


def revision_notes(record: Record, before: Progress) -> Iterator[str]:
    """Whether new revisions can be used, why not, and what was cleaned."""
    for index, candidate in enumerate(record.candidates):
        had = before.candidate(index)
        # the last round may have waited for its revision
        start = had.rounds - 1 if had.unrevised else had.rounds
        for round_ in candidate.rounds[start:]:
            if round_.revision:
                yield from _revision(round_.revision)


def comparison_notes(record: Record, before: Progress) -> Iterator[str]:
    """The status of each new comparison; a record without any is counted too."""
    if record.status != "failed" and not record.comparisons:
        yield "nothing_to_compare"
    for comparison in new_comparisons(record, before):
        yield f"label_{comparison.status}"


def score_notes(record: Record, before: Progress) -> Iterator[str]:
    """Whether each new score could be read."""
    for score in new_scores(record, before):
        yield "score_unread" if score.reward is None else "scored"


def new_comparisons(record: Record, before: Progress) -> list[Comparison]:
    """The comparisons that a record did not have."""
    return [comparison for comparison in record.comparisons if comparison not in before.comparisons]


def new_scores(record: Record, before: Progress) -> list[Score]:
    """The scores that a candidate did not have; another candidate may have had an equal one."""
    new: list[Score] = []
    for index, candidate in enumerate(record.candidates):
        had = before.candidate(index).scores
        new += [score for score in candidate.scores if score not in had]
    return new


def _critique(critique: Critique, answer: str) -> Iterator[str]:
    """The notes of a critique of `answer`: its verdict where it can be used, else its flags."""
    yield "critique_unusable" if critique.flags else f"critique_{critique.verdict}"
    for flag in critique.flags:
        yield f"critique_{flag}"
    yield from ["quote_not_found"] * len(quotes_lost(critique, answer))
    yield from _second_tries("critique", critique.tries, helped=not critique.flags)


def _revision(revision: Revision) -> Iterator[str]:
    yield "revision_unusable" if revision.flags else "revision_usable"
    for flag in revision.flags:
        yield f"revision_{flag}"
    for what in revision.cleaned:
        yield f"cleaned_{what}"
    yield from _second_tries("revision", revision.tries, helped=not revision.flags)


def _second_tries(what: str, tries: int | None, *, helped: bool) -> Iterator[str]:
    """That a second try was made, and whether it brought something that can be used."""
    if tries:
        yield f"{what}_second_tries"
        if helped:
            yield f"{what}_second_tries_helped"
