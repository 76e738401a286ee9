"""tables: figures of Stats.as_json -> tables for a terminal of any width from 80 columns on"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from caigen.advice import counted
from caigen.looking.line import single_spaced
from caigen.reasons.explain import sentence, with_action
from caigen.reasons.table import TITLES, Reason

VERDICTS = {
    "violates": "violates",
    "complies": "complies",
    "unclear": "unclear",
    "unreadable": "not\nread",
    "unusable": "not\nused",
}
OUTCOMES = {"revised": "revised", "kept": "kept", "not_used": "revision\nnot used", "waiting": "waiting"}
SHARE, INVENTED = "% broken\n(95 %)", "invented\nquotes"
OPTIONAL = (INVENTED, "unclear", "not\nused", "not\nread", "waiting", "revision\nnot used")  # the first to be left out
STATUSES = {"decided": "decided", "tie": "tie", "order_flip": "flip", "low_mass": "low\nmass", "unparsed": "not\nread"}
LEGEND = (
    "% broken: of the critiques that were read and used, the share that says `violates`, with its 95 % interval. "
    "Not read: nothing could be read from the critique; not used: it was read and has a flag. "
    "Kept: no revision was asked for, or the critique is not used."
)


def tables(
    figures: Mapping[str, Any], summary: Mapping[str, Any] | None = None, *, width: int = 80
) -> Iterator[RenderableType]:
    """The tables that have something to say; `summary` is what `run` left beside the records."""
    yield _counts(figures)
    if figures["principles"]:
        yield _rounds("principle", figures["principles"], width=width)
        yield _rounds("round", figures["rounds"], width=width)
        yield Text(LEGEND, "dim")
    if figures["words"]["answer"]["n"]:
        yield _texts(figures)
    if figures["judges"]:
        yield _judges(figures["judges"])
    if figures["rewards"]["n"] or figures["rewards"]["unread"]:
        yield _scores(figures)
    if figures["flags"]:
        yield _reasons("flag", figures["flags"])
    if figures["failures"]:
        yield _reasons("failed in", figures["failures"])
    if summary:
        yield from _summary(summary)


def share(value: Mapping[str, Any]) -> str:
    """A rate in percent with its interval: `41 (33-49)`; empty without trials."""
    if not value["n"]:
        return ""
    low, high = value["interval"]
    return f"{100 * value['share']:.0f} ({100 * low:.0f}-{100 * high:.0f})"


def _table(first: str, headings: Sequence[str]) -> Table:
    """A table without lines: the first column is text, the others are numbers."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(first, overflow="fold", vertical="top")
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _counts(figures: Mapping[str, Any]) -> Text:
    names = {"done": "done", "failed": "failed", "none": "not processed yet"}
    parts = [f"{figures['statuses'][key]} {name}" for key, name in names.items() if key in figures["statuses"]]
    rounds = sum(principle["rounds"] for principle in figures["principles"].values())
    made = f"{counted(figures['candidates'], 'answers')} with {counted(rounds, 'rounds')}"
    return Text(f"{counted(figures['read'], 'records')} ({', '.join(parts) or 'none'}), {made}")


def _rounds(name: str, entries: Mapping[str, Any], *, width: int) -> Table:
    """Verdicts and outcomes, a row for each principle or round.

    Columns of zeros are left out, but for those that everyone looks for; where the width does not suffice, others too.
    """
    columns = {heading: [_count(e["verdicts"], key) for e in entries.values()] for key, heading in VERDICTS.items()}
    columns[SHARE] = [share(entry["violates"]) for entry in entries.values()]
    columns |= {heading: [_count(e["outcomes"], key) for e in entries.values()] for key, heading in OUTCOMES.items()}
    columns[INVENTED] = [_count(entry, "invented_quotes") for entry in entries.values()]
    names = [single_spaced(key) for key in entries]
    for heading in OPTIONAL:
        if not any(columns[heading]):
            del columns[heading]
    for heading in OPTIONAL:
        if heading in columns and _needed([names, *columns.values()], [name, *columns]) > width:
            del columns[heading]
    table = _table(name, [*columns])
    for key, *cells in zip(names, *columns.values(), strict=True):
        table.add_row(key, *cells)
    return table


