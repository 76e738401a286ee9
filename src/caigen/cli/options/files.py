"""Option groups: what is read, and where the results go."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from caigen.choices import OnError, SplitBy, Take, To
from caigen.cli.options.panels import CONFIG, INPUT, OUTPUT, PREVIEW


def _file_or_stdout(path: Path | None) -> Path | None:
    """The path of an output; `-` is stdout, as no path is."""
    return None if path is not None and str(path) == "-" else path


def _named_file(path: Path | None) -> Path | None:
    """The path of what cannot go to stdout; exits 2 for `-`."""
    if path is not None and str(path) == "-":
        raise typer.BadParameter("- is stdout, which this cannot go to: name a file, or ./- for one of that name")
    return path


Output = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        help="File to write; else, or with -, stdout.",
        rich_help_panel=OUTPUT,
        callback=_file_or_stdout,
    ),
]
Folder = Annotated[
    Path, typer.Option("--output", "-o", help="Folder to write.", rich_help_panel=OUTPUT, callback=_named_file)
]
Overwrite = Annotated[
    bool,
    typer.Option(
        "--overwrite/--no-overwrite",
        show_default=False,
        help="Replace output of another command.",
        rich_help_panel=OUTPUT,
    ),
]
ToOption = Annotated[To, typer.Option("--to", help="The trainer that the rows are for.", rich_help_panel=OUTPUT)]
KeepReasoning = Annotated[
    bool,
    typer.Option(
        "--keep-reasoning/--no-keep-reasoning",
        show_default=False,
        help="Put what the model thought before its answers.",
        rich_help_panel=OUTPUT,
    ),
]


@dataclass(frozen=True)
class ConfigOptions:
    """Where values of options come from. `groups.grouped` gives these to every command;
    `config.ConfiguredCommand` reads them.
    """

    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="YAML file with values of options, by their long names.", rich_help_panel=CONFIG
        ),
    ] = None
    show_config: Annotated[
        bool,
        typer.Option(
            "--show-config", help="Print every option with its value and where it came from.", rich_help_panel=CONFIG
        ),
    ] = False


@dataclass(frozen=True)
class InputOptions:
    """Which rows are read."""

    labelled: ClassVar[bool] = False  # whether rows are comparisons whose answer is known

    source: Annotated[
        str,
        typer.Argument(
            metavar="INPUT",
            help="JSON Lines, a JSON array, CSV, TSV, Parquet, text (one prompt a line), each compressed or not; a "
            "folder of such files or of a run; hf:NAME; - or nothing: stdin. Rows: prompt, messages, ShareGPT, Alpaca, "
            "question and answer, preference pairs, batches and more (docs/inputs.md).",
            show_default=False,
        ),
    ] = "-"
    prompt_field: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Field that holds the prompt; a.b is field b in field a.", rich_help_panel=INPUT
        ),
    ] = None
    response_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Field that holds the answer.", rich_help_panel=INPUT)
    ] = None
    system_field: Annotated[
        str | None, typer.Option(metavar="NAME", help="Field that holds the system message.", rich_help_panel=INPUT)
    ] = None
    check_input: Annotated[
        bool,
        typer.Option(
            "--check-input", help="Read all of the input, print its forms and faults, and stop.", rich_help_panel=INPUT
        ),
    ] = False
    on_error: Annotated[
        OnError, typer.Option(help="A bad line stops the command, or is skipped and counted.", rich_help_panel=INPUT)
    ] = "fail"
    limit: Annotated[int | None, typer.Option(min=0, help="Read at most this many rows.", rich_help_panel=INPUT)] = None


@dataclass(frozen=True)
class RecordInput(InputOptions):
    """Which records are read, or made of lines of other kinds."""

    take: Annotated[
        Take,
        typer.Option(
            help="Rows with a chosen and a rejected answer: the one that becomes the candidate.", rich_help_panel=INPUT
        ),
    ] = "none"


@dataclass(frozen=True)
class ComparisonInput(InputOptions):
    """Which comparisons are read, whose better answer is known."""

    labelled: ClassVar[bool] = True


@dataclass(frozen=True)
class OutputFile:
    """Where one file goes. (A dataclass has the fields of its last base first,
    so this one stands first in `--help`.)
    """

    output: Output = None


@dataclass(frozen=True)
class SummaryOptions:
    """What every command that writes has in common."""

    overwrite: Overwrite = False
    summary: Annotated[
        Path | None,
        typer.Option(
            "--summary",
            help="Counts as JSON; beside a file output by default.",
            rich_help_panel=OUTPUT,
            callback=_named_file,
        ),
    ] = None


@dataclass(frozen=True)
class OutputOptions(SummaryOptions, OutputFile):
    """One file, or stdout."""


@dataclass(frozen=True)
class JournalOptions(SummaryOptions):
    """What every command that writes answers of a model has in common."""

    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            help="Remember answers here; OUTPUT.journal by default.",
            rich_help_panel=OUTPUT,
            callback=_named_file,
        ),
    ] = None


@dataclass(frozen=True)
class JournaledOutput(JournalOptions, OutputFile):
    """One file of figures, or stdout."""


@dataclass(frozen=True)
class PreviewOptions:
    """Whether only some rows are done, and what the whole file would cost."""

    preview: Annotated[
        int | None,
        typer.Option(
            "--preview",
            min=1,
            max=1000,
            metavar="N",
            help="Do N rows spread over INPUT, print prompts, results and a projection for all; write no output.",
            rich_help_panel=PREVIEW,
        ),
    ] = None
    gpu_price: Annotated[
        float | None,
        typer.Option(
            "--gpu-price", min=0.0, help="With --preview: price of an hour of the machine.", rich_help_panel=PREVIEW
        ),
    ] = None
    token_prices: Annotated[
        str | None,
        typer.Option(
            "--token-prices",
            metavar="IN,OUT",
            help="With --preview: prices of a million tokens in and out.",
            rich_help_panel=PREVIEW,
        ),
    ] = None


@dataclass(frozen=True)
class RecordWriting(PreviewOptions, JournalOptions):
    """How records are written."""

    rejects: Annotated[
        Path | None,
        typer.Option(help="Failed rows go here instead.", rich_help_panel=OUTPUT, callback=_named_file),
    ] = None
    unordered: Annotated[
        bool,
        typer.Option(
            "--unordered/--no-unordered", show_default=False, help="Write rows as they finish.", rich_help_panel=OUTPUT
        ),
    ] = False

    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed/--no-retry-failed",
            show_default=False,
            help="Of what this command wrote, ask again what failed, was cut off or has a flag; all else stays.",
            rich_help_panel=OUTPUT,
        ),
    ] = False


@dataclass(frozen=True)
class RecordOutput(RecordWriting, OutputFile):
    """Records in one file, or on stdout."""


@dataclass(frozen=True)
class OutputFolder:
    """Where a folder of files goes."""

    output: Folder = Path("caigen-out")


@dataclass(frozen=True)
class FolderOptions(RecordWriting, OutputFolder):
    """Records and training rows in a folder."""

    keep_reasoning: KeepReasoning = False


@dataclass(frozen=True)
class ExportOptions:
    """How training rows are shaped, kept apart and published."""

    to: ToOption = "trl"
    split: Annotated[
        float | None,
        typer.Option(
            min=0.0,
            max=1.0,
            help="Share of prompts for OUTPUT.train; the rest go to OUTPUT.test.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    split_by: Annotated[
        SplitBy,
        typer.Option(
            "--split-by",
            help="What never falls on both sides: a prompt, or a family of dialogues that begin with the same message.",
            rich_help_panel=OUTPUT,
        ),
    ] = "prompt"
    decontaminate: Annotated[
        list[Path],
        typer.Option(
            "--decontaminate",
            help="Keep the prompts of this evaluation set out; repeatable.",
            rich_help_panel=INPUT,
            show_default=False,
        ),
    ] = field(default_factory=list)
    push_to_hub: Annotated[
        str | None,
        typer.Option(
            "--push-to-hub",
            metavar="ORG/NAME",
            help="Upload the files with their data card to this Hugging Face data set; the token is HF_TOKEN "
            "or that of "
            "`hf auth login`.",
            rich_help_panel=OUTPUT,
        ),
    ] = None
    private: Annotated[
        bool,
        typer.Option(
            "--private/--public", help="Who sees the data set, where --push-to-hub makes it.", rich_help_panel=OUTPUT
        ),
    ] = True
