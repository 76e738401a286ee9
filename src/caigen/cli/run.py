"""The files that `caigen run -o FOLDER` writes."""

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from caigen.jobs.execution import Sink
    from caigen.stages.domains import SettingsByDomain

ROWS = ("pairs", "sft", "critique_sft")
SUMMARY, RUN_FILE = "summary.json", "run.yaml"  # what else the folder holds


def folder_files(folder: Path) -> list[Path]:
    """The files of records and rows that a run writes, the records first."""
    from caigen.exports.row_files import row_files

    files = [folder / "records.jsonl"]
    for name in ROWS:
        files += row_files(folder / f"{name}.jsonl")
    return files


def folder_side_files(folder: Path) -> dict[Path, str]:
    """What a run writes beside them, each path with what it is.

    Raises CaigenError if a README.md in the folder cannot be read.
    """
    from caigen.exports.row_files import side_files

    return side_files(folder / f"{ROWS[0]}.jsonl", to="trl")


def folder_sinks(
    stack: ExitStack,
    folder: Path,
    rejects: Path | None,
    settings_by_domain: "SettingsByDomain",
    *,
    keep_reasoning: bool = False,
) -> "list[Sink]":
    """The same files, open; `stack` closes them."""
    from caigen.exports.pairs import PairSettings
    from caigen.exports.sinks import PairSink, SftSink
    from caigen.io.record_sink import RecordSink

    pairs, revisions, critiques = (folder / f"{name}.jsonl" for name in ROWS)
    return [
        stack.enter_context(RecordSink(folder / "records.jsonl", rejects)),
        stack.enter_context(PairSink(pairs, PairSettings(), keep_reasoning=keep_reasoning)),
        stack.enter_context(SftSink(revisions, "revisions", settings_by_domain, keep_reasoning=keep_reasoning)),
        stack.enter_context(SftSink(critiques, "critiques", settings_by_domain)),
    ]
