"""Job: what one command does that asks a model; how it is done is in execute.py."""

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from caigen.choices import Take
from caigen.constitution.format import Constitution
from caigen.engines.journal import COMMAND as COMMAND
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions
from caigen.io import outputs
from caigen.io.columns import Columns
from caigen.io.hub import is_hub
from caigen.io.read import OnError, Reader
from caigen.io.rows import NO_COLUMNS
from caigen.io.streams import STDIN, Spool, is_device, is_pipe
from caigen.runners.ray import Cluster
from caigen.stages.domains import SettingsByDomain
from caigen.stages.registry import Stage
from caigen.stages.requests import PromptSettings
from caigen.text.secrets import public_mapping, public_url

CHECKED_ROWS = 1000  # of a file, before a model is loaded
# fields of EngineOptions that change how a model is reached and run, not what it answers
NOT_IN_FINGERPRINT = ("roles", "api_key", "concurrency", "data_parallel", "stall", "timeout")


@dataclass(frozen=True)
class Source:
    """What is read, and what a bad line does."""

    path: str = STDIN
    on_error: OnError = "fail"
    take: Take = "none"
    limit: int | None = None
    labelled: bool = False  # comparisons whose answer is known
    columns: Columns = NO_COLUMNS

    def reader(self, *, spool: Spool | None = None, **options: Any) -> Reader:
        """The reader of its records; `options` replace what this says."""
        given = {
            "on_error": self.on_error,
            "take": self.take,
            "limit": self.limit,
            "labelled": self.labelled,
            "columns": self.columns,
        }
        return Reader(self.path, spool=spool, **(given | options))

    def check_beginning(self) -> None:
        """Read the first rows of a file, so that a bad one among them is said before a model is loaded.

        A pipe and a data set of the hub cannot be read twice. Raises InputError.
        """
        if self.path == STDIN or self.on_error == "skip" or is_hub(self.path) or is_pipe(self.path):
            return
        rows = CHECKED_ROWS if self.limit is None else min(CHECKED_ROWS, self.limit)
        for _ in self.reader(limit=rows):
            pass


@dataclass(frozen=True)
class Job:
    """A command's whole work.

    `stages` are done in this order, each with its own settings (stages/registry.py). `settings_by_domain` holds the
    prompt settings (stages/domains.py). `targets` are the files it writes. With a `cluster` Ray carries it.

    `owner` names whose the targets are, None for this very command: what one job of an owner wrote, another one may
    replace. `explain` is whether the last lines name files and settings, see Summary. `constitutions` are those of
    users that the first record needs, for workers on other machines. With `retry_failed` what could not be used of what
    the same command wrote is asked again; `rejects` are those targets that hold failed records.
    """

    command: str
    source: Source
    engines: EngineOptions
    stages: tuple[Stage, ...]
    settings_by_domain: SettingsByDomain
    targets: tuple[Path, ...] = ()
    journal: Path | None = None
    in_flight: int | None = None
    ordered: bool = True
    keep_reasoning: bool = False
    cluster: Cluster | None = None
    owner: str | None = None
    explain: bool = True
    constitutions: tuple[Constitution, ...] = ()
    retry_failed: bool = False
    rejects: tuple[Path, ...] = ()

    def stage(self, name: str) -> Stage:
        """The first stage of this name.

        Raises KeyError where there is none.
        """
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)

    def fingerprint(self) -> str:
        """What makes it the same command when it is given again, as JSON."""
        content = {
            "command": self.command,
            "source": dataclasses.asdict(self.source) | {"path": str(Path(self.source.path).absolute())},
            "targets": [str(path.absolute()) for path in self.targets],
            "engines": _engines_fingerprint(self.engines),
            "stages": [stage.fingerprint() for stage in self.stages],
            "prompts": {domain: _prompts_fingerprint(settings) for domain, settings in self.settings_by_domain.items()},
            "keep_reasoning": self.keep_reasoning,
        }
        return json.dumps(content, sort_keys=True, default=str)

    @property
    def mark(self) -> str:
        """What the journal keeps when all is written, so that a later command knows whose the targets are."""
        return self.owner or self.fingerprint()

    @property
    def wrote_targets(self) -> bool:
        """Whether the files that are there are by this same command, or by one of its owner, as the journal says."""
        return written_by(self.journal) == self.mark


