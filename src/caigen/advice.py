"""advice: the counts of a command -> lines that name the setting that would help"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

NO_REASON = "not used, since the server does not say whether they are whole: take one that names a finish_reason"
FILTERED = "broken off by the server's content filter and not used: another server or model may have none"
NEVER_REVISED = "rows_never_revised"  # noted for a file of training rows, behind its name


@dataclass(frozen=True)
class Advice:
    """A line about one note or one reason why rows failed; `what` is what was counted, as a plural."""

    note: str
    what: str
    text: str


# in the order of a record's way: what is wrong with answers is the cause of much that follows
ADVICE = (
    Advice(
        "answer_truncated", "answers", "cut off, criticised and revised as they are, not taught: raise --max-tokens"
    ),
    Advice("sample:truncated", "rows", "failed before the first word: raise --max-tokens"),
    Advice("critique_truncated", "critiques", "cut off and not used: raise --critique-tokens"),
    Advice("critique_unparsed", "critiques", "not the JSON asked for: name a --critic-model, or --plain for prose"),
    Advice(
        "critique_invented_quote", "critiques", "with words that are not in the text: a larger --critic-model helps"
    ),
    Advice("revision_truncated", "revisions", "cut off and not used: raise --max-tokens"),
    Advice("answer_no_finish_reason", "answers", NO_REASON),
    Advice("critique_no_finish_reason", "critiques", NO_REASON),
    Advice("revision_no_finish_reason", "revisions", NO_REASON),
    Advice("answer_content_filter", "answers", FILTERED),
    Advice("critique_content_filter", "critiques", FILTERED),
    Advice("revision_content_filter", "revisions", FILTERED),
)


def advice(notes: Mapping[str, int], reasons: Mapping[str, int], *, exports: bool = False) -> Iterator[str]:
    """The lines for what a command counted, in the order of the table.

    `exports` says that the command is an export: it asks no model, and has the option `--only-revised` itself.
    """
    counts = {} if exports else {**reasons, **notes}
    for line in ADVICE:
        if count := counts.get(line.note, 0):
            yield f"{counted(count, line.what)} {line.text}"
    for note, count in notes.items():
        file, _, what = note.rpartition(": ")
        if what != NEVER_REVISED or not count:
            continue
        if exports:
            where, option = counted(count, "completions"), "--only-revised"
        else:
            where, option = f"{counted(count, 'rows')} of {file}", "`caigen export-sft --only-revised`"
        yield f"{where} never revised, since no critique faulted the answer: {option} leaves them out"


def counted(count: int, what: str, *, separated: bool = False) -> str:
    """`1 row`, `2 rows`: `what` is the plural. `separated` gives `2,000 rows`."""
    number = f"{count:,}" if separated else str(count)
    return f"{number} {what if count != 1 else what.removesuffix('s')}"