def _needed(columns: Sequence[Sequence[str]], headings: Sequence[str]) -> int:
    """The width of a table with these columns, two spaces between them."""
    widths = []
    for cells, heading in zip(columns, headings, strict=True):
        widths.append(max(map(cell_len, [*heading.split("\n"), *cells])))
    return sum(widths) + 2 * (len(widths) - 1)


def _texts(figures: Mapping[str, Any]) -> Table:
    table = _table("texts", ["n", "mean", "median"])
    before, after = figures["words"]["answer"], figures["words"]["last_text"]
    table.add_row("words of an answer", str(before["n"]), f"{before['mean']:.1f}", str(before["median"]))
    table.add_row("words of its last text", str(after["n"]), f"{after['mean']:.1f}", str(after["median"]))
    alike = figures["similarity"]
    if alike["n"]:
        row = (str(alike["n"]), f"{alike['mean']:.2f}", f"{alike['median']:.2f}")
        table.add_row("similarity of a revision to the text before", *row)
    return table


def _judges(judges: Mapping[str, Any]) -> Table:
    table = _table("judge", ["compared", *STATUSES.values(), "% decided\n(95 %)"])
    for judge, entry in judges.items():
        cells = [_count(entry, status) for status in STATUSES]
        table.add_row(single_spaced(judge), str(entry["comparisons"]), *cells, share(entry["decided_share"]))
    return table


def _scores(figures: Mapping[str, Any]) -> Table:
    table = _table("rewards, and the probability that a principle is broken", ["n", "mean"])
    rewards = figures["rewards"]
    if rewards["n"]:
        table.add_row("reward", str(rewards["n"]), f"{rewards['mean']:.3f}")
    if rewards["unread"]:
        table.add_row("no reward: the judge was not read for some principle", str(rewards["unread"]), "")
    worst_first = sorted(figures["scores"].items(), key=lambda entry: (-entry[1]["mean_violates"], entry[0]))
    for principle, entry in worst_first:
        table.add_row(single_spaced(principle), str(entry["n"]), f"{entry['mean_violates']:.3f}")
    return table


def _reasons(name: str, counts: Mapping[str, int]) -> Table:
    """Words with their counts, what they mean and what to do."""
    table = _word_table(name)
    table.add_column("n", justify="right", no_wrap=True)
    table.add_column("what it means", overflow="fold")
    for word, count in counts.items():
        table.add_row(single_spaced(word), str(count), sentence(word))
    return table


def reason_tables(reasons: Sequence[Reason]) -> Iterator[RenderableType]:
    """Reason words with what they mean and what to do, a table for each kind."""
    for kind, title in TITLES.items():
        of_kind = [reason for reason in reasons if reason.kind == kind]
        if not of_kind:
            continue
        table = _word_table("")
        table.show_header = False
        table.add_column("", overflow="fold")
        for reason in of_kind:
            table.add_row(reason.word, with_action(reason))
        yield Group(Text(title.replace("`", ""), "bold"), table)


def _word_table(name: str) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    table.add_column(name, overflow="fold", max_width=30)
    return table


def _summary(summary: Mapping[str, Any]) -> Iterator[RenderableType]:
    """Rows that the last command skipped, and why texts gave no training row."""
    skipped = {word: count for word, count in summary.get("reasons", {}).items() if ":" not in word}
    if skipped:
        yield _reasons("skipped", skipped)
    notes = {note: count for note, count in summary.get("notes", {}).items() if ": " in note}
    if notes:
        yield _reasons("training rows", notes)


def _count(counts: Mapping[str, int], key: str) -> str:
    """A count; an empty cell for 0."""
    return str(counts.get(key) or "")