def check_targets(
    job: Job, *, overwrite: bool, summary: Path | None = None, changed: Callable[[], list[str]] = list
) -> None:
    """Raises CaigenError where a file is in the way; what stdin or a pipe gave is never known to be the same.

    A retry has checked the files by itself (retrying.py). `changed` names the options that
    were other ones when the files were written.
    """
    # a pipe may give other rows to the same command
    can_be_read_again = job.source.path != STDIN and not is_pipe(job.source.path)

    outputs.check(
        job.targets,
        job.source.path,
        overwrite=overwrite or job.retry_failed,
        written_by_same_command=lambda: can_be_read_again and job.wrote_targets,
        summary=summary,
        journal=job.journal,
        difference=lambda: _difference(job, changed()),
    )


def _difference(job: Job, changed: list[str]) -> str:
    """Why the files that are there are not by this same command, and what to do, for an error message."""
    mark = written_by(job.journal)
    if mark is None:
        return "was not written by this same command; --overwrite replaces it"
    reasons = changed or _changed_parts(mark, job.mark)
    if reasons:
        why = f"was not written by this same command: {'; '.join(reasons)}"
    elif mark == job.mark:
        why = "was made of what a pipe gave, which may be other rows now"
    else:
        why = "was not written by this same command"
    kept = count_answers(job.journal)
    if not kept:
        return f"{why}; --overwrite replaces it"
    answers = "the answer" if kept == 1 else f"those of the {kept:,} answers"
    return f"{why}; --overwrite replaces it and uses again {answers} in {job.journal} that still apply"


# what differs where a part of the fingerprint does, for a user
PARTS = {
    "command": "another command",
    "source": "another input, or the input read in another way",
    "targets": "other files beside it",
    "engines": "other models or other arguments for them",
    "stages": "other settings of its stages",
    "prompts": "another constitution, other templates, examples or ways to ask",
    "keep_reasoning": "another --keep-reasoning",
}


def _changed_parts(earlier: str, now: str) -> list[str]:
    """Which parts of two marks differ, in words; none where one of them is no fingerprint."""
    try:
        one, other = json.loads(earlier), json.loads(now)
        return [words for part, words in PARTS.items() if one[part] != other[part]]
    except (ValueError, TypeError, KeyError):
        return []


def count_answers(path: Path | None) -> int:
    """How many answers a journal holds; 0 without one."""
    if path is None or not path.is_file():
        return 0
    journal = Journal(path)
    try:
        return journal.count()
    finally:
        journal.close()


def written_by(path: Path | None) -> str | None:
    """The mark of the job that a journal belongs to; None without a journal."""
    if path is None or not path.is_file():
        return None
    journal = Journal(path)
    try:
        return journal.get_meta(COMMAND)
    finally:
        journal.close()


def journal_path(output: Path) -> Path | None:
    """Where the journal of an output file is; a pipe or a device has none."""
    return None if is_device(output) else output.with_name(output.name + ".journal")


def _engines_fingerprint(options: EngineOptions) -> dict[str, Any]:
    """The options that shape answers, without secrets.

    A journal is a file like the others, and a command with another token is still the same command.
    """
    content: dict[str, Any] = {}
    for key in dataclasses.fields(options):
        if key.name in NOT_IN_FINGERPRINT:
            continue
        value = getattr(options, key.name)
        if isinstance(value, str):
            value = public_url(value)
        elif isinstance(value, dict):
            value = public_mapping(value)
        content[key.name] = value
    return content


def _prompts_fingerprint(prompt_settings: PromptSettings) -> dict[str, Any]:
    """All prompt settings, with constitution and templates by their hashes."""
    content = {key.name: getattr(prompt_settings, key.name) for key in dataclasses.fields(prompt_settings)}
    # by their content, so that a changed file is another command
    content["constitution"] = prompt_settings.constitution.sha256
    content["templates"] = prompt_settings.templates.sha256
    return content
