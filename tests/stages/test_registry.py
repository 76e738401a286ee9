"""The registry of stages: one more stage needs nothing but its entry."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from caigen.cli.looking import Step
from caigen.engines.base import Engine, Request, Sampling
from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, Engines
from caigen.engines.remembering import RememberingEngine
from caigen.engines.roles import ROLES, EngineRole
from caigen.engines.scripted import ScriptedEngine
from caigen.errors import ConstitutionError
from caigen.io.read import Reader
from caigen.io.record_sink import RecordSink
from caigen.jobs.execute import carry_out
from caigen.jobs.execution import Unwatched
from caigen.jobs.job import Job, Source
from caigen.records import Message, Record
from caigen.stages.domains import for_every_domain
from caigen.stages.progress import Progress
from caigen.stages.registry import STAGES, Stage, roles_asked, stage
from caigen.stages.requests import PromptSettings
from caigen.stages.sample import SampleSettings
from caigen.stages.score import ScoreSettings
from caigen.summary import Summary


@dataclass(frozen=True)
class TitleSettings:
    """How many words a title has."""

    words: int = 3
    sampling: Sampling = field(default_factory=Sampling)


async def title(
    record: Record, engines: Mapping[EngineRole, Engine], prompt_settings: PromptSettings, settings: TitleSettings
) -> Record:
    """Ask for a title of each record's answer."""
    text = f"A title of {settings.words} words: {record.candidates[0].text_after()}"
    request = Request(messages=(Message(role="user", content=text),), sampling=settings.sampling)
    completion = await engines["reviser"].complete(request)
    return record.model_copy(update={"meta": {**record.meta, "title": completion.text}})


def roles_of_titles(before: Record, after: Record) -> set[EngineRole]:
    return {"reviser"} if after.meta.get("title") != before.meta.get("title") else set()


def title_notes(record: Record, before: Progress) -> Iterator[str]:
    if "title" in record.meta:
        yield "titled"


TITLE = Stage(
    "title", title, TitleSettings(), ("reviser",), roles_of_titles, origin="seed", use="critique", notes=(title_notes,)
)


class Opening:
    """Scripted engines, a model for each role, behind the run's own journal."""

    def __init__(self) -> None:
        self.engines = {role: ScriptedEngine(self.script, model=f"{role}-model@1") for role in ROLES}

    def script(self, request: Request) -> str:
        return f"said to {request.messages[-1].content}"

    async def __call__(
        self,
        options: EngineOptions,
        journal: Journal | None,
        stack: AsyncExitStack,
        waiting: object,
        *,
        opening: object,
    ) -> Engines:
        return Engines({role: RememberingEngine(self.engines[role], journal) for role in options.roles})


def carried(job: Job, opening: Opening) -> tuple[Summary, Record]:
    """What a job over one prompt gives."""

    def open_sinks(stack: ExitStack) -> list[RecordSink]:
        return [stack.enter_context(RecordSink(job.targets[0]))]

    summary = carry_out(job, open_sinks, Unwatched(), opening=opening)
    (record,) = Reader(job.targets[0])
    return summary, record


@pytest.fixture
def job(tmp_path: Path, prompt_settings: PromptSettings) -> Job:
    source = tmp_path / "prompts.jsonl"
    source.write_text(json.dumps({"id": "a", "prompt": "hi"}) + "\n")
    return Job(
        command="sample-and-title",
        source=Source(str(source)),
        engines=EngineOptions(endpoint="http://unused"),
        stages=(stage("sample", SampleSettings()), TITLE),
        settings_by_domain=for_every_domain(replace(prompt_settings, seed=7)),
        targets=(tmp_path / "out.jsonl",),
        journal=tmp_path / "journal",
    )


def test_one_more_stage_needs_nothing_but_its_entry(job: Job) -> None:
    """It is asked, resumed, counted, and named in provenance, by nothing that knows of it."""
    opening = Opening()
    summary, record = carried(job, opening)
    assert record.meta["title"] == "said to A title of 3 words: said to hi"
    assert [len(opening.engines[role].asked) for role in ROLES] == [1, 0, 1, 0]
    assert record.provenance
    assert record.provenance.models == {"policy": "policy-model@1", "reviser": "reviser-model@1"}
    assert (record.provenance.seed, record.provenance.constitution) == (7, None)
    assert summary.notes == {"titled": 1}
    assert (summary.sent, summary.cached) == (2, 0)
    assert job.wrote_targets

    again, same = carried(job, opening)
    assert same == record
    assert (again.sent, again.cached) == (0, 2)
    assert [len(opening.engines[role].asked) for role in ROLES] == [1, 0, 1, 0]

    longer = replace(job, stages=(job.stages[0], replace(TITLE, settings=TitleSettings(words=5))))
    assert not longer.wrote_targets
    third, other = carried(longer, opening)
    assert (third.sent, third.cached) == (1, 1)
    assert other.meta["title"] == "said to A title of 5 words: said to hi"


def test_a_stage_that_made_nothing_is_not_in_the_provenance(job: Job) -> None:
    _, record = carried(replace(job, stages=job.stages[:1]), Opening())
    assert record.provenance
    assert record.provenance.models == {"policy": "policy-model@1"}


def test_a_stage_is_refused_principles_that_it_cannot_use(job: Job, prompt_settings: PromptSettings) -> None:
    rules = tuple(rule.model_copy(update={"form": "comparison"}) for rule in prompt_settings.principles)
    constitution = prompt_settings.constitution.model_copy(update={"principles": rules})
    compared = replace(job, settings_by_domain=for_every_domain(replace(prompt_settings, constitution=constitution)))
    with pytest.raises(ConstitutionError, match="a preference between two answers"):
        carried(compared, Opening())
    carried(replace(compared, stages=compared.stages[:1]), Opening())  # sampling reads no principles


def test_settings_are_those_of_the_stage() -> None:
    own = ScoreSettings(samples=3)
    assert stage("score", own).settings is own
    assert stage("score").settings == ScoreSettings()
    with pytest.raises(TypeError, match="score takes ScoreSettings, not SampleSettings"):
        stage("score", SampleSettings())
    with pytest.raises(KeyError):
        stage("nonesuch")


def test_each_stage_is_named_once_and_asks_somebody() -> None:
    names = [entry.name for entry in STAGES]
    assert len(set(names)) == len(names)
    assert all(entry.roles for entry in STAGES)
    assert roles_asked(STAGES) == ROLES
    assert roles_asked((stage("score"), stage("sample"))) == ("policy", "judge")


def test_two_stages_that_make_the_same_thing_count_it_once(record: Record, prompt_settings: PromptSettings) -> None:
    engine = ScriptedEngine(lambda request: "It is wrong." if request.messages else "")
    engines = dict.fromkeys(ROLES, engine)
    free = replace(prompt_settings, free_text=True)
    answered = asyncio.run(stage("sample").ask(record, engines, free, SampleSettings()))
    criticised = asyncio.run(stage("critique").ask(answered, engines, free, Sampling()))
    summary = Summary("both", (stage("critique"), stage("revise")))
    summary.count(criticised)
    critiques = sum(count for note, count in summary.notes.items() if note in ("critique_unclear", "critique_unusable"))
    assert critiques == 1


def test_the_commands_name_the_stages_of_the_table() -> None:
    assert [step.value for step in Step] == [stage.name for stage in STAGES]
