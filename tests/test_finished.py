"""A command of a cluster that is done is not done again, as long as its files are as they were."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from caigen.engines.journal import COMMAND, Journal
from caigen.engines.open import EngineOptions
from caigen.jobs.finished import is_finished, note_finished
from caigen.jobs.job import Job, Source
from caigen.stages.domains import for_every_domain
from caigen.stages.registry import stage
from caigen.stages.requests import PromptSettings


@pytest.fixture
def job(tmp_path: Path, prompt_settings: PromptSettings) -> Job:
    """A job whose files are there."""
    (tmp_path / "in.jsonl").write_text('{"prompt": "x"}\n')
    (tmp_path / "out.jsonl").write_text("{}\n")
    made = Job(
        "sample",
        Source(str(tmp_path / "in.jsonl")),
        EngineOptions(model="m"),
        (stage("sample"),),
        for_every_domain(prompt_settings),
        targets=(tmp_path / "out.jsonl",),
        journal=tmp_path / "out.jsonl.journal",
    )
    assert made.journal
    journal = Journal(made.journal)
    journal.set_meta(COMMAND, made.mark)
    journal.close()
    return made


def test_it_is_finished_once_that_was_noted(job: Job) -> None:
    assert not is_finished(job)
    note_finished(job)
    assert is_finished(job)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "in.jsonl").write_text('{"prompt": "x"}\n{"prompt": "y"}\n'),
        lambda folder: os.utime(folder / "in.jsonl", ns=(1, 1)),
        lambda folder: (folder / "out.jsonl").write_text("{}\n{}\n"),
        lambda folder: (folder / "out.jsonl").unlink(),
        lambda folder: (folder / "out.jsonl.journal").unlink(),
    ],
)
def test_changed_files_are_done_again(job: Job, tmp_path: Path, change: Callable[[Path], object]) -> None:
    note_finished(job)
    change(tmp_path)
    assert not is_finished(job)


def test_other_work_is_not_finished(job: Job) -> None:
    note_finished(job)
    assert not is_finished(replace(job, engines=EngineOptions(model="n")))
    assert not is_finished(replace(job, source=Source("-")))
