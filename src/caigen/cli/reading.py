"""The commands that look at records: `show`, `stats`, `filter`, and `reasons` for the words in them."""

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from caigen.cli.groups import grouped
from caigen.cli.options import ConstitutionOptions, Output, Overwrite
from caigen.cli.options.selecting import PageOptions, RecordSource, ScreenOptions, SelectionOptions
from caigen.cli.perform import check_name, check_stdin
from caigen.cli.terminal import say
from caigen.errors import CaigenError

if TYPE_CHECKING:
    from caigen.io.read import Reader
    from caigen.looking.selection import Selected
    from caigen.records import Record

FEW = 5  # records that are shown where no number is given
Json = Annotated[bool, typer.Option("--json/--no-json", show_default=False, help="The same as JSON.")]


@grouped
def show(
    *, source: RecordSource, selected: SelectionOptions, principles: ConstitutionOptions, page: PageOptions
) -> None:
    """Print records to read: prompt and answer, and for each round the rule, the critique and what changed."""
    reader = _reader(source)
    fitting = _select(reader, selected)
    from caigen.looking.chain import Chain
    from caigen.looking.marks import Marks
    from caigen.looking.principles import PrincipleTexts
    from caigen.looking.screen import Screen
    from caigen.looking.selection import sample

    screen = Screen(width=page.width, colour=page.color)
    chain = Chain(Marks(screen.colour), PrincipleTexts(principles.constitution))
    count = page.count or (len(selected.ids) or FEW)
    chosen: Iterable[Record]
    if page.sample:
        chosen = sample(fitting, page.sample, page.seed)
    else:
        chosen = islice(fitting, page.start - 1, page.start - 1 + count)
    shown = 0
    for record in chosen:
        if shown:
            screen.separate()
        screen.write(chain.lines(record))
        shown += 1
    _tell(reader)
    if page.sample or shown < count or fitting.complete:
        say(f"{shown} shown; {fitting.line()}")
    else:  # the rest of the file was not read
        say(f"{shown} shown; go on with --from {page.start + shown}")


@grouped
def stats(*, source: RecordSource, selected: SelectionOptions, screen: ScreenOptions, json: Json = False) -> None:
    """Figures of records: verdicts by principle, revisions, flags, failures, lengths, judges, each with its count."""
    reader = _reader(source)
    fitting = _select(reader, selected)
    from caigen.looking.stats import Stats

    counted = Stats()
    for record in fitting:
        counted.take(record)
    figures = counted.as_json()
    summary = None if fitting.selection.narrows else _summary_beside(reader.source)
    if json:
        import orjson

        whole = figures | ({"summary": summary} if summary else {})
        print(orjson.dumps(whole, option=orjson.OPT_INDENT_2).decode())
    else:
        from caigen.looking.screen import Screen
        from caigen.looking.tables import tables

        terminal = Screen(width=screen.width, colour=screen.color)
        terminal.tables(tables(figures, summary, width=terminal.console.width))
    _tell(reader)
    if fitting.selection.narrows:
        say(fitting.line())


@grouped
def filter_records(
    *, source: RecordSource, selected: SelectionOptions, output: Output = None, overwrite: Overwrite = False
) -> None:
    """Write the records that fit, as they are, for the next command; how many were left out is said on stderr."""
    check_name(output)
    reader = _reader(source)
    fitting = _select(reader, selected)
    from caigen.io import outputs
    from caigen.io.write import Writer, to_row

    files = [output] if output else []
    outputs.check(files, reader.source, overwrite=overwrite, written_by_same_command=lambda: False)
    with Writer(output) as rows:
        for record in fitting:
            rows.write(to_row(record))
    _tell(reader)
    say(f"filter: {fitting.line()}")


def _complete_word(incomplete: str) -> Iterator[str]:
    from caigen.reasons.explain import spellings

    return (word for word in spellings() if word.startswith(incomplete))


def reasons(
    word: Annotated[
        str | None,
        typer.Argument(
            metavar="WORD",
            help="A flag, a note, a failure or another reason word; nothing: all of them.",
            autocompletion=_complete_word,
            show_default=False,
        ),
    ] = None,
) -> None:
    """What the words mean by which caigen says why: flags, notes, failures, and why a text gave no training row."""
    from caigen.reasons.explain import explain, nearest
    from caigen.reasons.table import REASONS

    found = explain(word) if word else REASONS
    if word and not found:
        near = nearest(word)
        hint = (
            f"did you mean {' or '.join(near)}?" if near else "a finish reason of a server? `caigen reasons` lists all"
        )
        raise CaigenError(f"{word!r} is no reason word of caigen; {hint}")
    from caigen.looking.screen import Screen
    from caigen.looking.tables import reason_tables

    Screen().tables(reason_tables(found))


def _reader(source: RecordSource) -> "Reader":
    """A reader of a file, of stdin, or of the records in a run's folder.

    Raises CaigenError for a folder without records; exits 2 where stdin is a terminal.
    """
    check_stdin(source.source)
    from caigen.io.read import Reader

    path = source.source
    if path != "-" and Path(path).is_dir():
        path = str(Path(path) / "records.jsonl")
        if not Path(path).is_file():
            raise CaigenError(f"{source.source}: a folder without records.jsonl; name a file of records")
    return Reader(path, on_error=source.on_error)


def _select(reader: "Reader", options: SelectionOptions) -> "Selected":
    """The records that fit the options.

    Raises CaigenError for a condition that cannot be read.
    """
    from caigen.looking.selection import Selected, selection

    wanted = selection(
        ids=options.ids,
        principles=options.principle,
        verdicts=[str(verdict) for verdict in options.verdict],
        flags=options.flag,
        failed=options.failed,
        where=options.where,
        invert=options.invert,
    )
    return Selected(reader, wanted, reader.name)


def _tell(reader: "Reader") -> None:
    """Say which lines were skipped."""
    for remark in reader.remarks:
        say(f"skipped: {remark}")
    if more := sum(reader.skipped.values()) - len(reader.remarks):
        say(f"skipped: {more} more")


def _summary_beside(source: str) -> dict[str, Any] | None:
    """The counts that `run` left beside its records; None where there are none that can be read."""
    from caigen.io.json_line import parse_line

    path = Path(source)
    for beside in (path.with_name("summary.json"), path.with_name(f"{path.name}.summary.json")):
        try:
            content = parse_line(beside.read_bytes())
        except (OSError, ValueError):
            continue
        if isinstance(content, dict):
            return content
    return None
