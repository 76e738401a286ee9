"""advice: the counts of a command -> lines that name the setting that would help"""

from collections.abc import Mapping
from dataclasses import dataclass

ASKS = ("critique", "revise", "run")  # commands that ask for critiques

UNSAID = "not used, since the server does not say whether they are whole: take one that names a finish_reason"
FILTERED = "broken off by the server's content filter and not used: another server or model may have none"


@dataclass(frozen=True)
class Advice:
    """A line for commands that have the option it names, where what it counts was seen: a note, a reason why rows failed, or
    after a colon the note of a file. It begins with how often, and `what` as a plural.
    """

    counted: str
    what: str
    text: str
    commands: tuple[str, ...] = ASKS


# in the order of a record's way: what is wrong with answers is the cause of much that follows
ADVICE = (
    Advice("answer_truncated", "answers", "cut off and not taught: raise --max-tokens", ("sample", *ASKS)),
    Advice("sample:truncated", "rows", "failed before the first word: raise --max-tokens", ("sample", *ASKS)),
    Advice("critique_truncated", "critiques", "cut off and not used: raise --critique-tokens"),
    Advice("critique_unparsed", "critiques", "not the JSON asked for: name a --critic-model, or --plain for prose"),
    Advice(
        "critique_invented_quote", "critiques", "with words that are not in the text: a larger --critic-model helps"
    ),
    Advice("revision_truncated", "revisions", "cut off and not used: raise --max-tokens", ("revise", "run")),
    *(
        Advice(f"{kind}_no_finish_reason", f"{kind}s", UNSAID, commands)
        for kind, commands in (("answer", ("sample", *ASKS)), ("critique", ASKS), ("revision", ("revise", "run")))
    ),
    *(
        Advice(f"{kind}_content_filter", f"{kind}s", FILTERED, commands)
        for kind, commands in (("answer", ("sample", *ASKS)), ("critique", ASKS), ("revision", ("revise", "run")))
    ),
    Advice(
        ": rows_never_revised",
        "completions",
        "never revised, since no critique faulted the answer: --only-revised leaves them out",
        ("export-sft",),
    ),
    Advice(
        ": rows_never_revised",
        "rows",
        "of sft.jsonl never revised, since no critique faulted the answer: `caigen export-sft --only-revised` leaves them out",
        ("run",),
    ),
)


def advice(command: str, notes: Mapping[str, int], reasons: Mapping[str, int]) -> list[str]:
    """The lines for what a command counted, in the order of the table."""
    counts = {**reasons, **notes}

    def seen(counted: str) -> int:
        if counted.startswith(":"):
            return sum(count for name, count in counts.items() if name.endswith(counted))
        return counts.get(counted, 0)

    found = [(seen(one.counted), one) for one in ADVICE if command in one.commands]
    return [f"{counted(n, one.what)} {one.text}" for n, one in found if n]


def counted(count: int, what: str) -> str:
    """`1 row`, `2 rows`: `what` is the plural."""
    return f"{count} {what if count != 1 else what.removesuffix('s')}"
