"""advice: the counts of a command -> lines that name the setting that would help"""

from collections.abc import Mapping
from dataclasses import dataclass

ASKS = ("critique", "revise", "run")  # commands that ask for critiques


@dataclass(frozen=True)
class Advice:
    """A line for commands that have the option it names, where what it counts was seen: a note, a reason why rows failed, or
    after a colon the note of a file. `{n}` is how often.
    """

    counted: str
    text: str
    commands: tuple[str, ...] = ASKS


ADVICE = (
    Advice("critique_truncated", "{n} critiques were cut off and not used: raise --critique-tokens"),
    Advice(
        "critique_unparsed", "{n} critiques were not the JSON asked for: name a --critic-model, or --plain for prose"
    ),
    Advice(
        "critique_invented_quote", "{n} critiques quote words that are not in the text: a larger --critic-model helps"
    ),
    Advice("revision_truncated", "{n} revisions were cut off and not used: raise --max-tokens", ("revise", "run")),
    Advice("answer_truncated", "{n} answers were cut off and are not taught: raise --max-tokens", ("sample", *ASKS)),
    Advice("sample:truncated", "{n} rows failed before the first word: raise --max-tokens", ("sample", *ASKS)),
    Advice(
        ": rows_never_revised",
        "{n} completions are answers that no critique faulted and that were never revised: --only-revised leaves them out",
        ("export-sft",),
    ),
    Advice(
        ": rows_never_revised",
        "{n} rows of sft.jsonl are answers that no critique faulted and that were never revised; "
        "`caigen export-sft --only-revised` leaves them out",
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

    return [one.text.format(n=n) for one in ADVICE if command in one.commands and (n := seen(one.counted))]
