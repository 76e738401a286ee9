"""Records with everything that can be looked at: several candidates and rounds, flags, failures, judgements."""

from pathlib import Path

from caigen.io.write import Writer, to_row
from caigen.records import (
    Candidate,
    Comparison,
    Critique,
    Failure,
    Message,
    Provenance,
    Record,
    Revision,
    Round,
    Score,
    Span,
)

MADE = Provenance(caigen="1", constitution="general@1.0.0", models={"policy": "small@1", "critic": "large@2"})
ANSWER = "Tea always helps against a cold. Drink it hot, and sleep.\nAsk a doctor if it lasts."
REVISED = "Tea may help against a cold. Drink it hot, and sleep.\nAsk a doctor if it lasts."
QUOTE = "always helps"


def quote(text: str, words: str) -> Span:
    start = text.index(words)
    return Span(start=start, end=start + len(words), quote=words)


def tea() -> Record:
    """Two candidates: one revised, then accepted; one whose critique and revision cannot be used."""
    fault = Critique(
        text="It promises a cure that nobody can promise.",
        verdict="violates",
        severity=2,
        quotes=(QUOTE, "a sure cure"),
        spans=(quote(ANSWER, QUOTE),),
    )
    fine = Critique(text="It leaves the reader time.", verdict="complies")
    mended = Candidate(
        text=ANSWER,
        finish_reason="stop",
        rounds=(
            Round(principle="GEN-001@1", critique=fault, revision=Revision(text=REVISED, cleaned=("meta_prefix",))),
            Round(principle="GEN-003@1", critique=fine),
        ),
        scores=(Score(round=1, reward=0.9125, violates={"GEN-001@1": 0.1, "GEN-003@1": 0.01}, judge="judge@1"),),
    )
    unread = Critique(
        text="", verdict="unclear", raw='{"text": "It promi', finish_reason="length", flags=("truncated",)
    )
    unusable = Candidate(
        text="Tea cures. Tea",
        finish_reason="length",
        rounds=(
            Round(principle="MINE-007@2", critique=unread),
            Round(
                principle="GEN-001@1",
                critique=fault.model_copy(update={"spans": (), "quotes": ()}),
                revision=Revision(text="Tea cures. Tea, as the critique says.", flags=("leak",)),
            ),
        ),
    )
    judged = Comparison(a="0.0", b="0.1", principle="GEN-001@1", p_a=0.04, status="decided", judge="judge@1")
    tied = Comparison(a="0.1", b="1.0", principle="GEN-003@1", p_a=0.51, status="tie", judge="judge@1")
    return Record(
        id="tea",
        prompt=(
            Message(role="system", content="Be brief."),
            Message(role="user", content="Hello"),
            Message(role="assistant", content="Hello! What can I do for you?"),
            Message(role="user", content="What helps against a cold?"),
        ),
        candidates=(mended, unusable),
        comparisons=(judged, tied),
        provenance=MADE,
        status="done",
        meta={"lang": "en", "topic": {"name": "health", "tags": ["tea", "cold"]}, "score": 7},
    )


def broken() -> Record:
    """A record that failed; its message has an escape sequence in it."""
    return Record(
        id="gone",
        prompt=(Message(role="user", content="Say \x1b[31mred\x1b[0m\x07 words."),),
        status="failed",
        error=Failure(
            stage="revise", kind="unreachable", message="http://host: gave up\nafter 5 tries \x1b]0;owned\x07"
        ),
    )


def chinese() -> Record:
    """A text in a script without spaces."""
    answer = "每天喝茶一定能治好感冒。请多休息。"
    critique = Critique(
        text="“一定”过于肯定。", verdict="violates", severity=1, quotes=("一定",), spans=(quote(answer, "一定"),)
    )
    turn = Round(principle="GEN-001@1", critique=critique, revision=Revision(text="每天喝茶也许能缓解感冒。请多休息。"))
    return Record(
        id="cha",
        prompt=(Message(role="user", content="感冒怎么办？"),),
        candidates=(Candidate(text=answer, rounds=(turn,)),),
        provenance=MADE,
        status="done",
        meta={"lang": "zh"},
    )


def waiting() -> Record:
    """An answer that nobody criticised, and a prompt alone has no status."""
    return Record(id="plain", prompt=(Message(role="user", content="Hi"),), candidates=(Candidate(text="Hi there."),))


def all_records() -> list[Record]:
    return [tea(), broken(), chinese(), waiting()]


def write(path: Path, records: list[Record] | None = None) -> Path:
    """A file of the records."""
    with Writer(path) as rows:
        for record in records or all_records():
            rows.write(to_row(record))
    return path
