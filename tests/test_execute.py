"""Each role's requests go to the model that was named for it, on this machine and in a cluster's worker."""

import asyncio
import json
from collections.abc import Callable
from contextlib import AsyncExitStack, ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from caigen.engines.journal import Journal
from caigen.engines.open import EngineOptions, Engines, open_engines
from caigen.engines.roles import ROLES, EngineRole
from caigen.io.read import Reader
from caigen.io.record_sink import RecordSink
from caigen.jobs.execute import carry_out
from caigen.jobs.execute_ray import open_worker
from caigen.jobs.execution import Unwatched
from caigen.jobs.job import Job, Source
from caigen.records import Candidate, Message, Provenance, Record
from caigen.stages.domains import for_every_domain
from caigen.stages.label import LabelSettings
from caigen.stages.registry import roles_asked, stage
from caigen.stages.requests import PromptSettings
from caigen.stages.revise import ReviseSettings
from caigen.summary import Summary
from tests.server import Reply, Server, completion

Serve = Callable[[Reply], Server]
FAULT = json.dumps({"text": "It is too short.", "quotes": [], "verdict": "violates", "severity": 2})
PROMPT = (Message(role="user", content="May I grow basil?"),)
STAGES = (
    stage("sample"),
    stage("revise", ReviseSettings(always=True)),
    stage("label", LabelSettings(principles=1, orders=1, samples=2)),
)


def kind(body: dict[str, Any]) -> EngineRole:
    """In which role a request asks."""
    if "response_format" in body:
        return "critic"
    if body.get("logprobs") or body["max_tokens"] < 17:
        return "judge"
    return "policy" if len(body["messages"]) == 1 else "reviser"


def reply(path: str, body: dict[str, Any]) -> tuple[int, bytes]:
    texts: dict[EngineRole, str] = {"policy": "Yes.", "critic": FAULT, "reviser": "Yes, and water it.", "judge": "A"}
    return 200, completion(texts[kind(body)])


@dataclass
class Servers:
    """Two servers; `first` has the policy and the judge, `second` the critic and the reviser."""

    first: Server
    second: Server

    @property
    def options(self) -> EngineOptions:
        return EngineOptions(
            endpoint=self.first.url, critic=f"{self.second.url}#m1", reviser=f"{self.second.url}#m2", concurrency=4
        )

    @property
    def models(self) -> dict[str, str]:
        """What provenance names them."""
        one, two = f"@{self.first.url}/v1", f"@{self.second.url}/v1"
        return {"policy": f"m1{one}", "critic": f"m1{two}", "reviser": f"m2{two}", "judge": f"m1{one}"}

    def check(self) -> None:
        """Each request went where its role's model is, by its name there."""
        assert {(kind(body), body["model"]) for _, body in self.first.asked} == {("policy", "m1"), ("judge", "m1")}
        assert {(kind(body), body["model"]) for _, body in self.second.asked} == {("critic", "m1"), ("reviser", "m2")}


@pytest.fixture
def servers(serve: Serve) -> Servers:
    return Servers(serve(reply), serve(reply))


@pytest.fixture
def job(tmp_path: Path, prompt_settings: PromptSettings) -> Job:
    source = tmp_path / "prompts.jsonl"
    source.write_text(json.dumps({"id": "a", "prompt": "May I grow basil?"}) + "\n")
    return Job(
        command="all",
        source=Source(str(source)),
        engines=EngineOptions(endpoint="http://unused"),
        stages=STAGES,
        settings_by_domain=for_every_domain(prompt_settings),
        targets=(tmp_path / "out.jsonl",),
    )


def carried(job: Job) -> tuple[Summary, Record]:
    def open_sinks(stack: ExitStack) -> list[RecordSink]:
        return [stack.enter_context(RecordSink(job.targets[0]))]

    summary = carry_out(job, open_sinks, Unwatched())
    (record,) = Reader(job.targets[0])
    return summary, record


def test_each_role_asks_its_own_server(job: Job, servers: Servers) -> None:
    summary, record = carried(replace(job, engines=servers.options))
    assert record.status == "done", record.error
    servers.check()
    assert record.provenance
    assert record.provenance.models == servers.models
    assert summary.sent == len(servers.first.asked) + len(servers.second.asked)


def test_a_worker_of_a_cluster_asks_the_same_servers(job: Job, servers: Servers) -> None:
    engines = replace(servers.options, roles=roles_asked(job.stages))
    prompt = Record(id="a", prompt=PROMPT)

    async def work() -> tuple[Record, list[int], list[int]]:
        async with AsyncExitStack() as stack:
            make, at_work = await open_worker(replace(job, engines=engines), stack)
            assert at_work >= 4
            process, costs = make()
            _, other_costs = make()  # of a record that was not processed
            return await process(prompt), costs(), other_costs()

    record, costs, none = asyncio.run(work())
    servers.check()
    assert record.provenance
    assert record.provenance.models == servers.models
    assert costs[0] == len(servers.first.asked) + len(servers.second.asked)
    assert none == [0, 0, 0, 0, 0]


def opened(options: EngineOptions, journal: Journal | None = None) -> Engines:
    async def work() -> Engines:
        async with AsyncExitStack() as stack:
            return await open_engines(options, journal, stack, None)

    return asyncio.run(work())


def test_roles_of_one_model_share_one_engine(servers: Servers) -> None:
    options = EngineOptions(endpoint=servers.first.url, model="m1", judge=f"{servers.second.url}#m1")
    engines = opened(options)
    assert engines["policy"] is engines["critic"] is engines["reviser"]
    assert engines["judge"] is not engines["policy"]
    assert len(engines.all) == 2
    same = opened(replace(options, judge=f"{servers.first.url}#m1"))
    assert len(same.all) == 1


def test_models_of_roles_that_nobody_asks_are_not_opened(servers: Servers) -> None:
    nowhere = "http://127.0.0.1:9"
    options = EngineOptions(endpoint=nowhere, critic=nowhere, judge=f"{servers.second.url}#m2", roles=("judge",))
    assert opened(options).models == {"judge": f"m2@{servers.second.url}/v1"}


def test_a_judge_alone_needs_no_policy(job: Job, servers: Servers) -> None:
    """`label --judge-model` loads neither the demo model nor the one that made the records."""
    answers = (Candidate(text="Yes."), Candidate(text="No."))
    maker = Provenance(caigen="0", models={"policy": "m@http://elsewhere"})
    with RecordSink(Path(job.source.path)) as sink:
        sink.take(Record(id="a", prompt=PROMPT, candidates=answers, provenance=maker))
    compared = stage("label", LabelSettings(compare="candidates", principles=1, orders=1, samples=2))
    options = EngineOptions(judge=f"{servers.second.url}#m2")
    _, record = carried(replace(job, engines=options, stages=(compared,)))
    assert record.status == "done", record.error
    assert servers.first.asked == []
    assert {body["model"] for _, body in servers.second.asked} == {"m2"}
    assert record.provenance
    assert record.provenance.models == maker.models | {"judge": f"m2@{servers.second.url}/v1"}


def test_every_role_has_a_field_for_its_model() -> None:
    assert EngineOptions(model="m").names == dict.fromkeys(ROLES, "m")
    for role in ROLES[1:]:
        named: dict[str, Any] = {role: "other"}
        assert EngineOptions(model="m", **named).names == dict.fromkeys(ROLES, "m") | named
