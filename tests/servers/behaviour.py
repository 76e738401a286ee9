"""Behaviour: what a stand-in server does, and what `caigen run` must make of it."""

import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from caigen.cli.app import app
from tests.servers.stand_in import ANSWER, MODEL, REVISED, Call, Handler, StandIn, listing, sound

PROMPTS = ("Does tea help with a cold?", "How long does honey keep?", "Is cold rice safe?")


@dataclass(frozen=True)
class Behaviour:
    """A server's replies (`post`, `get`), how it is asked, and the right outcome of a run of three rows.

    `url` goes behind the server's address. `code`, `done` and `failed` are the exit code and the counts; `texts` are
    the answer and the revision of every row that is done. `says` are parts of what is told on the terminal, `silent`
    what must not be there. `most` limits the POSTs, `seconds` the time.
    """

    post: Handler = sound
    get: Handler = field(default_factory=lambda: listing(MODEL))
    url: str = ""
    options: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=dict)
    prompts: tuple[Any, ...] = PROMPTS
    anywhere: bool = False
    code: int = 0
    done: int = 3
    failed: int = 0
    kinds: tuple[str, ...] = ()  # of the failed rows' errors, if any
    texts: tuple[str, str] | None = (ANSWER, REVISED)
    says: tuple[str, ...] = ()
    silent: tuple[str, ...] = ("Traceback",)
    most: int | None = None
    seconds: float = 30.0


@dataclass(frozen=True)
class Outcome:
    """What a run left: exit code, all that was told, the records (none where it wrote no file), and the POSTs."""

    code: int
    said: str
    records: list[dict[str, Any]]
    calls: list[Call]
    seconds: float


def run_against(behaviour: Behaviour, folder: Path) -> Outcome:
    """`caigen run` of three rows against a server of this behaviour."""
    rows = []
    for number, prompt in enumerate(behaviour.prompts):
        row = {"id": f"p{number}"} | ({"prompt": prompt} if isinstance(prompt, str) else {"messages": prompt})
        rows.append(json.dumps(row) + "\n")
    (folder / "prompts.jsonl").write_text("".join(rows))
    server = StandIn(behaviour.post, behaviour.get, anywhere=behaviour.anywhere)
    began = time.monotonic()
    try:
        # an option that is given again is the one that counts
        endpoint = () if "--endpoint" in behaviour.options else ("--endpoint", server.url + behaviour.url)
        options = [option.replace("SERVER", server.url.partition("://")[2]) for option in behaviour.options]
        command = ["run", str(folder / "prompts.jsonl"), *endpoint, *options, "-o", str(folder / "out")]
        done = CliRunner().invoke(app, command, env=behaviour.environment)
    finally:
        server.close()
    records = folder / "out" / "records.jsonl"
    lines = records.read_text().splitlines() if records.exists() else []
    return Outcome(
        done.exit_code, done.output, [json.loads(line) for line in lines], server.calls, time.monotonic() - began
    )


def check(behaviour: Behaviour, outcome: Outcome) -> None:
    """Fails where the outcome is not the right one."""
    assert outcome.code == behaviour.code, outcome.said
    assert outcome.seconds < behaviour.seconds
    for words in behaviour.says:
        assert words in outcome.said, outcome.said
    for words in behaviour.silent:
        assert words not in outcome.said, outcome.said
    if behaviour.most is not None:
        assert len(outcome.calls) <= behaviour.most
    done = [record for record in outcome.records if record["status"] == "done"]
    failed = [record for record in outcome.records if record["status"] == "failed"]
    assert (len(done), len(failed)) == (behaviour.done, behaviour.failed), outcome.said
    if behaviour.kinds:
        assert {record["error"]["kind"] for record in failed} == {*behaviour.kinds}
    if behaviour.texts:
        for record in done:
            (candidate,) = record["candidates"]
            (round_,) = candidate["rounds"]
            assert (candidate["text"], round_["revision"]["text"]) == behaviour.texts, record
