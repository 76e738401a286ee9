"""A job's fingerprint: equal for an equal command, another one for each setting that shapes what is written."""

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from caigen.constitution.load import load
from caigen.engines.base import Sampling
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions
from caigen.io.columns import Columns
from caigen.jobs.job import COMMAND, NOT_IN_FINGERPRINT, Job, Source, written_by
from caigen.runners.ray import Cluster
from caigen.stages.domains import for_every_domain
from caigen.stages.few_shot import Example
from caigen.stages.registry import STAGES
from caigen.stages.requests import PromptSettings
from caigen.stages.templates import Templates

EXAMPLE = Example(
    prompt="p", answer="a", critique_request="c?", critique="c", revision_request="r?", revision="r", verdict="violates"
)
# fields of Job that say how the work is done, and what is shown: not what is written
HOW = {"journal", "in_flight", "ordered", "cluster", "owner", "explain", "rejects", "constitutions", "retry_failed"}


def make_job() -> Job:
    prompt_settings = PromptSettings(constitution=load("general"), templates=Templates.load())
    return Job(
        command="run",
        source=Source("prompts.jsonl"),
        engines=EngineOptions(model="m"),
        stages=STAGES,
        settings_by_domain=for_every_domain(prompt_settings),
        targets=(Path("out.jsonl"),),
    )


def changed(value: Any) -> Any:
    """Another value of the same kind."""
    if value is None:
        return "http://other/v1"  # an endpoint must be a URL
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return value + 1
    if isinstance(value, str):
        return value + "x"
    if isinstance(value, Path):
        return value.with_name("other")
    if isinstance(value, Columns):
        return replace(value, prompt="other")
    if isinstance(value, dict):
        return {**value, "a": 1}
    return (*value, "x")


def changes(settings: Any) -> Iterator[tuple[str, Any]]:
    """The settings with one field changed, for each field, also of the settings inside; and the field's name."""
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        if isinstance(value, Sampling):
            for name, inner in changes(value):
                yield f"{field.name}.{name}", replace(settings, **{field.name: inner})
        else:
            yield field.name, replace(settings, **{field.name: changed(value)})


def all_changes(job: Job) -> Iterator[tuple[str, Job]]:
    for name, source in changes(job.source):
        yield f"source.{name}", replace(job, source=source)
    for name, engines in changes(job.engines):
        if name not in NOT_IN_FINGERPRINT:
            yield f"engines.{name}", replace(job, engines=engines)
    for index, stage in enumerate(job.stages):
        for name, settings in changes(stage.settings):
            stages = list(job.stages)
            stages[index] = replace(stage, settings=settings)
            yield f"{stage.name}.{name}", replace(job, stages=tuple(stages))
    prompt_settings = job.settings_by_domain[""]
    others: dict[str, Any] = {
        "constitution": load("legal"),
        "templates": Templates.load(demo=True),
        "examples": (EXAMPLE,),
    }
    for field in dataclasses.fields(prompt_settings):
        other = others.get(field.name) or changed(getattr(prompt_settings, field.name))
        own = for_every_domain(replace(prompt_settings, **{field.name: other}))
        yield f"prompts.{field.name}", replace(job, settings_by_domain=own)
    yield "domain", replace(job, settings_by_domain={"general": prompt_settings})
    yield "stages", replace(job, stages=job.stages[:1])
    yield "order", replace(job, stages=job.stages[::-1])
    for name in ("command", "targets", "keep_reasoning"):
        yield name, replace(job, **{name: changed(getattr(job, name)) if name != "targets" else (Path("b"),)})


def test_each_setting_is_in_it() -> None:
    job = make_job()
    seen = {job.fingerprint(): "the job itself"}
    for name, other in all_changes(job):
        assert other.fingerprint() not in seen, f"{name}: as {seen[other.fingerprint()]}"
        seen[other.fingerprint()] = name
    assert {"revise.critic_sampling.think_tokens", "engines.judge", "label.clamp", "source.take"} <= set(seen.values())
    covered = {name.partition(".")[0] for name in seen.values()}
    fields = {field.name for field in dataclasses.fields(Job)} - HOW
    assert fields - {"settings_by_domain"} <= covered | {"stages"}


def test_an_equal_command_has_the_same() -> None:
    assert make_job().fingerprint() == make_job().fingerprint()


@pytest.mark.parametrize(
    "other",
    [
        lambda job: replace(job, in_flight=9, ordered=False, journal=Path("j"), explain=False),
        lambda job: replace(job, cluster=Cluster(workers=2)),
        lambda job: replace(job, owner="demo"),
        lambda job: replace(job, engines=replace(job.engines, api_key="k", concurrency=2, data_parallel=2, stall=9.0)),
        lambda job: replace(job, engines=replace(job.engines, roles=("judge",))),
        lambda job: replace(job, source=replace(job.source, path=str(Path("prompts.jsonl").absolute()))),
    ],
)
def test_how_the_work_is_done_is_not_in_it(other: Callable[[Job], Job]) -> None:
    assert other(make_job()).fingerprint() == make_job().fingerprint()


@pytest.mark.parametrize("name", ["endpoint", "critic", "reviser", "judge"])
def test_no_password_is_in_it(name: str) -> None:
    job = make_job()
    options = [replace(job.engines, **{name: f"http://{user}host/v1#m"}) for user in ("me:secret@", "")]
    kept, without = (replace(job, engines=engines).fingerprint() for engines in options)
    assert "secret" not in kept
    assert kept == without


@pytest.mark.parametrize(
    "args",
    [
        {"hf_token": "T0PSECRET"},
        {"hf_overrides": {"api_key": "T0PSECRET"}},
        {"hf_overrides": '{"authToken": "T0PSECRET"}'},
        {"proxy": "http://[T0PSECRET"},
    ],
)
def test_no_secret_argument_is_in_it(args: dict[str, Any]) -> None:
    """The run file leaves them out, and with or without them it is the same command."""
    job = make_job()
    for name in ("args", "template_kwargs"):
        kept = {"max_model_len": 512, "bos_token": "<s>"}
        own = replace(job, engines=replace(job.engines, **{name: {**kept, **args}})).fingerprint()
        assert "T0PSECRET" not in own
        assert own == replace(job, engines=replace(job.engines, **{name: kept})).fingerprint()
        assert own != job.fingerprint()


def test_models_that_differ_behind_an_at_sign_are_two_commands() -> None:
    engines = [EngineOptions(model="m", judge=f"http://h/v1#claude-{name}@20250514") for name in ("opus-4", "sonnet-4")]
    assert len({replace(make_job(), engines=options).fingerprint() for options in engines}) == 2


def test_what_an_owner_wrote_another_of_its_jobs_may_replace(tmp_path: Path) -> None:
    job = replace(make_job(), journal=tmp_path / "journal", owner="demo")
    assert written_by(job.journal) is None
    assert not job.wrote_targets
    journal = Journal(tmp_path / "journal")
    journal.set_meta(COMMAND, job.mark)
    journal.close()
    assert job.wrote_targets
    assert replace(job, keep_reasoning=True).wrote_targets
    assert not replace(job, owner=None).wrote_targets
